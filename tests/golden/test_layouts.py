"""Every detection layout decodes known tensors to known boxes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import ModelError
from vision_app.tasks.candidates import DecodeRequest
from vision_app.tasks.layouts import LAYOUTS

CLASSES = 3
TENSOR_HW = (64, 96)
STRIDES = (8, 16, 32)
# centre, size, class and score of the objects that every layout is made to hold
OBJECTS = [((20.0, 30.0, 16.0, 24.0), 2, 0.9), ((70.0, 40.0, 10.0, 12.0), 0, 0.5)]


def _anchors():
    return [
        (x, y, stride)
        for stride in STRIDES
        for y in range(TENSOR_HW[0] // stride)
        for x in range(TENSOR_HW[1] // stride)
    ]


def _scores(class_id, score):
    row = np.full(CLASSES, 0.01, np.float32)
    row[class_id] = score
    return row


def _yolo_v8():
    output = np.zeros((1, 4 + CLASSES, 40), np.float32)
    for column, (box, class_id, score) in zip((7, 31), OBJECTS, strict=True):
        output[0, :, column] = [*box, *_scores(class_id, score)]
    return output


def _yolo_v5():
    output = np.zeros((1, 40, 5 + CLASSES), np.float32)
    for row, (box, class_id, score) in zip((3, 9), OBJECTS, strict=True):
        output[0, row] = [*box, 1.0, *_scores(class_id, score)]
    return output


def _yolox():
    anchors = _anchors()
    output = np.zeros((1, len(anchors), 5 + CLASSES), np.float32)
    for row, (box, class_id, score) in zip((5, len(anchors) - 2), OBJECTS, strict=True):
        x, y, stride = anchors[row]
        raw = [box[0] / stride - x, box[1] / stride - y, math.log(box[2] / stride), math.log(box[3] / stride)]
        output[0, row] = [*raw, 1.0, *_scores(class_id, score)]
    return output


def _yolo_end2end():
    output = np.zeros((1, 10, 6), np.float32)
    for row, ((cx, cy, w, h), class_id, score) in enumerate(OBJECTS):
        output[0, row] = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, class_id]
    return output


def _yolo_v8_rows():
    return _yolo_v8().transpose(0, 2, 1).copy()


def _rtdetr():
    output = np.zeros((1, 10, 4 + CLASSES), np.float32)
    size = np.array([96, 64, 96, 64], np.float32)
    for row, (box, class_id, score) in zip((8, 1), OBJECTS, strict=True):
        output[0, row] = [*(np.array(box, np.float32) / size), *_scores(class_id, score)]
    return output


def _rtdetr_topk():
    output = np.zeros((1, 10, 6), np.float32)
    size = np.array([96, 64, 96, 64], np.float32)
    for row, (box, class_id, score) in enumerate(OBJECTS):
        output[0, row] = [*(np.array(box, np.float32) / size), score, class_id]
    return output


MAKERS = {
    "yolo-v8": _yolo_v8,
    "yolo-v8-rows": _yolo_v8_rows,
    "yolo-v5": _yolo_v5,
    "yolox": _yolox,
    "yolo-end2end": _yolo_end2end,
    "rtdetr": _rtdetr,
    "rtdetr-topk": _rtdetr_topk,
}


TOP_K = {"yolo-end2end", "rtdetr-topk"}
"""Layouts whose network has already picked one class a box."""


ALONE = [name for name, layout in LAYOUTS.items() if layout.heads is None]
"""Layouts of one tensor; those of several are in test_layouts_of_several.py."""


def test_every_layout_is_tested():
    assert sorted(MAKERS) == sorted(ALONE)


@pytest.mark.parametrize("name", ALONE)
def test_known_boxes(name):
    output = MAKERS[name]()
    assert LAYOUTS[name].matches(output.shape, CLASSES)
    found = LAYOUTS[name].decode(output, DecodeRequest(0.25, CLASSES, TENSOR_HW))
    order = np.argsort(-found.scores)
    for i, ((cx, cy, w, h), class_id, score) in zip(order, OBJECTS, strict=True):
        assert found.class_ids[i] == class_id
        assert found.scores[i] == pytest.approx(score, abs=1e-6)
        assert found.xyxy[i] == pytest.approx([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], abs=1e-3)


@pytest.mark.parametrize("name", ALONE)
def test_nothing_above_the_threshold(name):
    found = LAYOUTS[name].decode(MAKERS[name](), DecodeRequest(0.95, CLASSES, TENSOR_HW))
    assert found.xyxy.shape == (0, 4)
    assert found.scores.shape == found.class_ids.shape == (0,)


@pytest.mark.parametrize("name", ALONE)
def test_a_score_that_is_nan_is_an_error(name):
    output = MAKERS[name]()
    output[output == np.float32(0.9)] = np.nan
    with pytest.raises(ModelError, match="NaN"):
        LAYOUTS[name].decode(output, DecodeRequest(0.25, CLASSES, TENSOR_HW))


@pytest.mark.parametrize("name", sorted(set(ALONE) - TOP_K))
def test_a_place_may_be_several_classes(name):
    output = MAKERS[name]()
    output[output == np.float32(0.01)] = 0.3
    one = LAYOUTS[name].decode(output, DecodeRequest(0.25, CLASSES, TENSOR_HW))
    many = LAYOUTS[name].decode(output, DecodeRequest(0.25, CLASSES, TENSOR_HW, multi_label=True))
    assert len(one.scores) == 2
    assert len(many.scores) == 2 * CLASSES


def test_yolox_with_a_wrong_number_of_anchors_names_the_card_field():
    with pytest.raises(ModelError, match=r"output\.layout"):
        LAYOUTS["yolox"].decode(np.zeros((1, 50, 8), np.float32), DecodeRequest(0.1, 3, TENSOR_HW))


@given(st.sampled_from(sorted(ALONE)), st.floats(0.05, 0.95))
def test_every_score_is_above_the_threshold(name, conf):
    rng = np.random.default_rng(3)
    output = rng.random(MAKERS[name]().shape).astype(np.float32)
    if name in TOP_K:
        output[..., 5] = rng.integers(0, CLASSES, output.shape[:2])
    found = LAYOUTS[name].decode(output, DecodeRequest(conf, CLASSES, TENSOR_HW))
    assert (found.scores > conf).all()
    assert ((found.class_ids >= 0) & (found.class_ids < CLASSES)).all()
