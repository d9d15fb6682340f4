"""The progress bar of a training, on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from vision_app.learn.options import TrainingProgress
from vision_app.messages import Message, told

_WORDS = {
    "embedding": Message("pictures"),
    "training": Message("epochs"),
    "preparing": Message("views"),
    "unfreezing": Message("epochs, unfrozen"),
    "embedding again": Message("pictures again"),
    "writing": Message("writing"),
}


class TrainingBar:
    """One bar over the whole training; before it what is being done, behind it how much of that, and the figures."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counted]}", markup=False),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, figures="", counted="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @property
    def percentage(self) -> float:
        """How much of the bar is full, from 0 to 100."""
        return self._progress.tasks[0].percentage

    def update(self, progress: TrainingProgress) -> None:
        """Show where the training is."""
        figures: str = ""
        if progress.history:
            newest = progress.history[-1]
            figures = Message(
                "loss {train_loss:.3f} / {val_loss:.3f}  accuracy {train_accuracy:.0f} / "
                "{val_accuracy:.0f} %",
                train_loss=newest.train_loss,
                val_loss=newest.val_loss,
                train_accuracy=100 * newest.train_accuracy,
                val_accuracy=100 * newest.val_accuracy,
            )
            if progress.best_epoch is not None:
                figures += Message("  best {best_epoch}", best_epoch=progress.best_epoch)
        self._progress.update(
            self._task,
            description=told(_WORDS[progress.phase]),
            completed=progress.share,
            total=1.0,
            counted=f"{progress.done}/{progress.total}",
            figures=told(figures),
        )
