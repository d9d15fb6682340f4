"""What both sides of `table.py` share: the watch, the inputs, the line of JSON. Needs no more than numpy."""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

_WARM_UP = 3


class Laps:
    """Times of one measurement, milliseconds an item: on the wall and of the processor."""

    def __init__(self) -> None:
        self._wall_s = self._cpu_s = 0.0
        self._skip = 0
        self.ms = self.cpu_ms = 0.0

    def begin(self, skip: int = 0) -> None:
        """From now on; so many items were done before."""
        self._skip = skip
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()

    def end(self, items: int) -> None:
        """So many items are done, those before the begin too."""
        count = max(1, items - self._skip)
        self.ms = (time.perf_counter() - self._wall_s) / count * 1e3
        self.cpu_ms = (time.process_time() - self._cpu_s) / count * 1e3

    @classmethod
    def of(cls, step: Callable[[], object], times: int) -> Laps:
        """Medians of a step that is done so many times."""
        for _ in range(_WARM_UP):
            step()
        walls, cpus = [], []
        for _ in range(times):
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            step()
            walls.append(time.perf_counter() - wall_s)
            cpus.append(time.process_time() - cpu_s)
        laps = cls()
        laps.ms, laps.cpu_ms = statistics.median(walls) * 1e3, statistics.median(cpus) * 1e3
        return laps


def report(laps: Laps, answer: int, program: Any = None) -> None:
    """Print the line that `table.py` reads; it holds the version of the program, a module, where one is given."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    told = {"ms": laps.ms, "cpu_ms": laps.cpu_ms, "mb": peak_mb, "answer": int(answer)}
    version = str(getattr(program, "__version__", "")).split("-")[0]
    print(json.dumps({**told, "version": version}), flush=True)


def picture_tensor(shape: tuple[int, ...]) -> Any:
    """The same random float32 tensor in [0, 1) for everybody."""
    return np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)


def pictures_of(clip: str, frames: int) -> list[Any]:
    """The first frames of a clip as (720, 1280, 3) uint8 BGR; over again where it is shorter."""
    import cv2

    capture = cv2.VideoCapture(clip)
    made: list[Any] = []
    while len(made) < frames:
        good, image = capture.read()
        if not good:
            break
        made.append(cv2.resize(image, (1280, 720)))
    if not made:
        raise SystemExit(f"{clip}: no frame can be read")
    return [made[i % len(made)] for i in range(frames)]


def boxes_to_suppress(count: int, classes: int) -> tuple[Any, Any, Any]:
    """(N, 4) float32 boxes, (N,) float32 scores, (N,) int64 classes: eight boxes round each thing."""
    rng = np.random.default_rng(0)
    things = -(-count // 8)
    side = np.sqrt(1280 * 720 / 3 / things)
    centres = np.repeat(rng.uniform(0, 1, (things, 2)) * (1280, 720), 8, axis=0)[:count]
    centres = centres + rng.normal(0, 0.05 * side, (count, 2))
    sides = side * rng.uniform(0.8, 1.2, (count, 2))
    boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1).astype(np.float32)
    kinds = np.repeat(rng.integers(0, classes, things), 8)[:count]
    return boxes, rng.permutation(count).astype(np.float32) / count, kinds.astype(np.int64)
