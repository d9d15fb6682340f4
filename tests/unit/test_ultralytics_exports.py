"""The forms in which ultralytics writes its models, by version and arguments of the export."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests import tiny_models
from vision_app.cards.card import InputSpec
from vision_app.engine.predictors import load_model
from vision_app.errors import ModelError
from vision_app.tasks import TaskOptions
from vision_app.tasks.preprocess import Preprocessor

GREY = np.full((50, 100, 3), 128, np.uint8)


@pytest.fixture(autouse=True)
def no_other_models(tmp_path, monkeypatch):
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))


def export(path, value, classes, **metadata):
    names = str({i: f"thing {i}" for i in range(classes)})
    said = {"task": "detect", "names": names, "stride": "32", "imgsz": "[32, 32]", **metadata}
    return tiny_models.constant_model(path, value, metadata=said)


def free_export(path, value, classes, **metadata):
    """As `export(dynamic=True)` does: the shape of the output is only known when it runs."""
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["shape", "nothing"], ["sides"]),
        helper.make_node("Cast", ["sides"], ["whole_sides"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["value", "whole_sides"], ["output"]),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "values", "anchors"])
    constants = {"value": value, "zero": np.float32(0), "shape": np.array(value.shape, np.float32)}
    said = {"task": "detect", "names": str([f"thing {i}" for i in range(classes)]), "imgsz": "[32, 32]"}
    picture = tiny_models.picture(("batch", 3, "height", "width"))
    return tiny_models.save(path, nodes, [picture], [output], constants, {**said, **metadata})


def rows(*values):
    """(1, K, n), padded with rows of zeros to K = 4."""
    table = np.zeros((1, 4, len(values[0])), np.float32)
    table[0, : len(values)] = values
    return table


# the left half of the picture is class 1, whatever the form
RTDETR = {"description": "Ultralytics rtdetr-l model"}
FORMS = {
    "rtdetr, scores of each class": (rows([0.25, 0.5, 0.5, 1, 0.1, 0.9, 0]), 3, RTDETR),
    "rtdetr, best picked": (rows([0.25, 0.5, 0.5, 1, 0.9, 1]), 3, RTDETR),
    "rtdetr, two classes": (rows([0.25, 0.5, 0.5, 1, 0.1, 0.9]), 2, RTDETR),
    "rtdetr, two classes, best picked": (
        rows([0.25, 0.5, 0.5, 1, 0.9, 1]),
        2,
        {**RTDETR, "head": "RTDETRDecoder"},
    ),
    "suppression inside": (
        rows([0, 8, 16, 24, 0.9, 1]),
        3,
        {"args": "{'nms': True}", "end2end": "False"},
    ),
    "suppression inside, two classes": (
        rows([0, 8, 16, 24, 0.9, 1]),
        2,
        {"args": "{'nms': True}"},
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_told_apart(form, tmp_path):
    value, classes, metadata = FORMS[form]
    found, _ = load_model(str(export(tmp_path / "model.onnx", value, classes, **metadata))).predict(GREY)
    assert found.class_ids.tolist() == [1]
    assert found.scores == pytest.approx([0.9])
    assert found.xyxy[0] == pytest.approx([0, 0, 50, 50])


HALVES = np.stack([np.full((8, 8), 1), np.tile([1] * 4 + [-1] * 4, (8, 1))])[None]


def segmenter(path, value, classes, **metadata):
    names = str({i: f"thing {i}" for i in range(classes)})
    said = {"task": "segment", "names": names, "stride": "32", "imgsz": "[32, 32]", **metadata}
    return tiny_models.constant_outputs(path, [value, HALVES], metadata=said)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(rows([0, 8, 32, 24, 0.9, 1, 0, 1]), id="end to end"),
        pytest.param(
            rows([16, 16, 32, 16, 0, 0.9, 0, 0, 1], [0] * 9, [0] * 9).transpose(0, 2, 1), id="as yolov8"
        ),
        pytest.param(rows([16, 16, 32, 16, 1, 0, 0.9, 0, 0, 1]), id="as yolov5"),
    ],
)
def test_a_segmentation_model_describes_itself(value, tmp_path):
    model = load_model(str(segmenter(tmp_path / "model.onnx", value, 3)))
    found, _ = model.predict(GREY)
    assert model.task == found.task == "segment"
    assert found.detections.class_ids.tolist() == [1]
    assert found.detections.xyxy[0] == pytest.approx([0, 0, 100, 50])
    mask = found.masks[0].on_frame((100, 50))
    assert mask[:, :50].all()
    assert not mask[:, 50:].any()


def test_a_segmentation_file_without_prototypes_is_refused(tmp_path):
    path = export(tmp_path / "model.onnx", rows([0, 8, 32, 24, 0.9, 1, 0, 1]), 3, task="segment")
    with pytest.raises(ModelError, match="one output of prototypes"):
        load_model(str(path))


def poser(path, points, **metadata):
    value = rows([0, 8, 32, 24, 0.9, 0, *points])
    return export(path, value, 1, task="pose", **metadata)


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ({"kpt_shape": "[2, 3]"}, ("point 0", "point 1")),
        ({"kpt_shape": "[2, 3]", "kpt_names": "{0: ['head', 'tail']}"}, ("head", "tail")),
        ({"kpt_shape": "[2, 3]", "kpt_names": "{0: ['head']}"}, ("point 0", "point 1")),
    ],
)
def test_a_pose_model_describes_itself(metadata, names, tmp_path):
    path = poser(tmp_path / "model.onnx", [16, 16, 0.8, 0, 8, 0.1], **metadata)
    found, _ = load_model(str(path)).predict(GREY)
    assert found.skeleton.names == names
    assert found.skeleton.limbs == ()
    assert found.points[0] == pytest.approx(np.array([[50, 25, 0.8], [0, 0, 0.1]]), abs=1e-5)
    assert found.seen.tolist() == [[True, False]]


def test_seventeen_keypoints_are_those_of_coco(tmp_path):
    path = poser(tmp_path / "model.onnx", [16, 16, 0.8] * 17, kpt_shape="[17, 3]")
    skeleton = load_model(str(path)).card.keypoints
    assert skeleton.names[:3] == ("nose", "left_eye", "right_eye")
    assert len(skeleton.limbs) == 19
    assert skeleton.side(16) == "right"


@pytest.mark.parametrize("said", [{}, {"kpt_shape": "[0, 3]"}, {"kpt_shape": "17"}, {"kpt_shape": "[2, 4]"}])
def test_a_pose_file_that_does_not_count_its_keypoints(said, tmp_path):
    with pytest.raises(ModelError, match="'kpt_shape' must be"):
        load_model(str(poser(tmp_path / "model.onnx", [16, 16, 0.8] * 2, **said)))


def test_a_task_that_is_not_supported_is_named(tmp_path):
    path = export(tmp_path / "model.onnx", rows([0, 8, 32, 24, 0.9, 1]), 3, task="caption")
    with pytest.raises(ModelError, match="task 'caption', which is not supported"):
        load_model(str(path))


def test_a_free_output_shape_is_no_riddle_when_the_file_says_that_it_is_not_end_to_end(tmp_path):
    value = np.zeros((1, 7, 21), np.float32)
    value[0, :, 3] = [16, 16, 8, 8, 0.1, 0.8, 0.1]
    path = free_export(tmp_path / "model.onnx", value, 3, end2end="False")
    found, _ = load_model(str(path)).predict(GREY)
    assert found.class_ids.tolist() == [1]


def test_a_free_output_shape_of_an_older_export_needs_a_card(tmp_path):
    path = free_export(tmp_path / "model.onnx", np.zeros((1, 7, 21), np.float32), 3)
    with pytest.raises(ModelError, match=r"card's output\.layout decides"):
        load_model(str(path))


def test_the_names_of_a_yolov5_export_are_kept(tmp_path):
    """YOLOv5's own repository writes names and stride, no task."""
    value = np.zeros((1, 63, 7), np.float32)
    value[0, 5] = [16, 16, 8, 8, 0.9, 0.1, 0.9]
    metadata = {"names": "{0: 'ripe', 1: 'rotten'}", "stride": "32"}
    path = tiny_models.constant_model(tmp_path / "model.onnx", value, metadata=metadata)
    model = load_model(str(path))
    found, _ = model.predict(GREY)
    assert model.card.output.layout == "yolo-v5"
    assert [found.label(i) for i in range(len(found))] == ["rotten"]


