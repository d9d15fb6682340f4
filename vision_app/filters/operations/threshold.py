"""A fixed threshold."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Whole
from vision_app.filters.words import Words


def make(value: int, kind: str) -> Apply:
    """Compare each pixel with the value."""
    how = {
        "binary": cv2.THRESH_BINARY,
        "inverse": cv2.THRESH_BINARY_INV,
        "truncate": cv2.THRESH_TRUNC,
        "to_zero": cv2.THRESH_TOZERO,
        "to_zero_inverse": cv2.THRESH_TOZERO_INV,
    }[kind]

    def apply(image: Mat) -> Mat:
        return cv2.threshold(image, value, 255, how)[1]

    return apply


ROW = Operation(
    name="threshold",
    title=Words("Threshold", "임계값"),
    line=Words("White above the value, black below", "값보다 밝으면 희게, 어두우면 검게 만듭니다"),
    lesson=Words(
        "One question a pixel: brighter than the value or not? "
        "Set the line into the valley of the histogram, between the hill of the dark and the hill of the bright. "
        "A fixed value holds as long as the light does; when a cloud comes, Otsu or adaptive goes on.",
        "픽셀마다 값보다 밝은지 하나만 묻습니다. "
        "히스토그램에서 어두운 언덕과 밝은 언덕 사이 골짜기에 선을 두세요. "
        "고정된 값은 조명이 그대로일 때만 통하고, 구름이 끼면 오츠나 적응형이 낫습니다.",
    ),
    call="cv2.threshold",
    picture="coins",
    make=make,
    cost_ms=0.19,
    parameters=(
        Whole(name="value", words=Words("Value", "값"), start=127, low=0, high=255),
        Choice(
            name="kind",
            words=Words("Kind", "방식"),
            options=(
                ("binary", Words("White above", "밝으면 흰색")),
                ("inverse", Words("Black above", "밝으면 검정")),
                ("truncate", Words("Cut off above", "밝으면 값으로 자름")),
                ("to_zero", Words("Black below", "어두우면 검정")),
                ("to_zero_inverse", Words("Black above, rest stays", "밝으면 검정, 나머지 그대로")),
            ),
        ),
    ),
    takes="grey",
    gives="grey",
)
