"""What ties a process of the kiosk to the watchdog: it sends beats, and it does not outlive it."""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from PySide6.QtCore import QObject, QTimer

from vision_app.gui.ending import end_when_asked
from vision_app.kiosk.heartbeat import BEAT_EVERY_S, Beat
from vision_app.messages import ToldFormatter

_PR_SET_PDEATHSIG = 1
log = logging.getLogger("vision_app.kiosk")
"""Goes to standard error, which the watchdog writes into its log."""


class Heartbeat(QObject):
    """Sends a beat a quarter second, from the thread of the window; ends the process with the watchdog.

    Args:
        beat: what to send.
        on_order: told of each line that the watchdog writes, in a thread of its own.
        on_term: told when the process is asked to end, in the thread of the window.
    """

    def __init__(
        self,
        beat: Callable[[], Beat],
        on_term: Callable[[], None],
        on_order: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._beat = beat
        self._on_order = on_order or (lambda _: None)
        self._pipe = _own_stdout()
        _die_with_parent()
        end_when_asked(on_term)
        if sys.stdin is not None and not sys.stdin.isatty():
            threading.Thread(target=self._follow, name="heartbeat", daemon=True).start()
        self._timer = QTimer(self)
        self._timer.setInterval(round(BEAT_EVERY_S * 1000))
        self._timer.timeout.connect(self.send)

    def start(self) -> None:
        """Send the first beat, and go on."""
        self._timer.start()
        self.send()

    def send(self) -> None:
        """Send a beat. A watchdog that does not read makes nobody wait."""
        if self._pipe is not None:
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(self._pipe, self._beat().line())

    def _follow(self) -> None:
        """The watchdog's orders; the end of its pipe is the end of the watchdog."""
        with suppress(OSError):
            pending = b""
            while data := os.read(0, 256):
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._on_order(line.decode("ascii", "replace"))
        os._exit(1)


def _own_stdout() -> int | None:
    """The pipe of the beats, which nobody else writes into: what libraries print goes to standard error."""
    with suppress(OSError):
        if os.isatty(1):
            return None
        pipe = os.dup(1)
        os.dup2(2, 1)
        with suppress(OSError, AttributeError):
            os.set_blocking(pipe, False)
        return pipe
    return None


def _die_with_parent() -> None:
    """On Linux the system itself ends this process with the watchdog, even while it is stopped or hangs."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it had died before the system was asked
        os._exit(1)


def note_everything() -> None:
    """Errors go to standard error in full; one in the thread of the window ends the process: it starts afresh."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(ToldFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    log.setLevel(logging.INFO)
    with suppress(OSError, ValueError, AttributeError):
        faulthandler.enable()

    def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        for line in traceback.format_exception(kind, error, trace):
            log.error(line.rstrip())
        os._exit(1)

    sys.excepthook = unexpected
