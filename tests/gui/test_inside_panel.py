"""The panel "Look inside" with a real session and real models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.live_parts import Live, live_parts
from vision_app.engine.request import ModelRequest
from vision_app.gui.inside.family_texts import FAMILIES
from vision_app.gui.inside.panel import LESSONS, PAGES, InsidePanel
from vision_app.gui.inside.sliding_page import custom_kernel
from vision_app.gui.inside.words import METHODS
from vision_app.gui.view import LiveView
from vision_app.live.status import ModelState
from vision_app.resources import assets_dir

WAIT_MS = 30_000


class Window(QWidget):
    """A picture with the panel beside it, as the main window has them."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self.view = LiveView(live.session, self)
        self.panel = InsidePanel(live.session, self.view)
        column = QVBoxLayout(self)
        column.addWidget(self.view)
        column.addWidget(self.panel)


@pytest.fixture
def live(tmp_path: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def window(live: Live, qtbot: QtBot) -> Iterator[Window]:
    made = Window(live)
    made.resize(700, 1000)
    made.show()
    yield made
    made.panel.close_down()
    made.hide()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def run(live: Live, qtbot: QtBot, *models: str) -> None:
    live.session.open(str(assets_dir() / "demo.mp4"), loop=True)
    for model in models:
        live.session.add_model(ModelRequest(model))
    qtbot.waitUntil(
        lambda: (
            len([m for m in live.session.model_statuses() if m.state is ModelState.READY]) == len(models)
            and bool(live.pictures)
        ),
        timeout=WAIT_MS,
    )


def click(window: Window, x_share: float, y_share: float) -> None:
    """Click on the picture, through the glass that lies over it."""
    room = window.view.picture_rect()
    at = QPointF(room.left() + x_share * room.width(), room.top() + y_share * room.height())
    press = QEvent.Type.MouseButtonPress
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        press, at, window.panel.glass.mapToGlobal(at), left, left, Qt.KeyboardModifier.NoModifier
    )
    QCoreApplication.sendEvent(window.panel.glass, event)


