"""How one number of a tensor follows from others: one function an operator.

Each gives what the number is made of, so that it can be added up here and compared with ONNX Runtime.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.graph.receptive import window_of
from vision_app.graph.wiring import Wiring, attribute

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One number that another one is made of.

    Attributes:
        tensor: where it lies; "" for one that is no tensor of the network.
        index: where in it.
        value: the number.
        weight: what it is multiplied by; 1 where it is only added.
        other: where that weight lies, if it depends on the picture as well; "" for a learnt one.
        other_index: where in it.
    """

    tensor: str
    index: Index
    value: float
    weight: float = 1.0
    other: str = ""
    other_index: Index = ()

    @property
    def product(self) -> float:
        """What it adds."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Made:
    """How one number is made.

    Attributes:
        value: the number, computed here.
        rule: `sum` of products, `softmax`, `mean`, `max`, `same` number in another place, `function` of one
            number, `normalised`, or `together` for a plain sum, product or the like of a few.
        parts: what it is made of, the largest first.
        bias: what is added to the products.
        count: how many parts there are; `parts` may hold the largest only.
    """

    value: float
    rule: str
    parts: tuple[Part, ...]
    bias: float = 0.0
    count: int = 0


Values = Mapping[str, NDArray[Any]]
MOST_PARTS = 64


@dataclass(frozen=True, slots=True)
class Place:
    """One number: an operator, which of its outputs, and where in it."""

    wiring: Wiring
    node: Any
    output: str
    index: Index
    values: Values

    def read(self, place: int) -> NDArray[Any]:
        """The value of an input."""
        return self.values[self.node.input[place]]

    def part(self, place: int, index: Index, weight: float = 1.0) -> Part:
        """A number of an input."""
        return Part(self.node.input[place], index, float(self.read(place)[index]), weight)


def _largest(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda p: -abs(p.product))[:MOST_PARTS])


def _summed(parts: list[Part], bias: float = 0.0, rule: str = "sum") -> Made:
    total = math.fsum(p.product for p in parts) + bias
    return Made(total, rule, _largest(parts), bias, len(parts))


def _conv(at: Place) -> Made | None:
    pixels, weight = at.read(0), at.read(1)
    integer = at.node.op_type == "ConvInteger"
    shift, weight_shift = _zeros(at) if integer else (0.0, 0.0)
    window = window_of(at.wiring, at.node, {at.node.input[0]: pixels.shape})
    if window is None or pixels.ndim != 4:
        return None
    _, channel, row, column = at.index
    groups = int(attribute(at.node, "group", 1))
    per_group = weight.shape[1]
    first = (channel // (weight.shape[0] // groups)) * per_group
    parts = []
    for c in range(per_group):
        for i in range(window.kernel[0]):
            y = row * window.stride[0] + i * window.dilation[0] - window.before[0]
            for j in range(window.kernel[1]):
                x = column * window.stride[1] + j * window.dilation[1] - window.before[1]
                if 0 <= y < pixels.shape[2] and 0 <= x < pixels.shape[3]:
                    place = (0, first + c, y, x)
                    value = float(pixels[place]) - shift
                    parts.append(
                        Part(at.node.input[0], place, value, float(weight[channel, c, i, j]) - weight_shift)
                    )
    has_bias = not integer and len(at.node.input) > 2 and bool(at.node.input[2])
    return _summed(parts, float(at.read(2).reshape(-1)[channel]) if has_bias else 0.0)


def _zeros(at: Place) -> tuple[float, float]:
    """What stands for 0 in pixels and weights of whole numbers."""
    given = [at.read(i) if len(at.node.input) > i and at.node.input[i] else np.zeros(1) for i in (2, 3)]
    return float(given[0].reshape(-1)[0]), float(given[1].reshape(-1)[0])


def _gemm(at: Place) -> Made | None:
    left, right = at.read(0), at.read(1)
    if attribute(at.node, "transA", 0) or left.ndim != 2:
        return None
    alpha, beta = float(attribute(at.node, "alpha", 1.0)), float(attribute(at.node, "beta", 1.0))
    row, column = at.index
    weights = right[column] if attribute(at.node, "transB", 0) else right[:, column]
    parts = [at.part(0, (row, k), alpha * float(w)) for k, w in enumerate(weights)]
    bias = 0.0
    if len(at.node.input) > 2 and at.node.input[2]:
        shape = (left.shape[0], right.shape[0] if attribute(at.node, "transB", 0) else right.shape[1])
        bias = beta * float(np.broadcast_to(at.read(2), shape)[row, column])
    return _summed(parts, bias)


def _matmul(at: Place) -> Made | None:
    left, right = at.read(0), at.read(1)
    if left.ndim < 2 or right.ndim < 2:
        return None
    outer, row, column = at.index[:-2], at.index[-2], at.index[-1]
    left_outer, right_outer = _fitted(outer, left.shape[:-2]), _fitted(outer, right.shape[:-2])
    moving = at.node.input[1] not in at.wiring.constants
    parts = []
    for k in range(left.shape[-1]):
        place, other = (*left_outer, row, k), (*right_outer, k, column)
        name = at.node.input[1] if moving else ""
        parts.append(
            Part(
                at.node.input[0],
                place,
                float(left[place]),
                float(right[other]),
                name,
                other if moving else (),
            )
        )
    return _summed(parts)


def _fitted(index: Index, shape: Index) -> Index:
    """An index into a tensor that is stretched to a larger shape."""
    tail = index[len(index) - len(shape) :] if shape else ()
    return tuple(0 if size == 1 else i for i, size in zip(tail, shape, strict=True))


def _softmax(at: Place) -> Made:
    axis = int(attribute(at.node, "axis", -1 if at.wiring.opset >= 13 else 1))
    scores = at.read(0)
    if at.wiring.opset < 13:  # from that axis on, everything is one
        rows = scores.reshape(math.prod(scores.shape[:axis]) or 1, -1)
        flat = int(np.ravel_multi_index(at.index, scores.shape))
        row, place = divmod(flat, rows.shape[1])
        indices = [
            tuple(int(v) for v in np.unravel_index(row * rows.shape[1] + k, scores.shape))
            for k in range(rows.shape[1])
        ]
    else:
        place = at.index[axis]
        indices = [
            (*at.index[: axis % scores.ndim], k, *at.index[axis % scores.ndim + 1 :])
            for k in range(scores.shape[axis])
        ]
    parts = [at.part(0, index) for index in indices]
    high = max(p.value for p in parts)
    powers = [math.exp(p.value - high) for p in parts]
    own = parts[place]
    others = sorted((p for p in parts if p is not own), key=lambda p: -p.value)[: MOST_PARTS - 1]
    return Made(powers[place] / math.fsum(powers), "softmax", (own, *others), 0.0, len(parts))


def _global_mean(at: Place) -> Made:
    pixels = at.read(0)
    n, channel = at.index[:2]
    places = list(np.ndindex(pixels.shape[2:]))
    return _summed([at.part(0, (n, channel, *p), 1 / len(places)) for p in places], rule="mean")


def _reduced(rule: str) -> Callable[[Place], Made | None]:
    def made(at: Place) -> Made | None:
        data = at.read(0)
        axes = attribute(at.node, "axes", None)
        if axes is None and len(at.node.input) > 1 and at.node.input[1]:
            axes = at.read(1).ravel().tolist()
        over = {int(a) % data.ndim for a in (range(data.ndim) if axes is None else axes)}
        kept = list(at.index)
        if not attribute(at.node, "keepdims", 1):
            for axis in sorted(over):
                kept.insert(axis, 0)
        ranges = [range(data.shape[i]) if i in over else (kept[i],) for i in range(data.ndim)]
        indices = list(np.array(np.meshgrid(*ranges, indexing="ij")).reshape(data.ndim, -1).T.tolist())
        share = 1 / len(indices) if rule == "mean" else 1.0
        return _summed([at.part(0, tuple(i), share) for i in indices], rule=rule)

    return made


def _pool(at: Place) -> Made | None:
    pixels = at.read(0)
    window = window_of(at.wiring, at.node, {at.node.input[0]: pixels.shape})
    if window is None or pixels.ndim != 4:
        return None
    n, channel, row, column = at.index
    parts = []
    for i in range(window.kernel[0]):
        y = row * window.stride[0] + i * window.dilation[0] - window.before[0]
        for j in range(window.kernel[1]):
            x = column * window.stride[1] + j * window.dilation[1] - window.before[1]
            if 0 <= y < pixels.shape[2] and 0 <= x < pixels.shape[3]:
                parts.append(at.part(0, (n, channel, y, x)))
    if at.node.op_type == "MaxPool":
        best = max(parts, key=lambda p: p.value)
        others = tuple(p for p in parts if p is not best)[: MOST_PARTS - 1]
        return Made(best.value, "max", (best, *others), 0.0, len(parts))
    if attribute(at.node, "count_include_pad", 0):
        return None
    scaled = [Part(p.tensor, p.index, p.value, 1 / len(parts)) for p in parts]
    return _summed(scaled, rule="mean")


def _view(at: Place) -> Made:
    """The same number under another index: reshaping keeps the order."""
    source = at.read(0)
    shape = at.values[at.output].shape
    flat = int(np.ravel_multi_index(at.index, shape)) if shape else 0
    index = tuple(int(v) for v in np.unravel_index(flat, source.shape)) if source.shape else ()
    return _same(at, 0, index)


def _same(at: Place, place: int, index: Index) -> Made:
    part = at.part(place, index)
    return Made(part.value, "same", (part,), 0.0, 1)


def _transpose(at: Place) -> Made:
    rank = len(at.index)
    order = list(attribute(at.node, "perm", list(range(rank))[::-1]))
    index = [0] * rank
    for new, old in enumerate(order):
        index[old] = at.index[new]
    return _same(at, 0, tuple(index))


def _concat(at: Place) -> Made | None:
    axis = int(attribute(at.node, "axis", 0)) % len(at.index)
    offset = at.index[axis]
    for place, name in enumerate(at.node.input):
        size = at.values[name].shape[axis]
        if offset < size:
            return _same(at, place, (*at.index[:axis], offset, *at.index[axis + 1 :]))
        offset -= size
    return None


def _split(at: Place) -> Made:
    axis = int(attribute(at.node, "axis", 0)) % len(at.index)
    offset = 0
    for name in at.node.output:
        if name == at.output:
            break
        offset += at.values[name].shape[axis]
    return _same(at, 0, (*at.index[:axis], at.index[axis] + offset, *at.index[axis + 1 :]))


def _gather(at: Place) -> Made:
    data, chosen = at.read(0), at.read(1)
    axis = int(attribute(at.node, "axis", 0)) % data.ndim
    inner = at.index[axis : axis + chosen.ndim]
    picked = int(chosen[inner] if chosen.ndim else chosen)
    index = (*at.index[:axis], picked % data.shape[axis], *at.index[axis + chosen.ndim :])
    return _same(at, 0, index)


def _slice(at: Place) -> Made | None:
    if len(at.node.input) < 3:
        return None
    data = at.read(0)
    starts, ends = at.read(1).ravel().tolist(), at.read(2).ravel().tolist()
    has_axes = len(at.node.input) > 3 and bool(at.node.input[3])
    axes = at.read(3).ravel().tolist() if has_axes else list(range(len(starts)))
    has_steps = len(at.node.input) > 4 and bool(at.node.input[4])
    steps = at.read(4).ravel().tolist() if has_steps else [1] * len(starts)
    index = list(at.index)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        along = range(*slice(start, end, step).indices(data.shape[int(axis)]))
        index[int(axis)] = along[at.index[int(axis)]]
    return _same(at, 0, tuple(index))


def _expanded(at: Place) -> Made:
    return _same(at, 0, _fitted(at.index, at.read(0).shape))


def _resized(at: Place) -> Made | None:
    """The nearest place of a smaller map. Source: ONNX, Resize, `asymmetric` and `floor`, and what else agrees."""
    mode = attribute(at.node, "mode", b"nearest")
    if mode not in (b"nearest", "nearest"):
        return None
    before, after = at.read(0).shape, at.values[at.output].shape
    index = tuple(min(i * b // a, b - 1) for i, b, a in zip(at.index, before, after, strict=True))
    return _same(at, 0, index)


def _dynamic_quantise(at: Place) -> Made | None:
    """Rounded to 8 bits with the scale that fits these numbers: the operator's other two outputs."""
    if at.output != at.node.output[0]:
        return None
    part = at.part(0, at.index)
    scale, zero = (float(at.values[name]) for name in at.node.output[1:3])
    level = float(np.rint(np.float32(part.value) / np.float32(scale))) + zero
    return Made(min(max(level, 0.0), 255.0), "function", (part,), 0.0, 1)


