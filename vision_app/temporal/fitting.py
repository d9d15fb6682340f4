"""Training a head over time: the loop over epochs, the best weights kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vision_app.errors import TrainingError
from vision_app.learn.head import OnEpoch, class_weights
from vision_app.learn.network import AdamW, log_softmax, smoothed
from vision_app.learn.options import EpochRecord, StopReason
from vision_app.learn.stopping import EarlyStopping
from vision_app.results.values import IntArray
from vision_app.temporal.augmenting import Changes, Room, changed
from vision_app.temporal.batches import Batch, Scale, scale_of
from vision_app.temporal.heads import RECURRENT, HeadKind, Shape, TemporalHead, network_of
from vision_app.temporal.layers import Pass, Weights, as_type
from vision_app.temporal.options import TemporalOptions

_LARGEST_GRADIENT = 1.0
_WARM_UP_EPOCHS = 3
_ABOUT_AN_EPOCH = 160
"""Of far fewer sequences each is learnt from several times an epoch, changed anew each time."""
_SLOWEST = 1.3
RATE_OF: Mapping[HeadKind, float] = {"lstm": 2.0}
"""Heads that learn at another rate than is asked for: with the same, an LSTM is behind at the last epoch."""
_LEAST_BEFORE = 8
_ONLY_CONTEXT = Changes(speed=0, warp=0, shift=0, scale=0, jitter=0, drop=0, context=1.0)
"""A sequence that is changed may become so much longer than the longest one."""


@dataclass(frozen=True, slots=True, eq=False)
class TemporalFit:
    """What a training gave.

    Attributes:
        head: with the weights of the best epoch.
        history: every epoch. The figures of training are those of the sequences as they were learnt from: changed,
            and with numbers left out. Half of the validation loss is that of the held-out sequences in a stream, with
            others before them.
        best_epoch: number of the best one, from 1.
        stopped_because: why there are no more epochs.
    """

    head: TemporalHead
    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped_because: StopReason

    @property
    def best(self) -> EpochRecord:
        """The figures of the best epoch."""
        return self.history[self.best_epoch - 1]


def fit(
    train: Batch,
    validation: Batch | None,
    classes: int,
    options: TemporalOptions,
    on_epoch: OnEpoch | None = None,
    *,
    idle: int | None = None,
) -> TemporalFit:
    """Train a head with AdamW on mini-batches; the weights of the best epoch are restored.

    The same sequences, options and seed give the same weights.

    Args:
        train: what is learnt from, not standardised.
        validation: what decides which epoch is the best; None for the training sequences.
        classes: how many classes there are.
        options: how.
        on_epoch: told of each epoch and of the best one so far, from this thread; ends the training by False.
        idle: id of the class for what lies between movements.

    Raises:
        TrainingError: the numbers became infinite: the learning rate is too high.
    """
    scale = scale_of(train)
    held_out = None if validation is None or not len(validation) else scale.applied(validation)
    loop = _Loop(scale.applied(train), held_out, classes, options, scale=scale, idle=idle)
    return loop.run(on_epoch)


def refit(
    everything: Batch,
    classes: int,
    options: TemporalOptions,
    epochs: int,
    on_epoch: OnEpoch,
    *,
    idle: int | None = None,
) -> TemporalHead:
    """Train once more on all sequences, for as many epochs as were the best with some held out.

    Args:
        everything: all sequences.
        classes: how many classes there are.
        options: how.
        epochs: how many.
        on_epoch: told of each epoch; may raise to end it.
        idle: id of the class for what lies between movements.

    Raises:
        TrainingError: the numbers became infinite.
    """
    training = replace(options.training, patience=options.training.epochs, monitor="val_loss", min_delta=0.0)

    def until(record: EpochRecord, best_epoch: int) -> bool:
        return on_epoch(record, best_epoch) and record.epoch < epochs

    scale = scale_of(everything)
    options = replace(options, training=training)
    loop = _Loop(scale.applied(everything), None, classes, options, scale=scale, idle=idle)
    loop.run(until)
    return loop.newest()


def room_of(shape: Shape) -> Room:
    """How many rows changed sequences may have for a head: a window sees no more, a state has seen anything before."""
    alone = math.ceil(_SLOWEST * shape.rows)
    before = shape.rows // 2 + _LEAST_BEFORE if shape.kind in RECURRENT else 0
    return Room(alone, alone + before)


class _Loop:
    """One training."""

    def __init__(
        self,
        train: Batch,
        validation: Batch | None,
        classes: int,
        options: TemporalOptions,
        *,
        scale: Scale,
        idle: int | None,
    ) -> None:
        self._train, self._validation = train, validation
        self._options, self._training, self._scale = options, options.training, scale
        self._random = np.random.default_rng(self._training.seed)
        self._shape = Shape(
            options.head,
            train.values.shape[2],
            classes,
            train.values.shape[1],
            self._training.width,
            self._training.dropout,
        )
        self._network = network_of(self._shape)
        self._weights = as_type(self._network.initial(self._random), np.float32)
        self._names = tuple(self._weights)
        self._optimiser = AdamW([self._weights[n] for n in self._names], self._training.weight_decay)
        by_class = class_weights(train.y, classes, self._training.class_weights)
        self._of_sequence = by_class[train.y].astype(np.float32)
        self._rounds = max(1, round(_ABOUT_AN_EPOCH / len(train)))
        self._batches = math.ceil(self._rounds * len(train) / self._training.batch_size)
        self._room = room_of(self._shape)
        self.idle = idle
        self._in_streams: Batch | None = None
        if validation is not None and options.changes.context:
            random = np.random.default_rng(self._training.seed)
            self._in_streams = changed(validation, _ONLY_CONTEXT, random, self._room, idle)
        self._steps = 0
        self._rate = 0.0

    def newest(self) -> TemporalHead:
        """The head as it is now."""
        return TemporalHead(self._shape, self._weights, self._scale)

    def run(self, on_epoch: OnEpoch | None) -> TemporalFit:
        """All epochs."""
        training = self._training
        stopping = EarlyStopping(
            mode="max" if training.higher_is_better else "min",
            min_delta=training.min_delta,
            patience=training.patience,
        )
        best = self._weights
        history: list[EpochRecord] = []
        reason: StopReason = "epochs"
        for epoch in range(1, training.epochs + 1):
            record = self._epoch(epoch)
            history.append(record)
            decision = stopping.step(self._monitored(record))
            if decision.best:
                best = {name: array.copy() for name, array in self._weights.items()}
            go_on = on_epoch is None or on_epoch(record, (stopping.best_step or 0) + 1)
            if decision.stop or not go_on:
                reason = "early-stopping" if decision.stop else "stopped"
                break
        if stopping.best_step is None:
            raise TrainingError(
                "the training came apart: the loss was not finite in any of {count} epochs; a lower --lr may help",
                count=len(history),
            )
        head = TemporalHead(self._shape, best, self._scale)
        return TemporalFit(head, tuple(history), stopping.best_step + 1, reason)

    def _monitored(self, record: EpochRecord) -> float:
        side = "train" if self._validation is None else "val"
        metric = "accuracy" if self._training.higher_is_better else "loss"
        return float(getattr(record, f"{side}_{metric}"))

    def _epoch(self, epoch: int) -> EpochRecord:
        loss = weight = 0.0
        right = 0
        order = np.concatenate([self._random.permutation(len(self._train)) for _ in range(self._rounds)])
        size = self._training.batch_size
        for start in range(0, len(order), size):
            which = order[start : start + size]
            of_batch, hits = self._step(which)
            share = float(self._of_sequence[which].sum())
            loss, weight, right = loss + of_batch * share, weight + share, right + hits
        val_loss = val_accuracy = math.nan
        if self._validation is not None:
            val_loss, val_accuracy = self._judged(self._validation)
        if self._in_streams is not None:
            val_loss = (val_loss + self._judged(self._in_streams)[0]) / 2
        return EpochRecord(epoch, loss / weight, right / len(order), val_loss, val_accuracy, self._rate)

    def _step(self, which: IntArray) -> tuple[float, int]:
        """Learn from some sequences; gives their weighted mean loss, and how many were right."""
        batch = changed(self._train.part(which), self._options.changes, self._random, self._room, self.idle)
        made, back = self._network.forward(self._weights, batch.rows, Pass(batch.real, self._random))
        log_p = log_softmax(made)
        targets = smoothed(batch.y, made.shape[1], self._training.label_smoothing, made.dtype)
        share = self._of_sequence[which]
        share = (share / share.sum())[:, None]
        gradients: Weights = {}
        back(share * (np.exp(log_p) - targets), gradients)
        clip(gradients)
        self._rate = self._rate_now()
        self._optimiser.step(
            [self._weights[n] for n in self._names], [gradients[n] for n in self._names], self._rate
        )
        self._steps += 1
        plain = float((share[:, 0] * -log_p[np.arange(len(batch)), batch.y]).sum())
        return plain, int((log_p.argmax(1) == batch.y).sum())

    def _rate_now(self) -> float:
        """A few epochs up, then one half wave down. Source: https://arxiv.org/abs/1608.03983."""
        training = self._training
        highest = training.learning_rate * RATE_OF.get(self._shape.kind, 1.0)
        up = min(1.0, (self._steps + 1) / (_WARM_UP_EPOCHS * self._batches))
        if training.schedule == "constant":
            return highest * up
        share = self._steps / (training.epochs * self._batches)
        return highest * up * (1 + math.cos(math.pi * share)) / 2

    def _judged(self, batch: Batch) -> tuple[float, float]:
        """Mean cross-entropy and accuracy of standardised sequences as they are."""
        made, _ = self._network.forward(self._weights, batch.rows, Pass(batch.real))
        log_p = log_softmax(made)
        loss = -float(log_p[np.arange(len(batch)), batch.y].mean())
        return loss, float((log_p.argmax(1) == batch.y).mean())


def clip(gradients: Weights) -> None:
    """Shorten gradients that are too long, all by the same factor.

    Source: Pascanu et al., https://arxiv.org/abs/1211.5063.
    """
    length = math.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
    if length > _LARGEST_GRADIENT:
        for name in gradients:
            gradients[name] = gradients[name] * np.float32(_LARGEST_GRADIENT / length)
