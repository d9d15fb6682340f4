"""Each rewrite of a graph with its proof: the same values bit for bit, or within 1e-6, and only where it fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vision_app.graph.rewrites import proving
from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.rewrites.proving import AT_PLACES, difference, improved
from vision_app.graph.rewrites.suiting import why_left_alone
from vision_app.graph.rewrites.table import REWRITES, Rewrite
from vision_app.runtime import Session

SIDE = 16
RNG = np.random.default_rng(0)
BY_NAME = {rewrite.name: rewrite for rewrite in REWRITES}


def network(
    nodes: list[Any],
    weights: dict[str, Any],
    outputs: tuple[str, ...] = ("y",),
    *,
    rank: int = 4,
    opset: int = 17,
) -> Any:
    picture = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, SIDE, SIDE))
    told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name in outputs]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "g", [picture], told, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def floats(*shape: int, low: float = -1.0, high: float = 1.0) -> Any:
    return RNG.uniform(low, high, shape).astype(np.float32)


def prelu(slopes: Any) -> Any:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("PRelu", ["c", "s"], ["y"]),
    ]
    return network(nodes, {"w": floats(8, 3, 3, 3), "s": slopes})


def twice(kind: str, **attributes: Any) -> Any:
    """Two of a kind, with a convolution between them."""
    slopes = ["s"] if kind == "PRelu" else []
    nodes = [
        helper.make_node(kind, ["x", *slopes], ["a"], **attributes),
        helper.make_node("Conv", ["a", "w"], ["b"], pads=[1] * 4),
        helper.make_node(kind, ["b", *slopes], ["y"], **attributes),
    ]
    weights = {"w": floats(3, 3, 3, 3)} | ({"s": floats(3, 1, 1, high=3.0)} if slopes else {})
    return network(nodes, weights)


def space_to_depth(kernel: int, stride: int = 1) -> Any:
    nodes = [
        helper.make_node("SpaceToDepth", ["x"], ["d"], blocksize=2),
        helper.make_node("Conv", ["d", "w"], ["y"], pads=[kernel // 2] * 4, strides=[stride] * 2),
    ]
    return network(nodes, {"w": floats(4, 12, kernel, kernel)})


def unshuffled(order: tuple[int, ...]) -> Any:
    half = SIDE // 2
    nodes = [
        helper.make_node("Reshape", ["x", "apart"], ["a"]),
        helper.make_node("Transpose", ["a"], ["t"], perm=order),
        helper.make_node("Reshape", ["t", "joined"], ["d"]),
        helper.make_node("Conv", ["d", "w"], ["y"], pads=[1] * 4),
    ]
    shapes = {"apart": np.array([1, 3, half, 2, half, 2]), "joined": np.array([1, 12, half, half])}
    return network(nodes, {"w": floats(4, 12, 3, 3), **shapes})


def focus(corners: tuple[tuple[int, int], ...], *, both_axes_at_once: bool) -> Any:
    nodes, weights = [], {"w": floats(4, 12, 3, 3)}
    far = np.iinfo(np.int64).max
    for number, (down, right) in enumerate(corners):
        if both_axes_at_once:
            weights |= {f"s{number}": np.array([down, right])}
            weights |= {"e": np.array([far, far]), "a": np.array([2, 3]), "t": np.array([2, 2])}
            nodes.append(helper.make_node("Slice", ["x", f"s{number}", "e", "a", "t"], [f"p{number}"]))
            continue
        weights |= {"e1": np.array([far]), "a2": np.array([2]), "a3": np.array([3]), "t1": np.array([2])}
        weights |= {f"d{number}": np.array([down]), f"r{number}": np.array([right])}
        nodes.append(helper.make_node("Slice", ["x", f"d{number}", "e1", "a2", "t1"], [f"q{number}"]))
        nodes.append(
            helper.make_node("Slice", [f"q{number}", f"r{number}", "e1", "a3", "t1"], [f"p{number}"])
        )
    nodes.append(helper.make_node("Concat", [f"p{n}" for n in range(4)], ["d"], axis=1))
    nodes.append(helper.make_node("Conv", ["d", "w"], ["y"], pads=[1] * 4))
    return network(nodes, weights)


def turned_to_and_fro() -> Any:
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], perm=[0, 2, 3, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Sigmoid", ["a"], ["c"]),
        helper.make_node("Transpose", ["b"], ["b1"], perm=[0, 3, 1, 2]),
        helper.make_node("Transpose", ["c"], ["c1"], perm=[0, 3, 1, 2]),
        helper.make_node("Mul", ["b1", "c1"], ["d"]),
        helper.make_node("Transpose", ["d"], ["e"], perm=[0, 2, 3, 1]),
        helper.make_node("Clip", ["e", "low", "high"], ["f"]),
        helper.make_node("Transpose", ["f"], ["g"], perm=[0, 3, 1, 2]),
        helper.make_node("Neg", ["g"], ["y"]),
    ]
    return network(nodes, {"low": np.float32(0.1), "high": np.float32(0.4)})


def arithmetic_of_constants() -> Any:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "two"], ["h"]),
        helper.make_node("Unsqueeze", ["h", "zero"], ["h1"]),
        helper.make_node("Concat", ["one", "three", "minus"], ["target"], axis=0),
        helper.make_node("Mul", ["w", "k"], ["w2"]),
        helper.make_node("Conv", ["x", "w2"], ["c"], pads=[1] * 4),
        helper.make_node("Reshape", ["c", "target"], ["r"]),
        helper.make_node("Cast", ["h1"], ["hf"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["r", "hf"], ["y"]),
    ]
    weights = {
        "two": np.array(2),
        "zero": np.array([0]),
        "one": np.array([1]),
        "three": np.array([3]),
        "minus": np.array([-1]),
    }
    return network(nodes, {**weights, "w": floats(3, 3, 3, 3), "k": np.float32(1.5)}, rank=3)


def padded_pool(fill: float, before: str) -> Any:
    nodes = [
        helper.make_node(before, ["x"], ["a"]),
        helper.make_node("Pad", ["a", "p", "f"], ["b"]),
        helper.make_node("MaxPool", ["b"], ["y"], kernel_shape=[3, 3], strides=[2, 2]),
    ]
    return network(nodes, {"p": np.array([0, 0, 1, 0, 0, 0, 1, 2]), "f": np.float32(fill)})


def product_with_a_vector(opset: int) -> Any:
    nodes = [helper.make_node("Softmax", ["x"], ["a"], axis=3), helper.make_node("MatMul", ["a", "v"], ["y"])]
    return network(nodes, {"v": np.arange(SIDE, dtype=np.float32)}, rank=3, opset=opset)


def hard_swish(*steps: tuple[str, list[str], str], three: Any = 3.0, six: float = 6.0) -> Any:
    nodes = [
        helper.make_node("Add", ["x", "three"], ["a"]),
        helper.make_node("Clip", ["a", "zero", "six"], ["c"]),
    ]
    nodes += [helper.make_node(kind, reads, [makes]) for kind, reads, makes in steps]
    weights = {
        "three": np.float32(three),
        "six": np.float32(six),
        "zero": np.float32(0),
        "sixth": np.float32(1 / 6),
    }
    return network(nodes, weights | {"five": np.float32(5)})


def softmax_across(axis: int, opset: int = 17) -> Any:
    return network([helper.make_node("Softmax", ["x"], ["y"], axis=axis)], {}, opset=opset)


def mean_of_a_distribution(
    order: tuple[int, ...] = (0, 2, 1, 3), opset: int = 17, read_twice: bool = False
) -> Any:
    nodes = [
        helper.make_node("Reshape", ["x", "apart"], ["a"]),
        helper.make_node("Transpose", ["a"], ["t"], perm=order),
        helper.make_node("Softmax", ["t"], ["s"], axis=1),
        helper.make_node("Conv", ["s", "w"], ["m" if read_twice else "y"]),
    ]
    if read_twice:
        nodes.append(helper.make_node("Mul", ["m", "s"], ["y"]))
    apart = [1, 3, SIDE, SIDE] if order[1] == 2 else [1, SIDE, 3, SIDE]
    weights = {"apart": np.array(apart), "w": np.arange(SIDE, dtype=np.float32).reshape(1, SIDE, 1, 1)}
    return network(nodes, weights, opset=opset)


def two_outputs() -> Any:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4),
        helper.make_node("Conv", ["x", "v"], ["a"], pads=[1] * 4),
        helper.make_node("Relu", ["a"], ["unread"]),
    ]
    return network(nodes, {"w": floats(4, 3, 3, 3), "v": floats(4, 3, 3, 3)}, ("y", "unread"))


CASES: dict[str, tuple[str, Callable[[], Any], set[str], set[str]]] = {
    # name: rewrite, model, operators that go, operators that come
    "slopes of their own": ("prelu", lambda: prelu(floats(8, 1, 1, high=3.0)), {"PRelu"}, {"Relu", "Min"}),
    "slopes from 0 to 1": ("prelu", lambda: prelu(floats(8, 1, 1, low=0.0)), {"PRelu"}, {"Max"}),
    "one slope": ("prelu", lambda: prelu(np.full((8, 1, 1), 0.25, np.float32)), {"PRelu"}, {"LeakyRelu"}),
    "a scalar slope": ("prelu", lambda: prelu(np.array([-2.5], np.float32)), {"PRelu"}, {"LeakyRelu"}),
    "two with slopes": ("prelu", lambda: twice("PRelu"), {"PRelu"}, {"Relu", "Min"}),
    "two softmaxes": ("softmax", lambda: twice("Softmax", axis=1), {"Softmax"}, {"Exp"}),
    "space to depth": ("stem", lambda: space_to_depth(3), {"SpaceToDepth"}, set()),
    "space to depth, even kernel": ("stem", lambda: space_to_depth(2, stride=2), {"SpaceToDepth"}, set()),
    "pixels by place": ("stem", lambda: unshuffled((0, 3, 5, 1, 2, 4)), {"Reshape", "Transpose"}, set()),
    "pixels by channel": ("stem", lambda: unshuffled((0, 1, 3, 5, 2, 4)), {"Reshape", "Transpose"}, set()),
    "focus": (
        "stem",
        lambda: focus(((0, 0), (1, 0), (0, 1), (1, 1)), both_axes_at_once=False),
        {"Slice", "Concat"},
        set(),
    ),
    "focus, both axes": (
        "stem",
        lambda: focus(((0, 0), (0, 1), (1, 1), (1, 0)), both_axes_at_once=True),
        {"Slice", "Concat"},
        set(),
    ),
    "to and fro": ("transposes", turned_to_and_fro, {"Transpose"}, set()),
    "constants": ("constants", arithmetic_of_constants, {"Shape", "Gather", "Concat", "Cast"}, set()),
    "a border that never wins": ("pools", lambda: padded_pool(-np.inf, "Neg"), {"Pad"}, set()),
    "a border of 0 around what is not negative": ("pools", lambda: padded_pool(0.0, "Relu"), {"Pad"}, set()),
    "a vector": ("products", lambda: product_with_a_vector(17), set(), {"Squeeze"}),
    "a vector, opset 11": ("products", lambda: product_with_a_vector(11), set(), {"Squeeze"}),
    "hard sigmoid": ("hard", lambda: hard_swish(("Div", ["c", "six"], "y")), {"Clip"}, {"HardSigmoid"}),
    "hard swish, divided at the end": (
        "hard",
        lambda: hard_swish(("Mul", ["x", "c"], "m"), ("Div", ["m", "six"], "y")),
        {"Clip", "Div"},
        {"HardSigmoid"},
    ),
    "hard swish, a sixth before": (
        "hard",
        lambda: hard_swish(("Mul", ["sixth", "c"], "m"), ("Mul", ["x", "m"], "y")),
        {"Clip", "Add"},
        {"HardSigmoid"},
    ),
    "softmax over channels": ("softmax", lambda: softmax_across(1), {"Softmax"}, {"Exp", "Div"}),
    "softmax over rows, counted from behind": ("softmax", lambda: softmax_across(-2), {"Softmax"}, {"Exp"}),
    "softmax, opset 18": ("softmax", lambda: softmax_across(1, 18), {"Softmax"}, {"Exp", "Div"}),
    "mean of a distribution": ("softmax", mean_of_a_distribution, {"Softmax", "Conv"}, {"MatMul"}),
    "mean, opset 18": ("softmax", lambda: mean_of_a_distribution(opset=18), {"Softmax", "Conv"}, {"MatMul"}),
    "mean, turned otherwise": (
        "softmax",
        lambda: mean_of_a_distribution((0, 1, 2, 3)),
        {"Softmax"},
        {"Conv", "Exp"},
    ),
    "mean, the distribution is read as well": (
        "softmax",
        lambda: mean_of_a_distribution(read_twice=True),
        {"Softmax"},
        {"Conv", "Exp"},
    ),
    "unread output": ("outputs", two_outputs, {"Relu"}, set()),
}


def operators(model: Any) -> set[str]:
    return {node.op_type for node in model.graph.node}


def results(model: Any, picture: Any) -> dict[str, Any]:
    return Session(Path("m.onnx"), "cpu", content=model.SerializeToString()).run({"x": picture}, ("y",))


@pytest.mark.parametrize("case", CASES)
def test_a_rewrite_gives_the_same_numbers_by_other_operators(case: str) -> None:
    name, make, gone, come = CASES[case]
    model = make()
    draft = Draft(onnx.ModelProto.FromString(model.SerializeToString()))
    BY_NAME[name].apply(draft, ("y",))
    onnx.checker.check_model(draft.model)
    assert not gone & operators(draft.model)
    assert come <= operators(draft.model)
    for picture in (floats(1, 3, SIDE, SIDE), 100 * floats(1, 3, SIDE, SIDE), np.zeros((1, 3, SIDE, SIDE))):
        old, new = (results(m, picture.astype(np.float32))["y"] for m in (model, draft.model))
        if BY_NAME[name].exact:
            assert np.array_equal(old, new)
        else:
            assert np.abs(old - new).max() <= AT_PLACES * np.abs(old).max()


UNFIT: dict[str, tuple[str, Callable[[], Any]]] = {
    "a slope that is no number": ("prelu", lambda: prelu(np.full((8, 1, 1), np.inf, np.float32))),
    "a corner twice": (
        "stem",
        lambda: focus(((0, 0), (1, 0), (0, 1), (0, 1)), both_axes_at_once=False),
    ),
    "pixels in another order": ("stem", lambda: unshuffled((0, 5, 3, 1, 2, 4))),
    "a border of 0 that wins": ("pools", lambda: padded_pool(0.0, "Neg")),
    "a border above 0": ("pools", lambda: padded_pool(0.5, "Relu")),
    "a ceiling that is not 1": ("hard", lambda: hard_swish(("Div", ["c", "five"], "y"))),
    "six over a hard sigmoid": ("hard", lambda: hard_swish(("Div", ["six", "c"], "y"))),
    "a clipped value that is read twice": (
        "hard",
        lambda: hard_swish(("Div", ["c", "six"], "m"), ("Add", ["m", "c"], "y")),
    ),
    "a square of a clipped value": (
        "hard",
        lambda: hard_swish(("Mul", ["c", "c"], "m"), ("Div", ["m", "six"], "y")),
    ),
    "a shift for each channel": (
        "hard",
        lambda: hard_swish(("Div", ["c", "six"], "y"), three=[[[1.0]], [[2.0]], [[3.0]]]),
    ),
    "softmax over the last axis": ("softmax", lambda: softmax_across(3)),
    "softmax over the last axis, as usual": ("softmax", lambda: softmax_across(-1)),
    "softmax of an old opset, which takes all axes together": ("softmax", lambda: softmax_across(1, 12)),
    "one output": ("outputs", lambda: prelu(floats(8, 1, 1))),
}


@pytest.mark.parametrize("case", UNFIT)
def test_what_only_looks_alike_is_left_as_it_is(case: str) -> None:
    name, make = UNFIT[case]
    model = make()
    draft = Draft(onnx.ModelProto.FromString(model.SerializeToString()))
    BY_NAME[name].apply(draft, ("y",))
    assert draft.model.SerializeToString() == model.SerializeToString()


def test_a_weight_stored_in_16_bits_stays_so() -> None:
    nodes = [
        helper.make_node("Cast", ["w"], ["w32"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "w32"], ["y"]),
    ]
    model = network(nodes, {"w": floats(4, 3, 3, 3).astype(np.float16)})
    draft = Draft(model)
    BY_NAME["constants"].apply(draft, ())
    assert operators(draft.model) == {"Cast", "Conv"}


def with_if() -> Any:
    branch = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["z"])],
        "b",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
    )
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    return network([node], {"c": np.array(True)})


def with_function() -> Any:
    model = prelu(floats(8, 1, 1))
    inner = [helper.make_node("Relu", ["a"], ["b"])]
    opset = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("own", "F", ["a"], ["b"], inner, opset))
    return model


def with_external() -> Any:
    model = prelu(floats(8, 1, 1))
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="w.bin")
    return model


def in_8_bits(last: Any) -> Any:
    """A picture that is rounded to 8 bits and back, and what comes after it in float."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "step", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "step", "zero"], ["d"]),
        last,
    ]
    weights = {"step": np.float32(0.01), "zero": np.uint8(128), "v": floats(3, 1, 1, high=3.0)}
    return network(nodes, weights)


