"""Weights that were left in float among 8-bit layers stay in float when ONNX Runtime loads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from vision_app.runtime import Session


def test_a_float_layer_between_8_bit_tensors_keeps_its_weights() -> None:
    rng = np.random.default_rng(0)
    weights = rng.uniform(-1, 1, (4, 1, 3, 3)).astype(np.float32)
    weights[1:] *= 1e-3  # one scale for all channels would round these to nothing
    values = {"s": np.float32(1 / 64), "z": np.uint8(128), "w": weights, "b": np.zeros(4, np.float32)}
    values |= {"s2": np.float32(1e-4), "z2": np.uint8(128)}
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        helper.make_node("Conv", ["d", "w", "b"], ["c"], pads=[1] * 4, group=4),
        helper.make_node("QuantizeLinear", ["c", "s2", "z2"], ["q2"]),
        helper.make_node("DequantizeLinear", ["q2", "s2", "z2"], ["y"]),
    ]
    told = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4, 8, 8]) for n in ("x", "y")]
    tensors = [numpy_helper.from_array(np.asarray(v), n) for n, v in values.items()]
    graph = helper.make_graph(nodes, "g", told[:1], told[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    picture = rng.uniform(-1, 1, (1, 4, 8, 8)).astype(np.float32)
    got = Session(Path("m.onnx"), "cpu", content=model.SerializeToString()).run({"x": picture})["y"]
    padded = np.pad(np.round(picture * 64) / 64, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    wanted = np.einsum("nchwij,cij->nchw", windows, weights[:, 0])
    assert np.abs(got - wanted)[:, 1:].max() <= 0.6e-4
