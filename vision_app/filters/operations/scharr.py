"""Scharr gradients."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real
from vision_app.filters.words import Words


def make(direction: str, scale: float) -> Apply:
    """The first derivative of the brightness."""

    def apply(image: Mat) -> Mat:
        if direction == "x":
            gradient = cv2.Scharr(image, cv2.CV_32F, 1, 0, scale=scale)
        elif direction == "y":
            gradient = cv2.Scharr(image, cv2.CV_32F, 0, 1, scale=scale)
        else:
            across = cv2.Scharr(image, cv2.CV_32F, 1, 0, scale=scale)
            down = cv2.Scharr(image, cv2.CV_32F, 0, 1, scale=scale)
            gradient = cv2.sqrt(across * across + down * down)  # cv2.magnitude rounds by where memory lies
        return cv2.convertScaleAbs(gradient)

    return apply


def kernel(direction: str, scale: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The weights of the change across, or of that down."""
    dx, dy = (0, 1) if direction == "y" else (1, 0)
    across, down = cv2.getDerivKernels(dx, dy, cv2.FILTER_SCHARR)
    weights: np.ndarray[tuple[int, int], np.dtype[np.float64]] = (down @ across.T).astype(np.float64) * scale
    return weights


ROW = Operation(
    name="scharr",
    title=Words("Scharr", "샤르"),
    line=Words(
        "The slope of the brightness, the same in all directions",
        "밝기의 기울기를 모든 방향에서 고르게 구합니다",
    ),
    lesson=Words(
        "Sobel with better numbers: 3, 10, 3 instead of 1, 2, 1. "
        "The length of the gradient then hardly depends on which way an edge runs. "
        "Take it when the angle of edges matters and 3 x 3 is all you want to pay.",
        "소벨의 1, 2, 1 대신 3, 10, 3을 쓰는 개선판입니다. "
        "에지가 어느 쪽으로 놓여도 그레이디언트 크기가 거의 같습니다. "
        "에지의 각도가 중요하고 3×3만 쓰고 싶을 때 고르세요.",
    ),
    call="cv2.Scharr",
    picture="shapes",
    make=make,
    cost_ms=1.2,
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
        Real(name="scale", words=Words("Times", "배율"), start=0.25, low=0.01, high=10.0, step=0.01),
    ),
    takes="grey",
    gives="grey",
    kernel=kernel,
)
