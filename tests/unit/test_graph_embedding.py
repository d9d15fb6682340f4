"""The embedding is found whatever the last layer looks like; backbone and new head say what they should."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests import tiny_models
from tests.tiny_classifiers import WIDTH, grid_classifier, weights
from vision_app.errors import ModelError
from vision_app.graph import (
    EMBEDDING_KEY,
    Backbone,
    DenseLayer,
    Wiring,
    cut,
    find_embedding,
    load_model,
    save_bytes,
    with_embedding_output,
)
from vision_app.graph.familiarity import Familiarity
from vision_app.resources import models_dir
from vision_app.runtime import Session

node = helper.make_node
W, B = weights()
PICTURES = np.random.default_rng(0).uniform(0, 1, (3, 3, 32, 32)).astype(np.float32)
SQUARES = PICTURES.reshape(3, 3, 4, 8, 4, 8).mean((3, 5))
EMBEDDING = SQUARES.reshape(3, WIDTH)

SCALE, ZERO = np.float32(0.01), np.uint8(0)
W8 = np.clip(np.round(W / 0.01), -128, 127).astype(np.int8)

TAILS = {
    "gemm": ([node("Gemm", ["flat", "w", "b"], ["logits"], transB=1)], {"w": W, "b": B}),
    "gemm, not transposed, softmax": (
        [node("Gemm", ["flat", "w", "b"], ["x"]), node("Softmax", ["x"], ["logits"], axis=1)],
        {"w": W.T.copy(), "b": B},
    ),
    "matmul and add": (
        [node("MatMul", ["flat", "w"], ["x"]), node("Add", ["x", "b"], ["logits"])],
        {"w": W.T.copy(), "b": B},
    ),
    "temperature": (
        [node("Gemm", ["flat", "w", "b"], ["x"], transB=1), node("Div", ["x", "t"], ["logits"])],
        {"w": W, "b": B, "t": np.float32(1.5)},
    ),
    "weight behind identity and transpose": (
        [
            node("Identity", ["w"], ["w1"]),
            node("Transpose", ["w1"], ["w2"], perm=[1, 0]),
            node("MatMul", ["flat", "w2"], ["logits"]),
        ],
        {"w": W},
    ),
    "weight in a constant": (
        [
            node("Constant", [], ["w"], value=numpy_helper.from_array(W)),
            node("Gemm", ["flat", "w", "b"], ["logits"], transB=1),
        ],
        {"b": B},
    ),
    "rounded to 8 bits": (
        [
            node("QuantizeLinear", ["flat", "s", "z"], ["q"]),
            node("DequantizeLinear", ["q", "s", "z"], ["dq"]),
            node("DequantizeLinear", ["w8", "s", "wz"], ["w"]),
            node("Gemm", ["dq", "w", "b"], ["x"], transB=1),
            node("QuantizeLinear", ["x", "s", "z"], ["y"]),
            node("DequantizeLinear", ["y", "s", "z"], ["logits"]),
        ],
        {"s": SCALE, "z": ZERO, "w8": W8, "wz": np.int8(0), "b": B},
    ),
    "dynamically quantised": (
        [
            node("DynamicQuantizeLinear", ["flat"], ["q", "qs", "qz"]),
            node("MatMulInteger", ["q", "w8", "qz"], ["i"]),
            node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
            node("Mul", ["qs", "s"], ["scale"]),
            node("Mul", ["f", "scale"], ["m"]),
            node("Add", ["m", "b"], ["logits"]),
        ],
        {"s": SCALE, "w8": W8.T.copy(), "b": B},
    ),
    "two heads of one thing, averaged": (
        [
            node("BatchNormalization", ["flat", "g", "o", "m", "v"], ["n1"]),
            node("Mul", ["flat", "g"], ["n2"]),
            node("Gemm", ["n1", "w", "b"], ["x1"], transB=1),
            node("Gemm", ["n2", "w", "b"], ["x2"], transB=1),
            node("Add", ["x1", "x2"], ["x"]),
            node("Div", ["x", "two"], ["logits"]),
        ],
        {
            "w": W,
            "b": B,
            "g": np.full(WIDTH, 0.5, np.float32),
            "o": np.zeros(WIDTH, np.float32),
            "m": np.zeros(WIDTH, np.float32),
            "v": np.ones(WIDTH, np.float32),
            "two": np.float32(2),
        },
    ),
}


def embedded(path: Path, pictures: np.ndarray = PICTURES) -> np.ndarray:
    return Session(path, "cpu", content=Backbone(path).content()).run_single(pictures)


@pytest.mark.parametrize("tail", TAILS, ids=str)
def test_the_input_of_the_last_layer_is_found_behind(tail, tmp_path):
    nodes, constants = TAILS[tail]
    path = grid_classifier(tmp_path / "model.onnx", tail=nodes, constants=constants)
    backbone = Backbone(path)
    assert backbone.width == WIDTH
    assert backbone.point.classes == 10
    assert embedded(path) == pytest.approx(EMBEDDING, abs=1e-6)
    session = Session(path, "cpu", content=with_embedding_output(path))
    tapped = list(session.run({session.inputs[0].name: PICTURES}).values())
    assert tapped[0] == pytest.approx(Session(path, "cpu").run_single(PICTURES))
    assert tapped[-1] == pytest.approx(EMBEDDING, abs=1e-6)


def image_model(path: Path, nodes: list, constants: dict, classes: int = 10, shape=("n", 3, 32, 32)) -> Path:
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)
    return tiny_models.save(path, nodes, [tiny_models.picture(shape)], [output], constants)


def test_a_convolution_as_the_classifier_gives_its_pooled_input(tmp_path):
    w = np.random.default_rng(1).normal(size=(10, 3, 1, 1)).astype(np.float32)
    nodes = [
        node("Conv", ["images", "w"], ["c"]),
        node("Relu", ["c"], ["r"]),
        node("GlobalAveragePool", ["r"], ["p"]),
        node("Flatten", ["p"], ["logits"]),
    ]
    path = image_model(tmp_path / "squeeze.onnx", nodes, {"w": w})
    assert Backbone(path).width == 3
    assert embedded(path) == pytest.approx(PICTURES.mean((2, 3)), abs=1e-6)


def test_tokens_and_channels_last_maps_are_averaged(tmp_path):
    w = np.random.default_rng(1).normal(size=(3, 10)).astype(np.float32)
    for axes, name in ((3, "tokens"), (4, "maps")):
        nodes = [node("Transpose", ["images"], ["nhwc"], perm=[0, 2, 3, 1])]
        source, constants = "nhwc", {"w": w, "axes": np.array([1], np.int64)}
        if axes == 3:
            nodes.append(node("Reshape", ["nhwc", "shape"], ["tokens"]))
            source, constants["shape"] = "tokens", np.array([0, -1, 3], np.int64)
        nodes += [
            node("MatMul", [source, "w"], ["x"]),
            node("ReduceMean", ["x"], ["logits"], axes=list(range(1, axes - 1)), keepdims=0),
        ]
        path = image_model(tmp_path / f"{name}.onnx", nodes, constants)
        assert embedded(path) == pytest.approx(PICTURES.mean((2, 3)), abs=1e-5)


def test_heads_of_different_things_are_joined(tmp_path):
    w1, w2 = (weights(5, seed)[0] for seed in (1, 2))
    tail = [
        node("Neg", ["flat"], ["other"]),
        node("Gemm", ["flat", "w1"], ["x1"], transB=1),
        node("Gemm", ["other", "w2"], ["x2"], transB=1),
        node("Add", ["x1", "x2"], ["logits"]),
    ]
    path = grid_classifier(tmp_path / "two.onnx", tail=tail, constants={"w1": w1, "w2": w2}, classes=5)
    assert embedded(path) == pytest.approx(np.concatenate([EMBEDDING, -EMBEDDING], 1), abs=1e-6)


def test_quantised_operators_are_read_too(tmp_path):
    constants = {"s": SCALE, "z": ZERO, "w8": W8.T.copy(), "wz": np.int8(0)}
    tail = [
        node("QuantizeLinear", ["flat", "s", "z"], ["q"]),
        node("QLinearMatMul", ["q", "s", "z", "w8", "s", "wz", "s", "z"], ["y"]),
        node("DequantizeLinear", ["y", "s", "z"], ["logits"]),
    ]
    path = grid_classifier(tmp_path / "qop.onnx", tail=tail, constants=constants)
    assert embedded(path) == pytest.approx(EMBEDDING, abs=0.0051)


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ([node("ReduceMean", ["flat"], ["logits"], axes=[1])], "no layer with weights"),
        ([node("TopK", ["flat", "k"], ["logits", "places"])], "'TopK'"),
        ([node("Gemm", ["flat", "flat"], ["logits"], transB=1)], "'Gemm'"),
    ],
    ids=["no layer", "another operator", "a product of two activations"],
)
def test_what_has_no_last_layer_is_refused_in_one_line(nodes, why, tmp_path):
    path = grid_classifier(
        tmp_path / "none.onnx", tail=nodes, constants={"k": np.array([3], np.int64)}, classes=3
    )
    with pytest.raises(ModelError, match=why) as caught:
        Backbone(path)
    assert "no embedding can be found" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_detector_is_refused(shared_models):
    for name in ("yolox_nano_416_fp32.onnx", "yolov8n_640_dynint8.onnx"):
        with pytest.raises(ModelError, match="no embedding can be found"):
            Backbone(shared_models / name)


def head(width: int = WIDTH, classes: int = 4, hidden: str = "") -> list[DenseLayer]:
    random = np.random.default_rng(5)
    sizes = [width, 6, classes] if hidden else [width, classes]
    layers = []
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        w = random.normal(0, 0.5, (inputs, outputs)).astype(np.float32)
        b = random.normal(0, 0.5, outputs).astype(np.float32)
        layers.append(DenseLayer(w, b, hidden if hidden and i == 0 else "none"))
    return layers


def expected(layers: list[DenseLayer], x: np.ndarray) -> np.ndarray:
    from vision_app.learn.network import activate, log_softmax

    for layer in layers:
        x = x @ layer.weight + layer.bias
        x = x if layer.activation == "none" else activate(x, layer.activation)
    return np.exp(log_softmax(x))


@pytest.mark.parametrize("hidden", ["", "relu", "gelu"])
@pytest.mark.parametrize("tail", ["gemm", "rounded to 8 bits", "matmul and add"])
def test_a_new_head_takes_the_place_of_the_old_one(hidden, tail, tmp_path):
    nodes, constants = TAILS[tail]
    path = grid_classifier(tmp_path / "base.onnx", tail=nodes, constants=constants)
    layers = head(hidden=hidden)
    made = tmp_path / "made.onnx"
    save_bytes(Backbone(path).with_head(layers, {"mine": "yes"}), made)
    onnx.checker.check_model(str(made), full_check=True)
    session = Session(made, "cpu")
    assert session.metadata["mine"] == "yes"
    assert session.outputs[0].shape == (None, 4)
    assert session.run_single(PICTURES) == pytest.approx(expected(layers, EMBEDDING), abs=1e-5)
    left = {t.name for t in load_model(made).graph.initializer}
    assert not left & set(constants), "weights of the old head are still there"


def test_the_gate_of_what_was_never_seen_sits_before_the_softmax(tmp_path):
    path = grid_classifier(tmp_path / "base.onnx")
    layers = head()
    prototypes = EMBEDDING[:1] / np.linalg.norm(EMBEDDING[:1], axis=1, keepdims=True)
    familiarity = Familiarity(prototypes.astype(np.float32), 0.9995, 0.999)
    made = Session(path, "cpu", content=Backbone(path).with_head(layers, {}, familiarity))
    scores = EMBEDDING @ layers[0].weight + layers[0].bias
    gated = scores * familiarity.gate(EMBEDDING)[:, None]
    e = np.exp(gated - gated.max(1, keepdims=True))
    assert made.run_single(PICTURES) == pytest.approx(e / e.sum(1, keepdims=True), abs=1e-5)
    again = tmp_path / "again.onnx"
    save_bytes(Backbone(path).with_head(layers, {}, familiarity), again)
    assert embedded(again) == pytest.approx(EMBEDDING, abs=1e-6)


def test_a_model_made_here_gives_the_same_backbone_again(tmp_path):
    path = grid_classifier(tmp_path / "base.onnx")
    made = tmp_path / "made.onnx"
    save_bytes(Backbone(path).with_head(head(hidden="gelu"), {}), made)
    assert Backbone(made).width == WIDTH  # not the hidden layer of the head
    assert embedded(made) == pytest.approx(EMBEDDING, abs=1e-6)
    twice = tmp_path / "twice.onnx"
    save_bytes(Backbone(made).with_head(head(), {}), twice)
    assert Session(twice, "cpu").run_single(PICTURES) == pytest.approx(expected(head(), EMBEDDING), abs=1e-5)
    assert EMBEDDING_KEY in Session(twice, "cpu").metadata


def test_a_fixed_batch_stays_fixed_and_a_free_one_free(tmp_path):
    for batch, shape in ((1, (1, WIDTH)), ("n", (None, WIDTH))):
        path = grid_classifier(tmp_path / "base.onnx", batch=batch)
        assert Session(path, "cpu", content=Backbone(path).content()).outputs[0].shape == shape


def test_half_precision_is_widened(tmp_path):
    nodes = [
        node("Cast", ["flat"], ["half"], to=TensorProto.FLOAT16),
        node("Gemm", ["half", "w", "b"], ["x"], transB=1),
        node("Cast", ["x"], ["logits"], to=TensorProto.FLOAT),
    ]
    constants = {"w": W.astype(np.float16), "b": B.astype(np.float16)}
    path = grid_classifier(tmp_path / "half.onnx", tail=nodes, constants=constants)
    assert not Backbone(path).point.is_float32
    assert embedded(path) == pytest.approx(EMBEDDING, abs=1e-3)


def test_names_that_are_taken_are_not_used_twice(tmp_path):
    tail = [
        node("Identity", ["flat"], ["vision_app/head.0"]),
        node("Gemm", ["vision_app/head.0", "vision_app/head.0.weight"], ["logits"], transB=1),
    ]
    path = grid_classifier(tmp_path / "taken.onnx", tail=tail, constants={"vision_app/head.0.weight": W})
    content = Backbone(path).with_head(head(), {})
    assert Session(path, "cpu", content=content).run_single(PICTURES) == pytest.approx(
        expected(head(), EMBEDDING), abs=1e-5
    )


def test_layers_that_do_not_fit_are_the_callers_mistake(tmp_path):
    backbone = Backbone(grid_classifier(tmp_path / "base.onnx"))
    with pytest.raises(ValueError, match="is given 48"):
        backbone.with_head(head(width=47), {})
    with pytest.raises(ValueError, match="at least one layer"):
        backbone.with_head([], {})
    with pytest.raises(ValueError, match="biases"):
        DenseLayer(np.zeros((3, 2), np.float32), np.zeros(3, np.float32))


def test_gelu_needs_operators_that_have_it(tmp_path):
    path = grid_classifier(tmp_path / "old.onnx", opset=8)
    with pytest.raises(ModelError, match="take relu"):
        Backbone(path).with_head(head(hidden="gelu"), {})
    assert Session(path, "cpu", content=Backbone(path).with_head(head(hidden="relu"), {}))


def test_a_cut_graph_has_only_what_is_needed(tmp_path):
    model = load_model(grid_classifier(tmp_path / "base.onnx"))
    assert Wiring(model).cut_points() == ["squares", "flat", "logits"]
    wanted = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])
    given = helper.make_tensor_value_info("flat", TensorProto.FLOAT, ["n", WIDTH])
    head_only = cut(model, [given], [wanted])
    assert [n.op_type for n in head_only.graph.node] == ["Gemm"]
    assert Session(tmp_path / "x", "cpu", content=head_only.SerializeToString()).run_single(EMBEDDING) == (
        pytest.approx(EMBEDDING @ W.T + B, abs=1e-5)
    )
    with pytest.raises(ModelError, match="would be missing"):
        cut(model, [], [wanted])


def nodes_of_shipped(name: str) -> Path:
    return models_dir() / f"{name}.onnx"


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite0-int8"])
def test_shipped_classifiers(name):
    path = nodes_of_shipped(name)
    backbone = Backbone(path)
    assert (backbone.width, backbone.point.classes) == (1280, 1000)
    pictures = np.random.default_rng(0).normal(0, 1, (2, 3, 224, 224)).astype(np.float32)
    got = embedded(path, pictures)
    assert got.shape == (2, 1280)
    weight = {t.name: t for t in load_model(path).graph.initializer}
    assert len(backbone.content()) < path.stat().st_size - 1_000_000 - 200_000
    if name == "efficientnet-lite0":
        w, b = (numpy_helper.to_array(weight[f"_fc.{part}"]) for part in ("weight", "bias"))
        assert got @ w.T + b == pytest.approx(Session(path, "cpu").run_single(pictures), abs=1e-3)
        made = backbone.with_head([DenseLayer(w.T.copy(), b)], {})
        logits = Session(path, "cpu").run_single(pictures)
        e = np.exp(logits - logits.max(1, keepdims=True))
        assert Session(path, "cpu", content=made).run_single(pictures) == pytest.approx(
            e / e.sum(1, keepdims=True), abs=1e-5
        )


def test_a_quantised_mobilenet_of_the_zoo(shared_models):
    path = shared_models / "mobilenetv2-12-qdq.onnx"
    pictures = np.random.default_rng(0).normal(0, 1, (2, 3, 224, 224)).astype(np.float32)
    got = embedded(path, pictures)
    assert got.shape == (2, 1280)
    model = load_model(path)
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    w = values["classifier.1.weight_quantized"].astype(np.float32) * values["classifier.1.weight_scale"]
    logits = got @ w + values["classifier.1.bias"]
    theirs = Session(path, "cpu").run_single(pictures)
    assert np.corrcoef(logits.ravel(), theirs.ravel())[0, 1] > 0.99


def test_find_embedding_says_which_layer_it_was(tmp_path):
    point = find_embedding(load_model(grid_classifier(tmp_path / "base.onnx")), "base.onnx")
    assert point.layer == "last"
    assert [s.tensor for s in point.sources] == ["flat"]
