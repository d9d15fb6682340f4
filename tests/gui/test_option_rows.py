"""Each option of the window's panel: what the hand does to a control is what is asked of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from vision_app.engine.options import OPTIONS, WINDOW, of_front_end
from vision_app.engine.request import ModelRequest
from vision_app.gui.language import Language
from vision_app.gui.models.options import ELSEWHERE, Options
from vision_app.gui.models.shelf import Shelf
from vision_app.live.latency import LatencyStore
from vision_app.live.status import ModelState, ModelStatus

LABELS = ("person", "bicycle", "car")


@pytest.fixture
def options(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Options]:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path))
    shelf = Shelf(LatencyStore(tmp_path / "latency.json"))
    qtbot.waitUntil(lambda: shelf.loaded and bool(shelf.providers))
    made = Options(shelf)
    qtbot.addWidget(made)
    yield made
    shelf.close()


def show(options: Options, task: str, **values: Any) -> None:
    request = ModelRequest.of("net", values)
    options.show_status(ModelStatus(0, request, ModelState.READY, name="net", task=task, labels=LABELS), {})


def write(options: Options, name: str, text: str) -> None:
    line = options.control(name)
    line.setText(text)
    line.editingFinished.emit()


def choose(options: Options, name: str, value: Any) -> None:
    combo = options.control(name)
    place = next(i for i in range(combo.count()) if combo.itemData(i) == value)
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


HAND: Mapping[str, tuple[str, Any, Callable[[Options], Any]]] = {
    "conf": ("detect", 0.61, lambda o: o.control("conf").slider.setValue(61)),
    "iou": ("detect", 0.37, lambda o: o.control("iou").number.setValue(0.37)),
    "classes": ("detect", ("car",), lambda o: o.control("classes").changed.emit(frozenset({2}))),
    "track": ("pose", True, lambda o: o.control("track").click()),
    "detect_every": ("detect", 3, lambda o: o.control("detect_every").setValue(3)),
    "sliced": ("detect", True, lambda o: o.control("sliced").click()),
    "slice_size": ("detect", 48, lambda o: o.control("slice_size").setValue(48)),
    "slice_stride": ("detect", 7, lambda o: o.control("slice_stride").setValue(7)),
    "classify_boxes": (
        "segment", "efficientnet-lite0", lambda o: choose(o, "classify_boxes", "efficientnet-lite0")
    ),
    "max_det": ("detect", 11, lambda o: o.control("max_det").setValue(11)),
    "agnostic": ("detect", True, lambda o: o.control("agnostic").click()),
    "multi_label": ("detect", True, lambda o: o.control("multi_label").click()),
    "top_k": ("classify", 2, lambda o: o.control("top_k").setValue(2)),
    "provider": ("classify", "cpu", lambda o: choose(o, "provider", "cpu")),
    "fit": ("classify", "squash", lambda o: choose(o, "fit", "squash")),
    "region": ("classify", "centre", lambda o: choose(o, "region", "centre")),
    "beside": ("image", True, lambda o: o.control("beside").click()),
    "rectangle": ("detect", True, lambda o: o.control("rectangle").click()),
    "no_rewrite": ("classify", True, lambda o: o.control("no_rewrite").click()),
    "background": ("semantic", "green", lambda o: write(o, "background", " green ")),
}  # fmt: skip


def test_every_option_of_the_window_has_a_control_or_another_place() -> None:
    assert set(HAND) | set(ELSEWHERE) == {option.name for option in of_front_end(WINDOW)}


@pytest.mark.parametrize("name", HAND)
def test_a_control_asks_for_its_option_and_shows_it(name: str, options: Options, qtbot: QtBot) -> None:
    task, value, act = HAND[name]
    needs = next(o.needs for o in OPTIONS if o.name == name)
    before: dict[str, Any] = {needs: True} if needs else {}
    show(options, task, **before)
    assert not options.rows[name].isHidden()
    asked: list[ModelRequest] = []
    options.changed.connect(asked.append)
    act(options)
    assert asked[-1].said == before | {name: value}
    show(options, task, **before, **{name: value})
    count = len(asked)
    again = ModelRequest.of("net", before | {name: value})
    assert options._request == again
    assert len(asked) == count  # showing asks for nothing


@pytest.mark.parametrize("task", ["classify", "detect", "segment", "pose"])
def test_a_row_is_there_for_the_tasks_that_have_its_option(task: str, options: Options) -> None:
    show(options, task, **({"sliced": True, "track": True} if task != "classify" else {}))
    shown = {name for name, row in options.rows.items() if not row.isHidden()}
    assert shown == {o.name for o in of_front_end(WINDOW) if o.suits(task) and o.name not in ELSEWHERE}
    assert not options.more.isHidden()  # what suits every task is in it


def test_rows_speak_both_languages(options: Options, qtbot: QtBot) -> None:
    language = Language()
    show(options, "detect")
    try:
        language.choose("ko")
        qtbot.waitUntil(lambda: options.control("track").text().startswith("추적"))
        assert "클래스" in options.control("agnostic").text()
        language.choose("en")
        qtbot.waitUntil(lambda: options.control("track").text().startswith("Track"))
    finally:
        language.choose("en")


def test_a_threshold_shows_what_is_in_force(options: Options) -> None:
    show(options, "detect", conf=0.61, iou=0.37)
    shown = {name: options.control(name).number.value() for name in ("conf", "iou")}
    assert shown == pytest.approx({"conf": 0.61, "iou": 0.37})
