"""Python looks for what it can let go of in the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOKS_EVERY_MS = 250


class Collector(QObject):
    """Takes the search for cycles away from the other threads.

    Whichever thread happens to make the object too many runs it, and there ends objects of Qt that nobody holds any
    more. While Qt ends one it holds a lock of its signals and asks PySide, which waits for Python's lock; the window's
    thread that has Python's lock and connects a signal waits for the other. Both wait for ever.

    The search goes through the generations as Python's own does, by the same thresholds. What was made before this one,
    mostly modules, stays, and is not looked through again each time. Nothing of the window or a source may be among
    it: what stays for ever would keep the pictures and the filters of a source that was closed.

    Args:
        parent: Qt's owner.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKS_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Search as far as it is time to."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        for generation in (2, 1, 0):
            if due[generation]:
                gc.collect(generation)
                return

    def end(self) -> None:
        """Leave the search to all threads again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
