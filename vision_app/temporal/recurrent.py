"""Recurrent layers: what was seen is carried from row to row in a state. Back through time by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vision_app.temporal.layers import Array, Back, Pass, Weights


def sigmoid(x: Array) -> Array:
    """Between 0 and 1; by the hyperbolic tangent, which does not overflow."""
    made: Array = np.tanh(x * x.dtype.type(0.5))
    made += 1
    made *= made.dtype.type(0.5)
    return made


def _initial(name: str, inputs: int, width: int, gates: int, random: np.random.Generator) -> Weights:
    """Source: Saxe et al., https://arxiv.org/abs/1312.6120, for orthogonal recurrent weights."""
    squares = [np.linalg.qr(random.normal(size=(width, width)))[0] for _ in range(gates)]
    return {
        f"{name}.input": random.normal(0, 1 / math.sqrt(inputs), (inputs, gates * width)),
        f"{name}.recurrent": np.concatenate(squares, axis=1),
        f"{name}.bias": np.zeros(gates * width),
    }


def _by_time(x: Array) -> Array:
    return np.ascontiguousarray(x.swapaxes(0, 1))


@dataclass(frozen=True, slots=True)
class Rnn:
    """The plain recurrence, `h = tanh(x @ input + h @ recurrent + bias)`.

    Source: Elman, Finding structure in time, 1990.
    """

    name: str
    inputs: int
    width: int

    def initial(self, random: np.random.Generator) -> Weights:
        """Orthogonal recurrent weights."""
        return _initial(self.name, self.inputs, self.width, 1, random)

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """(N, T, inputs) to the (N, T, width) states."""
        recurrent = weights[f"{self.name}.recurrent"]
        real = _by_time(at.real)[:, :, None]
        given = _by_time(x @ weights[f"{self.name}.input"] + weights[f"{self.name}.bias"])
        states = np.zeros((len(given) + 1, *given.shape[1:]), x.dtype)
        for t, row in enumerate(given):
            states[t + 1] = np.tanh(row + states[t] @ recurrent) * real[t]

        def back(gradient: Array, into: Weights) -> Array:
            gradients = _by_time(gradient)
            before = np.empty_like(given)
            carried = np.zeros_like(given[0])
            for t in range(len(given) - 1, -1, -1):
                state = states[t + 1]
                before[t] = (gradients[t] + carried) * (1 - state * state) * real[t]
                carried = before[t] @ recurrent.T
            into[f"{self.name}.recurrent"] = _of_states(states[:-1], before)
            return _of_inputs(self.name, into, weights[f"{self.name}.input"], x, before)

        return states[1:].swapaxes(0, 1), back


def _of_inputs(name: str, into: Weights, weight: Array, x: Array, before: Array) -> Array:
    """The gradient of the rows, and those of input weight and bias.

    Args:
        name: of the layer.
        into: takes the gradients of the weights.
        weight: (inputs, gates * width) of the inputs.
        x: (N, T, inputs) rows.
        before: (T, N, gates * width) gradient in front of the gates.
    """
    by_sequence = np.ascontiguousarray(before.swapaxes(0, 1))
    flat = by_sequence.reshape(-1, before.shape[2])
    into[f"{name}.input"] = x.reshape(len(flat), -1).T @ flat
    into[f"{name}.bias"] = flat.sum(0)
    result: Array = by_sequence @ weight.T
    return result


def _of_states(states: Array, before: Array) -> Array:
    """The gradient of recurrent weights, of the (T, N, width) states in front of them."""
    flat = before.reshape(-1, before.shape[2])
    result: Array = states.reshape(len(flat), -1).T @ flat
    return result


@dataclass(frozen=True, slots=True)
class Gru:
    """Gated recurrent unit: `h = (1 - z) * n + z * h`, where the gate z keeps and the gate r forgets.

    `n = tanh(x @ input_n + bias_n + r * (h @ recurrent_n + candidate))`, the form of cuDNN and PyTorch.

    Source: Cho et al., https://arxiv.org/abs/1406.1078, and the documentation of torch.nn.GRU.
    """

    name: str
    inputs: int
    width: int

    def initial(self, random: np.random.Generator) -> Weights:
        """Gates in the order r, z, n."""
        weights = _initial(self.name, self.inputs, self.width, 3, random)
        return weights | {f"{self.name}.candidate": np.zeros(self.width)}

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """(N, T, inputs) to the (N, T, width) states."""
        w = self.width
        recurrent, candidate = weights[f"{self.name}.recurrent"], weights[f"{self.name}.candidate"]
        real = _by_time(at.real)[:, :, None]
        given = _by_time(x @ weights[f"{self.name}.input"] + weights[f"{self.name}.bias"])
        rows, count = given.shape[:2]
        states = np.zeros((rows + 1, count, w), x.dtype)
        gates = np.empty((rows, count, 3 * w), x.dtype)
        remembered = np.empty((rows, count, w), x.dtype)
        for t in range(rows):
            from_state = states[t] @ recurrent
            gates[t, :, : 2 * w] = sigmoid(given[t, :, : 2 * w] + from_state[:, : 2 * w])
            r, z = gates[t, :, :w], gates[t, :, w : 2 * w]
            remembered[t] = from_state[:, 2 * w :] + candidate
            n = gates[t, :, 2 * w :] = np.tanh(given[t, :, 2 * w :] + r * remembered[t])
            states[t + 1] = (n + z * (states[t] - n)) * real[t]

        def back(gradient: Array, into: Weights) -> Array:
            gradients = _by_time(gradient)
            before = np.empty_like(gates)  # in front of the gates, as the rows reach them
            of_recurrent = np.empty_like(gates)  # the same as the state reaches them: r stands before n
            carried = np.zeros((count, w), x.dtype)
            for t in range(rows - 1, -1, -1):
                r, z, n = gates[t, :, :w], gates[t, :, w : 2 * w], gates[t, :, 2 * w :]
                g = (gradients[t] + carried) * real[t]
                of_n = g * (1 - z) * (1 - n * n)
                before[t, :, :w] = of_n * remembered[t] * r * (1 - r)
                before[t, :, w : 2 * w] = g * (states[t] - n) * z * (1 - z)
                before[t, :, 2 * w :] = of_n
                of_recurrent[t] = before[t]
                of_recurrent[t, :, 2 * w :] *= r
                carried = g * z + of_recurrent[t] @ recurrent.T
            into[f"{self.name}.recurrent"] = _of_states(states[:-1], of_recurrent)
            into[f"{self.name}.candidate"] = of_recurrent[:, :, 2 * w :].sum((0, 1))
            return _of_inputs(self.name, into, weights[f"{self.name}.input"], x, before)

        return states[1:].swapaxes(0, 1), back


