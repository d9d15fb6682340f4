"""Colour spaces, shown as they are: the first channel as blue, the second as green, the third as red."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice
from vision_app.filters.words import Words


def make(space: str) -> Apply:
    """Convert to a colour space."""
    code = {
        "hsv": cv2.COLOR_BGR2HSV,
        "hls": cv2.COLOR_BGR2HLS,
        "lab": cv2.COLOR_BGR2LAB,
        "luv": cv2.COLOR_BGR2LUV,
        "ycrcb": cv2.COLOR_BGR2YCrCb,
        "xyz": cv2.COLOR_BGR2XYZ,
        "rgb": cv2.COLOR_BGR2RGB,
    }[space]

    def apply(image: Mat) -> Mat:
        return cv2.cvtColor(image, code)

    return apply


ROW = Operation(
    name="colour_space",
    title=Words("Colour space", "색 공간"),
    line=Words(
        "The same colours in other numbers, shown as if they were blue, green, red",
        "같은 색을 다른 수로 나타내고, 그 수를 파랑·초록·빨강인 것처럼 보여 줍니다",
    ),
    lesson=Words(
        "A colour is three numbers, and there are many ways to choose them. "
        "HSV keeps the hue apart from how bright it is, so a shadow changes one number instead of three. "
        "OpenCV stores hue in 0 to 179, for a circle of 360 degrees does not fit into a byte.",
        "색은 세 개의 수이고, 그 수를 정하는 방법은 여러 가지입니다. "
        "HSV는 색상과 밝기를 나누므로 그림자가 져도 세 수가 아니라 한 수만 바뀝니다. "
        "360도는 한 바이트에 들어가지 않아서 OpenCV는 색상을 0~179로 저장합니다.",
    ),
    call="cv2.cvtColor",
    picture="shapes",
    make=make,
    cost_ms=0.73,
    parameters=(
        Choice(
            name="space",
            words=Words("Space", "공간"),
            options=(
                ("hsv", Words("HSV", "HSV")),
                ("hls", Words("HLS", "HLS")),
                ("lab", Words("CIE Lab", "CIE Lab")),
                ("luv", Words("CIE Luv", "CIE Luv")),
                ("ycrcb", Words("YCrCb", "YCrCb")),
                ("xyz", Words("CIE XYZ", "CIE XYZ")),
                ("rgb", Words("RGB", "RGB")),
            ),
        ),
    ),
    takes="colour",
    gives="colour",
)
