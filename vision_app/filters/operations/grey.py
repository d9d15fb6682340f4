"""Grey."""

from __future__ import annotations

from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.words import Words


def make() -> Apply:
    """What takes grey pictures gets them grey: nothing else is left to do."""

    def apply(image: Mat) -> Mat:
        return image

    return apply


ROW = Operation(
    name="grey",
    title=Words("Grey", "회색조"),
    line=Words("One brightness a pixel, no colour", "색을 버리고 픽셀마다 밝기 하나만 남깁니다"),
    lesson=Words(
        "Grey is a weighted sum of the colours: 0.299 red, 0.587 green, 0.114 blue, as the eye weighs them. "
        "Edges, thresholds and corners need only brightness, and a third of the numbers. "
        "Two colours that are equally bright become one: try red on green.",
        "회색조는 눈의 감도에 맞춘 가중합입니다(빨강 0.299, 초록 0.587, 파랑 0.114). "
        "에지, 임계값, 코너는 밝기만 있으면 되고 수도 3분의 1로 줄어듭니다. "
        "밝기가 같은 두 색은 구별되지 않습니다. 초록 위의 빨강으로 확인해 보세요.",
    ),
    call="cv2.cvtColor",
    picture="shapes",
    make=make,
    cost_ms=0.18,
    takes="grey",
    gives="grey",
)
