"""What files of strangers take: grey, transparent, flat and whole-number pictures, further inputs, one size only."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests import tiny_models as tiny
from vision_app.cards.lookup import MODELS_VARIABLE
from vision_app.catalogue import place
from vision_app.engine.predictors import load_model
from vision_app.errors import ModelError

SIDE = 32
FLOAT, UINT8, INT64 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT64
CLASSIFIER = {"input.resize": "squash", "output.activation": "none", "labels": ["dark", "light"]}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))


def saved(path: Path, nodes, inputs, outputs, weights=(), opset=13, domains=()) -> Path:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(*i) for i in inputs],
        [helper.make_tensor_value_info(*o) for o in outputs],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in weights],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(path))
    return path


def light_or_dark(path: Path, kind, shape, opset=13) -> Path:
    """One minus the mean of all values, and the mean: of pixels from 0 to 1, or from 0 to 255 for whole numbers."""
    scale = np.float32(1 / 255 if kind == UINT8 else 1)
    nodes = [
        helper.make_node("Cast", ["x"], ["floats"], to=FLOAT),
        helper.make_node("Reshape", ["floats", "row"], ["values"]),
        helper.make_node("ReduceMean", ["values"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "scale"], ["light"]),
        helper.make_node("Sub", ["one", "light"], ["dark"]),
        helper.make_node("Concat", ["dark", "light"], ["y"], axis=1),
    ]
    weights = [("row", np.int64([1, -1])), ("scale", scale), ("one", np.float32(1))]
    return saved(path, nodes, [("x", kind, shape)], [("y", FLOAT, [1, 2])], weights, opset)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (FLOAT, [1, 1, SIDE, SIDE]),
        (FLOAT, [1, SIDE, SIDE, 1]),
        (FLOAT, [1, 4, SIDE, SIDE]),
        (FLOAT, [1, SIDE, SIDE, 4]),
        (FLOAT, [1, SIDE, SIDE]),
        (FLOAT, [1, SIDE * SIDE]),
        (FLOAT, [1, 3 * SIDE * SIDE]),
        (UINT8, [1, SIDE, SIDE, 3]),
        (UINT8, [1, 3, SIDE, SIDE]),
    ],
    ids=str,
)
def test_a_white_picture_is_light_however_it_is_wanted(tmp_path, kind, shape):
    file = light_or_dark(tmp_path / "m.onnx", kind, shape)
    place.add(file, settings={**CLASSIFIER, "input.scale": 1.0 if kind == UINT8 else 1 / 255})
    model = load_model("m")
    for value, label in ((250, "light"), (5, "dark")):
        result, _ = model.predict(tiny.solid((value, value, value), (50, 40)))
        assert result.top(1)[0][1] == label
        assert result.top(1)[0][2] > 0.7


def test_whole_numbers_are_never_made_black_by_a_scale(tmp_path):
    file = light_or_dark(tmp_path / "m.onnx", UINT8, [1, SIDE, SIDE, 3])
    with pytest.raises(ModelError, match=r"would make all of them 0; set input.scale to 1"):
        place.add(file, settings={**CLASSIFIER, "input.scale": 1 / 255})


@pytest.mark.parametrize("opset", [7, 9, 11, 13])
def test_old_and_new_opsets(tmp_path, opset):
    place.add(
        light_or_dark(tmp_path / "m.onnx", FLOAT, [1, 3, SIDE, SIDE], opset),
        settings={**CLASSIFIER, "input.scale": 1 / 255},
    )
    assert load_model("m").predict(tiny.solid((250, 250, 250)))[0].top(1)[0][1] == "light"


def boxes_by_size(path: Path, size_name: str, order: str) -> Path:
    """An end-to-end detector whose one box is as large as the size it is told, and a threshold of its own."""
    far = {"wh": [0, 1, 0, 1], "hw": [1, 0, 1, 0]}[order]
    nodes = [
        helper.make_node("Cast", ["size"], ["sides"], to=FLOAT),
        helper.make_node("Gather", ["sides", "order"], ["far"], axis=1),
        helper.make_node("Mul", ["far", "mask"], ["box"]),
        helper.make_node("Reshape", ["box", "as_boxes"], ["boxes"]),
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "sure"], ["some"]),
        helper.make_node("Add", ["some", "score_threshold"], ["more"]),
        helper.make_node("Reshape", ["more", "as_list"], ["scores"]),
        helper.make_node("Identity", ["third"], ["labels"]),
    ]
    for node in nodes:
        node.input[:] = [size_name if n == "size" else n for n in node.input]
    weights = [
        ("order", np.int64(far)),
        ("mask", np.float32([[0, 0, 0.5, 0.5]])),
        ("as_boxes", np.int64([1, 1, 4])),
        ("as_list", np.int64([1, 1])),
        ("zero", np.float32(0)),
        ("sure", np.float32(0.7)),
        ("third", np.int64([[3]])),
    ]
    inputs = [
        ("images", FLOAT, [1, 3, 40, 80]),
        (size_name, INT64, [1, 2]),
        ("score_threshold", FLOAT, [1]),
    ]
    outputs = [("labels", INT64, [1, 1]), ("boxes", FLOAT, [1, 1, 4]), ("scores", FLOAT, [1, 1])]
    return saved(path, nodes, inputs, outputs, weights)


@pytest.mark.parametrize(("name", "order"), [("orig_target_sizes", "wh"), ("image_shape", "hw")])
def test_a_size_and_a_threshold_are_fed_by_their_names(tmp_path, name, order):
    model = load_model(str(boxes_by_size(tmp_path / "d.onnx", name, order)))
    result, _ = model.predict(tiny.solid((9, 9, 9), (160, 80)))
    found = result.detections
    assert (found.label(0), float(found.scores[0])) == ("motorcycle", pytest.approx(0.75))
    assert found.xyxy[0].tolist() == pytest.approx([0, 0, 80, 40])


def test_a_file_whose_sides_are_free_by_its_words_only_is_kept_at_the_size_at_which_it_runs(tmp_path):
    cells = 52 * 52 + 26 * 26 + 13 * 13
    nodes = [
        helper.make_node("AveragePool", ["x"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Reshape", ["cells", "at_416"], ["flat"]),  # 3 x 52 x 52 values: of no other size
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "answer"], ["y"]),
    ]
    answer = np.zeros((1, cells, 6), np.float32)
    answer[0, :, :4] = np.random.default_rng(0).normal(0, 3, (cells, 4))
    answer[0, 7, 4:] = 0.9
    weights = [("at_416", np.int64([1, 3 * 52 * 52])), ("zero", np.float32(0)), ("answer", answer)]
    free = [1, 3, "h", "w"]
    file = saved(tmp_path / "d.onnx", nodes, [("x", FLOAT, free)], [("y", FLOAT, [1, "n", 6])], weights)
    told: list[str] = []
    added = place.add(file, tell=told.append)
    assert added.card is not None
    assert added.card.input.size_hw == (416, 416)
    assert added.card.output.layout == "yolox"
    assert any("runs at 416 x 416 only" in line for line in told)
    result, _ = load_model("d").predict(tiny.solid((9, 9, 9), (160, 80)))
    assert len(result.detections) == 1


def language_model(path):
    nodes = [helper.make_node("Cast", ["input_ids"], ["y"], to=FLOAT)]
    return saved(path, nodes, [("input_ids", INT64, [1, 16])], [("y", FLOAT, [1, 16])])


def of_a_table(path):
    attributes = {"offset": [0.0], "scale": [1.0]}
    nodes = [helper.make_node("Scaler", ["X"], ["y"], domain="ai.onnx.ml", **attributes)]
    return saved(path, nodes, [("X", FLOAT, [1, 5])], [("y", FLOAT, [1, 5])], domains=["ai.onnx.ml"])


def for_tensorrt(path):
    nodes = [helper.make_node("EfficientNMS_TRT", ["x"], ["num_dets"])]
    return saved(path, nodes, [("x", FLOAT, [1, 3, 8, 8])], [("num_dets", FLOAT, [1, 1])])


def sound(path):
    nodes = [helper.make_node("Identity", ["audio"], ["y"])]
    return saved(path, nodes, [("audio", FLOAT, [1, 16000])], [("y", FLOAT, [1, 16000])])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (language_model, "looks like a language model"),
        (of_a_table, "looks like a model of scikit-learn"),
        (for_tensorrt, "made for TensorRT: EfficientNMS_TRT"),
        (sound, "looks like a model for sound"),
    ],
)
def test_what_is_no_model_for_pictures_is_named(tmp_path, make, reason):
    file = make(tmp_path / "m.onnx")
    for refuse in (place.add, lambda path: load_model(str(path))):
        with pytest.raises(ModelError, match=reason) as refused:
            refuse(file)
        assert "\n" not in str(refused.value)


def test_a_wrong_card_is_no_base_of_a_second_add(tmp_path):
    file = light_or_dark(tmp_path / "m.onnx", FLOAT, [1, 3, SIDE, SIDE])
    place.add(file, name="first", settings={**CLASSIFIER, "input.scale": 1 / 255, "input.colour": "BGR"})
    with pytest.raises(ModelError, match="looks like a classifier"):
        place.add(file, name="second")
    again = place.add(file, name="second", settings={**CLASSIFIER, "input.scale": 1 / 255})
    assert again.card is not None
    assert again.card.input.colour == "RGB"
