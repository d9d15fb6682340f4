"""The progress bar of a training, on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vision_app.learn.options import TrainingProgress

_WORDS = {
    "embedding": "pictures",
    "training": "epochs",
    "unfreezing": "epochs, unfrozen",
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
            figures = (
                f"loss {newest.train_loss:.3f} / {newest.val_loss:.3f}  "
                f"accuracy {100 * newest.train_accuracy:.0f} / {100 * newest.val_accuracy:.0f} %"
            )
            if progress.best_epoch is not None:
                figures += f"  best {progress.best_epoch}"
        self._progress.update(self._task, completed=progress.done, total=progress.total, figures=figures)
