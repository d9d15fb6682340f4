"""ArUco and AprilTag markers with their pose."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.markers import DICTIONARIES, FAMILY, SIDE, VIEW, camera_matrix, make_detector, square
from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make(family: str, side: float, view: float) -> Apply:
    """Frame and number markers, and draw their axes."""
    detector = make_detector(getattr(cv2.aruco, DICTIONARIES[family]))
    corners_mm = square(side)

    def apply(image: Mat) -> Mat:
        corners, numbers, _ = detector.detectMarkers(image)
        image = cv2.aruco.drawDetectedMarkers(image.copy(), corners, numbers)
        camera = camera_matrix(image.shape[1], image.shape[0], view)
        for four in corners:
            _, turn, place = cv2.solvePnP(corners_mm, four, camera, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
            cv2.drawFrameAxes(image, camera, None, turn, place, side / 2)
            left, bottom = four[0].max(0).astype(int).tolist()
            text = f"{np.linalg.norm(place):.0f} mm"
            cv2.putText(image, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 255, 255), 2)
        return image

    return apply


ROW = Operation(
    name="markers",
    title=Words("Markers", "마커"),
    line=Words(
        "Finds ArUco and AprilTag markers, their number, how far they are and how they are turned",
        "ArUco와 AprilTag 마커를 찾아 번호, 거리, 자세를 보여 줍니다",
    ),
    lesson=Words(
        "Four corners of a square of known size are enough to say where it is and how it is turned. "
        "Robots land, dock and find their way by such markers. "
        "Set the side that you printed and the camera's angle of view: both go straight into the distance.",
        "크기를 아는 정사각형의 네 모서리만 있으면 위치를 밀리미터까지, 자세까지 알 수 있습니다. "
        "로봇은 이런 마커를 보고 착륙하고, 도킹하고, 길을 찾습니다. "
        "인쇄한 한 변의 길이와 카메라 화각을 정확히 넣으세요. 둘 다 거리에 그대로 들어갑니다.",
    ),
    call="cv2.aruco.ArucoDetector",
    picture="markers",
    make=make,
    cost_ms=5.4,
    parameters=(FAMILY, SIDE, VIEW),
    takes="colour",
    gives="colour",
    least_px=32,
)
