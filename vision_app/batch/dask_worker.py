"""What a worker of Dask does with a task."""

from __future__ import annotations

import sys
import threading
from typing import Any

from vision_app.batch.task import Answer, Task, run_task

_PROFILER_DEADLOCKS = sys.version_info < (3, 12)
"""Source: CPython issue 106883, "Deadlock in threaded application when using `sys._current_frames`"."""
_STOPPED_WITHIN_S = 5.0


def run_on_worker(task: Task) -> Answer:
    """Do it, in a thread of a worker."""
    if _PROFILER_DEADLOCKS:
        from distributed import get_worker

        stop_profiler(get_worker())
    return run_task(task)


def stop_profiler(worker: Any) -> None:
    """Have the worker look no more, a hundred times a second, at what its threads do; from any of them.

    In Python 3.11 that look may collect garbage while it holds the lock that every thread needs to begin and to end:
    both then wait for each other, and the worker answers nobody until its scheduler gives it up five minutes later.
    The threads of a run begin and end with each task. The package spares its own threads for the same reason.
    """
    if "profile" not in worker.periodic_callbacks:
        return
    stopped = threading.Event()

    def stop() -> None:
        profiler = worker.periodic_callbacks.pop("profile", None)
        if profiler is not None:
            profiler.stop()
        stopped.set()

    worker.loop.add_callback(stop)
    stopped.wait(_STOPPED_WITHIN_S)
