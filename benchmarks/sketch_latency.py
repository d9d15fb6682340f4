"""How long sketch-yolo takes beside YOLO11n at the same input size.

    pip install -e '.[cpu,export]'
    python benchmarks/sketch_latency.py

YOLO11n is exported with random weights, which takes no connection and computes as long as trained ones. The networks
run in turns on the same tensor, so that all see the same noise of the machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from machine import describe_machine, print_table

from vision_app.exporting import ExportRequest, export_model
from vision_app.graph.timing import seconds_a_run
from vision_app.resources import models_dir
from vision_app.results.values import FloatArray
from vision_app.runtime import Session, ThreadPolicy

NAMES = ("sketch-yolo", "sketch-yolo-int8")
SIDE, ROUNDS = 320, 60


def wall_clock(paths: Sequence[Path], tensor: FloatArray) -> list[float]:
    """Median seconds on the clock, all cores, in turns."""
    sessions = [Session(path, "cpu", ThreadPolicy()) for path in paths]
    spent: list[list[float]] = [[] for _ in sessions]
    for number in range(ROUNDS + 3):
        for session, times in zip(sessions, spent, strict=True):
            started = time.perf_counter()
            session.run_single(tensor)
            if number >= 3:
                times.append(time.perf_counter() - started)
    return [median(times) for times in spent]


def main() -> None:
    tensor = np.random.default_rng(0).random((1, 3, SIDE, SIDE), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        request = ExportRequest("ultralytics:yolo11n", random_weights=True, folder=Path(folder))
        peer = export_model(request, lambda _: None).path
        paths = (peer, *(models_dir() / f"{name}.onnx" for name in NAMES))
        one = seconds_a_run(paths, tensor, for_s=20.0)
        every = wall_clock(paths, tensor)
    rows = [
        (path.stem, f"{1e3 * a:.2f}", f"{a / one[0]:.2f}", f"{1e3 * b:.2f}", f"{b / every[0]:.2f}")
        for path, a, b in zip(paths, one, every, strict=True)
    ]
    print(f"{describe_machine()}\n\nInput {SIDE} x {SIDE}, medians in turns, the network alone.\n")
    print_table(("model", "ms, one thread", "of YOLO11n", "ms, all cores", "of YOLO11n"), rows)


if __name__ == "__main__":
    main()
