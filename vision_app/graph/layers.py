"""The layers of a network as a readable list: what a person would draw of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vision_app.graph.attention import AttentionPoint
from vision_app.graph.receptive import SLIDING, Field, Window, fields, number_array, window_of
from vision_app.graph.shapes import Shape, UnknownShapeError, multiplications
from vision_app.graph.taps import as_floats
from vision_app.graph.wiring import Wiring, attribute, readers_of
from vision_app.messages import Message

CONVOLUTIONS = frozenset({"Conv", "FusedConv", "ConvInteger", "QLinearConv"})
DENSE = frozenset(
    {"Gemm", "MatMul", "FusedGemm", "FusedMatMul", "MatMulInteger", "QGemm", "QLinearMatMul", "FC"}
)
_OTHERS = {
    "ConvTranspose": Message("transposed convolution"),
    "MaxPool": Message("max pooling"),
    "AveragePool": Message("average pooling"),
    "QLinearAveragePool": Message("average pooling"),
    "GlobalAveragePool": Message("global average pooling"),
    "QLinearGlobalAveragePool": Message("global average pooling"),
    "GlobalMaxPool": Message("global max pooling"),
    "Add": "addition",
    "QLinearAdd": "addition",
    "Sum": "addition",
    "Concat": "concatenation",
    "QLinearConcat": "concatenation",
    "Resize": "resize",
    "Upsample": "resize",
    "LayerNormalization": Message("layer normalisation"),
    "InstanceNormalization": Message("instance normalisation"),
    "GroupNormalization": Message("group normalisation"),
}
_ACTIVATIONS = {
    "Relu": "ReLU",
    "Clip": Message("clipped ReLU"),
    "LeakyRelu": Message("leaky ReLU"),
    "PRelu": "PReLU",
    "Elu": "ELU",
    "Selu": "SELU",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSwish": Message("hard swish"),
    "HardSigmoid": Message("hard sigmoid"),
    "Softplus": "softplus",
    "Gelu": "GELU",
    "Mish": "Mish",
    "Erf": "GELU",
}
_ON_THE_WAY = frozenset(
    {"BatchNormalization", "QuantizeLinear", "DequantizeLinear", "Cast", "Identity", "Dropout"}
)
_WEIGHT_INPUT = {"QLinearConv": 3, "QLinearMatMul": 3, "QGemm": 3}
_MAP_AXES = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes:
        number: its place in the list, from 1.
        name: readable, unique within the network.
        kind: what it is, in words.
        tensor: the tensor that it makes, as floats.
        activated: that tensor after the normalisation and activation that follow it; else the same.
        activation: name of that activation; "" for none.
        shape: of `tensor`; () where it is not known.
        window: kernel, stride, padding, dilation; None for what does not slide.
        groups: of a convolution.
        field: what one place of it sees; None for the whole picture.
        multiplications: for one picture; None where it has none or they are not known.
        weight: name of its weights; "" for none.
        node: name of the first tensor of its operator, by which it is found in the graph.
    """

    number: int
    name: str
    kind: str
    tensor: str
    activated: str
    activation: str = ""
    shape: Shape = ()
    window: Window | None = None
    groups: int = 1
    field: Field | None = None
    multiplications: int | None = None
    weight: str = ""
    node: str = ""

    @property
    def is_map(self) -> bool:
        """Whether it is a map: (N, channels, height, width) with more than one place."""
        return len(self.shape) == _MAP_AXES and self.shape[2] * self.shape[3] > 1

    @property
    def is_convolution(self) -> bool:
        """Whether it is a convolution."""
        return "convolution" in self.kind


