"""How the output of each family of detectors is laid out. A new family is one function and one row.

Every decoder gives candidates in the pixels of the input tensor, with scores above the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole
from vision_app.errors import ModelError
from vision_app.results.values import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes above the threshold, before duplicates are removed.

    Attributes:
        xyxy: (N, 4) float32, tensor pixels.
        scores: (N,) float32.
        class_ids: (N,) int64.
        extras: (N, E) float32, what the network says about each box beyond that: mask weights, keypoints.
    """

    xyxy: FloatArray
    scores: FloatArray
    class_ids: IntArray
    extras: FloatArray

    def take(self, index: NDArray[Any]) -> Candidates:
        """Those that an index or mask names."""
        return Candidates(self.xyxy[index], self.scores[index], self.class_ids[index], self.extras[index])


def _without_extras(xyxy: FloatArray, scores: FloatArray, class_ids: IntArray) -> Candidates:
    return Candidates(xyxy, scores, class_ids, np.empty((len(scores), 0), np.float32))


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """What a decoder has to know.

    Attributes:
        conf: lowest score that is wanted.
        classes: number of classes.
        tensor_hw: height and width of the input tensor.
        multi_label: give a candidate for each class above the threshold instead of the best class only.
        extras: how many further values each box has.
        outputs: all outputs that the layout reads, by role, for one that has more than the boxes.
    """

    conf: float
    classes: int
    tensor_hw: tuple[int, int]
    multi_label: bool = False
    extras: int = 0
    outputs: Mapping[str, NDArray[Any]] = field(default_factory=dict)


Decoder = Callable[[NDArray[Any], DecodeRequest], Candidates]


@dataclass(frozen=True, slots=True)
class Layout:
    """One row of the table.

    Attributes:
        decode: the decoder.
        form: the output's shape in words, for messages.
        axis: the axis along which the values of one box lie.
        values: how many they can be with so many classes, extras aside.
        suppress: whether duplicates are still to be removed.
        extras: whether further values may follow.
        more: outputs that it reads beside the boxes, such as scores in a tensor of their own.
    """

    decode: Decoder
    form: str
    axis: int
    values: Callable[[int], tuple[int, ...]]
    suppress: bool
    extras: bool = False
    more: tuple[OutputRole, ...] = ()

    def matches(self, shape: tuple[int | None, ...], classes: int, extras: int = 0) -> bool:
        """Whether an output of this shape can be this layout with so many classes and further values."""
        if extras and not self.extras:
            return False
        return shape[self.axis] in [count + extras for count in self.values(classes)]


def _corners(cxcywh: FloatArray) -> FloatArray:
    half = cxcywh[:, 2:] / 2
    return np.concatenate([cxcywh[:, :2] - half, cxcywh[:, :2] + half], axis=1)


def _pick(scores_cn: FloatArray, request: DecodeRequest) -> tuple[NDArray[np.intp], FloatArray, IntArray]:
    """Anchors, scores and classes above the threshold from (C, N) class scores."""
    if request.multi_label and request.classes > 1:
        class_ids, anchors = np.nonzero(scores_cn > request.conf)
        _refuse_nan(scores_cn)
        return anchors, scores_cn[class_ids, anchors], class_ids.astype(np.int64)
    best = scores_cn.max(axis=0)  # a NaN wins every maximum, so checking the maxima checks all
    _refuse_nan(best)
    anchors = np.flatnonzero(best > request.conf)
    return anchors, best[anchors], scores_cn[:, anchors].argmax(axis=0).astype(np.int64)


def _refuse_nan(scores: FloatArray) -> None:
    if np.isnan(scores).any():
        raise ModelError("the model's class scores hold NaN; the file is damaged or was converted wrongly")


def _yolo_v8(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, 4 + C + E, N): cx, cy, w, h in pixels, class scores, extras. Source: ultralytics Detect head."""
    values, end = output[0], 4 + request.classes
    anchors, scores, class_ids = _pick(values[4:end], request)
    return Candidates(_corners(values[:4, anchors].T), scores, class_ids, values[end:, anchors].T)


def _yolo_v5(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, N, 5 + C + E): cx, cy, w, h in pixels, objectness, class scores, extras. Source: YOLOv5 export."""
    return _with_objectness(output[0], request)[0]


