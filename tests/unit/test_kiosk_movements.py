"""A movement that ends a station: once, soon, and only the one that was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.movement_model import write_waver
from vision_app.kiosk.checking import check_programme
from vision_app.kiosk.movements import SHOWN_S, SkipByMovement
from vision_app.kiosk.programme import load_programme
from vision_app.results.movements import MovementEvent, Movements
from vision_app.results.values import Classification


def said(label: str | None, end_s: float = 1.0) -> Movements:
    ended = None if label is None else MovementEvent(label, 0.0, end_s, 0.9)
    none = np.zeros((0, 2), np.float32)
    return Movements("m", ("wave", "idle"), np.float32([0, 1]), 1, None, (), ended, none, 60)


class Clock:
    now_s = 5.0

    def __call__(self) -> float:
        return self.now_s


def test_it_waits_a_moment_and_says_so_once() -> None:
    clock = Clock()
    skip = SkipByMovement(clock)
    skip.enter("wave")
    other = Classification("c", np.float32([1.0]), ("wave",))
    assert not skip.look([other, said(None)])
    assert not skip.look([said("wave")])
    clock.now_s += SHOWN_S
    assert skip.look([said("wave")])
    assert not skip.look([said("wave")]), "the same movement counts once"
    clock.now_s += SHOWN_S
    assert not skip.look([said(None)])


def test_another_movement_and_another_station() -> None:
    clock = Clock()
    skip = SkipByMovement(clock)
    skip.enter("nod")
    assert not skip.look([said("wave")])
    clock.now_s += SHOWN_S
    assert not skip.look([said("wave")])
    skip.enter("wave")
    clock.now_s += SHOWN_S
    assert not skip.look([said("wave")]), "what was done at the station before does not count"
    assert not skip.look([said("wave", 9.0)])
    skip.enter("")
    clock.now_s += SHOWN_S
    assert not skip.look([said("wave", 9.0)])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("wave", ""),
        ("idle", "no model of this station knows the movement 'idle'; they know wave"),
        ("nod", "they know wave"),
    ],
)
def test_the_check_knows_the_movements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, message: str
) -> None:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    write_waver(tmp_path / "models" / "waver.onnx")
    path = tmp_path / "kiosk.toml"
    path.write_text(
        f"pin = ''\n[[station]]\ntitle = {{ en = 'a', ko = '가' }}\nmodels = ['waver']\nskip_on = '{wanted}'\n",
        encoding="utf-8",
    )
    found = [f.text for f in check_programme(load_programme(path)) if f.forbids]
    assert [message in text for text in found] == ([True] if message else [])
