"""Turned boxes of a picture: taking them out upright, and bringing points back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vision_app.results.values import FloatArray, ImageU8

_STEPS = 32


@dataclass(frozen=True, slots=True)
class TurnedBox:
    """A box of a picture that may be turned.

    Attributes:
        cx: its centre, pixels of the picture.
        cy: the same, downwards.
        width: along its own first axis, pixels.
        height: along its own second axis, pixels.
        angle: by which it is turned, radians, clockwise as seen (y points down).
    """

    cx: float
    cy: float
    width: float
    height: float
    angle: float = 0.0

    def matrix(self, size_wh: tuple[int, int]) -> FloatArray:
        """(2, 3) float32: from the pixels of an upright crop of that size to the picture.

        Corner lies on corner: pixel i of the crop is the place i of size, not i + 0.5.
        """
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        ax, ay = self.width / size_wh[0], self.height / size_wh[1]
        left, top = -self.width / 2, -self.height / 2
        return np.array(
            [
                [cos * ax, -sin * ay, self.cx + cos * left - sin * top],
                [sin * ax, cos * ay, self.cy + sin * left + cos * top],
            ],
            np.float32,  # as the originals have it: 64 bits round other places to another 32nd
        )

    def square(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the box, as if it were not turned."""
        return (
            self.cx - self.width / 2,
            self.cy - self.height / 2,
            self.cx + self.width / 2,
            self.cy + self.height / 2,
        )


def wrapped(angle: float) -> float:
    """An angle from -pi to pi.

    >>> wrapped(0.0)
    0.0
    """
    return angle - 2 * math.pi * math.floor((angle + math.pi) / (2 * math.pi))


def cut_out(image: ImageU8, box: TurnedBox, size_wh: tuple[int, int], *, repeat_edge: bool) -> ImageU8:
    """A turned box, upright, in another size: (h, w, 3) uint8.

    Args:
        image: (H, W, 3) uint8.
        box: what to take.
        size_wh: width and height of the outcome.
        repeat_edge: outside the picture its edge goes on; else there it is black.

    Source: places are rounded to 32nds of a pixel, as OpenCV 4 does, which the makers of the networks use: exact ones
    move what is near a threshold to its other side in one frame of a hundred.
    """
    (ax, bx, cx), (ay, by, cy) = box.matrix(size_wh).tolist()
    columns, rows = np.arange(size_wh[0]), np.arange(size_wh[1])[:, None]
    at_x = np.rint((ax * columns + bx * rows + cx) * _STEPS) / _STEPS
    at_y = np.rint((ay * columns + by * rows + cy) * _STEPS) / _STEPS
    border = cv2.BORDER_REPLICATE if repeat_edge else cv2.BORDER_CONSTANT
    made = cv2.remap(
        image, at_x.astype(np.float32), at_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=border
    )
    return np.asarray(made, np.uint8)


def as_tensor(crop_bgr: ImageU8, low: float) -> FloatArray:
    """(1, 3, H, W) float32 RGB: black is `low`, white is 1."""
    scale = (1 - low) / 255
    made: FloatArray = cv2.dnn.blobFromImage(crop_bgr, scale, swapRB=True)  # type: ignore[assignment]
    return made + np.float32(low) if low else made


def to_picture(points: FloatArray, box: TurnedBox) -> FloatArray:
    """(..., K, 3) points of a crop, shares of its side, in pixels of the picture; z in the same pixels.

    Args:
        points: x and y from 0 to 1 across the crop, z as a share of its width.
        box: where the crop was taken.
    """
    u = (points[..., 0] - 0.5) * box.width
    v = (points[..., 1] - 0.5) * box.height
    cos, sin = np.float32(math.cos(box.angle)), np.float32(math.sin(box.angle))
    return np.stack(
        [box.cx + u * cos - v * sin, box.cy + u * sin + v * cos, points[..., 2] * box.width], axis=-1
    ).astype(np.float32)


def turned(points: FloatArray, angle: float) -> FloatArray:
    """(K, 3) points turned about the z axis."""
    cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    x, y = points[:, 0], points[:, 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos, points[:, 2]], axis=1)


def overlap(a: TurnedBox, b: TurnedBox) -> float:
    """Intersection over union of two boxes, as if they were not turned."""
    left, top, right, bottom = a.square()
    left2, top2, right2, bottom2 = b.square()
    width = min(right, right2) - max(left, left2)
    height = min(bottom, bottom2) - max(top, top2)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.width * a.height + b.width * b.height - shared)


def bounds(points: FloatArray, frame_wh: tuple[int, int]) -> FloatArray:
    """(4,) left, top, right, bottom of points, within the picture."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    limit = np.array(frame_wh, np.float32)
    return np.concatenate([np.clip(low, 0, limit), np.clip(high, 0, limit)]).astype(np.float32)
