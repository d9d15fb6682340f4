"""The two touches that open the PIN pad: nobody makes them by accident, and they need no keyboard."""

from __future__ import annotations

from collections.abc import Callable

LONG_PRESS_S = 3.0
ALL_CORNERS_WITHIN_S = 6.0
_CORNER_SHARE = 0.12
_CLOCKWISE = ("top-left", "top-right", "bottom-right", "bottom-left")


class CornerGesture:
    """A long press in a corner, or a tap in each corner, clockwise from the top left.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pressed_s: float | None = None
        self._corner: str | None = None
        self._taps: list[tuple[str, float]] = []

    def press(self, at_xy: tuple[float, float], size_wh: tuple[int, int]) -> bool:
        """A finger came down.

        Returns:
            Whether it is in a corner: then it is not a wish to see the next station.
        """
        self._corner = corner_at(at_xy, size_wh)
        self._pressed_s = self._clock() if self._corner else None
        if self._corner is None:
            self._taps.clear()
        return self._corner is not None

    def move(self, at_xy: tuple[float, float], size_wh: tuple[int, int]) -> None:
        """The finger moved: out of the corner it counts no more."""
        if self._corner is not None and corner_at(at_xy, size_wh) != self._corner:
            self._corner = self._pressed_s = None

    def release(self) -> bool:
        """The finger left; returns whether that was the last of the four taps."""
        corner, self._corner, self._pressed_s = self._corner, None, None
        if corner is None:
            return False
        now_s = self._clock()
        self._taps = [tap for tap in self._taps if now_s - tap[1] < ALL_CORNERS_WITHIN_S]
        self._taps = [*self._taps, (corner, now_s)][-len(_CLOCKWISE) :]
        if tuple(name for name, _ in self._taps) != _CLOCKWISE:
            return False
        self._taps.clear()
        return True

    def held(self) -> bool:
        """Whether a finger has stayed in a corner for long enough; says so once."""
        if self._pressed_s is None or self._clock() - self._pressed_s < LONG_PRESS_S:
            return False
        self._pressed_s = self._corner = None
        self._taps.clear()
        return True


def corner_at(at_xy: tuple[float, float], size_wh: tuple[int, int]) -> str | None:
    """The corner of the screen that a point is in, None for none.

    >>> corner_at((5, 1070), (1920, 1080)), corner_at((960, 5), (1920, 1080))
    ('bottom-left', None)
    """
    side = _CORNER_SHARE * min(size_wh)
    x, y = at_xy
    across = "left" if x < side else "right" if x >= size_wh[0] - side else None
    down = "top" if y < side else "bottom" if y >= size_wh[1] - side else None
    return f"{down}-{across}" if down and across else None
