"""ORB features, matched to a held picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vision_app.filters.held import read_picture
from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import PictureFile, Whole
from vision_app.filters.words import Words


def make(picture: str, features: int, least: int) -> Apply:
    """Show the features; with a held picture, those that it has too, and where it lies."""
    orb = cv2.ORB.create(features)
    if picture:
        held = read_picture(picture)
        held_points, held_features = orb.detectAndCompute(held, None)
        matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)

    def apply(image: Mat) -> Mat:
        points, descriptors = orb.detectAndCompute(image, None)
        image = image.copy()
        if picture:
            matches: Sequence[cv2.DMatch] = []
            if descriptors is not None and held_features is not None:
                matches = matcher.match(held_features, descriptors)
            if len(matches) >= least:
                source = np.array([held_points[match.queryIdx].pt for match in matches])
                target = np.array([points[match.trainIdx].pt for match in matches])
                homography, inliers = cv2.findHomography(source, target, cv2.RANSAC, 4.0)
                if homography is not None and inliers.sum() >= least:
                    height, width = held.shape[:2]
                    frame = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float32)
                    corners = cv2.perspectiveTransform(frame, homography).clip(-32768, 32767)
                    cv2.polylines(
                        image, [corners.round().astype(np.int32)], True, (0, 255, 0), 3, cv2.LINE_AA
                    )
                    for x, y in target[inliers.ravel() == 1].round().astype(int).tolist():
                        cv2.circle(image, (x, y), 4, (0, 255, 255), 2, cv2.LINE_AA)
        else:
            cv2.drawKeypoints(image, points, image, (0, 255, 255))
        return image

    return apply


ROW = Operation(
    name="orb",
    title=Words("ORB matches", "ORB 매칭"),
    line=Words(
        "Finds a picture you hold again, by its corners and their surroundings; without one it shows the corners",
        "잡아 둔 그림을 코너와 그 둘레로 다시 찾습니다. 잡아 둔 그림이 없으면 코너만 보여 줍니다",
    ),
    lesson=Words(
        "ORB describes each corner by 256 comparisons of two pixels, turned to the corner's own direction. "
        "Two descriptions are alike if few bits differ, which a computer counts in a moment. "
        "When enough matches agree on one perspective, the thing is found, though turned, small or half hidden.",
        "ORB는 코너마다 두 픽셀씩 256번 비교한 결과를 코너의 방향에 맞춰 기록합니다. "
        "다른 비트가 적으면 비슷한 코너이고, 컴퓨터는 이를 순식간에 셉니다. "
        "충분히 많은 짝이 한 원근에 들어맞으면, 돌아가거나 작아지거나 반쯤 가려진 물건도 찾은 것입니다.",
    ),
    call="cv2.ORB_create",
    picture="pattern",
    make=make,
    cost_ms=5.4,
    parameters=(
        PictureFile(name="picture", words=Words("Held picture", "잡아 둔 그림")),
        Whole(name="features", words=Words("Features", "특징점 수"), start=500, low=10, high=5000),
        Whole(name="least", words=Words("Least matches", "최소 매칭 수"), start=12, low=4, high=500),
    ),
    takes="colour",
    gives="colour",
    least_px=32,
)
