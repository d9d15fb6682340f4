"""What a training can be asked for, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from vision_app.cards.parts import FITS, Fit
from vision_app.errors import ConfigError
from vision_app.messages import Message

HeadKind = Literal["linear", "mlp"]
HiddenActivation = Literal["relu", "gelu"]
Schedule = Literal["cosine", "constant"]
ClassWeights = Literal["balanced", "none"]
LearnFromAll = Literal["auto", "always", "never"]
Monitor = Literal["val_loss", "val_accuracy"]
StopReason = Literal["early-stopping", "epochs", "stopped"]
"""Waiting was no longer worth it; all epochs are done; the user wanted no more."""

MOST_VIEWS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How a head is trained. The defaults were found by cross-validation: docs/training.md.

    Attributes:
        head: one linear layer, or a hidden layer before it.
        width: units of the hidden layer; only for `mlp`.
        activation: what follows the hidden layer; only for `mlp`.
        dropout: share of the numbers that the last layer reads which are left out at random in training.
        epochs: at most that many passes over the samples.
        learning_rate: of AdamW, at the beginning.
        schedule: whether the learning rate falls like a cosine to zero over all epochs, or stays.
        weight_decay: decoupled decay of the weights for one unit of learning rate; biases do not decay.
        label_smoothing: share of the target that is spread over all classes.
        class_weights: `balanced` lets each class count the same, however many samples it has.
        batch_size: samples of one step.
        views: pictures made of each training sample: the first as it is, the others slightly changed.
        flip: whether those may be mirrored; not for classes that differ by left and right.
        seed: of everything that is drawn at random.
        monitor: the metric that decides which epoch is the best, and when to stop.
        patience: epochs without an improvement after which it stops.
        min_delta: by how much the metric must improve to count, in its own units.
        validation_share: share of the samples that is held out, where the folders do not say it.
        learn_from_all: whether the head is trained once more on all samples, the held-out ones included, for as
            many epochs as were the best; `auto` for fewer than ten samples in a class, where each of them counts.
            The accuracy is always that of the head that had not seen them.
        unfreeze: how many last blocks of the backbone are trained on afterwards; 0 for none.
        fit: how pictures are fitted into the input, now and when the model runs; None for the base's way.
    """

    head: HeadKind = "linear"
    width: int = 128
    activation: HiddenActivation = "relu"
    dropout: float = 0.0
    epochs: int = 100
    learning_rate: float = 1e-3
    schedule: Schedule = "cosine"
    weight_decay: float = 0.1
    label_smoothing: float = 0.05
    class_weights: ClassWeights = "balanced"
    batch_size: int = 32
    views: int = 1
    flip: bool = True
    seed: int = 0
    monitor: Monitor = "val_loss"
    patience: int = 8
    min_delta: float = 0.01
    validation_share: float = 0.2
    learn_from_all: LearnFromAll = "auto"
    unfreeze: int = 0
    fit: Fit | None = None

    def __post_init__(self) -> None:
        for name, kind in (
            ("head", HeadKind),
            ("activation", HiddenActivation),
            ("schedule", Schedule),
            ("class_weights", ClassWeights),
            ("monitor", Monitor),
            ("learn_from_all", LearnFromAll),
        ):
            if getattr(self, name) not in get_args(kind):
                raise ConfigError(
                    "{option} must be one of {kind}, got {getattr!r}",
                    option=_shown(name),
                    kind=", ".join(get_args(kind)),
                    getattr=getattr(self, name),
                )
        if self.fit is not None and self.fit not in FITS:
            raise ConfigError("--fit must be one of {fits}, got {fit!r}", fits=", ".join(FITS), fit=self.fit)
        for name, low, high in (
            ("width", 1, 8192),
            ("epochs", 1, 100_000),
            ("batch_size", 1, 65_536),
            ("views", 1, MOST_VIEWS),
            ("seed", 0, 2**63 - 1),
            ("patience", 1, 100_000),
            ("unfreeze", 0, 1000),
        ):
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ConfigError(
                    "{option} must be a whole number from {low} to {high}, got {value!r}",
                    option=_shown(name),
                    low=low,
                    high=high,
                    value=value,
                )
        for name, least, most, above in (
            ("dropout", 0.0, 0.95, False),
            ("learning_rate", 0.0, 10.0, True),
            ("weight_decay", 0.0, 100.0, False),
            ("label_smoothing", 0.0, 0.9, False),
            ("min_delta", 0.0, 1e6, False),
            ("validation_share", 0.01, 0.9, False),
        ):
            value = getattr(self, name)
            good = isinstance(value, int | float) and math.isfinite(value) and least <= value <= most
            if not good or (above and value <= least):
                raise ConfigError(
                    "{option} must be a number from {least:g} to {most:g}{more}, got {value!r}",
                    option=_shown(name),
                    least=least,
                    most=most,
                    more=Message(", above the lowest") if above else "",
                    value=value,
                )

    @property
    def higher_is_better(self) -> bool:
        """Whether more of the monitored metric is better."""
        return self.monitor == "val_accuracy"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def _shown(name: str) -> str:
    return "--" + {"learning_rate": "lr"}.get(name, name).replace("_", "-")


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """The figures after one epoch, all without dropout.

    Attributes:
        epoch: its number, from 1.
        train_loss: mean cross-entropy over the training samples, as it is minimised.
        train_accuracy: share of them that is right.
        val_loss: mean cross-entropy over the validation samples; NaN without any.
        val_accuracy: share of them that is right; NaN without any.
        learning_rate: at the end of the epoch.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float

    def to_json(self) -> dict[str, Any]:
        """As plain values; what is not finite as None."""
        return {
            key: (round(value, 6) if math.isfinite(value) else None) for key, value in asdict(self).items()
        }


Phase = Literal["embedding", "training", "preparing", "unfreezing", "embedding again", "writing"]
"""Samples go through the frozen layers; a head is trained; views go through the layers before the last blocks; those
are trained; samples go through them; the model is written."""


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a training is. Told often, from the thread that trains.

    Attributes:
        phase: what is being done.
        done: pictures embedded, or epochs trained.
        total: of how many; early stopping may end before.
        history: all epochs so far; the last one is the newest.
        best_epoch: number of the best one; None before the first.
        elapsed_s: since the start.
        left_s: time that is left of this phase at most, an estimate; None while it is not known.
        frozen_epochs: after how many epochs the last blocks were unfrozen; None when they were not, or not yet.
        share: how much of the whole training is done, over all phases, from 0 to 1; it never becomes less.
    """

    phase: Phase
    done: int
    total: int
    history: tuple[EpochRecord, ...] = ()
    best_epoch: int | None = None
    elapsed_s: float = 0.0
    left_s: float | None = None
    frozen_epochs: int | None = None
    share: float = 0.0


