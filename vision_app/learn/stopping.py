"""Early stopping: says when waiting for a better score is no longer worth it. Knows nothing of weights.

The loop that trains owns the weights: it keeps those of the best score and restores them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Mode = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one score means.

    Attributes:
        best: it is better than all before: these are the weights to keep.
        improved: it is better by more than `min_delta` than the last score that was: the waiting begins anew.
        stop: `patience` scores in a row have not improved.
    """

    best: bool
    improved: bool
    stop: bool


class EarlyStopping:
    """Watches one score, epoch after epoch.

    A score that is not finite is never an improvement. Small steps add up: a score is compared with the last
    one that was an improvement, not with the one before.

    Args:
        mode: whether a lower (`min`) or a higher (`max`) score is better.
        min_delta: by how much more a score must be better to count, in the units of the score.
        patience: how many scores in a row may fail to improve.

    Source: Prechelt, "Early stopping - but when?", 1998, and the callbacks of Keras and PyTorch Ignite, which
    let a NaN become the best score.

    >>> stopping = EarlyStopping(mode="min", min_delta=0.1, patience=2)
    >>> [stopping.step(score).stop for score in (1.0, 0.8, 0.75, float("nan"))]
    [False, False, False, True]
    >>> stopping.best_step, stopping.best_score
    (2, 0.75)
    """

    def __init__(self, *, mode: Mode, min_delta: float = 0.0, patience: int = 8) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f"mode is min or max, got {mode!r}")
        if not (math.isfinite(min_delta) and min_delta >= 0):
            raise ValueError(f"min_delta is a finite number from 0, got {min_delta!r}")
        if patience < 1:
            raise ValueError(f"patience is at least 1, got {patience!r}")
        self.mode: Mode = mode
        self.min_delta = min_delta
        self.patience = patience
        self.reset()

    def reset(self) -> None:
        """Forget all scores, as if the object were new."""
        self.steps = 0
        self.waited = 0
        self.best_score: float | None = None
        self.best_step: int | None = None
        self._reference: float | None = None

    def step(self, score: float) -> Decision:
        """Take the score of one more epoch.

        Args:
            score: the monitored metric; may be NaN or infinite.

        Raises:
            ValueError: it has said stop already; `reset` comes first.
        """
        if self.waited >= self.patience:
            raise ValueError("it has said stop already; reset() comes first")
        score = float(score)
        usable = math.isfinite(score)
        best = usable and (self.best_score is None or self._gain(score, self.best_score) > 0)
        improved = usable and (self._reference is None or self._gain(score, self._reference) > self.min_delta)
        if best:
            self.best_score, self.best_step = score, self.steps
        if improved:
            self._reference, self.waited = score, 0
        else:
            self.waited += 1
        self.steps += 1
        return Decision(best, improved, stop=self.waited >= self.patience)

    def _gain(self, score: float, other: float) -> float:
        return other - score if self.mode == "min" else score - other
