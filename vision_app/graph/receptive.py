"""Which pixels a place of a feature map can see.

Every axis is followed by itself: the first and last pixel that place 0 sees, and how far the next place is.

Source: Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019,
https://distill.pub/2019/computing-receptive-fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import numpy_helper

from vision_app.graph.shapes import Shape
from vision_app.graph.wiring import Wiring, attribute

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Window:
    """What a sliding operator does along its two axes: rows first, then columns."""

    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)
    after: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Field:
    """The pixels of the network's input that one place of a map depends on, rows first, then columns.

    Attributes:
        low: first pixel that place (0, 0) sees; negative where it sees padding.
        high: last pixel that it sees.
        jump: how many pixels apart two neighbouring places look.
    """

    low: Pair = (0.0, 0.0)
    high: Pair = (0.0, 0.0)
    jump: Pair = (1.0, 1.0)

    @property
    def size_hw(self) -> tuple[int, int]:
        """How many pixels high and wide it is."""
        rows, columns = (round(h - low) + 1 for low, h in zip(self.low, self.high, strict=True))
        return rows, columns

    def at(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels of the input of what one place sees; may reach into the padding.

        >>> Field((-1, -1), (1, 1), (2, 2)).at(0, 3)
        (5, -1, 8, 2)
        """
        top, left = self.low[0] + row * self.jump[0], self.low[1] + column * self.jump[1]
        height, width = self.high[0] - self.low[0] + 1, self.high[1] - self.low[1] + 1
        return left, top, left + width, top + height

    def through(self, window: Window) -> Field:
        """Of the map that a sliding operator makes."""
        low, high, jump = [], [], []
        for axis in (0, 1):
            step = self.jump[axis]
            low.append(self.low[axis] - window.before[axis] * step)
            reach = (window.kernel[axis] - 1) * window.dilation[axis] - window.before[axis]
            high.append(self.high[axis] + reach * step)
            jump.append(step * window.stride[axis])
        return Field((low[0], low[1]), (high[0], high[1]), (jump[0], jump[1]))

    def joined(self, other: Field) -> Field:
        """Of what depends on both."""
        return Field(
            (min(self.low[0], other.low[0]), min(self.low[1], other.low[1])),
            (max(self.high[0], other.high[0]), max(self.high[1], other.high[1])),
            (max(self.jump[0], other.jump[0]), max(self.jump[1], other.jump[1])),
        )


SLIDING = frozenset(
    {
        "Conv",
        "FusedConv",
        "ConvInteger",
        "QLinearConv",
        "MaxPool",
        "AveragePool",
        "LpPool",
        "QLinearAveragePool",
    }
)
_WHOLE = frozenset(
    {
        "GlobalAveragePool",
        "GlobalMaxPool",
        "QLinearGlobalAveragePool",
        "Gemm",
        "QGemm",
        "FusedGemm",
        "Softmax",
    }
)
_SAME = frozenset({"DepthToSpace", "Resize", "Upsample", "ConvTranspose", "SpaceToDepth"})
_FEWEST_AXES = 4


def fields(wiring: Wiring, shapes: Mapping[str, Shape]) -> dict[str, Field | None]:
    """The receptive field of every tensor that is a map; None for what sees the whole picture.

    A gate that is computed of the whole picture (squeeze-and-excite) and then scales a map is left out, as is
    usual: it says how strong a channel is, not where.
    """
    found: dict[str, Field | None] = {name: Field() for name in wiring.inputs[:1]}
    for node in wiring.model.graph.node:
        varying = [name for name in node.input if name in found]
        if not varying:
            continue
        made = _of_node(wiring, node, shapes, found, varying)
        found.update((name, made) for name in node.output if name)
    return found


def _of_node(
    wiring: Wiring,
    node: Any,
    shapes: Mapping[str, Shape],
    found: Mapping[str, Field | None],
    varying: Sequence[str],
) -> Field | None:
    known = [field for name in varying if (field := found[name]) is not None]
    if not known or node.op_type in _WHOLE:
        return None
    field = known[0]
    for other in known[1:]:
        field = field.joined(other)
    if node.op_type in SLIDING:
        window = window_of(wiring, node, shapes)
        return None if window is None else field.through(window)
    if node.op_type in ("ReduceMean", "MatMul"):
        return None if len(shapes.get(node.output[0], ())) < _FEWEST_AXES else field
    if node.op_type == "Pad":
        return _padded(wiring, node, field)
    if node.op_type == "Slice":
        return _sliced(wiring, node, field)
    if node.op_type in _SAME:
        return _scaled(node, shapes, field)
    return field


def _padded(wiring: Wiring, node: Any, field: Field) -> Field:
    pads = attribute(node, "pads", None)
    if pads is None and len(node.input) > 1:
        value = number_array(wiring, node.input[1])
        pads = None if value is None else value.tolist()
    if pads is None or len(pads) != 2 * _FEWEST_AXES:
        return field
    shift = (int(pads[2]), int(pads[3]))
    return field.through(Window(before=shift, after=(int(pads[6]), int(pads[7]))))