ALONE = {
    "external data": (with_external, "another file"),
    "8 bits": (
        lambda: in_8_bits(helper.make_node("PRelu", ["d", "v"], ["y"])),
        "8 bits",
    ),
    "functions": (with_function, "functions"),
    "an inner graph": (with_if, "inside of its If"),
    "an old opset": (lambda: network([helper.make_node("Relu", ["x"], ["y"])], {}, opset=9), "opset 9"),
    "another domain": (
        lambda: network([helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")], {}),
        "com.microsoft",
    ),
}


@pytest.mark.parametrize("case", ALONE)
def test_what_is_not_understood_as_a_whole_is_left_alone(case: str) -> None:
    make, reason = ALONE[case]
    model = make()
    assert reason in why_left_alone(model)
    outcome = improved(model, [{"x": floats(1, 3, SIDE, SIDE)}])
    assert (outcome.content, outcome.steps) == (None, ())
    assert reason in outcome.left_alone


def speeds(monkeypatch: pytest.MonkeyPatch, ratio: float, load: float = 1.0) -> None:
    """As if what comes second took so many times less; how long this machine takes is not what is tested."""
    monkeypatch.setattr(proving, "seconds_in_turn", lambda *_: [ratio, 1.0])
    monkeypatch.setattr(proving, "_load_times", lambda *_: [load, 1.0])


def test_of_8_bits_only_what_is_in_float_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds(monkeypatch, 1.5)
    model = in_8_bits(helper.make_node("Softmax", ["d"], ["y"], axis=1))
    outcome = improved(model, [{"x": floats(1, 3, SIDE, SIDE)}])
    assert [(step.name, step.kept) for step in outcome.steps] == [("softmax", True)]
    assert outcome.content is not None
    made = onnx.ModelProto.FromString(outcome.content)
    assert operators(made) >= {"QuantizeLinear", "DequantizeLinear", "Exp"}


def test_what_is_faster_and_the_same_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds(monkeypatch, 1.5)
    model = prelu(floats(8, 1, 1))
    outcome = improved(model, [{"x": floats(1, 3, SIDE, SIDE)}])
    assert outcome.content is not None
    assert "PRelu" not in operators(onnx.load_from_string(outcome.content))
    assert [(s.name, s.kept, s.places) for s in outcome.steps] == [("prelu", True, 1)]
    assert (outcome.speed, outcome.difference) == (1.5, 0.0)


def test_a_rewrite_that_fails_costs_nothing_but_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds(monkeypatch, 1.5)

    def fails(draft: Draft, _: Any) -> None:
        del draft.graph.node[:]
        raise KeyError("scale")

    rewrites = [Rewrite("odd", "odd", fails), BY_NAME["prelu"]]
    outcome = improved(prelu(floats(8, 1, 1)), [{"x": floats(1, 3, SIDE, SIDE)}], rewrites=rewrites)
    assert [(s.name, s.kept) for s in outcome.steps] == [("odd", False), ("prelu", True)]
    assert "scale" in outcome.steps[0].why


@pytest.mark.parametrize(
    ("speed", "load", "kept"), [(1.0, 1.0, False), (1.0, 1.5, True), (0.9, 9.0, False), (1.03, 0.5, True)]
)
def test_what_brings_nothing_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, speed: float, load: float, kept: bool
) -> None:
    speeds(monkeypatch, speed, load)
    outcome = improved(prelu(floats(8, 1, 1)), [{"x": floats(1, 3, SIDE, SIDE)}])
    assert (outcome.content is not None) is kept
    assert outcome.steps[0].kept is kept


def off_by(amount: float) -> Callable[[Draft, Any], None]:
    def change(draft: Draft, _: Any) -> None:
        tensor = draft.graph.initializer[0]
        moved = numpy_helper.to_array(tensor) * np.float32(1 + amount)
        tensor.CopyFrom(numpy_helper.from_array(moved, tensor.name))
        draft.places.append("c")

    return change


@pytest.mark.parametrize(("exact", "amount"), [(True, 2e-7), (False, 3e-6), (False, 0.1)])
def test_a_rewrite_that_changes_the_values_is_taken_back(
    monkeypatch: pytest.MonkeyPatch, exact: bool, amount: float
) -> None:
    speeds(monkeypatch, 2.0)
    wrong = Rewrite("wrong", "wrong", off_by(amount), exact=exact)
    outcome = improved(prelu(floats(8, 1, 1)), [{"x": floats(1, 3, SIDE, SIDE)}], rewrites=[wrong])
    assert outcome.content is None
    assert [s.kept for s in outcome.steps] == [False]
    assert "c" in outcome.steps[0].why


def test_a_change_that_no_place_tells_of_is_seen_at_the_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds(monkeypatch, 2.0)

    def silent(draft: Draft, read: Any) -> None:
        off_by(1e-3)(draft, read)
        draft.places.clear()

    wrong = Rewrite("wrong", "wrong", silent)
    outcome = improved(prelu(floats(8, 1, 1)), [{"x": floats(1, 3, SIDE, SIDE)}], rewrites=[wrong])
    assert outcome.content is None
    assert "outputs differ" in outcome.steps[0].why


def test_whole_numbers_and_shapes_have_to_be_equal() -> None:
    assert difference(np.array([1, 2]), np.array([1, 2])) == 0
    assert difference(np.array([1, 2]), np.array([1, 3])) == float("inf")
    assert difference(np.zeros(2), np.zeros(3)) == float("inf")
    assert difference(np.array([np.nan]), np.array([np.nan])) == 0


def rename_output(draft: Draft, _: Any) -> None:
    draft.graph.output[0].name = draft.graph.node[-1].output[0] = "other"


def widen_input(draft: Draft, _: Any) -> None:
    draft.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "n"


def tell_something_else(draft: Draft, _: Any) -> None:
    draft.model.metadata_props.add(key="names", value="{0: 'cat'}")


@pytest.mark.parametrize(
    ("change", "what"),
    [(rename_output, "outputs"), (widen_input, "inputs"), (tell_something_else, "metadata")],
)
def test_what_looks_otherwise_from_outside_is_taken_back(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Draft, Any], None], what: str
) -> None:
    speeds(monkeypatch, 2.0)
    wrong = Rewrite("wrong", "wrong", change)
    outcome = improved(prelu(floats(8, 1, 1)), [{"x": floats(1, 3, SIDE, SIDE)}], rewrites=[wrong])
    assert outcome.content is None
    assert what in outcome.steps[0].why
