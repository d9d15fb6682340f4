"""Median blur."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Whole
from vision_app.filters.words import Words


def make(size: int) -> Apply:
    """The middle one of the sorted neighbours."""

    def apply(image: Mat) -> Mat:
        return cv2.medianBlur(image, size)

    return apply


ROW = Operation(
    name="median",
    title=Words("Median blur", "중앙값 흐림"),
    line=Words(
        "Each pixel becomes the middle one of its sorted neighbours",
        "이웃 값을 정렬해 한가운데 값으로 바꿉니다",
    ),
    lesson=Words(
        "A mean is pulled away by a single wild value, a median is not. "
        "So specks vanish while edges stay sharp: the cure for salt and pepper. "
        "It is not a sum with weights, so no kernel can do it.",
        "평균은 튀는 값 하나에 끌려가지만 중앙값은 그렇지 않습니다. "
        "그래서 에지는 선명한 채 반점만 사라집니다. 소금·후추 잡음의 처방입니다. "
        "가중합이 아니므로 어떤 커널로도 만들 수 없습니다.",
    ),
    call="cv2.medianBlur",
    picture="page",
    make=make,
    cost_ms=1.2,
    parameters=(
        Whole(name="size", words=Words("Size", "크기"), unit="px", start=5, low=1, high=99, odd=True),
    ),
)
