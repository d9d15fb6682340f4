"""QR codes."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make() -> Apply:
    """Frame and read QR codes."""
    detector = cv2.QRCodeDetector()

    def apply(image: Mat) -> Mat:
        _, texts, corners, _ = detector.detectAndDecodeMulti(image)
        image = image.copy()
        for text, four in zip(
            texts, [] if corners is None else corners.round().astype(np.int32), strict=True
        ):
            cv2.polylines(image, [four], True, (0, 255, 0), 3, cv2.LINE_AA)
            place = (int(four[:, 0].min()), int(four[:, 1].max()) + 28)
            cv2.putText(image, text, place, (0, 255, 0), cv2.FontFace("uni"), 24)
        return image

    return apply


ROW = Operation(
    name="qr",
    title=Words("QR codes", "QR 코드"),
    line=Words("Finds QR codes and reads them", "QR 코드를 찾아 읽습니다"),
    lesson=Words(
        "The three large squares tell a camera where a QR code is and how it is turned. "
        "The rest is bits with so many spares that up to a third of them may be dirty. "
        "Nothing is opened or sent: the text is only written below the code.",
        "세 개의 큰 네모가 QR 코드의 위치와 방향을 카메라에 알려 줍니다. "
        "나머지는 비트인데, 여분이 많아 최대 3분의 1이 더러워져도 읽을 수 있습니다. "
        "아무것도 열거나 보내지 않고, 읽은 글을 코드 아래에 적기만 합니다.",
    ),
    call="cv2.QRCodeDetector",
    picture="codes",
    make=make,
    cost_ms=31.0,
    takes="colour",
    gives="colour",
    least_px=32,
)
