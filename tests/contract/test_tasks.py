"""Every task through one suite: prepare any picture, decode, and give a result that can be written down."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny_models as tiny
from vision_app.cards import parse_card
from vision_app.overlay import painter_for
from vision_app.tasks import TASKS, TaskOptions, make_task

OUTPUTS = {
    "classify": ({"layout": "classes", "activation": "softmax"}, np.array([[0.1, 5.0, -2.0]], np.float32)),
    "detect": (
        {"layout": "yolo-end2end"},
        np.array([[[-9, -9, 400, 400, 0.9, 1], [4, 4, 20, 20, 0.5, 2], [3, 3, 3, 3, 0.3, 0]]], np.float32),
    ),
}
RESIZES = ["squash", "crop", "letterbox-centre", "letterbox-topleft"]


def _task(name, resize="squash"):
    output, _ = OUTPUTS[name]
    return make_task(
        parse_card(tiny.card("x", task=name, output=output, input__resize=resize), "x"), TaskOptions()
    )


def test_every_task_is_tested():
    assert OUTPUTS.keys() == TASKS.keys()


@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("name", TASKS)
@settings(max_examples=25)
@given(size=st.tuples(st.integers(1, 300), st.integers(1, 300)))
def test_any_picture_becomes_a_result_inside_it(name, resize, size):
    task = _task(name, resize)
    image = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    image.flags.writeable = False
    tensor, geometry = task.prepare(image)
    assert tensor.shape == (1, 3, 32, 32)
    assert tensor.dtype == np.float32
    assert geometry.frame_wh == size
    result = task.decode([OUTPUTS[name][1]], geometry)
    assert (result.model, result.task) == ("x", name)
    boxes = getattr(result, "xyxy", np.zeros((0, 4)))
    assert (boxes >= 0).all()
    assert (boxes[:, 0::2] <= size[0]).all()
    assert (boxes[:, 1::2] <= size[1]).all()
    record = json.loads(json.dumps(result.as_record(), allow_nan=False))
    assert (record["model"], record["task"]) == ("x", name)


@pytest.mark.parametrize("name", TASKS)
def test_every_result_can_be_drawn(name):
    assert callable(painter_for(name))


@pytest.mark.parametrize("name", TASKS)
def test_the_outputs_are_not_changed(name):
    output = OUTPUTS[name][1].copy()
    task = _task(name)
    _, geometry = task.prepare(tiny.solid((1, 2, 3)))
    task.decode([output], geometry)
    assert np.array_equal(output, OUTPUTS[name][1])


@pytest.mark.parametrize("name", TASKS)
def test_one_task_serves_many_threads(name):
    from concurrent.futures import ThreadPoolExecutor

    task = _task(name)

    def level(value):
        tensor, _ = task.prepare(tiny.solid((value, value, value), (50 + value % 7, 40)))
        return float(tensor.min()), float(tensor.max())

    with ThreadPoolExecutor(4) as pool:
        for value, (low, high) in zip(range(200), pool.map(level, range(200)), strict=True):
            assert low == high == pytest.approx(value / 255, abs=1e-6)
