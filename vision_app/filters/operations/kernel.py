"""A kernel of one's own."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Matrix, Whole
from vision_app.filters.words import Words


def make(numbers: tuple[tuple[float, ...], ...], offset: int) -> Apply:
    """The sum of the neighbours, each times its number."""
    kernel = np.array(numbers, np.float32)

    def apply(image: Mat) -> Mat:
        return cv2.filter2D(image, -1, kernel, delta=offset)

    return apply


def weights(
    numbers: tuple[tuple[float, ...], ...], offset: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The numbers themselves."""
    return np.array(numbers, np.float64)


ROW = Operation(
    name="kernel",
    title=Words("Own kernel", "직접 만든 커널"),
    line=Words(
        "The sum of the neighbours, each times a number of yours", "이웃마다 정한 수를 곱해 모두 더합니다"
    ),
    lesson=Words(
        "Lay the table of numbers over a pixel, multiply pair by pair, add up: that is the new pixel. "
        "Blur, sharpen, edges and relief differ in the numbers alone. "
        "A convolutional network does the same with numbers that nobody typed in: they are learnt from examples.",
        "수로 된 표를 픽셀 위에 겹쳐 짝끼리 곱하고 모두 더하면 새 픽셀이 됩니다. "
        "흐림, 선명하게, 에지, 돋을새김은 표의 수만 다릅니다. "
        "합성곱 신경망도 같은 일을 하되, 표의 수를 사람이 적지 않고 예시에서 배웁니다.",
    ),
    call="cv2.filter2D",
    picture="shapes",
    make=make,
    cost_ms=0.71,
    parameters=(
        Matrix(
            name="numbers",
            words=Words("Numbers", "수"),
            start=((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0)),
        ),
        Whole(name="offset", words=Words("Added", "더하는 값"), start=0, low=-255, high=255),
    ),
    kernel=weights,
)
