"""Where a training is: stages of which each has its part of the whole, so that one bar runs once from end to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from vision_app.learn.options import EpochRecord, OnProgress, Phase, TrainingProgress

PICTURES: Mapping[Phase, float] = {"embedding": 0.60, "training": 0.35, "writing": 0.05}
"""Parts of a training with frozen layers: most of it is the first look at the samples."""
UNFREEZING: Mapping[Phase, float] = {
    "embedding": 0.10,
    "training": 0.05,
    "preparing": 0.25,
    "unfreezing": 0.45,
    "embedding again": 0.10,
    "writing": 0.05,
}
"""The same where last blocks are trained on."""
MOVEMENTS: Mapping[Phase, float] = {"training": 0.9, "writing": 0.1}


class Telling:
    """Tells of a training from stage to stage.

    Args:
        stages: the stages in their order, and each one's part of the whole; the parts are 1 together. A stage that is
            passed over is done at once.
        on_progress: is told, from the thread that trains; None for nobody.
    """

    def __init__(self, stages: Mapping[Phase, float], on_progress: OnProgress | None) -> None:
        self._stages, self._on_progress = dict(stages), on_progress
        self.phase: Phase = next(iter(stages))
        self.history: list[EpochRecord] = []
        """All epochs so far."""
        self.frozen_epochs: int | None = None
        """After how many epochs the last blocks were unfrozen."""
        self._share = 0.0
        self._started_s = self._phase_s = time.monotonic()

    def begin(self) -> None:
        """The clock starts now."""
        self._started_s = self._phase_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._started_s

    def go_to(self, phase: Phase) -> None:
        """Begin another stage."""
        self.phase, self._phase_s = phase, time.monotonic()

    def tell(self, done: int, total: int, best_epoch: int | None = None) -> None:
        """Tell how much of the stage is done: pictures or epochs."""
        if self._on_progress is None:
            return
        now_s = time.monotonic()
        left_s = (now_s - self._phase_s) / done * (total - done) if done else None
        self._share = max(self._share, share_of(self._stages, self.phase, done, total))
        self._on_progress(
            TrainingProgress(
                self.phase,
                done,
                total,
                tuple(self.history),
                best_epoch,
                now_s - self._started_s,
                left_s,
                self.frozen_epochs,
                self._share,
            )
        )

    def of_stage(self, phase: Phase, then: Phase) -> Callable[[int, int], None]:
        """What tells of the pictures of a stage, and goes on to the next one after the last."""
        self.go_to(phase)

        def told(done: int, total: int) -> None:
            self.tell(done, total)
            if done >= total:
                self.go_to(then)

        return told


def share_of(stages: Mapping[Phase, float], phase: Phase, done: int, total: int) -> float:
    """How much of the whole is done, from 0 to 1.

    >>> share_of(PICTURES, "training", 10, 100)
    0.635
    """
    before = 0.0
    for stage, part in stages.items():
        if stage == phase:
            return round(min(1.0, before + part * min(1.0, done / max(1, total))), 6)
        before += part
    raise ValueError(f"no stage {phase!r} among {', '.join(stages)}")
