"""Times of frames that always rise, whatever a container says."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from vision_app.messages import Message

RESTART_S = 1.0
"""A time that lies so far before the last one means that the clock began again; less is disorder."""
LONGEST_LEAP_S = 10.0
"""A leap ahead in a format that is cut together of pieces; more is a clock that was set.

Source: FFmpeg's `dts_delta_threshold`.
"""


@dataclass(slots=True)
class Timeline:
    """Turns the times that a container gives its frames into seconds since the first frame.

    A frame without a time follows the one before it by the rate; so does one whose time does not rise. After a
    clock that begins again the times go on from there.

    Args:
        rate_hz: frames a second where nothing better is known.
        is_cut_together: whether the format may be cut together of pieces with clocks of their own.

    >>> line = Timeline(25.0)
    >>> [line.next(t) for t in (5.0, 5.04, None, 5.12)]
    [0.0, 0.04, 0.08, 0.12]
    """

    rate_hz: float
    is_cut_together: bool = False
    origin_s: float | None = None
    last_s: float | None = None
    without_time: int = 0
    restarts: int = 0
    disorders: int = 0

    def next(self, time_s: float | None) -> float:
        """Seconds from the first frame to this one; called for each frame in order of presentation.

        Args:
            time_s: what the container says; None when it says nothing.
        """
        step_s = 1 / self.rate_hz
        if time_s is None:
            self.without_time += 1
            position_s = 0.0 if self.last_s is None else self.last_s + step_s
        elif self.origin_s is None:
            position_s = 0.0 if self.last_s is None else self.last_s + step_s
            self.origin_s = time_s - position_s
        else:
            position_s = self._placed(time_s, step_s)
        position_s = round(position_s, 9)
        self.last_s = position_s
        return position_s

    def _placed(self, time_s: float, step_s: float) -> float:
        assert self.origin_s is not None
        position_s = time_s - self.origin_s
        last_s = self.last_s or 0.0
        back = position_s <= last_s - RESTART_S
        leap = self.is_cut_together and position_s > last_s + LONGEST_LEAP_S
        if back or leap:
            self.restarts += 1
            self.origin_s = time_s - (last_s + step_s)
            return last_s + step_s
        if position_s <= last_s:
            self.disorders += 1
            return last_s + step_s
        return position_s

    def resume(self, time_s: float) -> None:
        """Go on from another place of the same clock: the next time may be before or after the last one."""
        self.last_s = None if self.origin_s is None else time_s - self.origin_s - 1e-9

    def notice(self) -> str | None:
        """What the user should know of these times, as the end of a sentence; None when all is well."""
        if self.restarts:
            return Message("its clock starts again in the middle; the times go on from there")
        if self.without_time > 1 and self.origin_s is None:
            return Message(
                "it holds no times; they are counted at {rate_hz:g} frames a second", rate_hz=self.rate_hz
            )
        if self.without_time > 1:
            return Message(
                "{without_time} of its frames have no time; theirs are counted at {rate_hz:g} a second",
                without_time=self.without_time,
                rate_hz=self.rate_hz,
            )
        if self.disorders:
            return Message(
                "{disorders} of its times do not rise; those are counted at {rate_hz:g} a second",
                disorders=self.disorders,
                rate_hz=self.rate_hz,
            )
        return None


@dataclass(slots=True)
class DecodingTimes:
    """Times for a container that says when a picture is decoded and not when it is shown, as AVI does.

    Both are the same set of times: the picture that is shown as the n-th is shown at the n-th of them.
    """

    _heap: list[float] = field(default_factory=list)

    def add(self, time_s: float | None) -> None:
        """A packet goes to the decoder."""
        if time_s is not None:
            heapq.heappush(self._heap, time_s)

    def drop(self, time_s: float | None) -> None:
        """No picture came of that packet."""
        if time_s is not None and time_s in self._heap:
            self._heap.remove(time_s)
            heapq.heapify(self._heap)

    def next(self) -> float | None:
        """The time of the next picture that is shown."""
        return heapq.heappop(self._heap) if self._heap else None

    def clear(self) -> None:
        """Begin somewhere else."""
        self._heap.clear()
