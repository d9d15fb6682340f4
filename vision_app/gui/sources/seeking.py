"""Seeks that follow a finger: as many as the source can do, always ending at the last place asked for."""

from __future__ import annotations

from collections.abc import Callable


class Seeker:
    """Lets one seek run at a time and keeps only the newest place of those that come meanwhile.

    Args:
        seek: starts a seek to a position in seconds; returns at once.
    """

    def __init__(self, seek: Callable[[float], None]) -> None:
        self._seek = seek
        self._running = False
        self._wanted: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a seek has not shown its picture yet."""
        return self._running

    def go(self, position_s: float) -> None:
        """Seek there, now or as soon as the running seek has shown its picture."""
        if self._running:
            self._wanted = position_s
            return
        self._running = True
        self._seek(position_s)

    def arrived(self) -> None:
        """The running seek has shown its picture, or will never do."""
        self._running = False
        if self._wanted is not None:
            position_s, self._wanted = self._wanted, None
            self.go(position_s)

    def forget(self) -> None:
        """Another source: nothing is wanted any more."""
        self._running = False
        self._wanted = None
