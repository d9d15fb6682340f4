"""Layouts whose boxes, scores and marks stand in tensors of their own decode known tensors to known boxes."""

import math

import numpy as np
import pytest

from vision_app.cards.boxes import ANCHORS, BoxSpec
from vision_app.cards.card import OutputSpec
from vision_app.errors import ModelError
from vision_app.tasks.candidates import DecodeRequest
from vision_app.tasks.layouts import LAYOUTS

CLASSES = 3
TENSOR_HW = (64, 96)
STRIDES = (8, 16, 32)
# centre, size, class and score of the objects that every layout is made to hold
OBJECTS = [((20.0, 30.0, 16.0, 24.0), 2, 0.9), ((70.0, 40.0, 10.0, 12.0), 0, 0.5)]
SHARES = np.array([96, 64, 96, 64], np.float32)


def _sides(box):
    cx, cy, w, h = box
    return np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], np.float32)


def _row(class_id, score, classes=CLASSES):
    row = np.full(classes, 0.01, np.float32)
    row[class_id] = score
    return row


def _logit(p):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def _pairs(form, unit, background="none", logits=False):
    places = np.zeros((1, 30, 4), np.float32)
    scores = np.zeros((1, 30, CLASSES), np.float32) + (0.001 if logits else 0)
    for i, (box, class_id, score) in zip((4, 17), OBJECTS, strict=True):
        values = {
            "xyxy": _sides(box),
            "yxyx": _sides(box)[[1, 0, 3, 2]],
            "cxcywh": np.array(box, np.float32),
            "xywh": np.array([*_sides(box)[:2], *box[2:]], np.float32),
        }[form]
        shares = SHARES if form != "yxyx" else SHARES[[1, 0, 3, 2]]
        places[0, i] = values / shares if unit == "share" else values
        scores[0, i] = _row(class_id, score)
    if logits:
        scores = _logit(scores)
    nothing = np.zeros((1, 30, 1), np.float32)
    scores = {"none": [scores], "first": [nothing, scores], "last": [scores, nothing]}[background]
    spec = BoxSpec(form=form, unit=unit, background_column=background)
    outputs = {"boxes": places, "scores": np.concatenate(scores, axis=2)}
    return outputs, OutputSpec("boxes-scores", activation="sigmoid" if logits else "none", boxes=spec)


def _final_tensors(first_class=0, count=None):
    boxes = np.zeros((1, 10, 4), np.float32)
    scores, classes = np.zeros((1, 10), np.float32), np.full((1, 10), first_class, np.float32)
    for i, (box, class_id, score) in enumerate(OBJECTS):
        boxes[0, i], scores[0, i], classes[0, i] = _sides(box), score, class_id + first_class
    outputs = {"boxes": boxes, "scores": scores, "classes": classes}
    if count is not None:
        outputs["count"] = np.array([count], np.float32)
    return outputs, OutputSpec("final-tensors", boxes=BoxSpec(first_class=first_class))


def _final_rows(columns):
    rows = []
    for box, class_id, score in OBJECTS:
        values = dict(zip(("x1", "y1", "x2", "y2"), _sides(box), strict=True))
        values |= {"batch": 0, "class": class_id, "score": score}
        rows.append([values[c] for c in columns.split()])
    return {"boxes": np.array(rows, np.float32)}, OutputSpec("final-rows", boxes=BoxSpec(columns=columns))


def _grid(stride):
    return TENSOR_HW[0] // stride, TENSOR_HW[1] // stride


