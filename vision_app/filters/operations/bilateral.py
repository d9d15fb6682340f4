"""Bilateral filter."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Real, Whole
from vision_app.filters.words import Words


def make(diameter: int, colour: float, space: float) -> Apply:
    """A Gaussian that leaves out neighbours of another colour."""

    def apply(image: Mat) -> Mat:
        return cv2.bilateralFilter(image, diameter, colour, space)

    return apply


ROW = Operation(
    name="bilateral",
    title=Words("Bilateral", "양방향 필터"),
    line=Words("Blurs even areas and keeps edges", "고른 면은 흐리고 에지는 지킵니다"),
    lesson=Words(
        "A neighbour counts if it is near and if its colour is alike. "
        "Skin and walls become smooth while edges stay, which looks like a drawing when it is overdone. "
        "The weights differ at every pixel, so it costs many times what a Gaussian does.",
        "가깝고 색도 비슷한 이웃만 평균에 들어갑니다. "
        "피부와 벽은 매끈해지고 에지는 남으며, 지나치면 그림처럼 보입니다. "
        "픽셀마다 가중치가 달라 가우시안보다 몇 배나 느립니다.",
    ),
    call="cv2.bilateralFilter",
    picture="shapes",
    make=make,
    cost_ms=5.6,
    parameters=(
        Whole(name="diameter", words=Words("Diameter", "지름"), unit="px", start=5, low=1, high=25),
        Real(
            name="colour",
            words=Words("Colours that count as alike", "같게 보는 색 차이"),
            start=50.0,
            low=1.0,
            high=255.0,
            step=1.0,
        ),
        Real(
            name="space", words=Words("Sigma", "시그마"), unit="px", start=5.0, low=0.5, high=50.0, step=0.5
        ),
    ),
)
