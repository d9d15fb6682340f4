"""The heads over time, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from vision_app.learn.network import log_softmax
from vision_app.temporal.attention import Attention, Encoder, Positions
from vision_app.temporal.batches import Batch, Scale
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
    Pass,
    Relu,
    Stack,
    Weights,
    count_of,
    stack,
)
from vision_app.temporal.recurrent import Gru, Lstm, Rnn

HeadKind = Literal["gru", "lstm", "cnn", "transformer", "mlp", "rnn"]
HEADS: tuple[HeadKind, ...] = get_args(HeadKind)
RECURRENT: tuple[HeadKind, ...] = ("gru", "lstm", "rnn")
"""Heads that keep a state and take a step a row; the others see a window."""

_GAIN = 3.0
ATTENTION_HEADS = 4
_KERNEL = 5
_DILATIONS = (1, 2, 4)
_BLOCKS = 2
_FADED = 0.3
_SMALL = 0.1


@dataclass(frozen=True, slots=True)
class Shape:
    """What a head is made for.

    Attributes:
        kind: which head.
        inputs: numbers of a row, without the flag that says whether it was seen.
        classes: how many classes it tells apart.
        rows: the longest sequence that it learns from.
        width: numbers inside it.
        dropout: share that is left out in training.
    """

    kind: HeadKind
    inputs: int
    classes: int
    rows: int
    width: int = 48
    dropout: float = 0.2

    @property
    def keep(self) -> float:
        """How much a row of a recurrent head counts for the one after it: 0.3 over the longest sequence.

        So the answer is of the whole movement, and of what was before it little is left.
        """
        return float(_FADED ** (1 / max(self.rows, 1)))

    @property
    def row(self) -> int:
        """Numbers of a row behind `Differences`."""
        return 2 * self.inputs + 1


def network_of(shape: Shape) -> Stack:
    """The layers of a head, from (N, T, inputs + 1) rows to (N, classes) scores."""
    return stack(*_LAYERS[shape.kind](shape))


def _out(shape: Shape, width: int) -> tuple[Layer, Layer]:
    return Dropout(shape.dropout), Dense("out", width, shape.classes, _SMALL)


def _recurrent(shape: Shape) -> list[Layer]:
    return [
        Differences(shape.inputs, _GAIN),
        _RECURRENT[shape.kind]("recurrent", shape.row, shape.width),
        FadingMean(shape.keep),
        *_out(shape, shape.width),
    ]


def _cnn(shape: Shape) -> list[Layer]:
    layers: list[Layer] = [Differences(shape.inputs, _GAIN)]
    inputs = shape.row
    for number, dilation in enumerate(_DILATIONS, 1):
        name, first = f"convolution{number}", number == 1
        layers += [Convolution(name, inputs, shape.width, _KERNEL, dilation, first=first), Relu()]
        inputs = shape.width
    return [*layers, MeanAndLargest(), *_out(shape, 2 * shape.width)]


def _transformer(shape: Shape) -> list[Layer]:
    return [
        Differences(shape.inputs, _GAIN),
        Convolution("embed1", shape.row, shape.width, _KERNEL, first=True),
        Relu(),
        Convolution("embed2", shape.width, shape.width, _KERNEL),
        Relu(),
        Positions(shape.width),
        *(
            Encoder(f"block{n}", shape.width, ATTENTION_HEADS, 2 * shape.width, shape.dropout / 2)
            for n in range(1, _BLOCKS + 1)
        ),
        LayerNorm("norm", shape.width),
        MeanOverTime(),
        *_out(shape, shape.width),
    ]


def _mlp(shape: Shape) -> list[Layer]:
    return [
        MeanOverTime(),
        Dense("hidden", shape.inputs + 1, shape.width, math.sqrt(2)),
        Relu(),
        *_out(shape, shape.width),
    ]


_RECURRENT: dict[str, Callable[[str, int, int], Layer]] = {"gru": Gru, "lstm": Lstm, "rnn": Rnn}
_LAYERS: dict[HeadKind, Callable[[Shape], Iterable[Layer]]] = {
    "gru": _recurrent,
    "lstm": _recurrent,
    "rnn": _recurrent,
    "cnn": _cnn,
    "transformer": _transformer,
    "mlp": _mlp,
}


_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class TemporalHead:
    """A trained head.

    Attributes:
        shape: what it was made for.
        weights: of its layers, for standardised rows.
        scale: what standardises them.
        temperature: what the scores are divided by.
    """

    shape: Shape
    weights: Weights
    scale: Scale
    temperature: float = 1.0
    network: Stack = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", network_of(self.shape))

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return count_of(self.weights)

    def logits(self, batch: Batch) -> Array:
        """(N, C) scores of sequences that are not standardised, divided by the temperature."""
        made = []
        for start in range(0, len(batch), _AT_ONCE):
            part = self.scale.applied(batch.part(np.arange(start, min(start + _AT_ONCE, len(batch)))))
            made.append(self.network.forward(self.weights, part.rows, Pass(part.real))[0])
        result: Array = np.concatenate(made) / self.temperature
        return result

    def probabilities(self, batch: Batch) -> Array:
        """(N, C) probabilities of sequences that are not standardised."""
        result: Array = np.exp(log_softmax(self.logits(batch)))
        return result

    def attention(self, batch: Batch) -> Array | None:
        """(N, T) how much each row counts in the last block of a Transformer, sum 1; None for other heads.

        What all rows look at, averaged over rows and heads.
        """
        if self.shape.kind != "transformer":
            return None
        x = self.scale.applied(batch)
        at = Pass(x.real)
        name, width = f"block{_BLOCKS}", self.shape.width
        layers = self.network.layers
        last = next(i for i, layer in enumerate(layers) if isinstance(layer, Encoder) and layer.name == name)
        made, _ = Stack(layers[:last]).forward(self.weights, x.rows, at)
        normal, _ = LayerNorm(f"{name}.norm1", width).forward(self.weights, made, at)
        shares = Attention(f"{name}.attention", width, ATTENTION_HEADS).shares(self.weights, normal, at)
        asking = (at.real / at.real.sum(1, keepdims=True))[:, None, :, None]
        result: Array = (shares * asking).sum(2).mean(1)
        return result
