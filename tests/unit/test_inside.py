"""Roles inside a network are found by structure, and any tensor becomes an output without changing the others."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from vision_app.cards.lookup import find_model
from vision_app.engine.predictors import LoadedModel, load_model
from vision_app.errors import ModelError
from vision_app.explaining.probe import Probe
from vision_app.graph.attention import find_attention
from vision_app.graph.inside import look_inside
from vision_app.graph.receptive import Field, Window
from vision_app.graph.taps import with_outputs

SIDE = 48
PICTURE = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)


def probe_of(name: str) -> Probe:
    return Probe(load_model(name, provider="cpu"))


# name: last map, number of class maps of a detector, attentions, exact class head
ROLES = {
    "efficientnet-lite0": ("NCHW", 0, 0, True),
    "efficientnet-lite0-int8": ("NCHW", 0, 0, True),
    "sketch-cnn": ("NCHW", 0, 0, True),
    "sketch-mlp": (None, 0, 0, False),
    "sketch-vit": ("tokens", 0, 6, False),
    "sketch-hybrid": ("tokens", 0, 4, False),
    "sketch-capsnet": ("NCHW", 0, 0, False),
    "sketch-yolo": ("NCHW", 3, 0, False),
    "sketch-yolo-int8": ("NCHW", 3, 0, False),
}


@pytest.mark.parametrize("name", ROLES)
def test_roles_of_the_shipped_networks(name):
    inside = probe_of(name).inside
    layout, class_maps, attentions, exact = ROLES[name]
    assert [p.layout for p in inside.maps][:1] == ([] if layout is None else [layout])
    assert len(inside.class_maps) == class_maps
    assert len(inside.attention) == attentions
    assert (inside.head is not None) == exact
    assert (inside.capsules is not None) == (name == "sketch-capsnet")
    assert [la.number for la in inside.layers] == list(range(1, len(inside.layers) + 1))
    assert len({la.name for la in inside.layers}) == len(inside.layers)


@pytest.mark.parametrize("name", ["sketch-cnn", "sketch-vit", "sketch-capsnet", "efficientnet-lite0-int8"])
def test_every_layer_becomes_an_output_and_the_answer_stays(name):
    probe = probe_of(name)
    names = [la.activated for la in probe.inside.layers]
    plain = probe.model.answer(PICTURE)
    tapped = probe.answer(PICTURE, names)
    for output, value in plain.outputs.items():
        np.testing.assert_allclose(tapped.outputs[output], value, rtol=1e-3, atol=2e-3)
    for layer in probe.inside.layers:
        value = tapped.outputs[layer.activated]
        assert value.dtype == np.float32
        assert np.isfinite(value).all()
        assert layer.shape == value.shape or layer.activated != layer.tensor


def test_a_capsule_sends_shares_that_sum_to_one():
    probe = probe_of("sketch-capsnet")
    point = probe.inside.capsules
    assert point is not None
    shares = probe.answer(PICTURE, (point.coupling,)).outputs[point.coupling]
    assert (point.types, point.grid_hw) == (8, (6, 6))
    np.testing.assert_allclose(shares.reshape(288, 10).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_a_place_changes_only_with_the_pixels_of_its_receptive_field(number):
    probe = probe_of("sketch-cnn")
    layer = probe.inside.layers[number - 1]
    assert layer.field is not None
    session = probe.with_outputs((layer.tensor,)).session
    base = np.zeros((1, 3, SIDE, SIDE), np.float32) + 0.5
    before = session.run({"images": base}, (layer.tensor,))[layer.tensor][0]
    row, column = before.shape[1] // 2, before.shape[2] // 2
    left, top, right, bottom = (round(v) for v in layer.field.at(row, column))
    seen = np.zeros((SIDE, SIDE), bool)
    for y in range(0, SIDE):
        for x in range(0, SIDE):
            near = left - 2 <= x <= right + 1 and top - 2 <= y <= bottom + 1
            if not near:
                continue
            changed = base.copy()
            changed[0, :, y, x] = 4.0
            after = session.run({"images": changed}, (layer.tensor,))[layer.tensor][0]
            seen[y, x] = np.abs(after[:, row, column] - before[:, row, column]).max() > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    assert (columns[0], rows[0]) == (max(left, 0), max(top, 0))
    assert (columns[-1] + 1, rows[-1] + 1) == (min(right, SIDE), min(bottom, SIDE))


def test_receptive_field_of_a_chain_is_that_of_the_formula():
    field = Field()
    size, jump = 1, 1
    for kernel, stride, dilation in ((7, 2, 1), (3, 2, 1), (3, 1, 2), (1, 1, 1), (5, 1, 1)):
        window = Window((kernel,) * 2, (stride,) * 2, (kernel // 2,) * 2, (kernel // 2,) * 2, (dilation,) * 2)
        field = field.through(window)
        size, jump = size + (kernel - 1) * dilation * jump, jump * stride
    assert field.size_hw == (size, size)
    assert field.jump == (jump, jump)


def test_a_picture_that_is_taken_apart_is_seen_twice_as_far():
    """The first layer of YOLOX: every second row and column, four times, then a convolution."""
    from vision_app.graph.receptive import fields
    from vision_app.graph.shapes import infer_shapes
    from vision_app.graph.wiring import Wiring

    names = {
        "axes": [2, 3],
        "steps": [2, 2],
        "end": [8, 8],
        "s00": [0, 0],
        "s01": [0, 1],
        "s10": [1, 0],
        "s11": [1, 1],
    }
    constants = [numpy_helper.from_array(np.array(v, np.int64), k) for k, v in names.items()]
    constants.append(numpy_helper.from_array(np.ones((1, 12, 3, 3), np.float32), "w"))
    parts = [
        helper.make_node("Slice", ["x", f"s{i}{j}", "end", "axes", "steps"], [f"p{i}{j}"])
        for i in (0, 1)
        for j in (0, 1)
    ]
    nodes = [
        *parts,
        helper.make_node("Concat", ["p00", "p01", "p10", "p11"], ["c"], axis=1),
        helper.make_node("Conv", ["c", "w"], ["y"], kernel_shape=[3, 3]),
    ]
    model = _closed(nodes)
    model.graph.initializer.extend(constants)
    found = fields(Wiring(model), infer_shapes(model, (1, 3, 8, 8)))
    assert found["p11"] == Field((1, 1), (1, 1), (2, 2))
    assert found["c"] is not None
    assert found["c"].size_hw == (2, 2)
    assert found["y"] is not None
    assert (found["y"].size_hw, found["y"].jump) == ((6, 6), (2, 2))


def test_names_and_numbers_of_layers():
    inside = probe_of("sketch-cnn").inside
    assert inside.layer("1") is inside.layers[0]
    assert inside.layer(inside.layers[3].name) is inside.layers[3]
    with pytest.raises(ModelError, match="no layer 'nowhere', only 1 to"):
        inside.layer("nowhere")


def test_the_card_decides_which_map_is_the_last(tmp_path):
    file = find_model("sketch-cnn")
    assert file.card is not None
    inside = probe_of("sketch-cnn").inside
    chosen = inside.layers[2].activated
    from dataclasses import replace

    from vision_app.cards.card import InsideSpec, card_as_json, parse_card_text

    card = replace(file.card, inside=InsideSpec(chosen))
    assert parse_card_text(card_as_json(card), "x").inside == InsideSpec(chosen)
    assert [p.tensor for p in Probe(LoadedModel(replace(file, card=card))).inside.maps] == [chosen]
    wrong = replace(file.card, inside=InsideSpec("nothing"))
    with pytest.raises(ModelError, match=r"inside\.map of the card names 'nothing'"):
        _ = Probe(LoadedModel(replace(file, card=wrong))).inside


# fused attention -----------------------------------------------------------------------------------------------

TOKENS, WIDTH, HEADS = 9, 8, 2
RNG = np.random.default_rng(3)


def _fused(op_type: str, domain: str, inputs: list[str], constants: dict[str, np.ndarray], **attributes):
    node = helper.make_node(op_type, ["x", *inputs], ["y"], name="fused", domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, TOKENS, WIDTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in constants.items()],
    )
    opset = 23 if not domain else 17
    imports = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=imports, ir_version=10)


FUSED = {
    "Attention of Microsoft": lambda: _fused(
        "Attention",
        "com.microsoft",
        ["w", "b"],
        {"w": RNG.normal(size=(WIDTH, 3 * WIDTH)), "b": RNG.normal(size=3 * WIDTH)},
        num_heads=HEADS,
    ),
    "MultiHeadAttention": lambda: _fused(
        "MultiHeadAttention",
        "com.microsoft",
        ["x", "x", "b"],
        {"b": RNG.normal(size=3 * WIDTH)},
        num_heads=HEADS,
    ),
    "Attention of the standard": lambda: _fused(
        "Attention", "", ["x", "x"], {}, q_num_heads=HEADS, kv_num_heads=HEADS
    ),
    "with a scale": lambda: _fused(
        "Attention", "", ["x", "x"], {}, q_num_heads=HEADS, kv_num_heads=HEADS, scale=0.3
    ),
}


@pytest.mark.parametrize("name", FUSED)
def test_a_fused_attention_is_opened(name):
    model = FUSED[name]()
    points, refused = find_attention(model)
    assert (len(points), refused) == (1, ())
    point = points[0]
    assert point.fused
    session = ort.InferenceSession(with_outputs(model, [point.matrix, point.result]))
    x = RNG.normal(size=(1, TOKENS, WIDTH)).astype(np.float32)
    fused, matrix, result = session.run(["y", point.matrix, point.result], {"x": x})
    assert matrix.shape == (1, HEADS, TOKENS, TOKENS)
    np.testing.assert_allclose(matrix.sum(axis=-1), 1, rtol=1e-5)
    # the sums that follow from the opened matrix are those of the operator itself
    np.testing.assert_allclose(result.transpose(0, 2, 1, 3).reshape(1, TOKENS, WIDTH), fused, atol=1e-5)


def test_a_fused_attention_with_a_mask_is_refused_in_one_sentence():
    model = _fused(
        "MultiHeadAttention",
        "com.microsoft",
        ["x", "x", "", "", "bias"],
        {"bias": RNG.normal(size=(1, HEADS, TOKENS, TOKENS))},
        num_heads=HEADS,
    )
    points, refused = find_attention(model)
    assert points == ()
    assert len(refused) == 1
    assert "'fused'" in refused[0]
    assert "cannot be opened" in refused[0]


# files that forbid it --------------------------------------------------------------------------------------------


def _measure(_):
    raise AssertionError("nothing is to be run")


def test_weights_elsewhere_are_refused():
    weight = numpy_helper.from_array(np.ones((1, 1, 1, 1), np.float32), "w")
    weight.data_location = TensorProto.EXTERNAL
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [weight],
    )
    with pytest.raises(ModelError, match="cannot be looked into: its weights are in a separate file"):
        look_inside(helper.make_model(graph), "m", (1, 1, 4, 4), 1, measure=_measure)


def test_an_unknown_tensor_cannot_be_led_out():
    model = onnx.load(str(find_model("sketch-mlp").path))
    with pytest.raises(ModelError, match="no tensor called 'nowhere'"):
        with_outputs(model, ["nowhere"])


def _closed(nodes, functions=(), opset=17):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph(nodes, "g", [x], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=imports, functions=list(functions))


def test_layers_in_functions_and_inner_graphs_are_refused_in_one_sentence():
    inner = [helper.make_node("Relu", ["a"], ["b"])]
    function = helper.make_function("own", "Block", ["a"], ["b"], inner, [helper.make_opsetid("", 17)])
    packed = _closed([helper.make_node("Block", ["x"], ["y"], domain="own")], [function])
    with pytest.raises(ModelError, match="its layers are packed into functions; export it with"):
        look_inside(packed, "m", (1, 3, 8, 8), 3, measure=_measure)
    body = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["z"])],
        "then",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
    )
    condition = helper.make_node(
        "Constant", [], ["c"], value=helper.make_tensor("v", TensorProto.BOOL, [], [True])
    )
    branching = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
    with pytest.raises(ModelError, match="lie inside an operator 'If', from which nothing can be led out"):
        look_inside(_closed([condition, branching]), "m", (1, 3, 8, 8), 3, measure=_measure)


def test_a_dynamic_token_count_is_measured(tmp_path):
    """A transformer whose tokens depend on the size of the picture: the count is that of the card's size."""
    model = onnx.load(str(find_model("sketch-vit").path))
    del model.graph.value_info[:]
    for dim in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dim.Clear()
        dim.dim_param = "side"
    path = tmp_path / "free.onnx"
    onnx.save(model, str(path))
    file = find_model("sketch-vit")
    assert file.card is not None
    from vision_app.cards.lookup import ModelFile

    probe = Probe(LoadedModel(ModelFile("free", path, file.card), provider="cpu"))
    assert [probe.inside.shapes[p.matrix][-1] for p in probe.inside.attention] == [65] * 6
    assert probe.inside.laid_out(65).grid_hw == (8, 8)