def test_a_classifier_with_an_oblong_input_squashes(tmp_path):
    names = str({0: "red", 1: "green", 2: "blue"})
    path = tiny_models.colour_classifier(
        tmp_path / "model.onnx", (1, 3, 32, 64), metadata={"task": "classify", "names": names}
    )
    assert load_model(str(path), TaskOptions()).card.input.resize == "squash"


@pytest.mark.parametrize("size", [(600, 400), (33, 57), (641, 97)])
def test_boxes_are_scaled_back_by_what_each_side_really_was(size):
    """600 x 400 in 320 x 320 becomes 320 x 213, not 213.3: the lowest edge has to stay the lowest edge."""
    width, height = size
    spec = InputSpec((320, 320), resize="letterbox-centre", antialias=False)
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = 255
    tensor, geometry = Preprocessor(spec).prepare(image, (320, 320))
    inside = np.argwhere(tensor[0, 0] == 1.0)
    (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
    box = geometry.boxes_to_frame(np.array([[left, top, right, bottom]], np.float32))
    assert box[0] == pytest.approx([0, 0, width, height], abs=1e-3)


def test_pixels_are_divided_by_255_to_the_last_bit():
    """A network that quantises on the fly gives other boxes for an input that differs in the last bit."""
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)[..., None].repeat(3, axis=2)
    tensor, _ = Preprocessor(InputSpec((16, 16), resize="letterbox-centre", antialias=False)).prepare(
        image, (16, 16)
    )
    assert np.array_equal(tensor[0, 0], image[..., 0].astype(np.float32) / np.float32(255))
