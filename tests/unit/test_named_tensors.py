"""Inputs and outputs by name: what somebody adds to a file disturbs nothing; what is in doubt is asked for."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests import tiny_models as tiny
from vision_app.cards.binding import OutputRole, bind_outputs
from vision_app.cards.card import card_as_json, parse_card
from vision_app.engine.predictors import load_model
from vision_app.errors import ModelError
from vision_app.runtime import Session, TensorSpec

RED = tiny.solid((0, 0, 255))
ROW = np.array([[[0, 0, 16, 32, 0.9, 0]]], np.float32)
DETECT = {"task": "detect", "output": {"layout": "yolo-end2end"}}


def with_outputs(path, values, *, first=True):
    """Adds constant outputs to a file, before or after its own."""
    model = onnx.load(path)
    added = []
    for name, value in values.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(value, f"const_{name}"))
        model.graph.node.append(helper.make_node("Identity", [f"const_{name}"], [name]))
        added.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape))
    own = list(model.graph.output)
    del model.graph.output[:]
    model.graph.output.extend([*added, *own] if first else [*own, *added])
    onnx.save(model, path)
    return path


ADDED = {
    "features": np.ones((1, 8, 4, 4), np.float32),
    "attention": np.full((1, 2, 9, 9), np.nan, np.float32),
    "embedding": np.ones((1, 1280), np.float32),
}


def test_outputs_that_were_added_first_do_not_disturb_a_classifier(tmp_path):
    path = with_outputs(tiny.colour_model(tmp_path), ADDED)
    result, _ = load_model(str(path)).predict(RED)
    assert result.top(1)[0][1] == "red"


@pytest.mark.parametrize("task", ["detect", "segment", "pose"])
def test_outputs_that_were_added_first_do_not_disturb_boxes(tmp_path, task):
    extras = {"detect": [], "segment": [1.0], "pose": [5, 5, 0.9]}[task]
    row = np.array([[[0, 0, 16, 32, 0.9, 0, *extras]]], np.float32)
    values = [row, np.ones((1, 1, 8, 8), np.float32)] if task == "segment" else [row]
    path = tiny.constant_outputs(tmp_path / "m.onnx", values)
    more = {"keypoints": {"names": ["head"]}} if task == "pose" else {}
    tiny.write_card(path, task=task, output={"layout": "yolo-end2end"}, **more)
    with_outputs(path, ADDED | {"rows": np.ones((1, 3, 21), np.float32)})
    result, _ = load_model(str(path)).predict(RED)
    assert result.detections.xyxy.tolist() == [[0, 0, 32, 48]]  # the frame is 64 x 48


def test_the_order_of_the_outputs_does_not_matter(tmp_path):
    """A segmentation file with its prototypes first, under names that say nothing."""
    path = tiny.constant_outputs(
        tmp_path / "m.onnx", [np.ones((1, 1, 8, 8)), np.append(ROW, [[[1]]], axis=2)]
    )
    tiny.write_card(path, task="segment", output={"layout": "yolo-end2end"})
    model = load_model(str(path))
    assert model.output_names == {"boxes": "output1", "prototypes": "output"}
    assert len(model.predict(RED)[0].masks) == 1


def test_an_output_that_the_card_names_is_no_candidate_for_another_role():
    roles = [OutputRole(name, "(1, 4)", lambda shape: shape == (1, 4)) for name in ("points", "world")]
    outputs = [TensorSpec(name, "tensor(float)", (1, 4)) for name in ("Identity", "Identity_3")]
    card = parse_card(tiny.card("x", outputs={"world": "Identity"}), "x")
    assert bind_outputs(card, roles, outputs) == {"points": "Identity_3", "world": "Identity"}
    with pytest.raises(ModelError, match="several outputs can be its points"):
        bind_outputs(parse_card(tiny.card("x"), "x"), roles, outputs)


def test_where_two_can_be_it_the_card_decides(tmp_path):
    path = with_outputs(tiny.colour_classifier(tmp_path / "m.onnx"), {"teacher": np.float32([[0, 0, 9]])})
    onnx_model = onnx.load(path)
    for output in onnx_model.graph.output:
        if output.name == "logits":
            output.name = "student"
    for node in onnx_model.graph.node:
        node.output[:] = ["student" if n == "logits" else n for n in node.output]
    onnx.save(onnx_model, path)
    tiny.write_card(path)
    with pytest.raises(ModelError, match=r"several outputs can be its scores.*outputs\.scores in the card"):
        load_model(str(path))
    tiny.write_card(path, outputs={"scores": "student"})
    assert load_model(str(path)).predict(RED)[0].top(1)[0][1] == "red"
    tiny.write_card(path, outputs={"scores": "teacher"})
    assert load_model(str(path)).predict(RED)[0].top(1)[0][1] == "blue"


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"scores": "nothing"}, r"outputs.scores is 'nothing' in the card, the file has logits"),
        ({"masks": "logits"}, r"outputs.masks is none that its task reads: scores"),
    ],
)
def test_names_that_are_none_are_refused(tmp_path, outputs, said):
    path = tiny.colour_model(tmp_path, outputs=outputs)
    with pytest.raises(ModelError, match=said):
        load_model(str(path))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ([{"name": "x", "kind": "film"}], "inputs\\[0\\].kind must be one of picture"),
        ([{"name": "x", "kind": "size"}], "one input is a picture"),
        ([{"name": "x", "kind": "picture"}, {"name": "x", "kind": "size"}], "different names"),
        ([{"name": "x", "kind": "picture", "order": "hw"}], "order is not a field"),
        ([{"name": "x", "kind": "constant", "shape": [2, 2], "values": [1, 2, 3]}], "1 number or 4"),
        ([{"name": "x", "kind": "state", "shape": [2]}], "next is missing"),
    ],
)
def test_wrong_inputs_in_a_card(inputs, said):
    with pytest.raises(ModelError, match=said):
        parse_card(tiny.card("x", inputs=inputs), "x")


INPUTS = [
    {"name": "picture", "kind": "picture"},
    {"name": "size", "kind": "size", "order": "wh", "of": "frame"},
    {"name": "gains", "kind": "constant", "shape": [1, 3], "values": [1.0, 2.0, 3.0]},
    {"name": "memory", "kind": "state", "shape": [1, 3], "values": [0.0], "next": "memory_out"},
]


def test_inputs_and_outputs_survive_a_card_in_text():
    card = parse_card(tiny.card("x", inputs=INPUTS, outputs={"scores": "logits"}), "x")
    assert parse_card(json.loads(card_as_json(card)), "x") == card


def many_inputs(path):
    """Scores = mean colour * gains + width + memory; memory_out = memory + 1. The picture is the last input."""
    nodes = [  # the width is column 0 of a size in the order wh
        helper.make_node("GlobalAveragePool", ["picture"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Mul", ["flat", "gains"], ["scaled"]),
        helper.make_node("Cast", ["size"], ["size_f"], to=TensorProto.FLOAT),
        helper.make_node("Slice", ["size_f", "zero", "one", "one"], ["width"]),
        helper.make_node("Add", ["scaled", "width"], ["sum"]),
        helper.make_node("Add", ["sum", "memory"], ["logits"]),
        helper.make_node("Add", ["memory", "step"], ["memory_out"]),
    ]
    inputs = [
        helper.make_tensor_value_info("memory", TensorProto.FLOAT, [1, 3]),
        helper.make_tensor_value_info("size", TensorProto.INT64, [1, 2]),
        helper.make_tensor_value_info("gains", TensorProto.FLOAT, [1, 3]),
        tiny.picture(name="picture"),
    ]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3]) for n in ("memory_out", "logits")]
    constants = {"zero": np.int64([0]), "one": np.int64([1]), "step": np.float32(1)}
    return tiny.save(path, nodes, inputs, outputs, constants)


def test_a_file_of_many_inputs_is_fed_by_name(tmp_path):
    path = many_inputs(tmp_path / "m.onnx")
    tiny.write_card(path, inputs=INPUTS, outputs={"scores": "logits"}, output__activation="softmax")
    model = load_model(str(path))
    image = tiny.solid((255, 255, 255), (40, 20))
    first = model.answer(image, more=("memory_out",))
    assert first.outputs["logits"].tolist() == [pytest.approx([41.0, 42.0, 43.0])]
    assert first.state["memory"].tolist() == [[1, 1, 1]]
    second = model.answer(image, state=first.state)
    assert second.outputs["logits"].tolist() == [pytest.approx([42.0, 43.0, 44.0])]
    assert model.remembers
    assert model.answer(image).outputs["logits"][0, 0] == pytest.approx(41.0), "a plain call starts afresh"


def test_a_file_of_many_inputs_without_a_card_says_what_it_takes(tmp_path):
    with pytest.raises(ModelError, match=r"it has 4 inputs: memory.*a card's inputs say what they are"):
        load_model(str(many_inputs(tmp_path / "m.onnx")))


def test_inputs_that_the_card_forgets_are_named(tmp_path):
    path = many_inputs(tmp_path / "m.onnx")
    tiny.write_card(path, inputs=INPUTS[:3], outputs={"scores": "logits"})
    with pytest.raises(ModelError, match="the file takes memory"):
        load_model(str(path))


def test_only_what_is_wanted_comes_back_and_unknown_names_are_refused(tmp_path):
    session = Session(many_inputs(tmp_path / "m.onnx"), "cpu")
    feeds = {i.name: np.zeros([d or 1 for d in i.shape]) for i in session.inputs}
    assert list(session.run(feeds, ["memory_out"])) == ["memory_out"]
    with pytest.raises(ModelError, match="has no input 'images'"):
        session.run({"images": np.zeros((1, 3, 32, 32))})
    with pytest.raises(ModelError, match="failed to run"):
        session.run(feeds, ["no-such-output"])


def test_several_pictures_in_one_run_say_what_each_says_alone(tmp_path):
    path = tiny.colour_classifier(tmp_path / "m.onnx", shape=("n", 3, 32, 32))
    tiny.write_card(path)
    model = load_model(str(path))
    assert not model._batches, "on a processor it gains nothing and takes memory"
    model._batches = True
    runs = []
    run = model.session.run
    model.session.run = lambda feeds, wanted=None: runs.append(len(feeds["images"])) or run(feeds, wanted)
    images = [
        tiny.solid(bgr, (20 + i, 30)) for i, bgr in enumerate([(0, 0, 255), (0, 255, 0), (255, 0, 0)] * 4)
    ]
    many, _ = model.predict_many(images)
    assert runs == [8, 4]
    for image, result in zip(images, many, strict=True):
        np.testing.assert_allclose(result.probabilities, model.predict(image)[0].probabilities, atol=1e-6)
