"""Detectors with anchors: faces, palms, bodies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vision_app.people.geometry import TurnedBox, as_tensor, cut_out
from vision_app.results.values import FloatArray, ImageU8


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """What has to be known about one detector.

    Attributes:
        side: of its square input, pixels.
        grids: (cells along a side, boxes a cell) of each of its layers.
        least: score below which nothing is kept.
        low: value of a black pixel in its input.

    Source: SsdAnchorsCalculator options of the graphs in MediaPipe's wheel.
    """

    side: int
    grids: tuple[tuple[int, int], ...]
    least: float
    low: float


FACE_SHORT = DetectorSpec(128, ((16, 2), (8, 6)), 0.5, -1.0)
FACE_FULL = DetectorSpec(192, ((48, 1),), 0.6, -1.0)
PALM = DetectorSpec(192, ((24, 2), (12, 6)), 0.5, 0.0)
POSE = DetectorSpec(224, ((28, 2), (14, 2), (7, 6)), 0.5, -1.0)

_SUPPRESSION_IOU = 0.3
_LOGIT_LIMIT = 80.0  # beyond it a score in 32 bits is 0 or 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a detector found, the best first.

    Attributes:
        xyxy: (N, 4) float32, pixels of the picture, not clipped to it.
        marks: (N, K, 2) float32, its key points, pixels of the picture.
        scores: (N,) float32 in [0, 1].
    """

    xyxy: FloatArray
    marks: FloatArray
    scores: FloatArray

    def __len__(self) -> int:
        return len(self.scores)


@lru_cache
def anchors(spec: DetectorSpec) -> FloatArray:
    """(A, 2) float32: centre of each anchor, as shares of the side; rows, columns, then boxes of a cell."""
    parts = []
    for cells, boxes in spec.grids:
        ys, xs = (np.mgrid[:cells, :cells] + 0.5) / cells
        parts.append(np.repeat(np.stack([xs, ys], -1).reshape(-1, 2), boxes, axis=0))
    return np.concatenate(parts).astype(np.float32)


def whole_square(image: ImageU8, margin: float = 0.0) -> TurnedBox:
    """The square round a whole picture, wider by a share of its side on each side."""
    height, width = image.shape[:2]
    side = max(width, height) * (1 + 2 * margin)
    return TurnedBox(width / 2, height / 2, side, side)


def detector_input(
    image: ImageU8, square: TurnedBox, spec: DetectorSpec, *, repeat_edge: bool = False
) -> FloatArray:
    """The tensor of a square of the picture."""
    return as_tensor(cut_out(image, square, (spec.side, spec.side), repeat_edge=repeat_edge), spec.low)


def decode(
    boxes: FloatArray, logits: FloatArray, spec: DetectorSpec, square: TurnedBox, least: float
) -> Found:
    """What a detector's outputs say, duplicates joined.

    Args:
        boxes: (1, A, 4 + 2 K) float32: centre, size and key points, in pixels of the input, from the anchor.
        logits: (1, A, 1) float32.
        spec: the detector.
        square: of the picture, which the detector saw.
        least: score below which nothing is kept.
    """
    limited = np.clip(logits.reshape(-1), -_LOGIT_LIMIT, _LOGIT_LIMIT)
    scores = 1 / (1 + np.exp(-limited))
    kept = np.flatnonzero(scores >= least)
    raw, at = boxes[0, kept] / np.float32(spec.side), anchors(spec)[kept]
    centre, half = raw[:, :2] + at, raw[:, 2:4] / 2
    marks = raw[:, 4:] + np.tile(at, (1, (raw.shape[1] - 4) // 2))
    flat = np.concatenate([centre - half, centre + half, marks], axis=1).astype(np.float32)
    rows, best = weighted_suppression(flat, scores[kept].astype(np.float32))
    left, top, _, _ = square.square()
    places = rows.reshape(len(rows), rows.shape[1] // 2, 2) * np.float32(square.width)
    places += np.array([left, top], np.float32)
    return Found(places[:, :2].reshape(len(rows), 4), places[:, 2:], best)


def weighted_suppression(rows: FloatArray, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Boxes that overlap become their mean, weighted by their scores; the best one's score stays.

    Args:
        rows: (N, 4 + M) float32: left, top, right, bottom, then what is averaged along with them.
        scores: (N,) float32.

    Source: Bazarevsky et al., "BlazeFace", 2019, section 3.4.
    """
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    areas = np.maximum(rows[:, 2] - rows[:, 0], 0) * np.maximum(rows[:, 3] - rows[:, 1], 0)
    made: list[FloatArray] = []
    best: list[float] = []
    left = np.arange(len(rows))
    while len(left):
        first = left[0]
        low = np.maximum(rows[left, :2], rows[first, :2])
        high = np.minimum(rows[left, 2:4], rows[first, 2:4])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        joined = areas[left] + areas[first] - shared
        same = shared > _SUPPRESSION_IOU * joined
        same[0] = True
        group = left[same]
        weights = scores[group][:, None]
        made.append((rows[group] * weights).sum(axis=0) / weights.sum())
        best.append(float(scores[first]))
        left = left[~same]
    return np.array(made, np.float32).reshape(-1, rows.shape[1]), np.array(best, np.float32)
