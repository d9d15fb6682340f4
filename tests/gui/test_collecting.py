"""Objects of Qt that nobody holds any more end in the window's thread."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
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


def test_what_is_made_later_can_go(qtbot: QtBot) -> None:
    """A closed source, say: kept, it would keep its pictures and the states of its filters."""
    ring = Ring()
    gone = weakref.ref(ring)
    qtbot.wait(600)  # the collector has looked
    del ring
    gc.collect()
    assert gone() is None
    assert gc.get_freeze_count() > 10_000, "modules are not looked through again"
