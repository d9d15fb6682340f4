"""Pose: boxes, each with the places of its keypoints."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.results.values import FloatArray, ImageU8, Keypoints
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.boxes import BOXES, BoxDecoder
from vision_app.tasks.preprocess import Geometry

LEAST_CONFIDENCE = 0.25
"""Source: ultralytics.utils.plotting.Annotator.kpts, which draws no point below it."""


class PoseTask:
    """Keypoints after a card.

    Args:
        card: the model's card; its output layout is that of the boxes, and `keypoints` says what the points are.
        options: thresholds and classes.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is not a detection layout, or it does not name the keypoints.
        ConfigError: a wanted class is not one of the model's.
    """

    finds_boxes: ClassVar[bool] = True

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        if card.keypoints is None:
            raise ModelError(
                '{name}: a pose model\'s card must have keypoints, such as "coco-17"', name=card.name
            )
        self.options = options
        self._skeleton = card.keypoints
        self._boxes = BoxDecoder(card, options, free_hw)

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The boxes, each with its keypoints."""
        count = len(self._skeleton)
        return self._boxes.roles((3 * count, 2 * count))

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor: the smallest that holds the picture when the model's size is free."""
        return self._boxes.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> Keypoints:
        """Boxes and keypoints in pixels of the picture, best first."""
        count = len(self._skeleton)
        # x, y and confidence, or x and y alone
        values = next((v for v in (3, 2) if self._boxes.fits(outputs[BOXES], count * v)), None)
        if values is None:
            raise self._boxes.misfit(
                outputs[BOXES], Message(" with 3 or 2 more values for each of {count} keypoints", count=count)
            )
        found = self._boxes.find(outputs, geometry, extras=count * values)
        points = np.ones((len(found.scores), count, 3), np.float32)
        points[..., :values] = found.extras.reshape(-1, count, values)
        points[..., :2] = geometry.points_to_frame(points[..., :2])
        detections = self._boxes.detections(found, geometry)
        return Keypoints(detections, points, self._skeleton, LEAST_CONFIDENCE)
