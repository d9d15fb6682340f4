"""Maps between the pixels of a part of a picture and those of the whole: shifts, scales, turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Affine:
    """A map of places: x' = a x + b y + c, y' = d x + e y + f, where pixel i covers i to i + 1.

    Attributes:
        matrix: (2, 3) float64, rows a b c and d e f.
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.matrix.shape != (2, 3) or self.matrix.dtype != np.float64:
            raise ValueError(f"an affine map is (2, 3) float64, got {self.matrix.shape} {self.matrix.dtype}")

    @staticmethod
    def shift(x: float, y: float) -> Affine:
        """So far to the right and down."""
        return Affine(np.array([[1.0, 0.0, x], [0.0, 1.0, y]]))

    @staticmethod
    def scale(x: float, y: float) -> Affine:
        """So many times as wide and as high."""
        return Affine(np.array([[x, 0.0, 0.0], [0.0, y, 0.0]]))

    @staticmethod
    def of_turned_box(
        centre: tuple[float, float], size_wh: tuple[float, float], angle: float, picture_wh: tuple[int, int]
    ) -> Affine:
        """From the pixels of a picture of a turned box to those of the frame that it was cut from.

        Args:
            centre: middle of the box in the frame.
            size_wh: its sides in frame pixels.
            angle: radians, clockwise as the frame is seen, for y points down.
            picture_wh: size of the picture.

        >>> Affine.of_turned_box((10, 10), (4, 4), math.pi / 2, (2, 2)).points(np.float32([[0, 0]])).round(3).tolist()
        [[12.0, 8.0]]
        """
        sx, sy = size_wh[0] / picture_wh[0], size_wh[1] / picture_wh[1]
        cos, sin = math.cos(angle), math.sin(angle)
        linear = np.array([[cos * sx, -sin * sy], [sin * sx, cos * sy]])
        middle = np.array(centre, np.float64) - linear @ (np.array(picture_wh, np.float64) / 2)
        return Affine(np.concatenate([linear, middle[:, None]], axis=1))

    @property
    def upright(self) -> bool:
        """Whether it only shifts and scales: boxes stay boxes."""
        m = self.matrix
        return bool(m[0, 1] == 0 and m[1, 0] == 0 and m[0, 0] > 0 and m[1, 1] > 0)

    @property
    def is_shift(self) -> bool:
        """Whether it only shifts."""
        return self.upright and bool(self.matrix[0, 0] == 1 and self.matrix[1, 1] == 1)

    @property
    def magnification(self) -> float:
        """By how much it enlarges lengths, on the whole.

        >>> Affine.scale(2, 8).magnification
        4.0
        """
        return math.sqrt(abs(float(np.linalg.det(self.matrix[:, :2]))))

    def points(self, xy: FloatArray) -> FloatArray:
        """Places (..., 2) where they come to lie, float32."""
        m = self.matrix
        if self.upright:
            return xy * m[[0, 1], [0, 1]].astype(np.float32) + m[:, 2].astype(np.float32)
        return (xy.astype(np.float64) @ m[:, :2].T + m[:, 2]).astype(np.float32)

    def boxes(self, xyxy: FloatArray) -> FloatArray:
        """Boxes (N, 4) where they come to lie: the upright boxes round their corners."""
        if self.upright:
            return self.points(xyxy.reshape(-1, 2, 2)).reshape(-1, 4)
        corners = self.points(xyxy[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2))
        return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)

    def inverse(self) -> Affine:
        """The way back.

        >>> Affine.scale(2, 4).inverse().matrix.tolist()
        [[0.5, 0.0, 0.0], [0.0, 0.25, 0.0]]
        """
        linear = np.linalg.inv(self.matrix[:, :2])
        return Affine(np.concatenate([linear, -(linear @ self.matrix[:, 2:])], axis=1) + 0.0)

    def after(self, first: Affine) -> Affine:
        """First the other one, then this."""
        linear = self.matrix[:, :2] @ first.matrix[:, :2]
        middle = self.matrix[:, :2] @ first.matrix[:, 2:] + self.matrix[:, 2:]
        return Affine(np.concatenate([linear, middle], axis=1))
