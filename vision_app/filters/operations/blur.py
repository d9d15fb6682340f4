"""Box blur."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Whole
from vision_app.filters.words import Words


def make(size: int) -> Apply:
    """The mean of a square."""

    def apply(image: Mat) -> Mat:
        return cv2.blur(image, (size, size))

    return apply


def kernel(size: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Equal weights."""
    return np.full((size, size), 1 / size**2)


ROW = Operation(
    name="blur",
    title=Words("Box blur", "박스 흐림"),
    line=Words(
        "Each pixel becomes the mean of the square around it", "각 픽셀을 둘레 정사각형의 평균으로 바꿉니다"
    ),
    lesson=Words(
        "The simplest kernel: all weights are the same and add up to 1. "
        "It takes the same time whatever the size, because a running sum is enough. "
        "A bright point becomes a visible square, which the Gaussian avoids.",
        "모든 가중치가 같고 합이 1인 가장 단순한 커널입니다. "
        "누적합만 있으면 되므로 크기가 커도 시간은 같습니다. "
        "밝은 점이 네모로 번지는데, 가우시안은 그렇지 않습니다.",
    ),
    call="cv2.blur",
    picture="shapes",
    make=make,
    cost_ms=0.26,
    parameters=(Whole(name="size", words=Words("Size", "크기"), unit="px", start=5, low=1, high=99),),
    kernel=kernel,
)
