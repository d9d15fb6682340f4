"""Turned boxes: detection of objects that lie at any angle."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.results.turned import TurnedBoxes, corners_of
from vision_app.results.values import Detections, FloatArray, ImageU8, IntArray
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.boxes import BoxDecoder
from vision_app.tasks.candidates import Candidates
from vision_app.tasks.preprocess import Geometry

_EPS = 1e-7
_BLOCK = 1024


class TurnedTask:
    """Turned boxes after a card.

    Args:
        card: the model's card; its output layout is that of upright boxes, and each box has its angle in radians as
            one more value.
        options: thresholds and classes.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is not a detection layout.
        ConfigError: a wanted class is not one of the model's.

    Source: ultralytics OBB head and predictor, the suppression included.
    """

    finds_boxes: ClassVar[bool] = True

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        self.options = options
        self._card = card
        self._boxes = BoxDecoder(card, options, free_hw, suppression=_suppress)
        self._centred = card.output.layout == "yolo-end2end"

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The boxes with their angles."""
        return self._boxes.roles((1,))

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor: the smallest that holds the picture when the model's size is free."""
        return self._boxes.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> TurnedBoxes:
        """Turned boxes in pixels of the picture, best first."""
        found = self._boxes.find(outputs, geometry, extras=1)
        xywhr = _xywhr(found.xyxy, found.extras, centred=self._centred)
        scale = np.array(geometry.scale_xy, np.float32)
        xywhr[:, :2] = (xywhr[:, :2] - np.array(geometry.offset_xy, np.float32)) / scale
        xywhr[:, 2:4] /= scale
        corners = corners_of(xywhr)
        upright = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).reshape(-1, 4)
        frame = np.array([*geometry.frame_wh, *geometry.frame_wh], np.float32)
        detections = Detections(
            self._card.name,
            np.clip(upright, 0, frame).astype(np.float32),
            found.scores.astype(np.float32, copy=False),
            found.class_ids,
            self._card.labels,
        )
        return TurnedBoxes(detections, corners.reshape(-1, 4, 2))


def _xywhr(xyxy: FloatArray, angles: FloatArray, *, centred: bool) -> FloatArray:
    """Centre, size and angle; end-to-end files give centre and size where others give corners."""
    if centred:
        return np.concatenate([xyxy, angles], axis=1).astype(np.float32)
    low, high = xyxy[:, :2], xyxy[:, 2:]
    return np.concatenate([(low + high) / 2, high - low, angles], axis=1).astype(np.float32)


def _suppress(found: Candidates, groups: IntArray | None, iou: float, limit: int) -> IntArray:
    """Indices that stay: a box goes when it overlaps any better box of its class, even one that goes itself.

    Source: Bolya et al., "YOLACT", 2019, Fast NMS; ultralytics uses it for turned boxes.
    """
    order = np.argsort(-found.scores, kind="stable")
    boxes = _xywhr(found.xyxy, found.extras, centred=False)[order]
    classes = None if groups is None else groups[order]
    stays: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.ones(len(order), np.bool_)
    for start in range(0, len(order), _BLOCK):
        block = slice(start, start + _BLOCK)
        overlap = probabilistic_iou(boxes[: start + _BLOCK], boxes[block]) > iou
        if classes is not None:
            overlap &= classes[: start + _BLOCK, None] == classes[None, block]
        rows = np.arange(overlap.shape[0])[:, None]
        better = rows < np.arange(start, start + overlap.shape[1])[None]
        stays[block] = ~(overlap & better).any(axis=0)
    kept: IntArray = order[stays][:limit]
    return kept


def probabilistic_iou(some: FloatArray, others: FloatArray) -> FloatArray:
    """Likeness in [0, 1] of turned boxes (N, 5) with others (M, 5), as that of two clouds of points.

    Source: Llerena et al., "Gaussian Bounding Boxes and Probabilistic Intersection-over-Union", 2021.
    """
    a1, b1, c1 = (v[:, None] for v in _covariance(some))
    a2, b2, c2 = (v[None] for v in _covariance(others))
    dx = some[:, None, 0] - others[None, :, 0]
    dy = some[:, None, 1] - others[None, :, 1]
    a, b, c = a1 + a2, b1 + b2, c1 + c2
    area = a * b - c * c
    near = 0.25 * (a * dy**2 + b * dx**2) / (area + _EPS) - 0.5 * c * dx * dy / (area + _EPS)
    own = np.sqrt(np.clip(a1 * b1 - c1**2, 0, None) * np.clip(a2 * b2 - c2**2, 0, None))
    alike = 0.5 * np.log(area / (4 * own + _EPS) + _EPS)
    distance = np.clip(near + alike, _EPS, 100)
    iou: FloatArray = 1 - np.sqrt(1 - np.exp(-distance) + _EPS)
    return iou


def _covariance(xywhr: FloatArray) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    a, b = xywhr[:, 2] ** 2 / 12, xywhr[:, 3] ** 2 / 12
    cos, sin = np.cos(xywhr[:, 4]), np.sin(xywhr[:, 4])
    return a * cos**2 + b * sin**2, a * sin**2 + b * cos**2, (a - b) * cos * sin
