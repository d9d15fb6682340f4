"""The rewrites of the converted networks say the same in other operators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper
from people.blocking import Graph, blocked
from people.halving import halved
from people.writing import Writer, named

NOISE = np.random.default_rng(7)


def noise(*shape: int) -> np.ndarray:
    return NOISE.normal(0, 0.6, shape).astype(np.float16).astype(np.float32)


def convolution(w: Writer, source: str, outputs: int, inputs: int, side: int = 1, **attributes) -> str:
    weights = w.constant(noise(outputs, inputs, side, side))
    return w.node(
        "Conv",
        [source, weights, w.constant(noise(outputs))],
        **{"group": 1, "strides": [1, 1], "pads": [side // 2] * 4} | attributes,
    )


def slope(w: Writer, source: str, values: np.ndarray) -> str:
    return w.node("PRelu", [source, w.constant(values.reshape(-1, 1, 1))])


def relu6(w: Writer, source: str) -> str:
    return w.node("Clip", [source, w.constant(np.float32(0)), w.constant(np.float32(6))])


def some_above_one(channels: int) -> np.ndarray:
    values = NOISE.uniform(-1, 1, channels).astype(np.float32)
    values[::3] = NOISE.uniform(1.1, 4, len(values[::3]))
    return values


def residual_slopes(w: Writer) -> str:
    """Three PRelu along a residual; the last one is also read by a MaxPool, which cannot take another sign."""
    at = slope(w, convolution(w, "picture", 32, 3), some_above_one(32))
    for _ in range(2):
        depth = convolution(w, at, 32, 1, 3, group=32)
        at = slope(w, w.node("Add", [at, convolution(w, depth, 32, 32)]), some_above_one(32))
    pooled = w.node("MaxPool", [at], kernel_shape=[2, 2], strides=[2, 2])
    strided = convolution(w, at, 32, 1, 3, group=32, strides=[2, 2])
    return w.node("Add", [pooled, convolution(w, strided, 32, 32)])


def resized_slopes(w: Writer) -> str:
    at = slope(w, convolution(w, "picture", 16, 3), some_above_one(16))
    size = w.constant([1, 16, 32, 32], np.int64)
    made = w.node("Resize", [at, "", "", size], mode="linear", coordinate_transformation_mode="half_pixel")
    return convolution(w, made, 8, 16)


def padded(w: Writer) -> str:
    few = convolution(w, "picture", 16, 3)
    pad = w.node("Pad", [few, w.constant([0, 0, 0, 0, 0, 16, 0, 0], np.int64)], mode="constant")
    return w.node("Relu", [w.node("Add", [pad, convolution(w, few, 32, 16, 3)])])


def capped(w: Writer) -> str:
    at = convolution(w, "picture", 16, 3)
    at = relu6(w, w.node("Add", [at, convolution(w, at, 16, 16)]))
    at = relu6(w, w.node("Add", [at, convolution(w, at, 16, 16)]))
    pooled = w.node("MaxPool", [at], kernel_shape=[2, 2], strides=[2, 2])
    strided = convolution(w, at, 16, 1, 3, group=16, strides=[2, 2])
    at = relu6(w, w.node("Add", [pooled, convolution(w, strided, 16, 16)]))
    return convolution(w, at, 8, 16)


def deep(w: Writer) -> str:
    space = w.node("DepthToSpace", [convolution(w, "picture", 32, 3)], blocksize=2, mode="DCR")
    strided = convolution(w, space, 8, 1, 3, group=8, strides=[2, 2], pads=[1, 1, 1, 1])
    return convolution(w, strided, 5, 8)


def model(writer: Writer):
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 16, 16])
    result = helper.make_tensor_value_info("made", TensorProto.FLOAT, None)
    return writer.model("small", [picture], [result])


def run(made) -> np.ndarray:
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(1).normal(0, 2, (1, 3, 16, 16)).astype(np.float32)
    return session.run(None, {"picture": picture})[0]


def same_after(rewrite: Callable[[Writer], None], build: Callable[[Writer], str]) -> set[str]:
    """Checks that a rewrite changes no value; returns the operators after it."""
    writer = Writer()
    named(writer, build(writer), "made")
    before = run(model(writer))
    rewrite(writer)
    after = model(writer)
    np.testing.assert_allclose(run(after), before, rtol=0, atol=3e-6 * float(np.abs(before).max()))
    return {n.op_type for n in after.graph.node}


@pytest.mark.parametrize(
    ("build", "gone"),
    [
        (residual_slopes, "PRelu"),
        (resized_slopes, "PRelu"),
        (padded, "Pad"),
        (capped, "Clip"),
        (deep, "DepthToSpace"),
    ],
)
def test_what_leaves_the_layout_is_said_otherwise(build: Callable[[Writer], str], gone: str) -> None:
    assert gone not in same_after(blocked, build)


def read_outside(w: Writer) -> str:
    """A capped sum that something other than a convolution reads."""
    at = convolution(w, "picture", 16, 3)
    at = relu6(w, w.node("Add", [at, convolution(w, at, 16, 16)]))
    return w.node("Sigmoid", [at])


def test_what_cannot_be_said_otherwise_stays() -> None:
    assert "Clip" in same_after(blocked, read_outside)


def small_mask(w: Writer) -> str:
    """Few channels, a residual on either side of a doubling, and a mask of one channel."""
    at = w.node("Relu", [convolution(w, "picture", 8, 3)])
    wide = w.node("Relu", [convolution(w, at, 24, 8)])
    at = convolution(w, wide, 8, 24)
    for number in range(2):
        depth = convolution(w, at, 8, 1, 3, group=8)
        at = relu6(w, w.node("Add", [at, convolution(w, relu6(w, depth), 8, 8)]))
        if number == 0:
            size = w.constant([1, 8, 32, 32], np.int64)
            at = w.node(
                "Resize", [at, "", "", size], mode="linear", coordinate_transformation_mode="half_pixel"
            )
    return convolution(w, convolution(w, at, 8, 8, 3), 1, 8, 3)


def test_both_halves_of_a_mask_are_the_mask() -> None:
    def both(writer: Writer) -> None:
        mask = Graph(writer).source("made").input[0]
        halved(writer, mask, (32, 32))
        blocked(writer)

    assert "Gather" in same_after(both, small_mask)


def test_16_bits_and_a_factor_give_the_product() -> None:
    values = noise(3, 16)
    writer = Writer()
    total = writer.node("Mul", ["picture", writer.constant(values[:, None], factor=1 / 6)])
    named(writer, total, "made")
    made = model(writer)
    kinds = [i.data_type for i in made.graph.initializer if len(i.dims)]
    assert kinds == [TensorProto.FLOAT16]
    unscaled = Writer()
    named(unscaled, unscaled.node("Mul", ["picture", unscaled.constant(values[:, None])]), "made")
    np.testing.assert_allclose(run(made), run(model(unscaled)) / 6, rtol=1e-6)
