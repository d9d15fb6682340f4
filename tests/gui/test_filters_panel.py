"""The OpenCV panel with a real session: what its widgets do to the picture, and what it says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.filter_examples import small
from tests.gui.cameras import install
from tests.gui.live_parts import Live, live_parts
from vision_app.engine.request import ModelRequest
from vision_app.filters.chain import parse_chain
from vision_app.filters.script import script
from vision_app.filters.table import OPERATIONS
from vision_app.gui.filters.panel import FilterPanel
from vision_app.gui.filters.reading import histogram, otsu_value
from vision_app.gui.filters.values import CornersRow, MatrixRow, NumberRow, PictureRow
from vision_app.gui.inside.panel import InsidePanel
from vision_app.gui.language import Language
from vision_app.gui.settings_file import read_values
from vision_app.gui.view import LiveView
from vision_app.gui.window import MainWindow
from vision_app.live.status import ModelState

WAIT_MS = 20_000


class Window(QWidget):
    """A picture with the panel beside it."""

    def __init__(self, live: Live, folder: Path) -> None:
        super().__init__()
        self.view = LiveView(live.session, self)
        self.panel = FilterPanel(live.session, live.settings, self.view, folder)
        row = QHBoxLayout(self)
        row.addWidget(self.view, 1)
        row.addWidget(self.panel)
        self.resize(1000, 900)


@pytest.fixture
def live(tmp_path: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), small("shapes"))
    return path


@pytest.fixture
def panel(live: Live, tmp_path: Path, photo: Path, qtbot: QtBot) -> Iterator[FilterPanel]:
    window = Window(live, tmp_path / "own")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitActive(window)
    live.session.open(str(photo))
    until(qtbot, lambda: live.session.newest() is not None and window.view.picture is not None)
    yield window.panel
    window.panel.close_down()


def until(qtbot: QtBot, condition: Callable[[], Any]) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def shows(live: Live, text: str) -> bool:
    """Whether the newest full-size picture is what a chain makes of the photo."""
    shot = live.session.snapshot(annotated=False)
    return shot is not None and np.array_equal(shot, parse_chain(text).start().bgr(small("shapes")))


def add(panel: FilterPanel, name: str) -> None:
    """Choose it in the menu."""
    action = next(
        a for group in panel.menu.actions() for a in group.menu().actions() if a.objectName() == f"add_{name}"
    )  # type: ignore[union-attr]
    action.trigger()


def row(panel: FilterPanel, card: int, name: str) -> Any:
    return next(r for r in panel.steps.cards[card].rows if r.parameter.name == name)


def test_every_operation_can_be_added_and_moved_by_its_rows(panel: FilterPanel, qtbot: QtBot) -> None:
    for name in OPERATIONS:
        add(panel, name)
        card = panel.steps.cards[-1]
        assert card.step.operation.name == name
        assert len(card.rows) == len(OPERATIONS[name].parameters)
        for found in card.rows:
            if isinstance(found, NumberRow):
                for place in (found.slider.minimum(), found.slider.maximum()):
                    found.slider.setValue(place)
                    parameter = found.parameter
                    value = panel.controller.chain.steps[-1].values[parameter.name]
                    ends = (parameter.low, parameter.high)  # type: ignore[attr-defined]
                    assert value == pytest.approx(ends[place > 0], abs=found._step)
        panel.controller.remove(0)
    assert not panel.steps.cards


def test_sliders_switches_and_the_order_change_the_picture(
    panel: FilterPanel, live: Live, qtbot: QtBot
) -> None:
    add(panel, "gaussian")
    add(panel, "threshold")
    until(qtbot, lambda: shows(live, "gaussian|threshold"))
    row(panel, 0, "size").slider.setValue(10)
    row(panel, 1, "value").field.setValue(90)
    until(qtbot, lambda: shows(live, "gaussian:21|threshold:90"))
    QTest.keyClick(panel.steps.cards[0].handle, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    until(qtbot, lambda: shows(live, "threshold:90|gaussian:21"))
    panel.steps.cards[0].switch.click()
    until(qtbot, lambda: shows(live, "gaussian:21"))
    assert live.settings.values.filters == "!threshold:90|gaussian:21"
    live.settings._write()
    until(qtbot, live.settings.path.exists)
    until(qtbot, lambda: read_values(live.settings.path)[0].filters == "!threshold:90|gaussian:21")
    panel.steps.cards[0].remove.click()
    panel.steps.cards[0].remove.click()
    until(qtbot, lambda: shows(live, ""))
    assert panel.empty.isVisible()


def test_steps_change_places_when_dragged(panel: FilterPanel, qtbot: QtBot) -> None:
    for name in ("grey", "invert", "blur"):
        add(panel, name)
    QApplication.processEvents()
    handle = panel.steps.cards[0].handle
    QTest.mousePress(handle, Qt.MouseButton.LeftButton)
    for card in (1, 2):
        target = panel.steps.cards[card].geometry().bottom()
        QTest.mouseMove(handle, handle.mapFrom(panel.steps, QPoint(10, target)))
        QApplication.processEvents()
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton)
    assert [step.operation.name for step in panel.controller.chain.steps] == ["invert", "blur", "grey"]


def test_the_line_between_before_and_after_is_dragged(panel: FilterPanel, live: Live, qtbot: QtBot) -> None:
    add(panel, "invert")
    panel.views.setCurrentIndex(panel.views.findData("split"))
    panel.views.activated.emit(panel.views.currentIndex())
    view = panel.glass.parentWidget()
    room = view.picture_rect()  # type: ignore[union-attr]
    middle = QPoint(round(room.center().x()), round(room.center().y()))
    target = QPoint(round(room.left() + 0.25 * room.width()), middle.y())
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view, target)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=target)
    assert panel.controller.bench.split == pytest.approx(0.25, abs=0.01)

    def split() -> bool:
        shot = live.session.snapshot(annotated=False)
        at = round(panel.controller.bench.split * 320)
        return (
            shot is not None
            and np.array_equal(shot[:, : at - 1], small("shapes")[:, : at - 1])
            and np.array_equal(shot[:, at + 1 :], 255 - small("shapes")[:, at + 1 :])
        )

    until(qtbot, split)


def test_corners_are_dragged_on_the_picture_before(panel: FilterPanel, qtbot: QtBot) -> None:
    add(panel, "perspective")
    corners = row(panel, 0, "corners")
    assert isinstance(corners, CornersRow)
    corners.drag.click()
    assert panel.controller.bench.view == "before"
    assert "Results are not drawn" in panel.message.text()
    view = panel.glass.parentWidget()
    room: Any = view.picture_rect()  # type: ignore[union-attr]
    start = QPointF(room.left(), room.top()).toPoint() + QPoint(2, 2)
    end = QPointF(room.left() + 0.2 * room.width(), room.top() + 0.1 * room.height()).toPoint()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    found = panel.controller.chain.steps[0].values["corners"]
    assert isinstance(found, tuple)
    assert found[:2] == pytest.approx((20, 10), abs=0.6)
    assert found[2:] == (100, 0, 100, 100, 0, 100)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=end)
    QTest.mouseMove(view, QPoint(round(room.right()), round(room.bottom())))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    assert "corners must be eight numbers" in panel.message.text(), "folded over"
    corners.drag.click()
    assert panel.controller.bench.view == "after"


def point(panel: FilterPanel, x: int, y: int) -> None:
    panel.numbers.point(((x + 0.5) / 320, (y + 0.5) / 180))


def test_numbers_under_the_mouse_are_those_of_the_pictures(
    panel: FilterPanel, live: Live, qtbot: QtBot
) -> None:
    add(panel, "grey")
    add(panel, "kernel")
    row(panel, 1, "numbers").presets.activated.emit(0)
    panel.set_value(1, "numbers", "0 0 0; 0 0 1; 0 0 0")
    until(qtbot, lambda: shows(live, "grey|kernel:0 0 0; 0 0 1; 0 0 0"))
    grey = parse_chain("grey").start().process(small("shapes"))
    for x, y in ((100, 60), (250, 120)):
        point(panel, x, y)
        reading = panel.numbers.lens.reading
        assert reading is not None
        assert (reading.x, reading.y) == (x, y)
        assert reading.before == (int(grey[y, x]),)
        assert reading.after == (int(grey[y, x + 1]),)
        assert np.array_equal(reading.around, grey[y - 1 : y + 2, x - 1 : x + 2])
        assert reading.total == grey[y, x + 1]
        assert str(reading.total) in panel.numbers.lens.product.text()
    point(panel, 0, 0)
    corner = panel.numbers.lens.reading
    assert corner is not None
    assert corner.total is None
    assert corner.around[0].tolist() == [-1, -1, -1]
    panel.numbers.point(None)
    assert panel.numbers.lens.reading is None


@pytest.mark.parametrize(
    "text",
    [
        "blur:3",
        "gaussian:5,1.2",
        "kernel",
        "sobel:x,3",
        "sobel:y,5,0.1",
        "scharr:x,0.1",
        "laplacian:3",
        "laplacian:1",
    ],
)
def test_the_sum_of_products_is_the_pixel_that_comes_out(
    panel: FilterPanel, live: Live, qtbot: QtBot, text: str
) -> None:
    panel.controller.set_chain(parse_chain(text))
    until(qtbot, lambda: shows(live, text))
    for x, y in ((60, 57), (100, 60), (212, 130)):
        point(panel, x, y)
        reading = panel.numbers.lens.reading
        assert reading is not None
        assert reading.total is not None
        out = reading.after[1 if reading.green else 0]
        expected = (
            abs(reading.total)
            if OPERATIONS[text.split(":", maxsplit=1)[0]].takes == "grey"
            else reading.total
        )
        assert abs(np.clip(expected, 0, 255) - out) <= 1.0


def test_the_histogram_has_the_line_of_the_threshold_in_it(
    panel: FilterPanel, live: Live, qtbot: QtBot
) -> None:
    add(panel, "threshold")
    numbers = panel.numbers
    grey = cv2.cvtColor(small("shapes"), cv2.COLOR_BGR2GRAY)

    def drawn(value: int) -> bool:
        numbers.look()
        return numbers.histogram.value == value and numbers.histogram.counts.sum() == grey.size

    until(qtbot, lambda: drawn(127))
    assert np.array_equal(numbers.histogram.counts, np.bincount(grey.ravel(), minlength=256))
    room = numbers.histogram._room()
    QTest.mouseClick(
        numbers.histogram,
        Qt.MouseButton.LeftButton,
        pos=QPoint(round(room.left() + 60 / 255 * room.width()), 20),
    )
    assert abs(int(panel.controller.chain.steps[0].values["value"]) - 60) <= 1  # type: ignore[arg-type]
    panel.controller.set_chain(parse_chain("otsu"))
    otsu = int(cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)[0])
    until(qtbot, lambda: drawn(otsu))
    assert not numbers.histogram.movable


def test_otsu_is_opencvs() -> None:
    for name in ("shapes", "coins", "page", "dark", "street"):
        grey = cv2.cvtColor(small(name), cv2.COLOR_BGR2GRAY)
        assert otsu_value(histogram(grey)) == cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)[0]


def test_a_held_picture_is_found_again_and_its_code_runs_elsewhere(
    panel: FilterPanel, live: Live, qtbot: QtBot, tmp_path: Path
) -> None:
    add(panel, "orb")
    assert isinstance(row(panel, 0, "picture"), PictureRow)
    row(panel, 0, "picture").hold.click()
    until(qtbot, lambda: bool(panel.controller.chain.steps[0].values["picture"]))
    held = Path(str(panel.controller.chain.steps[0].values["picture"]))
    assert tmp_path / "own" / "held" == held.parent
    assert np.array_equal(cv2.imread(str(held)), small("shapes"))
    until(qtbot, lambda: repr(str(held)) in panel.open_code().text.toPlainText())
    assert panel.code is not None
    panel.code.close()


def test_the_code_follows_and_is_copied_and_saved(
    panel: FilterPanel, live: Live, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    add(panel, "blur")
    dialog = panel.open_code()
    row(panel, 0, "size").slider.setValue(8)
    expected = script(parse_chain("blur:9"), str(photo))
    until(qtbot, lambda: dialog.text.toPlainText() == expected)
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == expected
    dialog.save_as(str(tmp_path / "mine.py"))
    until(qtbot, (tmp_path / "mine.py").exists)
    until(qtbot, lambda: "mine.py" in dialog.said.text())
    assert (tmp_path / "mine.py").read_text() == expected
    dialog.close()


def test_the_lesson_opens_its_picture_and_the_kernel_its_learnt_ones(
    panel: FilterPanel, live: Live, qtbot: QtBot
) -> None:
    add(panel, "kernel")
    lesson = panel.show_lesson(0)
    assert OPERATIONS["kernel"].lesson.en == lesson.text.text()
    lesson.try_it.click()
    until(qtbot, lambda: live.session.source_status.running_id.endswith("shapes.png"))
    assert lesson.learnt.isVisible()
    lesson.close()
    learnt = panel.show_learnt()
    until(qtbot, lambda: not learnt.picture.pixmap().isNull())
    learnt.close()
    panel.try_picture("moving")
    until(qtbot, lambda: live.session.source_status.running_id.endswith("moving.avi"))


def test_two_chains_side_by_side(panel: FilterPanel, live: Live, qtbot: QtBot) -> None:
    add(panel, "invert")
    panel.tabs.setCurrentIndex(1)
    add(panel, "grey")
    assert panel.controller.bench.view == "beside"
    assert (str(panel.controller.bench.chain), str(panel.controller.bench.other)) == ("invert", "grey")
    assert live.settings.values.filters_other == "grey"

    def both() -> bool:
        shot = live.session.snapshot(annotated=False)
        small_wh = (160, 90)
        left = cv2.resize(255 - small("shapes"), small_wh, interpolation=cv2.INTER_AREA)
        right = cv2.resize(
            parse_chain("grey").start().bgr(small("shapes")), small_wh, interpolation=cv2.INTER_AREA
        )
        return shot is not None and np.array_equal(shot[45:135], np.hstack((left, right)))

    until(qtbot, both)
    panel.tabs.setCurrentIndex(0)
    assert [card.step.operation.name for card in panel.steps.cards] == ["invert"]


def test_what_cannot_be_is_said(panel: FilterPanel, live: Live, qtbot: QtBot, tmp_path: Path) -> None:
    add(panel, "template")
    until(qtbot, lambda: "picture must be the path of a picture" in panel.message.text())
    panel.set_value(0, "picture", str(tmp_path / "none.png"))
    until(qtbot, lambda: "none.png: not a picture that can be read" in panel.message.text())
    panel.controller.set_chain(parse_chain("kernel"))
    numbers = row(panel, 0, "numbers")
    assert isinstance(numbers, MatrixRow)
    numbers.field.setText("1 2; 3 4")
    numbers.field.editingFinished.emit()
    assert numbers.wrong.isVisible()
    assert str(panel.controller.chain) == "kernel"
    numbers.field.setText("0 0 0; 0 2 0; 0 0 0")
    numbers.field.editingFinished.emit()
    assert str(panel.controller.chain) == "kernel:0 0 0; 0 2 0; 0 0 0"


def test_the_probability_along_a_slider(panel: FilterPanel, live: Live, qtbot: QtBot) -> None:
    add(panel, "gaussian")
    dialog = panel.open_robustness()
    assert "Run a classifier first" in dialog.said.text()
    assert not dialog.start_button.isEnabled()
    dialog.close()
    live.session.add_model(ModelRequest("efficientnet-lite0"))
    until(qtbot, lambda: [m.state for m in live.session.model_statuses()] == [ModelState.READY])
    dialog = panel.open_robustness()
    assert dialog.parameters.count() == 2
    dialog.start_button.click()
    until(qtbot, lambda: "Probability of" in dialog.said.text())
    assert [point.value for point in dialog.points][:2] == [1, 5]
    assert len(dialog.points) == 21
    assert all(0 <= point.probability <= 1 for point in dialog.points)
    dialog.close()


def test_a_slider_costs_the_window_little(panel: FilterPanel, live: Live, qtbot: QtBot) -> None:
    """What is done in the window's own thread for one move, by the time of that thread: filters run elsewhere."""
    panel.controller.set_chain(parse_chain("bilateral:25|circles|qr|clahe|canny"))
    dialog = panel.open_code()
    until(qtbot, lambda: bool(dialog.text.toPlainText()))
    spent_ms = []
    for low in range(40, 100):
        before = time.thread_time()
        panel.set_value(4, "low", low)
        panel.numbers.look()
        QApplication.processEvents()
        spent_ms.append(1000 * (time.thread_time() - before))
    until(qtbot, lambda: "99, 160" in dialog.text.toPlainText())
    dialog.close()
    assert sorted(spent_ms)[len(spent_ms) // 2] < 5


def test_the_kernels_lesson_goes_on_in_the_panel_that_looks_inside(
    live: Live, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    window = MainWindow(live.session, live.settings, Language())
    qtbot.addWidget(window)
    window.show()
    window.docks.show("filters")
    panel, inside = window.docks.panel("filters"), window.docks.panel("inside")
    assert isinstance(panel, FilterPanel)
    assert isinstance(inside, InsidePanel)
    learnt = panel.show_learnt()
    until(qtbot, lambda: not learnt.picture.pixmap().isNull())
    learnt.lesson.click()
    until(qtbot, lambda: window.docks.in_front("inside"))
    assert inside.stack.page is inside.sliding
    assert inside.sliding.kernel.currentData() == "learnt"
    window.close()
