"""Sparse optical flow."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Whole
from vision_app.filters.words import Words


def make(points: int, distance: int, window: int) -> Apply:
    """Follow corners from the picture before to this one."""
    previous: Mat | None = None

    def apply(image: Mat) -> Mat:
        nonlocal previous
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        image = image.copy()
        corners = None
        if previous is not None:
            corners = cv2.goodFeaturesToTrack(previous, points, 0.01, distance)
        if previous is not None and corners is not None:
            moved, found, _ = cv2.calcOpticalFlowPyrLK(
                previous, grey, corners, corners.copy(), winSize=(window, window)
            )
            for start, end in zip(corners[found == 1], moved[found == 1], strict=True):
                cv2.arrowedLine(
                    image,
                    start.round().astype(int).tolist(),
                    end.round().astype(int).tolist(),
                    (0, 255, 255),
                    2,
                )
        previous = grey
        return image

    return apply


ROW = Operation(
    name="flow",
    title=Words("Optical flow, sparse", "광류(희소)"),
    line=Words(
        "Arrows from where corners were to where they are",
        "코너가 있던 곳에서 지금 있는 곳까지 화살표를 그립니다",
    ),
    lesson=Words(
        "Lucas and Kanade follow small windows from one picture to the next by the slope of their brightness. "
        "Only corners can be followed: along an edge a window looks the same wherever it slides. "
        "A pyramid of smaller pictures lets it follow steps that are larger than the window.",
        "루카스–카나데 방법은 밝기의 기울기로 작은 창을 다음 그림까지 따라갑니다. "
        "에지를 따라서는 창이 어디로 밀려도 똑같아 보이므로 코너만 따라갈 수 있습니다. "
        "점점 작아지는 그림 피라미드 덕분에 창보다 큰 움직임도 따라갑니다.",
    ),
    call="cv2.calcOpticalFlowPyrLK",
    picture="moving",
    make=make,
    cost_ms=10.0,
    parameters=(
        Whole(name="points", words=Words("Points", "점 수"), start=200, low=1, high=2000),
        Whole(
            name="distance", words=Words("Least distance", "최소 간격"), unit="px", start=10, low=1, high=200
        ),
        Whole(name="window", words=Words("Window", "창 크기"), unit="px", start=21, low=5, high=61, odd=True),
    ),
    takes="colour",
    gives="colour",
    remembers=True,
    least_px=16,
)