OnProgress = Callable[[TrainingProgress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What came of a training.

    Attributes:
        name: the model in the catalogue.
        model_path: its file.
        base: name of the model whose backbone it has.
        version: 1 for the first model of that name.
        labels: the classes, in the order of the probabilities.
        counts: samples of each class that were used.
        train_samples: how many were trained on.
        validation_samples: how many were held out.
        epochs: how many were trained.
        best_epoch: whose weights it has.
        stopped_because: why it ended.
        advice: the same in plain words, and whether patience was right.
        validation_accuracy: share of the held-out samples that is right; None without any.
        validation_loss: their mean cross-entropy; None without any.
        train_accuracy: share of the training samples that is right.
        seconds: from the start until the model was in the catalogue.
        history: every epoch.
        options: what was asked for.
        warnings: what the user should know, a line each.
        reject_below: a top probability below it is called unknown; None for never.
        temperature: what the scores were divided by.
        background: the class that means none of the others.
        frozen_validation_accuracy: what it was before blocks were unfrozen; None when none were.
        learnt_from_all: whether the model has learnt from the held-out samples as well, in the end.
        timings_s: seconds of each stage.
        frozen_epochs: how many of the epochs were before the last blocks were unfrozen; None when none were.
    """

    name: str
    model_path: Path
    base: str
    version: int
    labels: tuple[str, ...]
    counts: Mapping[str, int]
    train_samples: int
    validation_samples: int
    epochs: int
    best_epoch: int
    stopped_because: StopReason
    advice: tuple[str, ...]
    validation_accuracy: float | None
    validation_loss: float | None
    train_accuracy: float
    seconds: float
    history: tuple[EpochRecord, ...]
    options: TrainingOptions
    warnings: tuple[str, ...] = ()
    reject_below: float | None = None
    temperature: float = 1.0
    background: str | None = None
    frozen_validation_accuracy: float | None = None
    learnt_from_all: bool = False
    timings_s: Mapping[str, float] = field(default_factory=dict)
    frozen_epochs: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As the object that `vision-app train --json` prints."""
        return {
            "name": self.name,
            "model_path": str(self.model_path),
            "base": self.base,
            "version": self.version,
            "classes": list(self.labels),
            "samples": self.train_samples + self.validation_samples,
            "samples_by_class": dict(self.counts),
            "train_samples": self.train_samples,
            "validation_samples": self.validation_samples,
            "epochs": self.epochs,
            "best_epoch": self.best_epoch,
            "stopped_because": self.stopped_because,
            "validation_accuracy": _rounded(self.validation_accuracy),
            "validation_loss": _rounded(self.validation_loss),
            "train_accuracy": _rounded(self.train_accuracy),
            "frozen_validation_accuracy": _rounded(self.frozen_validation_accuracy),
            "learnt_from_all": self.learnt_from_all,
            "reject_below": _rounded(self.reject_below),
            "temperature": _rounded(self.temperature),
            "background": self.background,
            "seconds": round(self.seconds, 3),
            "seconds_by_stage": {key: round(value, 3) for key, value in self.timings_s.items()},
            "advice": list(self.advice),
            "warnings": list(self.warnings),
            "options": self.options.to_json(),
            "history": [record.to_json() for record in self.history],
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)
