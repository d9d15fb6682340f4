"""Parts of a frame: where they lie, and their pictures with the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from vision_app.results.affine import Affine
from vision_app.results.values import FloatArray, ImageU8

Border = Literal["replicate", "zero"]


@dataclass(frozen=True, slots=True)
class Place:
    """A box in a frame, turned perhaps.

    Attributes:
        centre: its middle, pixels of the frame.
        size_wh: its sides, pixels of the frame.
        angle: radians, clockwise as the frame is seen.
        of: index of the object of a result that it was made for; None for none.
        picture_wh: size that its picture is drawn at; None for the whole pixels that an upright box touches, as they
            are in the frame.
        border: what lies outside the frame: its outermost pixels, or black.
        half_pixel: pixel i of the picture shows the middle between its edges; else what lies at its first edge, as
            networks of MediaPipe were trained.
    """

    centre: tuple[float, float]
    size_wh: tuple[float, float]
    angle: float = 0.0
    of: int | None = None
    picture_wh: tuple[int, int] | None = None
    border: Border = "replicate"
    half_pixel: bool = True

    @staticmethod
    def of_box(xyxy: FloatArray, of: int | None = None, margin: float = 0.0) -> Place:
        """An upright box, made larger on each side by a share of it."""
        left, top, right, bottom = (float(v) for v in xyxy)
        grow = 1 + 2 * margin
        return Place(
            ((left + right) / 2, (top + bottom) / 2), ((right - left) * grow, (bottom - top) * grow), of=of
        )

    @property
    def xyxy(self) -> FloatArray:
        """The upright box of its sides round its middle, whatever it is turned by."""
        (x, y), (w, h) = self.centre, self.size_wh
        return np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2], np.float32)


@dataclass(frozen=True, slots=True)
class Region:
    """The picture of a part of a frame.

    Attributes:
        image: (H, W, 3) uint8 BGR; a view of the frame where that is possible. Nobody draws on it.
        to_frame: from its pixels to those of the frame.
        frame_wh: size of the frame, pixels.
        of: index of the object that it shows; None for none.
    """

    image: ImageU8
    to_frame: Affine
    frame_wh: tuple[int, int]
    of: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the frame itself."""
        return self.to_frame.is_shift and self.frame_wh == (self.image.shape[1], self.image.shape[0])


def whole_frame(image: ImageU8) -> Region:
    """All of a frame."""
    return Region(image, Affine.shift(0, 0), (image.shape[1], image.shape[0]))


def window(image: ImageU8, box: tuple[int, int, int, int], of: int | None = None) -> Region:
    """Whole pixels of a frame: left, top, right, bottom."""
    left, top, right, bottom = box
    frame_wh = (image.shape[1], image.shape[0])
    return Region(image[top:bottom, left:right], Affine.shift(left, top), frame_wh, of)


def region_at(image: ImageU8, place: Place) -> Region:
    """The picture of a place in a frame.

    Args:
        image: (H, W, 3) uint8 BGR, the frame.
        place: where.
    """
    frame_wh = (image.shape[1], image.shape[0])
    if place.picture_wh is None:
        if place.angle:
            raise ValueError("the picture of a turned place needs a size")
        return window(image, touched_pixels(place.xyxy, frame_wh), place.of)
    to_frame = Affine.of_turned_box(place.centre, place.size_wh, place.angle, place.picture_wh)
    back = to_frame
    if place.half_pixel:  # OpenCV counts from the middle of the first pixel
        back = Affine.shift(-0.5, -0.5).after(to_frame).after(Affine.shift(0.5, 0.5))
    picture = cv2.warpAffine(
        image,
        back.matrix,
        place.picture_wh,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if place.border == "replicate" else cv2.BORDER_CONSTANT,
    )
    return Region(np.asarray(picture, np.uint8), to_frame, frame_wh, place.of)


def touched_pixels(box: FloatArray, frame_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the whole pixels of a frame that a box touches, at least one.

    >>> touched_pixels(np.array([1.5, 2, 3.2, 99], np.float32), (10, 8))
    (1, 2, 4, 8)
    """
    width, height = frame_wh
    left = min(max(math.floor(box[0]), 0), width - 1)
    top = min(max(math.floor(box[1]), 0), height - 1)
    right = min(max(math.ceil(box[2]), left + 1), width)
    bottom = min(max(math.ceil(box[3]), top + 1), height)
    return left, top, right, bottom
