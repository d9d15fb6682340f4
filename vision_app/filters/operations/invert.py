"""The negative."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make() -> Apply:
    """255 minus each value."""

    def apply(image: Mat) -> Mat:
        return cv2.bitwise_not(image)

    return apply


ROW = Operation(
    name="invert",
    title=Words("Invert", "반전"),
    line=Words("The negative: 255 minus each value", "255에서 각 값을 뺀 음화입니다"),
    lesson=Words(
        "Flipping all bits of a byte is the same as taking it from 255. "
        "Much of OpenCV calls white what is wanted and black what is not, so dark ink has to be inverted first. "
        "Show a network a negative: it has never seen one.",
        "바이트의 모든 비트를 뒤집으면 255에서 뺀 것과 같습니다. "
        "OpenCV는 대개 흰색을 찾는 것, 검정을 배경으로 보므로 어두운 글씨는 먼저 반전해야 합니다. "
        "신경망에 음화를 보여 주세요. 한 번도 배운 적 없는 그림입니다.",
    ),
    call="cv2.bitwise_not",
    picture="page",
    make=make,
    cost_ms=0.05,
)
