"""Dense optical flow."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real
from vision_app.filters.words import Words


def make(speed: str, full: float) -> Apply:
    """How far and where to every pixel has moved: the direction as hue, the distance as brightness."""
    preset = {
        "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
        "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
        "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
    }[speed]
    dis = cv2.DISOpticalFlow.create(preset)
    previous: Mat | None = None

    def apply(image: Mat) -> Mat:
        nonlocal previous
        if previous is None:
            previous = image
        flow = dis.calc(previous, image, None)  # type: ignore[call-overload]
        previous = image
        length, angle = cv2.cartToPolar(flow[..., 0], flow[..., 1], angleInDegrees=True)
        hue = (angle / 2).astype(np.uint8)
        value = cv2.convertScaleAbs(length, alpha=255 / full)
        return cv2.cvtColor(cv2.merge((hue, np.full_like(hue, 255), value)), cv2.COLOR_HSV2BGR)

    return apply


ROW = Operation(
    name="flow_dense",
    title=Words("Optical flow, dense", "광류(조밀)"),
    line=Words(
        "The motion of every pixel: direction as hue, speed as brightness",
        "모든 픽셀의 움직임을 방향은 색상으로, 빠르기는 밝기로 나타냅니다",
    ),
    lesson=Words(
        "Every pixel gets an arrow, drawn as a colour: red to the right, cyan to the left. "
        "Even walls have nothing to hold on to, so their motion is guessed from the rim. "
        "Dense inverse search does in milliseconds what took seconds ten years ago.",
        "모든 픽셀에 화살표가 하나씩 생기고 색으로 그려집니다. 오른쪽은 빨강, 왼쪽은 청록입니다. "
        "고른 벽에는 붙잡을 것이 없어 움직임을 가장자리에서 짐작합니다. "
        "DIS 방법은 십 년 전에 몇 초 걸리던 일을 몇 밀리초에 해냅니다.",
    ),
    call="cv2.DISOpticalFlow_create",
    picture="moving",
    make=make,
    cost_ms=12.0,
    parameters=(
        Choice(
            name="speed",
            words=Words("Speed", "속도"),
            options=(
                ("ultrafast", Words("Ultra fast", "가장 빠름")),
                ("fast", Words("Fast", "빠름")),
                ("medium", Words("Medium", "보통")),
            ),
        ),
        Real(
            name="full",
            words=Words("Full brightness at", "최대 밝기가 되는 움직임"),
            unit="px",
            start=16.0,
            low=0.5,
            high=200.0,
            step=0.5,
        ),
    ),
    takes="grey",
    gives="colour",
    remembers=True,
    least_px=32,  # OpenCV 5.0 crashes below: patches of 8 pixels at a quarter of the size
)
