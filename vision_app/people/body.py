"""A body: found once in the whole picture, then followed; 33 points and, if wished, the body's mask."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.people.detecting import Network, detect
from vision_app.people.geometry import TurnedBox, as_tensor, cut_out, to_picture, turned
from vision_app.people.regions import body_from_marks
from vision_app.people.smoothing import LowPass, OneEuro, OneEuroSpec
from vision_app.people.ssd import POSE
from vision_app.results.masks import BoxMask
from vision_app.results.values import FloatArray, ImageU8

SIDE = 256
POINTS = 33
_ALL_POINTS = 39
_HEAT = 64
_HEAT_REACH = 4
_HEAT_LEAST = 0.5
_LOGIT_LIMIT = 80.0
_INSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Body:
    """One body.

    Attributes:
        points: (33, 3) float32: x, y in pixels of the picture, z in the same pixels, 0 between the hips.
        visibility: (33,) float32 in [0, 1]: how sure it is that a point is in the picture and not hidden.
        world: (33, 3) float32, metres, from between the hips.
        presence: how sure it is that there is a body, in [0, 1].
        ends: (2, 3) float32: the middle of the hips and a point of the circle round the body, pixels.
        mask: which pixels are the body, perhaps none; None when it was not asked for.
    """

    points: FloatArray
    visibility: FloatArray
    world: FloatArray
    presence: float
    ends: FloatArray
    mask: BoxMask | None = None


class BodyFinder:
    """Finds the body of one person. Knows nothing of other pictures.

    Args:
        detector: of bodies.
        landmarks: the network of landmarks: gives points, presence, heat map, points in metres and, where the mask is
            wished, the mask.
        least: score of the detection and presence of the body below which it is dropped.
        with_mask: whether to say which pixels are the body.
    """

    def __init__(
        self, detector: Network, landmarks: Network, least: float = 0.5, *, with_mask: bool = False
    ) -> None:
        self._detector, self._landmarks = detector, landmarks
        self.least, self.with_mask = least, with_mask

    def find(self, image: ImageU8, region: TurnedBox | None = None) -> Body | None:
        """The body in a picture: where it is expected, else wherever it is. None when there is none."""
        if region is None:
            found, _ = detect(image, self._detector, POSE, self.least)
            if not len(found):
                return None
            region = body_from_marks(found.marks[0, 0], found.marks[0, 1])
        crop = cut_out(image, region, (SIDE, SIDE), repeat_edge=True)
        raw, presence, heat, world, *rest = self._landmarks(as_tensor(crop, 0.0))
        sure = float(presence.reshape(-1)[0])
        if sure <= self.least:
            return None
        rows = raw.reshape(_ALL_POINTS, 5)
        shares = refined(rows[:, :3] / np.float32(SIDE), heat.reshape(_ALL_POINTS, _HEAT, _HEAT))
        points = to_picture(shares, region)
        return Body(
            points[:POINTS],
            _sigmoid(rows[:POINTS, 3]),
            turned(world.reshape(_ALL_POINTS, 3)[:POINTS], region.angle),
            sure,
            points[POINTS : POINTS + 2],
            _on_picture(rest[0].reshape(SIDE, SIDE), region, image) if self.with_mask else None,
        )


def _sigmoid(logits: FloatArray) -> FloatArray:
    return (1 / (1 + np.exp(-np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT)))).astype(np.float32)


def refined(shares: FloatArray, heat: FloatArray) -> FloatArray:
    """Points moved to the middle of the heat near them, where there is some.

    Args:
        shares: (K, 3) float32, x and y from 0 to 1 across the crop.
        heat: (K, 64, 64) float32, logits.

    Source: RefineLandmarksFromHeatmapCalculator: a window of 9 by 9, least confidence 0.5.
    """
    made = shares.copy()
    for k, (x, y) in enumerate(shares[:, :2]):
        column, row = int(x * _HEAT), int(y * _HEAT)
        if not (0 <= column < _HEAT and 0 <= row < _HEAT) or x < 0 or y < 0:
            continue
        top, left = max(row - _HEAT_REACH, 0), max(column - _HEAT_REACH, 0)
        window = _sigmoid(heat[k, top : row + _HEAT_REACH + 1, left : column + _HEAT_REACH + 1])
        if window.max() < _HEAT_LEAST:
            continue
        total = window.sum()
        made[k, 0] = (window.sum(axis=0) @ np.arange(left, left + window.shape[1])) / total / _HEAT
        made[k, 1] = (window.sum(axis=1) @ np.arange(top, top + window.shape[0])) / total / _HEAT
    return made


def _on_picture(logits: FloatArray, region: TurnedBox, image: ImageU8) -> BoxMask:
    """The mask of a crop on the picture, nothing outside the crop."""
    height, width = image.shape[:2]
    ends = to_picture(np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32), region)[:, :2]
    left, top = np.clip(np.floor(ends.min(axis=0)), 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(np.ceil(ends.max(axis=0)) + 1, 0, (width, height)).astype(int).tolist()
    if right <= left or bottom <= top:
        return BoxMask(0, 0, np.zeros((1, 1), np.bool_))
    placed = region.matrix((SIDE, SIDE)) - np.array([[0, 0, left], [0, 0, top]], np.float32)
    share = cv2.warpAffine(_sigmoid(logits), placed, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    return _trimmed(np.asarray(share > _INSIDE), left, top)


def _trimmed(inside: NDArray[np.bool_], left: int, top: int) -> BoxMask:
    """The mask without rows and columns at its edges where nothing is."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return BoxMask(left, top, inside[:1, :1])
    first, last, begin, end = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return BoxMask(left + begin, top + first, np.ascontiguousarray(inside[first:last, begin:end]))


class BodyMemory:
    """What is known of the body of the frames before, and what smooths it. Frames come in their order.

    Args:
        smooth: whether the points are smoothed; the region of the next frame always is.

    Source: the graphs pose_landmark_filtering and pose_landmarks_to_roi in MediaPipe's wheel.
    """

    def __init__(self, *, smooth: bool = True) -> None:
        self._smooth = smooth
        self._ends = OneEuro(OneEuroSpec(0.01, 10.0))
        self._points = OneEuro(OneEuroSpec(0.05, 80.0))
        self._world = OneEuro(OneEuroSpec(0.1, 40.0))
        self._visibility = LowPass(0.1)
        self.reset()

    def reset(self) -> None:
        """The next frame has nothing to do with the last one."""
        self._region: TurnedBox | None = None
        for one in (self._ends, self._points, self._world, self._visibility):
            one.reset()

    def copied(self) -> BodyMemory:
        """One that goes on from here while this one stays as it is."""
        other = copy.copy(self)
        other._ends, other._points = copy.copy(self._ends), copy.copy(self._points)
        other._world, other._visibility = copy.copy(self._world), copy.copy(self._visibility)
        return other

    def find(self, finder: BodyFinder, image: ImageU8, time_s: float) -> Body | None:
        """The body in the next frame."""
        body = finder.find(image, self._region)
        if body is None:
            self.reset()
            return None
        size = 2 * math.hypot(*(body.ends[1, :2] - body.ends[0, :2]).tolist())
        scale = 1 / max(size, 1e-6)
        ends = self._ends(body.ends, time_s, scale)
        self._region = body_from_marks(ends[0], ends[1])
        if not self._smooth:
            return body
        return Body(
            self._points(body.points, time_s, scale),
            self._visibility(body.visibility),
            self._world(body.world, time_s),
            body.presence,
            ends,
            body.mask,
        )
