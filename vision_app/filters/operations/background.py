"""What moves before a background that stands still."""

from __future__ import annotations

import cv2

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import Choice, Real, Switch, Whole
from vision_app.filters.words import Words


def make(method: str, history: int, threshold: float, shadows: bool, show: str) -> Apply:
    """Learn what each pixel usually shows; what differs is in the foreground."""
    if method == "mog2":
        subtractor: cv2.BackgroundSubtractor = cv2.createBackgroundSubtractorMOG2(history, threshold, shadows)
    else:
        subtractor = cv2.createBackgroundSubtractorKNN(history, threshold * 25, shadows)

    def apply(image: Mat) -> Mat:
        mask = subtractor.apply(image)
        return cv2.merge((mask, mask, mask)) if show == "mask" else cv2.bitwise_and(image, image, mask=mask)

    return apply


ROW = Operation(
    name="background",
    title=Words("Background subtraction", "배경 제거"),
    line=Words(
        "Shows what moves in front of a camera that stands still",
        "고정된 카메라 앞에서 움직이는 것만 보여 줍니다",
    ),
    lesson=Words(
        "For every pixel it learns the few colours that it usually has; another colour is foreground. "
        "A person who sits down becomes background after as many frames as the history is long. "
        "The camera must not move, or everything does.",
        "픽셀마다 평소의 색 몇 가지를 배우고, 그와 다른 색이면 전경으로 봅니다. "
        "사람이 가만히 앉아 있으면 기록 길이만큼의 프레임 뒤에는 배경이 됩니다. "
        "카메라가 움직이면 모든 것이 움직인 것으로 보이므로 고정해야 합니다.",
    ),
    call="cv2.createBackgroundSubtractorMOG2",
    picture="moving",
    make=make,
    cost_ms=9.3,
    parameters=(
        Choice(
            name="method",
            words=Words("Method", "방법"),
            options=(
                ("mog2", Words("Mixture of Gaussians", "가우시안 혼합(MOG2)")),
                ("knn", Words("Nearest neighbours", "최근접 이웃(KNN)")),
            ),
        ),
        Whole(
            name="history", words=Words("History in frames", "기록 길이(프레임)"), start=200, low=1, high=5000
        ),
        Real(name="threshold", words=Words("Threshold", "임계값"), start=16.0, low=1.0, high=200.0, step=1.0),
        Switch(name="shadows", words=Words("Shadows in grey", "그림자를 회색으로"), start=True),
        Choice(
            name="show",
            words=Words("Show", "표시"),
            options=(("mask", Words("Mask", "마스크")), ("picture", Words("Picture", "그림"))),
        ),
    ),
    takes="colour",
    gives="colour",
    remembers=True,
)
