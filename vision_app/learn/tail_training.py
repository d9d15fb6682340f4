"""Training the unfrozen blocks and the head together, with early stopping; the best weights are restored."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vision_app.cancelling import CancelledError
from vision_app.learn.frozen_features import Activations
from vision_app.learn.head import class_weights
from vision_app.learn.options import EpochRecord, StopReason, TrainingOptions
from vision_app.learn.stopping import EarlyStopping
from vision_app.learn.tail import Tail, require
from vision_app.runtime import cpu_count

TAIL_RATE_SHARE = 0.3
"""Learning rate of the unfrozen blocks as a share of the head's: they are good already. docs/evaluation.md."""
HEAD_RATE_SHARE = 0.1
"""Learning rate of the head, which is trained already, as a share of what it was."""
MOST_EPOCHS = 30

_TAIL_DECAY = 0.01
_CLIPPED_NORM = 1.0
_EVALUATED_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class TailFit:
    """What a training of the tail gave; the tail has the weights of the best epoch.

    Attributes:
        history: every epoch; the first is the state before any step, with the number 0.
        best_epoch: number of the best one, 0 when nothing was better than the beginning.
        stopped_because: why there are no more.
    """

    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped_because: StopReason

    @property
    def before(self) -> EpochRecord:
        """The figures before any step."""
        return self.history[0]

    @property
    def best(self) -> EpochRecord:
        """The figures of the best epoch."""
        return next(r for r in self.history if r.epoch == self.best_epoch)


OnTailEpoch = Callable[[EpochRecord, int], bool]


def train_tail(
    tail: Tail,
    train: Activations,
    validation: Activations,
    classes: int,
    options: TrainingOptions,
    *,
    on_epoch: OnTailEpoch | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    rate_share: float = TAIL_RATE_SHARE,
) -> TailFit:
    """Train the blocks and the head together; the weights of the best epoch are restored.

    Args:
        tail: blocks and head; changed.
        train: of the samples that are learnt from, all their views.
        validation: of those that are held out, as they are; decides which epoch is the best.
        classes: how many classes there are.
        options: how; of the epochs at most 30 are trained.
        on_epoch: told of each epoch, from this thread; stops the training by answering False.
        cancelled: asked before each step.
        rate_share: learning rate of the blocks as a share of that of the head.

    Raises:
        CancelledError: it was cancelled.
    """
    torch = require("torch")
    with torch.random.fork_rng(devices=[]), _threads(torch):
        torch.manual_seed(options.seed)
        return _TailLoop(tail, (train, validation), classes, options, rate_share).run(on_epoch, cancelled)


def tail_epochs(options: TrainingOptions) -> int:
    """How many epochs the blocks are trained at most."""
    return min(options.epochs, MOST_EPOCHS)


