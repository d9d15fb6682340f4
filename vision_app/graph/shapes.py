"""Shapes of the tensors of a graph, and the multiplications of its layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import onnx
from onnx import shape_inference

Shape = tuple[int, ...]


class UnknownShapeError(Exception):
    """A shape that is needed does not follow from the graph."""


def constants_of(model: Any) -> list[Any]:
    """The tensors that a graph has as constants, each with its name."""
    inside: list[Any] = []
    for node in model.graph.node:
        for item in node.attribute if node.op_type == "Constant" else ():
            if item.name == "value":
                item.t.name = node.output[0]
                inside.append(item.t)
    return [*model.graph.initializer, *inside]


def with_input_shape(model: Any, input_shape: Shape) -> Any | None:
    """A copy of a model that says its sizes: those of its first input, and no others; None where they do not fit."""
    sized = onnx.ModelProto()
    sized.CopyFrom(model)
    dims = sized.graph.input[0].type.tensor_type.shape.dim
    if len(dims) != len(input_shape):
        return None
    for dim, size in zip(dims, input_shape, strict=True):
        dim.Clear()
        dim.dim_value = size
    # shapes written down for free dimensions would stand against the inferred ones
    del sized.graph.value_info[:]
    for output in sized.graph.output:
        output.type.tensor_type.ClearField("shape")
    return sized


def infer_shapes(model: Any, input_shape: Shape) -> dict[str, Shape]:
    """Shapes of as many tensors as the graph tells; -1 for a size that does not follow.

    Args:
        model: an onnx ModelProto; not changed.
        input_shape: shape of its first input; its free dimensions get these sizes.

    Returns:
        Name to shape; nothing where onnx cannot follow the graph.
    """
    sized = with_input_shape(model, input_shape)
    if sized is None:
        return {}
    try:
        inferred = shape_inference.infer_shapes(sized, data_prop=True)
    except Exception:  # noqa: BLE001  # onnx raises types of its own; what it cannot follow stays unknown
        return {}
    shapes: dict[str, Shape] = {t.name: tuple(t.dims) for t in constants_of(inferred)}
    for info in (*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output):
        if info.type.tensor_type.HasField("shape"):
            shapes[info.name] = tuple(
                d.dim_value if d.HasField("dim_value") else -1 for d in info.type.tensor_type.shape.dim
            )
    return shapes


def multiplications(node: Any, shapes: Mapping[str, Shape]) -> int | None:
    """Multiply-accumulates of one node; None for an operator that has none worth counting.

    Raises:
        UnknownShapeError: a shape that it needs is not known.

    Source: the ONNX operator specification.
    """
    counter = _OPERATORS.get(node.op_type)
    return None if counter is None else counter(node, shapes)


def _shape(name: str, shapes: Mapping[str, Shape]) -> Shape:
    shape = shapes.get(name, ())
    if not shape or min(shape) < 0:
        raise UnknownShapeError(name)
    return shape


def _conv(weights: int) -> Callable[[Any, Mapping[str, Shape]], int]:
    def macs(node: Any, shapes: Mapping[str, Shape]) -> int:
        kernel = _shape(node.input[weights], shapes)
        return math.prod(_shape(node.output[0], shapes)) * math.prod(kernel[1:])

    return macs


def _transposed_conv(node: Any, shapes: Mapping[str, Shape]) -> int:
    return math.prod(_shape(node.input[0], shapes)) * math.prod(_shape(node.input[1], shapes)[1:])


def _product(first: int) -> Callable[[Any, Mapping[str, Shape]], int]:
    def macs(node: Any, shapes: Mapping[str, Shape]) -> int:
        return math.prod(_shape(node.output[0], shapes)) * _shape(node.input[first], shapes)[-1]

    return macs


def _gemm(node: Any, shapes: Mapping[str, Shape]) -> int:
    turned = any(a.name == "transA" and a.i for a in node.attribute)
    inner = _shape(node.input[0], shapes)[0 if turned else 1]
    return math.prod(_shape(node.output[0], shapes)) * inner


_OPERATORS: dict[str, Callable[[Any, Mapping[str, Shape]], int]] = {
    "Conv": _conv(1),
    "ConvInteger": _conv(1),
    "QLinearConv": _conv(3),
    "ConvTranspose": _transposed_conv,
    "Gemm": _gemm,
    "MatMul": _product(0),
    "MatMulInteger": _product(0),
    "QLinearMatMul": _product(0),
}
