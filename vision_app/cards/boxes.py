"""How the boxes of a detector are written in its outputs: the fields of a card's `output` that say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from vision_app.cards.reader import Reader, is_number
from vision_app.messages import Message

BoxForm = Literal["xyxy", "yxyx", "cxcywh", "xywh"]
BoxUnit = Literal["pixel", "share"]
BackgroundColumn = Literal["none", "first", "last"]

# Source: ultralytics/yolov5 models/yolov5s.yaml; WongKinYiu/yolov7 cfg/deploy/yolov7.yaml; AlexeyAB/darknet
# cfg/yolov3.cfg and cfg/yolov4-tiny.cfg: width and height of the anchors of each stride, pixels
ANCHORS: dict[str, tuple[tuple[float, ...], ...]] = {
    "yolov5": ((10, 13, 16, 30, 33, 23), (30, 61, 62, 45, 59, 119), (116, 90, 156, 198, 373, 326)),
    "yolov7": ((12, 16, 19, 36, 40, 28), (36, 75, 76, 55, 72, 146), (142, 110, 192, 243, 459, 401)),
    "yolov7-tiny": ((10, 13, 16, 30, 33, 23), (30, 61, 62, 45, 59, 119), (116, 90, 156, 198, 373, 326)),
    "yolov3": ((10, 13, 16, 30, 33, 23), (30, 61, 62, 45, 59, 119), (116, 90, 156, 198, 373, 326)),
    # Source: Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB vision/ssd/config/fd_config.py; opencv/opencv_zoo
    # models/face_detection_yunet of 2021: sides of the square priors of each stride, pixels
    "faces": ((10, 16, 24), (32, 48), (64, 96), (128, 192, 256)),
}
"""Lists of anchors and priors that many files share."""


@dataclass(frozen=True, slots=True)
class BoxSpec:
    """How boxes and their scores are written.

    Attributes:
        form: what the four numbers of a box are: corners (`xyxy`, `yxyx`), centre and size, or corner and size.
        unit: pixels of the input tensor, or shares of its sides.
        background_column: which column of the class scores stands for nothing.
        first_class: number that the file gives to the first class.
        strides: cells of a grid, pixels, one a scale; empty for what the layout usually has.
        priors: sizes of the anchors of each stride, pixels; or the name of a list of `ANCHORS`.
        variances: factors of an SSD's offsets and sizes.
        cell_centre: where in its cell a place lies, as a share of the cell.
        columns: what the numbers of a row are, for rows of which the file has removed the duplicates.
        suppress: whether duplicates are still to be removed; None for what the layout usually has.
    """

    form: BoxForm = "xyxy"
    unit: BoxUnit = "pixel"
    background_column: BackgroundColumn = "none"
    first_class: int = 0
    strides: tuple[int, ...] = ()
    priors: str | tuple[tuple[float, ...], ...] = ()
    variances: tuple[float, float] = (0.1, 0.2)
    cell_centre: float = 0.5
    columns: str = ""
    suppress: bool | None = None

    @property
    def anchors(self) -> tuple[tuple[float, ...], ...]:
        """The sizes of the anchors, by name or as they are."""
        return ANCHORS[self.priors] if isinstance(self.priors, str) else self.priors


COLUMNS = ("batch", "x1", "y1", "x2", "y2", "cx", "cy", "w", "h", "score", "class", "objectness", "-")
"""What a number of a row can be; "-" is one that says nothing."""


def parse_boxes(r: Reader | None) -> BoxSpec:
    """The section `output.boxes` of a card.

    Raises:
        ModelError: naming the field.
    """
    if r is None:
        return BoxSpec()
    default = BoxSpec()
    spec = BoxSpec(
        form=r.choice("form", get_args(BoxForm), default.form),
        unit=r.choice("unit", get_args(BoxUnit), default.unit),
        background_column=r.choice(
            "background_column", get_args(BackgroundColumn), default.background_column
        ),
        first_class=r.whole("first_class", 0, 1, 0),
        strides=tuple(r.take("strides", Message("a list of whole numbers of pixels"), _are_strides, [])),
        priors=_priors(
            r.take(
                "priors",
                Message("lists of sizes, or one of {anchors}", anchors=", ".join(ANCHORS)),
                _are_priors,
                [],
            )
        ),
        variances=_pair(r.take("variances", Message("two numbers above 0"), _are_variances, [0.1, 0.2])),
        cell_centre=r.number("cell_centre", 0.0, 1.0, default.cell_centre),
        columns=r.take(
            "columns", Message("names out of {columns}", columns=", ".join(COLUMNS)), _are_columns, ""
        ),
        suppress=r.take("suppress", Message("true or false"), lambda v: isinstance(v, bool), None),
    )
    r.finish(tuple(BoxSpec.__dataclass_fields__))
    return spec


def _are_strides(v: Any) -> bool:
    return isinstance(v, list) and len(v) <= 8 and all(type(s) is int and 1 <= s <= 1024 for s in v)


def _are_priors(v: Any) -> bool:
    if isinstance(v, str):
        return v in ANCHORS
    return (
        isinstance(v, list)
        and len(v) <= 8
        and all(
            isinstance(row, list) and 1 <= len(row) <= 32 and all(is_number(x) and 0 < x <= 1e5 for x in row)
            for row in v
        )
    )


def _priors(v: Any) -> str | tuple[tuple[float, ...], ...]:
    return v if isinstance(v, str) else tuple(tuple(float(x) for x in row) for row in v)


def _are_variances(v: Any) -> bool:
    return isinstance(v, list) and len(v) == 2 and all(is_number(x) and 0 < x <= 10 for x in v)


def _pair(v: list[float]) -> tuple[float, float]:
    return float(v[0]), float(v[1])


def _are_columns(v: Any) -> bool:
    return isinstance(v, str) and len(v.split()) <= 64 and all(c in COLUMNS for c in v.split())


def boxes_as_data(spec: BoxSpec) -> dict[str, Any]:
    """The section as `parse_boxes` reads it back: what differs from what a file usually has."""
    default = BoxSpec()
    return {
        name: value
        for name in BoxSpec.__dataclass_fields__
        if (value := getattr(spec, name)) != getattr(default, name)
    }
