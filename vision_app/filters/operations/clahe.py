"""Equalisation tile by tile, with a limit."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Real, Whole
from vision_app.filters.words import Words


def make(clip: float, tiles: int) -> Apply:
    """Of colour, the brightness alone is equalised."""
    clahe = cv2.createCLAHE(clip, (tiles, tiles))

    def apply(image: Mat) -> Mat:
        if image.ndim == 2:
            image = clahe.apply(image)
        else:
            luma, cr, cb = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))
            image = cv2.cvtColor(cv2.merge((clahe.apply(luma), cr, cb)), cv2.COLOR_YCrCb2BGR)
        return image

    return apply


ROW = Operation(
    name="clahe",
    title=Words("CLAHE", "CLAHE"),
    line=Words(
        "Equalises each part of the picture by itself, with a limit on the contrast",
        "그림을 칸으로 나누어 칸마다 평활화하고 대비에 한계를 둡니다",
    ),
    lesson=Words(
        "Contrast-limited adaptive histogram equalisation works tile by tile and blends between tiles. "
        "The clip limit stops it from blowing up the noise of an even wall. "
        "It is the usual first aid for back light, fog and X-rays.",
        "CLAHE는 대비를 제한하면서 칸마다 평활화하고 칸 사이를 부드럽게 잇습니다. "
        "클립 한계는 고른 벽면의 잡음이 부풀려지는 것을 막습니다. "
        "역광, 안개, X선 사진에 흔히 쓰는 첫 처방입니다.",
    ),
    call="cv2.createCLAHE",
    picture="dark",
    make=make,
    cost_ms=3.0,
    parameters=(
        Real(name="clip", words=Words("Clip limit", "클립 한계"), start=2.0, low=0.1, high=40.0, step=0.1),
        Whole(name="tiles", words=Words("Tiles a side", "한 변의 칸 수"), start=8, low=1, high=64),
    ),
)
