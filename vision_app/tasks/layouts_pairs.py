"""Detectors that give boxes and scores in tensors of their own, and those whose file has removed the duplicates.

How the boxes are written, and whether a column of the scores stands for nothing, says the card's `output.boxes`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole, Shape
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
    pick,
    refuse_nan,
    without_extras,
)

_BOX_NAMES = (
    "boxes", "pred_boxes", "detection_boxes", "det_boxes", "bboxes", "bbox", "loc", "dets", "output0", "num_dets",
)  # fmt: skip
_SCORE_NAMES = (
    "scores", "pred_logits", "logits", "detection_scores", "det_scores", "confs", "conf", "labels", "class_scores",
)  # fmt: skip
_CLASS_NAMES = ("labels", "classes", "detection_classes", "det_classes", "class_ids")


def to_corners(boxes: FloatArray, request: DecodeRequest) -> FloatArray:
    """(N, 4) boxes as the card says they are written, as left, top, right, bottom in tensor pixels."""
    spec = request.spec.boxes
    if spec.form == "cxcywh":
        boxes = corners(boxes)
    elif spec.form == "yxyx":
        boxes = boxes[:, [1, 0, 3, 2]]
    elif spec.form == "xywh":
        boxes = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    pixels: FloatArray = boxes * request.tensor_wh_wh if spec.unit == "share" else boxes
    return pixels


def class_scores(values: FloatArray, request: DecodeRequest) -> FloatArray:
    """(N, C) scores in [0, 1] of the classes, of what the file gives for each place.

    Raises:
        ModelError: there are not as many columns as the card has labels.
    """
    activation, column = request.spec.activation, request.spec.boxes.background_column
    if activation == "sigmoid":
        values = sigmoid(values)
    elif activation == "softmax":
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        values = shifted / shifted.sum(axis=1, keepdims=True)
    if column != "none":
        values = values[:, 1:] if column == "first" else values[:, :-1]
    if values.shape[1] != request.classes:
        more = "" if column == "none" else Message(" beside the one that stands for nothing")
        raise ModelError(
            "the file gives scores of {shape_1} classes{more}, the card has {classes} labels; check "
            "labels and output.boxes.background_column",
            shape_1=values.shape[1],
            more=more,
            classes=request.classes,
        )
    return values


def sigmoid(values: FloatArray) -> FloatArray:
    """Logistic function.

    >>> sigmoid(np.array([0.0], np.float32))
    array([0.5], dtype=float32)
    """
    out: FloatArray = np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))), np.float32)
    return out


def _rows(tensor: NDArray[Any], width: int | None, what: str) -> FloatArray:
    """The tensor as (N, width): the batch and sides of one are left out, columns stand last."""
    rows = np.asarray(tensor, np.float32)
    shape = [d for i, d in enumerate(rows.shape) if d != 1 or i >= len(rows.shape) - 2]
    rows = rows.reshape(shape) if len(shape) >= 2 else rows.reshape(-1, width or 1)
    if rows.ndim == 3 and rows.shape[1] == 1:
        rows = rows[:, 0]
    if rows.ndim != 2:
        raise ModelError(
            "the {what} must be a row a place, the file gives {shape}", what=what, shape=tuple(tensor.shape)
        )
    if width is not None and rows.shape[1] != width and rows.shape[0] == width:
        rows = rows.T
    if width is not None and rows.shape[1] != width:
        raise ModelError(
            "the {what} must be {width} numbers a place, the file gives {shape}",
            what=what,
            width=width,
            shape=tuple(tensor.shape),
        )
    return rows


def _boxes_and_scores(boxes: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Boxes (1, N, 4), class scores (1, N, C) or one column more. Source: UltraFace, YOLO-NAS, DETR and its kin."""
    places = _rows(boxes, 4, "boxes")
    raw = request.outputs["scores"]
    values = _rows(raw, None, "scores")
    if len(values) != len(places) and values.shape[1] == len(places):
        values = values.T
    if len(values) != len(places):
        raise ModelError(
            "there are {count} boxes and scores of {values_count}: {shape} and {shape_2}; check the "
            "card's outputs",
            count=len(places),
            values_count=len(values),
            shape=tuple(boxes.shape),
            shape_2=tuple(raw.shape),
        )
    index, scores, class_ids = pick(class_scores(values, request).T, request)
    if request.spec.boxes.suppress is False:
        order = np.argsort(-scores, kind="stable")
        index, scores, class_ids = index[order], scores[order], class_ids[order]
    return without_extras(to_corners(places[index], request), scores, class_ids)