def _cell(box, stride):
    columns = _grid(stride)[1]
    x, y = int(box[0] // stride), int(box[1] // stride)
    return y * columns + x, x, y


def _gfl(joined=False):
    """Each object in the scale of stride 8; distances as distributions with all weight on two bins."""
    bins, outputs, everything = 8, {}, []
    for i, stride in enumerate(STRIDES):
        n = math.prod(_grid(stride))
        scores, spread = np.zeros((1, n, CLASSES), np.float32), np.zeros((1, n, 4 * bins), np.float32)
        if i == 0:
            for box, class_id, score in OBJECTS:
                at, x, y = _cell(box, stride)
                scores[0, at] = _row(class_id, score)
                centre = np.array([x + 0.5, y + 0.5, x + 0.5, y + 0.5]) * stride
                distances = np.abs(_sides(box) - centre) / stride
                weights = np.full((4, bins), -60.0)
                for side, d in enumerate(distances):
                    low = int(d)
                    weights[side, low], weights[side, low + 1] = (
                        math.log(1 - d + low + 1e-9),
                        math.log(d - low + 1e-9),
                    )
                spread[0, at] = weights.ravel()
        outputs[f"scores_{i}"], outputs["boxes" if i == 0 else f"boxes_{i}"] = scores, spread
        everything.append(np.concatenate([scores, spread], axis=2))
    if joined:
        outputs = {"boxes": np.concatenate(everything, axis=1)}
    return outputs, OutputSpec("gfl")


def _ssd():
    strides, sizes = (8, 16, 32, 64), ANCHORS["faces"]
    places, scores = [], []
    for k, (stride, sides) in enumerate(zip(strides, sizes, strict=True)):
        rows, columns = (math.ceil(TENSOR_HW[0] / stride), math.ceil(TENSOR_HW[1] / stride))
        loc = np.zeros((rows * columns * len(sides), 14), np.float32)
        conf = np.zeros((len(loc), CLASSES + 1), np.float32)
        if k == 0:
            for (cx, cy, w, h), class_id, score in OBJECTS:
                x, y = int(cx // stride), int(cy // stride)
                at, side = (y * columns + x) * len(sides), sides[0]
                loc[at, :4] = [
                    (cx - (x + 0.5) * stride) / (0.1 * side),
                    (cy - (y + 0.5) * stride) / (0.1 * side),
                    math.log(w / side) / 0.2,
                    math.log(h / side) / 0.2,
                ]
                loc[at, 4:] = 1.0
                conf[at, 1:] = _row(class_id, score)
        places.append(loc)
        scores.append(conf)
    spec = BoxSpec(strides=strides, priors="faces", background_column="first")
    return {"boxes": np.concatenate(places), "scores": np.concatenate(scores)}, OutputSpec("ssd", boxes=spec)


def _scrfd():
    outputs = {}
    for i, stride in enumerate(STRIDES):
        n = math.prod(_grid(stride)) * 2
        scores, sides, marks = (np.zeros((n, w), np.float32) for w in (CLASSES, 4, 10))
        if i == 0:
            for box, class_id, score in OBJECTS:
                at, x, y = _cell(box, stride)
                scores[2 * at + 1] = _row(class_id, score)
                sides[2 * at + 1] = np.abs(_sides(box) / stride - [x, y, x, y])
                sides[2 * at + 1, :2] = [x - _sides(box)[0] / stride, y - _sides(box)[1] / stride]
        name = "boxes" if i == 0 else f"boxes_{i}"
        outputs |= {f"scores_{i}": scores, name: sides, f"marks_{i}": marks}
    return outputs, OutputSpec("scrfd")


def _yunet():
    outputs = {}
    for i, stride in enumerate(STRIDES):
        n = math.prod(_grid(stride))
        scores, objects, boxes, marks = (np.zeros((1, n, w), np.float32) for w in (CLASSES, 1, 4, 10))
        if i == 0:
            for (cx, cy, w, h), class_id, score in OBJECTS:
                at, x, y = _cell((cx, cy), stride)
                scores[0, at], objects[0, at] = _row(class_id, score), score
                boxes[0, at] = [cx / stride - x, cy / stride - y, math.log(w / stride), math.log(h / stride)]
        name = "boxes" if i == 0 else f"boxes_{i}"
        outputs |= {f"scores_{i}": scores, f"objects_{i}": objects, name: boxes, f"marks_{i}": marks}
    return outputs, OutputSpec("yunet")


def _yolo_anchors(priors="yolov5", flat=False):
    outputs = {}
    for i, (stride, sizes) in enumerate(zip(STRIDES, ANCHORS[priors], strict=True)):
        rows, columns = _grid(stride)
        raw = np.full((1, 3, rows, columns, 5 + CLASSES), -20.0, np.float32)
        if i == 0:
            for (cx, cy, w, h), class_id, score in OBJECTS:
                x, y = int(cx // stride), int(cy // stride)
                aw, ah = sizes[2], sizes[3]
                if priors == "yolov3":
                    place = [
                        _logit(cx / stride - x),
                        _logit(cy / stride - y),
                        math.log(w / aw),
                        math.log(h / ah),
                    ]
                else:
                    place = [
                        _logit((cx / stride - x + 0.5) / 2),
                        _logit((cy / stride - y + 0.5) / 2),
                        _logit(math.sqrt(w / aw) / 2),
                        _logit(math.sqrt(h / ah) / 2),
                    ]
                raw[0, 1, y, x] = [*place, 20.0, *_logit(_row(class_id, score))]
        if flat:
            raw = raw.transpose(0, 1, 4, 2, 3).reshape(1, -1, rows, columns)
        outputs["boxes" if i == 0 else f"boxes_{i}"] = raw
    return outputs, OutputSpec("yolo-anchors", boxes=BoxSpec(priors=priors))


def _centernet():
    heat = np.zeros((1, CLASSES, 16, 24), np.float32)
    sizes, offsets = np.zeros((1, 2, 16, 24), np.float32), np.zeros((1, 2, 16, 24), np.float32)
    for (cx, cy, w, h), class_id, score in OBJECTS:
        x, y = int(cx // 4), int(cy // 4)
        heat[0, :, y, x] = _row(class_id, score)
        heat[0, class_id, y, x + 1] = score / 2  # no peak
        sizes[0, :, y, x], offsets[0, :, y, x] = [w / 4, h / 4], [cx / 4 - x, cy / 4 - y]
    return {"boxes": heat, "sizes": sizes, "offsets": offsets}, OutputSpec("centernet")


def _fastestdet():
    maps = np.zeros((1, 5 + CLASSES, 4, 6), np.float32)
    for (cx, cy, w, h), class_id, score in OBJECTS:
        x, y = int(cx // 16), int(cy // 16)
        maps[0, 1:5, y, x] = [
            math.atanh(cx / 16 - x), math.atanh(cy / 16 - y), _logit(w / 96), _logit(h / 64)
        ]  # fmt: skip
        maps[0, 0, y, x] = score
        maps[0, 5:, y, x] = _row(class_id, score)
    return {"boxes": maps}, OutputSpec("fastestdet")


CASES = {
    **{
        f"boxes-scores {f} {u}": _pairs(f, u)
        for f in ("xyxy", "yxyx", "cxcywh", "xywh")
        for u in ("pixel", "share")
    },
    "boxes-scores, nothing first": _pairs("xyxy", "share", "first"),
    "boxes-scores, nothing last": _pairs("cxcywh", "share", "last"),
    "boxes-scores, logits": _pairs("xyxy", "pixel", logits=True),
    "final-tensors": _final_tensors(),
    "final-tensors from 1, counted": _final_tensors(1, 2),
    "final-rows of 7": _final_rows("batch x1 y1 x2 y2 class score"),
    "final-rows of 6": _final_rows("x1 y1 x2 y2 score class"),
    "gfl": _gfl(),
    "gfl in one": _gfl(joined=True),
    "ssd": _ssd(),
    "scrfd": _scrfd(),
    "yunet": _yunet(),
    "yolo-anchors": _yolo_anchors(),
    "yolo-anchors flat": _yolo_anchors(flat=True),
    "yolo-anchors v7": _yolo_anchors("yolov7"),
    "yolo-anchors v3": _yolo_anchors("yolov3"),
    "centernet": _centernet(),
    "fastestdet": _fastestdet(),
}


def decoded(case, conf=0.25, extras=0, classes=CLASSES):
    outputs, spec = CASES[case]
    request = DecodeRequest(conf, classes, TENSOR_HW, extras=extras, outputs=outputs, spec=spec)
    return LAYOUTS[spec.layout].decode(outputs["boxes"], request)


def test_every_layout_of_several_tensors_is_tested():
    several = {name for name, layout in LAYOUTS.items() if layout.heads is not None}
    assert {spec.layout for _, spec in CASES.values()} == several


@pytest.mark.parametrize("case", CASES)
def test_known_boxes(case):
    found = decoded(case)
    order = np.argsort(-found.scores)
    assert len(order) == len(OBJECTS)
    for i, (box, class_id, score) in zip(order, OBJECTS, strict=True):
        assert found.class_ids[i] == class_id
        assert found.scores[i] == pytest.approx(score, abs=1e-4)
        assert found.xyxy[i] == pytest.approx(_sides(box), abs=0.02)


@pytest.mark.parametrize("case", CASES)
def test_nothing_above_the_threshold(case):
    found = decoded(case, conf=0.95)
    assert found.xyxy.shape == (0, 4)
    assert found.scores.shape == found.class_ids.shape == (0,)


@pytest.mark.parametrize("case", [c for c in CASES if not c.startswith("final")])
def test_another_number_of_labels_is_refused(case):
    with pytest.raises(ModelError):
        decoded(case, classes=CLASSES + 4)


@pytest.mark.parametrize("case", CASES)
def test_a_score_that_is_nan_is_an_error(case, monkeypatch):
    outputs, spec = CASES[case]
    damaged = {n: np.where(np.isclose(a, 0.9), np.nan, a) for n, a in outputs.items()}
    if all(np.array_equal(damaged[n], outputs[n]) for n in outputs):  # logits
        damaged = {
            n: np.where(np.isclose(a, _logit(np.float32(0.9)), atol=1e-3), np.nan, a)
            for n, a in outputs.items()
        }
    monkeypatch.setitem(CASES, case, (damaged, spec))
    with pytest.raises(ModelError, match="NaN"):
        decoded(case)


def test_marks_come_with_their_face():
    assert decoded("scrfd", extras=10).extras.shape == (2, 10)
    assert decoded("scrfd").extras.shape == (2, 0)
    marks = decoded("ssd").extras[0].reshape(5, 2)
    side = ANCHORS["faces"][0][0]
    assert marks == pytest.approx(np.tile([20 + 0.1 * side, 28 + 0.1 * side], (5, 1)), abs=0.01)


def test_a_count_hides_what_stands_behind_it():
    outputs, spec = _final_tensors(0, 1)
    request = DecodeRequest(0.25, CLASSES, TENSOR_HW, outputs=outputs, spec=spec)
    assert len(LAYOUTS["final-tensors"].decode(outputs["boxes"], request).scores) == 1
