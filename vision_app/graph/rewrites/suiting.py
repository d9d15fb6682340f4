"""Which files are rewritten at all: what cannot be understood as a whole is left alone."""

from __future__ import annotations

from typing import Any

import onnx

from vision_app.graph.files import tensors_of
from vision_app.graph.wiring import Wiring

_LOWEST_OPSET = 11
_LARGEST_BYTES = 1 << 30
_INNER = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
_QUANTISED = (
    "QuantizeLinear",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "QLinear",
    "ConvInteger",
    "MatMulInteger",
)


def why_left_alone(model: Any) -> str:
    """The reason for which a model is not rewritten; "" when it may be."""
    if any(t.external_data or t.data_location == onnx.TensorProto.EXTERNAL for t in tensors_of(model)):
        return "its weights are in another file"
    if model.ByteSize() > _LARGEST_BYTES:
        return "it is larger than 1 GiB"
    if model.functions:
        return "it has functions of its own"
    if Wiring(model).opset < _LOWEST_OPSET:
        return f"it is of opset {Wiring(model).opset}; rewritten are those from {_LOWEST_OPSET} on"
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx"):
            return f"it has operators of {node.domain}"
        if node.op_type.startswith(_QUANTISED):
            return "it computes in 8 bits"
        if any(a.type in _INNER for a in node.attribute):
            return f"it has a graph inside of its {node.op_type}"
    if model.graph.sparse_initializer:
        return "it has sparse weights"
    return ""
