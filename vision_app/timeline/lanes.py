"""Lanes of spans, built from what is seen frame by frame."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

DEFAULT_GAP_S = 1.0
"""What is away for less than that, in seconds, has not been away."""
_MOST_SPANS = 5000
_MOST_LANES = 2000


class Seen(NamedTuple):
    """One thing in one frame.

    Attributes:
        model: name of the model that saw it.
        label: what it is.
        score: how sure the model is, in [0, 1].
        track_id: the object among those of its source; None where objects are not followed.
    """

    model: str
    label: str
    score: float = 1.0
    track_id: int | None = None


class LaneKey(NamedTuple):
    """What one lane is about.

    Attributes:
        source: name of the source.
        model: name of the model.
        label: what is seen.
    """

    source: str
    model: str
    label: str


@dataclass(slots=True)
class Span:
    """A time in which something was seen without a longer gap.

    Attributes:
        start_s: time of the first frame, seconds.
        end_s: until when it was seen, seconds.
        score: the best score of the frames.
        frame: index of the first frame.
    """

    start_s: float
    end_s: float
    score: float
    frame: int


@dataclass(slots=True)
class Lane:
    """All spans of one thing, in order and apart by more than the gap.

    Attributes:
        key: what it is about.
        spans: the spans.
        frames: in how many frames it was seen.
        most: most of them in one frame.
        tracks: how many different objects, where objects are followed; 0 where they are not.
    """

    key: LaneKey
    spans: list[Span] = field(default_factory=list)
    frames: int = 0
    most: int = 0
    _tracks: set[int] = field(default_factory=set)

    @property
    def tracks(self) -> int:
        """See above."""
        return len(self._tracks)

    @property
    def seconds(self) -> float:
        """How long it was seen in all, seconds."""
        return sum(span.end_s - span.start_s for span in self.spans)

    def extend(self, start_s: float, end_s: float, score: float, frame: int, gap_s: float) -> None:
        """It was seen in this time as well; spans that come within the gap of it become one with it.

        >>> lane = Lane(LaneKey("", "m", "cup"))
        >>> for at in (0.0, 5.0, 2.9, 4.1):
        ...     lane.extend(at, at, 1.0, 0, gap_s=1.0)
        >>> [(span.start_s, span.end_s) for span in lane.spans]
        [(0.0, 0.0), (2.9, 2.9), (4.1, 5.0)]
        """
        spans = self.spans
        # the first span that ends late enough to touch it; ends are in order, as spans are apart
        first = bisect_left(spans, start_s - gap_s, key=lambda span: span.end_s)
        last = first
        merged = Span(start_s, end_s, score, frame)
        while last < len(spans) and spans[last].start_s <= end_s + gap_s:
            old = spans[last]
            if old.start_s <= merged.start_s:
                merged.start_s, merged.frame = old.start_s, old.frame
            merged.end_s = max(merged.end_s, old.end_s)
            merged.score = max(merged.score, old.score)
            last += 1
        spans[first:last] = [merged]
        if len(spans) > _MOST_SPANS:
            self._thin()

    def _thin(self) -> None:
        """Join the two spans that are nearest to each other: a lane of a year takes no more room than of a day."""
        spans = self.spans
        near = min(range(1, len(spans)), key=lambda i: spans[i].start_s - spans[i - 1].end_s)
        left, right = spans[near - 1], spans[near]
        joined = Span(left.start_s, right.end_s, max(left.score, right.score), left.frame)
        spans[near - 1 : near + 1] = [joined]


class Timeline:
    """Collects what is seen, frame by frame, in any order of times: a clip may be wound back or play again.

    Args:
        gap_s: what is away for less than that, in seconds, has not been away.
    """

    def __init__(self, gap_s: float = DEFAULT_GAP_S) -> None:
        self.gap_s = gap_s
        self.frames = 0
        self._lanes: dict[LaneKey, Lane] = {}
        self._before: dict[str, tuple[float, int, dict[LaneKey, float]]] = {}
        self._bounds: dict[str, tuple[float, float]] = {}

    def add(self, source: str, time_s: float, frame: int, seen: Iterable[Seen]) -> None:
        """Add one frame.

        Args:
            source: name of its source.
            time_s: its time in the source, seconds.
            frame: its index in the source.
            seen: what is in it.
        """
        self.frames += 1
        first_s, last_s = self._bounds.get(source, (time_s, time_s))
        self._bounds[source] = (min(first_s, time_s), max(last_s, time_s))
        self._until_now(source, time_s)
        now: dict[LaneKey, float] = {}
        for key, score, count, tracks in _by_lane(source, seen):
            lane = self._lanes.get(key)
            if lane is None:
                if len(self._lanes) >= _MOST_LANES:
                    continue
                lane = self._lanes[key] = Lane(key)
            lane.frames += 1
            lane.most = max(lane.most, count)
            lane._tracks.update(tracks)
            lane.extend(time_s, time_s, score, frame, self.gap_s)
            now[key] = score
        self._before[source] = (time_s, frame, now)

    def _until_now(self, source: str, time_s: float) -> None:
        """What the frame before showed was there until this frame, if this one follows it."""
        before_s, frame, scores = self._before.get(source, (time_s, 0, {}))
        if before_s < time_s <= before_s + self.gap_s:
            for key, score in scores.items():
                self._lanes[key].extend(before_s, time_s, score, frame, self.gap_s)

    def lanes(self, *, most: int | None = None) -> list[Lane]:
        """The lanes, the longest seen first."""
        found = sorted(self._lanes.values(), key=lambda lane: (-lane.seconds, -lane.frames, lane.key))
        return found if most is None else found[:most]

    @property
    def sources(self) -> list[str]:
        """Names of the sources, in the order in which they came."""
        return list(self._bounds)

    def bounds(self, source: str | None = None) -> tuple[float, float]:
        """First and last time of a source, or of all, seconds; (0, 0) where nothing was added."""
        every = [b for name, b in self._bounds.items() if source is None or name == source]
        return (min(b[0] for b in every), max(b[1] for b in every)) if every else (0.0, 0.0)


def _by_lane(source: str, seen: Iterable[Seen]) -> Iterator[tuple[LaneKey, float, int, set[int]]]:
    """What is seen in one frame, each lane once: its best score, how many there are, and the objects."""
    found: dict[LaneKey, tuple[float, int, set[int]]] = {}
    for one in seen:
        key = LaneKey(source, one.model, one.label)
        score, count, tracks = found.get(key, (0.0, 0, set()))
        if one.track_id is not None:
            tracks.add(one.track_id)
        found[key] = (max(score, one.score), count + 1, tracks)
    for key, (score, count, tracks) in found.items():
        yield key, score, count, tracks
