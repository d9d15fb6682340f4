"""Parameters and multiply-accumulates of a network, counted in its graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from vision_app.errors import ModelError
from vision_app.graph.shapes import (
    Shape,
    UnknownShapeError,
    constants_of,
    infer_shapes,
    multiplications,
)

_NUMBERS = {
    onnx.TensorProto.FLOAT,
    onnx.TensorProto.FLOAT16,
    onnx.TensorProto.BFLOAT16,
    onnx.TensorProto.DOUBLE,
    onnx.TensorProto.INT8,
    onnx.TensorProto.UINT8,
}
_CONVERTERS = ("QuantizeLinear", "DequantizeLinear")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a network consists of.

    Attributes:
        params: numbers that it has learnt: weights and biases, without the scales of quantised ones.
        macs: multiply-accumulates of all convolutions and matrix products for one picture; None when the
            graph does not tell the shapes.
    """

    params: int
    macs: int | None


def count(path: Path, input_shape: Shape) -> Counts:
    """Count a network.

    Args:
        path: the .onnx file.
        input_shape: shape of its first input; its free dimensions get these sizes.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf raises types of its own
        raise ModelError("{path}: not a readable ONNX model: {error}", path=path, error=error) from error
    return Counts(_params(model), _macs(model, input_shape))


def _params(model: Any) -> int:
    """Constants of real numbers with at least one dimension.

    Shapes and indices are integers; so are the biases of quantised layers, which go through a conversion.
    """
    scales = {name for n in model.graph.node if n.op_type in _CONVERTERS for name in n.input[1:]}
    converted = {n.input[0] for n in model.graph.node if n.op_type == "DequantizeLinear"}
    total = 0
    for tensor in constants_of(model):
        if tensor.name in scales or not tensor.dims:
            continue
        if tensor.data_type in _NUMBERS or tensor.name in converted:
            total += math.prod(tensor.dims)
    return total


def _macs(model: Any, input_shape: Shape) -> int | None:
    shapes = infer_shapes(model, input_shape)
    try:
        return sum(multiplications(node, shapes) or 0 for node in model.graph.node) if shapes else None
    except UnknownShapeError:
        return None
