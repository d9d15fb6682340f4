"""Time per frame outside `session.run`, stage by stage, on one core.

    python benchmarks/overhead.py [--source assets/demo.mp4] [--model efficientnet-lite0] [--frames 300]

Reads, prepares, decodes and draws exactly as a headless run does, with one worker, so that no stage waits for
another; with --save the video is encoded as well, which the budget of 4 ms does not count.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from machine import describe_machine, print_table

from vision_app.config import RunSettings
from vision_app.headless import HeadlessRun
from vision_app.resources import demo_clip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=str(demo_clip()))
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--save", help="also write this annotated video")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    settings = RunSettings(
        source=arguments.source,
        model=(arguments.model,),
        max_frames=arguments.frames,
        workers=1,
        save=arguments.save,
        json=os.devnull,
        overwrite=True,
        policy="every",
    )
    run = HeadlessRun(settings, print)
    run.start()
    run.join()
    stages = run.summary()["stages_ms"]
    print(describe_machine(), "- pinned to one core\n")
    print_table(["stage", "p50 ms", "p95 ms"], [[name, s["p50"], s["p95"]] for name, s in stages.items()])
    outside = sum(s["p50"] for name, s in stages.items() if name not in ("infer", "write"))
    print(
        f"\noutside session.run, p50: {outside:.2f} ms without writing, {outside + stages['write']['p50']:.2f} ms with"
    )


if __name__ == "__main__":
    main()
