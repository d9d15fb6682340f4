"""What heads over time are made of: each layer gives its answer, and the way back from a gradient of it.

All arrays are (N, T, width): sequences, rows in order of time, numbers of a row. Shorter sequences begin later: their
first rows are padding, marked in `real`, and hold zeros behind every layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = dict[str, Array]
"""Name to array, of a whole network."""
Back = Callable[[Array, Weights], Array]
"""From the gradient of a layer's answer to that of what it was given; gradients of weights are put into the second."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What holds for all layers of one pass through a network.

    Attributes:
        real: (N, T) bool, False for rows that are padding.
        random: draws what is dropped; None where nothing is, as in use.
    """

    real: Array
    random: np.random.Generator | None = None


class Layer(Protocol):
    """One layer. It keeps no weights: they are handed in."""

    def initial(self, random: np.random.Generator) -> Weights:
        """Weights to begin with, float64."""
        ...

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """The answer, and the way back."""
        ...


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers one after the other."""

    layers: tuple[Layer, ...]

    def initial(self, random: np.random.Generator) -> Weights:
        """Weights of all of them."""
        weights: Weights = {}
        for layer in self.layers:
            weights |= layer.initial(random)
        return weights

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """One after the other; back in the opposite order."""
        backs: list[Back] = []
        for layer in self.layers:
            x, back = layer.forward(weights, x, at)
            backs.append(back)

        def through(gradient: Array, into: Weights) -> Array:
            for back in reversed(backs):
                gradient = back(gradient, into)
            return gradient

        return x, through


@dataclass(frozen=True, slots=True)
class Dense:
    """`x @ weight + bias` of each row, or of (N, width) arrays.

    Attributes:
        name: of its weights.
        inputs: numbers it reads.
        outputs: numbers it gives.
        gain: deviation of its first weights, in units of 1 / sqrt(inputs).
    """

    name: str
    inputs: int
    outputs: int
    gain: float = 1.0

    def initial(self, random: np.random.Generator) -> Weights:
        """Normal numbers, and no bias. Source: Glorot and Bengio, 2010."""
        weight = random.normal(0, self.gain / math.sqrt(self.inputs), (self.inputs, self.outputs))
        return {f"{self.name}.weight": weight, f"{self.name}.bias": np.zeros(self.outputs)}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        weight = weights[f"{self.name}.weight"]
        made = x @ weight + weights[f"{self.name}.bias"]
        if made.ndim == 3:
            made *= at.real[:, :, None]

        def back(gradient: Array, into: Weights) -> Array:
            if gradient.ndim == 3:
                gradient = gradient * at.real[:, :, None]
            flat = gradient.reshape(-1, self.outputs)
            into[f"{self.name}.weight"] = x.reshape(-1, self.inputs).T @ flat
            into[f"{self.name}.bias"] = flat.sum(0)
            result: Array = gradient @ weight.T
            return result

        return made, back


@dataclass(frozen=True, slots=True)
class Relu:
    """What is below zero becomes zero."""

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        made = np.maximum(x, 0)
        return made, lambda gradient, _: gradient * (made > 0)


