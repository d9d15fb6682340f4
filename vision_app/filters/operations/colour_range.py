"""Only what has a certain colour."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Whole
from vision_app.filters.words import Words


def make(hue_from: int, hue_to: int, saturation: int, value: int, show: str) -> Apply:
    """Keep the hues of a range; a range that begins behind its end goes round through red."""

    def apply(image: Mat) -> Mat:
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        if hue_from <= hue_to:
            mask = cv2.inRange(hsv, (hue_from, saturation, value), (hue_to, 255, 255))
        else:
            mask = cv2.inRange(hsv, (hue_from, saturation, value), (179, 255, 255))
            mask = cv2.bitwise_or(mask, cv2.inRange(hsv, (0, saturation, value), (hue_to, 255, 255)))
        return cv2.merge((mask, mask, mask)) if show == "mask" else cv2.bitwise_and(image, image, mask=mask)

    return apply


ROW = Operation(
    name="colour_range",
    title=Words("Colour range", "색 범위"),
    line=Words(
        "Keeps what has a hue of that range, blackens the rest",
        "정한 범위의 색상만 남기고 나머지는 검게 만듭니다",
    ),
    lesson=Words(
        "The oldest trick of robotics: find the ball by its colour. "
        "In HSV a range of hues with enough saturation holds in sun and shade. "
        "Red lies at both ends of the circle, so a range from 170 to 10 goes round through 0.",
        "색으로 공을 찾는, 로봇 비전의 가장 오래된 방법입니다. "
        "HSV에서는 색상 범위와 최소 채도만 정하면 양지와 음지에서 모두 통합니다. "
        "빨강은 색상환의 양 끝에 있으므로 170에서 10까지로 정하면 0을 지나 이어집니다.",
    ),
    call="cv2.inRange",
    picture="shapes",
    make=make,
    cost_ms=1.9,
    parameters=(
        Whole(name="hue_from", words=Words("Hue from", "색상 시작"), start=170, low=0, high=179),
        Whole(name="hue_to", words=Words("Hue to", "색상 끝"), start=10, low=0, high=179),
        Whole(name="saturation", words=Words("Least saturation", "최소 채도"), start=90, low=0, high=255),
        Whole(name="value", words=Words("Least value", "최소 명도"), start=60, low=0, high=255),
        Choice(
            name="show",
            words=Words("Show", "표시"),
            options=(("picture", Words("Picture", "그림")), ("mask", Words("Mask", "마스크"))),
        ),
    ),
    takes="colour",
    gives="colour",
)
