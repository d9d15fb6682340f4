"""Equalisation of the histogram."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make() -> Apply:
    """Of colour, the brightness alone is equalised."""

    def apply(image: Mat) -> Mat:
        if image.ndim == 2:
            image = cv2.equalizeHist(image)
        else:
            luma, cr, cb = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))
            image = cv2.cvtColor(cv2.merge((cv2.equalizeHist(luma), cr, cb)), cv2.COLOR_YCrCb2BGR)
        return image

    return apply


ROW = Operation(
    name="equalize",
    title=Words("Equalise histogram", "히스토그램 평활화"),
    line=Words(
        "Spreads the brightness so that every level is used alike",
        "모든 밝기 단계가 고르게 쓰이도록 펼칩니다",
    ),
    lesson=Words(
        "Each value is replaced by the share of pixels that are darker. "
        "A flat, foggy picture becomes one of full contrast, without a number to set. "
        "It looks at the whole picture at once, so one bright lamp can spoil the rest: then take CLAHE.",
        "각 값을 그보다 어두운 픽셀의 비율로 바꿉니다. "
        "정할 값 없이도 뿌연 그림의 대비가 살아납니다. "
        "그림 전체를 한꺼번에 보므로 밝은 등 하나가 나머지를 망칠 수 있습니다. 그럴 때는 CLAHE를 쓰세요.",
    ),
    call="cv2.equalizeHist",
    picture="dark",
    make=make,
    cost_ms=1.6,
)