def _function(compute: Callable[[Place, float], float]) -> Callable[[Place], Made]:
    def made(at: Place) -> Made:
        part = at.part(0, at.index)
        return Made(compute(at, part.value), "function", (part,), 0.0, 1)

    return made


def _clip(at: Place, x: float) -> float:
    if at.wiring.opset >= 11:
        low, high = (
            float(at.read(i)) if len(at.node.input) > i and at.node.input[i] else bound
            for i, bound in ((1, -math.inf), (2, math.inf))
        )
    else:
        low, high = (float(attribute(at.node, n, b)) for n, b in (("min", -math.inf), ("max", math.inf)))
    return min(max(x, low), high)


def _sigmoid(_: Place, x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _gelu(at: Place, x: float) -> float:
    if attribute(at.node, "approximate", b"none") == b"tanh":
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _hard_sigmoid(at: Place, x: float) -> float:
    alpha, beta = float(attribute(at.node, "alpha", 0.2)), float(attribute(at.node, "beta", 0.5))
    return min(max(alpha * x + beta, 0.0), 1.0)


def _binary(
    combine: Callable[[float, float], float], *, is_sum: bool = False
) -> Callable[[Place], Made | None]:
    def made(at: Place) -> Made | None:
        parts = [at.part(i, _fitted(at.index, at.read(i).shape)) for i in range(len(at.node.input))]
        if len(parts) != 2:
            return _summed(parts, rule="together") if is_sum else None
        value = combine(parts[0].value, parts[1].value)
        return Made(value, "together", _largest(parts), 0.0, 2)

    return made


def _batch_norm(at: Place) -> Made:
    part = at.part(0, at.index)
    channel = at.index[1]
    scale, shift, mean, variance = (float(at.read(i)[channel]) for i in (1, 2, 3, 4))
    epsilon = float(attribute(at.node, "epsilon", 1e-5))
    value = (part.value - mean) / math.sqrt(variance + epsilon) * scale + shift
    return Made(value, "normalised", (part,), 0.0, 1)


def _layer_norm(at: Place) -> Made | None:
    data = at.read(0)
    axis = int(attribute(at.node, "axis", -1)) % data.ndim
    if axis != data.ndim - 1:
        return None
    row = data[at.index[:-1]].astype(np.float64)
    part = at.part(0, at.index)
    spread = math.sqrt(float(row.var()) + float(attribute(at.node, "epsilon", 1e-5)))
    value = (part.value - float(row.mean())) / spread * float(at.read(1)[at.index[-1]])
    if len(at.node.input) > 2 and at.node.input[2]:
        value += float(at.read(2)[at.index[-1]])
    return Made(value, "normalised", (part,), 0.0, len(row))


def _dequantise(at: Place) -> Made | None:
    part = at.part(0, at.index)
    scale = at.read(1)
    zero = at.read(2) if len(at.node.input) > 2 and at.node.input[2] else np.zeros_like(scale)
    if scale.size > 1:
        along = at.index[int(attribute(at.node, "axis", 1))]
        scale, zero = scale.reshape(-1)[along], zero.reshape(-1)[along]
    value = (part.value - float(zero)) * float(scale)
    return Made(value, "function", (part,), 0.0, 1)


def _quantise(at: Place) -> Made | None:
    scale = at.read(1)
    if scale.size > 1:
        return None
    part = at.part(0, at.index)
    zero = at.read(2) if len(at.node.input) > 2 and at.node.input[2] else np.uint8(0)
    limits = np.iinfo(np.asarray(zero).dtype)
    level = float(np.rint(np.float32(part.value) / np.float32(scale)) + float(zero))
    return Made(min(max(level, limits.min), limits.max), "function", (part,), 0.0, 1)


OPERATORS: dict[str, Callable[[Place], Made | None]] = {
    "Conv": _conv,
    "ConvInteger": _conv,
    "DynamicQuantizeLinear": _dynamic_quantise,
    "Expand": _expanded,
    "Resize": _resized,
    "Upsample": _resized,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Softmax": _softmax,
    "GlobalAveragePool": _global_mean,
    "ReduceMean": _reduced("mean"),
    "ReduceSum": _reduced("sum"),
    "MaxPool": _pool,
    "AveragePool": _pool,
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Cast"), _view),
    "Transpose": _transpose,
    "Concat": _concat,
    "Split": _split,
    "Gather": _gather,
    "Slice": _slice,
    "Relu": _function(lambda _, x: max(x, 0.0)),
    "Clip": _function(_clip),
    "Sigmoid": _function(_sigmoid),
    "Tanh": _function(lambda _, x: math.tanh(x)),
    "Erf": _function(lambda _, x: math.erf(x)),
    "Exp": _function(lambda _, x: math.exp(x)),
    "Sqrt": _function(lambda _, x: math.sqrt(x)),
    "Gelu": _function(_gelu),
    "HardSigmoid": _function(_hard_sigmoid),
    "HardSwish": _function(lambda _, x: x * min(max(x / 6 + 0.5, 0.0), 1.0)),
    "LeakyRelu": _function(lambda at, x: x if x >= 0 else float(attribute(at.node, "alpha", 0.01)) * x),
    "Softplus": _function(lambda _, x: math.log1p(math.exp(-abs(x))) + max(x, 0.0)),
    "Add": _binary(lambda a, b: a + b, is_sum=True),
    "Sum": _binary(lambda a, b: a + b, is_sum=True),
    "Sub": _binary(lambda a, b: a - b),
    "Mul": _binary(lambda a, b: a * b),
    "Div": _binary(lambda a, b: a / b if b else math.nan),
    "Pow": _binary(lambda a, b: a**b),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "DequantizeLinear": _dequantise,
    "QuantizeLinear": _quantise,
}
"""Operator to the function. Source: the ONNX operator specification."""
