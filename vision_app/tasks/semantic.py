"""Semantic segmentation: a class for every pixel."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.results.affine import Affine
from vision_app.results.maps import NO_CLASS, ClassMap
from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.backgrounds import wanted_background
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.boxes import wanted_classes
from vision_app.tasks.preprocess import Geometry
from vision_app.tasks.whole import MAP, WholePicture

CLASS_SCORES, CLASS_IDS = "class-scores", "class-ids"
_MOST_SIDE = 640


class SemanticTask:
    """A class for every pixel, after a card.

    Args:
        card: the model's card; its output layout is `class-scores`, maps of scores (1, C, h, w), or `class-ids`,
            one map of the classes themselves. One map of scores with one or two labels is of the second label, or
            of the one.
        options: the classes that are wanted.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is another.
        ConfigError: a wanted class is not one of the model's.
    """

    finds_boxes: ClassVar[bool] = False

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        self._whole = WholePicture(card, (CLASS_SCORES, CLASS_IDS), free_hw)
        if len(card.labels) >= NO_CLASS:
            raise ModelError(
                "{name}: at most {no_class} classes a pixel, the card has {count}",
                name=card.name,
                no_class=NO_CLASS - 1,
                count=len(card.labels),
            )
        self._card, self.options = card, options
        self._wanted = wanted_classes(card, options.classes, shared=options.shared_classes)
        self._behind = wanted_background(options)
        background = card.output.background
        self._background = None if background is None else card.labels.index(background)
        self._single = card.output.layout == CLASS_SCORES and len(card.labels) <= 2

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The maps."""
        return self._whole.roles(f"(1, {len(self._card.labels)}, h, w)")

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor."""
        return self._whole.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> ClassMap:
        """The best class of each pixel of the frame."""
        output = outputs[MAP]
        if self._card.output.layout == CLASS_IDS:
            planes, place = self._whole.cut(self._whole.planes(output, 1), geometry)
            ids = planes[0]
            if ids.size and not 0 <= float(ids.min()) <= float(ids.max()) < max(2, len(self._card.labels)):
                raise ModelError(
                    "{name}: the model gives class {most:g}, its card has {count} labels",
                    name=self._card.name,
                    most=ids.max(),
                    count=len(self._card.labels),
                )
            chosen = ids.astype(np.uint8)
        else:
            planes = self._whole.planes(output, None)
            if len(planes) != len(self._card.labels) and not (self._single and len(planes) == 1):
                raise ModelError(
                    "{name}: {count} labels, the model gives maps of {planes_count} classes {shape}; check "
                    "labels in the card",
                    name=self._card.name,
                    count=len(self._card.labels),
                    planes_count=len(planes),
                    shape=tuple(output.shape),
                )
            planes, place = self._whole.cut(planes, geometry)
            larger, place = _enlarged(np.asarray(planes, np.float32), place, geometry)
            chosen = self._best(larger)
        if self._wanted is not None:
            chosen = np.where(np.isin(chosen, self._wanted), chosen, np.uint8(NO_CLASS))
        return ClassMap(
            self._card.name,
            np.ascontiguousarray(chosen),
            self._card.labels,
            place,
            self._background,
            behind=self._behind,
        )

    def _best(self, planes: FloatArray) -> NDArray[Any]:
        if len(planes) > 1:
            return np.asarray(planes.argmax(axis=0), np.uint8)
        inside = planes[0] > (0.0 if self._card.output.activation == "sigmoid" else 0.5)
        if len(self._card.labels) == 1:
            return np.where(inside, np.uint8(0), np.uint8(NO_CLASS))
        return np.asarray(inside, np.uint8)


def _enlarged(planes: FloatArray, place: Affine, geometry: Geometry) -> tuple[FloatArray, Affine]:
    """Small maps of scores, smoothly enlarged towards the frame, so that the borders of classes are no stairs."""
    height, width = planes.shape[1:]
    frame_w, frame_h = geometry.frame_wh
    factor = min(frame_w / width, frame_h / height, _MOST_SIDE / max(width, height))
    if factor <= 1.5 or height * width == 0:
        return planes, place
    size = (round(width * factor), round(height * factor))
    larger = np.empty((len(planes), size[1], size[0]), np.float32)
    for plane, target in zip(planes, larger, strict=True):
        cv2.resize(np.ascontiguousarray(plane), size, dst=target, interpolation=cv2.INTER_LINEAR)
    return larger, place.after(Affine.scale(width / size[0], height / size[1]))
