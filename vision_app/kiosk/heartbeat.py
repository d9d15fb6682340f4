"""What the process with the pictures tells the watchdog: that it lives, and that pictures flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vision_app.messages import Message

BEAT_EVERY_S = 0.25
STALLED_AFTER_S = 3.0
"""So long without a beat, or without a picture where there should be some, and the process counts as hung."""

EXIT_BY_PIN = 70
"""The PIN was given: everything ends."""
EXIT_FRESH_START = 71
"""The process has grown too large and ends between two stations: it is started again at once."""
EXIT_UNUSABLE = 2
"""It cannot work on this machine at all; before its first beat it says why on standard error."""

_WORD = "beat"


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life.

    Attributes:
        pictures: how many pictures were shown so far.
        wanted: whether pictures should be coming now: not while a camera is away or being opened.
        station: which station is on.
        resident_mb: resident memory, 10^6 bytes; 0 where the system does not tell.
    """

    pictures: int
    wanted: bool
    station: int = 0
    resident_mb: int = 0

    def line(self) -> bytes:
        r"""The beat as a line.

        >>> Beat(7, True, 1, 300).line()
        b'beat 7 1 1 300\n'
        """
        return f"{_WORD} {self.pictures} {self.wanted:d} {self.station} {self.resident_mb}\n".encode("ascii")


def parse_beat(line: bytes) -> Beat | None:
    r"""The beat of a line; None for anything else, such as what a library printed.

    >>> parse_beat(b"beat 7 1 1 300\n")
    Beat(pictures=7, wanted=True, station=1, resident_mb=300)
    >>> parse_beat(b"hello")
    """
    parts = line.split()
    if (
        len(parts) != 5
        or parts[0] != _WORD.encode()
        or not all(p.isdigit() and len(p) < 19 for p in parts[1:])
    ):
        return None
    pictures, wanted, station, resident_mb = (int(p) for p in parts[1:])
    return Beat(pictures, wanted > 0, station, resident_mb)


class Pulse:
    """Judges the beats of one process: is it alive?

    Args:
        clock: monotonic seconds.
        start_s: how long it may take to its first beat.
        stalled_s: longest time between beats, and between pictures where there should be some.
    """

    def __init__(
        self, clock: Callable[[], float], *, start_s: float, stalled_s: float = STALLED_AFTER_S
    ) -> None:
        self._clock, self._start_s, self._stalled_s = clock, start_s, stalled_s
        self._began_s = self._beat_s = self._flow_s = clock()
        self.last: Beat | None = None
        self.first_picture_s: float | None = None

    def felt(self, beat: Beat) -> None:
        """A beat came."""
        now_s = self._clock()
        self._beat_s = now_s
        if not beat.wanted or self.last is None or beat.pictures != self.last.pictures:
            self._flow_s = now_s
        if self.first_picture_s is None and beat.pictures > 0:
            self.first_picture_s = now_s - self._began_s
        self.last = beat

    @property
    def silent_s(self) -> float:
        """Seconds since the last beat, or since the start."""
        return self._clock() - self._beat_s

    def problem(self, patience: float = 1.0) -> str:
        """Why it counts as hung; "" when it is well.

        Args:
            patience: factor on all times: a machine that is busy with other things makes everything late.
        """
        now_s = self._clock()
        if self.last is None:
            late_s = now_s - self._began_s
            start_s = self._start_s * patience
            return Message("did not start within {start_s:g} s", start_s=start_s) if late_s > start_s else ""
        stalled_s = self._stalled_s * patience
        if now_s - self._beat_s > stalled_s:
            return Message("gave no sign of life for {stalled_s:g} s", stalled_s=stalled_s)
        # a beat may be a little late, and so may the picture that it counts
        if now_s - self._flow_s > stalled_s + 2 * BEAT_EVERY_S:
            return Message("showed no new picture for {stalled_s:g} s", stalled_s=stalled_s)
        return ""
