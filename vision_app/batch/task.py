"""One task: a span of a clip through the models, on whatever machine. Its answer is lines, as a run writes them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vision_app import __version__
from vision_app.batch.clips import Span, is_stored
from vision_app.batch.parcels import Parcel, unpack
from vision_app.errors import VisionError
from vision_app.headless.settings import RunSettings


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker needs to know.

    Attributes:
        key: name of its answer: changes with the clip, the span, the models and what is asked of them.
        source: what opens the clip.
        span: which part of it.
        settings: what is asked of the models; sources and outputs are not in it.
        parcels: the models that the worker may not have.
        threads: frames worked on at the same time; 0 for one a core.
        version: of the program that asks.
    """

    key: str
    source: str
    span: Span
    settings: RunSettings
    parcels: tuple[Parcel, ...] = ()
    threads: int = 0
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a task.

    Attributes:
        lines: the lines of `results.jsonl`; indices of frames count from the beginning of the span.
        notices: what was reported on the way.
        error: why there is nothing or not all; "" where all is well.
        seconds: how long it took.
    """

    lines: bytes = b""
    notices: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0


def run_task(task: Task) -> Answer:
    """Do it. What is wrong with the clip or a model is in the answer: another machine would find the same."""
    import time

    began_s = time.perf_counter()
    if task.version != __version__:
        return Answer(
            error=f"this worker has vision_app {__version__}, the batch was started by {task.version}"
        )
    notices: list[str] = []
    with tempfile.TemporaryDirectory(prefix="vision-app-batch-") as folder:
        lines = Path(folder) / "results.jsonl"
        error = ""
        try:
            with _fetched(task.source, Path(folder)) as source:
                _run(task, source, lines, notices)
        except VisionError as problem:
            error = str(problem)
        written = lines if lines.is_file() else None
        data = written.read_bytes() if written is not None else b""
    return Answer(data, tuple(notices), error, time.perf_counter() - began_s)


def _run(task: Task, source: str, lines: Path, notices: list[str]) -> None:
    from vision_app.cancelling import interruptible
    from vision_app.headless.run import HeadlessRun

    asked = replace(
        unpack(task.settings, task.parcels),
        source=(source,),
        start=task.span.start_s or task.settings.start,
        end=task.span.end_s if task.span.end_s is not None else task.settings.end,
        json=str(lines),
        no_save=True,
        quiet=True,
        workers=task.threads,
    )
    run = HeadlessRun(asked, notices.append)
    interruptible(run.start, run.cancellation)
    while not run.join(1.0):
        pass
    if run.failed:
        raise VisionError("{source}: the run failed", source=source)


@contextmanager
def _fetched(source: str, folder: Path) -> Iterator[str]:
    """The source as a file of this machine."""
    if not is_stored(source):
        yield source
        return
    import fsspec

    local = folder / ("clip" + Path(source).suffix)
    try:
        with fsspec.open(source, "rb") as far, local.open("wb") as near:
            while chunk := far.read(1 << 20):
                near.write(chunk)
    except (OSError, ValueError) as error:
        raise VisionError("{source}: {error}", source=source, error=error) from error
    yield str(local)
    local.unlink(missing_ok=True)