def _final_tensors(boxes: NDArray[Any], request: DecodeRequest) -> Candidates:
    """Boxes (1, K, 4), scores and classes (1, K), perhaps their number: duplicates are removed already.

    Source: the object detection models of TensorFlow (`detection_*`), EfficientNMS, D-FINE and DEIM.
    """
    places = _rows(boxes, 4, "boxes")
    scores = np.asarray(request.outputs["scores"], np.float32).reshape(-1)
    classes = np.asarray(request.outputs["classes"]).reshape(-1)
    if not len(places) == len(scores) == len(classes):
        raise ModelError(
            "there are {count} boxes, {scores_count} scores and {classes_count} classes",
            count=len(places),
            scores_count=len(scores),
            classes_count=len(classes),
        )
    refuse_nan(scores)
    count = request.outputs.get("count")
    known = len(scores) if count is None or not count.size else max(0, int(count.reshape(-1)[0]))
    keep = np.flatnonzero(scores[:known] > request.conf)
    keep = keep[np.argsort(-scores[keep], kind="stable")]
    return without_extras(to_corners(places[keep], request), scores[keep], _class_ids(classes[keep], request))


def _final_rows(rows: NDArray[Any], request: DecodeRequest) -> Candidates:
    """(K, 6) or (K, 7): rows whose numbers `output.boxes.columns` names, duplicates removed already.

    Source: end-to-end exports of YOLOv7, whose rows are batch, corners, class, score.
    """
    columns = request.spec.boxes.columns.split() or ["batch", "x1", "y1", "x2", "y2", "class", "score"]
    values = _rows(rows, len(columns), "rows") if rows.size else np.empty((0, len(columns)), np.float32)
    at = {name: i for i, name in enumerate(columns)}
    corner, centre = ("x1", "y1", "x2", "y2"), ("cx", "cy", "w", "h")
    sides = next((names for names in (corner, centre) if all(n in at for n in names)), None)
    if sides is None or "score" not in at:
        raise ModelError(
            "output.boxes.columns must name {corner} or {centre}, and score; it names {columns}",
            corner=" ".join(corner),
            centre=" ".join(centre),
            columns=" ".join(columns),
        )
    scores = values[:, at["score"]]
    if "objectness" in at:
        scores = scores * values[:, at["objectness"]]
    keep = above(scores, request.conf)
    keep = keep[np.argsort(-scores[keep], kind="stable")]
    boxes = values[keep][:, [at[n] for n in sides]]
    if sides == centre:
        boxes = corners(boxes)
    if request.spec.boxes.unit == "share":
        boxes = boxes * request.tensor_wh_wh
    classes = values[keep, at["class"]] if "class" in at else np.zeros(len(keep))
    return without_extras(boxes, scores[keep], _class_ids(classes, request))


def _class_ids(numbers: NDArray[Any], request: DecodeRequest) -> NDArray[np.int64]:
    ids: NDArray[np.int64] = np.asarray(numbers).astype(np.int64) - request.spec.boxes.first_class
    return ids


def _places(shape: Shape) -> bool:
    real = [d for d in shape if d != 1]
    return 4 in shape[-2:] and len(real) <= 3


def _lists(shape: Shape) -> bool:
    return len([d for d in shape if d != 1]) <= 3


def _pair_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return (
        OutputRole("boxes", "(1, places, 4)", _places, _BOX_NAMES),
        OutputRole("scores", Message("(1, places, classes)"), _lists, _SCORE_NAMES),
    )


def _final_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return (
        OutputRole("boxes", "(1, boxes, 4)", _places, _BOX_NAMES),
        OutputRole("scores", "(1, boxes)", _lists, ("scores", "detection_scores", "det_scores")),
        OutputRole("classes", "(1, boxes)", _lists, _CLASS_NAMES),
        OutputRole("count", "(1,)", _lists, ("num_dets", "num_detections", "count", "num"), optional=True),
    )


def _row_roles(spec: OutputSpec) -> tuple[OutputRole, ...]:
    return (
        OutputRole("boxes", Message("(boxes, 6 or 7)"), _lists, ("output", "output0", "boxes", "detections")),
    )


def _none(classes: int) -> tuple[int, ...]:
    return ()


PAIRS: dict[str, Layout] = {
    "boxes-scores": Layout(
        _boxes_and_scores,
        Message("(1, places, 4) and (1, places, classes)"),
        2,
        _none,
        True,
        heads=_pair_roles,
    ),
    "final-tensors": Layout(
        _final_tensors,
        Message("boxes (1, K, 4), scores and classes (1, K)"),
        2,
        _none,
        False,
        heads=_final_roles,
    ),
    "final-rows": Layout(_final_rows, Message("(K, 6) or (K, 7) rows"), 1, _none, False, heads=_row_roles),
}
