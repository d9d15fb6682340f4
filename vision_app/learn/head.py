"""Training a head on embeddings: standardisation, the loop over epochs, the best weights kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.errors import TrainingError
from vision_app.graph import DenseLayer
from vision_app.learn.network import AdamW, Array, Objective, Parameters, log_softmax, scores
from vision_app.learn.options import EpochRecord, HiddenActivation, StopReason, TrainingOptions
from vision_app.learn.stopping import EarlyStopping
from vision_app.results.values import FloatArray, IntArray

_SMALLEST_STD = 1e-6
_SHARED = 1.0
_EVALUATED_AT_ONCE = 4096

OnEpoch = Callable[[EpochRecord, int], bool]
"""Is told of each epoch and of the best one so far; says whether to go on."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A trained head: standardisation, one or two layers, temperature.

    Attributes:
        mean: (width,) subtracted from an embedding.
        std: (width,) divided by after that.
        parameters: of the layers, for standardised embeddings.
        activation: of the hidden layer, where there is one.
        temperature: what the scores are divided by.
    """

    mean: Array
    std: Array
    parameters: Parameters
    activation: HiddenActivation = "relu"
    temperature: float = 1.0

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return len(self.parameters[-1])

    def logits(self, embeddings: Array) -> Array:
        """(N, C) scores of (N, width) embeddings, before the softmax, divided by the temperature."""
        x = (embeddings - self.mean) / self.std
        result: Array = scores(self.parameters, x, self.activation) / self.temperature
        return result

    def probabilities(self, embeddings: Array) -> Array:
        """(N, C) probabilities of (N, width) embeddings."""
        result: Array = np.exp(log_softmax(self.logits(embeddings)))
        return result

    def layers(self) -> list[DenseLayer]:
        """The same head for embeddings as they are: standardisation and temperature are in the weights."""
        parameters = [np.asarray(p, np.float64) for p in self.parameters]
        parameters[-2], parameters[-1] = (p / self.temperature for p in parameters[-2:])
        scaled = parameters[0] / self.std[:, None]
        parameters[1] = parameters[1] - self.mean @ scaled
        parameters[0] = scaled
        pairs = [[p.astype(np.float32) for p in parameters[i : i + 2]] for i in range(0, len(parameters), 2)]
        activations = [*[self.activation] * (len(pairs) - 1), "none"]
        return [DenseLayer(w, b, a) for (w, b), a in zip(pairs, activations, strict=True)]  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What a training of a head gave.

    Attributes:
        head: with the weights of the best epoch.
        history: every epoch.
        best_epoch: number of the best one, from 1.
        stopped_because: why there are no more epochs.
    """

    head: Head
    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped_because: StopReason

    @property
    def best(self) -> EpochRecord:
        """The figures of the best epoch."""
        return self.history[self.best_epoch - 1]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledEmbeddings:
    """Embeddings with their classes.

    Attributes:
        x: (N, width) float32 or float64.
        y: (N,) int64 class ids.
    """

    x: Array
    y: IntArray

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.shape != (len(self.x),):
            raise ValueError(f"expected (N, width) and (N,), got {self.x.shape} and {self.y.shape}")

    def __len__(self) -> int:
        return len(self.y)


def of_views(vectors: FloatArray, y: IntArray) -> LabelledEmbeddings:
    """All views of all samples as samples of their own.

    Args:
        vectors: (N, views, width).
        y: (N,) class ids.
    """
    return LabelledEmbeddings(vectors.reshape(-1, vectors.shape[2]), np.repeat(y, vectors.shape[1]))


def standardisation(x: Array) -> tuple[Array, Array]:
    """Mean and deviation of each number, (width,) both.

    Each variance is moved half way to the mean of all, for few samples say little about one number, and one
    that hardly varies must not be blown up.
    """
    mean = x.mean(0, dtype=np.float64)
    variance = x.var(0, dtype=np.float64)
    std = np.sqrt((variance + _SHARED * variance.mean()) / (1 + _SHARED))
    return mean.astype(x.dtype), np.maximum(std, _SMALLEST_STD).astype(x.dtype)


