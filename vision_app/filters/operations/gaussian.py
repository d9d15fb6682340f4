"""Gaussian blur."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Real, Whole
from vision_app.filters.words import Words


def make(size: int, sigma: float) -> Apply:
    """Weights that fall off like a bell; a sigma of 0 is chosen by OpenCV to fit the size."""

    def apply(image: Mat) -> Mat:
        return cv2.GaussianBlur(image, (size, size), sigma)

    return apply


def kernel(size: int, sigma: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The weights."""
    line = cv2.getGaussianKernel(size, sigma)
    return np.array(line @ line.T, np.float64)


ROW = Operation(
    name="gaussian",
    title=Words("Gaussian blur", "가우시안 흐림"),
    line=Words("A mean in which near pixels count more", "가까운 픽셀에 더 큰 가중치를 두어 평균합니다"),
    lesson=Words(
        "The weights are a bell: most in the middle, next to nothing at the rim. "
        "It takes noise away before edges are looked for, and it is what a lens out of focus roughly does. "
        "The bell is the product of two lines, so OpenCV goes once along the rows and once along the columns.",
        "가중치가 종 모양이라 가운데가 가장 크고 가장자리는 거의 0입니다. "
        "에지를 찾기 전에 잡음을 없애며, 초점이 나간 렌즈와 비슷합니다. "
        "종 모양 커널은 가로 한 줄과 세로 한 줄의 곱이므로 OpenCV는 가로로 한 번, 세로로 한 번만 계산합니다.",
    ),
    call="cv2.GaussianBlur",
    picture="shapes",
    make=make,
    cost_ms=0.58,
    parameters=(
        Whole(name="size", words=Words("Size", "크기"), unit="px", start=5, low=1, high=99, odd=True),
        Real(
            name="sigma",
            words=Words("Sigma (0: by size)", "시그마(0: 크기에 맞춤)"),
            unit="px",
            start=0.0,
            low=0.0,
            high=50.0,
            step=0.1,
        ),
    ),
    kernel=kernel,
)
