"""Non-maximum suppression and merging of boxes. Pure array maths."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import FloatArray, IntArray
from vision_app.tasks.overlaps import overlaps

Numbers = NDArray[np.float64]


def _areas(boxes: FloatArray) -> FloatArray:
    areas: FloatArray = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def _intersections(box: FloatArray, others: FloatArray) -> FloatArray:
    low = np.maximum(others[:, :2], box[:2])
    high = np.minimum(others[:, 2:], box[2:])
    sides = np.maximum(high - low, 0.0)
    area: FloatArray = sides[:, 0] * sides[:, 1]
    return area


def iou_one_to_many(box: FloatArray, others: FloatArray) -> FloatArray:
    """Intersection over union of one box with each of many.

    Args:
        box: (4,) xyxy.
        others: (N, 4) xyxy.

    Returns:
        (N,) in [0, 1]; 0 where both boxes are empty.

    >>> iou_one_to_many(np.array([0, 0, 2, 2], np.float32), np.array([[1, 0, 3, 2]], np.float32)).round(3)
    array([0.333], dtype=float32)
    """
    inter = _intersections(box, others)
    union = _areas(box[None])[0] + _areas(others) - inter
    iou: FloatArray = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
    return iou


def non_maximum_suppression(
    xyxy: FloatArray, scores: FloatArray, class_ids: IntArray | None, iou: float, limit: int
) -> NDArray[np.intp]:
    """Greedy suppression: a box goes when it overlaps a better box of its class by more than `iou`.

    Args:
        xyxy: (N, 4) boxes.
        scores: (N,) scores; of two equal ones the first wins.
        class_ids: (N,) classes; None to suppress across classes.
        iou: highest overlap that two kept boxes of a class may have.
        limit: stop after that many kept boxes.

    Returns:
        Indices of the kept boxes, best score first.

    >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], np.float32)
    >>> non_maximum_suppression(boxes, np.array([.8, .9, .5], np.float32), None, 0.5, 10).tolist()
    [1, 2]
    """
    if len(xyxy) < 2:  # the usual frame of a live picture
        return np.arange(min(len(xyxy), limit))
    apart = xyxy.astype(np.float64)
    if class_ids is not None:
        low, high = float(apart.min()), float(apart.max())
        if not math.isfinite(high - low):
            finite = apart[np.isfinite(apart)]
            low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        apart[:, ::2] += (class_ids * (math.ceil(high - low) + 1.0))[
            :, None
        ]  # boxes of two classes do not meet
    return _suppressed(apart, scores, iou, limit)


_BLOCK = 1024
"""So many boxes OpenCV compares with each other; of more, those that overlap are looked for on grids."""


def _suppressed(xyxy: Numbers, scores: FloatArray, iou: float, limit: int) -> NDArray[np.intp]:
    """Indices of the boxes that are kept, best first."""
    order = np.argsort(-scores, kind="stable")
    if len(order) <= _BLOCK:
        return order[_stays(xyxy[order], iou)][:limit]
    kept: NDArray[np.intp] = order[:0]
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        beaten = np.zeros(len(block), np.bool_)
        for row, _, overlap in overlaps(xyxy[block], xyxy[kept]):
            beaten[row[_as_opencv(overlap) > np.float32(iou)]] = True
        block = block[~beaten]
        kept = np.concatenate([kept, block[_stays(xyxy[block], iou)]])
        if len(kept) >= limit:
            break
    return kept[:limit]


def _as_opencv(overlap: Numbers) -> FloatArray:
    """An overlap in the precision in which `cv2.dnn.NMSBoxes` compares it."""
    lowered: FloatArray = 1 - (1 - overlap).astype(np.float32)
    return lowered


def _stays(xyxy: Numbers, iou: float) -> NDArray[np.bool_]:
    """Which of some boxes, the best first, are not suppressed by a better one."""
    xywh = xyxy.copy()
    xywh[:, 2:] -= xywh[:, :2]
    stays = ~((xywh[:, 2] > 0) & (xywh[:, 3] > 0))  # an empty box overlaps none; OpenCV says all of it
    real = np.flatnonzero(~stays)
    ranks = np.arange(len(real), 0, -1, dtype=np.float32)  # it also leaves out scores of 0
    # as a list, which OpenCV reads faster than an array
    found = cv2.dnn.NMSBoxes(xywh[real].tolist(), ranks, 0.0, iou) if len(real) else ()  # type: ignore[arg-type]
    stays[real[np.asarray(found, np.intp).reshape(-1)]] = True
    return stays


def overlapping_groups(
    xyxy: FloatArray, scores: FloatArray, class_ids: IntArray, share: float, limit: int
) -> list[NDArray[np.intp]]:
    """Boxes of one class of which one lies mostly inside the other, as parts seen in two windows do.

    The measure is intersection over the smaller area: a part that a window's edge cut off lies inside the
    whole object, where intersection over union would call it another object.

    Args:
        xyxy: (N, 4) boxes.
        scores: (N,) scores.
        class_ids: (N,) classes.
        share: boxes go together when their intersection is more than this share of the smaller one.
        limit: stop after that many groups.

    Returns:
        Indices of each group, its best box first; the group of the best box first.

    Source: Akyon et al., "Slicing Aided Hyper Inference", 2022 (greedy non-maximum merging).

    >>> boxes = np.array([[0, 0, 9, 9], [5, 1, 11, 5], [50, 50, 60, 60]], np.float32)
    >>> groups = overlapping_groups(boxes, np.array([.6, .9, .5], np.float32), np.zeros(3, np.int64), 0.5, 10)
    >>> [group.tolist() for group in groups]
    [[1, 0], [2]]
    """
    order = np.argsort(-scores, kind="stable")
    groups: list[NDArray[np.intp]] = []
    while order.size and len(groups) < limit:
        best, rest = order[0], order[1:]
        inter = _intersections(xyxy[best], xyxy[rest])
        smaller = np.minimum(_areas(xyxy[rest]), _areas(xyxy[best][None])[0])
        part = (inter > share * smaller) & (class_ids[rest] == class_ids[best])
        groups.append(np.concatenate([order[:1], rest[part]]))
        order = rest[~part]
    return groups
