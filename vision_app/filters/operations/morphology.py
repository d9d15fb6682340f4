"""Morphology."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Whole
from vision_app.filters.words import Words


def make(operation: str, shape: str, size: int, iterations: int) -> Apply:
    """Grow and shrink bright areas by a shape."""
    how = {
        "open": cv2.MORPH_OPEN,
        "close": cv2.MORPH_CLOSE,
        "erode": cv2.MORPH_ERODE,
        "dilate": cv2.MORPH_DILATE,
        "gradient": cv2.MORPH_GRADIENT,
        "top_hat": cv2.MORPH_TOPHAT,
        "black_hat": cv2.MORPH_BLACKHAT,
    }[operation]
    form = {"rect": cv2.MORPH_RECT, "ellipse": cv2.MORPH_ELLIPSE, "cross": cv2.MORPH_CROSS}[shape]
    element = cv2.getStructuringElement(form, (size, size))

    def apply(image: Mat) -> Mat:
        return cv2.morphologyEx(image, how, element, iterations=iterations)

    return apply


ROW = Operation(
    name="morphology",
    title=Words("Morphology", "모폴로지"),
    line=Words("Grows and shrinks bright areas by a shape", "밝은 영역을 정한 모양만큼 넓히고 좁힙니다"),
    lesson=Words(
        "Eroding takes the darkest of the neighbours, dilating the brightest; the shape says who the neighbours are. "
        "Open, first erode then dilate, removes specks; close fills holes; both leave the size of the rest. "
        "It is made for black and white masks and works on grey and colour too.",
        "침식은 이웃 중 가장 어두운 값을, 팽창은 가장 밝은 값을 고르며, 누가 이웃인지는 모양이 정합니다. "
        "침식 뒤 팽창하는 열림은 반점을 없애고 닫힘은 구멍을 메우며, 나머지 크기는 그대로입니다. "
        "흑백 마스크용이지만 회색조와 컬러에도 쓸 수 있습니다.",
    ),
    call="cv2.morphologyEx",
    picture="coins",
    make=make,
    cost_ms=0.4,
    parameters=(
        Choice(
            name="operation",
            words=Words("Operation", "연산"),
            options=(
                ("open", Words("Open", "열림")),
                ("close", Words("Close", "닫힘")),
                ("erode", Words("Erode", "침식")),
                ("dilate", Words("Dilate", "팽창")),
                ("gradient", Words("Gradient", "그레이디언트")),
                ("top_hat", Words("Top hat", "톱햇")),
                ("black_hat", Words("Black hat", "블랙햇")),
            ),
        ),
        Choice(
            name="shape",
            words=Words("Shape", "모양"),
            options=(
                ("rect", Words("Square", "정사각형")),
                ("ellipse", Words("Disc", "원")),
                ("cross", Words("Cross", "십자")),
            ),
        ),
        Whole(name="size", words=Words("Size", "크기"), unit="px", start=5, low=1, high=51),
        Whole(name="iterations", words=Words("Times", "횟수"), start=1, low=1, high=10),
    ),
)
