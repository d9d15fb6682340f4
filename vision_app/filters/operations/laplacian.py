"""Laplacian."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real
from vision_app.filters.words import Words


def make(size: str, scale: float) -> Apply:
    """The second derivative of the brightness."""
    ksize = {"1": 1, "3": 3, "5": 5, "7": 7}[size]

    def apply(image: Mat) -> Mat:
        return cv2.convertScaleAbs(cv2.Laplacian(image, cv2.CV_32F, ksize=ksize, scale=scale))

    return apply


def kernel(size: str, scale: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The weights: what the operation makes of a single bright point."""
    side = max(int(size), 3)
    point = np.zeros((2 * side + 1, 2 * side + 1), np.float64)
    point[side, side] = 1.0
    half = side // 2
    spread = cv2.Laplacian(point, cv2.CV_64F, ksize=int(size), scale=scale)
    weights: np.ndarray[tuple[int, int], np.dtype[np.float64]] = spread[
        side - half : side + half + 1, side - half : side + half + 1
    ].astype(np.float64)
    return weights


ROW = Operation(
    name="laplacian",
    title=Words("Laplacian", "라플라시안"),
    line=Words(
        "How much a pixel differs from the mean of its neighbours",
        "픽셀이 이웃의 평균과 얼마나 다른지 보여 줍니다",
    ),
    lesson=Words(
        "The second derivative: it is zero on every even slope and strong at both sides of an edge. "
        "One kernel sees edges of all directions, and noise even better, so blur first. "
        "Its variance over the picture is a popular measure of sharpness.",
        "이차 미분이라 고른 비탈에서는 0이고 에지의 양쪽에서 강합니다. "
        "커널 하나로 모든 방향의 에지를 보지만 잡음은 더 잘 보므로 먼저 흐리세요. "
        "그림 전체의 분산은 선명도를 재는 데 널리 쓰입니다.",
    ),
    call="cv2.Laplacian",
    picture="shapes",
    make=make,
    cost_ms=0.4,
    parameters=(
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
