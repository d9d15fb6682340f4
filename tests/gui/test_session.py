"""The live core's threads reach the window in order, and a busy window skips pictures instead of falling behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vision_app.gui.session import Session
from vision_app.live.status import Listener, Picture, SourceState, SourceStatus


class Core:
    """Holds the listener, as the live core does; a test tells through it."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.closed = False

    def close(self) -> None:
        self.closed = True
        self.listener.on_notice("the last word")


def picture(index: int) -> Picture:
    return Picture(np.zeros((2, 2, 4), np.uint8), index, (2, 2), time.perf_counter())


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    made = Session(make=Core)  # type: ignore[arg-type]
    yield made
    made.close()
    made.deleteLater()


def in_thread(work: Any) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_what_happens_in_threads_is_told_here_in_order(session: Session, qtbot: QtBot) -> None:
    told: list[object] = []
    here: list[bool] = []
    session.notice.connect(lambda text: (told.append(text), here.append(QThread.isMainThread())))
    session.source.connect(told.append)
    lost = SourceStatus(SourceState.LOST, "0")

    def work() -> None:
        session.on_notice("first")
        session.on_source(lost)
        session.on_notice("second")

    in_thread(work)
    assert told == []
    qtbot.waitUntil(lambda: len(told) == 3, timeout=20_000)
    assert told == ["first", lost, "second"]
    assert all(here)
    assert session.source_status is lost


def test_a_window_that_was_busy_sees_the_newest_picture_only(session: Session, qtbot: QtBot) -> None:
    shown: list[int] = []
    session.picture.connect(lambda p: shown.append(p.frame_index))
    in_thread(lambda: [session.on_picture(picture(i)) for i in range(100)])
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert shown == [99]
    in_thread(lambda: session.on_picture(picture(100)))
    qtbot.waitUntil(lambda: shown == [99, 100], timeout=20_000)


def test_after_its_end_nothing_is_told(session: Session, qtbot: QtBot) -> None:
    said: list[str] = []
    session.notice.connect(said.append)
    session.close()
    assert said == ["the last word"]
    in_thread(lambda: session.on_notice("too late"))
    qtbot.wait(20)
    session.close()
    assert said == ["the last word"]
