"""Corners."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real, Whole
from vision_app.filters.words import Words


def make(method: str, count: int, quality: float, distance: int) -> Apply:
    """The points that differ from all their surroundings."""

    def apply(image: Mat) -> Mat:
        if image.ndim == 2:
            grey = image
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        else:
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            image = image.copy()
        corners = cv2.goodFeaturesToTrack(
            grey, count, quality, distance, useHarrisDetector=method == "harris"
        )
        for x, y in [] if corners is None else corners.reshape(-1, 2).round().astype(int).tolist():
            cv2.circle(image, (x, y), 4, (0, 255, 0), 2, cv2.LINE_AA)
        return image

    return apply


ROW = Operation(
    name="corners",
    title=Words("Corners", "코너"),
    line=Words(
        "Points at which the brightness changes in two directions", "밝기가 두 방향으로 바뀌는 점을 찾습니다"
    ),
    lesson=Words(
        "Slide a small window: on a wall nothing changes, along an edge nothing changes, at a corner everything does. "
        "That makes corners the points to recognise a place by and to follow from picture to picture. "
        "Harris and Shi-Tomasi measure the same two numbers and differ in how they weigh them.",
        "작은 창을 밀어 보면 벽에서도, 에지를 따라서도 변화가 없지만 코너에서는 모두 바뀝니다. "
        "그래서 코너는 장소를 알아보고 그림마다 따라가기에 좋은 점입니다. "
        "해리스와 시–토마시는 같은 두 수를 재고, 무게를 다는 방법만 다릅니다.",
    ),
    call="cv2.goodFeaturesToTrack",
    picture="pattern",
    make=make,
    cost_ms=5.9,
    parameters=(
        Choice(
            name="method",
            words=Words("Method", "방법"),
            options=(("shi_tomasi", Words("Shi-Tomasi", "시–토마시")), ("harris", Words("Harris", "해리스"))),
        ),
        Whole(name="count", words=Words("At most", "최대 개수"), start=200, low=1, high=5000),
        Real(
            name="quality",
            words=Words("Least quality", "최소 품질"),
            start=0.01,
            low=0.001,
            high=1.0,
            step=0.001,
        ),
        Whole(
            name="distance", words=Words("Least distance", "최소 간격"), unit="px", start=10, low=1, high=500
        ),
    ),
    gives="colour",
)