def list_layers(
    model: Any, shapes: Mapping[str, Shape], attention: tuple[AttentionPoint, ...] = ()
) -> tuple[Layer, ...]:
    """The layers of a model in the order of the computation.

    Args:
        model: an onnx ModelProto; may get nodes that nothing reads, which make floats of quantised numbers.
        shapes: of its tensors, as far as they are known.
        attention: its attentions, which are listed as layers.
    """
    wiring = Wiring(model)
    reads = readers_of(model)
    seen = fields(wiring, shapes)
    matrices = {point.matrix: point for point in attention}
    found: list[Layer] = []
    for node in list(model.graph.node):
        if not node.output or node.output[0] in wiring.constants:
            continue
        if any(name in matrices for name in node.output):
            point = matrices[node.output[0]]
            found.append(
                Layer(0, readable_name(node), "attention", point.matrix, point.matrix, node=node.output[0])
            )
            continue
        kind = _kind(wiring, node, shapes)
        if kind:
            found.append(_layer(model, wiring, reads, node, kind))
    # a matrix that was computed beside a fused operator stands at the end of the graph
    finished = [
        replace(
            layer,
            shape=tuple(shapes.get(layer.tensor, shapes.get(layer.node, ()))),
            window=_window(wiring, layer, shapes),
            field=seen.get(layer.node) if len(shapes.get(layer.node, ())) == _MAP_AXES else None,
            multiplications=_count(wiring, layer.node, shapes),
        )
        for layer in found
    ]
    return tuple(_named(finished))


def with_shapes(layers: tuple[Layer, ...], measured: Mapping[str, Shape]) -> tuple[Layer, ...]:
    """The same layers with the shapes that a run has shown."""
    return tuple(replace(la, shape=measured.get(la.tensor, la.shape)) for la in layers)


def _kind(wiring: Wiring, node: Any, shapes: Mapping[str, Shape]) -> str:
    if node.op_type in CONVOLUTIONS:
        return _kind_of_convolution(wiring, node, shapes)
    if node.op_type in DENSE:
        weight = node.input[_WEIGHT_INPUT.get(node.op_type, 1)]
        return "dense" if weight in wiring.constants and node.input[0] not in wiring.constants else ""
    if node.op_type == "ReduceMean":
        before = shapes.get(node.input[0], ())
        return (
            Message("global average pooling")
            if len(before) == _MAP_AXES and _averages_places(wiring, node)
            else ""
        )
    kind = _OTHERS.get(node.op_type, "")
    if kind in ("addition", "concatenation"):
        varying = [name for name in wiring.varying_inputs(node) if len(shapes.get(name, (0, 0, 0))) > 2]
        out = shapes.get(node.output[0], ())
        return kind if len(set(varying)) > 1 and (not out or len(out) > 2) else ""
    return kind


def _averages_places(wiring: Wiring, node: Any) -> bool:
    axes = attribute(node, "axes", None)
    if axes is None and len(node.input) > 1:
        value = number_array(wiring, node.input[1])
        axes = None if value is None else value.ravel().tolist()
    return axes is not None and {int(a) % _MAP_AXES for a in axes} in ({2, 3}, {1, 2})


def _kind_of_convolution(wiring: Wiring, node: Any, shapes: Mapping[str, Shape]) -> str:
    weight = node.input[_WEIGHT_INPUT.get(node.op_type, 1)]
    shape = wiring.constant_shape(weight) or shapes.get(weight, ())
    groups = int(attribute(node, "group", 1))
    if len(shape) < 2:
        return "convolution"
    if groups > 1:
        return (
            Message("depthwise convolution")
            if shape[1] == 1 and groups > 1
            else Message("grouped convolution")
        )
    return Message("pointwise convolution") if math.prod(shape[2:]) == 1 else "convolution"


def _layer(model: Any, wiring: Wiring, reads: Mapping[str, list[Any]], node: Any, kind: str) -> Layer:
    first = node.output[0]
    raw, end, activation = _follow(wiring, reads, node)
    index = _WEIGHT_INPUT.get(node.op_type, 1)
    has_weight = node.op_type in CONVOLUTIONS or node.op_type in DENSE or node.op_type == "ConvTranspose"
    weight = node.input[index] if has_weight and len(node.input) > index else ""
    if node.op_type == "FusedConv":
        activation = attribute(node, "activation", b"").decode() or activation
    return Layer(
        0,
        readable_name(node),
        kind,
        as_floats(model, wiring, raw),
        as_floats(model, wiring, end),
        activation,
        groups=int(attribute(node, "group", 1)),
        weight=weight,
        node=first,
    )


