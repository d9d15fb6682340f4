"""What a training over time can be asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from vision_app.errors import ConfigError
from vision_app.learn.options import TrainingOptions
from vision_app.sequences.resampling import RATE_HZ
from vision_app.temporal.augmenting import Changes
from vision_app.temporal.heads import ATTENTION_HEADS, HEADS, HeadKind

TRAINING = TrainingOptions(
    width=48,
    dropout=0.2,
    epochs=80,
    learning_rate=4e-3,
    weight_decay=0.05,
    label_smoothing=0.1,
    flip=False,
    patience=12,
    min_delta=0.005,
)
"""How a head over time is trained where nothing else is asked for; see docs/over-time.md."""

_RATES_HZ = (5.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalOptions:
    """How a head over time is trained.

    Attributes:
        head: which one.
        training: everything that it has in common with other heads. `flip` is whether sequences are mirrored; `head`,
            `activation`, `views`, `unfreeze` and `fit` mean nothing here.
        changes: how much sequences are changed in training.
        rate_hz: rows a second that the model sees.
        longest_s: the longest movement; longer ones are left out, and long stretches without one are cut to it.
    """

    head: HeadKind = "gru"
    training: TrainingOptions = TRAINING
    changes: Changes = field(default_factory=Changes)
    rate_hz: float = RATE_HZ
    longest_s: float = 8.0

    def __post_init__(self) -> None:
        if self.head not in HEADS:
            raise ConfigError(
                "--over-time must be one of {heads}, got {head!r}", heads=", ".join(HEADS), head=self.head
            )
        if self.head == "transformer" and self.training.width % ATTENTION_HEADS:
            raise ConfigError(
                "--width of a transformer must be a multiple of {heads}, its attention heads, got {width}",
                heads=ATTENTION_HEADS,
                width=self.training.width,
            )
        for name, value, (low, high) in (
            ("rate_hz", self.rate_hz, _RATES_HZ),
            ("longest_s", self.longest_s, (0.5, 60.0)),
        ):
            if not (isinstance(value, int | float) and math.isfinite(value) and low <= value <= high):
                raise ConfigError(
                    "{name} must be a number from {low:g} to {high:g}, got {value!r}",
                    name=name,
                    low=low,
                    high=high,
                    value=value,
                )

    @property
    def most_rows(self) -> int:
        """Rows of the longest movement."""
        return math.floor(self.longest_s * self.rate_hz) + 1

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        unused = ("head", "activation", "views", "unfreeze", "fit")
        training = {k: v for k, v in self.training.to_json().items() if k not in unused}
        return {"head": self.head, "rate_hz": self.rate_hz, "longest_s": self.longest_s, **training}
