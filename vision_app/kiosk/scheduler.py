"""Which scene is on: a station, the invitation, or a placeholder screen. Knows the time, and nothing of windows."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LEAST_BETWEEN_SKIPS_S = 0.4
_BREAK_S = 8.0


class Kind(enum.Enum):
    """What a scene is."""

    STATION = "station"
    ATTRACT = "attract"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be shown.

    Attributes:
        kind: station, invitation, or placeholder screen.
        station: the station that is on, or comes next.
        share: how much of its time has passed, 0 to 1.
    """

    kind: Kind
    station: int
    share: float = 0.0


class Scheduler:
    """Decides on the scene.

    Args:
        seconds: how long each station stays.
        clock: monotonic seconds.
        first: station to begin with.
    """

    def __init__(self, seconds: Sequence[float], clock: Callable[[], float], first: int = 0) -> None:
        self._seconds, self._clock = tuple(seconds), clock
        self._station = first % len(self._seconds)
        self._kind = Kind.PLACEHOLDER
        self._began_s = self._ticked_s = clock()
        self._skipped_s = float("-inf")
        self._short = False

    def tick(self, *, present: bool, pictures: bool) -> Scene:
        """The scene that is to be on now.

        Args:
            present: whether somebody is there.
            pictures: whether there are pictures to show.
        """
        now_s = self._clock()
        before, since_s = self._kind, now_s - self._ticked_s
        self._ticked_s = now_s
        if not pictures:
            self._kind = Kind.PLACEHOLDER
        elif not present:
            self._kind = Kind.ATTRACT
        else:
            self._kind = Kind.STATION
        if self._kind is Kind.PLACEHOLDER:
            self._began_s += since_s  # the time of a station does not run while nobody can see it
        elif self._kind is Kind.STATION and before is Kind.ATTRACT:
            self._go(0)
        elif self._kind is Kind.STATION and now_s - self._began_s >= self._time_s:
            self._go(self._station + 1)
        return Scene(self._kind, self._station, min(1.0, (now_s - self._began_s) / self._time_s))

    def skip(self) -> bool:
        """A touch or key: go to the next station.

        Returns:
            Whether it counted; a held key does not race through the programme.
        """
        now_s = self._clock()
        if now_s - self._skipped_s < _LEAST_BETWEEN_SKIPS_S:
            return False
        self._skipped_s = now_s
        if self._kind is Kind.STATION:
            self._go(self._station + 1)
        return True

    def take_a_break(self) -> None:
        """The station that is on has nothing to show: it ends soon."""
        if not self._short:
            self._short = True
            self._began_s = self._clock()

    @property
    def _time_s(self) -> float:
        whole_s = self._seconds[self._station]
        return min(whole_s, _BREAK_S) if self._short and len(self._seconds) > 1 else whole_s

    def _go(self, station: int) -> None:
        self._station = station % len(self._seconds)
        self._began_s = self._clock()
        self._short = False