def test_a_map_lies_over_the_live_picture_and_goes_again(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    model = live.session.loaded_model(panel.controller.slot or 0)
    assert model is not None
    assert model.watch is None  # the panel is seen, and still nothing is paid
    panel.maps.on.click()
    qtbot.waitUntil(lambda: panel.glass.map is not None, timeout=WAIT_MS)
    assert panel.glass.map is not None
    assert panel.glass.map.method == "cam"
    assert panel.glass.isVisible()
    panel.controller.outdated.emit()
    assert panel.glass.map is None
    panel.maps.wanted_class.setCurrentIndex(5)
    panel.maps.wanted_class.activated.emit(5)
    qtbot.waitUntil(lambda: panel.glass.map is not None and panel.glass.map.class_id == 4, timeout=WAIT_MS)
    count = len(live.pictures)
    panel.maps.on.click()
    assert panel.glass.map is None
    assert model.watch is None
    qtbot.waitUntil(lambda: len(live.pictures) > count + 3, timeout=WAIT_MS)


def test_what_a_model_cannot_do_is_said(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("maps:rollout")
    qtbot.waitUntil(lambda: "has no attention inside" in panel.maps.message.text(), timeout=WAIT_MS)
    assert panel.glass.map is None
    panel.open("maps:cam")
    qtbot.waitUntil(lambda: panel.glass.map is not None, timeout=WAIT_MS)
    assert panel.maps.message.text() == ""


def test_another_model_is_looked_into_when_it_replaces_the_first(
    live: Live, window: Window, qtbot: QtBot
) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("maps:eigen")
    qtbot.waitUntil(lambda: panel.glass.map is not None, timeout=WAIT_MS)
    slot = panel.controller.slot
    assert slot is not None
    live.session.change_model(slot, ModelRequest("sketch-vit"))
    qtbot.waitUntil(
        lambda: panel.glass.map is not None and panel.glass.map.values.shape == (8, 8), timeout=WAIT_MS
    )
    live.session.remove_model(slot)
    qtbot.waitUntil(lambda: panel.controller.slot is None, timeout=WAIT_MS)


def test_channels_of_a_layer_and_what_a_place_sees(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("layers")
    qtbot.waitUntil(lambda: panel.layers.list.topLevelItemCount() == 18, timeout=WAIT_MS)
    panel.layers.choose(2)
    qtbot.waitUntil(lambda: len(panel.layers._channels) == 24, timeout=WAIT_MS)
    assert "3×3" in panel.layers.facts.text()
    panel.layers.grid.chosen.emit(3)
    qtbot.waitUntil(lambda: panel.layers._marked >= 0, timeout=WAIT_MS)
    assert panel.glass.map is not None
    click(window, 0.5, 0.5)
    assert len(panel.glass._marks) == 1
    (left, _, right, _), words = panel.glass._marks[0]
    layer = panel.layers._layer
    assert layer is not None
    assert layer.field is not None
    assert (right - left) / 1280 * 48 == pytest.approx(layer.field.size_hw[1])
    assert "7×7" in words


def test_a_place_of_a_network_of_free_size_is_where_it_ran(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-yolo")  # 320 x 320 in its card, 320 x 192 for a frame of 16:9
    panel = window.panel
    panel.open("layers")
    qtbot.waitUntil(lambda: panel.layers.list.topLevelItemCount() > 50, timeout=WAIT_MS)
    panel.layers.choose(1)
    qtbot.waitUntil(lambda: len(panel.layers._channels) == 16, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: panel.glass.map is not None, timeout=WAIT_MS)
    click(window, 0.5, 0.5)
    (left, top, right, bottom), _ = panel.glass._marks[0]
    assert (right - left, bottom - top) == pytest.approx(
        (12, 12)
    )  # three pixels of the tensor, four times as large
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((640, 360), abs=8)


def test_the_attention_lesson_runs_a_transformer_when_there_is_none(
    live: Live, window: Window, qtbot: QtBot
) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("attention")
    qtbot.waitUntil(panel.attention.run_model.isVisible, timeout=WAIT_MS)
    panel.attention.run_model.click()
    qtbot.waitUntil(lambda: "softmax" in panel.attention.numbers.text(), timeout=WAIT_MS)
    click(window, 0.3, 0.6)
    qtbot.waitUntil(lambda: len(panel.glass._marks) == 1, timeout=WAIT_MS)
    panel.attention.heads.chosen.emit(2)
    qtbot.waitUntil(lambda: panel.attention.head.value() == 3, timeout=WAIT_MS)
    assert panel.attention.heads.isVisible()


def test_the_sliding_window(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("sliding")
    page = panel.sliding
    page.live.setChecked(False)
    page.side.setCurrentIndex(0)
    page.side.activated.emit(0)
    assert page.lesson.output_hw == (3, 3)
    page.stride.setValue(2)
    assert page.lesson.output_hw == (2, 2)
    assert "= 2" in page.words.text()
    page.step_button.click()
    assert page._step == 1
    page.pixels.dragged.emit(4, 4)
    assert page._step == 3
    page.padding.setValue(0)
    page.dilation.setValue(3)
    assert "does not fit" in page.trouble.text()
    page.dilation.setValue(1)
    assert page.trouble.text() == ""
    index = page.kernel.findData("custom")
    page.kernel.setCurrentIndex(index)
    page.custom.setText("0 0 0 0 1 0 0 0 0")
    page.custom.editingFinished.emit()
    page.stride.setValue(1)
    np.testing.assert_array_equal(page.lesson.output, page.lesson.pixels[1:-1, 1:-1])
    page.play.click()
    step = page._step
    qtbot.waitUntil(lambda: page._step != step, timeout=WAIT_MS)
    panel.open("families")
    assert not page._timer.isActive()
    assert not page._crops.isActive()
    with pytest.raises(ValueError, match="9 or 25 numbers"):
        custom_kernel("1 2 3")


def test_from_a_result_down_to_a_number(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("walk")
    qtbot.waitUntil(lambda: panel.controller.probe is not None, timeout=WAIT_MS)
    panel.walk.button.click()
    qtbot.waitUntil(lambda: panel.walk.list.count() > 4, timeout=WAIT_MS)
    assert "down to a pixel" in panel.walk.about.text()
    panel.walk.list.setCurrentRow(panel.walk.list.count() - 1)
    assert "by ONNX Runtime" in panel.walk.detail.text()
    assert not panel.walk.still.pixmap().isNull()


def test_depth_and_families(live: Live, window: Window, qtbot: QtBot) -> None:
    panel = window.panel
    panel.open("depth")
    first = panel.gradients.words.text()
    panel.gradients.moment.setValue(3)
    assert panel.gradients.words.text() != first
    panel.open("families")
    qtbot.waitUntil(lambda: bool(panel.families._figures), timeout=WAIT_MS)
    for number, family in enumerate(FAMILIES):
        panel.families.family.setCurrentIndex(number)
        panel.families.family.activated.emit(number)
        assert panel.families.texts[0].text()
        place, _, method = family.see.partition(":")
        assert place in (*PAGES, *LESSONS)
        assert not method or method in METHODS or place == "memory"
    resnet = next(i for i, f in enumerate(FAMILIES) if f.key == "resnet")
    panel.families.family.setCurrentIndex(resnet)
    panel.families.family.activated.emit(resnet)
    assert "resnet50: " in panel.families.texts[4].text()
    panel.families.see.click()
    assert panel.page is panel.gradients


@pytest.mark.slow
def test_how_far_back_networks_look(window: Window, qtbot: QtBot) -> None:
    panel = window.panel
    panel.open("memory:gates")
    page = panel.memory
    assert panel.page is page
    assert "forget gate" in page.about.text()
    assert page.gates.isVisible()
    assert [name for name, _ in page.gates.rows] == [
        "LSTM, forget", "LSTM, input", "LSTM, output", "GRU, keep", "GRU, reset",
    ]  # fmt: skip
    assert not page.gates.grab().isNull()
    page.show_chapter("rnn")
    assert not page.gates.isVisible()
    assert len(page.plot._lines) == 4, "what was measured before is there at once"
    page.rows.setCurrentIndex(0)
    page.rows.activated.emit(0)
    page.train.click()
    assert page.running
    qtbot.waitUntil(lambda: "rnn" in page._reaches, timeout=WAIT_MS)
    page.train.click()
    assert not page.running
    assert len(page.plot._lines) < 4, "it was stopped before all had learnt"
    page.train.click()
    qtbot.waitUntil(lambda: not page.running, timeout=4 * WAIT_MS)
    shown = dict(page.plot._lines)
    assert set(shown) == {"bad", "warn", "accent", "good"}
    assert shown["bad"][0] < shown["accent"][0] < shown["good"][0], "a plain recurrence forgets first"
    assert "Transformer: gradient of the first frame" in page.words.text()
    page.moment.setCurrentIndex(1)
    page.moment.activated.emit(1)
    assert dict(page.plot._lines) != shown
    page.rows.activated.emit(0)
    assert page.plot._lines == [], "another task: what was measured holds no more"
    page.train.click()
    panel.open("maps")
    assert not page.running, "nothing is trained where nobody looks"


@pytest.mark.slow
def test_two_models_side_by_side(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn", "sketch-vit")
    panel = window.panel
    panel.open("compare")
    qtbot.waitUntil(lambda: all(h._image is not None for h in panel.compare.halves), timeout=WAIT_MS)
    assert [h.model.currentText() for h in panel.compare.halves] == ["sketch-cnn", "sketch-vit"]
    qtbot.waitUntil(lambda: "ms" in panel.compare.halves[0].facts.text(), timeout=WAIT_MS)
    first, second = panel.compare.halves
    first.model.setCurrentIndex(1)  # what the other half shows: that one takes what is left
    first.model.activated.emit(1)
    assert [h.model.currentText() for h in (first, second)] == ["sketch-vit", "sketch-cnn"]
    first._image = second._image = None
    qtbot.waitUntil(lambda: all(h._image is not None for h in (first, second)), timeout=WAIT_MS)
    panel.open("families")
    models = [live.session.loaded_model(m.slot) for m in live.session.model_statuses()]
    assert all(model is not None and model.watch is None for model in models)


def test_a_hidden_panel_costs_nothing(live: Live, window: Window, qtbot: QtBot) -> None:
    run(live, qtbot, "sketch-cnn")
    panel = window.panel
    panel.open("layers")
    model = live.session.loaded_model(panel.controller.slot or 0)
    assert model is not None
    qtbot.waitUntil(lambda: model.watch is not None, timeout=WAIT_MS)
    panel.hide()
    assert model.watch is None
    assert not panel.glass.isVisible()
