"""Time per frame outside `session.run`, stage by stage, on one core.

    python benchmarks/overhead.py [--source assets/demo.mp4] [--model efficientnet-lite0] [--frames 300]

Reads, prepares, infers, decodes and draws one frame after the other in one thread pinned to one core, with the
very functions that a run uses, so that no stage waits for another. Counts processor time: other programs on the
machine slow it down only by what they take of its caches.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import cv2
from machine import describe_machine, print_table

from vision_app import overlay
from vision_app.engine.predictors import load_model
from vision_app.engine.timing import Durations
from vision_app.resources import demo_clip
from vision_app.runtime import ThreadPolicy
from vision_app.sources import open_source

_PANEL = ("30.0 fps  10.0 ms", "efficientnet-lite0 · CPU")
_WARM_UP_FRAMES = 10
_STAGES = ("read", "prepare", "infer", "decode", "draw")

Made = TypeVar("Made")


class Clock:
    """Sums up the processor time of this program by stage."""

    def __init__(self) -> None:
        self.durations = {stage: Durations() for stage in (*_STAGES, "outside")}
        self.spent_s: dict[str, float] = {}

    def time(self, stage: str, make: Callable[[], Made]) -> Made:
        """Do a stage of a frame."""
        started = time.process_time()
        made = make()
        self.spent_s[stage] = time.process_time() - started
        return made

    def frame_ends(self, *, counts: bool) -> None:
        """Count what was timed."""
        if counts:
            for stage, spent_s in self.spent_s.items():
                self.durations[stage].add(spent_s)
            self.durations["outside"].add(sum(self.spent_s.values()) - self.spent_s["infer"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(demo_clip()))
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--frames", type=int, default=250)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    clock = Clock()
    with open_source(arguments.source) as source:
        model = load_model(arguments.model, threads=ThreadPolicy(intra_op=1))
        for number in range(arguments.frames + _WARM_UP_FRAMES):
            frame = clock.time("read", source.read)
            if frame is None:
                break
            image = frame.image
            tensor, geometry = clock.time("prepare", partial(model.prepare, image))
            feeds = {model.picture_name: tensor}
            outputs = clock.time("infer", partial(model.session.run, feeds, model.read_names))
            result = clock.time("decode", partial(model.decode, outputs, geometry))
            clock.time("draw", partial(overlay.render, image, (result,), _PANEL))
            clock.frame_ends(counts=number >= _WARM_UP_FRAMES)
    print(f"{describe_machine()}, pinned to one core, processor time - {model.name}, {source.info.size_wh}\n")
    print_table(
        ["stage", "mean ms", "p50 ms", "p95 ms"],
        [
            [
                name,
                f"{d.total_s / d.count * 1e3:.2f}",
                f"{d.percentile(0.5) * 1e3:.2f}",
                f"{d.percentile(0.95) * 1e3:.2f}",
            ]
            for name, d in clock.durations.items()
        ],
    )


if __name__ == "__main__":
    main()
