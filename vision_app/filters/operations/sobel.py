"""Sobel gradients."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real
from vision_app.filters.words import Words


def make(direction: str, size: str, scale: float) -> Apply:
    """The first derivative of the brightness."""
    ksize = {"1": 1, "3": 3, "5": 5, "7": 7}[size]

    def apply(image: Mat) -> Mat:
        if direction == "x":
            gradient = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=ksize, scale=scale)
        elif direction == "y":
            gradient = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=ksize, scale=scale)
        else:
            across = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=ksize, scale=scale)
            down = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=ksize, scale=scale)
            gradient = cv2.sqrt(across * across + down * down)  # cv2.magnitude rounds by where memory lies
        return cv2.convertScaleAbs(gradient)

    return apply


def kernel(direction: str, size: str, scale: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The weights of the change across, or of that down."""
    dx, dy = (0, 1) if direction == "y" else (1, 0)
    across, down = cv2.getDerivKernels(dx, dy, int(size))
    weights: np.ndarray[tuple[int, int], np.dtype[np.float64]] = (down @ across.T).astype(np.float64) * scale
    return weights


ROW = Operation(
    name="sobel",
    title=Words("Sobel", "소벨"),
    line=Words(
        "How fast the brightness changes: bright where it does",
        "밝기가 얼마나 빨리 바뀌는지 보여 줍니다. 많이 바뀔수록 밝습니다",
    ),
    lesson=Words(
        "Right neighbour minus left neighbour, with a little blur across: that is the slope of the brightness. "
        "Both directions together give its length, and where that is large there is an edge. "
        "The first layer of most convolutional networks learns kernels much like this one.",
        "오른쪽 이웃에서 왼쪽 이웃을 빼고 수직 방향으로 조금 흐리면 밝기의 기울기가 됩니다. "
        "두 방향을 합치면 기울기의 크기이고, 큰 곳이 에지입니다. "
        "합성곱 신경망의 첫 층도 대개 이와 비슷한 커널을 배웁니다.",
    ),
    call="cv2.Sobel",
    picture="shapes",
    make=make,
    cost_ms=1.3,
    parameters=(
        Choice(
            name="direction",
            words=Words("Direction", "방향"),
            options=(
                ("both", Words("Length of the gradient", "그레이디언트 크기")),
                ("x", Words("Across (x)", "가로(x)")),
                ("y", Words("Down (y)", "세로(y)")),
            ),
        ),
        Choice(
            name="size",
            words=Words("Size", "크기"),
            unit="px",
            options=(
                ("3", Words("3", "3")),
                ("1", Words("1", "1")),
                ("5", Words("5", "5")),
                ("7", Words("7", "7")),
            ),
        ),
        Real(name="scale", words=Words("Times", "배율"), start=1.0, low=0.01, high=10.0, step=0.01),
    ),
    takes="grey",
    gives="grey",
    kernel=kernel,
)
