"""Otsu's threshold."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice
from vision_app.filters.words import Words


def make(kind: str) -> Apply:
    """The value that parts the histogram best."""
    how = {"binary": cv2.THRESH_BINARY, "inverse": cv2.THRESH_BINARY_INV}[kind]

    def apply(image: Mat) -> Mat:
        return cv2.threshold(image, 0, 255, how + cv2.THRESH_OTSU)[1]

    return apply


ROW = Operation(
    name="otsu",
    title=Words("Otsu threshold", "오츠 임계값"),
    line=Words(
        "Finds the threshold by itself from the histogram", "히스토그램을 보고 임계값을 스스로 찾습니다"
    ),
    lesson=Words(
        "Otsu tries all 256 values and keeps the one for which both sides are most alike within themselves. "
        "With two hills in the histogram the line falls into the valley; watch it move as the light changes. "
        "With one hill there is nothing to part, and it parts all the same.",
        "오츠는 256개 값을 모두 시험해 양쪽이 각각 가장 고르게 나뉘는 값을 고릅니다. "
        "히스토그램에 언덕이 둘이면 선이 골짜기에 놓입니다. 빛이 바뀔 때 선이 움직이는 것을 보세요. "
        "언덕이 하나면 나눌 것이 없는데도 나눕니다.",
    ),
    call="cv2.threshold",
    picture="coins",
    make=make,
    cost_ms=0.42,
    parameters=(
        Choice(
            name="kind",
            words=Words("Kind", "방식"),
            options=(
                ("binary", Words("White above", "밝으면 흰색")),
                ("inverse", Words("Black above", "밝으면 검정")),
            ),
        ),
    ),
    takes="grey",
    gives="grey",
)