class _TailLoop:
    def __init__(
        self,
        tail: Tail,
        sides: tuple[Activations, Activations],
        classes: int,
        options: TrainingOptions,
        rate_share: float,
    ) -> None:
        self._torch = require("torch")
        self._tail, self._options = tail, options
        self._train, self._validation = sides
        self._random = np.random.default_rng(options.seed)
        self._weights = class_weights(self._train.y, classes, options.class_weights).astype(np.float32)
        self._rates = [options.learning_rate * rate_share, options.learning_rate * HEAD_RATE_SHARE]
        blocks = [p for p, _ in tail.parameters.values()]
        self._optimiser = self._torch.optim.AdamW(
            [
                {"params": blocks, "lr": self._rates[0], "weight_decay": _TAIL_DECAY},
                {"params": tail.head, "lr": self._rates[1], "weight_decay": 0.0},
            ]
        )
        self._epochs = tail_epochs(options)
        self._steps_an_epoch = -(-len(self._train.y) // options.batch_size)
        self._step = 0
        self._right_before = 0.0

    def run(self, on_epoch: OnTailEpoch | None, cancelled: Callable[[], bool]) -> TailFit:
        options, tail = self._options, self._tail
        stopping = EarlyStopping(
            mode="max" if options.higher_is_better else "min",
            min_delta=options.min_delta,
            patience=options.patience,
        )
        before = self._record(0, *self._evaluate(self._train, cancelled))
        self._right_before = before.val_accuracy
        stopping.step(self._monitored(before))
        best, history = tail.snapshot(), [before]
        reason: StopReason = "epochs"
        for epoch in range(1, self._epochs + 1):
            record = self._record(epoch, *self._train_once(cancelled))
            history.append(record)
            decision = stopping.step(self._monitored(record))
            if decision.best:
                best = tail.snapshot()
            go_on = on_epoch is None or on_epoch(record, stopping.best_step or 0)
            if decision.stop or not go_on:
                reason = "early-stopping" if decision.stop else "stopped"
                break
        tail.restore(best)
        return TailFit(tuple(history), stopping.best_step or 0, reason)

    def _monitored(self, record: EpochRecord) -> float:
        """An epoch that has fewer right than frozen layers had is never the best, whatever its loss."""
        if record.val_accuracy < self._right_before:
            return math.nan
        return record.val_accuracy if self._options.higher_is_better else record.val_loss

    def _train_once(self, cancelled: Callable[[], bool]) -> tuple[float, float]:
        """One pass; each sample is seen in one of its views. Loss and accuracy on the way."""
        torch, options, train = self._torch, self._options, self._train
        loss_sum = weight_sum = 0.0
        right = 0
        order = self._random.permutation(len(train.y))
        for start in range(0, len(order), options.batch_size):
            if cancelled():
                raise CancelledError("the training was cancelled")
            chosen = np.sort(order[start : start + options.batch_size])
            views = self._random.integers(0, train.x.shape[1], len(chosen))
            x = torch.from_numpy(np.asarray(train.x[chosen, views], np.float32))
            y = torch.from_numpy(train.y[chosen])
            weights = torch.from_numpy(self._weights[train.y[chosen]])
            self._set_rates()
            scores = self._tail.scores(x)
            each = torch.nn.functional.cross_entropy(
                scores, y, reduction="none", label_smoothing=options.label_smoothing
            )
            loss = (each * weights).sum() / weights.sum()
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._tail.everything(), _CLIPPED_NORM)
            self._optimiser.step()
            self._step += 1
            loss_sum += float(loss.detach()) * float(weights.sum())
            weight_sum += float(weights.sum())
            right += int((scores.argmax(1) == y).sum())
        return loss_sum / weight_sum, right / len(train.y)

    def _set_rates(self) -> None:
        """Rising over the first epoch, for the first steps of AdamW are as large as any; then as it was asked for."""
        share = min(1.0, (self._step + 1) / self._steps_an_epoch)
        if self._options.schedule == "cosine":
            share *= (1 + math.cos(math.pi * self._step / (self._epochs * self._steps_an_epoch))) / 2
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share

    def _record(self, epoch: int, train_loss: float, train_accuracy: float) -> EpochRecord:
        val_loss, val_accuracy = self._evaluate(self._validation, lambda: False)
        return EpochRecord(
            epoch, train_loss, train_accuracy, val_loss, val_accuracy, self._optimiser.param_groups[0]["lr"]
        )

    def _evaluate(self, samples: Activations, cancelled: Callable[[], bool]) -> tuple[float, float]:
        """Mean cross-entropy and accuracy of the samples as they are."""
        torch = self._torch
        loss, right = 0.0, 0
        with torch.inference_mode():
            for start in range(0, len(samples.y), _EVALUATED_AT_ONCE):
                if cancelled():
                    raise CancelledError("the training was cancelled")
                part = slice(start, start + _EVALUATED_AT_ONCE)
                y = torch.from_numpy(samples.y[part])
                scores = self._tail.scores(torch.from_numpy(np.asarray(samples.x[part, 0], np.float32)))
                loss += float(torch.nn.functional.cross_entropy(scores, y, reduction="sum"))
                right += int((scores.argmax(1) == y).sum())
        return loss / len(samples.y), right / len(samples.y)


@contextlib.contextmanager
def _threads(torch: Any) -> Iterator[None]:
    """As many threads as there are cores for this process, and as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(cpu_count())
    try:
        yield
    finally:
        torch.set_num_threads(before)
