"""How long a run of several models takes, compared fairly on a machine that others use too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vision_app.results.values import FloatArray
from vision_app.runtime import Session, ThreadPolicy

_FEWEST_RUNS, _MOST_RUNS = 5, 100


def seconds_a_run(
    paths: Sequence[Path], tensor: FloatArray, provider: str = "cpu", *, for_s: float = 3.0
) -> list[float]:
    """Median processor time of a run of each model, one thread, taken in turns so that all see the same noise.

    On an idle machine that is the time on the clock; on a busy one the waiting for others does not count.

    Args:
        paths: the .onnx files.
        tensor: their input.
        provider: one that computes on the processor.
        for_s: seconds on the clock after which no more rounds begin.

    Returns:
        Seconds, in the order of `paths`.

    Raises:
        ModelError: a model does not load or run.
    """
    sessions = [Session(path, provider, ThreadPolicy(intra_op=1)) for path in paths]
    return seconds_in_turn([(one, {one.inputs[0].name: tensor}) for one in sessions], for_s)


def seconds_in_turn(
    runs: Sequence[tuple[Session, Mapping[str, NDArray[Any]]]], for_s: float = 3.0
) -> list[float]:
    """Median processor time of a run of each session with its inputs, taken in turns.

    Args:
        runs: sessions of one thread, and their inputs.
        for_s: seconds on the clock after which no more rounds begin.

    Returns:
        Seconds, in the order of `runs`.

    Raises:
        ModelError: a model does not run.
    """
    taken: list[list[float]] = [[] for _ in runs]
    began = time.perf_counter()
    for session, feeds in runs:
        session.run(feeds)
    for number in range(_MOST_RUNS):
        if number >= _FEWEST_RUNS and time.perf_counter() - began > for_s:
            break
        for (session, feeds), times in zip(runs, taken, strict=True):
            started = time.process_time()
            session.run(feeds)
            times.append(time.process_time() - started)
    return [statistics.median(times) for times in taken]
