"""The graphs of models that a run uses are rewritten while it runs: for the next start, not at the cost of this one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from vision_app.engine import rewritten
from vision_app.engine.predictors import LoadedModel
from vision_app.resources import models_dir

AFTER_S = 10.0
"""A run that is over sooner has more use for its processor itself."""
_LOWEST_PRIORITY = 19


def models_to_rewrite(predictors: Iterable[Any]) -> list[Path]:
    """Files of models whose graph nobody has tried to make faster; those that are shipped were tried before."""
    found: dict[Path, None] = {}
    for predictor in predictors:
        for model in (predictor, *getattr(predictor, "models", ())):
            if not isinstance(model, LoadedModel) or model.runs_as_it_is:
                continue
            path = model.session.path
            known = path.is_relative_to(models_dir()) or path.parent.name in (rewritten.FOLDER, "rewritten")
            if model.provider == "CPUExecutionProvider" and not known and rewritten.find(path) is None:
                found[path] = None
    return list(found)


class RewritingLater:
    """Starts a process of the lowest priority once a run has lasted; ends it with the run.

    Args:
        after_s: how long a run has to last.
    """

    def __init__(self, after_s: float = AFTER_S) -> None:
        self._after_s = after_s
        self._due_s: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._todo: list[Path] = []
        self._asked = False

    def look(self, predictors: Sequence[Any]) -> None:
        """Called with every frame: begins when it is time, goes on with the next file when one is done."""
        now_s = time.monotonic()
        if self._due_s is None:
            self._due_s = now_s + self._after_s
        if now_s < self._due_s:
            return
        if not self._asked:
            self._asked = True
            self._todo = models_to_rewrite(predictors)
        if self._todo and (self._process is None or self._process.poll() is not None):
            self._start(self._todo.pop(0))

    def end(self) -> None:
        """End the process, if there is one."""
        self._todo = []
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self, path: Path) -> None:
        command = [sys.executable, "-m", "vision_app", "models", "rewrite", str(path)]
        with suppress(OSError):  # then it is tried again at the next run
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            if hasattr(os, "setpriority"):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, _LOWEST_PRIORITY)