@dataclass(frozen=True, slots=True)
class Dropout:
    """In training, a share of the numbers is left out at random and the others are scaled up.

    Source: Srivastava et al., Dropout, 2014.
    """

    share: float

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        if at.random is None or self.share == 0:
            return x, lambda gradient, _: gradient
        kept = (at.random.random(x.shape, np.float32) >= self.share).astype(x.dtype) / (1 - self.share)
        return x * kept, lambda gradient, _: gradient * kept


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Each row to mean 0 and deviation 1, then scaled and shifted.

    Source: Ba, Kiros and Hinton, https://arxiv.org/abs/1607.06450.
    """

    name: str
    width: int
    EPSILON = 1e-5

    def initial(self, random: np.random.Generator) -> Weights:
        """Scale 1, shift 0."""
        return {f"{self.name}.scale": np.ones(self.width), f"{self.name}.shift": np.zeros(self.width)}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        scale = weights[f"{self.name}.scale"]
        off = x - x.mean(-1, keepdims=True)
        inverse = 1 / np.sqrt((off * off).mean(-1, keepdims=True) + x.dtype.type(self.EPSILON))
        normal = off * inverse
        made = normal * scale + weights[f"{self.name}.shift"]
        if made.ndim == 3:
            made *= at.real[:, :, None]

        def back(gradient: Array, into: Weights) -> Array:
            if gradient.ndim == 3:
                gradient = gradient * at.real[:, :, None]
            axes = tuple(range(gradient.ndim - 1))
            into[f"{self.name}.scale"] = (gradient * normal).sum(axes)
            into[f"{self.name}.shift"] = gradient.sum(axes)
            g = gradient * scale
            result: Array = inverse * (
                g - g.mean(-1, keepdims=True) - normal * (g * normal).mean(-1, keepdims=True)
            )
            return result

        return made, back


@dataclass(frozen=True, slots=True)
class Differences:
    """Each row, and how it differs from the row before: (N, T, width + 1) to (N, T, 2 width + 1).

    The last number of a row says whether it was seen and has no difference. The first row differs by nothing.

    Attributes:
        width: numbers of a row beside that one.
        gain: factor on the differences, which are small.
    """

    width: int
    gain: float

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        both = (at.real[:, 1:] & at.real[:, :-1])[:, :, None] * x.dtype.type(self.gain)
        values = x[:, :, : self.width]
        changes = np.zeros_like(values)
        changes[:, 1:] = (values[:, 1:] - values[:, :-1]) * both

        def back(gradient: Array, into: Weights) -> Array:
            made = np.concatenate([gradient[:, :, : self.width], gradient[:, :, -1:]], axis=2)
            of_changes = gradient[:, 1:, self.width : 2 * self.width] * both
            made[:, 1:, : self.width] += of_changes
            made[:, :-1, : self.width] -= of_changes
            return made

        return np.concatenate([values, changes, x[:, :, self.width :]], axis=2), back


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution over time that keeps the number of rows; before and behind the sequence are zeros.

    Attributes:
        name: of its weights.
        inputs: numbers of a row.
        outputs: numbers it gives.
        kernel: rows that it sees, odd.
        dilation: rows from one of them to the next.
        first: nothing in front of it is learnt: it gives zeros as the gradient of its rows, and saves the time.
    """

    name: str
    inputs: int
    outputs: int
    kernel: int
    dilation: int = 1
    first: bool = False

    def initial(self, random: np.random.Generator) -> Weights:
        """Source: He et al., https://arxiv.org/abs/1502.01852."""
        deviation = math.sqrt(2 / (self.inputs * self.kernel))
        weight = random.normal(0, deviation, (self.kernel, self.inputs, self.outputs))
        return {f"{self.name}.weight": weight, f"{self.name}.bias": np.zeros(self.outputs)}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        weight = weights[f"{self.name}.weight"].reshape(-1, self.outputs)
        real = at.real[:, :, None]
        columns = self._columns(x)
        made = (columns @ weight + weights[f"{self.name}.bias"]) * real

        def back(gradient: Array, into: Weights) -> Array:
            gradient = gradient * real
            flat = gradient.reshape(-1, self.outputs)
            into[f"{self.name}.weight"] = (columns.reshape(len(flat), -1).T @ flat).reshape(
                self.kernel, self.inputs, self.outputs
            )
            into[f"{self.name}.bias"] = flat.sum(0)
            return np.zeros_like(x) if self.first else self._folded(gradient @ weight.T) * real

        return made, back

    def _columns(self, x: Array) -> Array:
        """(N, T, kernel * inputs): what the kernel sees at each row."""
        pad = self.dilation * (self.kernel // 2)
        wide = np.pad(x, ((0, 0), (pad, pad), (0, 0)))
        rows = x.shape[1]
        parts = [wide[:, k * self.dilation : k * self.dilation + rows] for k in range(self.kernel)]
        return np.concatenate(parts, axis=2)

    def _folded(self, columns: Array) -> Array:
        """The opposite of `_columns`: what falls on the same row is added."""
        count, rows, _ = columns.shape
        pad = self.dilation * (self.kernel // 2)
        wide = np.zeros((count, rows + 2 * pad, self.inputs), columns.dtype)
        for k in range(self.kernel):
            at = k * self.dilation
            wide[:, at : at + rows] += columns[:, :, k * self.inputs : (k + 1) * self.inputs]
        return wide[:, pad : pad + rows]


@dataclass(frozen=True, slots=True)
class MeanOverTime:
    """(N, T, width) to (N, width): the mean of the rows that are real."""

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        share = (at.real / at.real.sum(1, keepdims=True)).astype(x.dtype)[:, :, None]
        return (x * share).sum(1), lambda gradient, _: gradient[:, None] * share


@dataclass(frozen=True, slots=True)
class FadingMean:
    """(N, T, width) to (N, width): the mean of the real rows, where an older row counts less.

    A stream keeps it as two sums, and what was long ago no longer matters.

    Attributes:
        keep: how much a row counts for the one after it, in (0, 1).
    """

    keep: float

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""
        fading = at.real * self.keep ** np.arange(x.shape[1] - 1, -1, -1.0)
        share = (fading / fading.sum(1, keepdims=True)).astype(x.dtype)[:, :, None]
        return (x * share).sum(1), lambda gradient, _: gradient[:, None] * share


@dataclass(frozen=True, slots=True)
class MeanAndLargest:
    """(N, T, width) to (N, 2 width): the mean of the real rows, then the largest of each number, which is from 0."""

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class; the gradient of the largest goes to the first of several that are equal."""
        mean, back_mean = MeanOverTime().forward(weights, x, at)
        where = x.argmax(1)[:, None]
        largest = np.take_along_axis(x, where, 1)[:, 0]

        def back(gradient: Array, into: Weights) -> Array:
            width = x.shape[2]
            made = np.ascontiguousarray(back_mean(gradient[:, :width], into))
            here = np.take_along_axis(made, where, 1) + gradient[:, None, width:]
            np.put_along_axis(made, where, here, 1)
            return made

        return np.concatenate([mean, largest], axis=1), back


@dataclass(frozen=True, slots=True)
class LastRow:
    """(N, T, width) to (N, width): the newest row."""

    def initial(self, random: np.random.Generator) -> Weights:
        """It has none."""
        return {}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """See the class."""

        def back(gradient: Array, into: Weights) -> Array:
            made = np.zeros_like(x)
            made[:, -1] = gradient
            return made

        return x[:, -1], back


def count_of(weights: Weights) -> int:
    """How many numbers all weights are."""
    return sum(array.size for array in weights.values())


def stack(*layers: Layer) -> Stack:
    """Layers one after the other."""
    return Stack(tuple(layers))


def as_type(weights: Weights, dtype: Any) -> Weights:
    """The same weights in another type."""
    return {name: array.astype(dtype) for name, array in weights.items()}
