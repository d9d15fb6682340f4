"""How near a run on a file comes to what the cores could do if nothing but the network ran.

    python benchmarks/share.py [--model efficientnet-lite0 ...] [--source assets/demo.mp4] [--frames 400] [--runs 3]

The limit is `session.run` in as many threads as there are cores, one thread each, on the tensor of one frame: of the
file as it is, and of its rewritten graph where it has one (`vision-app models rewrite` makes it). A run reads, decodes,
prepares, infers and writes results as JSON to nowhere. They take turns. By the wall clock the share
is of frames a second, which other programs on the machine disturb; by processor time it is of what a frame takes,
which is the same on a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from machine import describe_machine, print_table

from vision_app import runtime
from vision_app.cards.asking import TaskOptions
from vision_app.engine.predictors import load_model
from vision_app.headless.run import HeadlessRun
from vision_app.headless.settings import load_settings
from vision_app.memory import keep_for_pictures
from vision_app.resources import demo_clip
from vision_app.runtime import ThreadPolicy
from vision_app.sources import open_source

_WARM_UP_FRAMES = 10
_POLL_S = 0.001


@dataclass(frozen=True, slots=True)
class Figures:
    """What a frame takes: `cpu_s` of all cores together, and how many come in a second."""

    cpu_s: float
    per_second: float


class Stopwatch:
    """Processor time and wall time from its making on."""

    def __init__(self) -> None:
        self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()

    def of(self, frames: int) -> Figures:
        """What each of so many frames took until now."""
        cpu_s, wall_s = time.process_time() - self._cpu_s, time.perf_counter() - self._wall_s
        return Figures(cpu_s / frames, frames / wall_s)


def limit_of(model: str, source: str, frames: int, *, as_it_is: bool = False) -> Figures:
    """Nothing but the network, on all cores; of the file as it is, or as a run takes it."""
    cores = runtime.cpu_count()
    options = TaskOptions(no_rewrite=as_it_is)
    loaded = load_model(model, options, threads=ThreadPolicy.for_files(cores))
    with open_source(source) as opened:
        frame = opened.read()
        assert frame is not None
        feeds = {name: value.copy() for name, value in loaded.feeds(frame.image).items()}
    each = max(frames // cores, 1)

    def run() -> None:
        for _ in range(each):
            loaded.session.run(feeds, loaded.read_names)

    threads = [threading.Thread(target=run) for _ in range(cores)]
    loaded.session.run(feeds, loaded.read_names)
    watch = Stopwatch()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return watch.of(each * cores)


def run_of(model: str, source: str, frames: int) -> Figures:
    """A whole run, once it is under way."""
    settings = load_settings(
        {"source": source, "model": [model], "max_frames": str(frames), "json": os.devnull, "overwrite": True}
    )
    run = HeadlessRun(settings, print)
    run.start()
    stats = run.streams[0].pipeline.stats
    while stats.frames < _WARM_UP_FRAMES:
        time.sleep(_POLL_S)
    watch, before = Stopwatch(), stats.frames
    run.join()
    return watch.of(stats.frames - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(demo_clip()))
    parser.add_argument("--model", nargs="+", default=["efficientnet-lite0", "efficientnet-lite0-int8"])
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    keep_for_pictures()  # as the command line does
    rows = []
    for model in arguments.model:
        frames = arguments.frames // 3
        turns = [
            (
                limit_of(model, arguments.source, frames, as_it_is=True),
                limit_of(model, arguments.source, frames),
                run_of(model, arguments.source, arguments.frames),
            )
            for _ in range(arguments.runs)
        ]
        rows.append(
            [
                Path(model).name,
                *(f"{statistics.median(turn[i].cpu_s for turn in turns) * 1e3:.2f}" for i in range(3)),
                *(
                    f"{statistics.median(turn[i].cpu_s / turn[2].cpu_s for turn in turns):.2f}"
                    for i in (0, 1)
                ),
                *(f"{statistics.median(turn[i].per_second for turn in turns):.1f}" for i in range(3)),
                *(
                    f"{statistics.median(turn[2].per_second / turn[i].per_second for turn in turns):.2f}"
                    for i in (0, 1)
                ),
            ]
        )
    print(f"{describe_machine()} - {Path(arguments.source).name}, {arguments.runs} runs in turn\n")
    print_table(
        [
            "model",
            *("file cpu ms", "graph cpu ms", "run cpu ms", "share of file", "share of graph"),
            *("file fps", "graph fps", "run fps", "share of file by clock", "share of graph by clock"),
        ],
        rows,
    )


if __name__ == "__main__":
    main()
