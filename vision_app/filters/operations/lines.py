"""Straight lines by the Hough transform."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Whole
from vision_app.filters.words import Words


def make(*, votes: int, length: int, gap: int, edges: str, low: int, high: int) -> Apply:
    """Let every edge pixel vote for all lines through it."""

    def apply(image: Mat) -> Mat:
        if image.ndim == 2:
            white = image
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        else:
            white = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            image = image.copy()
        if edges == "canny":
            white = cv2.Canny(white, low, high)
        lines = cv2.HoughLinesP(white, 1, np.pi / 180, votes, minLineLength=length, maxLineGap=gap)
        for left, top, right, bottom in [] if lines is None else lines.reshape(-1, 4).astype(int).tolist():
            cv2.line(image, (left, top), (right, bottom), (0, 0, 255), 2, cv2.LINE_AA)
        return image

    return apply


ROW = Operation(
    name="lines",
    title=Words("Hough lines", "허프 직선"),
    line=Words("Finds straight lines by letting edge pixels vote", "에지 픽셀의 투표로 직선을 찾습니다"),
    lesson=Words(
        "Every edge pixel votes for all the lines that pass through it; a real line gets many votes. "
        "So a line is found although parts of it are missing. "
        "Robots follow lanes with it; too few votes and everything becomes a line.",
        "에지 픽셀 하나하나가 자기를 지나는 모든 직선에 투표하고, 진짜 직선은 표를 많이 얻습니다. "
        "그래서 군데군데 끊긴 직선도 찾습니다. "
        "로봇이 차선을 따라갈 때 쓰며, 필요한 표가 너무 적으면 무엇이든 직선이 됩니다.",
    ),
    call="cv2.HoughLinesP",
    picture="street",
    make=make,
    cost_ms=6.2,
    parameters=(
        Whole(name="votes", words=Words("Votes", "표"), start=80, low=1, high=1000),
        Whole(name="length", words=Words("Least length", "최소 길이"), unit="px", start=60, low=0, high=2000),
        Whole(name="gap", words=Words("Largest gap", "최대 틈"), unit="px", start=8, low=0, high=200),
        Choice(
            name="edges",
            words=Words("Edges", "에지"),
            options=(
                ("canny", Words("By Canny", "캐니로 구함")),
                ("given", Words("The picture's bright pixels", "그림의 밝은 픽셀")),
            ),
        ),
        Whole(name="low", words=Words("Canny, lower", "캐니 아래 임계값"), start=80, low=0, high=1000),
        Whole(name="high", words=Words("Canny, upper", "캐니 위 임계값"), start=160, low=0, high=1000),
    ),
    gives="colour",
)
