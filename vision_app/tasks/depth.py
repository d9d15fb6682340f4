"""Depth: how far away every pixel is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.results.maps import DepthMap
from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.preprocess import Geometry
from vision_app.tasks.whole import MAP, WholePicture

METRES, INVERSE = "metres", "inverse-depth"


class DepthTask:
    """Depth after a card.

    Args:
        card: the model's card; its output layout is `metres`, or `inverse-depth`: the larger the nearer, as MiDaS
            and Depth Anything give it.
        options: none of them matters.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is another.
    """

    finds_boxes: ClassVar[bool] = False

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        self._whole = WholePicture(card, (METRES, INVERSE), free_hw)
        self._card, self.options = card, options

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The map."""
        return self._whole.roles("(1, 1, h, w)")

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor."""
        return self._whole.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> DepthMap:
        """The depth of each pixel of the frame."""
        planes, place = self._whole.cut(self._whole.planes(outputs[MAP], 1), geometry)
        values = np.ascontiguousarray(planes[0], np.float32)
        return DepthMap(self._card.name, values, place, self._card.output.layout == INVERSE)
