"""A movement that takes visitors on: done before the camera, it does what a touch does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vision_app.results.movements import MovementEvent, Movements
from vision_app.results.values import Result

SHOWN_S = 1.2
"""So long a visitor sees that the movement was understood before the next station comes."""


class SkipByMovement:
    """Waits for a movement at one station.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wanted = ""
        self._seen: MovementEvent | None = None
        self._since_s: float | None = None

    def enter(self, wanted: str) -> None:
        """Another station, and the movement that ends it; "" for none."""
        self._wanted, self._since_s = wanted, None

    def look(self, results: Iterable[Result]) -> bool:
        """Look at the newest results.

        Returns:
            Whether it is time for the next station; says so once.
        """
        for result in results:
            if isinstance(result, Movements) and result.ended is not None and result.ended != self._seen:
                self._seen = result.ended
                if self._wanted and result.ended.label == self._wanted and self._since_s is None:
                    self._since_s = self._clock()
        if self._since_s is None or self._clock() - self._since_s < SHOWN_S:
            return False
        self._since_s = None
        return True
