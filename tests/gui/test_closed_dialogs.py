"""What is closed is over: nothing that lives longer calls it, and the window goes on."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

import vision_app.gui
from tests.gui.dialogs import DIALOGS
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.gui.pieces.background import Background
from vision_app.gui.theme import theme
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


def test_every_dialog_is_among_those_that_are_tried() -> None:
    classes = {
        node.name
        for file in GUI.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base) in ("QDialog", "Dialog") for base in node.bases)
    }
    assert classes - {"Dialog"} == set(DIALOGS)


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
