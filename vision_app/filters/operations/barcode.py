"""Bar codes."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make() -> Apply:
    """Frame and read EAN-8, EAN-13, UPC-A and UPC-E codes."""
    detector = cv2.barcode.BarcodeDetector()

    def apply(image: Mat) -> Mat:
        _, texts, kinds, corners = detector.detectAndDecodeWithType(image)
        image = image.copy()
        found = [] if corners is None else corners.round().astype(np.int32)
        for text, kind, four in zip(texts, kinds, found, strict=True):
            cv2.polylines(image, [four], True, (0, 255, 0), 3, cv2.LINE_AA)
            place = (int(four[:, 0].min()), int(four[:, 1].max()) + 28)
            cv2.putText(image, f"{kind} {text}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 255, 0), 2)
        return image

    return apply


ROW = Operation(
    name="barcode",
    title=Words("Bar codes", "바코드"),
    line=Words("Finds bar codes of goods and reads them", "상품 바코드를 찾아 읽습니다"),
    lesson=Words(
        "A bar code is read along one line: the widths of bars and gaps spell digits. "
        "The last digit is a sum of the others, so a misread code is noticed. "
        "It needs about two pixels for the thinnest bar: come closer if it is found but not read.",
        "바코드는 한 줄로 읽습니다. 막대와 틈의 너비가 숫자를 나타냅니다. "
        "마지막 숫자는 나머지를 더해 만든 것이라 잘못 읽으면 알 수 있습니다. "
        "가장 가는 막대에 두 픽셀쯤은 필요하므로, 찾았는데 읽지 못하면 더 가까이 대세요.",
    ),
    call="cv2.barcode.BarcodeDetector",
    picture="codes",
    make=make,
    cost_ms=4.0,
    takes="colour",
    gives="colour",
    least_px=64,
)
