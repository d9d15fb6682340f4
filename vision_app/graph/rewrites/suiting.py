"""Which files are rewritten at all: what cannot be understood as a whole is left alone."""

from __future__ import annotations

from typing import Any

import onnx

from vision_app.graph.files import tensors_of
from vision_app.graph.wiring import opset_of
from vision_app.messages import Message

_LOWEST_OPSET = 11
_LARGEST_BYTES = 1 << 30
_INNER = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
IN_8_BITS = Message("it computes in 8 bits")
_QUANTISED = (
    "QuantizeLinear",
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "QLinear",
    "ConvInteger",
    "MatMulInteger",
)


def computes_in_8_bits(model: Any) -> bool:
    """Whether some of it does: what is rounded to 256 values can be another one for a last digit."""
    return any(node.op_type.startswith(_QUANTISED) for node in model.graph.node)


def why_left_alone(model: Any, *, even_in_8_bits: bool = False) -> str:
    """The reason for which a model is not rewritten; "" when it may be.

    Args:
        model: an onnx ModelProto.
        even_in_8_bits: what computes in 8 bits may be as well.
    """
    if any(t.external_data or t.data_location == onnx.TensorProto.EXTERNAL for t in tensors_of(model)):
        return Message("its weights are in another file")
    if model.ByteSize() > _LARGEST_BYTES:
        return Message("it is larger than 1 GiB")
    if model.functions:
        return Message("it has functions of its own")
    opset = opset_of(model)
    if opset < _LOWEST_OPSET:
        return Message(
            "it is of opset {opset}; rewritten are those from {lowest} on",
            opset=opset,
            lowest=_LOWEST_OPSET,
        )
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx"):
            return Message("it has operators of {domain}", domain=node.domain)
        if any(a.type in _INNER for a in node.attribute):
            return Message("it has a graph inside of its {op_type}", op_type=node.op_type)
    if model.graph.sparse_initializer:
        return Message("it has sparse weights")
    if computes_in_8_bits(model) and not even_in_8_bits:
        return IN_8_BITS
    return ""
