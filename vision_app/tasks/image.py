"""From picture to picture: enlarging, brightening, other styles."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.results.maps import MadePicture
from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.preprocess import Geometry
from vision_app.tasks.whole import MAP, WholePicture

# layout: what is to be added to a value, and by what it is then multiplied, to be 0 to 255
SCALES = {"image-unit": (0.0, 255.0), "image-255": (0.0, 1.0), "image-signed": (1.0, 127.5)}


class ImageTask:
    """A picture made of the picture, after a card.

    Args:
        card: the model's card; its output layout says the range of a pixel: `image-unit` 0 to 1, `image-255`,
            `image-signed` -1 to 1. The colours are in the order of the input's; of one channel it is grey.
        options: only `beside` matters.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is another.
    """

    finds_boxes: ClassVar[bool] = False

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        self._whole = WholePicture(card, tuple(SCALES), free_hw)
        self._card, self.options = card, options
        self._channels = 1 if card.input.colour == "GREY" else 3

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The picture."""
        return self._whole.roles(f"(1, {self._channels}, h, w)")

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor."""
        return self._whole.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> MadePicture:
        """The picture that the model made."""
        planes = self._whole.planes(outputs[MAP], self._channels)
        planes, place = self._whole.cut(planes, geometry)
        shift, factor = SCALES[self._card.output.layout]
        pixels = np.clip((np.asarray(planes, np.float32) + shift) * factor + 0.5, 0, 255).astype(np.uint8)
        image = np.ascontiguousarray(pixels.transpose(1, 2, 0))
        if self._channels == 1:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        elif self._card.input.colour != "BGR":
            image = np.ascontiguousarray(image[..., ::-1])
        return MadePicture(self._card.name, np.asarray(image, np.uint8), place, self.options.beside)
