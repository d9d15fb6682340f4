"""Where a classifier's embedding is: what its last dense layer reads.

The graph itself says it. From the scores one walks back over what a classifier does with them (softmax,
reshaping, quantisation, adding a bias, averaging over places) to the layer with weights that made them. No
list of models is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import onnx

from vision_app.errors import ModelError
from vision_app.graph.files import metadata_of
from vision_app.graph.wiring import Wiring, attribute
from vision_app.messages import Message

EMBEDDING_KEY = "vision_app.embedding"
"""Key of the metadata entry with the name of the embedding, in models that the program made itself."""


class _Dense(NamedTuple):
    """Which inputs of an operator are its data and its weights, and what makes floats of the data."""

    data: int
    weight: int
    scale: int | None = None


_DENSE = {
    "Gemm": _Dense(0, 1),
    "MatMul": _Dense(0, 1),
    "Conv": _Dense(0, 1),
    "FusedGemm": _Dense(0, 1),
    "FusedMatMul": _Dense(0, 1),
    "FusedConv": _Dense(0, 1),
    "MatMulInteger": _Dense(0, 1),
    "ConvInteger": _Dense(0, 1),
    "DynamicQuantizeMatMul": _Dense(0, 1),
    "MatMulIntegerToFloat": _Dense(0, 1),
    "QGemm": _Dense(0, 3, 1),
    "QLinearMatMul": _Dense(0, 3, 1),
    "QLinearConv": _Dense(0, 3, 1),
}
_CONVOLUTIONS = ("Conv", "FusedConv", "ConvInteger", "QLinearConv")
_PRODUCTS = ("Gemm", "FusedGemm", "QGemm")
# what may stand between the last layer and the scores; of those in _ONE_DATA only the first input is data
_ONE_DATA = frozenset(
    {
        *(
            "Softmax",
            "LogSoftmax",
            "Identity",
            "Dropout",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Reshape",
            "Cast",
        ),
        *("Transpose", "QuantizeLinear", "DequantizeLinear", "Relu", "Clip", "GlobalAveragePool"),
        *("AveragePool", "ReduceMean", "QLinearGlobalAveragePool", "QLinearAveragePool", "QLinearSoftmax"),
        "Sigmoid",
    }
)
_COMBINING = frozenset(
    {"Add", "Sub", "Mul", "Div", "Sum", "Mean", "QLinearAdd", "QLinearMul", "BatchNormalization"}
)
# between the embedding and the layer: no arithmetic, only rounding and other views of the same numbers
_VIEWS = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"})
_ROUNDING = frozenset({"QuantizeLinear", "DequantizeLinear"})


@dataclass(frozen=True, slots=True)
class Source:
    """One tensor that the embedding is made of.

    Attributes:
        tensor: its name.
        axes: its number of axes: 2 for (N, width), 3 for tokens (N, T, width), 4 for maps.
        channels_last: maps are (N, H, W, width), else (N, width, H, W).
        flatten: all axes but the first are one in the embedding.
        scale: name of the scale of a quantised tensor; None for one of floats.
        zero: name of its zero point.
    """

    tensor: str
    axes: int = 2
    channels_last: bool = False
    flatten: bool = False
    scale: str | None = None
    zero: str | None = None


@dataclass(frozen=True, slots=True)
class EmbeddingPoint:
    """Where the embedding of a classifier lies in its graph.

    Attributes:
        sources: the tensors; several when several heads read different ones, which are then joined.
        width: how many numbers the embedding has.
        layer: name of the last dense layer.
        classes: how many scores that layer gives; 0 when it is not known.
        is_float32: whether the tensors hold float32 numbers; else they are converted.
    """

    sources: tuple[Source, ...]
    width: int
    layer: str
    classes: int
    is_float32: bool = True


class _Layer(NamedTuple):
    """A dense layer that was found."""

    node: Any
    source: Source
    width: int
    classes: int
    element_type: int


def find_embedding(model: Any, where: str) -> EmbeddingPoint:
    """Find the embedding of a classifier: the input of its last dense layer.

    Args:
        model: an onnx ModelProto; its first output are the scores of the classes.
        where: name of the file, for messages.

    Raises:
        ModelError: the scores do not come from one dense layer; says what was met instead.
    """
    wiring = Wiring(model)
    noted = metadata_of(model, EMBEDDING_KEY)
    if noted is not None and noted in wiring.producer and (point := _noted(wiring, noted)) is not None:
        return point
    layers = _last_layers(wiring, model.graph.output[0].name, where)
    if len(layers) > 1 and any(layer.node.op_type in _CONVOLUTIONS for layer in layers):
        raise _no_embedding(where, Message("the scores are a sum over several branches"))
    if len({layer.classes for layer in layers}) > 1:
        raise _no_embedding(where, Message("the scores come from layers of different sizes"))
    sources = _distinct([_before_affine(wiring, layer, len(layers)) for layer in layers])
    width = sum({layer.source.tensor: layer.width for layer in layers}.values())
    if len(sources) == 1:
        width = layers[0].width
    types = {layer.element_type for layer in layers}
    named = layers[0].node
    return EmbeddingPoint(
        sources,
        width,
        named.name or named.output[0],
        layers[0].classes,
        types == {onnx.TensorProto.FLOAT},
    )


def _noted(wiring: Wiring, tensor: str) -> EmbeddingPoint | None:
    """The embedding of a model that says itself where it is."""
    for node in wiring.model.graph.node:
        if node.op_type == "Gemm" and node.input[0] == tensor:
            shape = wiring.constant_shape(node.input[1])
            if shape is not None:
                return EmbeddingPoint((Source(tensor),), shape[0], node.name, shape[1])
    return None


def _no_embedding(where: str, why: str) -> ModelError:
    return ModelError(
        "{where}: no embedding can be found in it: {why}; a classifier is wanted whose scores "
        "come from a last dense layer (Gemm, MatMul or 1 x 1 convolution with weights)",
        where=where,
        why=why,
    )


def _last_layers(wiring: Wiring, scores: str, where: str) -> list[_Layer]:
    found: list[_Layer] = []
    seen: set[str] = set()
    todo = [scores]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        node = wiring.producer.get(name)
        if node is None:
            raise _no_embedding(
                where, Message("between the picture and the scores there is no layer with weights")
            )
        if node.op_type == "DynamicQuantizeLinear":
            continue  # the scale of a layer's input: the layer itself is found on another way
        layer = _as_dense(wiring, node)
        if layer is not None:
            found.append(layer)
        elif node.op_type in _ONE_DATA:
            todo.append(node.input[0])
        elif node.op_type in _COMBINING:
            todo.extend(wiring.varying_inputs(node))
        else:
            raise _no_embedding(where, Message("the scores come from '{op_type}'", op_type=node.op_type))
    if not found:
        raise _no_embedding(where, Message("no layer with weights was met"))
    return found[::-1]


def _as_dense(wiring: Wiring, node: Any) -> _Layer | None:
    """The node as a dense layer of one picture's features, None when it is something else."""
    kind = _DENSE.get(node.op_type)
    if kind is None or len(node.input) <= kind.weight:
        return None
    data, weight = node.input[kind.data], node.input[kind.weight]
    if weight not in wiring.constants or data in wiring.constants:
        return None
    shape = wiring.constant_shape(weight)
    if shape is None:
        return None
    if node.op_type in _CONVOLUTIONS:
        if len(shape) != 4 or shape[2:] != (1, 1) or attribute(node, "group", 1) != 1:
            return None
        width, classes, axes = shape[1], shape[0], 4
    else:
        if len(shape) != 2:
            return None
        transposed = attribute(node, "transB", 0)
        width, classes = shape[::-1] if transposed else shape
        axes = 2 if node.op_type in _PRODUCTS else _axes_of(wiring, data)
    source = Source(data, axes, channels_last=axes == 4 and node.op_type not in _CONVOLUTIONS)
    if kind.scale is not None:
        source = Source(
            data, axes, source.channels_last, False, node.input[kind.scale], node.input[kind.scale + 1]
        )
    producer = wiring.producer.get(data)
    if producer is not None and producer.op_type == "DynamicQuantizeLinear":
        source = Source(producer.input[0], _axes_of(wiring, producer.input[0], axes), source.channels_last)
    elif source.scale is None:
        source = _before_rounding(wiring, source)
    dense_type = wiring.element_type(weight)
    if dense_type not in (onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16, onnx.TensorProto.DOUBLE):
        dense_type = onnx.TensorProto.FLOAT
    return _Layer(node, source, width, classes, int(dense_type))


