"""Gamma."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Real
from vision_app.filters.words import Words


def make(gamma: float) -> Apply:
    """A table of 256 values."""
    table = np.round(255 * (np.arange(256) / 255) ** (1 / gamma)).astype(np.uint8)

    def apply(image: Mat) -> Mat:
        return cv2.LUT(image, table)

    return apply


ROW = Operation(
    name="gamma",
    title=Words("Gamma", "감마"),
    line=Words(
        "Lifts the shadows above 1, deepens them below; black and white stay",
        "1보다 크면 어두운 곳을 밝히고 작으면 더 어둡게 합니다. 검정과 흰색은 그대로입니다",
    ),
    lesson=Words(
        "A power of each value: a bent line from black to white that cuts nothing off. "
        "Screens and cameras use one, because the eye tells dark steps apart better than bright ones. "
        "A table of 256 entries does any such curve at the price of one look-up a pixel.",
        "값을 거듭제곱하는, 검정에서 흰색까지의 굽은 선이며 아무 값도 잘라 내지 않습니다. "
        "눈이 어두운 단계를 더 잘 구별하므로 화면과 카메라도 감마를 씁니다. "
        "256칸짜리 표 하나면 어떤 곡선이든 픽셀당 한 번 찾아보는 값으로 적용됩니다.",
    ),
    call="cv2.LUT",
    picture="dark",
    make=make,
    cost_ms=0.66,
    parameters=(Real(name="gamma", words=Words("Gamma", "감마"), start=1.5, low=0.1, high=5.0, step=0.05),),
)
