"""The histogram, drawn over the picture."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make() -> Apply:
    """A curve a channel, as high as half the picture."""

    def apply(image: Mat) -> Mat:
        height, width = image.shape[:2]
        colours = [(255, 128, 128), (128, 255, 128), (128, 128, 255)]
        if image.ndim == 2:
            colours = [(255, 255, 255)]
        curves = []
        for channel in range(len(colours)):
            counts = cv2.calcHist([image], [channel], None, [256], [0, 256]).ravel()
            heights = counts / counts.max() * (height - 1) / 2
            curves.append(np.stack((np.arange(256) * (width - 1) / 255, height - 1 - heights), 1).round())
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        image = cv2.addWeighted(image, 0.6, image, 0, 0)
        for curve, colour in zip(curves, colours, strict=True):
            cv2.polylines(image, [curve.astype(np.int32)], False, colour, 2, cv2.LINE_AA)
        return image

    return apply


ROW = Operation(
    name="histogram",
    title=Words("Histogram", "히스토그램"),
    line=Words(
        "How many pixels have each value, from dark to bright",
        "값마다 픽셀이 몇 개인지 어두운 쪽부터 보여 줍니다",
    ),
    lesson=Words(
        "A histogram counts how often each of the 256 values occurs and forgets where. "
        "Two hills mean that a threshold between them parts the picture; a spike at either end means lost light. "
        "Put it behind brightness, gamma or CLAHE and see what each does to the hills.",
        "히스토그램은 256개 값이 몇 번 나오는지 세고 위치는 잊습니다. "
        "언덕이 둘이면 그 사이의 임계값으로 그림을 나눌 수 있고, 양 끝이 솟으면 빛이 잘려 나간 것입니다. "
        "밝기, 감마, CLAHE 뒤에 놓고 언덕이 어떻게 바뀌는지 보세요.",
    ),
    call="cv2.calcHist",
    picture="dark",
    make=make,
    cost_ms=1.7,
    gives="colour",
)
