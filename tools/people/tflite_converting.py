"""A .tflite network as ONNX: NCHW, weights in the 16 bits in which the file stores them.

Differs from a general converter in what matters here: sparse constants, the custom operators of the face mesh and of
the selfie segmentation, and paddings inside the convolutions. `people.blocking` makes it fast afterwards.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import tflite
from flatbuffers import flexbuffers
from numpy.typing import NDArray
from onnx import TensorProto

from people.tflite_reading import Network, Operator
from people.writing import Writer

Array = NDArray[Any]


class Converter:
    """Turns one network into ONNX.

    Args:
        data: bytes of the .tflite file.
    """

    def __init__(self, data: bytes) -> None:
        self.net = Network(data)
        self.writer = Writer()
        self._names: dict[int, str] = {}
        self._dequantised: dict[int, int] = {}
        self._paddings: dict[int, tuple[int, list[int]]] = {}

    def convert(self) -> tuple[Writer, list[str], list[str]]:
        """The nodes, and the names of the inputs and outputs (outputs flat where they are no maps)."""
        names = []
        for i in self.net.inputs:
            self._names[i] = "picture"
            names.append("picture")
        uses = [i for op in self.net.operators for i in op.inputs]
        for op in self.net.operators:
            if op.kind in ("DEQUANTIZE", "DENSIFY"):
                self._dequantised[op.outputs[0]] = self._dequantised.get(op.inputs[0], op.inputs[0])
                continue
            if op.kind == "PAD" and self._folds(op, uses.count(op.outputs[0])):
                continue
            handler = getattr(self, f"_{op.kind.lower()}", None)
            if handler is None:
                raise ValueError(f"operator {op.kind} is not known here")
            self._names[op.outputs[0]] = handler(op)
        return self.writer, names, [self._as_output(i) for i in self.net.outputs]

    def _as_output(self, tensor: int) -> str:
        name, shape = self._names[tensor], self.net.shape(tensor)
        if len(shape) == 4 and shape[1:3] == (1, 1):
            return self.writer.node("Flatten", [name], axis=1)
        return name

    # constants and names

    def _value(self, tensor: int) -> Array | None:
        return self.net.constant(self._dequantised.get(tensor, tensor))

    def _need(self, tensor: int) -> Array:
        value = self._value(tensor)
        if value is None:
            raise ValueError(f"tensor {tensor} was expected to be constant")
        return value

    def _in(self, tensor: int) -> str:
        """Name of a tensor in ONNX; a constant beside maps of pixels goes to NCHW like them."""
        if tensor in self._names:
            return self._names[tensor]
        value = self._need(tensor)
        if value.ndim == 4:
            value = value.transpose(0, 3, 1, 2)
        self._names[tensor] = self.writer.constant(value)
        return self._names[tensor]

    # paddings

    def _folds(self, op: Operator, uses: int) -> bool:
        """Whether a PAD disappears in the convolutions that follow; they look it up in `_paddings`."""
        pads = self._need(op.inputs[1]).reshape(-1, 2)
        users = [o for o in self.net.operators if op.outputs[0] in o.inputs]
        spatial = len(pads) == 4 and not pads[0].any() and not pads[3].any()
        convolutions = all(
            o.kind in ("CONV_2D", "DEPTHWISE_CONV_2D") and o.options.Padding() == tflite.Padding.VALID
            for o in users
        )
        if spatial and convolutions and uses:
            before_after = [int(pads[1, 0]), int(pads[2, 0]), int(pads[1, 1]), int(pads[2, 1])]
            self._paddings[op.outputs[0]] = (op.inputs[0], before_after)
            return True
        return False

    def _pad(self, op: Operator) -> str:
        pads = self._need(op.inputs[1]).reshape(-1, 2)
        if len(pads) == 4:
            pads = pads[[0, 3, 1, 2]]
        return self.writer.node(
            "Pad", [self._in(op.inputs[0]), self.writer.constant(pads.T.ravel(), np.int64)], mode="constant"
        )

    def _pads(
        self, op: Operator, kernel: tuple[int, int], dilation: tuple[int, int]
    ) -> tuple[str, list[int]]:
        source = op.inputs[0]
        if source in self._paddings:
            source, pads = self._paddings[source]
            return self._in(source), pads
        if op.options.Padding() == tflite.Padding.VALID:
            return self._in(source), [0, 0, 0, 0]
        begin, end = [], []
        strides = (op.options.StrideH(), op.options.StrideW())
        for axis in range(2):
            size, stride = self.net.shape(source)[1 + axis], strides[axis]
            reach = (kernel[axis] - 1) * dilation[axis] + 1
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
            begin.append(total // 2)
            end.append(total - total // 2)
        return self._in(source), begin + end

    # operators

    def _conv_2d(self, op: Operator) -> str:
        weights = self._need(op.inputs[1]).transpose(0, 3, 1, 2)
        return self._convolution(op, weights, 1)

    def _depthwise_conv_2d(self, op: Operator) -> str:
        weights = self._need(op.inputs[1]).transpose(3, 0, 1, 2)
        return self._convolution(op, weights, weights.shape[0])

    def _convolution(self, op: Operator, weights: Array, group: int) -> str:
        options = op.options
        dilation = (options.DilationHFactor(), options.DilationWFactor())
        source, pads = self._pads(op, weights.shape[2:], dilation)
        inputs = [source, self.writer.constant(weights)]
        if len(op.inputs) > 2 and op.inputs[2] >= 0:
            inputs.append(self.writer.constant(self._need(op.inputs[2])))
        made = self.writer.node(
            "Conv",
            inputs,
            kernel_shape=list(weights.shape[2:]),
            strides=[options.StrideH(), options.StrideW()],
            dilations=list(dilation),
            pads=pads,
            group=group,
        )
        return self._activated(made, options)

    def _activated(self, name: str, options: Any) -> str:
        kind = options.FusedActivationFunction()
        if kind == tflite.ActivationFunctionType.NONE:
            return name
        if kind == tflite.ActivationFunctionType.RELU:
            return self.writer.node("Relu", [name])
        if kind == tflite.ActivationFunctionType.RELU6:
            return self.writer.node("Clip", [name, self._scalar(0), self._scalar(6)])
        raise ValueError(f"fused activation {kind} is not known here")

    def _scalar(self, value: float) -> str:
        return self.writer.constant(np.float32(value))

    def _add(self, op: Operator) -> str:
        return self._activated(self.writer.node("Add", [self._in(i) for i in op.inputs]), op.options)

    def _mul(self, op: Operator) -> str:
        return self._activated(self.writer.node("Mul", [self._in(i) for i in op.inputs]), op.options)

    def _prelu(self, op: Operator) -> str:
        slope = self._need(op.inputs[1])
        channels = slope.reshape(-1, slope.shape[-1]).transpose(1, 0)[..., None]
        return self.writer.node("PRelu", [self._in(op.inputs[0]), self.writer.constant(channels)])

    def _relu(self, op: Operator) -> str:
        return self.writer.node("Relu", [self._in(op.inputs[0])])

    def _hard_swish(self, op: Operator) -> str:
        return self.writer.node("HardSwish", [self._in(op.inputs[0])])

    def _logistic(self, op: Operator) -> str:
        return self.writer.node("Sigmoid", [self._in(op.inputs[0])])

    def _max_pool_2d(self, op: Operator) -> str:
        kernel = (op.options.FilterHeight(), op.options.FilterWidth())
        source, pads = self._pads(op, kernel, (1, 1))
        strides = [op.options.StrideH(), op.options.StrideW()]
        return self.writer.node("MaxPool", [source], kernel_shape=list(kernel), strides=strides, pads=pads)

    def _average_pool_2d(self, op: Operator) -> str:
        if (op.options.FilterHeight(), op.options.FilterWidth()) != self.net.shape(op.inputs[0])[1:3]:
            raise ValueError("only the mean of a whole map is known here")
        return self.writer.node("GlobalAveragePool", [self._in(op.inputs[0])])

    def _mean(self, op: Operator) -> str:
        if sorted(self._need(op.inputs[1]).tolist()) != [1, 2]:
            raise ValueError("only the mean of a whole map is known here")
        pooled = self.writer.node("GlobalAveragePool", [self._in(op.inputs[0])])
        return pooled if op.options.KeepDims() else self.writer.node("Flatten", [pooled], axis=1)

    def _fully_connected(self, op: Operator) -> str:
        inputs = [self._in(op.inputs[0]), self.writer.constant(self._need(op.inputs[1]))]
        inputs.append(self.writer.constant(self._need(op.inputs[2])))
        return self._activated(self.writer.node("Gemm", inputs, transB=1), op.options)

    def _resize_bilinear(self, op: Operator) -> str:
        if not op.options.HalfPixelCenters() or op.options.AlignCorners():
            raise ValueError("only half-pixel centres are known here")
        size = self.writer.constant([*self._nchw(op.outputs[0])], np.int64)
        return self.writer.node(
            "Resize",
            [self._in(op.inputs[0]), "", "", size],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _nchw(self, tensor: int) -> tuple[int, ...]:
        n, h, w, c = self.net.shape(tensor)
        return n, c, h, w

    def _depth_to_space(self, op: Operator) -> str:
        return self.writer.node(
            "DepthToSpace", [self._in(op.inputs[0])], blocksize=op.options.BlockSize(), mode="DCR"
        )

    def _reshape(self, op: Operator) -> str:
        source, before, after = (
            self._in(op.inputs[0]),
            self.net.shape(op.inputs[0]),
            self.net.shape(op.outputs[0]),
        )
        if len(before) == 4 and before[1:3] != (1, 1):
            source = self.writer.node("Transpose", [source], perm=[0, 2, 3, 1])
        if len(after) == 4:
            if after[1:3] != (1, 1):
                raise ValueError(f"a reshape to a map of pixels is not known here: {before} to {after}")
            after = (after[0], after[3], 1, 1)
        return self.writer.node("Reshape", [source, self.writer.constant(after, np.int64)])

    def _concatenation(self, op: Operator) -> str:
        axis = op.options.Axis()
        if len(self.net.shape(op.outputs[0])) == 4:
            axis = {0: 0, 1: 2, 2: 3, 3: 1}[axis % 4]
        return self.writer.node("Concat", [self._in(i) for i in op.inputs], axis=axis)

    def _strided_slice(self, op: Operator) -> str:
        shape = self.net.shape(op.inputs[0])
        if self.net.shape(op.outputs[0]) != shape:
            raise ValueError("only a slice of everything is known here")
        return self._in(op.inputs[0])

    # custom operators

    def _convolution2dtransposebias(self, op: Operator) -> str:
        _, stride_w, stride_h = struct.unpack("<3i", op.options) if op.options else (1, 2, 2)
        weights = self._need(op.inputs[1]).transpose(3, 0, 1, 2)  # OHWI to IOHW
        if weights.shape[2:] != (stride_h, stride_w):
            raise ValueError("only a transposed convolution without overlap is known here")
        return self.writer.node(
            "ConvTranspose",
            [
                self._in(op.inputs[0]),
                self.writer.constant(weights),
                self.writer.constant(self._need(op.inputs[2])),
            ],
            kernel_shape=list(weights.shape[2:]),
            strides=[stride_h, stride_w],
        )

    def _landmarks2transformmatrix(self, op: Operator) -> str:
        return landmark_matrix(self.writer, self._in(op.inputs[0]), flexbuffers.Loads(op.options))

    def _transformtensorbilinear(self, op: Operator) -> str:
        options = flexbuffers.Loads(op.options)
        size = self.net.shape(op.inputs[0])[1:3]
        out = options["output_height"], options["output_width"]
        return sampled(self.writer, self._in(op.inputs[0]), self._in(op.inputs[1]), size, out)

    def _transformlandmarks(self, op: Operator) -> str:
        points, matrix = (self._in(i) for i in op.inputs)
        return transformed(self.writer, points, matrix)


def _part(w: Writer, name: str, starts: list[int], ends: list[int], axes: list[int]) -> str:
    return w.node("Slice", [name, *(w.constant(v, np.int64) for v in (starts, ends, axes))])


def transformed(w: Writer, points: str, matrix: str) -> str:
    """(1, K, 2) points moved by the affine part of a (1, 4, 4) matrix."""
    turn = w.node("Transpose", [_part(w, matrix, [0, 0], [2, 2], [1, 2])], perm=[0, 2, 1])
    shift = w.node("Transpose", [_part(w, matrix, [0, 3], [2, 4], [1, 2])], perm=[0, 2, 1])
    return w.node("Add", [w.node("MatMul", [points, turn]), shift])


def sampled(w: Writer, source: str, matrix: str, size_hw: tuple[int, ...], out_hw: tuple[int, int]) -> str:
    """A map sampled where a matrix says, bilinear, 0 where that is outside."""
    ys, xs = np.mgrid[: out_hw[0], : out_hw[1]] + 0.5
    grid = w.constant(np.stack([xs, ys], -1).reshape(1, -1, 2), np.float32)
    half = w.constant(np.float32(0.5))
    at = w.node("Sub", [transformed(w, grid, matrix), half])
    last = np.array([size_hw[1] - 1, size_hw[0] - 1], np.float32)
    inside = w.node(
        "And",
        [
            w.node("GreaterOrEqual", [at, w.constant(np.float32(0))]),
            w.node("LessOrEqual", [at, w.constant(last)]),
        ],
    )
    both = w.node(
        "ReduceMin",
        [w.node("Cast", [inside], to=TensorProto.FLOAT)],
        axes=[2],
        keepdims=0,
    )
    mask = w.node("Reshape", [both, w.constant([1, 1, *out_hw], np.int64)])
    unit = w.node("Sub", [w.node("Mul", [at, w.constant(2 / last)]), w.constant(np.float32(1))])
    grid4 = w.node("Reshape", [unit, w.constant([1, *out_hw, 2], np.int64)])
    found = w.node("GridSample", [source, grid4], mode="bilinear", padding_mode="zeros", align_corners=1)
    return w.node("Mul", [found, mask])


def landmark_matrix(w: Writer, points: str, options: dict[str, Any]) -> str:
    """The (1, 4, 4) matrix from a small square to the turned box round some points of (1, K, 3)."""
    xy = _part(w, points, [0], [2], [2])

    def pick(indices: list[int]) -> str:
        return w.node("Gather", [xy, w.constant(indices, np.int64)], axis=1)

    across = w.node("Sub", [pick([options["right_rotation_idx"]]), pick([options["left_rotation_idx"]])])
    length = w.node("ReduceL2", [across], axes=[2], keepdims=1)
    unit = w.node("Div", [across, length])  # (1, 1, 2): cosine and sine
    cos, sin = _part(w, unit, [0], [1], [2]), _part(w, unit, [1], [2], [2])
    minus = w.node("Neg", [sin])
    turn = w.node(  # row vectors times this turn them forwards
        "Concat", [w.node("Concat", [cos, sin], axis=2), w.node("Concat", [minus, cos], axis=2)], axis=1
    )
    back = w.node("Transpose", [turn], perm=[0, 2, 1])
    upright = w.node("MatMul", [pick(options["subset_idxs"]), back])
    low = w.node("ReduceMin", [upright], axes=[1], keepdims=1)
    high = w.node("ReduceMax", [upright], axes=[1], keepdims=1)
    centre = w.node(
        "MatMul", [w.node("Mul", [w.node("Add", [low, high]), w.constant(np.float32(0.5))]), turn]
    )
    out = np.array([options["output_width"], options["output_height"]], np.float32)
    factor = np.array([options["scale_x"], options["scale_y"]], np.float32) / out
    steps = w.node("Mul", [w.node("Sub", [high, low]), w.constant(factor)])
    linear = w.node("Mul", [back, steps])  # columns scaled: R S
    half = w.constant((out / 2).reshape(1, 2, 1))
    shift = w.node("Sub", [w.node("Transpose", [centre], perm=[0, 2, 1]), w.node("MatMul", [linear, half])])
    zero = w.constant(np.zeros((1, 2, 1), np.float32))
    top = w.node("Concat", [linear, zero, shift], axis=2)
    bottom = w.constant(np.array([[[0, 0, 1, 0], [0, 0, 0, 1]]], np.float32))
    return w.node("Concat", [top, bottom], axis=1)
