"""How often a frame is taken."""

from __future__ import annotations

_EARLY_SHARE, _EARLY_S = 0.25, 0.008
"""A frame may come that share of an interval early, or that long: a camera's own rate is never quite even."""


class Pace:
    """Says which frames are due at a rate. Times may be of a clock or of a clip, which can jump back.

    Args:
        rate_hz: so many a second; None for every frame.
    """

    def __init__(self, rate_hz: float | None) -> None:
        if rate_hz is not None and not 0 < rate_hz < 1e6:
            raise ValueError(f"a rate is above 0 a second, got {rate_hz}")
        self._interval_s = 0.0 if rate_hz is None else 1.0 / rate_hz
        self._early_s = min(_EARLY_SHARE * self._interval_s, _EARLY_S)
        self._next_s: float | None = None
        self._last_s = float("-inf")

    def is_due(self, at_s: float) -> bool:
        """Whether the frame of that time is one to take."""
        if at_s < self._last_s:
            self._next_s = None
        self._last_s = at_s
        return self._next_s is None or at_s >= self._next_s - self._early_s

    def took(self, at_s: float) -> None:
        """The frame of that time was taken. A little delay does not lower the rate."""
        late = self._next_s is None or at_s - self._next_s > self._interval_s
        self._next_s = (at_s if late or self._next_s is None else self._next_s) + self._interval_s

    def reset(self) -> None:
        """The next frame is due, whatever its time."""
        self._next_s, self._last_s = None, float("-inf")
