"""Durations and rates: over the last moments for the screen, and over a whole run in flat memory."""

from __future__ import annotations

import enum
import math
import threading
import time
from collections import deque
from collections.abc import Sequence

from vision_app.results.values import Timings

STAGES = ("read", "prepare", "infer", "decode", "draw", "write")
_STAGES_OF_MODELS = ("prepare", "infer", "decode")

_FLOOR_S = 1e-6
_GROWTH = 1.02
_LOG_GROWTH = math.log(_GROWTH)
_RECENT = 120
_STOPPED = 3
"""Events have stopped when nothing came for so many times as long as they were apart."""


class Effort(enum.Enum):
    """What the models have done for a frame."""

    LOOKED = "looked"
    """At least one has looked at it."""
    EXPECTED = "expected"
    """None has: objects are where their tracks expect them."""
    RESTED = "rested"
    """None has: nothing has changed."""


class Durations:
    """Collects durations of one stage. Safe to read while another thread adds.

    Percentiles over everything come from a histogram whose buckets grow by 2 %, so they are exact to 1 %
    whatever the length of the run; those over the last moments come from the values themselves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[int, int] = {}
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self.count = 0
        self.total_s = 0.0
        self.longest_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        bucket = round(math.log(max(seconds, _FLOOR_S) / _FLOOR_S) / _LOG_GROWTH)
        with self._lock:
            self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
            self._recent.append(seconds)
            self.count += 1
            self.total_s += seconds
            self.longest_s = max(self.longest_s, seconds)

    @classmethod
    def merged(cls, parts: Sequence[Durations]) -> Durations:
        """All durations of several collections; what came last of all is not known of it."""
        if len(parts) == 1:
            return parts[0]
        whole = cls()
        for part in parts:
            with part._lock:
                for bucket, count in part._buckets.items():
                    whole._buckets[bucket] = whole._buckets.get(bucket, 0) + count
                whole.count += part.count
                whole.total_s += part.total_s
                whole.longest_s = max(whole.longest_s, part.longest_s)
        return whole

    def percentile(self, share: float) -> float:
        """The duration in seconds that `share` of all durations do not exceed; 0 when there are none."""
        with self._lock:
            wanted = max(1, math.ceil(share * self.count))
            seen = 0
            for bucket in sorted(self._buckets):
                seen += self._buckets[bucket]
                if seen >= wanted:
                    return _FLOOR_S * _GROWTH**bucket
        return 0.0

    def recent_percentile(self, share: float) -> float:
        """The same over the last 120 durations, exact."""
        with self._lock:
            values = sorted(self._recent)
        if not values:
            return 0.0
        return values[max(0, math.ceil(share * len(values)) - 1)]


class Rate:
    """Events a second over a sliding window."""

    def __init__(self, window_s: float = 2.0) -> None:
        self._window_s = window_s
        self._lock = threading.Lock()
        self._times: deque[float] = deque(maxlen=1024)

    def tick(self, now_s: float | None = None) -> None:
        """Count one event."""
        with self._lock:
            self._times.append(time.perf_counter() if now_s is None else now_s)

    def per_second(self, now_s: float | None = None) -> float:
        """Events a second; 0 before the second event, and once they have stopped."""
        now = time.perf_counter() if now_s is None else now_s
        with self._lock:
            while len(self._times) > 2 and now - self._times[0] > self._window_s:
                self._times.popleft()
            if len(self._times) < 2:
                return 0.0
            span = self._times[-1] - self._times[0]
            if now - self._times[-1] > max(self._window_s, _STOPPED * span / (len(self._times) - 1)):
                return 0.0
            return (len(self._times) - 1) / span if span > 0 else 0.0


class Share:
    """How many of the last events were of one kind. Safe to read while another thread adds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[bool] = deque(maxlen=_RECENT)

    def add(self, one: bool) -> None:
        """Count one event, and whether it was of that kind."""
        with self._lock:
            self._recent.append(one)

    def share(self) -> float:
        """The share of the last 120 events, 0 to 1; 0 when there were none."""
        with self._lock:
            return sum(self._recent) / len(self._recent) if self._recent else 0.0


class PipelineStats:
    """What is known about a run while it goes on. Every value may be read from any thread."""

    def __init__(self) -> None:
        self.stages = {stage: Durations() for stage in STAGES}
        self.age = Durations()
        self.shown = Rate()
        self.frames = 0
        self.dropped = 0
        self.rested = 0
        self.expected = 0
        self.looked_at = Rate()
        self.spared_lately = Share()
        self.started_s = time.perf_counter()
        self.first_result_s: float | None = None
        self.ended_s: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start, or of the whole run once it has ended."""
        return (self.ended_s or time.perf_counter()) - self.started_s

    @property
    def spared(self) -> float:
        """Share of the frames that no model has looked at, 0 to 1."""
        return (self.rested + self.expected) / self.frames if self.frames else 0.0

    def count(self, timings: Timings, age_s: float, effort: Effort = Effort.LOOKED) -> None:
        """Add one frame that went all the way.

        Args:
            timings: seconds by stage.
            age_s: how old it was at the end.
            effort: what the models have done; unless one has looked, their stages were not gone through.
        """
        if self.first_result_s is None:
            self.first_result_s = time.perf_counter() - self.started_s
        self.frames += 1
        looked = effort is Effort.LOOKED
        self.rested += effort is Effort.RESTED
        self.expected += effort is Effort.EXPECTED
        self.shown.tick()
        self.age.add(age_s)
        if looked:
            self.looked_at.tick()
        for stage, durations in self.stages.items():
            if looked or stage not in _STAGES_OF_MODELS:
                durations.add(getattr(timings, f"{stage}_s"))
