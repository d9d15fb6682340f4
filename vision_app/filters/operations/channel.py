"""One channel of a colour space."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice
from vision_app.filters.words import Words


def make(channel: str) -> Apply:
    """Take one of the three numbers of each pixel."""
    code = {
        "blue": None,
        "green": None,
        "red": None,
        "hue": cv2.COLOR_BGR2HSV,
        "saturation": cv2.COLOR_BGR2HSV,
        "value": cv2.COLOR_BGR2HSV,
        "lightness": cv2.COLOR_BGR2LAB,
        "a": cv2.COLOR_BGR2LAB,
        "b": cv2.COLOR_BGR2LAB,
        "luma": cv2.COLOR_BGR2YCrCb,
        "cr": cv2.COLOR_BGR2YCrCb,
        "cb": cv2.COLOR_BGR2YCrCb,
    }[channel]
    number = {
        "blue": 0,
        "green": 1,
        "red": 2,
        "hue": 0,
        "saturation": 1,
        "value": 2,
        "lightness": 0,
        "a": 1,
        "b": 2,
        "luma": 0,
        "cr": 1,
        "cb": 2,
    }[channel]

    def apply(image: Mat) -> Mat:
        if code is not None:
            image = cv2.cvtColor(image, code)
        return cv2.extractChannel(image, number)

    return apply


ROW = Operation(
    name="channel",
    title=Words("Channel", "채널"),
    line=Words(
        "One of the numbers of each colour, as a grey picture", "색을 이루는 수 하나만 회색조로 보여 줍니다"
    ),
    lesson=Words(
        "Each channel is a grey picture of its own. "
        "Choose the one in which what you look for stands out: skin in Cr, a red ball in hue, print in lightness. "
        "One good channel is often worth more than a clever method on grey.",
        "채널 하나하나가 회색조 그림입니다. "
        "찾는 것이 도드라지는 채널을 고르세요. 피부는 Cr, 빨간 공은 색상, 인쇄물은 밝기가 좋습니다. "
        "잘 고른 채널 하나가 회색조에 쓰는 정교한 방법보다 나을 때가 많습니다.",
    ),
    call="cv2.extractChannel",
    picture="shapes",
    make=make,
    cost_ms=0.16,
    parameters=(
        Choice(
            name="channel",
            words=Words("Channel", "채널"),
            options=(
                ("blue", Words("Blue", "파랑")),
                ("green", Words("Green", "초록")),
                ("red", Words("Red", "빨강")),
                ("hue", Words("Hue (HSV)", "색상(HSV)")),
                ("saturation", Words("Saturation (HSV)", "채도(HSV)")),
                ("value", Words("Value (HSV)", "명도(HSV)")),
                ("lightness", Words("Lightness (Lab)", "밝기(Lab)")),
                ("a", Words("a: green to red (Lab)", "a: 초록–빨강(Lab)")),
                ("b", Words("b: blue to yellow (Lab)", "b: 파랑–노랑(Lab)")),
                ("luma", Words("Luma (YCrCb)", "휘도(YCrCb)")),
                ("cr", Words("Cr: red (YCrCb)", "Cr: 빨강(YCrCb)")),
                ("cb", Words("Cb: blue (YCrCb)", "Cb: 파랑(YCrCb)")),
            ),
        ),
    ),
    takes="colour",
    gives="grey",
)
