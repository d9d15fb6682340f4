"""A head over time as one ONNX file: a step with a state, or a window; `sequences.model` says what goes in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from vision_app.graph.writing import GraphWriter
from vision_app.sequences.model import ATTENTION, NEXT_STATE, PRESENT, PROBABILITIES, STATE, VALUES, Form
from vision_app.temporal.attention import Encoder, Positions, positions
from vision_app.temporal.heads import RECURRENT, TemporalHead
from vision_app.temporal.layers import (
    Array,
    Convolution,
    Dense,
    Differences,
    Dropout,
    FadingMean,
    Layer,
    LayerNorm,
    MeanAndLargest,
    MeanOverTime,
    Relu,
)
from vision_app.temporal.recurrent import Gru, Lstm, Rnn

_END = np.iinfo(np.int64).max
_BATCH, _ROWS = "batch", "rows"


def form_of(head: TemporalHead) -> Form:
    """Whether a head becomes a step or a window."""
    return "step" if head.shape.kind in RECURRENT else "window"


def state_size(head: TemporalHead) -> int:
    """How many numbers the state of a step has; 0 for a window.

    In order: 1 once there was a row, the row before (standardised), the state of the recurrent layer (and the cell of
    an LSTM), the sum of the fading mean, and the sum of what its rows count.
    """
    if form_of(head) == "window":
        return 0
    cells = 2 if head.shape.kind == "lstm" else 1
    return 1 + head.shape.inputs + (cells + 1) * head.shape.width + 1


def file_of(head: TemporalHead, metadata: Mapping[str, str]) -> bytes:
    """A head as an ONNX file.

    Args:
        head: trained.
        metadata: entries, as the card.
    """
    g = GraphWriter("movements")
    if form_of(head) == "step":
        _write_step(g, head)
    else:
        _write_window(g, head)
    return g.content(metadata)


def _standardised(g: GraphWriter, head: TemporalHead, values: str) -> str:
    off = g.node("Sub", values, g.constant(head.scale.mean))
    return g.node("Mul", off, g.constant(1 / head.scale.std))


def _write_scores(g: GraphWriter, head: TemporalHead, read: str) -> None:
    """The last layer and the softmax; the temperature is in its weights."""
    weight, bias = (np.asarray(head.weights[f"out.{n}"]) / head.temperature for n in ("weight", "bias"))
    scores = g.node("Gemm", read, g.constant(weight), g.constant(bias))
    g.output(PROBABILITIES, g.node("Softmax", scores, axis=1), [_BATCH, head.shape.classes])


# step ---------------------------------------------------------------------------------------------------


def _write_step(g: GraphWriter, head: TemporalHead) -> None:
    shape, size = head.shape, state_size(head)
    values = g.input(VALUES, [_BATCH, shape.inputs])
    present = g.input(PRESENT, [_BATCH, 1])
    state = g.input(STATE, [_BATCH, size])
    cells = [shape.width] * (2 if shape.kind == "lstm" else 1)
    parts = g.constant([1, shape.inputs, *cells, shape.width, 1])
    started, before, *carried, total, counted = g.nodes("Split", 4 + len(cells), state, parts, axis=1)
    differences, layer, mean = head.network.layers[:3]
    assert isinstance(differences, Differences) and isinstance(mean, FadingMean)
    x = _standardised(g, head, values)
    change = g.node("Mul", g.node("Sub", x, before), g.node("Mul", started, g.constant(differences.gain)))
    row = g.node("Concat", x, change, present, axis=1)
    made = _CELLS[type(layer)](g, head.weights, row, carried)
    keep = g.constant(mean.keep)
    total = g.node("Add", g.node("Mul", total, keep), made[0])
    counted = g.node("Add", g.node("Mul", counted, keep), g.constant(1.0))
    _write_scores(g, head, g.node("Div", total, counted))
    one = g.node("Clip", g.node("Add", started, g.constant(1.0)), g.constant(0.0), g.constant(1.0))
    g.output(NEXT_STATE, g.node("Concat", one, x, *made, total, counted, axis=1), [_BATCH, size])


def _gated(g: GraphWriter, weights: Mapping[str, Array], row: str, state: str) -> tuple[str, str]:
    """What the row and what the state add in front of the gates."""
    w = {name: g.constant(weights[f"recurrent.{name}"]) for name in ("input", "bias", "recurrent")}
    return g.node("Gemm", row, w["input"], w["bias"]), g.node("MatMul", state, w["recurrent"])


def _rnn(g: GraphWriter, weights: Mapping[str, Array], row: str, carried: list[str]) -> list[str]:
    given, from_state = _gated(g, weights, row, carried[0])
    return [g.node("Tanh", g.node("Add", given, from_state))]


def _gru(g: GraphWriter, weights: Mapping[str, Array], row: str, carried: list[str]) -> list[str]:
    state = carried[0]
    given, from_state = _gated(g, weights, row, state)
    width = len(weights["recurrent.candidate"])
    parts = g.constant([2 * width, width])
    given_gates, given_new = g.nodes("Split", 2, given, parts, axis=1)
    from_gates, from_new = g.nodes("Split", 2, from_state, parts, axis=1)
    gates = g.node("Sigmoid", g.node("Add", given_gates, from_gates))
    r, z = g.nodes("Split", 2, gates, g.constant([width, width]), axis=1)
    remembered = g.node("Mul", r, g.node("Add", from_new, g.constant(weights["recurrent.candidate"])))
    n = g.node("Tanh", g.node("Add", given_new, remembered))
    return [g.node("Add", n, g.node("Mul", z, g.node("Sub", state, n)))]


def _lstm(g: GraphWriter, weights: Mapping[str, Array], row: str, carried: list[str]) -> list[str]:
    given, from_state = _gated(g, weights, row, carried[0])
    width = len(weights["recurrent.bias"]) // 4
    raw = g.nodes("Split", 4, g.node("Add", given, from_state), g.constant([width] * 4), axis=1)
    i, f, o = (g.node("Sigmoid", raw[k]) for k in (0, 1, 3))
    added = g.node("Mul", i, g.node("Tanh", raw[2]))
    cell = g.node("Add", g.node("Mul", f, carried[1]), added)
    return [g.node("Mul", o, g.node("Tanh", cell)), cell]


_CELLS: Mapping[type, Callable[[GraphWriter, Mapping[str, Array], str, list[str]], list[str]]] = {
    Rnn: _rnn,
    Gru: _gru,
    Lstm: _lstm,
}


# window -------------------------------------------------------------------------------------------------


def _write_window(g: GraphWriter, head: TemporalHead) -> None:
    shape = head.shape
    values = g.input(VALUES, [_BATCH, _ROWS, shape.inputs])
    present = g.input(PRESENT, [_BATCH, _ROWS])
    flags = g.node("Unsqueeze", present, g.constant([2]))
    x = g.node("Concat", _standardised(g, head, values), flags, axis=2)
    for layer in head.network.layers[:-1]:
        x = _WRITERS[type(layer)](g, head, layer, x)
    _write_scores(g, head, x)


def _differences(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    assert isinstance(layer, Differences)
    values, flags = g.nodes("Split", 2, x, g.constant([layer.width, 1]), axis=2)
    axis = g.constant([1])
    first = g.node("Slice", values, g.constant([0]), g.constant([1]), axis)
    but_last = g.node("Slice", values, g.constant([0]), g.constant([-1]), axis)
    change = g.node("Sub", values, g.node("Concat", first, but_last, axis=1))
    return g.node("Concat", values, g.node("Mul", change, g.constant(layer.gain)), flags, axis=2)


def _convolution(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    assert isinstance(layer, Convolution)
    weight = g.constant(head.weights[f"{layer.name}.weight"].transpose(2, 1, 0))
    pad = layer.dilation * (layer.kernel // 2)
    made = g.node(
        "Conv",
        g.node("Transpose", x, perm=[0, 2, 1]),
        weight,
        g.constant(head.weights[f"{layer.name}.bias"]),
        dilations=[layer.dilation],
        pads=[pad, pad],
        kernel_shape=[layer.kernel],
    )
    return g.node("Transpose", made, perm=[0, 2, 1])


def _dense(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    assert isinstance(layer, Dense)
    made = g.node("MatMul", x, g.constant(head.weights[f"{layer.name}.weight"]))
    return g.node("Add", made, g.constant(head.weights[f"{layer.name}.bias"]))


def _norm(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    assert isinstance(layer, LayerNorm)
    scale, shift = (g.constant(head.weights[f"{layer.name}.{n}"]) for n in ("scale", "shift"))
    return g.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=LayerNorm.EPSILON)


def _positions(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    assert isinstance(layer, Positions)
    marks = g.constant(positions(head.shape.rows, layer.width))
    count = g.node("Gather", g.node("Shape", x), g.constant([1]), axis=0)
    newest = g.node("Slice", marks, g.node("Neg", count), g.constant([_END]), g.constant([0]))
    return g.node("Add", x, newest)


def _encoder(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    assert isinstance(layer, Encoder)
    x = g.node("Add", x, _attention(g, head, layer, _norm(g, head, layer.norm, x)))
    made = x
    for inner in layer.dense:
        made = _WRITERS[type(inner)](g, head, inner, made)
    return g.node("Add", x, made)


def _attention(g: GraphWriter, head: TemporalHead, layer: Encoder, x: str) -> str:
    """One block's attention; of the last block, what is looked at becomes an output."""
    name, size = f"{layer.name}.attention", layer.width // layer.heads
    made = _dense(g, head, Dense(f"{name}.query_key_value", layer.width, 3 * layer.width), x)
    parts = g.nodes("Split", 3, made, g.constant([layer.width] * 3), axis=2)
    split = g.constant([0, 0, layer.heads, size])
    q, k, v = (
        g.node("Transpose", g.node("Reshape", part, split), perm=perm)
        for part, perm in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
    )
    score = g.node("Mul", g.node("MatMul", q, k), g.constant(1 / np.sqrt(size)))
    shares = g.node("Softmax", score, axis=3)
    if layer is _last_encoder(head):
        g.output(ATTENTION, g.node("ReduceMean", shares, axes=[1, 2], keepdims=0), [_BATCH, _ROWS])
    joined = g.node("Transpose", g.node("MatMul", shares, v), perm=[0, 2, 1, 3])
    joined = g.node("Reshape", joined, g.constant([0, 0, layer.width]))
    return _dense(g, head, Dense(f"{name}.out", layer.width, layer.width), joined)


def _last_encoder(head: TemporalHead) -> Encoder:
    return [layer for layer in head.network.layers if isinstance(layer, Encoder)][-1]


def _mean(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    return g.node("ReduceMean", x, axes=[1], keepdims=0)


def _mean_and_largest(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    return g.node("Concat", _mean(g, head, layer, x), g.node("ReduceMax", x, axes=[1], keepdims=0), axis=1)


def _relu(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    return g.node("Relu", x)


def _nothing(g: GraphWriter, head: TemporalHead, layer: Layer, x: str) -> str:
    return x


_WRITERS: Mapping[type, Callable[[GraphWriter, TemporalHead, Layer, str], str]] = {
    Differences: _differences,
    Convolution: _convolution,
    Dense: _dense,
    Dropout: _nothing,
    Encoder: _encoder,
    LayerNorm: _norm,
    MeanAndLargest: _mean_and_largest,
    MeanOverTime: _mean,
    Positions: _positions,
    Relu: _relu,
}
