"""The progress bar of a training, on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vision_app.learn.options import TrainingProgress
from vision_app.messages import Message

_WORDS = {
    "embedding": "pictures",
    "training": "epochs",
    "unfreezing": Message("epochs, unfrozen"),
    "writing": "writing",
}


class TrainingBar:
    """Pictures embedded, then epochs trained with the newest figures and the best epoch."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, figures="")
        self._phase = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, progress: TrainingProgress) -> None:
        """Show where the training is."""
        if progress.phase != self._phase:
            self._phase = progress.phase
            self._progress.reset(self._task, description=_WORDS[progress.phase])
        figures = ""
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
        self._progress.update(self._task, completed=progress.done, total=progress.total, figures=figures)
