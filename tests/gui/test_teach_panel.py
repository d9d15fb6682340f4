"""The teach panel with a real session, a real store and real training."""

from __future__ import annotations

import errno
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTranslator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.live_parts import Live, live_parts
from vision_app.cards import lookup
from vision_app.gui.teach.mime import pack, sample_ids
from vision_app.gui.teach.panel import TeachPanel
from vision_app.gui.teach.samples_dialog import Preview
from vision_app.gui.theme import PANEL_WIDTH_PX, SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.live.status import ModelState, SourceState
from vision_app.results.values import Classification
from vision_app.samples.crops import Region
from vision_app.samples.dataset import open_samples
from vision_app.samples.store import SampleStore

WAIT_MS = 30_000
COLOURS = {"red": (40, 40, 200), "green": (40, 190, 40), "blue": (200, 60, 40)}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(folder))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def live(tmp_path: Path, models: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


class Window(QWidget):
    """A picture with the panel beside it, as the main window has them."""

    def __init__(self, live: Live, folder: Path) -> None:
        super().__init__()
        self.view = LiveView(live.session, self)
        self.panel = TeachPanel(live.session, live.settings, self.view, folder)
        column = QVBoxLayout(self)
        column.addWidget(self.view)
        column.addWidget(self.panel)
        self.resize(700, 900)


@pytest.fixture
def panel(live: Live, tmp_path: Path, qtbot: QtBot) -> Iterator[TeachPanel]:
    window = Window(live, tmp_path / "samples")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitActive(window)
    until(qtbot, window.panel.capture.classes.isEnabled)
    yield window.panel
    window.panel.close_down()


def until(qtbot: QtBot, condition: object) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def store_of(panel: TeachPanel) -> SampleStore:
    assert panel.controller.store is not None
    return panel.controller.store


def add_classes(panel: TeachPanel, qtbot: QtBot, *labels: str) -> None:
    for label in labels:
        panel.capture.classes.name.setText(label)
        QTest.keyClick(panel.capture.classes.name, Qt.Key.Key_Return)
    until(qtbot, lambda: [row.label for row in panel.capture.classes.rows] == list(labels))
    panel.window().view.setFocus()  # type: ignore[attr-defined]


def play(live: Live, qtbot: QtBot) -> None:
    live.session.open("synthetic:320x240@30")
    until(qtbot, lambda: live.state is SourceState.RUNNING and bool(live.pictures))


def pictures(folder: Path, count: int, labels: tuple[str, ...] = ("red", "green")) -> Path:
    """Noise in a colour, one folder a class, in sessions of five."""
    noise = np.random.default_rng(7)
    for label in labels:
        for number in range(count):
            image = np.full((120, 160, 3), COLOURS[label], np.int16)
            image = image + noise.integers(-40, 40, (120, 160, 1)) + noise.integers(-30, 30, 3)
            path = folder / label / f"session{number // 5}" / f"{number:03}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), image.clip(0, 255).astype(np.uint8))
    return folder


def bring_in(panel: TeachPanel, qtbot: QtBot, folder: Path, count: int) -> None:
    panel.jobs.bring_in(folder, None)
    until(qtbot, lambda: len(store_of(panel)) == count and not panel.jobs.running)


def train(panel: TeachPanel, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(1)
    QTest.mouseClick(panel.training.train, Qt.MouseButton.LeftButton)
    assert panel.controller.is_training
    until(qtbot, lambda: not panel.controller.is_training)


def test_a_held_button_takes_samples_that_are_on_the_disk(
    panel: TeachPanel, live: Live, qtbot: QtBot
) -> None:
    play(live, qtbot)
    add_classes(panel, qtbot, "cup", "pen")
    hold = panel.capture.classes.rows[1].hold
    QTest.mousePress(hold, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: len(store_of(panel)) >= 3)
    until(qtbot, panel.overlay.isVisible)
    QTest.mouseRelease(hold, Qt.MouseButton.LeftButton)
    assert panel.controller.capture is not None
    assert panel.controller.capture.flush(30)
    until(
        qtbot,
        lambda: panel.controller.capture is not None and panel.controller.capture.progress.phase == "idle",
    )
    counted = panel.controller.capture.progress.counted
    assert counted == len(open_samples(store_of(panel).folder).of_label("pen")) >= 3
    until(qtbot, lambda: panel.capture.classes.rows[1].count.text() == str(counted))
    until(qtbot, lambda: not panel.overlay.isVisible())


def test_a_held_key_is_one_burst_and_a_lost_window_ends_it(
    panel: TeachPanel, live: Live, qtbot: QtBot
) -> None:
    play(live, qtbot)
    add_classes(panel, qtbot, "cup", "pen")
    window = panel.window()
    QTest.keyPress(window.view, Qt.Key.Key_1)  # type: ignore[attr-defined]
    capture = panel.controller.capture
    assert capture is not None
    session = capture.progress.session
    assert capture.progress.phase == "recording"
    assert capture.progress.label == "cup"
    QTest.keyPress(window.view, Qt.Key.Key_2)  # type: ignore[attr-defined]
    assert capture.progress.session == session, "another key does not disturb the burst"
    until(qtbot, lambda: len(store_of(panel)) >= 2)
    QTest.keyRelease(window.view, Qt.Key.Key_1)  # type: ignore[attr-defined]
    assert capture.progress.phase in ("saving", "idle")
    assert capture.flush(30)
    taken = len(store_of(panel))

    QTest.keyPress(window.view, Qt.Key.Key_2)  # type: ignore[attr-defined]
    assert capture.progress.phase == "recording"
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert capture.progress.phase in ("saving", "idle")
    assert capture.flush(30)
    assert len(open_samples(store_of(panel).folder)) == len(store_of(panel)) >= taken


def test_a_digit_typed_into_a_name_is_no_burst(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    add_classes(panel, qtbot, "cup")
    panel.capture.classes.name.setFocus()
    QTest.keyClick(panel.capture.classes.name, Qt.Key.Key_1)
    assert panel.capture.classes.name.text() == "1"
    assert panel.controller.capture is not None
    assert panel.controller.capture.progress.phase == "idle"


def test_digits_take_samples_just_after_a_class_was_added(
    panel: TeachPanel, live: Live, qtbot: QtBot
) -> None:
    """The keyboard is still in the field of the name then, and stays there for the next class."""
    play(live, qtbot)
    name = panel.capture.classes.name
    name.setFocus()
    QTest.keyClicks(name, "cup")
    QTest.keyClick(name, Qt.Key.Key_Return)
    until(qtbot, lambda: [row.label for row in panel.capture.classes.rows] == ["cup"])
    QTest.keyPress(name, Qt.Key.Key_1)
    until(qtbot, lambda: store_of(panel).classes[0].count > 0)
    QTest.keyRelease(name, Qt.Key.Key_1)
    QTest.keyClick(name, Qt.Key.Key_2)  # no class has this key: it is typed
    assert name.text() == "2"
    QTest.keyClick(name, Qt.Key.Key_1)
    assert name.text() == "21"


def test_a_click_too_short_for_a_frame_says_so(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    add_classes(panel, qtbot, "cup")
    hold = panel.capture.classes.rows[0].hold
    QTest.mousePress(hold, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hold, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: "cup" in panel.capture.state.text())
    until(qtbot, lambda: "little longer" in panel.capture.state.text())


@pytest.mark.slow
def test_countdown_takes_all_classes_in_turn(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    play(live, qtbot)
    add_classes(panel, qtbot, "cup", "pen")
    panel.capture.count.setCurrentIndex(0)
    panel.capture.rate.setCurrentIndex(3)
    phases: list[tuple[str, str, int]] = []
    panel.controller.capture_changed.connect(lambda p: phases.append((p.phase, p.label, p.left_s)))
    QTest.mouseClick(panel.capture.turns, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: [c.count for c in store_of(panel).classes] == [10, 10])
    assert ("countdown", "cup", 3) in phases
    assert ("countdown", "pen", 1) in phases
    until(qtbot, lambda: panel.capture.turns.text() == "Count down, one by one")
    QTest.mouseClick(panel.capture.turns, Qt.MouseButton.LeftButton)
    until(qtbot, panel.overlay.isVisible)
    QTest.mouseClick(panel.capture.turns, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: not panel.overlay.isVisible())
    assert [c.count for c in store_of(panel).classes] == [10, 10]


def test_a_region_is_drawn_with_the_mouse_and_with_keys(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    play(live, qtbot)
    view, overlay = panel.window().view, panel.overlay  # type: ignore[attr-defined]
    until(qtbot, lambda: not view.picture_rect().isEmpty())
    panel.capture.crop.setCurrentIndex(3)
    panel.capture.crop.activated.emit(3)
    assert overlay.drawing
    room = view.picture_rect()
    at = [
        QPoint(round(room.left() + s * room.width()), round(room.top() + s * room.height()))
        for s in (0.1, 0.6)
    ]
    QTest.mousePress(overlay, Qt.MouseButton.LeftButton, pos=at[0])
    QTest.mouseMove(overlay, at[1])
    qtbot.wait(20)
    QTest.mouseRelease(overlay, Qt.MouseButton.LeftButton, pos=at[1])
    assert not overlay.drawing
    crop = panel.capture.chosen_crop()
    assert isinstance(crop, Region)
    overlay.begin_drawing()
    QTest.keyClick(overlay, Qt.Key.Key_Left)
    QTest.keyClick(overlay, Qt.Key.Key_Return)
    moved = panel.capture.chosen_crop()
    assert isinstance(moved, Region)
    assert moved.shares[0] == pytest.approx(max(0.0, crop.shares[0] - 0.02))


def test_import_export_relabel_delete_undo(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    bring_in(panel, qtbot, pictures(tmp_path / "pictures", 4), 8)
    assert "8 samples brought in" in panel.message.text()
    panel.show_samples("red")
    dialog = panel.dialog
    assert dialog is not None
    until(qtbot, lambda: len(dialog.pictures.cells) == 4)
    store = store_of(panel)

    ids = [cell.key for cell in dialog.pictures.cells[:3]]
    data = dialog.pictures.mimeData([dialog.pictures.index(row) for row in range(3)])
    assert sample_ids(data) == ids
    green = next(
        dialog.class_model.index(row, 0)
        for row in range(dialog.class_model.rowCount())
        if dialog.class_model.index(row, 0).data().startswith("green")
    )
    assert dialog.class_model.dropMimeData(data, Qt.DropAction.CopyAction, -1, -1, green)
    until(qtbot, lambda: len(store.ids("green")) == 7)
    until(qtbot, lambda: len(dialog.pictures.cells) == 1)

    dialog.grid.selectAll()
    dialog.delete_chosen()
    until(qtbot, lambda: len(store) == 7)
    panel.controller.undo()
    until(qtbot, lambda: len(store) == 8)
    panel.controller.undo()
    until(qtbot, lambda: len(store.ids("red")) == 4)
    panel.controller.redo()
    until(qtbot, lambda: len(store.ids("green")) == 7)

    panel.jobs.send_out(tmp_path / "out.zip")
    until(qtbot, lambda: (tmp_path / "out.zip").exists() and not panel.jobs.running)
    dialog.close()
    assert not dialog.class_model.dropMimeData(pack([]), Qt.DropAction.CopyAction, -1, -1, green)


def test_the_trash_is_emptied_when_it_is_meant(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    bring_in(panel, qtbot, pictures(tmp_path / "pictures", 2), 4)
    panel.show_samples("red")
    dialog = panel.dialog
    assert dialog is not None
    until(qtbot, lambda: len(dialog.pictures.cells) == 2)
    store = store_of(panel)
    assert dialog.empty.isHidden(), "there is nothing in it"
    dialog.grid.selectAll()
    dialog.delete_chosen()
    until(qtbot, lambda: not dialog.empty.isHidden())
    assert dialog.empty.text() == "Empty trash (2)"
    dialog.empty.click()
    assert dialog.empty.text() == "Delete 2 for good?"
    assert "2 deleted pictures will be gone" in dialog.state.text()
    assert len(store.deleted()) == 2, "asked only"
    dialog._sure.timeout.emit()  # nobody said yes: after a while it is not asked any more
    dialog._sure.stop()
    dialog._show_trash()
    assert dialog.empty.text() == "Empty trash (2)"
    dialog.empty.click()
    dialog.empty.click()
    until(qtbot, lambda: store.deleted() == [])
    until(qtbot, dialog.empty.isHidden)
    assert store.undo_text is None
    assert list((store.folder / "trash").iterdir()) == []


def test_the_pages_fit_into_a_side_panel(panel: TeachPanel) -> None:
    for page in (panel.capture, panel.training, panel.result):
        assert page.minimumSizeHint().width() <= PANEL_WIDTH_PX - 2 * SPACE_PX, type(page).__name__


def test_the_grid_by_keyboard(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    bring_in(panel, qtbot, pictures(tmp_path / "pictures", 2), 4)
    panel.show_samples("red")
    dialog = panel.dialog
    assert dialog is not None
    until(qtbot, lambda: len(dialog.pictures.cells) == 2)
    store = store_of(panel)
    dialog.grid.selectAll()

    dialog.activateWindow()
    dialog.grid.setFocus()
    QTest.keyClick(dialog.grid, Qt.Key.Key_Return)
    until(qtbot, lambda: bool(dialog.findChildren(Preview)))
    (preview,) = dialog.findChildren(Preview)
    assert preview.windowTitle() == "red"
    assert any("×" in label.text() for label in preview.findChildren(QLabel)), "its size is told"
    preview.close()

    dialog.move_menu.aboutToShow.emit()
    entry = next(a for a in dialog.move_menu.actions() if a.text() == "green")
    entry.trigger()
    until(qtbot, lambda: len(store.ids("green")) == 4)
    until(qtbot, lambda: "green" in dialog.undo.toolTip())
    dialog.close()


def test_pictures_alike_in_two_classes_are_flagged(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pictures", 2)
    wrong = cv2.imread(str(folder / "red" / "session0" / "000.png"))
    cv2.imwrite(str(folder / "green" / "session0" / "900.jpg"), wrong)
    bring_in(panel, qtbot, folder, 5)
    panel.show_samples()
    dialog = panel.dialog
    assert dialog is not None
    QTest.mouseClick(dialog.alike, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: any(cell.flag == "conflict" for cell in dialog.pictures.cells))
    dialog.only_flagged.setChecked(True)
    assert {cell.caption for cell in dialog.pictures.cells} == {"red", "green"}
    dialog.close()


def test_train_puts_the_model_on_the_picture_and_a_second_version_replaces_it(
    panel: TeachPanel, live: Live, qtbot: QtBot, tmp_path: Path
) -> None:
    play(live, qtbot)
    bring_in(panel, qtbot, pictures(tmp_path / "pictures", 15), 30)
    train(panel, qtbot)
    result = panel.training.result
    assert result is not None, panel.training.problem.text()
    assert result.validation_accuracy is not None
    assert result.validation_accuracy >= 0.9
    assert panel.training.steps.current == 6
    assert len(panel.training.curves.history) == result.epochs
    assert panel.training.curves.best_epoch == result.best_epoch
    assert "mine" in panel.training.verdict.text()
    until(qtbot, lambda: [m.state for m in live.session.model_statuses()] == [ModelState.READY])
    slot = live.session.model_statuses()[0].slot
    assert live.session.model_statuses()[0].labels == ("green", "red")

    def classified() -> bool:
        newest = live.session.newest()
        return newest is not None and any(isinstance(r, Classification) for r in newest[1])

    until(qtbot, classified)
    until(qtbot, lambda: panel.result.list.count() == 1)
    panel.jobs.bring_in(pictures(tmp_path / "more", 15, ("blue",)) / "blue", "blue")
    until(qtbot, lambda: len(store_of(panel)) == 45 and not panel.jobs.running)
    train(panel, qtbot)
    assert panel.training.result is not None, panel.training.problem.text()
    assert panel.training.result.version == 2
    until(qtbot, lambda: set(live.session.model_statuses()[0].labels) == set(COLOURS))
    assert [m.slot for m in live.session.model_statuses()] == [slot], "in its place, without a restart"

    panel.tabs.setCurrentIndex(2)
    until(qtbot, lambda: panel.result.list.count() == 2)
    panel.result.evaluate()
    until(qtbot, lambda: panel.result.evaluation is not None)
    assert "95 %" in panel.result.figures.text()
    panel.result.show_details()
    dialog = panel.result.dialog
    assert dialog is not None
    dialog.show_cell(0, 0)
    assert "called" in dialog.caption.text()
    assert dialog.pictures.cells
    panel.jobs.write_report(tmp_path / "report.html", dialog.evaluation)
    until(qtbot, lambda: (tmp_path / "report.html").exists() and not panel.jobs.running)
    dialog.close()

    panel.result.list.setCurrentRow(1)
    QTest.mouseClick(panel.result.back, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: live.session.model_statuses()[0].labels == ("green", "red"))
    until(qtbot, lambda: panel.result.list.count() == 2 and not panel.jobs.running)
    panel.result.list.setCurrentRow(0)
    QTest.mouseClick(panel.result.compare, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: not panel.jobs.running)


def test_stop_keeps_the_best_and_cancel_makes_nothing(
    panel: TeachPanel, live: Live, qtbot: QtBot, tmp_path: Path, models: Path
) -> None:
    bring_in(panel, qtbot, pictures(tmp_path / "pictures", 10), 20)
    training = panel.training
    training.fields.epochs.setValue(10_000)
    training.fields.patience.setValue(10_000)
    panel.tabs.setCurrentIndex(1)
    QTest.mouseClick(training.train, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: len(training.curves.history) > 3)
    QTest.mouseClick(training.cancel, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: not panel.controller.is_training)
    assert not list(models.glob("mine.onnx"))
    assert training.result is None
    QTest.mouseClick(training.train, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: len(training.curves.history) > 3)
    QTest.mouseClick(training.stop, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: not panel.controller.is_training)
    assert training.result is not None
    assert training.result.stopped_because == "stopped"
    assert list(models.glob("mine.onnx"))


def test_what_cannot_be_trained_is_said_in_one_line(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    bring_in(panel, qtbot, pictures(tmp_path / "pictures", 3, ("red",)), 3)
    train(panel, qtbot)
    assert "only one class" in panel.training.problem.text()
    assert not panel.training.problem.isHidden()
    panel.training.name.setText("no/such name")
    QTest.mouseClick(panel.training.train, Qt.MouseButton.LeftButton)
    assert not panel.controller.is_training
    assert "lower-case" in panel.training.problem.text()


def test_a_folder_that_is_in_use_or_no_store_is_said(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    before = store_of(panel)
    other = tmp_path / "other"
    with SampleStore.open(other):
        panel.controller.open_store(other)
        until(qtbot, lambda: "another program is writing" in panel.message.text())
    assert panel.controller.store is before
    panel.controller.open_store(other)
    until(qtbot, lambda: panel.controller.store is not before)
    file = tmp_path / "file"
    file.write_text("x")
    panel.controller.open_store(file)
    until(qtbot, lambda: "this is a file" in panel.message.text())
    assert store_of(panel).folder == other


def test_a_full_disk_is_said_in_one_line_and_nothing_counted_is_lost(
    panel: TeachPanel, live: Live, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    play(live, qtbot)
    add_classes(panel, qtbot, "cup")
    panel.controller.start_burst("cup")
    until(qtbot, lambda: len(store_of(panel)) >= 2)
    monkeypatch.setattr("vision_app.samples.store.PendingFiles.write", full)
    until(qtbot, lambda: "the disk is full" in panel.message.text())
    assert "\n" not in panel.message.text()
    assert not panel.overlay.isVisible()
    assert len(open_samples(store_of(panel).folder)) == len(store_of(panel)) >= 2


def test_a_grid_of_twenty_thousand_opens_and_scrolls(panel: TeachPanel, qtbot: QtBot, tmp_path: Path) -> None:
    from vision_app.gui.teach.grid import Cell, Grid, PictureModel

    read: list[str] = []

    def picture(key: str) -> np.ndarray:
        read.append(key)
        return np.zeros((90, 120, 3), np.uint8)

    model = PictureModel(picture)  # type: ignore[arg-type]
    grid = Grid(model)
    qtbot.addWidget(grid)
    grid.resize(700, 500)
    grid.show()
    started_s = time.perf_counter()
    model.show_cells([Cell(f"{i}", "cup") for i in range(20_000)])
    QApplication.processEvents()
    assert time.perf_counter() - started_s < 5
    until(qtbot, lambda: len(read) > 10)
    grid.scrollToBottom()
    until(qtbot, lambda: "19999" in read)
    assert len(read) < 500, "only what is seen is read"
    model.show_cells([Cell(f"{i}", "cup") for i in range(20_001)])
    assert model.rowCount() == 20_001
    model.close()
    model.deleteLater()


def test_language_changes_while_it_is_open(panel: TeachPanel, qtbot: QtBot) -> None:
    class Upper(QTranslator):
        def translate(self, context: str, text: str, *_: object) -> str:
            return "".join(
                part if part.startswith("{") else part.upper() for part in re.split(r"(\{.*?\})", text)
            )

        def isEmpty(self) -> bool:
            return False

    translator = Upper()
    QCoreApplication.installTranslator(translator)
    try:
        until(qtbot, lambda: panel.tabs.tabText(1) == "TRAIN")
        assert panel.training.train.text() == "TRAIN"
        assert panel.capture.classes.add.text() == "ADD CLASS"
        assert panel.result.measure.text() == "EVALUATE"
    finally:
        QCoreApplication.removeTranslator(translator)
    until(qtbot, lambda: panel.training.train.text() == "Train")


def test_mime_of_strangers_is_not_taken() -> None:
    data = pack(["a"])
    data.setData("application/x-vision-app-samples", json.dumps({"a": 1}).encode())
    assert sample_ids(data) == []
