"""A TensorFlow.js graph model as ONNX: traced on a sample, so that whatever depends on shapes alone folds away.

Every operator is run once, by itself, while it is written down: what comes out of constants is a constant.
Transposes are not written but remembered: a value knows in which order its axes are stored, so maps of pixels stay
NCHW throughout.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from people.writing import OPSET, Writer

Array = NDArray[Any]
NCHW = (0, 2, 3, 1)
"""Order in which the axes of an NHWC value are found when it is stored as NCHW."""

_ONNX_TYPES = {"DT_FLOAT": TensorProto.FLOAT, "DT_INT32": TensorProto.INT32, "DT_BOOL": TensorProto.BOOL}
_SIMPLE = {
    "Add": "Add",
    "AddV2": "Add",
    "Sub": "Sub",
    "Mul": "Mul",
    "RealDiv": "Div",
    "FloorDiv": "Div",  # of whole numbers that are not negative
    "Maximum": "Max",
    "Minimum": "Min",
    "Less": "Less",
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
    "Equal": "Equal",
    "LogicalAnd": "And",
    "Abs": "Abs",
    "Exp": "Exp",
    "Sigmoid": "Sigmoid",
    "Reciprocal": "Reciprocal",
    "AddN": "Sum",
    "Relu": "Relu",
}


@dataclass(frozen=True)
class Value:
    """A tensor of the graph.

    Attributes:
        sample: what it is for the sample input, in its stored order of axes.
        name: of the ONNX tensor; None for a constant.
        order: stored axis of each axis; None when they are stored as they are.
    """

    sample: Array
    name: str | None = None
    order: tuple[int, ...] | None = None

    @property
    def logical(self) -> Array:
        """The sample with its axes as TensorFlow sees them."""
        return self.sample if self.order is None else self.sample.transpose(self.order)


def read_graph(folder: Path, name: str) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """The nodes of NAME.json, and its weights out of NAME.bin."""
    data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    blob = (folder / f"{name}.bin").read_bytes()
    weights, at = {}, 0
    for group in data["weightsManifest"]:
        for entry in group["weights"]:
            stored = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"]))
            count = int(np.prod(entry["shape"], dtype=np.int64))
            array = np.frombuffer(blob, stored, count, at).reshape(entry["shape"])
            weights[entry["name"]] = array.astype(entry["dtype"])
            at += count * stored.itemsize
    return data["modelTopology"]["node"], weights


class Tracer:
    """Writes a graph down while it runs it on a sample.

    Args:
        nodes: of the graph, in any order.
        weights: values of its constants.
        sample: (1, 3, H, W) float32 input.
        nchw: whether the graph's own input is NCHW.
    """

    def __init__(
        self, nodes: list[dict[str, Any]], weights: dict[str, Array], sample: Array, *, nchw: bool
    ) -> None:
        self.writer = Writer()
        self._nodes = {node["name"]: node for node in nodes}
        self._weights = weights
        self._input = Value(sample, "picture", None if nchw else NCHW)
        self._made: dict[str, tuple[Value, ...]] = {}

    def value(self, reference: str) -> Value:
        """The output `name` or `name:number` of a node."""
        name, _, number = reference.partition(":")
        if name not in self._made:
            self._made[name] = self._run(self._nodes[name])
        return self._made[name][int(number or 0)]

    def _run(self, node: dict[str, Any]) -> tuple[Value, ...]:
        kind, attributes = node["op"], node.get("attr", {})
        if kind == "Const":
            return (Value(self._weights[node["name"]]),)
        if kind == "Placeholder":
            return (self._input,)
        inputs = [self.value(i) for i in node.get("input", ()) if not i.startswith("^")]
        if kind in _SIMPLE:
            return (self._elementwise(_SIMPLE[kind], inputs),)
        handler: Callable[[list[Value], dict[str, Any]], Any] | None = getattr(
            self, f"_{kind.strip('_').lower()}", None
        )
        if handler is None:
            raise ValueError(f"operator {kind} is not known here")
        made = handler(inputs, attributes)
        return made if isinstance(made, tuple) else (made,)

    # writing and running

    def apply(
        self, kind: str, inputs: Sequence[Value | None], outputs: int = 1, **attributes: Any
    ) -> tuple[Value, ...]:
        """Run one ONNX operator on stored values, and write it down unless all of them are constant."""
        feeds = {f"i{n}": v.sample for n, v in enumerate(inputs) if v is not None}
        node = helper.make_node(
            kind,
            [f"i{n}" if v is not None else "" for n, v in enumerate(inputs)],
            [f"o{n}" for n in range(outputs)],
            **attributes,
        )
        samples = _run_alone(node, feeds)
        if all(v is None or v.name is None for v in inputs):
            return tuple(Value(s) for s in samples)
        first = self.writer.node(kind, [self.name_of(v) for v in inputs], outputs, **attributes)
        names = [first] if outputs == 1 else [f"{first.rpartition('_')[0]}_{n}" for n in range(outputs)]
        return tuple(Value(s, n) for s, n in zip(samples, names, strict=True))

    def name_of(self, value: Value | None) -> str:
        """Name of the ONNX tensor of a stored value; constants become initialisers."""
        if value is None:
            return ""
        return self.writer.constant(value.sample) if value.name is None else value.name

    def plain(self, value: Value) -> Value:
        """A value stored as TensorFlow sees it."""
        if value.order is None:
            return value
        return self.apply("Transpose", [Value(value.sample, value.name)], perm=list(value.order))[0]

    def as_nchw(self, value: Value) -> Value:
        """An NHWC value stored as NCHW."""
        if value.order == NCHW:
            return value
        stored = self.apply("Transpose", [self.plain(value)], perm=[0, 3, 1, 2])[0]
        return Value(stored.sample, stored.name, NCHW)

    def ints(self, values: Any) -> Value:
        """A constant of whole numbers, as ONNX wants its shapes and indices."""
        return Value(np.asarray(values, np.int64))

    def _ordered(self, made: Value, order: tuple[int, ...] | None) -> Value:
        return Value(made.sample, made.name, order)

    # operators without a map of pixels

    def _elementwise(self, kind: str, inputs: list[Value]) -> Value:
        orders = {v.order for v in inputs if v.sample.ndim == 4}
        if orders == {NCHW} and all(v.sample.ndim == 4 or v.name is None for v in inputs):
            stored = [v if v.sample.ndim == 4 else Value(_for_nchw(v.sample)) for v in inputs]
            return self._ordered(self.apply(kind, [Value(v.sample, v.name) for v in stored])[0], NCHW)
        return self.apply(kind, [self.plain(v) for v in inputs])[0]

    def _identity(self, inputs: list[Value], _: Any) -> Value:
        return inputs[0]

    def _shape(self, inputs: list[Value], _: Any) -> Value:
        return Value(np.array(inputs[0].logical.shape, np.int32))

    def _size(self, inputs: list[Value], _: Any) -> Value:
        return Value(np.array(inputs[0].sample.size, np.int32))

    def _cast(self, inputs: list[Value], attributes: Any) -> Value:
        wanted = attributes["DstT"]["type"]
        if inputs[0].name == "picture":
            return inputs[0]  # the original takes whole numbers and begins by making floats of them
        made = self.apply("Cast", [Value(inputs[0].sample, inputs[0].name)], to=_ONNX_TYPES[wanted])[0]
        return self._ordered(made, inputs[0].order)

    def _reshape(self, inputs: list[Value], _: Any) -> Value:
        return self.apply("Reshape", [self.plain(inputs[0]), self.ints(inputs[1].sample)])[0]

    def _expanddims(self, inputs: list[Value], _: Any) -> Value:
        return self.apply("Unsqueeze", [self.plain(inputs[0]), self.ints(inputs[1].sample.reshape(1))])[0]

    def _squeeze(self, inputs: list[Value], attributes: Any) -> Value:
        axes = [int(i) for i in attributes["squeeze_dims"]["list"]["i"]]
        return self.apply("Squeeze", [self.plain(inputs[0]), self.ints(axes)])[0]

    def _pack(self, inputs: list[Value], attributes: Any) -> Value:
        axis = int(attributes["axis"]["i"])
        parts = [self.apply("Unsqueeze", [self.plain(v), self.ints([axis])])[0] for v in inputs]
        return self.apply("Concat", parts, axis=axis)[0]

    def _unpack(self, inputs: list[Value], attributes: Any) -> tuple[Value, ...]:
        axis, count = int(attributes["axis"]["i"]), int(attributes["num"]["i"])
        parts = self.apply("Split", [self.plain(inputs[0])], count, axis=axis)
        return tuple(self.apply("Squeeze", [p, self.ints([axis])])[0] for p in parts)

    def _split(self, inputs: list[Value], attributes: Any) -> tuple[Value, ...]:
        count = int(attributes["num_split"]["i"])
        return self.apply("Split", [self.plain(inputs[1])], count, axis=int(inputs[0].sample))

    def _splitv(self, inputs: list[Value], _: Any) -> tuple[Value, ...]:
        sizes = self.ints(inputs[1].sample)
        return self.apply(
            "Split", [self.plain(inputs[0]), sizes], len(sizes.sample), axis=int(inputs[2].sample)
        )

    def _concatv2(self, inputs: list[Value], _: Any) -> Value:
        *parts, at = inputs
        axis = int(at.sample) % parts[0].logical.ndim
        if {p.order for p in parts} == {NCHW}:
            made = self.apply("Concat", [Value(p.sample, p.name) for p in parts], axis=NCHW[axis])[0]
            return self._ordered(made, NCHW)
        return self.apply("Concat", [self.plain(p) for p in parts], axis=axis)[0]

    def _tile(self, inputs: list[Value], _: Any) -> Value:
        return self.apply("Tile", [self.plain(inputs[0]), self.ints(inputs[1].sample)])[0]

    def _fill(self, inputs: list[Value], _: Any) -> Value:
        return Value(np.full(inputs[0].sample, inputs[1].sample))

    def _range(self, inputs: list[Value], _: Any) -> Value:
        start, limit, step = (v.sample for v in inputs)
        return Value(np.arange(start.item(), limit.item(), step.item()).astype(start.dtype))

    def _sparsetodense(self, inputs: list[Value], _: Any) -> Value:
        indices, shape, values, default = (v.sample for v in inputs)
        dense = np.full(shape, default, values.dtype)
        dense[tuple(indices.T)] = values
        return Value(dense)

    def _transpose(self, inputs: list[Value], _: Any) -> Value:
        source, perm = inputs[0], [int(i) for i in inputs[1].sample]
        order = source.order or tuple(range(source.sample.ndim))
        combined = tuple(order[i] for i in perm)
        plain = combined == tuple(range(len(combined)))
        return self._ordered(source, None if plain else combined)

    def _squareddifference(self, inputs: list[Value], _: Any) -> Value:
        off = self._elementwise("Sub", inputs)
        return self._elementwise("Mul", [off, off])

    def _select(self, inputs: list[Value], _: Any) -> Value:
        return self.apply("Where", [self.plain(v) for v in inputs])[0]

    def _max(self, inputs: list[Value], _: Any) -> Value:
        axes = [int(i) for i in inputs[1].sample.reshape(-1)]
        return self.apply("ReduceMax", [self.plain(inputs[0])], axes=axes, keepdims=0)[0]

    def _sum(self, inputs: list[Value], _: Any) -> Value:
        return self.apply(
            "ReduceSum", [self.plain(inputs[0]), self.ints(inputs[1].sample.reshape(-1))], keepdims=0
        )[0]

    def _argmax(self, inputs: list[Value], _: Any) -> Value:
        found = self.apply("ArgMax", [self.plain(inputs[0])], axis=int(inputs[1].sample), keepdims=0)[0]
        return self.apply("Cast", [found], to=TensorProto.INT32)[0]

    def _topkv2(self, inputs: list[Value], _: Any) -> tuple[Value, Value]:
        best, at = self.apply(
            "TopK", [self.plain(inputs[0]), self.ints(inputs[1].sample.reshape(1))], 2, axis=-1
        )
        return best, self.apply("Cast", [at], to=TensorProto.INT32)[0]

    def _gathernd(self, inputs: list[Value], _: Any) -> Value:
        at = self.apply("Cast", [self.plain(inputs[1])], to=TensorProto.INT64)[0]
        return self.apply("GatherND", [self.plain(inputs[0]), at])[0]

    def _stridedslice(self, inputs: list[Value], attributes: Any) -> Value:
        source = self.plain(inputs[0])
        begin, end, step = (v.sample.tolist() for v in inputs[1:])
        masks = {k: int(attributes[f"{k}_mask"]["i"]) for k in ("begin", "end", "shrink_axis", "new_axis")}
        if int(attributes["ellipsis_mask"]["i"]) or any(s != 1 for s in step):
            raise ValueError("only slices of neighbours are known here")
        starts, ends, shrunk, new, axis = [], [], [], [], 0
        for i in range(len(begin)):
            bit = 1 << i
            if masks["new_axis"] & bit:
                new.append(i)
                continue
            size = source.sample.shape[axis]
            first = 0 if masks["begin"] & bit else begin[i]
            if masks["shrink_axis"] & bit:
                shrunk.append(axis)
                starts.append(first)
                ends.append(first + 1 if first != -1 else size)
            else:
                starts.append(first)
                ends.append(size if masks["end"] & bit else end[i])
            axis += 1
        if shrunk and new:
            raise ValueError("a slice that both takes axes away and adds some is not known here")
        made = source
        if axis and any((s, e) != (0, n) for s, e, n in zip(starts, ends, source.sample.shape, strict=False)):
            made = self.apply("Slice", [source, self.ints(starts), self.ints(ends), self.ints(range(axis))])[
                0
            ]
        if shrunk:
            made = self.apply("Squeeze", [made, self.ints(shrunk)])[0]
        return self.apply("Unsqueeze", [made, self.ints(new)])[0] if new else made

    # operators on maps of pixels

    def _leakyrelu(self, inputs: list[Value], attributes: Any) -> Value:
        made = self.apply(
            "LeakyRelu", [Value(inputs[0].sample, inputs[0].name)], alpha=attributes["alpha"]["f"]
        )[0]
        return self._ordered(made, inputs[0].order)

    def _padv2(self, inputs: list[Value], attributes: Any) -> Value:
        return self._pad(inputs, attributes)

    def _pad(self, inputs: list[Value], _: Any) -> Value:
        source, pads = inputs[0], inputs[1].sample
        order = source.order or tuple(range(len(pads)))
        stored = np.zeros_like(pads)
        stored[list(order)] = pads
        fill = Value(np.array(inputs[2].sample if len(inputs) > 2 else 0, np.float32))
        made = self.apply("Pad", [Value(source.sample, source.name), self.ints(stored.T.ravel()), fill])[0]
        return self._ordered(made, source.order)

    def _resizebilinear(self, inputs: list[Value], attributes: Any) -> Value:
        if not attributes["half_pixel_centers"]["b"] or attributes["align_corners"]["b"]:
            raise ValueError("only half-pixel centres are known here")
        source = self.as_nchw(inputs[0])
        size = self.ints([*source.sample.shape[:2], *inputs[1].sample])
        made = self.apply(
            "Resize",
            [Value(source.sample, source.name), None, None, size],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )[0]
        return self._ordered(made, NCHW)

    def _maxpool(self, inputs: list[Value], attributes: Any) -> Value:
        kernel, strides = (_pair(attributes[k]) for k in ("ksize", "strides"))
        source = self.as_nchw(inputs[0])
        pads = _padding(attributes, source.sample.shape[2:], kernel, strides, (1, 1))
        made = self.apply(
            "MaxPool", [Value(source.sample, source.name)], kernel_shape=kernel, strides=strides, pads=pads
        )[0]
        return self._ordered(made, NCHW)

    def _conv2d(self, inputs: list[Value], attributes: Any) -> Value:
        return self._convolution(inputs, inputs[1].logical.transpose(3, 2, 0, 1), 1, attributes)

    def _depthwiseconv2dnative(self, inputs: list[Value], attributes: Any) -> Value:
        weights = inputs[1].logical.transpose(2, 3, 0, 1)
        if weights.shape[1] != 1:
            raise ValueError("only one filter a channel is known here")
        return self._convolution(inputs, weights, len(weights), attributes)

    def _fusedconv2d(self, inputs: list[Value], attributes: Any) -> Value:
        return self._conv2d(inputs, attributes)

    def _fuseddepthwiseconv2dnative(self, inputs: list[Value], attributes: Any) -> Value:
        return self._depthwiseconv2dnative(inputs, attributes)

    def _convolution(self, inputs: list[Value], weights: Array, group: int, attributes: Any) -> Value:
        source = self.as_nchw(inputs[0])
        strides = _pair(attributes["strides"])
        dilations = _pair(attributes["dilations"]) if "dilations" in attributes else [1, 1]
        kernel = list(weights.shape[2:])
        pads = _padding(attributes, source.sample.shape[2:], kernel, strides, dilations)
        fused = [
            base64.b64decode(s).decode() for s in attributes.get("fused_ops", {}).get("list", {}).get("s", ())
        ]
        operands = [Value(source.sample, source.name), Value(np.asarray(weights, order="C"))]
        if "BiasAdd" in fused:
            operands.append(inputs[2])
        made = self.apply(
            "Conv",
            operands,
            kernel_shape=kernel,
            strides=strides,
            dilations=dilations,
            pads=pads,
            group=group,
        )[0]
        for extra in fused:
            if extra == "Relu6":
                made = self.apply(
                    "Clip", [made, Value(np.array(0, np.float32)), Value(np.array(6, np.float32))]
                )[0]
            elif extra == "Relu":
                made = self.apply("Relu", [made])[0]
            elif extra != "BiasAdd":
                raise ValueError(f"fused {extra} is not known here")
        return self._ordered(made, NCHW)


def _for_nchw(constant: Array) -> Array:
    """A constant that was broadcast over NHWC, ready to be broadcast over NCHW."""
    return constant.reshape(-1, 1, 1) if constant.ndim == 1 else constant


def _pair(attribute: dict[str, Any]) -> list[int]:
    return [int(i) for i in attribute["list"]["i"][1:3]]


def _padding(
    attributes: dict[str, Any],
    size: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> list[int]:
    if base64.b64decode(attributes["padding"]["s"]) == b"VALID":
        return [0, 0, 0, 0]
    begin, end = [], []
    for n, k, s, d in zip(size, kernel, strides, dilations, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        begin.append(total // 2)
        end.append(total - total // 2)
    return begin + end


def _run_alone(node: Any, feeds: dict[str, Array]) -> list[Array]:
    inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
        for n, v in feeds.items()
    ]
    outputs = [helper.make_empty_tensor_value_info(o) for o in node.output]
    graph = helper.make_graph([node], "one", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    made: list[Array] = session.run(None, {k: np.asarray(v, order="C") for k, v in feeds.items()})
    return made
