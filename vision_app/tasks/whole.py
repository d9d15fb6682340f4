"""What the tasks share that say something of the whole picture: input, and how their maps lie in the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole, Shape
from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.messages import listed
from vision_app.results.affine import Affine
from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.preprocess import Geometry, Preprocessor, smallest_rectangle

MAP = "map"
"""The output that such a task reads."""
_USUAL_NAMES = ("output0", "output", "map", "out", "logits", "depth", "mask", "masks")


class WholePicture:
    """Prepares pictures and gives the output as maps without the border of a letterbox.

    Args:
        card: the model's card.
        layouts: the layouts that the task knows.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is none of them.
    """

    def __init__(self, card: ModelCard, layouts: tuple[str, ...], free_hw: bool) -> None:
        if card.output.layout not in layouts:
            raise ModelError(
                "{name}: output.layout of a model to {task} must be {layouts}, got '{layout}'",
                name=card.name,
                task=card.task,
                layouts=listed(layouts, " or "),
                layout=card.output.layout,
            )
        self._card, self._free_hw = card, free_hw
        self._preprocessor = Preprocessor(card.input)

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor."""
        size_hw = self._card.input.size_hw
        if self._free_hw:
            size_hw = smallest_rectangle(self._card.input, (image.shape[1], image.shape[0]), size_hw)
        return self._preprocessor.prepare(image, size_hw)

    @staticmethod
    def roles(form: str) -> tuple[OutputRole, ...]:
        """The one output that is read."""

        def fits(shape: Shape) -> bool:
            return len(shape) in (3, 4)

        return (OutputRole(MAP, form, fits, _USUAL_NAMES),)

    def planes(self, output: NDArray[Any], channels: int | None) -> NDArray[Any]:
        """The output as (C, h, w), whichever axis the channels are; a map without channels has one.

        Args:
            output: (1, C, h, w), (1, h, w, C) or (1, h, w).
            channels: how many there must be; None for any number.

        Raises:
            ModelError: it is of another shape, or holds no numbers.
        """
        if output.dtype.kind == "f" and not np.isfinite(output).all():
            raise ModelError(
                "{name}: the model gives NaN or infinite values; the file is damaged or was converted "
                "wrongly",
                name=self._card.name,
            )
        planes = output[0] if output.ndim in (3, 4) and output.shape[0] == 1 else output
        if planes.ndim == 2:
            planes = planes[None]
        if planes.ndim == 3 and self._channels_last(planes, channels):
            planes = planes.transpose(2, 0, 1)
        if planes.ndim != 3 or (channels is not None and len(planes) != channels):
            wanted = f"(1, {channels or 'C'}, h, w)"
            raise ModelError(
                "{name}: expected maps {wanted}, the model gives {shape}; check output.layout and labels "
                "in the card",
                name=self._card.name,
                wanted=wanted,
                shape=tuple(output.shape),
            )
        return planes

    def _channels_last(self, planes: NDArray[Any], channels: int | None) -> bool:
        if channels is not None and planes.shape[0] != channels:
            return bool(planes.shape[2] == channels)
        return bool(planes.shape[0] > planes.shape[2] and planes.shape[2] <= 4)

    def cut(self, planes: NDArray[Any], geometry: Geometry) -> tuple[NDArray[Any], Affine]:
        """The part of (C, h, w) maps that shows the frame, and how its pixels lie in the frame."""
        height, width = planes.shape[1:]
        kx, ky = width / geometry.tensor_wh[0], height / geometry.tensor_wh[1]
        left, top = (round(o * k) for o, k in zip(geometry.offset_xy, (kx, ky), strict=True))
        shown_w = round(geometry.frame_wh[0] * geometry.scale_xy[0] * kx)
        shown_h = round(geometry.frame_wh[1] * geometry.scale_xy[1] * ky)
        right, bottom = min(width, left + max(1, shown_w)), min(height, top + max(1, shown_h))
        first_x, first_y = max(0, left), max(0, top)
        cut = planes[:, first_y:bottom, first_x:right]
        place = Affine.shift(first_x - left, first_y - top)
        scale = Affine.scale(1 / (geometry.scale_xy[0] * kx), 1 / (geometry.scale_xy[1] * ky))
        return cut, scale.after(place)
