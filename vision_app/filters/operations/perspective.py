"""Perspective from four points."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Corners
from vision_app.filters.words import Words


def make(corners: tuple[float, ...]) -> Apply:
    """Bring four points of the picture to its corners."""
    shares = np.array(corners).reshape(4, 2) / 100

    def apply(image: Mat) -> Mat:
        height, width = image.shape[:2]
        whole = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        source = np.array(shares * (width, height) - 0.5, np.float32)
        matrix = cv2.getPerspectiveTransform(source, np.array(whole - 0.5, np.float32))
        return cv2.warpPerspective(image, matrix, (width, height))

    return apply


ROW = Operation(
    name="perspective",
    title=Words("Perspective", "원근"),
    line=Words(
        "Pulls four points to the corners: a slanting page becomes straight",
        "네 점을 모서리로 당겨 기울어진 종이를 반듯하게 폅니다",
    ),
    lesson=Words(
        "Eight numbers, four points here and four there, fix how any plane is seen. "
        "Drag the points onto the corners of a page, a screen or a board and you look at it from straight above. "
        "Things that stick out of the plane are smeared, for they do not lie where the plane would be.",
        "이쪽 네 점과 저쪽 네 점, 여덟 수면 평면이 보이는 방식이 정해집니다. "
        "종이, 화면, 판의 모서리에 점을 끌어다 놓으면 바로 위에서 내려다본 모습이 됩니다. "
        "평면에서 튀어나온 것은 평면 위에 있지 않으므로 번져 보입니다.",
    ),
    call="cv2.warpPerspective",
    picture="page",
    make=make,
    cost_ms=3.1,
    parameters=(Corners(name="corners", words=Words("Corners", "모서리"), unit="%"),),
    moves=True,
)