def _sliced(wiring: Wiring, node: Any, field: Field) -> Field:
    """Every second row, say: the first layer of YOLOX takes the picture apart like that."""
    parts = [number_array(wiring, name) if name else None for name in node.input[1:5]]
    parts += [None] * (4 - len(parts))
    starts, axes, steps = (None if part is None else part.ravel().tolist() for part in (parts[0], *parts[2:]))
    if starts is None or steps is None or axes is None:
        return field
    low, high, jump = list(field.low), list(field.high), list(field.jump)
    for start, axis, step in zip(starts, axes, steps, strict=True):
        place = int(axis) - 2
        if place not in (0, 1) or step < 1 or start < 0:
            continue
        low[place] += start * jump[place]
        high[place] += start * jump[place]
        jump[place] *= step
    return Field((low[0], low[1]), (high[0], high[1]), (jump[0], jump[1]))


def _scaled(node: Any, shapes: Mapping[str, Shape], field: Field) -> Field:
    """Between two sizes: the next place is nearer, or further."""
    before, after = shapes.get(node.input[0], ()), shapes.get(node.output[0], ())
    if len(before) != _FEWEST_AXES or len(after) != _FEWEST_AXES or min(*before[2:], *after[2:]) < 1:
        return field
    jump = tuple(step * b / a for step, b, a in zip(field.jump, before[2:], after[2:], strict=True))
    return Field(field.low, field.high, (jump[0], jump[1]))


def window_of(wiring: Wiring, node: Any, shapes: Mapping[str, Shape]) -> Window | None:
    """The window of a convolution or pooling; None where it has not two axes or is not known.

    Source: the ONNX operator specification, Conv: `auto_pad`.
    """
    kernel = attribute(node, "kernel_shape", None)
    if kernel is None:
        weight = node.input[3 if node.op_type == "QLinearConv" else 1] if len(node.input) > 1 else ""
        shape = wiring.constant_shape(weight) or shapes.get(weight)
        kernel = None if shape is None else shape[2:]
    if kernel is None or len(kernel) != 2:
        return None
    size = (int(kernel[0]), int(kernel[1]))
    strides = attribute(node, "strides", None) or [1, 1]
    dilations = attribute(node, "dilations", None) or [1, 1]
    stride, dilation = (int(strides[0]), int(strides[1])), (int(dilations[0]), int(dilations[1]))
    pads = attribute(node, "pads", None) or [0, 0, 0, 0]
    before, after = (int(pads[0]), int(pads[1])), (int(pads[2]), int(pads[3]))
    auto = attribute(node, "auto_pad", b"NOTSET")
    auto = auto.decode() if isinstance(auto, bytes) else auto
    if auto.startswith("SAME"):
        given = shapes.get(node.input[0], ())
        if len(given) != _FEWEST_AXES or min(given[2:]) < 1:
            return None
        ends = []
        for axis in (0, 1):
            steps = -(-given[2 + axis] // stride[axis])
            total = max(
                (steps - 1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1 - given[2 + axis], 0
            )
            small = total // 2
            ends.append((small, total - small) if auto == "SAME_UPPER" else (total - small, small))
        before, after = (ends[0][0], ends[1][0]), (ends[0][1], ends[1][1])
    return Window(size, stride, before, after, dilation)


def number_array(wiring: Wiring, name: str) -> Any | None:
    """The value of a constant: an initializer, a `Constant`, or what quantisation, casts and transposes make of one."""
    if name in wiring.weights:
        return numpy_helper.to_array(wiring.weights[name])
    node = wiring.producer.get(name)
    if node is None or name not in wiring.constants:
        return None
    if node.op_type == "Constant":
        for item in node.attribute:
            if item.name == "value":
                return numpy_helper.to_array(item.t)
            if item.name in ("value_ints", "value_floats"):
                return np.array(attribute(node, item.name, []))
            if item.name in ("value_int", "value_float"):
                return np.array(attribute(node, item.name, 0))
        return None
    inner = number_array(wiring, node.input[0])
    if inner is None:
        return None
    if node.op_type in ("Identity", "Cast"):
        return inner
    if node.op_type in ("Reshape", "Flatten", "Squeeze", "Unsqueeze"):
        return _reshaped(wiring, node, inner)
    if node.op_type == "Transpose":
        return inner.transpose(attribute(node, "perm", list(range(inner.ndim))[::-1]))
    if node.op_type == "DequantizeLinear":
        return _dequantised(wiring, node, inner)
    return None


def _reshaped(wiring: Wiring, node: Any, inner: Any) -> Any | None:
    if node.op_type == "Flatten":
        axis = attribute(node, "axis", 1)
        return inner.reshape(int(np.prod(inner.shape[:axis])), -1)
    given = attribute(node, "axes", None)
    if len(node.input) > 1:
        value = number_array(wiring, node.input[1])
        given = None if value is None else value.ravel().tolist()
    if node.op_type == "Squeeze":
        return inner.squeeze(None if given is None else tuple(given))
    if given is None:
        return None
    if node.op_type == "Unsqueeze":
        return np.expand_dims(inner, tuple(given))
    return inner.reshape([inner.shape[i] if size == 0 else size for i, size in enumerate(given)])


def _dequantised(wiring: Wiring, node: Any, inner: Any) -> Any | None:
    scale = number_array(wiring, node.input[1])
    zero = number_array(wiring, node.input[2]) if len(node.input) > 2 and node.input[2] else None
    if scale is None:
        return None
    if scale.ndim == 1 and scale.size > 1:
        form = [1] * inner.ndim
        form[attribute(node, "axis", 1)] = scale.size
        scale = scale.reshape(form)
        zero = None if zero is None else zero.reshape(form)
    shifted = inner.astype(np.float32) - (0 if zero is None else zero.astype(np.float32))
    return (shifted * scale).astype(np.float32)
