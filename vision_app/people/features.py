"""Landmarks as numbers to learn from: the same for a hand wherever it is, however large, turned or mirrored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vision_app.results.skeletons import named_skeleton
from vision_app.results.values import FloatArray

_TINY = 1e-6
_BODY_POINTS = tuple(range(33))
_LEFT_HAND = 0


def hand_features(points: FloatArray, mirror: bool) -> FloatArray:
    """(105,) float32: 21 places in units of the palm, wrist below, thumb on one side; then what the fingers do.

    Args:
        points: (21, 3) float32: x, y in pixels, z in the same pixels.
        mirror: swap left and right first: so that right hands become left ones.
    """
    placed = _placed(points, points[0], points[9] - points[0], mirror)
    palm = np.linalg.norm(placed[[5, 9, 13, 17]], axis=1).mean()
    placed = placed / max(float(palm), _TINY)
    tips, joints = placed[[4, 8, 12, 16, 20]], placed[[2, 5, 9, 13, 17]]
    reach = np.linalg.norm(tips, axis=1)  # how far a finger is stretched out
    opened = np.linalg.norm(tips - joints, axis=1)
    apart = np.linalg.norm(tips[:, None] - tips[None], axis=2)[np.triu_indices(5, 1)]
    bent = np.concatenate([_bends(placed, finger) for finger in _FINGERS])
    return np.concatenate([placed.ravel(), reach, opened, apart, bent]).astype(np.float32)


_FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (0, 9, 10, 11, 12), (0, 13, 14, 15, 16), (0, 17, 18, 19, 20))


def _bends(placed: FloatArray, finger: tuple[int, ...]) -> FloatArray:
    """Cosine of the bend at each joint of a finger: 1 for straight."""
    bones = np.diff(placed[list(finger)], axis=0)
    bones = bones / np.maximum(np.linalg.norm(bones, axis=1, keepdims=True), _TINY)
    return np.asarray((bones[1:] * bones[:-1]).sum(axis=1), np.float32)


def body_features(points: FloatArray, mirror: bool) -> FloatArray:
    """(99,) float32: 33 places in units of the trunk, hips below, left and right as the person has them."""
    hips, shoulders = points[[23, 24]].mean(axis=0), points[[11, 12]].mean(axis=0)
    placed = _placed(points, hips, shoulders - hips, mirror)
    return (placed / max(float(np.linalg.norm(shoulders - hips)), _TINY)).ravel().astype(np.float32)


def face_features(points: FloatArray, mirror: bool) -> FloatArray:
    """(n,) float32: the points on the contours of a face in units of the way between the eyes, eyes level."""
    across = points[263] - points[33]
    up = np.array([across[1], -across[0], 0], np.float32)
    placed = _placed(points, points[[33, 263]].mean(axis=0), up, mirror)
    kept = sorted({i for pair in named_skeleton("face-mesh-468").limbs for i in pair})
    return (placed[kept] / max(float(np.linalg.norm(across)), _TINY)).ravel().astype(np.float32)


def _placed(points: FloatArray, origin: FloatArray, up: FloatArray, mirror: bool) -> FloatArray:
    """Points from an origin, turned so that a direction points up, as seen."""
    off = (points - origin).astype(np.float64)
    length = float(np.hypot(up[0], up[1]))
    ux, uy = (float(up[0]) / length, float(up[1]) / length) if length > _TINY else (0.0, -1.0)
    x, y = off[:, 0], off[:, 1]
    across = -uy * x + ux * y
    made = np.stack([-across if mirror else across, -(ux * x + uy * y), off[:, 2]], axis=1)
    return made.astype(np.float32)


FEATURES: dict[str, Callable[[FloatArray, bool], FloatArray]] = {
    "hands": hand_features,
    "body": body_features,
    "face-mesh": face_features,
}
"""Chain to the function that makes numbers of the points of one of its objects."""
