"""ByteTrack: which box of this frame is which object of the frames before. Pure array maths.

Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", 2022. The motion is
that of the library `trackers` 2.6 (Apache-2.0), whose ids the tests compare with: the four sides of a box move
each at a speed of its own.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision_app.engine.assignment import best_pairs
from vision_app.results.values import FloatArray, IntArray
from vision_app.tasks.overlaps import overlapping_pairs

Numbers = NDArray[np.float64]

# Source: `trackers` 2.6, core/bytetrack/tracklet.py and utils/motion_models.py
_MEASURED_VARIANCE = 0.1
_DRIFT_VARIANCE = 0.01
_NOMINAL_WITHIN_S = 0.004


@dataclass(frozen=True, slots=True)
class TrackRules:
    """When a box begins, keeps and loses a track.

    Attributes:
        high_score: boxes from this score on are paired first.
        new_score: a box that fits no track begins one from this score on.
        least_iou: lowest overlap of a box with the place where its track was expected.
        confirmed_after: frames in a row after which a track has an id.
        keep_lost_s: seconds after which an object that is not seen is forgotten.
    """

    # Source: ultralytics cfg/trackers/bytetrack.yaml, track_high_thresh and new_track_thresh
    high_score: float = 0.25
    new_score: float = 0.25
    least_iou: float = 0.1
    confirmed_after: int = 2
    keep_lost_s: float = 1.0


_COLUMNS = ("place", "speed", "covariance", "ids", "in_a_row", "unseen", "unseen_s")


class _Tracks:
    """All tracks, a row each: a Kalman filter with constant speed a side, the same uncertainty for all four."""

    def __init__(self) -> None:
        self.place = np.empty((0, 4))
        self.speed = np.empty((0, 4))
        self.covariance = np.empty((0, 3))  # of place, of place and speed, of speed
        self.ids = np.empty(0, np.int64)
        self.in_a_row = np.empty(0, np.int64)
        self.unseen = np.empty(0, np.int64)
        self.unseen_s = np.empty(0)

    def __len__(self) -> int:
        return len(self.ids)

    def copied(self) -> _Tracks:
        """The same tracks, which may be changed."""
        other = _Tracks()
        for name in _COLUMNS:
            setattr(other, name, getattr(self, name).copy())
        return other

    def keep(self, rows: NDArray[np.bool_]) -> None:
        for name in _COLUMNS:
            setattr(self, name, getattr(self, name)[rows])

    def begin(self, boxes: FloatArray) -> None:
        n = len(boxes)
        self.place = np.concatenate([self.place, boxes.astype(np.float64)])
        self.speed = np.concatenate([self.speed, np.zeros((n, 4))])
        self.covariance = np.concatenate([self.covariance, np.tile([1.0, 0.0, 1.0], (n, 1))])
        self.ids = np.concatenate([self.ids, np.full(n, -1, np.int64)])
        self.in_a_row = np.concatenate([self.in_a_row, np.ones(n, np.int64)])
        self.unseen = np.concatenate([self.unseen, np.zeros(n, np.int64)])
        self.unseen_s = np.concatenate([self.unseen_s, np.zeros(n)])

    def predict(self, steps: float, elapsed_s: float, nominal: bool) -> None:
        """Move on by so many frames."""
        self.place += steps * self.speed
        pp, pv, vv = self.covariance.T
        drift = _DRIFT_VARIANCE
        q_pp, q_pv, q_vv = (
            (drift, 0.0, drift) if nominal else (drift * steps**4 / 4, drift * steps**3 / 2, drift * steps**2)
        )
        self.covariance = np.stack(
            [pp + 2 * steps * pv + steps**2 * vv + q_pp, pv + steps * vv + q_pv, vv + q_vv], axis=1
        )
        self.in_a_row[self.unseen > 0] = 0
        self.unseen += 1
        self.unseen_s += elapsed_s

    def see(self, rows: IntArray, boxes: FloatArray) -> None:
        """The boxes are those of these rows."""
        pp, pv, vv = self.covariance[rows].T
        gain_p, gain_v = pp / (pp + _MEASURED_VARIANCE), pv / (pp + _MEASURED_VARIANCE)
        off = boxes - self.place[rows]
        self.place[rows] += gain_p[:, None] * off
        self.speed[rows] += gain_v[:, None] * off
        self.covariance[rows] = np.stack([pp - gain_p * pp, pv - gain_p * pv, vv - gain_v * pv], axis=1)
        self.unseen[rows], self.unseen_s[rows] = 0, 0.0
        self.in_a_row[rows] += 1


class ByteTrack:
    """Gives ids to boxes, frame after frame.

    Args:
        fps: frames a second, for which the motion is tuned.
        rules: when a track begins and ends.
    """

    def __init__(self, fps: float = 30.0, rules: TrackRules | None = None) -> None:
        self._fps, self._rules = fps, rules or TrackRules()
        self._tracks = _Tracks()
        self._next = 1
        self._last_s: float | None = None

    def copied(self) -> ByteTrack:
        """A tracker that has seen the same; it goes on by itself."""
        other = copy.copy(self)
        other._tracks = self._tracks.copied()
        return other

    def emptied(self) -> ByteTrack:
        """A tracker without any tracks, whose ids go on from those of this one."""
        other = ByteTrack(self._fps, self._rules)
        other._next = self._next
        return other

    def update(self, xyxy: FloatArray, scores: FloatArray, time_s: float) -> IntArray:
        """Ids of the boxes of the next frame.

        Args:
            xyxy: (N, 4) boxes.
            scores: (N,) in [0, 1].
            time_s: when the frame was taken; later than the one before.

        Returns:
            (N,) int64: ids from 1 on; -1 for a box that was not yet seen often enough.
        """
        tracks, rules = self._tracks, self._rules
        elapsed_s = 1 / self._fps if self._last_s is None else time_s - self._last_s
        steps = elapsed_s * self._fps
        self._last_s = time_s
        tracks.predict(steps, elapsed_s, abs(steps - 1) <= _NOMINAL_WITHIN_S * self._fps)
        tracks.keep(tracks.unseen_s <= rules.keep_lost_s)
        expected = tracks.place.copy()
        ids = np.full(len(xyxy), -1, np.int64)
        high = np.flatnonzero(scores >= rules.high_score)
        low = np.flatnonzero(scores < rules.high_score)
        left = np.arange(len(tracks))
        left, new = self._pair(expected, left, xyxy, high, ids)
        self._pair(expected, left, xyxy, low, ids)
        tracks.begin(xyxy[new[scores[new] >= rules.new_score]])
        tracks.keep((tracks.ids >= 0) | (tracks.unseen == 0))
        return ids

    def expected(self, xyxy: FloatArray, ids: IntArray, time_s: float) -> FloatArray:
        """Where objects are at a later time, if they go on as they do.

        Args:
            xyxy: (N, 4) where they were in the newest frame.
            ids: (N,) their ids; one without an id stays where it is.
            time_s: when.

        Returns:
            (N, 4) float32.
        """
        steps = 0.0 if self._last_s is None else (time_s - self._last_s) * self._fps
        row_of = {track: row for row, track in enumerate(self._tracks.ids.tolist()) if track >= 0}
        speeds = np.zeros((len(ids), 4))
        for i, track in enumerate(ids.tolist()):
            if track in row_of:
                speeds[i] = self._tracks.speed[row_of[track]]
        return (xyxy + steps * speeds).astype(np.float32)

    def _pair(
        self, expected: Numbers, rows: IntArray, xyxy: FloatArray, boxes: IntArray, ids: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Pair tracks with boxes by overlap; gives the tracks and the boxes that are left."""
        tracks, rules = self._tracks, self._rules
        r, c, overlap = overlapping_pairs(expected[rows], xyxy[boxes])
        pairs = best_pairs(r, c, overlap)
        pairs = pairs[overlap[pairs] >= rules.least_iou]
        r, c = r[pairs], c[pairs]
        tracks.see(rows[r], xyxy[boxes[c]])
        for row in rows[r]:
            if tracks.ids[row] < 0 and tracks.in_a_row[row] >= rules.confirmed_after:
                tracks.ids[row] = self._next
                self._next += 1
        ids[boxes[c]] = tracks.ids[rows[r]]
        return np.delete(rows, r), np.delete(boxes, c)
