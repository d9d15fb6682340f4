"""Detectors whose file ends at its heads: grids of distances, offsets from priors or anchors, heat maps.

Strides, priors and what else a grid has says the card's `output.boxes`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole, Shape
from vision_app.cards.boxes import BoxSpec
from vision_app.cards.card import OutputSpec
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.results.values import FloatArray
from vision_app.tasks.candidates import (
    Candidates,
    DecodeRequest,
    Layout,
    above,
    corners,
    grid,
    pick,
    refuse_nan,
    without_extras,
)
from vision_app.tasks.layouts_pairs import class_scores, sigmoid

_STRIDES = (8, 16, 32)
_FACE_STRIDES = (8, 16, 32, 64)
_MARKS = 5
# Source: reg_max + 1 of the configurations of NanoDet, PicoDet and GFL
_BINS = (8, 11, 16, 17)


def _cells_last(tensor: NDArray[Any], cells: int, what: str) -> FloatArray:
    """A head as (cells, values): (1, n, v), (n, v), (1, v, h, w) or (1, h, w, v)."""
    values = np.asarray(tensor, np.float32)
    if values.ndim == 4:
        values = values[0]
        values = (
            values.reshape(values.shape[0], -1).T if values.shape[1] * values.shape[2] == cells else values
        )
        values = values.reshape(cells, -1) if values.size % cells == 0 else values
    elif values.ndim == 3:
        values = values[0]
    if values.ndim != 2 or values.shape[0] != cells:
        raise ModelError(
            "the {what} must be one row for each of {cells} cells, the file gives {shape}; check the "
            "card's output.boxes.strides and its outputs",
            what=what,
            cells=cells,
            shape=tuple(tensor.shape),
        )
    return values


def _gfl(main: NDArray[Any], request: DecodeRequest) -> Candidates:
    """A distribution over distances to each side, a scale each or all in one (1, N, C + 4 (R + 1)).

    Source: Li et al., "Generalized Focal Loss", 2020; RangiLyu/nanodet gfl_head, PaddleDetection pico_head.
    """
    strides = request.spec.boxes.strides or _STRIDES
    cells = [_count(request.tensor_hw, s) for s in strides]
    if "scores_0" in request.outputs:
        scores = np.concatenate(
            [
                _cells_last(request.outputs[f"scores_{i}"], n, Message("class scores"))
                for i, n in enumerate(cells)
            ]
        )
        heads = [main, *(request.outputs[f"boxes_{i}"] for i in range(1, len(cells)))]
        distances = np.concatenate(
            [_cells_last(h, n, "distances") for h, n in zip(heads, cells, strict=True)]
        )
    else:
        values = _cells_last(main, sum(cells), "values")
        scores, distances = values[:, : request.classes], values[:, request.classes :]
    index, found, class_ids = pick(class_scores(scores, request).T, request)
    centres, sizes = _centres(request.tensor_hw, strides, request.spec.boxes.cell_centre)
    bins = distances.shape[1] // 4
    if bins not in _BINS or distances.shape[1] % 4:
        raise ModelError(
            "beside {classes} class scores the file gives {shape_1} values a cell, which are no 4 "
            "distributions of {bins} bins; check labels in the card",
            classes=request.classes,
            shape_1=distances.shape[1],
            bins=", ".join(map(str, _BINS)),
        )
    spread = distances[index].reshape(-1, 4, bins)
    spread = np.exp(spread - spread.max(axis=2, keepdims=True))
    sides = (spread / spread.sum(axis=2, keepdims=True)) @ np.arange(bins, dtype=np.float32) * sizes[index]
    return without_extras(_around(centres[index], sides), found, class_ids)


def _around(centres: FloatArray, sides: FloatArray) -> FloatArray:
    """Boxes by the distances of their left, top, right and bottom from a place."""
    return np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1)


def _count(tensor_hw: tuple[int, int], stride: int) -> int:
    return math.ceil(tensor_hw[0] / stride) * math.ceil(tensor_hw[1] / stride)


@lru_cache(maxsize=16)
def _centres(
    tensor_hw: tuple[int, int], strides: tuple[int, ...], at: float, each: int = 1
) -> tuple[FloatArray, FloatArray]:
    """(N, 2) place of every cell and (N, 1) its stride, pixels; a cell may have several anchors."""
    places, sizes = [], []
    for stride in strides:
        rows, columns = math.ceil(tensor_hw[0] / stride), math.ceil(tensor_hw[1] / stride)
        y, x = np.mgrid[:rows, :columns]
        xy = (np.stack([x, y], axis=2).reshape(-1, 2) + at) * stride
        places.append(np.repeat(xy, each, axis=0))
        sizes.append(np.full((rows * columns * each, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(sizes).astype(np.float32)


def _ssd(offsets: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Offsets from square priors (N, 4 + marks), class scores (N, C), perhaps overlaps (N, 1).

    Source: Liu et al., "SSD", 2016; UltraFace box_utils.convert_locations_to_boxes; YuNet of 2021, whose score is
    the root of score times overlap.
    """
    values = np.asarray(offsets, np.float32).reshape(-1, offsets.shape[-1])
    raw = request.outputs["scores"]
    scores = class_scores(np.asarray(raw, np.float32).reshape(-1, raw.shape[-1]), request)
    centres, sizes = _priors(request.tensor_hw, request.spec.boxes, len(values))
    overlap = request.outputs.get("overlap")
    if overlap is not None:
        scores = np.sqrt(scores * np.clip(np.asarray(overlap, np.float32).reshape(-1, 1), 0, 1))
    index, found, class_ids = pick(scores.T, request)
    place, scale = request.spec.boxes.variances
    at, wh, own = centres[index], sizes[index], values[index]
    boxes = corners(np.concatenate([at + own[:, :2] * place * wh, wh * np.exp(own[:, 2:4] * scale)], axis=1))
    marks = own[:, 4:] * np.tile(place * wh, (own.shape[1] - 4) // 2) + np.tile(at, (own.shape[1] - 4) // 2)
    return Candidates(boxes, found, class_ids, marks)


@lru_cache(maxsize=16)
def _priors(tensor_hw: tuple[int, int], spec: BoxSpec, count: int) -> tuple[FloatArray, FloatArray]:
    """(N, 2) centres and sizes of square priors, in pixels; whole cells or such as are cut, as many as there are."""
    strides, sides = spec.strides or _FACE_STRIDES, spec.anchors
    if len(strides) != len(sides):
        raise ModelError(
            "output.boxes has {count} strides and priors for {sides_count}; there must be as many",
            count=len(strides),
            sides_count=len(sides),
        )
    counts = []
    for whole in (math.ceil, math.floor):
        centres, sizes = [], []
        for stride, of_cell in zip(strides, sides, strict=True):
            rows, columns = whole(tensor_hw[0] / stride), whole(tensor_hw[1] / stride)
            y, x = np.mgrid[:rows, :columns]
            xy = (np.stack([x, y], axis=2).reshape(-1, 2) + spec.cell_centre) * stride
            centres.append(np.repeat(xy, len(of_cell), axis=0))
            sizes.append(np.repeat(np.tile(of_cell, len(xy))[:, None], 2, axis=1))
        counts.append(sum(len(c) for c in centres))
        if counts[-1] == count:
            return np.concatenate(centres).astype(np.float32), np.concatenate(sizes).astype(np.float32)
    raise ModelError(
        "the priors of the card are {count_}, the file gives {count} places; check "
        "output.boxes.strides and priors",
        count_=counts[0],
        count=count,
    )


def _scrfd(main: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Scores (n, 1), distances to the sides (n, 4) and to five marks (n, 10), a scale each, two anchors a cell.

    Source: deepinsight/insightface detection/scrfd.
    """
    strides = request.spec.boxes.strides or _STRIDES
    scores, places = _of_scales(main, request, len(strides))
    each = max(1, len(scores) // sum(_count(request.tensor_hw, s) for s in strides))
    centres, sizes = _centres(request.tensor_hw, strides, 0.0, each)
    if len(centres) != len(scores):
        raise ModelError(
            "there are {count} places, the file gives {scores_count}; check output.boxes.strides",
            count=len(centres),
            scores_count=len(scores),
        )
    index, found, class_ids = pick(class_scores(scores, request).T, request)
    boxes = _around(centres[index], places[index] * sizes[index])
    marks = _marks(request, len(strides), len(scores))
    if marks is None:
        return without_extras(boxes, found, class_ids)
    xy = marks[index].reshape(-1, _MARKS, 2) * sizes[index][:, None] + centres[index][:, None]
    return Candidates(boxes, found, class_ids, xy.reshape(-1, 2 * _MARKS))


def _yunet(main: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Class and object scores (1, n, 1), boxes (1, n, 4) and marks (1, n, 10) a scale, in cells from each corner.

    Source: opencv/opencv modules/objdetect/src/face_detect.cpp (YuNet of 2023).
    """
    strides = request.spec.boxes.strides or _STRIDES
    scores, places = _of_scales(main, request, len(strides))
    objects = np.concatenate([_flat(request.outputs[f"objects_{i}"], 1) for i in range(len(strides))])
    cells, sizes = grid(request.tensor_hw, strides)
    if len(cells) != len(scores):
        raise ModelError(
            "there are {count} cells, the file gives {scores_count}; check output.boxes.strides",
            count=len(cells),
            scores_count=len(scores),
        )
    both = np.sqrt(np.clip(class_scores(scores, request), 0, 1) * np.clip(objects, 0, 1))
    index, found, class_ids = pick(both.T, request)
    own, at = places[index], cells[index]
    boxes = corners(np.concatenate([at + own[:, :2], np.exp(own[:, 2:])], axis=1) * sizes[index])
    marks = _marks(request, len(strides), len(scores))
    if marks is None:
        return without_extras(boxes, found, class_ids)
    xy = (marks[index].reshape(-1, _MARKS, 2) + at[:, None]) * sizes[index][:, None]
    return Candidates(boxes, found, class_ids, xy.reshape(-1, 2 * _MARKS))


def _flat(tensor: NDArray[Any], width: int) -> FloatArray:
    flat: FloatArray = np.asarray(tensor, np.float32).reshape(-1, width)
    return flat


def _of_scales(main: NDArray[Any], request: DecodeRequest, scales: int) -> tuple[FloatArray, FloatArray]:
    boxes = [main, *(request.outputs[f"boxes_{i}"] for i in range(1, scales))]
    scores = [request.outputs[f"scores_{i}"] for i in range(scales)]
    width = scores[0].shape[-1]
    return np.concatenate([_flat(s, width) for s in scores]), np.concatenate([_flat(b, 4) for b in boxes])


def _marks(request: DecodeRequest, scales: int, count: int) -> FloatArray | None:
    heads = [request.outputs.get(f"marks_{i}") for i in range(scales)]
    if request.extras == 0 or any(h is None for h in heads):
        return None
    marks = np.concatenate([_flat(h, 2 * _MARKS) for h in heads if h is not None])
    return marks if len(marks) == count else None


def _yolo_anchors(main: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Raw heads at several scales, (1, A, h, w, 5 + C) or (1, A (5 + C), h, w), with anchors.

    Source: ultralytics/yolov5 models/yolo.py Detect; before it darknet's yolo_layer.c, which the priors `yolov3` mean.
    """
    spec = request.spec.boxes
    strides, anchors = spec.strides or _STRIDES, spec.anchors
    if len(anchors) != len(strides):
        raise ModelError("output.boxes.priors must list width and height of the anchors of each scale")
    values, parts = 5 + request.classes, []
    heads = [main, *(request.outputs[f"boxes_{i}"] for i in range(1, len(strides)))]
    old = spec.priors == "yolov3"
    for head, stride, sizes in zip(heads, strides, anchors, strict=True):
        each = len(sizes) // 2
        rows, columns = request.tensor_hw[0] // stride, request.tensor_hw[1] // stride
        raw = np.asarray(head, np.float32)
        if raw.size != each * rows * columns * values:
            raise ModelError(
                "a head of stride {stride} must hold {each} x {rows} x {columns} x {values} values, the "
                "file gives {shape}",
                stride=stride,
                each=each,
                rows=rows,
                columns=columns,
                values=values,
                shape=tuple(head.shape),
            )
        if raw.ndim == 4 and raw.shape[1] == each * values:
            raw = raw.reshape(each, values, rows, columns).transpose(0, 2, 3, 1)
        raw = (
            sigmoid(raw.reshape(each, rows, columns, values))
            if not old
            else raw.reshape(each, rows, columns, values)
        )
        parts.append(_anchored(raw, stride, np.array(sizes, np.float32).reshape(each, 1, 1, 2), old=old))
    flat = np.concatenate([p.reshape(-1, values) for p in parts])
    rows_found = above(flat[:, 4], request.conf)
    found = flat[rows_found]
    index, scores, class_ids = pick((found[:, 5:] * found[:, 4:5]).T, request) if len(found) else _NOTHING
    return without_extras(corners(found[index, :4]), scores, class_ids)


_NOTHING = (np.zeros(0, np.intp), np.zeros(0, np.float32), np.zeros(0, np.int64))


def _anchored(values: FloatArray, stride: int, anchors: FloatArray, *, old: bool) -> FloatArray:
    """One scale (A, h, w, 5 + C) with centre and size in pixels."""
    rows, columns = values.shape[1:3]
    cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=2).astype(np.float32)
    if old:
        sizes = np.exp(np.clip(values[..., 2:4], -80, 80)) * anchors
        values = sigmoid(values)
        values[..., :2] = (values[..., :2] + cells) * stride
        values[..., 2:4] = sizes
        return values
    values[..., :2] = (values[..., :2] * 2 - 0.5 + cells) * stride
    values[..., 2:4] = (values[..., 2:4] * 2) ** 2 * anchors
    return values


def _centernet(heat: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Heat map (1, C, h, w), sizes and offsets (1, 2, h, w), in cells; a peak is a local maximum.

    Source: Zhou et al., "Objects as Points", 2019.
    """
    scores = np.asarray(heat, np.float32)[0]
    refuse_nan(scores)
    if request.spec.activation == "sigmoid":
        scores = sigmoid(scores)
    if len(scores) != request.classes:
        raise ModelError(
            "the heat map has {count} classes, the card {classes} labels",
            count=len(scores),
            classes=request.classes,
        )
    kernel = np.ones((3, 3), np.uint8)
    peaks = np.stack([s * (cv2.dilate(s, kernel) == s) for s in scores])
    class_ids, y, x = np.nonzero(peaks > request.conf)
    size = np.asarray(request.outputs["sizes"], np.float32)[0][:, y, x].T
    offset = request.outputs.get("offsets")
    shift = np.zeros_like(size) if offset is None else np.asarray(offset, np.float32)[0][:, y, x].T
    centre = np.stack([x, y], axis=1) + shift
    step = request.tensor_hw[0] / scores.shape[1]
    boxes = corners(np.concatenate([centre, size], axis=1).astype(np.float32)) * np.float32(step)
    return without_extras(boxes, peaks[class_ids, y, x], class_ids.astype(np.int64))


def _fastestdet(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, 5 + C, h, w): objectness, x, y, width, height, class scores; one scale.

    Source: dog-qiuqiu/FastestDet utils/tool.py handle_preds.
    """
    values = np.asarray(output, np.float32)[0]
    if values.ndim != 3 or len(values) != 5 + request.classes:
        raise ModelError(
            "expected {classes} maps, the file gives {shape}",
            classes=5 + request.classes,
            shape=tuple(output.shape),
        )
    rows, columns = values.shape[1:]
    flat = values.reshape(len(values), -1)
    refuse_nan(flat)
    scores = np.clip(flat[:1], 0, 1) ** 0.6 * np.clip(flat[5:], 0, 1) ** 0.4
    index, found, class_ids = pick(scores, request)
    own = flat[1:5, index]
    y, x = np.divmod(index, columns)
    centre = (np.stack([x, y]) + np.tanh(own[:2])) / np.array([[columns], [rows]])
    shares = np.concatenate([centre, sigmoid(own[2:])]).T.astype(np.float32)
    return without_extras(corners(shares) * request.tensor_wh_wh, found, class_ids)


def _any(shape: Shape) -> bool:
    return len(shape) >= 2


def _scale_roles(
    strides: tuple[int, ...], *kinds: str, optional: tuple[str, ...] = ()
) -> tuple[OutputRole, ...]:
    """Roles of one tensor a kind and scale; those of the boxes first, the first of which is `boxes` itself."""
    roles = []
    for kind in kinds:
        for i, stride in enumerate(strides):
            name = "boxes" if (kind, i) == ("boxes", 0) else f"{kind}_{i}"
            form = Message("{kind} of stride {stride}", kind=kind, stride=stride)
            roles.append(OutputRole(name, form, _any, (f"{kind}_{stride}",), optional=kind in optional))
    return tuple(roles)


def _gfl_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    strides = spec.boxes.strides or _STRIDES
    rest = _scale_roles(strides, "boxes", "scores")
    return (rest[0], *(OutputRole(r.name, r.form, r.fits, r.usual, optional=True) for r in rest[1:]))


def _ssd_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return (
        OutputRole("boxes", Message("offsets (N, 4 or more)"), _any, ("loc", "boxes", "bbox", "regressors")),
        OutputRole("scores", Message("class scores (N, C)"), _any, ("conf", "scores", "classificators")),
        OutputRole("overlap", "overlaps (N, 1)", lambda s: s[-1] == 1, ("iou",), optional=True),
    )


def _marked_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return _scale_roles(spec.boxes.strides or _STRIDES, "boxes", "scores", "marks", optional=("marks",))


def _yunet_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return _scale_roles(
        spec.boxes.strides or _STRIDES, "boxes", "scores", "objects", "marks", optional=("marks",)
    )


def _anchor_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return _scale_roles(spec.boxes.strides or _STRIDES, "boxes")


def _map_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return (OutputRole("boxes", "(1, 5 + classes, h, w)", lambda s: len(s) == 4, ("output",)),)


def _heat_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    def pair(shape: Shape) -> bool:
        return len(shape) == 4 and shape[1] == 2

    return (
        OutputRole(
            "boxes", Message("heat map (1, classes, h, w)"), lambda s: len(s) == 4, ("hm", "heatmap", "heat")
        ),
        OutputRole("sizes", "sizes (1, 2, h, w)", pair, ("wh", "size", "sizes")),
        OutputRole("offsets", "offsets (1, 2, h, w)", pair, ("reg", "offset", "offsets"), optional=True),
    )


def _none(classes: int) -> tuple[int, ...]:
    return ()


def _row(decode: Any, form: str, heads: Any, *, suppress: bool = True, extras: bool = False) -> Layout:
    return Layout(decode, form, 1, _none, suppress, extras=extras, heads=heads)


HEADS: dict[str, Layout] = {
    "gfl": _row(_gfl, Message("class scores and distributions of distances a scale"), _gfl_roles),
    "ssd": _row(_ssd, Message("offsets from priors and class scores"), _ssd_roles, extras=True),
    "scrfd": _row(_scrfd, Message("scores, distances and marks a scale"), _marked_roles, extras=True),
    "yunet": _row(_yunet, Message("scores, objectness, boxes and marks a scale"), _yunet_roles, extras=True),
    "yolo-anchors": _row(_yolo_anchors, Message("raw heads with anchors, one a scale"), _anchor_roles),
    "centernet": _row(_centernet, Message("heat map, sizes and offsets"), _heat_roles, suppress=False),
    "fastestdet": _row(_fastestdet, "(1, 5 + classes, h, w)", _map_roles),
}
