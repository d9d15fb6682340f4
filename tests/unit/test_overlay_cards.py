"""Cards of several classifiers on one picture: each has its place, and together they hide little of it."""

from __future__ import annotations

import numpy as np
import pytest

from vision_app.overlay import render
from vision_app.overlay.style import Style
from vision_app.results.values import Classification


def classified(name: str) -> Classification:
    shares = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04], np.float32)
    return Classification(name, shares, tuple(f"class {i}" for i in range(6)))


def drawn(monkeypatch: pytest.MonkeyPatch, size_wh: tuple[int, int], count: int) -> tuple[list[str], float]:
    """Which models' cards are drawn, and the share of the picture that changes."""
    import vision_app.overlay.bars as module

    names: list[str] = []
    before = module.draw_line

    def note(image: object, text: str, *args: object, **more: object) -> None:
        names.append(text)
        before(image, text, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "draw_line", note)
    picture = np.full((size_wh[1], size_wh[0], 3), 120, np.uint8)
    made = render(picture, [classified(f"model-{i}") for i in range(count)], style=Style())
    return names, float((made != picture).any(axis=2).mean())


@pytest.mark.parametrize("size_wh", [(640, 400), (1024, 560), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_up_to_four_cards_all_have_a_place_on_a_quarter(
    monkeypatch: pytest.MonkeyPatch, size_wh: tuple[int, int], count: int
) -> None:
    names, share = drawn(monkeypatch, size_wh, count)
    assert [f"model-{i}" in names for i in range(count)] == [True] * count
    assert share <= 0.30 if size_wh[0] < 1000 else share <= 0.26


def test_what_has_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    names, _ = drawn(monkeypatch, (640, 400), 40)
    cards = [name for name in names if name.startswith("model-")]
    assert 4 <= len(cards) < 40
    assert f"and {40 - len(cards)} more" in names


def test_one_card_keeps_its_five_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    names, _ = drawn(monkeypatch, (1280, 720), 1)
    assert [f"class {i}" in names for i in range(5)] == [True] * 5


def test_none_of_these_is_not_said_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    import vision_app.overlay.bars as module

    shares = np.array([0.9, 0.1], np.float32)
    background = Classification("m", shares, ("none of these", "cup"), background=0)
    unsure = Classification("m", shares, ("pen", "cup"), reject_below=0.95)
    rows = [[row.label for row in module._rows_of(one, Style())] for one in (background, unsure)]
    assert rows == [["none of these", "cup"], ["unknown", "pen", "cup"]]
