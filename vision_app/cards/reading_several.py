"""Kinds of files with several outputs: a rule each, from the most to the least particular."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.boxes import ANCHORS
from vision_app.cards.readings import (
    MOST_QUERIES,
    SCALES,
    STRIDES,
    Reading,
    Rule,
    Seen,
    are_scores,
    table_of,
    written_as,
)
from vision_app.messages import Message


def _final_tensors(seen: Seen) -> Iterator[Reading]:
    """Boxes, scores and classes of which duplicates are gone."""
    flat = {n: a for n, a in seen.outputs.items() if len([d for d in a.shape if d != 1]) <= 1}
    tables = {n: t for n, a in seen.outputs.items() if (t := table_of(a)) is not None and t.shape[1] == 4}
    for box_name, boxes in tables.items():
        k = len(boxes)
        lists = {n: a.reshape(-1) for n, a in flat.items() if a.size == k and n != box_name}
        classes = [n for n, a in lists.items() if _names_classes(n) or (a.dtype.kind in "iu")]
        scores = [n for n, a in lists.items() if n not in classes and (are_scores(a) or "score" in n.lower())]
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
            family=Message("end-to-end detector"),
        )


def _names_classes(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in ("class", "label")) and "score" not in lower


def _pairs(seen: Seen) -> Iterator[Reading]:
    """A tensor of boxes and one of class scores, a row a place."""
    tables = {n: t for n, a in seen.outputs.items() if (t := table_of(a)) is not None}
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
    with_nothing = columns > 1 and are_scores(scores) and bool(np.allclose(scores.sum(axis=1), 1, atol=1e-2))
    faces = len(boxes) in (_prior_count(seen, math.ceil), _prior_count(seen, math.floor))
    written = written_as(boxes, seen.size_hw)
    face_input = {"scale": 1 / 128, "mean": [127 / 128] * 3, "resize": "squash"}
    if faces and columns == 2:
        common: dict[str, Any] = {
            "output": {"conf": 0.5, "iou": 0.3},
            "input": face_input,
            "outputs": outputs,
            "family": Message("face detector"),
        }
        if written is None or written[1] != "share" or written[0] != "xyxy":
            yield Reading("detect", "ssd", 1, boxes=_FACE_PRIORS, **common)
        else:
            of_shares = {"form": "xyxy", "unit": "share", "background_column": "first"}
            yield Reading("detect", "boxes-scores", 1, boxes=of_shares, **common)
        return
    if written is None:
        return
    queries = len(boxes) <= MOST_QUERIES and written[1] == "share" and written[0] == "cxcywh"
    background = "none" if not with_nothing else ("last" if queries else "first")
    classes = columns - (background != "none")
    boxes_of: dict[str, Any] = {
        "form": written[0],
        "unit": written[1],
        "background_column": background,
    }
    if queries:
        boxes_of["suppress"] = False
    activation = "none" if are_scores(scores) else "sigmoid"
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


def _by_cells(
    seen: Seen, strides: tuple[int, ...], each: int = 1
) -> dict[int, list[tuple[str, NDArray[Any]]]]:
    """Outputs by the scale whose number of cells they have: (1, n, v), (n, v), (1, v, h, w) or (1, h, w, v)."""
    of_scale: dict[int, list[tuple[str, NDArray[Any]]]] = {i: [] for i in range(len(strides))}
    for name, array in seen.outputs.items():
        for i, stride in enumerate(strides):
            rows, columns = math.ceil(seen.size_hw[0] / stride), math.ceil(seen.size_hw[1] / stride)
            n = each * rows * columns
            table = table_of(array)
            if table is not None and len(table) == n:
                of_scale[i].append((name, table))
            elif array.ndim == 4 and array.shape[0] == 1 and array.shape[2:] == (rows, columns):
                of_scale[i].append((name, array[0].reshape(array.shape[1], -1).T))
    return of_scale


def _scales(
    seen: Seen, kinds: int, each: int = 1
) -> tuple[tuple[int, ...], dict[int, list[tuple[str, NDArray[Any]]]]] | None:
    """Strides of a file that gives so many tensors for each of them."""
    for strides in reversed(SCALES):
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
        yield nanodet(classes, strides, outputs, "none" if are_scores(scores) else "sigmoid")
        return


def _named(of_scale: dict[int, list[tuple[str, NDArray[Any]]]], width: int) -> bool:
    names = [n.lower() for ts in of_scale.values() for n, t in ts if t.shape[1] == width]
    return all(any(w in n for w in ("dis", "bbox", "box", "reg")) for n in names)


def nanodet(classes: int, strides: tuple[int, ...], outputs: dict[str, str], activation: str) -> Reading:
    """NanoDet and its kin, whose heads are distributions of distances."""
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
    tables = {n: t for n, a in seen.outputs.items() if (t := table_of(a)) is not None}
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
        family=Message("face detector"),
    )


def _raw_heads(seen: Seen) -> Iterator[Reading]:
    """YOLOv3 to v7 without their last layer: a tensor a scale, with anchors that the file no longer holds."""
    heads: dict[int, tuple[str, int]] = {}
    for name, array in seen.outputs.items():
        for i, stride in enumerate(STRIDES):
            rows, columns = seen.size_hw[0] // stride, seen.size_hw[1] // stride
            if array.ndim == 5 and array.shape[1:4] == (3, rows, columns):
                heads[i] = (name, array.shape[4])
            elif array.ndim == 4 and array.shape[2:] == (rows, columns) and array.shape[1] % 3 == 0:
                heads[i] = (name, array.shape[1] // 3)
    values = {v for _, v in heads.values()}
    if len(heads) != len(STRIDES) or len(seen.outputs) != len(STRIDES) or len(values) != 1 or min(values) < 6:
        return
    outputs = {"boxes" if i == 0 else f"boxes_{i}": heads[i][0] for i in sorted(heads)}
    yield Reading(
        "detect",
        "yolo-anchors",
        values.pop() - 5,
        outputs=outputs,
        input={"resize": "letterbox-centre"},
        family=Message("YOLO with anchors"),
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
    activation = "none" if are_scores(maps[heat[0]]) else "sigmoid"
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


SEVERAL: tuple[Rule, ...] = (
    _final_tensors,
    _old_yunet,
    _distributions,
    _faces_by_distance,
    _faces_in_cells,
    _raw_heads,
    _peaks,
    _pairs,
)
