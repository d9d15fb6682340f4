"""What is closed is over: nothing that lives longer calls it, and the window goes on."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

import vision_app.gui
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.engine.request import ModelRequest
from vision_app.gui.models.adding import AddDialog
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.models.shelf import Unsaid
from vision_app.gui.pieces.background import Background
from vision_app.gui.sources.stream_dialog import StreamDialog
from vision_app.gui.teach.samples_dialog import Preview
from vision_app.gui.theme import theme
from vision_app.learn.evaluating import evaluate
from vision_app.live.status import OutputStatus, SourceStatus

GUI = Path(vision_app.gui.__file__).parent
LONGER = {"session", "controller", "jobs", "settings", "language", "shelf", "worker", "theme()", "meter"}
"""What outlives the widgets that listen to it."""


def _listeners() -> Iterator[tuple[str, str, ast.expr]]:
    """Place, sender and slot of each connection in the window's sources."""
    for file in sorted(GUI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            if node.func.attr == "connect" and isinstance(node.func.value, ast.Attribute):
                sender = ast.unparse(node.func.value.value)
                yield f"{file.relative_to(GUI)}:{node.lineno}", sender, node.args[0]


def test_nothing_nameless_listens_to_what_lives_longer() -> None:
    """Qt ends a connection to a method of an object that it deletes, but it knows nothing of a lambda's."""
    found = list(_listeners())
    assert len(found) > 200
    bad = [
        place
        for place, sender, slot in found
        if sender.split(".")[-1].lstrip("_") in LONGER and not isinstance(slot, ast.Attribute | ast.Name)
    ]
    assert bad == []


# the dialogs, one by one ---------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "goldfish") as made:
        yield made


def _filters(app: App) -> QWidget:
    panel = app.window.docks.panel("filters")
    assert panel is not None
    panel.add_operation("blur")  # type: ignore[attr-defined]
    return panel


def _samples(app: App) -> QDialog:
    app.teach.show_samples()
    assert app.teach.dialog is not None
    return app.teach.dialog


def _preview(app: App) -> QDialog:
    from PySide6.QtGui import QImage

    shown = Preview(QImage(64, 64, QImage.Format.Format_RGB888), "cup", "", app.teach)
    shown.show()
    return shown


def _evaluation(app: App) -> QDialog:
    from vision_app.cards.lookup import find_model
    from vision_app.samples.dataset import open_samples

    measured = evaluate(find_model("efficientnet-lite0"), open_samples(app.store.folder), part="all")
    app.teach.result.evaluation = measured
    app.teach.result.show_details()
    assert app.teach.result.dialog is not None
    return app.teach.result.dialog


def _add(app: App) -> QDialog:
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    dialog = AddDialog(panel.shelf, Path("nothing.onnx"), Unsaid("it says nothing", ("task",)), panel)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    dialog.add_button.click()  # closed before it is known what came of it
    return dialog


def _stream(app: App) -> QDialog:
    app.window.commands.ask_for_stream()
    return app.window.findChildren(StreamDialog)[-1]


def _shortcuts(app: App) -> QDialog:
    from vision_app.gui.shortcuts import ShortcutsDialog

    app.window.show_shortcuts()
    return app.window.findChildren(ShortcutsDialog)[-1]


def _doubts(app: App) -> QDialog:
    app.teach.capture.doubts.open()
    assert app.teach.capture.doubts.dialog is not None
    return app.teach.capture.doubts.dialog


def _heads(app: App) -> QDialog:
    dialog = app.teach.show_heads()
    assert dialog is not None
    dialog.start_button.click()  # closed while the movements are still being read
    return dialog


def _smaller(app: App) -> QDialog:
    from vision_app.live.status import ModelState, ModelStatus

    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    request = ModelRequest("efficientnet-lite0")
    status = ModelStatus(
        0, request, ModelState.READY, name=request.reference, task="classify", provider="cpu"
    )
    panel.smaller.open(status, "Lite0")
    dialog = panel.smaller.dialog
    assert dialog is not None
    dialog.start_button.click()  # there are too few samples, which is told once it is closed or before
    dialog.question.show()
    return dialog


DIALOGS: dict[str, Callable[[App], QDialog]] = {
    "Preferences": lambda app: app.window.show_preferences(),
    "LearntDialog": lambda app: _filters(app).show_learnt(),  # type: ignore[attr-defined]
    "RobustnessDialog": lambda app: _filters(app).open_robustness(),  # type: ignore[attr-defined]
    "CodeDialog": lambda app: _filters(app).open_code(),  # type: ignore[attr-defined]
    "LessonDialog": lambda app: _filters(app).show_lesson(0),  # type: ignore[attr-defined]
    "AddDialog": _add,
    "ShortcutsDialog": _shortcuts,
    "StreamDialog": _stream,
    "SamplesDialog": _samples,
    "Preview": _preview,
    "EvaluationDialog": _evaluation,
    "DoubtDialog": _doubts,
    "HeadsDialog": _heads,
    "QuantiseDialog": _smaller,
    "ViewsDialog": lambda app: app.teach.show_views(),  # type: ignore[return-value]
}


def test_every_dialog_is_among_those_that_are_tried() -> None:
    classes = {
        node.name
        for file in GUI.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "QDialog" for base in node.bases)
    }
    assert classes == set(DIALOGS)