def _before_rounding(wiring: Wiring, source: Source) -> Source:
    """The same numbers before they were rounded to 8 bits for the layer that is to go."""
    name, rounded, viewed = source.tensor, False, False
    best = source
    while (node := wiring.producer.get(name)) is not None:
        if node.op_type in _ROUNDING:
            rounded = True
        elif node.op_type in _VIEWS and source.axes == 2:
            viewed = True
        else:
            break
        name = node.input[0]
        if node.op_type == "QuantizeLinear" or (node.op_type in _VIEWS and rounded):
            producer = wiring.producer.get(name)
            if producer is not None and producer.op_type not in ("QuantizeLinear", *_VIEWS):
                best = Source(name, source.axes, source.channels_last, flatten=viewed)
    return best


def _axes_of(wiring: Wiring, name: str, default: int = 2) -> int:
    """Number of axes of a tensor, from the shapes that the file states or that follow from it."""
    known = _stated_axes(wiring.model, name)
    if known is None:
        try:
            inferred = onnx.shape_inference.infer_shapes(wiring.model)
        except Exception:  # noqa: BLE001  any of onnx's own types: the shape stays unknown, and a run will tell
            return default
        known = _stated_axes(inferred, name)
    return default if known is None else known


def _stated_axes(model: Any, name: str) -> int | None:
    for info in (*model.graph.value_info, *model.graph.output, *model.graph.input):
        if info.name == name and info.type.tensor_type.HasField("shape"):
            return len(info.type.tensor_type.shape.dim)
    return None


def _before_affine(wiring: Wiring, layer: _Layer, heads: int) -> Source:
    """What a head reads; of several heads, what their own normalisations read, so that heads of one thing agree."""
    source = layer.source
    while heads > 1 and (node := wiring.producer.get(source.tensor)) is not None:
        if node.op_type == "BatchNormalization":
            before = node.input[0]
        elif node.op_type in ("Add", "Mul", "Sub", "Div") and len(wiring.varying_inputs(node)) == 1:
            before = wiring.varying_inputs(node)[0]
        elif node.op_type in ("Identity", "Dropout"):
            before = node.input[0]
        else:
            break
        source = Source(before, source.axes, source.channels_last)
    return source


def _distinct(sources: Sequence[Source]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(sources))