def refit_head(
    everything: LabelledEmbeddings,
    classes: int,
    options: TrainingOptions,
    epochs: int,
    on_epoch: OnEpoch,
    *,
    one_unit: bool = False,
) -> Head:
    """Train once more on all samples, for as many epochs as were the best with some held out.

    Args:
        everything: all samples.
        classes: how many classes there are.
        options: how.
        epochs: how many.
        on_epoch: told of each epoch; may raise to end it.
        one_unit: as for `fit_head`.

    Raises:
        TrainingError: the numbers became infinite.
    """
    options = replace(options, patience=options.epochs, monitor="val_loss", min_delta=0.0)
    nothing = LabelledEmbeddings(everything.x[:0], everything.y[:0])

    def until(record: EpochRecord, best_epoch: int) -> bool:
        return on_epoch(record, best_epoch) and record.epoch < epochs

    return fit_head(everything, nothing, classes, options, until, one_unit=one_unit).head


def class_weights(y: IntArray, classes: int, kind: str) -> NDArray[np.float64]:
    """(classes,) how much a sample of each class counts: all 1, or such that all classes count the same.

    >>> class_weights(np.array([0, 0, 0, 1]), 2, "balanced").round(2).tolist()
    [0.67, 2.0]
    """
    counts = np.bincount(y, minlength=classes)
    if kind == "none":
        return np.ones(classes)
    return np.where(counts > 0, len(y) / (classes * np.maximum(counts, 1)), 0.0)


def initial_parameters(
    width: int, classes: int, options: TrainingOptions, random: np.random.Generator, dtype: Any
) -> Parameters:
    """Zeros for a linear head, which is convex; for a hidden layer random numbers.

    Source: He et al., https://arxiv.org/abs/1502.01852, for the hidden layer.
    """
    if options.head == "linear":
        return np.zeros((width, classes), dtype), np.zeros(classes, dtype)
    hidden = options.width
    first = random.normal(0, math.sqrt(2 / width), (width, hidden)).astype(dtype)
    last = random.normal(0, math.sqrt(1 / hidden), (hidden, classes)).astype(dtype)
    return first, np.zeros(hidden, dtype), last, np.zeros(classes, dtype)


def fit_head(
    train: LabelledEmbeddings,
    validation: LabelledEmbeddings,
    classes: int,
    options: TrainingOptions,
    on_epoch: OnEpoch | None = None,
    *,
    l2: float = 0.0,
    one_unit: bool = False,
) -> Fit:
    """Train a head with AdamW on mini-batches; the weights of the best epoch are restored.

    Args:
        train: what is learnt from.
        validation: what decides which epoch is the best; when empty, the training samples do.
        classes: how many classes there are.
        options: how.
        on_epoch: told of each epoch, from this thread; stops the training by answering False.
        l2: factor on half the squared weights in the loss itself, beside the decoupled decay of the options.
        one_unit: all inputs are lengths in one unit, as landmarks are: those that vary more say more.

    Raises:
        TrainingError: the numbers became infinite: the learning rate is too high.
        ValueError: there is nothing to learn from.
    """
    if not len(train):
        raise ValueError("there is nothing to learn from")
    mean, std = standardisation(train.x)
    loop = _Loop(
        _standardised(train, mean, std),
        _standardised(validation, mean, std) if len(validation) else None,
        classes,
        options,
        l2,
        one_unit=one_unit,
    )
    best, history, best_epoch, reason = loop.run(on_epoch)
    return Fit(Head(mean, std, best, options.activation), history, best_epoch, reason)


def _standardised(samples: LabelledEmbeddings, mean: Array, std: Array) -> LabelledEmbeddings:
    x = samples.x - mean
    x /= std  # in place: of many samples one copy is enough
    return LabelledEmbeddings(x, samples.y)


