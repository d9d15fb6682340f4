"""The course that every training takes: told of as it goes, ended early with a model or without one, timed by stage."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vision_app.cancelling import CancelledError
from vision_app.learn.options import EpochRecord, Phase
from vision_app.learn.telling import Telling


class Course:
    """One training; its work is done by the thread that calls `run` of what is made of it.

    Args:
        telling: tells of the progress.
        epochs: most passes over the samples.
    """

    def __init__(self, telling: Telling, epochs: int) -> None:
        self._telling, self._most_epochs = telling, epochs
        self._stop, self._cancel = threading.Event(), threading.Event()
        self._timings_s: dict[str, float] = {}

    def stop(self) -> None:
        """End the training after this epoch and keep the best one: the model is made. From any thread."""
        self._stop.set()

    def cancel(self) -> None:
        """End the training as soon as possible: no model is made, `run` raises `CancelledError`. From any thread."""
        self._cancel.set()

    def _on_epoch(self, record: EpochRecord, best_epoch: int) -> bool:
        """Told of each epoch; gives whether another one is wanted."""
        self._telling.history.append(record)
        self._check_cancelled()
        self._telling.tell(record.epoch, self._most_epochs, best_epoch)
        return not self._stop.is_set()

    def _on_refit(self, _: EpochRecord, __: int) -> bool:
        """Told of each epoch of learning from all samples, which is not shown; it is not ended by `stop`."""
        self._check_cancelled()
        return True

    def _check_cancelled(self) -> None:
        if self._cancel.is_set():
            raise CancelledError("the training was cancelled")

    def _go_to(self, phase: Phase) -> None:
        self._check_cancelled()
        self._telling.go_to(phase)
        if phase == "writing":
            self._telling.tell(0, 1)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started_s = time.monotonic()
        try:
            yield
        finally:
            self._timings_s[stage] = time.monotonic() - started_s
