"""Parameters and multiply-accumulates of a network, counted in its graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from onnx import shape_inference

from vision_app.errors import ModelError

Shape = tuple[int, ...]
_NUMBERS = {
    onnx.TensorProto.FLOAT,
    onnx.TensorProto.FLOAT16,
    onnx.TensorProto.BFLOAT16,
    onnx.TensorProto.DOUBLE,
    onnx.TensorProto.INT8,
    onnx.TensorProto.UINT8,
}
_CONVERTERS = ("QuantizeLinear", "DequantizeLinear")


class _UnknownShapeError(Exception):
    """A shape that is needed does not follow from the graph."""


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
        raise ModelError(f"{path}: not a readable ONNX model: {error}") from error
    return Counts(_params(model), _macs(model, input_shape))


def _constants(model: Any) -> list[Any]:
    inside = [
        a.t for n in model.graph.node if n.op_type == "Constant" for a in n.attribute if a.name == "value"
    ]
    names = [
        n.output[0]
        for n in model.graph.node
        if n.op_type == "Constant"
        for a in n.attribute
        if a.name == "value"
    ]
    for tensor, name in zip(inside, names, strict=True):
        tensor.name = name
    return [*model.graph.initializer, *inside]


def _params(model: Any) -> int:
    """Constants of real numbers with at least one dimension.

    Shapes and indices are integers; so are the biases of quantised layers, which go through a conversion.
    """
    scales = {name for n in model.graph.node if n.op_type in _CONVERTERS for name in n.input[1:]}
    converted = {n.input[0] for n in model.graph.node if n.op_type == "DequantizeLinear"}
    total = 0
    for tensor in _constants(model):
        if tensor.name in scales or not tensor.dims:
            continue
        if tensor.data_type in _NUMBERS or tensor.name in converted:
            total += math.prod(tensor.dims)
    return total


def _macs(model: Any, input_shape: Shape) -> int | None:
    dims = model.graph.input[0].type.tensor_type.shape.dim
    if len(dims) != len(input_shape):
        return None
    for dim, size in zip(dims, input_shape, strict=True):
        dim.Clear()
        dim.dim_value = size
    # shapes written down for free dimensions would stand against the inferred ones
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    try:
        inferred = shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # noqa: BLE001  # onnx raises types of its own; a graph that it cannot follow is not counted
        return None
    shapes: dict[str, Shape] = {t.name: tuple(t.dims) for t in _constants(inferred)}
    for info in (*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output):
        shapes[info.name] = tuple(
            d.dim_value if d.HasField("dim_value") else -1 for d in info.type.tensor_type.shape.dim
        )
    try:
        return sum(_OPERATORS[n.op_type](n, shapes) for n in inferred.graph.node if n.op_type in _OPERATORS)
    except _UnknownShapeError:
        return None


def _shape(name: str, shapes: dict[str, Shape]) -> Shape:
    shape = shapes.get(name, ())
    if not shape or min(shape) < 0:
        raise _UnknownShapeError(name)
    return shape


def _conv(weights: int) -> Callable[[Any, dict[str, Shape]], int]:
    def macs(node: Any, shapes: dict[str, Shape]) -> int:
        kernel = _shape(node.input[weights], shapes)
        return math.prod(_shape(node.output[0], shapes)) * math.prod(kernel[1:])

    return macs


def _transposed_conv(node: Any, shapes: dict[str, Shape]) -> int:
    return math.prod(_shape(node.input[0], shapes)) * math.prod(_shape(node.input[1], shapes)[1:])


def _product(first: int) -> Callable[[Any, dict[str, Shape]], int]:
    def macs(node: Any, shapes: dict[str, Shape]) -> int:
        return math.prod(_shape(node.output[0], shapes)) * _shape(node.input[first], shapes)[-1]

    return macs


def _gemm(node: Any, shapes: dict[str, Shape]) -> int:
    turned = any(a.name == "transA" and a.i for a in node.attribute)
    inner = _shape(node.input[0], shapes)[0 if turned else 1]
    return math.prod(_shape(node.output[0], shapes)) * inner


_OPERATORS: dict[str, Callable[[Any, dict[str, Shape]], int]] = {
    "Conv": _conv(1),
    "ConvInteger": _conv(1),
    "QLinearConv": _conv(3),
    "ConvTranspose": _transposed_conv,
    "Gemm": _gemm,
    "MatMul": _product(0),
    "MatMulInteger": _product(0),
    "QLinearMatMul": _product(0),
}
"""Operator to the multiply-accumulates of a node. Source: the ONNX operator specification."""