def gates_of(layer: Gru | Lstm, weights: Weights, x: Array) -> dict[str, Array]:
    """How far the gates of a layer are open at each row, 0 to 1: the mean over sequences and units.

    Args:
        layer: the layer.
        weights: of it.
        x: (N, T, inputs) rows.

    Returns:
        (T,) by name: `forget`, `input` and `output` of an LSTM; `keep`, which holds the old state, and `reset`, which
        lets the new one see it, of a GRU.
    """
    states, _ = layer.forward(weights, x, Pass(np.ones(x.shape[:2], bool)))
    before = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
    own = layer.name
    raw = x @ weights[f"{own}.input"] + weights[f"{own}.bias"] + before @ weights[f"{own}.recurrent"]
    places = {"reset": 0, "keep": 1} if isinstance(layer, Gru) else {"input": 0, "forget": 1, "output": 3}
    w = layer.width
    return {name: sigmoid(raw[:, :, k * w : (k + 1) * w]).mean((0, 2)) for name, k in places.items()}


@dataclass(frozen=True, slots=True)
class Lstm:
    """Long short-term memory: a cell that is only added to, behind gates i, f and o.

    Source: Hochreiter and Schmidhuber, 1997; Gers et al., 2000, for the gate that forgets, which begins open.
    """

    name: str
    inputs: int
    width: int

    def initial(self, random: np.random.Generator) -> Weights:
        """Gates in the order i, f, g, o; the bias of f is 1. Source: Jozefowicz et al., 2015."""
        weights = _initial(self.name, self.inputs, self.width, 4, random)
        weights[f"{self.name}.bias"][self.width : 2 * self.width] = 1.0
        return weights

    def forward(self, weights: Weights, x: Array, at: Pass) -> tuple[Array, Back]:
        """(N, T, inputs) to the (N, T, width) states."""
        w = self.width
        recurrent = weights[f"{self.name}.recurrent"]
        real = _by_time(at.real)[:, :, None]
        given = _by_time(x @ weights[f"{self.name}.input"] + weights[f"{self.name}.bias"])
        rows, count = given.shape[:2]
        states = np.zeros((rows + 1, count, w), x.dtype)
        cells = np.zeros_like(states)
        shown = np.empty((rows, count, w), x.dtype)
        gates = np.empty((rows, count, 4 * w), x.dtype)
        for t in range(rows):
            raw = given[t] + states[t] @ recurrent
            gates[t] = sigmoid(raw)
            gates[t, :, 2 * w : 3 * w] = np.tanh(raw[:, 2 * w : 3 * w])
            i, f, g, o = (gates[t, :, k * w : (k + 1) * w] for k in range(4))
            cells[t + 1] = (f * cells[t] + i * g) * real[t]
            shown[t] = np.tanh(cells[t + 1])
            states[t + 1] = o * shown[t] * real[t]

        def back(gradient: Array, into: Weights) -> Array:
            gradients = _by_time(gradient)
            before = np.empty_like(gates)
            carried = np.zeros((count, w), x.dtype)
            of_cell = np.zeros((count, w), x.dtype)
            for t in range(rows - 1, -1, -1):
                i, f, g, o = (gates[t, :, k * w : (k + 1) * w] for k in range(4))
                of_state = (gradients[t] + carried) * real[t]
                of_cell = (of_cell + of_state * o * (1 - shown[t] * shown[t])) * real[t]
                before[t, :, :w] = of_cell * g * i * (1 - i)
                before[t, :, w : 2 * w] = of_cell * cells[t] * f * (1 - f)
                before[t, :, 2 * w : 3 * w] = of_cell * i * (1 - g * g)
                before[t, :, 3 * w :] = of_state * shown[t] * o * (1 - o)
                carried = before[t] @ recurrent.T
                of_cell = of_cell * f
            into[f"{self.name}.recurrent"] = _of_states(states[:-1], before)
            return _of_inputs(self.name, into, weights[f"{self.name}.input"], x, before)

        return states[1:].swapaxes(0, 1), back
