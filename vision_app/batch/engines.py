"""Where tasks are worked on: one row an engine, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vision_app.batch.task import Answer, Task, run_task
from vision_app.plugins import OpenTable
from vision_app.sources import Report

OnAnswer = Callable[[Task, Answer], object]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine is told.

    Attributes:
        address: of its scheduler; "" where it needs none.
        contents: models to send, by the SHA-256 of their content.
        report: receives one-line messages for the user.
        stopped: asked whether the user wants to end.
    """

    address: str
    contents: Mapping[str, bytes]
    report: Report
    stopped: Callable[[], bool]


class Engine(Protocol):
    """Works on tasks."""

    @property
    def cuts(self) -> bool:
        """Whether it gains by clips that are cut into spans."""
        ...

    def run(self, tasks: Sequence[Task], on_answer: OnAnswer) -> None:
        """Work on all, in any order; each answer is told once, as soon as it is there, in this thread.

        Raises:
            VisionError: the engine cannot be had, or not any more.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Local:
    """This machine: one clip after the other, each with all cores, which is the fastest way for one machine."""

    cuts = False

    def __init__(self, options: EngineOptions) -> None:
        self._options = options

    def run(self, tasks: Sequence[Task], on_answer: OnAnswer) -> None:
        """Work on all."""
        for task in tasks:
            if self._options.stopped():
                return
            on_answer(task, run_task(task))

    def close(self) -> None:
        """Nothing is held."""


def _dask(options: EngineOptions) -> Engine:
    from vision_app.batch.dask_engine import DaskEngine

    return DaskEngine(options)


ENGINES: Mapping[str, Callable[[EngineOptions], Engine]] = OpenTable(
    "vision_app.engines", {"local": Local, "dask": _dask}
)
"""The engines, by name."""