class _Loop:
    """One training."""

    def __init__(
        self,
        train: LabelledEmbeddings,
        validation: LabelledEmbeddings | None,
        classes: int,
        options: TrainingOptions,
        l2: float,
        *,
        one_unit: bool,
    ) -> None:
        self._train, self._validation, self._options = train, validation, options
        self._random = np.random.default_rng(options.seed)
        self._objective = Objective(options.activation, options.label_smoothing, l2)
        by_class = class_weights(train.y, classes, options.class_weights)
        self._weights = by_class[train.y].astype(train.x.dtype)
        self._parameters = initial_parameters(train.x.shape[1], classes, options, self._random, train.x.dtype)
        self._optimiser = AdamW(self._parameters, options.weight_decay, one_rate=one_unit)
        self._batches = -(-len(train) // options.batch_size)
        self._steps = 0
        self._rate = options.learning_rate

    def run(self, on_epoch: OnEpoch | None) -> tuple[Parameters, tuple[EpochRecord, ...], int, StopReason]:
        options = self._options
        stopping = EarlyStopping(
            mode="max" if options.higher_is_better else "min",
            min_delta=options.min_delta,
            patience=options.patience,
        )
        best = self._parameters
        history: list[EpochRecord] = []
        for epoch in range(1, options.epochs + 1):
            self._train_once()
            record = self._record(epoch)
            history.append(record)
            decision = stopping.step(self._monitored(record))
            if decision.best:
                best = tuple(p.copy() for p in self._parameters)
            go_on = on_epoch is None or on_epoch(record, (stopping.best_step or 0) + 1)
            if decision.stop or not go_on:
                reason: StopReason = "early-stopping" if decision.stop else "stopped"
                break
        else:
            reason = "epochs"
        if stopping.best_step is None:
            raise TrainingError(
                "the training came apart: the loss was not finite in any of {count} epochs; a lower --lr "
                "may help",
                count=len(history),
            )
        return best, tuple(history), stopping.best_step + 1, reason

    def _monitored(self, record: EpochRecord) -> float:
        if self._validation is None:
            if self._options.higher_is_better:
                return record.train_accuracy
            return record.train_loss + self._objective.penalty(self._parameters)
        return record.val_accuracy if self._options.higher_is_better else record.val_loss

    def _train_once(self) -> None:
        x, y, options = self._train.x, self._train.y, self._options
        order = self._random.permutation(len(y))
        for start in range(0, len(y), options.batch_size):
            batch = order[start : start + options.batch_size]
            self._rate = self._rate_now()
            _, gradients = self._objective.loss_and_gradients(
                self._parameters, x[batch], y[batch], self._weights[batch], self._dropped(len(batch))
            )
            self._optimiser.step(self._parameters, gradients, self._rate)
            self._steps += 1

    def _rate_now(self) -> float:
        """Source: Loshchilov and Hutter, https://arxiv.org/abs/1608.03983, one half wave over all steps."""
        options = self._options
        if options.schedule == "constant":
            return options.learning_rate
        share = self._steps / (options.epochs * self._batches)
        return options.learning_rate * (1 + math.cos(math.pi * share)) / 2

    def _dropped(self, count: int) -> Array | None:
        """Source: Srivastava et al., Dropout, 2014, scaled in training so that nothing is to do afterwards."""
        share = self._options.dropout
        if share == 0:
            return None
        size = (count, len(self._parameters[-2]))
        kept = self._random.random(size, np.float32) >= share
        result: Array = kept.astype(self._train.x.dtype) / (1 - share)
        return result

    def _record(self, epoch: int) -> EpochRecord:
        train_loss, train_accuracy = self._evaluate(self._train, self._weights)
        val_loss = val_accuracy = math.nan
        if self._validation is not None:
            val_loss, val_accuracy = self._evaluate(self._validation, None)
        return EpochRecord(epoch, train_loss, train_accuracy, val_loss, val_accuracy, self._rate)

    def _evaluate(self, samples: LabelledEmbeddings, weights: Array | None) -> tuple[float, float]:
        """Mean cross-entropy against the plain targets, and accuracy; weighted where weights are given."""
        loss = total = 0.0
        right = 0
        for start in range(0, len(samples), _EVALUATED_AT_ONCE):
            part = slice(start, start + _EVALUATED_AT_ONCE)
            y = samples.y[part]
            log_p = log_softmax(scores(self._parameters, samples.x[part], self._options.activation))
            w = np.ones(len(y)) if weights is None else weights[part]
            loss -= float((w * log_p[np.arange(len(y)), y]).sum())
            total += float(w.sum())
            right += int((log_p.argmax(1) == y).sum())
        return loss / total, right / len(samples)
