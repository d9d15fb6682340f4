"""The mathematics of a head: forward, loss, gradients by hand, AdamW. Pure NumPy, float32 or float64."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.learn.options import HiddenActivation

Array = NDArray[Any]
Parameters = tuple[Array, ...]
"""(weight, bias) of a linear head, or (weight, bias, weight, bias) of one with a hidden layer."""

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised: weighted mean cross-entropy with smoothed targets, and half the squared weights.

    Attributes:
        activation: of the hidden layer, where there is one.
        label_smoothing: share of each target that is spread over all classes.
        l2: factor on half the sum of squared weights; biases are not counted.
    """

    activation: HiddenActivation = "relu"
    label_smoothing: float = 0.0
    l2: float = 0.0

    def loss_and_gradients(
        self, parameters: Parameters, x: Array, y: Array, weights: Array, kept: Array | None = None
    ) -> tuple[float, Parameters]:
        """The loss of some samples and its derivative by each parameter.

        Args:
            parameters: of the head.
            x: (N, width) standardised embeddings.
            y: (N,) class ids.
            weights: (N,) how much each sample counts; they need not sum to one.
            kept: (N, inputs of the last layer) what each number is multiplied by: 0 where it was dropped,
                1 / (1 - dropout) elsewhere; None without dropout.

        Returns:
            The loss, and arrays like the parameters.
        """
        last_weight, last_bias = parameters[-2:]
        if len(parameters) == 4:
            before = x @ parameters[0] + parameters[1]
            hidden = activate(before, self.activation)
        else:
            before, hidden = None, x
        read = hidden if kept is None else hidden * kept
        log_p = log_softmax(read @ last_weight + last_bias)
        targets = smoothed(y, log_p.shape[1], self.label_smoothing, log_p.dtype)
        share = (weights / weights.sum()).astype(log_p.dtype)[:, None]
        loss = -float((share * targets * log_p).sum())
        error = share * (np.exp(log_p) - targets)
        gradients = [read.T @ error, error.sum(0)]
        if before is not None:
            back = error @ last_weight.T
            if kept is not None:
                back = back * kept
            back = back * slope(before, self.activation)
            gradients = [x.T @ back, back.sum(0), *gradients]
        if self.l2:
            loss += self.penalty(parameters)
            for i in range(0, len(parameters), 2):
                gradients[i] = gradients[i] + self.l2 * parameters[i]
        return loss, tuple(gradients)

    def penalty(self, parameters: Parameters) -> float:
        """The part of the loss that is of the weights alone."""
        return self.l2 / 2 * sum(float((weight**2).sum()) for weight in parameters[::2])


def scores(parameters: Parameters, x: Array, activation: HiddenActivation) -> Array:
    """(N, C) scores before the softmax, without dropout."""
    if len(parameters) == 4:
        x = activate(x @ parameters[0] + parameters[1], activation)
    result: Array = x @ parameters[-2] + parameters[-1]
    return result


def log_softmax(logits: Array) -> Array:
    """Logarithms of probabilities, safe for large values.

    >>> np.exp(log_softmax(np.array([[1000.0, 1000.0]]))).tolist()
    [[0.5, 0.5]]
    """
    shifted = logits - logits.max(1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return result


def smoothed(y: Array, classes: int, share: float, dtype: Any = np.float64) -> Array:
    """(N, C) targets: one for the class, of which a share is spread over all.

    Source: Szegedy et al., https://arxiv.org/abs/1512.00567, section 7.

    >>> smoothed(np.array([1]), 2, 0.2).tolist()
    [[0.1, 0.9]]
    """
    targets = np.full((len(y), classes), share / classes, dtype)
    targets[np.arange(len(y)), y] += 1 - share
    return targets


def activate(x: Array, activation: HiddenActivation) -> Array:
    """ReLU, or GELU: x times the share of a normal distribution below x.

    Source: Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415.
    """
    if activation == "relu":
        return np.maximum(x, 0)
    return x * _normal_share(x)


def slope(x: Array, activation: HiddenActivation) -> Array:
    """Derivative of `activate`; 0 for ReLU at 0."""
    if activation == "relu":
        return (x > 0).astype(x.dtype)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return _normal_share(x) + x * density


def _normal_share(x: Array) -> Array:
    """Distribution function of the normal distribution, to 1e-7.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26, for the error function.
    """
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    share: Array = ((1 + erf) / 2).astype(x.dtype)
    return share


class AdamW:
    """Adam with decoupled weight decay; vectors, as biases are, do not decay.

    Args:
        parameters: what it will change; its shapes and types.
        weight_decay: share of each weight that goes in one step of learning rate 1.
        one_rate: all weights of a layer are moved in proportion to their gradients. By itself Adam moves all of them
            about equally far, those too of which few samples say hardly anything.

    Source: Loshchilov and Hutter, https://arxiv.org/abs/1711.05101, algorithm 2, as PyTorch implements it; one second
    moment for many weights as in Zhang et al., https://arxiv.org/abs/2406.16793.
    """

    def __init__(self, parameters: Sequence[Array], weight_decay: float, *, one_rate: bool = False) -> None:
        self._decay, self._one_rate = weight_decay, one_rate
        self._mean = [np.zeros_like(p) for p in parameters]
        self._square = [np.zeros_like(p) for p in parameters]
        self._steps = 0

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array], learning_rate: float) -> None:
        """Change the parameters in place."""
        self._steps += 1
        rate = learning_rate / (1 - _BETA_1**self._steps)
        root = math.sqrt(1 - _BETA_2**self._steps)
        for i, gradient in enumerate(gradients):
            p, mean, square = parameters[i], self._mean[i], self._square[i]
            mean *= _BETA_1
            mean += (1 - _BETA_1) * gradient
            square *= _BETA_2
            squared = gradient * gradient
            square += (1 - _BETA_2) * (squared.mean() if self._one_rate else squared)
            if p.ndim > 1 and self._decay:
                p *= 1 - learning_rate * self._decay
            p -= rate * mean / (np.sqrt(square) / root + _EPSILON)
