"""Looking at every k-th frame: which frames a detector looks at, and where its objects are on those between."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from vision_app.results.affine import Affine
from vision_app.results.values import BoxResult, Detections, FloatArray, IntArray
from vision_app.tasks.nms import iou_one_to_many

AUTO = 0
"""As seldom as the movement allows."""

_FORGOTTEN = 256
"""Numbers that lie so far behind are not asked for any more."""


@dataclass(frozen=True, slots=True)
class PaceRules:
    """How seldom is seldom enough, where nobody says.

    Attributes:
        longest_s: there is a look at least so often: what is new is seen no later.
        near: overlap (intersection over union) of the place where an object was expected with that where it was
            found, from which on the next look may come a frame later.
        far: below it the looks come twice as often, as they do when an object is new or gone.
    """

    longest_s: float = 0.25
    near: float = 0.8
    far: float = 0.6


class Pace:
    """Says which frames of one stream are looked at. Safe to use from many threads.

    The frames are numbered as they are taken. What is said of a frame depends on its number, and on looks that are
    over whatever the threads do, so that a clip gives the same results each time.

    Args:
        every: look at every so many frames; `AUTO` for as seldom as the movement allows.
        fps: frames a second of the source; None where it is unknown.
        rules: what `AUTO` means.
    """

    def __init__(self, every: int, fps: float | None = None, rules: PaceRules | None = None) -> None:
        self._asked = every, fps, rules
        self._rules = rules or PaceRules()
        self._fixed = every or None
        self._most = max(1, round((fps or 30.0) * self._rules.longest_s))
        self._lock = threading.Lock()
        self._decided = 0
        self._next_look = 0
        self._looks: deque[int] = deque()
        self._steps: deque[tuple[int, int]] = deque([(-1, 1)])

    @property
    def adapts(self) -> bool:
        """Whether it learns from what a look shows."""
        return self._fixed is None

    def fresh(self) -> Pace:
        """The same for another stream."""
        return Pace(*self._asked)

    def looks(self, turn: int, in_flight: int) -> bool:
        """Whether the frame of that number is looked at.

        Args:
            turn: its number, from 0.
            in_flight: how many frames may be worked on at once: those from so many before on are not over.
        """
        with self._lock:
            if turn > self._decided + _FORGOTTEN:
                self._decided = self._next_look = turn
            while self._decided <= turn:
                if self._decided == self._next_look:
                    self._looks.append(self._decided)
                    self._next_look += self._step(self._decided - in_flight)
                self._decided += 1
            while self._looks and self._looks[0] < turn - _FORGOTTEN:
                self._looks.popleft()
            return turn in self._looks

    def learn(self, turn: int, overlap: float, *, changed: bool) -> None:
        """Take note of what a look has shown; in the order of the frames.

        Args:
            turn: number of its frame.
            overlap: the least overlap of an object with the place where it was expected; 1 where there was none.
            changed: whether an object is new or gone.
        """
        if not self.adapts:
            return
        with self._lock:
            step = self._steps[-1][1]
            if changed or overlap < self._rules.far:
                step = max(1, step // 2)
            elif overlap >= self._rules.near:
                step = min(step + 1, self._most)
            self._steps.append((turn, step))

    def _step(self, over: int) -> int:
        """Frames from one look to the next, by what was known after that frame."""
        if self._fixed is not None:
            return self._fixed
        while len(self._steps) > 1 and self._steps[1][0] <= over:
            self._steps.popleft()
        return self._steps[0][1]


def moved(result: BoxResult, xyxy: FloatArray, frame_wh: tuple[int, int]) -> BoxResult:
    """The same objects at other places, told as expected and not seen; those that have left the picture are left out.

    Args:
        result: what was found.
        xyxy: (N, 4) where the objects are now, pixels.
        frame_wh: width and height of the frame.
    """
    inside = np.clip(xyxy, 0, np.array([*frame_wh, *frame_wh], np.float32)).astype(np.float32)
    rows = np.flatnonzero((inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1]))
    if isinstance(result, Detections) and result.attached is None:
        return dataclasses.replace(result.take(rows), xyxy=inside[rows], expected=True)
    at = result.detections.xyxy
    parts: list[Any] = [result.take(np.array([i])).mapped(_from_to(at[i], xyxy[i]), frame_wh) for i in rows]
    every: BoxResult = parts[0].joined(parts[1:]) if parts else result.take(rows)
    return every.with_detections(dataclasses.replace(every.detections, xyxy=inside[rows], expected=True))


def _from_to(box: FloatArray, to: FloatArray) -> Affine:
    """The shift and stretch that takes a box to another."""
    size = np.maximum(box[2:] - box[:2], 1e-6)
    scale = (to[2:] - to[:2]) / size
    shift = to[:2] - scale * box[:2]
    return Affine(np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]], np.float64))


def least_overlap(ids: IntArray | None, expected: FloatArray, found: Detections) -> tuple[float, bool]:
    """How well objects were expected.

    Args:
        ids: (N,) the ids of those that are known; None for none.
        expected: (N, 4) where they were expected.
        found: what is there.

    Returns:
        The least overlap of an object that is known with the place where it was expected, 1 where there is none; and
        whether one is new or gone.
    """
    before, now = _by_id(ids, expected), _by_id(found.track_ids, found.xyxy)
    overlaps = [float(iou_one_to_many(before[i], now[i][None])[0]) for i in before.keys() & now.keys()]
    is_new = found.track_ids is not None and bool(np.any(found.track_ids < 0))
    return min(overlaps, default=1.0), is_new or before.keys() != now.keys()


def _by_id(ids: IntArray | None, xyxy: FloatArray) -> dict[int, FloatArray]:
    return {} if ids is None else {i: box for i, box in zip(ids.tolist(), xyxy, strict=True) if i >= 0}
