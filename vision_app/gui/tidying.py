"""Memory that is not used any more goes back to the system while the window is open."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from vision_app.gui.session import Session
from vision_app.memory import give_back

_AFTER_MS = 2000
"""So long after a change: what it let go of is let go of by then."""
_AT_LATEST_MS = 10_000
"""So long after the first of many changes. To look through all takes the window some 40 ms: not while somebody tries
one model after the other, if that can be."""
_EVERY_MS = 20_000


class Tidying(QObject):
    """Gives back a little after each change of models or source, and now and then.

    Filters, training and thumbnails let go of pictures all the time; what lies between those that are still held
    would stay with the process.

    Args:
        session: whose changes are followed.
        parent: Qt's owner.
        give: gives back, called in a thread of its own.
    """

    def __init__(
        self, session: Session, parent: QObject | None = None, give: Callable[[], None] = give_back
    ) -> None:
        super().__init__(parent)
        self._give = give
        self._thread: threading.Thread | None = None
        self._first_s: float | None = None
        self._soon, self._clock = QTimer(self), QTimer(self)
        self._soon.setSingleShot(True)
        self._clock.setInterval(_EVERY_MS)
        self._soon.timeout.connect(self._collect)
        for timer in (self._soon, self._clock):
            timer.timeout.connect(self._start)
        session.models.connect(self._changed)
        session.source.connect(self._changed)
        self._clock.start()

    def _changed(self, _: object) -> None:
        """Soon; one change after the other puts it off for a while, but not for ever."""
        now_s = time.monotonic()
        if self._first_s is None:
            self._first_s = now_s
        left_ms = _AT_LATEST_MS - round((now_s - self._first_s) * 1000)
        self._soon.start(max(min(_AFTER_MS, left_ms), 0))

    def _collect(self) -> None:
        """What was closed may hold itself, and large pictures with it."""
        self._first_s = None
        gc.collect()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._give, name="tidying", daemon=True)
            self._thread.start()