def _follow(wiring: Wiring, reads: Mapping[str, list[Any]], node: Any) -> tuple[str, str, str]:
    """The tensor of the layer itself, the one after its normalisation and activation, and that one's name."""
    raw, activation = node.output[0], ""
    integer = node.op_type.endswith("Integer")
    if integer:  # its sums are whole numbers until they are scaled
        raw = _scaled_sums(wiring, reads, raw)
    name = raw
    for _ in range(8):
        after = reads.get(name, [])
        kinds = {n.op_type for n in after}
        gate = next((n for n in after if n.op_type in ("Sigmoid", "HardSigmoid")), None)
        if gate is not None and len(after) == 2 and "Mul" in kinds:
            product = next(n for n in after if n.op_type == "Mul")
            if gate.output[0] in product.input:
                return raw, product.output[0], "SiLU" if gate.op_type == "Sigmoid" else Message("hard swish")
        if len(after) != 1:
            break
        following = after[0]
        if following.op_type in _ACTIVATIONS:
            activation = _ACTIVATIONS[following.op_type]
        elif following.op_type not in _ON_THE_WAY and not _adds_bias(wiring, node, following):
            break
        if following.op_type == "QuantizeLinear" and name != raw and activation:
            break
        name = following.output[0]
        if activation:
            break
    return raw, name, activation


def _adds_bias(wiring: Wiring, node: Any, following: Any) -> bool:
    return node.op_type in DENSE and following.op_type == "Add" and len(wiring.varying_inputs(following)) == 1


def _scaled_sums(wiring: Wiring, reads: Mapping[str, list[Any]], name: str) -> str:
    for _ in range(4):
        after = reads.get(name, [])
        if len(after) != 1 or after[0].op_type not in ("Cast", "Mul", "Add"):
            break
        if after[0].op_type == "Add" and len(wiring.varying_inputs(after[0])) != 1:
            break
        name = after[0].output[0]
    return name


def _window(wiring: Wiring, layer: Layer, shapes: Mapping[str, Shape]) -> Window | None:
    node = wiring.producer.get(layer.node)
    slides = node is not None and (node.op_type in SLIDING or node.op_type == "ConvTranspose")
    return window_of(wiring, node, shapes) if slides else None


def _count(wiring: Wiring, name: str, shapes: Mapping[str, Shape]) -> int | None:
    node = wiring.producer.get(name)
    try:
        return None if node is None else multiplications(node, shapes)
    except UnknownShapeError:
        return None


def readable_name(node: Any) -> str:
    """A name without the path and operator that exporters put around it.

    >>> from onnx import helper
    >>> readable_name(helper.make_node("Conv", ["a"], ["b"], name="/stem/stem.0/stem.0.0/Conv"))
    'stem.0.0'
    """
    text = node.name or node.output[0]
    parts = [p for p in text.split("/") if p]
    if len(parts) > 1 and parts[-1].rstrip("_0123456789") == node.op_type:
        parts = parts[:-1]
    # exporters nest the path of a list into itself: /blocks/blocks.0/attn/qkv
    kept = [p for p, after in zip(parts, [*parts[1:], ""], strict=True) if not after.startswith(f"{p}.")]
    name = ".".join(kept) or text
    # a bare number would be taken for the number of a layer
    return f"{node.op_type}_{name}" if name.replace(".", "").isdecimal() else name


def _named(layers: list[Layer]) -> list[Layer]:
    taken: dict[str, int] = {}
    named = []
    for number, layer in enumerate(layers, start=1):
        name = layer.name
        taken[layer.name] = taken.get(layer.name, 0) + 1
        if taken[layer.name] > 1:
            name = f"{layer.name}#{taken[layer.name]}"
        named.append(replace(layer, number=number, name=name))
    return named
