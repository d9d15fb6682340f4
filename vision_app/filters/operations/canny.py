"""Canny's edges."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Switch, Whole
from vision_app.filters.words import Words


def make(low: int, high: int, aperture: str, accurate: bool) -> Apply:
    """Thin lines where the gradient is largest."""
    size = {"3": 3, "5": 5, "7": 7}[aperture]

    def apply(image: Mat) -> Mat:
        return cv2.Canny(image, low, high, apertureSize=size, L2gradient=accurate)

    return apply


ROW = Operation(
    name="canny",
    title=Words("Canny edges", "캐니 에지"),
    line=Words("Thin white lines along the edges", "에지를 따라 가는 흰 선을 그립니다"),
    lesson=Words(
        "Canny takes the gradient, keeps only its ridges, and follows them with two thresholds. "
        "Above the upper one a line begins; it goes on for as long as it stays above the lower one. "
        "Two to three times the lower value is a good upper one; blur first when there is noise.",
        "캐니는 그레이디언트에서 능선만 남기고 두 임계값으로 따라갑니다. "
        "위 임계값을 넘으면 선이 시작되고, 아래 임계값보다 큰 동안 이어집니다. "
        "위 값은 아래 값의 두세 배가 알맞고, 잡음이 있으면 먼저 흐리세요.",
    ),
    call="cv2.Canny",
    picture="shapes",
    make=make,
    cost_ms=1.1,
    parameters=(
        Whole(name="low", words=Words("Lower threshold", "아래 임계값"), start=80, low=0, high=1000),
        Whole(name="high", words=Words("Upper threshold", "위 임계값"), start=160, low=0, high=1000),
        Choice(
            name="aperture",
            words=Words("Sobel size", "소벨 크기"),
            unit="px",
            options=(("3", Words("3", "3")), ("5", Words("5", "5")), ("7", Words("7", "7"))),
        ),
        Switch(name="accurate", words=Words("Exact length", "정확한 크기"), start=False),
    ),
    takes="grey",
    gives="grey",
)
