"""How the output of each family of detectors is laid out. A new family is one function and one row.

Every decoder gives candidates in the pixels of the input tensor, with scores above the threshold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.plugins import OpenTable, has_attributes
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
from vision_app.tasks.layouts_heads import HEADS
from vision_app.tasks.layouts_pairs import PAIRS


def _yolo_v8(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, 4 + C + E, N): cx, cy, w, h in pixels, class scores, extras. Source: ultralytics Detect head."""
    values, end = output[0], 4 + request.classes
    anchors, scores, class_ids = pick(values[4:end], request)
    return Candidates(corners(values[:4, anchors].T), scores, class_ids, values[end:, anchors].T)


def _yolo_v5(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, N, 5 + C + E): cx, cy, w, h in pixels, objectness, class scores, extras. Source: YOLOv5 export."""
    return _with_objectness(output[0], request)[0]


def _with_objectness(values: FloatArray, request: DecodeRequest) -> tuple[Candidates, NDArray[np.intp]]:
    """Score = objectness * class score. Also gives the row of each candidate."""
    rows = above(values[:, 4], request.conf)  # no class score is above 1
    found, end = values[rows], 5 + request.classes
    anchors, scores, class_ids = pick((found[:, 5:end] * found[:, 4:5]).T, request) if len(rows) else _NONE
    candidates = Candidates(corners(found[anchors, :4]), scores, class_ids, found[anchors, end:])
    return candidates, rows[anchors]


_NONE = (np.zeros(0, np.intp), np.zeros(0, np.float32), np.zeros(0, np.int64))


_YOLOX_STRIDES = ((8, 16, 32), (8, 16, 32, 64))


def _yolox(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, N, 5 + C): raw grid offsets and log sizes, objectness, class scores. Source: YOLOXHead."""
    values = output[0]
    for strides in _YOLOX_STRIDES:
        cells, sizes = grid(request.tensor_hw, strides)
        if len(cells) == len(values):
            break
    else:
        raise ModelError(
            "layout yolox: an input of {width} x {height} has {count} anchors, the output has "
            "{values_count}; is the card's output.layout right?",
            width=request.tensor_hw[1],
            height=request.tensor_hw[0],
            count=len(cells),
            values_count=len(values),
        )
    found, rows = _with_objectness(values, request)
    raw = values[rows, :4]
    decoded = np.concatenate(
        [(raw[:, :2] + cells[rows]) * sizes[rows], np.exp(raw[:, 2:]) * sizes[rows]], axis=1
    )
    return without_extras(corners(decoded), found.scores, found.class_ids)


def _yolo_end2end(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, K, 6 + E): x1, y1, x2, y2 in pixels, score, class, extras; best first. Source: ultralytics v10, 26."""
    values = output[0]
    refuse_nan(values[:, 4:6])
    found = values[values[:, 4] > request.conf]
    return Candidates(found[:, :4], found[:, 4], found[:, 5].astype(np.int64), found[:, 6:])


def _rtdetr(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, K, 4 + C): cx, cy, w, h as shares of the input, class scores. Source: ultralytics RT-DETR before 8.4."""
    values = output[0]
    queries, scores, class_ids = pick(values[:, 4:].T, request)
    order = np.argsort(-scores, kind="stable")
    boxes = _shares_to_pixels(values[queries[order], :4], request)
    return without_extras(boxes, scores[order], class_ids[order])


def _rtdetr_topk(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, K, 6): cx, cy, w, h as shares of the input, score, class; best first. Source: ultralytics RT-DETR."""
    values = output[0]
    refuse_nan(values[:, 4:6])
    found = values[values[:, 4] > request.conf]
    boxes = _shares_to_pixels(found[:, :4], request)
    return without_extras(boxes, found[:, 4], found[:, 5].astype(np.int64))


def _shares_to_pixels(cxcywh: FloatArray, request: DecodeRequest) -> FloatArray:
    height, width = request.tensor_hw
    boxes: FloatArray = corners(cxcywh) * np.array([width, height, width, height], np.float32)
    return boxes


def _yolo_v8_transposed(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, N, 4 + C + E): as yolo-v8, a row a place, as converters that move axes leave it."""
    return _yolo_v8(output.transpose(0, 2, 1), request)


LAYOUTS: OpenTable[Layout] = OpenTable(
    "vision_app.layouts",
    {
        "yolo-v8": Layout(
            _yolo_v8, Message("(1, 4 + classes, anchors)"), 1, lambda c: (4 + c,), suppress=True, extras=True
        ),
        "yolo-v5": Layout(
            _yolo_v5, Message("(1, anchors, 5 + classes)"), 2, lambda c: (5 + c,), suppress=True, extras=True
        ),
        "yolo-v8-rows": Layout(
            _yolo_v8_transposed,
            Message("(1, anchors, 4 + classes)"),
            2,
            lambda c: (4 + c,),
            suppress=True,
            extras=True,
        ),
        "yolox": Layout(_yolox, Message("(1, anchors, 5 + classes)"), 2, lambda c: (5 + c,), suppress=True),
        "yolo-end2end": Layout(
            _yolo_end2end, "(1, boxes, 6)", 2, lambda c: (6,), suppress=False, extras=True
        ),
        "rtdetr": Layout(
            _rtdetr, Message("(1, queries, 4 + classes)"), 2, lambda c: (4 + c,), suppress=False
        ),
        "rtdetr-topk": Layout(_rtdetr_topk, "(1, queries, 6)", 2, lambda c: (6,), suppress=False),
        **PAIRS,
        **HEADS,
    },
    has_attributes("decode", "form", "matches"),
)
"""Name to layout."""
