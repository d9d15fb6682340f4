"""A cube on each marker."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.markers import DICTIONARIES, FAMILY, VIEW, camera_matrix, make_detector, square
from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make(family: str, view: float) -> Apply:
    """A cube as wide as the marker that it stands on."""
    detector = make_detector(getattr(cv2.aruco, DICTIONARIES[family]))
    floor = square(1.0)
    cube = np.concatenate((floor, floor + np.array([0, 0, 1], np.float32)))
    sides = ((0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7))
    shades = (0.55, 0.7, 0.85, 0.7, 1.0)

    def apply(image: Mat) -> Mat:
        corners, _, _ = detector.detectMarkers(image)
        image = image.copy()
        camera = camera_matrix(image.shape[1], image.shape[0], view)
        for four in corners:
            _, turn, place = cv2.solvePnP(floor, four, camera, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
            seen = cv2.projectPoints(cube, turn, place, camera, None)[0].clip(-32768, 32767)
            depth = (cube @ cv2.Rodrigues(turn)[0].T + place.T)[:, 2]
            for side in sorted(range(5), key=lambda side: -depth[list(sides[side])].mean()):
                face = seen[list(sides[side])].round().astype(np.int32)
                cv2.fillConvexPoly(image, face, (0, 165 * shades[side], 255 * shades[side]), cv2.LINE_AA)
                cv2.polylines(image, [face], True, (255, 255, 255), 2, cv2.LINE_AA)
        return image

    return apply


ROW = Operation(
    name="ar_cube",
    title=Words("AR cube", "AR 정육면체"),
    line=Words("Puts a cube on every marker", "마커마다 정육면체를 올려놓습니다"),
    lesson=Words(
        "Augmented reality in one step: find the marker's pose, project eight corners with it, paint five sides. "
        "The far sides are painted first, so that the near ones cover them. "
        "Turn the marker in your hand: the cube stays on it because the pose is found anew in every picture.",
        "증강현실의 한 걸음입니다. 마커의 자세를 구하고, 꼭짓점 여덟 개를 투영하고, 면 다섯 개를 칠합니다. "
        "먼 면부터 칠하므로 가까운 면이 그것을 가립니다. "
        "마커를 손에 들고 돌려 보세요. 그림마다 자세를 새로 구하므로 정육면체가 그 위에 붙어 있습니다.",
    ),
    call="cv2.projectPoints",
    picture="markers",
    make=make,
    cost_ms=14.0,
    parameters=(FAMILY, VIEW),
    takes="colour",
    gives="colour",
    least_px=32,
)
