"""Circles by the Hough transform."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Whole
from vision_app.filters.words import Words


def make(distance: int, edge: int, votes: int, smallest: int, largest: int) -> Apply:
    """Let every edge pixel vote along its gradient for the centre."""

    def apply(image: Mat) -> Mat:
        if image.ndim == 2:
            grey = image
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        else:
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            image = image.copy()
        circles = cv2.HoughCircles(
            grey,
            cv2.HOUGH_GRADIENT,
            1,
            distance,
            param1=edge,
            param2=votes,
            minRadius=smallest,
            maxRadius=largest,
        )
        for x, y, radius in [] if circles is None else circles.reshape(-1, 3).round().astype(int).tolist():
            cv2.circle(image, (x, y), radius, (0, 0, 255), 2, cv2.LINE_AA)
            cv2.circle(image, (x, y), 2, (0, 255, 0), 3)
        return image

    return apply


ROW = Operation(
    name="circles",
    title=Words("Hough circles", "허프 원"),
    line=Words("Finds circles: coins, wheels, pupils", "동전, 바퀴, 눈동자 같은 원을 찾습니다"),
    lesson=Words(
        "Edges vote again, now along their gradient, which points at the centre of a circle. "
        "The range of radii is what helps most: without it the search is slow and finds circles everywhere. "
        "A median blur before it keeps specks from voting.",
        "이번에도 에지가 투표하는데, 원의 중심을 가리키는 그레이디언트 방향으로 합니다. "
        "반지름 범위를 정하는 것이 가장 큰 도움이 됩니다. 정하지 않으면 느리고 아무 데서나 원을 찾습니다. "
        "앞에 중앙값 흐림을 두면 반점이 투표하지 못합니다.",
    ),
    call="cv2.HoughCircles",
    picture="coins",
    make=make,
    cost_ms=43.0,
    parameters=(
        Whole(
            name="distance", words=Words("Least distance", "최소 간격"), unit="px", start=40, low=1, high=1000
        ),
        Whole(name="edge", words=Words("Edge strength", "에지 세기"), start=160, low=1, high=1000),
        Whole(name="votes", words=Words("Votes", "표"), start=40, low=1, high=300),
        Whole(
            name="smallest",
            words=Words("Smallest radius", "최소 반지름"),
            unit="px",
            start=20,
            low=0,
            high=1000,
        ),
        Whole(
            name="largest",
            words=Words("Largest radius", "최대 반지름"),
            unit="px",
            start=120,
            low=1,
            high=2000,
        ),
    ),
    gives="colour",
    least_px=8,
)
