"""What is inside a .tflite file: operators with their tensors, and constants with sparse ones made dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

Array = NDArray[Any]

_TYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
    tflite.TensorType.UINT8: np.uint8,
    tflite.TensorType.INT8: np.int8,
}
_NAMES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        kind: name of the operator, such as `CONV_2D`; that of a custom one as the file says it.
        inputs: numbers of its input tensors; -1 for one that is left out.
        outputs: numbers of its output tensors.
        options: the table of its options, or the bytes of a custom operator's.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any


class Network:
    """The first subgraph of a .tflite file.

    Args:
        data: the bytes of the file.
    """

    def __init__(self, data: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._graph = self._model.Subgraphs(0)
        self.inputs = tuple(int(i) for i in self._graph.InputsAsNumpy())
        self.outputs = tuple(int(i) for i in self._graph.OutputsAsNumpy())
        self.operators = [self._operator(i) for i in range(self._graph.OperatorsLength())]

    def _operator(self, number: int) -> Operator:
        op = self._graph.Operators(number)
        code = self._model.OperatorCodes(op.OpcodeIndex())
        kind = _NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        options: Any = None
        if kind == "CUSTOM":
            kind = code.CustomCode().decode()
            options = bytes(op.CustomOptionsAsNumpy()) if op.CustomOptionsLength() else b""
        elif op.BuiltinOptions() is not None:
            options = _options(kind)
            if options is not None:
                options.Init(op.BuiltinOptions().Bytes, op.BuiltinOptions().Pos)
        return Operator(
            kind,
            tuple(int(i) for i in op.InputsAsNumpy()),
            tuple(int(i) for i in op.OutputsAsNumpy()),
            options,
        )

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Shape of a tensor as the file says it: NHWC."""
        t = self._graph.Tensors(tensor)
        return tuple(int(d) for d in t.ShapeAsNumpy()) if t.ShapeLength() else ()

    def name(self, tensor: int) -> str:
        """Name of a tensor."""
        return str(self._graph.Tensors(tensor).Name().decode())

    def constant(self, tensor: int) -> Array | None:
        """The value of a constant, None for a tensor that is computed."""
        t = self._graph.Tensors(tensor)
        buffer = self._model.Buffers(t.Buffer())
        if buffer.DataLength() == 0:
            return None
        values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _TYPES[t.Type()])
        if t.Sparsity() is not None:
            return _dense(values, t.Sparsity(), self.shape(tensor))
        return values.reshape(self.shape(tensor))


def _options(kind: str) -> Any:
    tables = {
        "CONV_2D": "Conv2DOptions",
        "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
        "ADD": "AddOptions",
        "MUL": "MulOptions",
        "MAX_POOL_2D": "Pool2DOptions",
        "AVERAGE_POOL_2D": "Pool2DOptions",
        "MEAN": "ReducerOptions",
        "FULLY_CONNECTED": "FullyConnectedOptions",
        "RESIZE_BILINEAR": "ResizeBilinearOptions",
        "DEPTH_TO_SPACE": "DepthToSpaceOptions",
        "CONCATENATION": "ConcatenationOptions",
        "STRIDED_SLICE": "StridedSliceOptions",
    }
    return getattr(tflite, tables[kind])() if kind in tables else None


def _dense(values: Array, sparsity: Any, shape: tuple[int, ...]) -> Array:
    """A sparse constant made dense.

    Source: SparsityParameters in tensorflow/lite/schema/schema.fbs: the dimensions are walked in
    `traversal_order`, blocks after the dimensions they divide; each is dense or in compressed rows.
    """
    order = [int(i) for i in sparsity.TraversalOrderAsNumpy()]
    blocks = [int(i) for i in sparsity.BlockMapAsNumpy()] if sparsity.BlockMapLength() else []
    levels = [sparsity.DimMetadata(i) for i in range(len(order))]
    rank = len(shape)
    sizes = {order[i]: int(level.DenseSize()) for i, level in enumerate(levels)}
    block_size = dict(zip(blocks, (sizes[rank + i] for i in range(len(blocks))), strict=True))
    rows = [(_indices(level.ArraySegments), _indices(level.ArrayIndices)) for level in levels]
    out = np.zeros(shape, values.dtype)
    place = [0] * (rank + len(blocks))

    def walk(level: int, at: int) -> None:
        if level == len(order):
            index = place[:rank]
            for i, axis in enumerate(blocks):
                index[axis] = index[axis] * block_size[axis] + place[rank + i]
            out[tuple(index)] = values[at]
            return
        axis, meta = order[level], levels[level]
        if meta.Format() == tflite.DimensionType.DENSE:
            size = int(meta.DenseSize())
            for i in range(size):
                place[axis] = i
                walk(level + 1, at * size + i)
            return
        segments, indices = rows[level]
        for i in range(segments[at], segments[at + 1]):
            place[axis] = int(indices[i])
            walk(level + 1, i)

    walk(0, 0)
    return out


def _indices(table: Any) -> list[int]:
    """The vector of whole numbers in a `SparseIndexVector` union of a dimension."""
    union = table()
    if union is None:
        return []
    for kind in ("Int32Vector", "Uint16Vector", "Uint8Vector"):
        vector = getattr(tflite, kind)()
        vector.Init(union.Bytes, union.Pos)
        if _matches(table, kind):
            return [int(v) for v in vector.ValuesAsNumpy()]
    raise ValueError("a sparse tensor with indices of an unknown type")


def _matches(table: Any, kind: str) -> bool:
    owner = table.__self__
    which = owner.ArraySegmentsType() if table.__name__ == "ArraySegments" else owner.ArrayIndicesType()
    return bool(which == getattr(tflite.SparseIndexVector, kind))
