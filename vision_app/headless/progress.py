"""The progress bar of a headless run."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vision_app.headless.run import HeadlessRun
from vision_app.messages import Message, told
from vision_app.runtime import short_provider
from vision_app.showing import shown


class RunProgress:
    """Frames done, frames a second, time left and the real providers, on standard error.

    Args:
        run: a started run.
    """

    def __init__(self, run: HeadlessRun) -> None:
        self._run = run
        total = run.frames_expected
        providers = sorted({short_provider(p.provider) for p in run.predictors})
        columns: list[ProgressColumn] = [
            TextColumn("{task.description}", markup=False),
            BarColumn() if total else TimeElapsedColumn(),
            MofNCompleteColumn() if total else TextColumn(told(Message("{task.completed} frames"))),
            TextColumn("{task.fields[rate]:.1f} fps"),
            TextColumn("[" + ", ".join(providers) + "]", markup=False),
        ]
        if total:
            columns.append(TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        names = shown(", ".join(p.name for p in run.predictors))
        self._task = self._progress.add_task(names, total=total, rate=0.0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.update()
        self._progress.stop()

    def update(self) -> None:
        """Show the newest figures."""
        stats = [stream.pipeline.stats for stream in self._run.streams]
        done, rate = sum(s.frames for s in stats), sum(s.shown.per_second() for s in stats)
        self._progress.update(self._task, completed=done, rate=rate)
