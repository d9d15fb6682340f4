"""Ctrl-C and SIGTERM from the program's first instruction on: one line, no traceback, no abort.

Python's own handler raises `KeyboardInterrupt` wherever it is. In the middle of an import that is wrong: a
compiled module that is interrupted says that it is not installed, or stays half made. Until a command knows
better what to do, these handlers raise it as well, but never in an import.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

EXIT_INTERRUPTED = 130
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM"))

_IMPORT = "<frozen importlib._bootstrap>"
_AGAIN_S = 0.02
_count = 0


def install() -> None:
    """Hear both signals from now on; for a whole program, in its main thread."""
    for number in SIGNALS:
        signal.signal(number, _heard)


@contextmanager
def heard(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let somebody else hear both signals for a while."""
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore() -> None:
    """Hear none of them any more: the program is about to end anyway."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def end_at_once(code: int) -> NoReturn:
    """End without a farewell: threads that are inside C code would make a regular one hang or abort."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


def _heard(number: int, frame: FrameType | None) -> None:
    global _count  # noqa: PLW0603  # signals belong to the process
    if _in_import(frame):
        _thread.start_new_thread(_again, (number,))  # not a Thread: its locks may be held right here
        return
    _count += 1
    if _count > 1:
        end_at_once(EXIT_INTERRUPTED)
    raise KeyboardInterrupt


def _again(number: int) -> None:
    time.sleep(_AGAIN_S)
    _thread.interrupt_main(signal.Signals(number))


def _in_import(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT:
            return True
        frame = frame.f_back
    return False
