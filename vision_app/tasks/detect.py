"""Detection: boxes with a class and a score."""

from __future__ import annotations

from typing import ClassVar

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.results.values import Detections, FloatArray, ImageU8
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.boxes import BoxDecoder
from vision_app.tasks.preprocess import Geometry


class DetectTask:
    """Detection after a card.

    Args:
        card: the model's card; its output layout is a key of `LAYOUTS`.
        options: thresholds and classes.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is not a detection layout.
        ConfigError: a wanted class is not one of the model's.
    """

    finds_boxes: ClassVar[bool] = True

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        self.options = options
        self._boxes = BoxDecoder(card, options, free_hw)

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The boxes."""
        return self._boxes.roles()

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor: the smallest that holds the picture when the model's size is free."""
        return self._boxes.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> Detections:
        """Boxes in pixels of the picture, best first."""
        return self._boxes.detections(self._boxes.find(outputs, geometry), geometry)
