"""Brightness and contrast."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Real, Whole
from vision_app.filters.words import Words


def make(brightness: int, contrast: float) -> Apply:
    """Stretch about the middle grey, then add."""

    def apply(image: Mat) -> Mat:
        return cv2.addWeighted(image, contrast, image, 0, 128 * (1 - contrast) + brightness)

    return apply


ROW = Operation(
    name="brightness",
    title=Words("Brightness, contrast", "밝기와 대비"),
    line=Words(
        "Adds to every value, and stretches them about the middle",
        "모든 값에 더하고, 중간값을 기준으로 늘리거나 줄입니다",
    ),
    lesson=Words(
        "Every value is multiplied by the contrast and the brightness is added: a straight line. "
        "What leaves 0 to 255 is cut off and does not come back. "
        "Look at a network while you darken the picture: most fail sooner than you do.",
        "모든 값에 대비를 곱하고 밝기를 더합니다. 그래프로 그리면 직선입니다. "
        "0~255를 벗어난 값은 잘려서 되돌릴 수 없습니다. "
        "그림을 어둡게 하면서 신경망의 답을 보세요. 대개 사람보다 먼저 틀립니다.",
    ),
    call="cv2.addWeighted",
    picture="dark",
    make=make,
    cost_ms=0.3,
    parameters=(
        Whole(name="brightness", words=Words("Brightness", "밝기"), start=0, low=-255, high=255),
        Real(name="contrast", words=Words("Contrast", "대비"), start=1.0, low=0.0, high=4.0, step=0.05),
    ),
)