@pytest.mark.parametrize("way", ["escape", pytest.param("close", marks=pytest.mark.slow)])
def test_the_window_goes_on_after_each_dialog(app: App, qtbot: QtBot, way: str) -> None:
    """pytest-qt fails it for every error in a slot, as the window would tell of each."""
    for name, opened in DIALOGS.items():
        dialog = opened(app)
        assert dialog.isVisible(), name
        if way == "escape":
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        else:
            dialog.close()
        assert not dialog.isVisible(), name
        if name != "CodeDialog":  # it is kept, and shown again
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            qtbot.waitUntil(lambda dialog=dialog: not isValid(dialog), timeout=WAIT_MS)
        _everything_happens(app, qtbot)


def _everything_happens(app: App, qtbot: QtBot) -> None:
    teach = app.teach
    for signal in (teach.controller.store_changed, teach.jobs.ended, teach.controller.ended, theme().changed):
        signal.emit()
    teach.controller.told.emit("told")
    teach.controller.failed.emit("failed")
    teach.jobs.told.emit("told")
    teach.jobs.found_lookalikes.emit([])
    app.session.source.emit(SourceStatus())
    app.session.models.emit(())
    app.session.output.emit(OutputStatus(Path("x.mp4"), "video"))
    app.settings.changed.emit(("language", "scheme"))
    app.language.changed.emit("en")
    qtbot.wait(30)


# what is done elsewhere for a dialog ---------------------------------------------------------------------


class Listener(QLabel):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def hear(self, text: str) -> None:
        self.setText(text)
        self.heard.append(text)


@pytest.mark.parametrize("named", [False, True], ids=["method", "lambda"])
@pytest.mark.parametrize("fails", [False, True], ids=["done", "failed"])
def test_an_outcome_for_what_is_gone_is_dropped(qtbot: QtBot, named: bool, fails: bool) -> None:
    background, go, kept, gone = Background("late"), threading.Event(), Listener(), Listener()

    def job() -> str:
        assert go.wait(20)
        if fails:
            raise OSError("no")
        return "yes"

    for listener in (gone, kept):
        if named:
            hear = lambda text, listener=listener: listener.hear(text)  # noqa: E731
            background.run(job, hear, hear, owner=listener)
        else:
            background.run(job, listener.hear, listener.hear)
    gone.deleteLater()
    QCoreApplication.sendPostedEvents(gone, QEvent.Type.DeferredDelete)
    go.set()
    qtbot.waitUntil(lambda: kept.heard == ["no" if fails else "yes"], timeout=WAIT_MS)
    assert gone.heard == []
    background.close()
    kept.deleteLater()


def test_work_that_never_ends_is_left_to_itself_however_often_it_is_waited_for(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window whose close event comes twice finishes twice."""
    monkeypatch.setattr("vision_app.gui.pieces.background._PATIENCE_S", 0.1)
    background, go = Background("endless"), threading.Event()
    background.run(lambda: go.wait(120))
    finished: list[float] = []

    def finish() -> None:
        for _ in range(2):
            background.finish()
            finished.append(time.perf_counter())

    thread = threading.Thread(target=finish, daemon=True)
    thread.start()
    thread.join(40)
    go.set()
    assert len(finished) == 2
    thread.join()
