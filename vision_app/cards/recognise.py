"""What kind of network a file holds, by the shapes and values that it gives for one picture.

A file that says nothing of itself is run once. Exact counts of cells come before every rule of thumb; where more
than one reading fits, none is taken: the readings are what the user is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.boxes import ANCHORS
from vision_app.cards.recipes import RECIPE_FIELDS

Arrays = Mapping[str, NDArray[Any]]
_STRIDES = (8, 16, 32)
_SCALES = (_STRIDES, (8, 16, 32, 64))
_MOST_QUERIES = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the outputs of a file.

    Attributes:
        task: a task.
        layout: the card's output.layout.
        classes: number of classes.
        output: further fields of the card's `output`.
        boxes: fields of the card's `output.boxes`.
        outputs: what the task calls an output, to its name in the file.
        input: fields of the card's `input` that files of this kind mostly have.
        keypoints: number of keypoints; 0 for none.
        family: what files of this kind are called.
        open: fields that nothing in the file tells.
    """

    task: str
    layout: str
    classes: int
    output: Mapping[str, Any] = field(default_factory=dict)
    boxes: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    input: Mapping[str, Any] = field(default_factory=dict)
    keypoints: int = 0
    family: str = "unknown"
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file gave for one picture.

    Attributes:
        outputs: the tensors by name.
        size_hw: height and width of the input tensor, pixels.
    """

    outputs: Arrays
    size_hw: tuple[int, int]

    def cells(
        self, strides: tuple[int, ...], each: int = 1, whole: Callable[[float], int] = math.ceil
    ) -> int:
        """How many places grids of these strides have."""
        return sum(each * whole(self.size_hw[0] / s) * whole(self.size_hw[1] / s) for s in strides)

    @property
    def only(self) -> tuple[str, NDArray[Any]] | None:
        """Name and tensor of the one output that there is."""
        return next(iter(self.outputs.items())) if len(self.outputs) == 1 else None


def readings(seen: Seen) -> list[Reading]:
    """All ways to read what a file gave; none for one that is not known."""
    for rule in _SEVERAL:  # from the most to the least particular
        if found := list(rule(seen)):
            return found
    for rules in (_SINGLE, _PIXELS):
        if found := [reading for rule in rules for reading in rule(seen)]:
            return found
    return []


# what values look like --------------------------------------------------------------------------------------


def _are_scores(values: NDArray[Any]) -> bool:
    return bool(values.size) and float(values.min()) >= -1e-4 and float(values.max()) <= 1 + 1e-3


def _are_whole(values: NDArray[Any]) -> bool:
    return bool(np.all(values == np.round(values)))


def _activation(values: NDArray[Any], axis: int) -> str:
    """What is still to be done to class scores."""
    if not _are_scores(values):
        return "sigmoid"
    return "none"


def _rank3(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """(N, V) of (1, N, V), or of (N, V)."""
    if len(shape) == 3 and shape[0] == 1:
        return shape[1], shape[2]
    return (shape[0], shape[1]) if len(shape) == 2 else None


def _table(array: NDArray[Any]) -> NDArray[Any] | None:
    """The tensor as rows and columns; None for one that is no table."""
    if array.ndim == 4 and array.shape[0] == 1 and 1 in array.shape[1:3]:
        array = array.reshape(array.shape[1] * array.shape[2], array.shape[3])
    elif array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    return array if array.ndim == 2 else None


# files with several outputs ---------------------------------------------------------------------------------


def _final_tensors(seen: Seen) -> Iterator[Reading]:
    """Boxes, scores and classes of which duplicates are gone."""
    flat = {n: a for n, a in seen.outputs.items() if len([d for d in a.shape if d != 1]) <= 1}
    tables = {n: t for n, a in seen.outputs.items() if (t := _table(a)) is not None and t.shape[1] == 4}
    for box_name, boxes in tables.items():
        k = len(boxes)
        lists = {n: a.reshape(-1) for n, a in flat.items() if a.size == k and n != box_name}
        classes = [n for n, a in lists.items() if _names_classes(n) or (a.dtype.kind in "iu")]
        scores = [
            n for n, a in lists.items() if n not in classes and (_are_scores(a) or "score" in n.lower())
        ]
        if len(classes) != 1 or len(scores) != 1:
            continue
        counts = [n for n, a in flat.items() if a.size == 1 and n not in (classes[0], scores[0], box_name)]
        of_tensorflow = box_name.lower().startswith("detection")
        highest = float(np.abs(boxes).max()) if boxes.size else 0.0
        outputs = {"boxes": box_name, "scores": scores[0], "classes": classes[0]}
        if len(counts) == 1:
            outputs["count"] = counts[0]
        yield Reading(
            "detect",
            "final-tensors",
            80,
            boxes={
                "form": "yxyx" if of_tensorflow else "xyxy",
                "unit": "share" if highest <= 2 else "pixel",
                "first_class": int(of_tensorflow),
            },
            outputs=outputs,
            input={"resize": "squash"},
            family="end-to-end detector",
        )


def _names_classes(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in ("class", "label")) and "score" not in lower


def _pairs(seen: Seen) -> Iterator[Reading]:
    """A tensor of boxes and one of class scores, a row a place."""
    tables = {n: t for n, a in seen.outputs.items() if (t := _table(a)) is not None}
    for box_name, table in tables.items():
        boxes = table.T if table.shape[1] != 4 and table.shape[0] == 4 else table
        if boxes.shape[1] != 4 or len(boxes) < 2:
            continue
        for score_name, scores in tables.items():
            if score_name == box_name:
                continue
            values = scores if len(scores) == len(boxes) else scores.T
            if len(values) == len(boxes):
                yield from _pair(seen, (box_name, boxes), (score_name, values))


_FACE_PRIORS = {"priors": "faces", "strides": [8, 16, 32, 64], "background_column": "first"}


def _pair(seen: Seen, box: tuple[str, NDArray[Any]], score: tuple[str, NDArray[Any]]) -> Iterator[Reading]:
    (box_name, boxes), (score_name, scores) = box, score
    outputs = {"boxes": box_name, "scores": score_name}
    columns = scores.shape[1]
    with_nothing = columns > 1 and _are_scores(scores) and bool(np.allclose(scores.sum(axis=1), 1, atol=1e-2))
    faces = len(boxes) in (_prior_count(seen, math.ceil), _prior_count(seen, math.floor))
    written = written_as(boxes, seen.size_hw)
    face_input = {"scale": 1 / 128, "mean": [127 / 128] * 3, "resize": "squash"}
    if faces and columns == 2:
        common: dict[str, Any] = {
            "output": {"conf": 0.5, "iou": 0.3},
            "input": face_input,
            "outputs": outputs,
            "family": "face detector",
        }
        if written is None or written[1] != "share" or written[0] != "xyxy":
            yield Reading("detect", "ssd", 1, boxes=_FACE_PRIORS, **common)
        else:
            of_shares = {"form": "xyxy", "unit": "share", "background_column": "first"}
            yield Reading("detect", "boxes-scores", 1, boxes=of_shares, **common)
        return
    if written is None:
        return
    queries = len(boxes) <= _MOST_QUERIES and written[1] == "share" and written[0] == "cxcywh"
    background = "none" if not with_nothing else ("last" if queries else "first")
    classes = columns - (background != "none")
    boxes_of: dict[str, Any] = {
        "form": written[0],
        "unit": written[1],
        "background_column": background,
    }
    if queries:
        boxes_of["suppress"] = False
    activation = "none" if _are_scores(scores) else "sigmoid"
    open_ = ("output.activation",) if activation == "sigmoid" and queries and columns in (91, 92) else ()
    how: dict[str, Any] = (
        {"resize": "squash"} if queries or written[1] == "share" else {"resize": "letterbox-centre"}
    )
    if queries:
        how |= {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    yield Reading(
        "detect",
        "boxes-scores",
        classes,
        output={"activation": activation},
        boxes=boxes_of,
        outputs=outputs,
        input=how,
        family="DETR" if queries else "detector",
        open=open_,
    )


def _prior_count(seen: Seen, whole: Callable[[float], int]) -> int:
    return sum(
        len(sides) * whole(seen.size_hw[0] / s) * whole(seen.size_hw[1] / s)
        for s, sides in zip((8, 16, 32, 64), ANCHORS["faces"], strict=True)
    )


def written_as(boxes: NDArray[Any], size_hw: tuple[int, int]) -> tuple[str, str] | None:
    """Form and unit of (N, 4) boxes by their values; None for numbers that are no boxes.

    >>> written_as(np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.6, 0.9]]), (240, 320))
    ('xyxy', 'share')
    """
    if not boxes.size or not np.isfinite(boxes).all():
        return None
    values = boxes.astype(np.float64)
    height, width = size_hw
    unit = "share" if float(np.quantile(np.abs(values), 0.99)) <= 1.5 else "pixel"
    side = np.array([width, height, width, height]) if unit == "pixel" else np.ones(4)
    shares = values / side
    slack = 0.02
    ordered = float(np.mean((shares[:, 2] >= shares[:, 0] - 1e-6) & (shares[:, 3] >= shares[:, 1] - 1e-6)))
    centres = float(np.mean((shares[:, :2] > -slack) & (shares[:, :2] < 1 + slack)))
    positive = float(np.mean(shares[:, 2:] >= 0))
    if unit == "pixel" and float(np.quantile(np.abs(values), 0.5)) < 2:
        return None
    if ordered > 0.98 and _within(shares):
        return "xyxy", unit
    if centres > 0.98 and positive > 0.98:
        return "cxcywh", unit
    return None


def _within(shares: NDArray[Any]) -> bool:
    return float(np.mean((shares > -0.6) & (shares < 1.6))) > 0.95


def _by_cells(
    seen: Seen, strides: tuple[int, ...], each: int = 1
) -> dict[int, list[tuple[str, NDArray[Any]]]]:
    """Outputs by the scale whose number of cells they have: (1, n, v), (n, v), (1, v, h, w) or (1, h, w, v)."""
    of_scale: dict[int, list[tuple[str, NDArray[Any]]]] = {i: [] for i in range(len(strides))}
    for name, array in seen.outputs.items():
        for i, stride in enumerate(strides):
            rows, columns = math.ceil(seen.size_hw[0] / stride), math.ceil(seen.size_hw[1] / stride)
            n = each * rows * columns
            table = _table(array)
            if table is not None and len(table) == n:
                of_scale[i].append((name, table))
            elif array.ndim == 4 and array.shape[0] == 1 and array.shape[2:] == (rows, columns):
                of_scale[i].append((name, array[0].reshape(array.shape[1], -1).T))
    return of_scale


def _scales(
    seen: Seen, kinds: int, each: int = 1
) -> tuple[tuple[int, ...], dict[int, list[tuple[str, NDArray[Any]]]]] | None:
    """Strides of a file that gives so many tensors for each of them."""
    for strides in reversed(_SCALES):
        found = _by_cells(seen, strides, each)
        if all(len(found[i]) == kinds for i in found) and len(seen.outputs) == kinds * len(strides):
            return strides, found
    return None


def _distributions(seen: Seen) -> Iterator[Reading]:
    """NanoDet and PicoDet: class scores and distributions of distances, a scale each."""
    found = _scales(seen, 2)
    if found is None:
        return
    strides, of_scale = found
    widths = [sorted({t.shape[1] for _, t in tensors}) for tensors in of_scale.values()]
    if any(w != widths[0] for w in widths) or len(widths[0]) != 2:
        return
    bins = [w for w in widths[0] if w % 4 == 0 and 8 <= w <= 128]
    for width in bins:
        classes = next(w for w in widths[0] if w != width)
        if len(bins) > 1 and not _named(of_scale, width):
            continue
        outputs: dict[str, str] = {}
        for i, tensors in of_scale.items():
            for name, table in tensors:
                kind = "boxes" if table.shape[1] == width else "scores"
                outputs["boxes" if (kind, i) == ("boxes", 0) else f"{kind}_{i}"] = name
        scores = np.concatenate(
            [t.ravel() for ts in of_scale.values() for _, t in ts if t.shape[1] == classes]
        )
        yield _nanodet(classes, strides, outputs, "none" if _are_scores(scores) else "sigmoid")
        return


def _named(of_scale: dict[int, list[tuple[str, NDArray[Any]]]], width: int) -> bool:
    names = [n.lower() for ts in of_scale.values() for n, t in ts if t.shape[1] == width]
    return all(any(w in n for w in ("dis", "bbox", "box", "reg")) for n in names)


def _nanodet(classes: int, strides: tuple[int, ...], outputs: dict[str, str], activation: str) -> Reading:
    return Reading(
        "detect",
        "gfl",
        classes,
        output={"activation": activation, "iou": 0.6},
        boxes={"strides": list(strides)} | ({"cell_centre": 0.0} if len(strides) == 4 else {}),
        outputs=outputs,
        # Source: RangiLyu/nanodet config/*.yml; trained on squashed pictures in the order of OpenCV
        input={
            "colour": "BGR",
            "scale": 1.0,
            "mean": [103.53, 116.28, 123.675],
            "std": [57.375, 57.12, 58.395],
            "resize": "squash",
        },
        family="NanoDet",
    )


def _faces_by_distance(seen: Seen) -> Iterator[Reading]:
    """SCRFD: scores, distances, perhaps five marks; two anchors a cell."""
    for kinds in (3, 2):
        found = _scales(seen, kinds, each=2)
        if found is None:
            continue
        strides, of_scale = found
        outputs: dict[str, str] = {}
        for i, tensors in of_scale.items():
            for name, table in tensors:
                kind = {1: "scores", 4: "boxes", 10: "marks"}.get(table.shape[1], "")
                outputs["boxes" if (kind, i) == ("boxes", 0) else f"{kind}_{i}"] = name
        if len(outputs) == len(seen.outputs) and "_0" not in outputs:
            yield _faces(
                "scrfd",
                strides,
                outputs,
                5 if kinds == 3 else 0,
                {"mean": [127.5 / 128] * 3, "scale": 1 / 128},
            )


def _faces_in_cells(seen: Seen) -> Iterator[Reading]:
    """YuNet of 2023: class, object, box and marks a scale."""
    found = _scales(seen, 4)
    if found is None:
        return
    strides, of_scale = found
    outputs: dict[str, str] = {}
    for i, tensors in of_scale.items():
        for name, table in tensors:
            kind = {4: "boxes", 10: "marks"}.get(table.shape[1], "")
            if table.shape[1] == 1:
                kind = "objects" if "obj" in name.lower() else "scores"
            outputs["boxes" if (kind, i) == ("boxes", 0) else f"{kind}_{i}"] = name
    if len(outputs) == len(seen.outputs):
        yield _faces("yunet", strides, outputs, 5, {"colour": "BGR", "scale": 1.0})


def _old_yunet(seen: Seen) -> Iterator[Reading]:
    """YuNet of 2021: offsets with marks, scores, overlaps."""
    tables = {n: t for n, a in seen.outputs.items() if (t := _table(a)) is not None}
    by_width = {t.shape[1]: n for n, t in tables.items()}
    if len(tables) != 3 or set(by_width) != {14, 2, 1}:
        return
    if len(tables[by_width[14]]) in (_prior_count(seen, math.ceil), _prior_count(seen, math.floor)):
        outputs = {"boxes": by_width[14], "scores": by_width[2], "overlap": by_width[1]}
        reading = _faces("ssd", (), outputs, 5, {"colour": "BGR", "scale": 1.0})
        yield Reading(**{**_fields(reading), "boxes": _FACE_PRIORS})


def _fields(reading: Reading) -> dict[str, Any]:
    return {name: getattr(reading, name) for name in Reading.__dataclass_fields__}


def _faces(
    layout: str, strides: tuple[int, ...], outputs: dict[str, str], marks: int, how: Mapping[str, Any]
) -> Reading:
    return Reading(
        "pose" if marks else "detect",
        layout,
        1,
        output={"conf": 0.5, "iou": 0.3},
        boxes={"strides": list(strides)} if strides else {},
        outputs=outputs,
        input={"resize": "letterbox-topleft", **how},
        keypoints=marks,
        family="face detector",
    )


def _raw_heads(seen: Seen) -> Iterator[Reading]:
    """YOLOv3 to v7 without their last layer: a tensor a scale, with anchors that the file no longer holds."""
    heads: dict[int, tuple[str, int]] = {}
    for name, array in seen.outputs.items():
        for i, stride in enumerate(_STRIDES):
            rows, columns = seen.size_hw[0] // stride, seen.size_hw[1] // stride
            if array.ndim == 5 and array.shape[1:4] == (3, rows, columns):
                heads[i] = (name, array.shape[4])
            elif array.ndim == 4 and array.shape[2:] == (rows, columns) and array.shape[1] % 3 == 0:
                heads[i] = (name, array.shape[1] // 3)
    values = {v for _, v in heads.values()}
    if (
        len(heads) != len(_STRIDES)
        or len(seen.outputs) != len(_STRIDES)
        or len(values) != 1
        or min(values) < 6
    ):
        return
    outputs = {"boxes" if i == 0 else f"boxes_{i}": heads[i][0] for i in sorted(heads)}
    yield Reading(
        "detect",
        "yolo-anchors",
        values.pop() - 5,
        outputs=outputs,
        input={"resize": "letterbox-centre"},
        family="YOLO with anchors",
        open=("output.boxes.priors",),
    )


def _peaks(seen: Seen) -> Iterator[Reading]:
    """CenterNet: a heat map, sizes, perhaps offsets."""
    maps = {n: a for n, a in seen.outputs.items() if a.ndim == 4 and a.shape[0] == 1}
    if (
        len(maps) != len(seen.outputs)
        or len(maps) not in (2, 3)
        or len({a.shape[2:] for a in maps.values()}) != 1
    ):
        return
    pairs = [n for n, a in maps.items() if a.shape[1] == 2]
    heat = [n for n in maps if n not in pairs]
    if len(heat) != 1 or len(pairs) != len(maps) - 1:
        return
    sizes = next((n for n in pairs if any(w in n.lower() for w in ("wh", "size"))), pairs[0])
    outputs = {"boxes": heat[0], "sizes": sizes}
    rest = [n for n in pairs if n != sizes]
    if rest:
        outputs["offsets"] = rest[0]
    activation = "none" if _are_scores(maps[heat[0]]) else "sigmoid"
    yield Reading(
        "detect",
        "centernet",
        maps[heat[0]].shape[1],
        output={"activation": activation},
        outputs=outputs,
        input={
            "colour": "BGR",
            "mean": [0.408, 0.447, 0.47],
            "std": [0.289, 0.274, 0.278],
            "resize": "letterbox-centre",
        },
        family="CenterNet",
    )


# files with one output --------------------------------------------------------------------------------------


def _single_table(seen: Seen) -> Iterator[Reading]:
    """One table of boxes: by the number of its rows, then by its values."""
    if seen.only is None or seen.only[1].ndim not in (2, 3):
        return
    shape = _rank3(seen.only[1].shape)
    table = _table(seen.only[1])
    if shape is None or table is None or table.shape != shape:
        return
    exact = list(_exact(seen, table))
    if exact or _single_scale(seen, shape[0]) or _single_scale(seen, shape[1]):
        yield from exact
        return
    yield from _few_rows(seen, table)


def _single_scale(seen: Seen, count: int) -> bool:
    """Whether a number of rows is that of the cells of one grid: a head, whose decoding only its author knows."""
    return any(
        count == (seen.size_hw[0] // s) * (seen.size_hw[1] // s) and count > 16 for s in (4, 8, 16, 32)
    )


def _exact(seen: Seen, table: NDArray[Any]) -> Iterator[Reading]:
    """Rows or columns as many as there are cells."""
    n, width = table.shape
    for strides in _SCALES:
        cells = seen.cells(strides, whole=math.floor)
        if width == cells and n > 4:
            yield _yolo("yolo-v8", n - 4)
            return
        if n == 3 * cells and width > 5:
            yield _yolo("yolo-v5", width - 5)
            return
        if n == cells and width > 4:
            yield from _rows_of_cells(table, seen, strides)
            return


def _rows_of_cells(table: NDArray[Any], seen: Seen, strides: tuple[int, ...]) -> Iterator[Reading]:
    """A row a cell: raw or decoded, with or without objectness; what its values allow."""
    width = table.shape[1]
    if (
        strides == _SCALES[1]
        and width > 36
        and _are_scores(table[:, : width - 32])
        and not _are_scores(table[:, width - 32 :])
    ):
        yield _nanodet(width - 32, strides, {}, "none")
        return
    decoded = written_as(table[:, :4], seen.size_hw) == ("cxcywh", "pixel")
    objectness = table[:, 4]
    if width > 5 and bool(np.all(objectness == 1)):
        yield _yolo("yolo-v5", width - 5, family="YOLOv6")
    elif not decoded and width > 5 and _are_scores(table[:, 4:]):
        yield _yolo("yolox", width - 5, family="YOLOX")
    elif decoded and width == 84:
        yield _yolo("yolo-v8-rows", 80)
    elif decoded and width == 85:
        yield _yolo("yolo-v5", 80)
    elif decoded and _are_scores(table[:, 4:]):
        if width > 5:
            yield _yolo("yolo-v5", width - 5)
        yield _yolo("yolo-v8-rows", width - 4)


def _yolo(layout: str, classes: int, family: str = "YOLO") -> Reading:
    of_yolox = layout == "yolox"
    return Reading(
        "detect",
        layout,
        classes,
        input={
            "colour": "BGR" if of_yolox else "RGB",
            "scale": 1.0 if of_yolox else 1 / 255,
            "resize": "letterbox-topleft" if of_yolox else "letterbox-centre",
        },
        family=family,
    )


def _few_rows(seen: Seen, table: NDArray[Any]) -> Iterator[Reading]:
    """At most a thousand rows: duplicates are gone, or each is a query."""
    n, width = table.shape
    if n > _MOST_QUERIES:
        return
    if width == 7:
        yield from _final_rows(table, "batch x1 y1 x2 y2")
    elif width == 6 and _is_end_to_end(table, seen):
        yield _yolo("yolo-end2end", 80)
    elif width == 6:
        yield from _final_rows(table, "x1 y1 x2 y2")
    elif (
        width > 6
        and n >= 50
        and _are_scores(table[:, 4:])
        and written_as(table[:, :4], seen.size_hw) == ("cxcywh", "share")
    ):
        yield Reading("detect", "rtdetr", width - 4, input={"resize": "squash"}, family="RT-DETR")


def _is_end_to_end(table: NDArray[Any], seen: Seen) -> bool:
    if not len(table):
        return False
    whole = _are_whole(table[:, 5]) and _are_scores(table[:, 4]) and float(table[:, 5].min()) >= 0
    return whole and not (_are_whole(table[:, 4]) and float(table[:, 4].max()) > 1)


def _final_rows(table: NDArray[Any], corners: str) -> Iterator[Reading]:
    first = table.shape[1] - 2
    orders = {"class score": (first, first + 1), "score class": (first + 1, first)}
    for order, (class_at, score_at) in orders.items():
        fits = not len(table) or (_are_whole(table[:, class_at]) and _are_scores(table[:, score_at]))
        if fits:
            yield Reading(
                "detect",
                "final-rows",
                80,
                boxes={"columns": f"{corners} {order}"},
                input={"resize": "letterbox-centre"},
                family="end-to-end detector",
            )


def _map_of_boxes(seen: Seen) -> Iterator[Reading]:
    """FastestDet: one grid of objectness, box and class scores."""
    if seen.only is None or seen.only[1].ndim != 4 or seen.only[1].shape[0] != 1:
        return
    maps = seen.only[1][0]
    if len(maps) < 7 or maps.shape[1:] != (seen.size_hw[0] // 16, seen.size_hw[1] // 16):
        return
    if _are_scores(maps[0]) and _are_scores(maps[5:]) and not _are_scores(maps[1:5]):
        yield Reading(
            "detect",
            "fastestdet",
            len(maps) - 5,
            output={"conf": 0.65, "iou": 0.45},
            input={"colour": "BGR", "resize": "squash"},
            family="FastestDet",
        )


# files whose one output says something of every pixel -------------------------------------------------------

_MAP_SCALES = (1, 2, 4, 8)
_MOST_ENLARGED = 8
_MOST_CLASSES_A_PIXEL = 254


def _maps(seen: Seen) -> Iterator[Reading]:
    """Maps as large as the input, a whole part of it, or a whole multiple."""
    if seen.only is None or seen.only[1].ndim not in (3, 4) or seen.only[1].shape[0] != 1:
        return
    array = seen.only[1][0]
    planes = array[None] if array.ndim == 2 else array
    if _size_of(planes.shape[1:], seen) is None and _size_of(planes.shape[:2], seen) is not None:
        planes = planes.transpose(2, 0, 1)
    times = _size_of(planes.shape[1:], seen)
    if times is None or not planes.size:
        return
    count = len(planes)
    if array.dtype.kind in "iub" or (count == 1 and _are_whole(planes) and float(planes.max()) > 1):
        classes = int(planes.max()) + 1
        if count == 1 and float(planes.min()) >= 0 and classes <= _MOST_CLASSES_A_PIXEL:
            yield _semantic("class-ids", max(2, classes), "none", ("labels",))
    elif count == 1:
        yield from _one_map(planes[0], times)
    elif count == 3 and not bool(np.allclose(planes.sum(axis=0), 1, atol=1e-2)):
        yield from _picture_or_three_classes(planes, times)
    elif times <= 1 and count <= _MOST_CLASSES_A_PIXEL:
        yield _semantic("class-scores", count, "none", ())


def _size_of(hw: tuple[int, ...], seen: Seen) -> float | None:
    """How many times as large as the input a map is; None for one of another shape."""
    if len(hw) != 2:
        return None
    height, width = seen.size_hw
    for k in _MAP_SCALES:
        if abs(hw[0] * k - height) < k and abs(hw[1] * k - width) < k:
            return 1 / k
    for k in range(2, _MOST_ENLARGED + 1):
        if hw == (height * k, width * k):
            return float(k)
    return None


def _one_map(values: NDArray[Any], times: float) -> Iterator[Reading]:
    """One number a pixel: how sure it belongs to something, how far away it is, or how light it is."""
    low, high = float(values.min()), float(values.max())
    if times > 1:
        yield from _picture_of(values[None])
        return
    if _are_scores(values):
        yield _semantic("class-scores", 1, "none", ())
        yield _depth("inverse-depth")
    elif low < 0 < high:
        yield _semantic("class-scores", 1, "sigmoid", ())
        yield _depth("inverse-depth")
    else:
        yield _depth("inverse-depth")
        yield _depth("metres")


def _depth(layout: str) -> Reading:
    return Reading("depth", layout, 1, input={"resize": "squash"}, family="depth network", open=RECIPE_FIELDS)


def _semantic(layout: str, classes: int, activation: str, open_: tuple[str, ...]) -> Reading:
    return Reading(
        "semantic",
        layout,
        classes,
        output={"activation": activation},
        input={"resize": "squash"},
        family="semantic segmentation",
        open=(*RECIPE_FIELDS, *open_),
    )


def _picture_or_three_classes(planes: NDArray[Any], times: float) -> Iterator[Reading]:
    if times >= 1:
        yield from _picture_of(planes)
    if times <= 1:
        yield _semantic("class-scores", 3, "none", ())


def _picture_of(planes: NDArray[Any]) -> Iterator[Reading]:
    """A picture by the range of its pixels; the patches that were shown reach from 0 to 255."""
    low, high = np.percentile(planes, (1, 99))
    layout = "image-255" if high > 2.5 else "image-signed" if low < -0.25 else "image-unit"
    scale = {"image-255": 1.0, "image-unit": 1 / 255, "image-signed": 1 / 255}[layout]
    how: dict[str, Any] = {"scale": scale, "resize": "squash"}
    if layout == "image-signed":
        how |= {"mean": [0.5] * 3, "std": [0.5] * 3}
    yield Reading("image", layout, 1, input=how, family="picture to picture")


_Rule = Callable[[Seen], Iterator[Reading]]
_SEVERAL: tuple[_Rule, ...] = (
    _final_tensors,
    _old_yunet,
    _distributions,
    _faces_by_distance,
    _faces_in_cells,
    _raw_heads,
    _peaks,
    _pairs,
)
_SINGLE: tuple[_Rule, ...] = (_single_table, _map_of_boxes)
_PIXELS: tuple[_Rule, ...] = (_maps,)
