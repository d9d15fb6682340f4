"""Every task through one suite: prepare any picture, decode, and give a result that can be written down."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny_models as tiny
from vision_app.cards.card import parse_card
from vision_app.errors import ModelError
from vision_app.overlay import render
from vision_app.results.values import BoxResult
from vision_app.tasks import TASKS, TaskOptions, make_task

BOXES = [[-9, -9, 400, 400, 0.9, 1], [4, 4, 20, 20, 0.5, 2], [3, 3, 3, 3, 0.3, 0]]
END_TO_END = {"layout": "yolo-end2end"}


def _boxes(*extras):
    rows = np.array(BOXES, np.float32)
    return np.concatenate([rows, np.array(extras, np.float32).reshape(len(rows), -1)], axis=1)[None]


PROTOTYPES = np.stack([np.eye(8, dtype=np.float32), np.ones((8, 8), np.float32)])[None]
POINTS = [[-50, 9, 0.9, 16, 16, 0.1], [5, 6, 0.5, 100, 900, 0.7], [3, 3, 0.2, 3, 3, 0.1]]
# centre, size, three class scores, angle; a column a place
TURNED = np.float32([[[16, 4], [16, 8], [20, 8], [6, 4], [0.1, 0.8], [0.9, 0.1], [0.0, 0.0], [0.6, -0.2]]])
# name: output section of the card, outputs of the model, further sections of the card
OUTPUTS = {
    "classify": (
        {"layout": "classes", "activation": "softmax"},
        [np.array([[0.1, 5.0, -2.0]], np.float32)],
        {},
    ),
    "detect": (END_TO_END, [_boxes()], {}),
    "segment": (END_TO_END, [_boxes([1, 0], [-1, 0.5], [0, 1]), PROTOTYPES], {}),
    "pose": (END_TO_END, [_boxes(*POINTS)], {"keypoints": {"names": ["head", "tail"], "limbs": [[0, 1]]}}),
    "obb": ({"layout": "yolo-v8"}, [TURNED], {}),
    "semantic": (
        {"layout": "class-scores"},
        [np.random.default_rng(1).random((1, 3, 16, 16), np.float32)],
        {},
    ),
    "depth": ({"layout": "inverse-depth"}, [np.random.default_rng(2).random((1, 32, 32), np.float32)], {}),
    "image": ({"layout": "image-unit"}, [np.random.default_rng(3).random((1, 3, 64, 64), np.float32)], {}),
    "embed": ({"layout": "vector"}, [np.array([[3.0, 0.0, -4.0]], np.float32)], {}),
}
RESIZES = ["squash", "crop", "letterbox-centre", "letterbox-topleft"]


def _task(name, resize="squash"):
    output, _, more = OUTPUTS[name]
    card = parse_card(tiny.card("x", task=name, output=output, input__resize=resize, **more), "x")
    return make_task(card, TaskOptions())


def _copies(name):
    return [output.copy() for output in OUTPUTS[name][1]]


def _named(task, outputs):
    return dict(zip((role.name for role in task.roles), outputs, strict=True))


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
    result = task.decode(_named(task, _copies(name)), geometry)
    assert (result.model, result.task) == ("x", name)
    assert isinstance(result, BoxResult) == task.finds_boxes
    for x, y in _places(result):
        assert 0 <= x <= size[0]
        assert 0 <= y <= size[1]
    record = json.loads(json.dumps(result.as_record(), allow_nan=False))
    assert (record["model"], record["task"]) == ("x", name)


def _places(result):
    """Every place in the frame that a result names."""
    for row in result.as_record().get("detections", []):
        for flat in [row["box"], *row.get("polygons", [])]:
            yield from zip(flat[::2], flat[1::2], strict=True)
        yield from ((x, y) for x, y, _ in row.get("keypoints", []))


def _result(name, size=(60, 40)):
    task = _task(name)
    _, geometry = task.prepare(tiny.solid((1, 2, 3), size))
    return task.decode(_named(task, _copies(name)), geometry)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("size", [(60, 40), (1, 1), (640, 480)])
def test_every_result_can_be_drawn(name, size):
    image = tiny.solid((1, 2, 3), size)
    drawn = render(image, [_result(name, size)])
    assert drawn.shape == image.shape
    assert np.array_equal(image, tiny.solid((1, 2, 3), size))
    assert size == (1, 1) or not np.array_equal(drawn, image)


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.finds_boxes])
def test_what_is_learnt_about_boxes_later_is_kept_and_written(name):
    """As tracking and --classify-boxes do."""
    result = _result(name)
    found = result.detections
    tracked = result.with_detections(dataclasses.replace(found, track_ids=np.arange(len(found)) + 7))
    before, after = (r.as_record()["detections"] for r in (result, tracked))
    assert [row["track_id"] for row in after] == [7 + i for i in range(len(before))]
    assert [{**row, "track_id": None} for row in after] == before
    assert type(tracked) is type(result)
    assert len(before) >= 2


@pytest.mark.parametrize("name", TASKS)
def test_the_outputs_are_not_changed(name):
    outputs = _copies(name)
    task = _task(name)
    _, geometry = task.prepare(tiny.solid((1, 2, 3)))
    task.decode(_named(task, outputs), geometry)
    for output, before in zip(outputs, OUTPUTS[name][1], strict=True):
        assert np.array_equal(output, before)


@pytest.mark.parametrize("name", TASKS)
def test_a_nan_in_any_output_is_an_error(name):
    for i in range(len(OUTPUTS[name][1])):
        outputs = _copies(name)
        outputs[i][..., -1] = np.nan
        _, geometry = (task := _task(name)).prepare(tiny.solid((1, 2, 3)))
        with pytest.raises(ModelError):
            task.decode(_named(task, outputs), geometry)


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
