"""Unsharp mask."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Real
from vision_app.filters.words import Words


def make(amount: float, sigma: float) -> Apply:
    """Add what a blur takes away."""

    def apply(image: Mat) -> Mat:
        blurred = cv2.GaussianBlur(image, (0, 0), sigma)
        return cv2.addWeighted(image, 1 + amount, blurred, -amount, 0)

    return apply


ROW = Operation(
    name="sharpen",
    title=Words("Sharpen", "선명하게"),
    line=Words("Adds what a blur would take away", "흐릴 때 사라질 부분을 더합니다"),
    lesson=Words(
        "The picture minus its blurred self is its detail; adding that detail once more sharpens. "
        "Printers did it with a blurred negative, hence the name unsharp mask. "
        "It shows what is there more strongly, noise included, and cannot bring back what is lost.",
        "그림에서 흐린 그림을 빼면 세부가 남고, 그 세부를 한 번 더 더하면 선명해집니다. "
        "인쇄소에서 흐린 음화로 하던 일이라 언샤프 마스크라고 부릅니다. "
        "있는 것을 잡음까지 두드러지게 할 뿐, 잃은 것을 되살리지는 못합니다.",
    ),
    call="cv2.addWeighted",
    picture="shapes",
    make=make,
    cost_ms=2.7,
    parameters=(
        Real(name="amount", words=Words("Amount", "세기"), start=1.0, low=0.0, high=5.0, step=0.1),
        Real(
            name="sigma", words=Words("Sigma", "시그마"), unit="px", start=2.0, low=0.5, high=20.0, step=0.1
        ),
    ),
)
