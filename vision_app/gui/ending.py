"""Ctrl+C and a polite kill end a window."""

from __future__ import annotations

import signal
from collections.abc import Callable

from PySide6.QtCore import QTimer


def end_when_asked(end: Callable[[], object]) -> None:
    """Have SIGINT and SIGTERM end the program, from its event loop.

    Python hears a signal between two of its steps, also while the window is being made: what is told to quit before its
    loop begins goes on for ever. So the loop is given the end as its first task.

    Args:
        end: called in the thread of the window; it finishes what is open and quits.
    """
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: QTimer.singleShot(0, end))
