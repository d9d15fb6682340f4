"""Objects of Qt that nobody holds any more end in the window's thread."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

WAIT_MS = 20_000
OBJECTS = 20_000


class Ring(QObject):
    """Holds itself, and notes in which thread it ends."""

    ended: list[threading.Thread] = []  # noqa: RUF012 - told of objects that are gone

    def __init__(self) -> None:
        super().__init__()
        self.own = self

    def __del__(self) -> None:
        Ring.ended.append(threading.current_thread())


def test_no_other_thread_ends_them(qtbot: QtBot) -> None:
    Ring.ended.clear()
    gc.collect()
    Ring()
    made: list[list[object]] = []
    thread = threading.Thread(target=lambda: made.extend([[] for _ in range(OBJECTS)]))
    thread.start()
    thread.join()
    assert not Ring.ended
    qtbot.waitUntil(lambda: bool(Ring.ended), timeout=WAIT_MS)
    assert Ring.ended == [threading.main_thread()]


def test_what_was_there_when_the_window_stood_is_not_looked_through_again(qapp: QApplication) -> None:
    from vision_app.gui.collecting import Collector

    collector = Collector(qapp)
    try:
        settled = next(t for t in collector.findChildren(QTimer) if t.isSingleShot())
        settled.timeout.emit()
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        collector.end()
        gc.disable()  # as the fixture of all tests has it
        collector.deleteLater()