def _with_objectness(values: FloatArray, request: DecodeRequest) -> tuple[Candidates, NDArray[np.intp]]:
    """Score = objectness * class score. Also gives the row of each candidate."""
    objectness = values[:, 4]
    _refuse_nan(objectness)
    rows = np.flatnonzero(objectness > request.conf)  # no class score is above 1
    found, end = values[rows], 5 + request.classes
    anchors, scores, class_ids = _pick((found[:, 5:end] * found[:, 4:5]).T, request) if len(rows) else _NONE
    candidates = Candidates(_corners(found[anchors, :4]), scores, class_ids, found[anchors, end:])
    return candidates, rows[anchors]


_NONE = (np.zeros(0, np.intp), np.zeros(0, np.float32), np.zeros(0, np.int64))


@lru_cache(maxsize=16)
def _grid(tensor_hw: tuple[int, int], strides: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Left top cell corner (N, 2) and stride (N, 1) of every anchor, in cells and pixels."""
    cells, sizes = [], []
    for stride in strides:
        rows, columns = tensor_hw[0] // stride, tensor_hw[1] // stride
        y, x = np.mgrid[:rows, :columns]
        cells.append(np.stack([x, y], axis=2).reshape(-1, 2))
        sizes.append(np.full((rows * columns, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(sizes).astype(np.float32)


_YOLOX_STRIDES = ((8, 16, 32), (8, 16, 32, 64))


def _yolox(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, N, 5 + C): raw grid offsets and log sizes, objectness, class scores. Source: YOLOXHead."""
    values = output[0]
    for strides in _YOLOX_STRIDES:
        cells, sizes = _grid(request.tensor_hw, strides)
        if len(cells) == len(values):
            break
    else:
        raise ModelError(
            f"layout yolox: an input of {request.tensor_hw[1]} x {request.tensor_hw[0]} has {len(cells)} "
            f"anchors, the output has {len(values)}; is the card's output.layout right?"
        )
    found, rows = _with_objectness(values, request)
    raw = values[rows, :4]
    decoded = np.concatenate(
        [(raw[:, :2] + cells[rows]) * sizes[rows], np.exp(raw[:, 2:]) * sizes[rows]], axis=1
    )
    return _without_extras(_corners(decoded), found.scores, found.class_ids)


def _yolo_end2end(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, K, 6 + E): x1, y1, x2, y2 in pixels, score, class, extras; best first. Source: ultralytics v10, 26."""
    values = output[0]
    _refuse_nan(values[:, 4:6])
    found = values[values[:, 4] > request.conf]
    return Candidates(found[:, :4], found[:, 4], found[:, 5].astype(np.int64), found[:, 6:])


def _rtdetr(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, K, 4 + C): cx, cy, w, h as shares of the input, class scores. Source: ultralytics RT-DETR before 8.4."""
    values = output[0]
    queries, scores, class_ids = _pick(values[:, 4:].T, request)
    order = np.argsort(-scores, kind="stable")
    boxes = _shares_to_pixels(values[queries[order], :4], request)
    return _without_extras(boxes, scores[order], class_ids[order])


def _rtdetr_topk(output: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(1, K, 6): cx, cy, w, h as shares of the input, score, class; best first. Source: ultralytics RT-DETR."""
    values = output[0]
    _refuse_nan(values[:, 4:6])
    found = values[values[:, 4] > request.conf]
    boxes = _shares_to_pixels(found[:, :4], request)
    return _without_extras(boxes, found[:, 4], found[:, 5].astype(np.int64))


def _shares_to_pixels(cxcywh: FloatArray, request: DecodeRequest) -> FloatArray:
    height, width = request.tensor_hw
    boxes: FloatArray = _corners(cxcywh) * np.array([width, height, width, height], np.float32)
    return boxes


LAYOUTS: dict[str, Layout] = {
    "yolo-v8": Layout(
        _yolo_v8, "(1, 4 + classes, anchors)", 1, lambda c: (4 + c,), suppress=True, extras=True
    ),
    "yolo-v5": Layout(
        _yolo_v5, "(1, anchors, 5 + classes)", 2, lambda c: (5 + c,), suppress=True, extras=True
    ),
    "yolox": Layout(_yolox, "(1, anchors, 5 + classes)", 2, lambda c: (5 + c,), suppress=True),
    "yolo-end2end": Layout(_yolo_end2end, "(1, boxes, 6)", 2, lambda c: (6,), suppress=False, extras=True),
    "rtdetr": Layout(_rtdetr, "(1, queries, 4 + classes)", 2, lambda c: (4 + c,), suppress=False),
    "rtdetr-topk": Layout(_rtdetr_topk, "(1, queries, 6)", 2, lambda c: (6,), suppress=False),
}
