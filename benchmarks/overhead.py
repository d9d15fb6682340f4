"""Time per frame outside `session.run`, stage by stage, on one core.

    python benchmarks/overhead.py [--source assets/demo.mp4] [--model efficientnet-lite0] [--frames 300]

Reads, prepares, infers, decodes and draws one frame after the other in one thread pinned to one core, with the
very functions that a run uses, so that no stage waits for another.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import dataclasses
import time

import cv2
from machine import describe_machine, print_table

from vision_app import overlay
from vision_app.engine.predictors import load_model
from vision_app.engine.timing import Durations
from vision_app.resources import demo_clip
from vision_app.results.values import Timings
from vision_app.runtime import ThreadPolicy
from vision_app.sources import open_source

_PANEL = ("30.0 fps  10.0 ms", "efficientnet-lite0 · CPU")
_WARM_UP_FRAMES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(demo_clip()))
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--frames", type=int, default=250)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    stages = [f.name for f in dataclasses.fields(Timings) if f.name != "write_s"]
    durations = {stage: Durations() for stage in [*stages, "outside"]}
    with open_source(arguments.source) as source:
        model = load_model(arguments.model, threads=ThreadPolicy(intra_op=1))
        for number in range(arguments.frames + _WARM_UP_FRAMES):
            frame = source.read()
            if frame is None:
                break
            result, timings = model.predict(frame.image)
            started = time.perf_counter()
            overlay.render(frame.image, (result,), _PANEL)
            timings += Timings(read_s=frame.read_s, draw_s=time.perf_counter() - started)
            if number >= _WARM_UP_FRAMES:
                for stage in stages:
                    durations[stage].add(getattr(timings, stage))
                durations["outside"].add(sum(getattr(timings, s) for s in stages) - timings.infer_s)
    print(
        f"{describe_machine()}, pinned to one core - {model.name}, frames of {frame.size_wh if frame else '?'}\n"
    )
    print_table(
        ["stage", "p50 ms", "p95 ms"],
        [
            [name.removesuffix("_s"), f"{d.percentile(0.5) * 1e3:.2f}", f"{d.percentile(0.95) * 1e3:.2f}"]
            for name, d in durations.items()
        ],
    )


if __name__ == "__main__":
    main()
