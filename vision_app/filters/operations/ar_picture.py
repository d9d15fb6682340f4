"""A picture on each marker."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.held import read_picture
from vision_app.filters.markers import DICTIONARIES, FAMILY, make_detector
from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import PictureFile, Real
from vision_app.filters.words import Words


def make(family: str, picture: str, size: float) -> Apply:
    """Lay a picture over each marker; without one, the live picture itself."""
    detector = make_detector(getattr(cv2.aruco, DICTIONARIES[family]))
    if picture:
        poster = read_picture(picture)
    margin = (size - 1) / 2
    place = np.array(
        [[-margin, -margin], [1 + margin, -margin], [1 + margin, 1 + margin], [-margin, 1 + margin]]
    )
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)

    def apply(image: Mat) -> Mat:
        corners, _, _ = detector.detectMarkers(image)
        laid = poster if picture else image
        image = image.copy()
        right, bottom = max(laid.shape[1] - 1, 1), max(laid.shape[0] - 1, 1)
        whole = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
        for four in corners:
            onto = cv2.perspectiveTransform(place[None], cv2.getPerspectiveTransform(unit, four[0]))
            matrix = cv2.getPerspectiveTransform(whole, onto.astype(np.float32))
            cv2.warpPerspective(laid, matrix, image.shape[1::-1], image, borderMode=cv2.BORDER_TRANSPARENT)
        return image

    return apply


ROW = Operation(
    name="ar_picture",
    title=Words("AR picture", "AR 그림"),
    line=Words(
        "Lays a picture of yours over every marker; without one, the live picture itself",
        "마커마다 고른 그림을 덮습니다. 고르지 않으면 실시간 화면 자신을 덮습니다",
    ),
    lesson=Words(
        "Four corners there and four here fix a perspective, and with it every pixel of the poster has its place. "
        "Television puts advertisements onto a playing field in the same way. "
        "Leave the picture out and the screen shows itself, smaller and smaller.",
        "저쪽 네 모서리와 이쪽 네 모서리가 원근을 정하고, 그에 따라 포스터의 모든 픽셀이 제자리를 얻습니다. "
        "방송에서 경기장에 광고를 입히는 방법과 같습니다. "
        "그림을 고르지 않으면 화면 속에 화면이 점점 작게 들어갑니다.",
    ),
    call="cv2.getPerspectiveTransform",
    picture="markers",
    make=make,
    cost_ms=24.0,
    parameters=(
        FAMILY,
        PictureFile(name="picture", words=Words("Picture", "그림")),
        Real(
            name="size",
            words=Words("Size, in markers", "크기(마커 기준)"),
            start=1.0,
            low=0.2,
            high=5.0,
            step=0.1,
        ),
    ),
    takes="colour",
    gives="colour",
    least_px=32,
)
