"""A threshold for each neighbourhood."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real, Whole
from vision_app.filters.words import Words


def make(block: int, offset: float, method: str, kind: str) -> Apply:
    """Compare each pixel with the mean around it."""
    mean = {"gaussian": cv2.ADAPTIVE_THRESH_GAUSSIAN_C, "mean": cv2.ADAPTIVE_THRESH_MEAN_C}[method]
    how = {"binary": cv2.THRESH_BINARY, "inverse": cv2.THRESH_BINARY_INV}[kind]

    def apply(image: Mat) -> Mat:
        return cv2.adaptiveThreshold(image, 255, mean, how, block, offset)

    return apply


ROW = Operation(
    name="adaptive",
    title=Words("Adaptive threshold", "적응형 임계값"),
    line=Words("Compares each pixel with the mean around it", "각 픽셀을 둘레의 평균과 비교합니다"),
    lesson=Words(
        "Every pixel has a threshold of its own: the mean of its block minus an offset. "
        "So a page stays legible although one half lies in shadow, where no single value would do. "
        "The block has to be larger than the strokes, or letters become hollow.",
        "픽셀마다 임계값이 따로 있습니다. 둘레 블록의 평균에서 오프셋을 뺀 값입니다. "
        "한 값으로는 안 되는, 반쪽에 그늘이 진 종이도 읽을 수 있게 됩니다. "
        "블록은 글자 획보다 커야 합니다. 작으면 글자 속이 빕니다.",
    ),
    call="cv2.adaptiveThreshold",
    picture="page",
    make=make,
    cost_ms=2.9,
    parameters=(
        Whole(name="block", words=Words("Block", "블록"), unit="px", start=31, low=3, high=199, odd=True),
        Real(name="offset", words=Words("Offset", "오프셋"), start=10.0, low=-50.0, high=50.0, step=1.0),
        Choice(
            name="method",
            words=Words("Mean", "평균"),
            options=(("gaussian", Words("Gaussian", "가우시안")), ("mean", Words("Plain", "단순"))),
        ),
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
