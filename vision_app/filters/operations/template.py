"""Template matching."""

from __future__ import annotations

import cv2

from vision_app.filters.held import read_template
from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.parameters import PictureFile, Real
from vision_app.filters.words import Words


def make(picture: str, least: float) -> Apply:
    """Frame the place that is most like the held picture, if it is like enough."""
    held = read_template(picture, cv2.IMREAD_GRAYSCALE)

    def apply(image: Mat) -> Mat:
        height, width = held.shape[:2]
        score = 0.0
        if image.shape[0] >= height and image.shape[1] >= width:
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            scores = cv2.matchTemplate(grey, held, cv2.TM_CCOEFF_NORMED)
            _, score, _, (left, top) = cv2.minMaxLoc(scores)
        image = image.copy()
        if score >= least:
            cv2.rectangle(image, (left, top), (left + width, top + height), (0, 255, 0), 2)
            cv2.putText(image, f"{score:.2f}", (left, top - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 255, 0), 2)
        return image

    return apply


ROW = Operation(
    name="template",
    title=Words("Template matching", "템플릿 매칭"),
    line=Words(
        "Slides a picture you hold over this one and frames where they are most alike",
        "잡아 둔 그림을 이 그림 위로 밀며 가장 비슷한 곳에 테를 두릅니다",
    ),
    lesson=Words(
        "At every place the held picture is compared pixel by pixel; 1 means equal up to brightness and contrast. "
        "It is exact and easy to understand, and it fails as soon as the thing is larger, smaller or turned. "
        "For screens, printed circuits and game bots, where nothing turns, it is often all that is needed.",
        "모든 자리에서 잡아 둔 그림과 픽셀끼리 비교하며, 1은 밝기와 대비만 다르고 같다는 뜻입니다. "
        "정확하고 이해하기 쉽지만, 물건이 커지거나 작아지거나 돌아가면 바로 실패합니다. "
        "화면이나 인쇄 회로처럼 돌아가지 않는 것에는 이것으로 충분할 때가 많습니다.",
    ),
    call="cv2.matchTemplate",
    picture="pattern",
    make=make,
    cost_ms=11.0,
    parameters=(
        PictureFile(name="picture", words=Words("Held picture", "잡아 둔 그림"), needed=True),
        Real(
            name="least",
            words=Words("Least likeness", "최소 유사도"),
            start=0.7,
            low=0.01,
            high=1.0,
            step=0.01,
        ),
    ),
    takes="colour",
    gives="colour",
)
