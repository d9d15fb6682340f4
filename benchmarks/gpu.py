"""One table of what a GPU brings: the check list for a machine that has one, five minutes in all.

    python benchmarks/gpu.py [--models A,B] [--providers cpu,cuda,tensorrt] [--frames 120] [--minutes 5]

Each model runs on each provider in a process of its own: the provider that is really used, time to load (TensorRT
builds its engine then), median and 95 % of the network alone, frames a second live and from a file, and how far the
outputs are from those of the CPU provider. A provider that cannot be had has a row that says why. Models are taken in
turn until the minutes are over; what was not reached is said. Needs the extra `gpu` (and TensorRT for its column).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from machine import describe_machine, print_table

from vision_app.bench.rows import Row
from vision_app.bench.running import Plan, run_bench
from vision_app.cards.asking import TaskOptions
from vision_app.cards.lookup import find_model
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import VisionError
from vision_app.graph.rewrites.proving import difference
from vision_app.resources import demo_clip
from vision_app.sources import open_source

MODELS = (
    "nanodet-g",
    "nanodet-g-int8",
    "efficientnet-lite0",
    "sketch-yolo",
    "movenet-multipose",
    "sketch-vit",
)
PROVIDERS = ("cpu", "cuda", "tensorrt")
TITLES = (
    "model",
    "provider",
    "used",
    "load ms",
    "p50 ms",
    "p95 ms",
    "fps live",
    "fps file",
    "outputs differ by",
)


def apart(model: str, provider: str) -> str:
    """The largest difference of the outputs for one frame of the demo clip from those of the CPU, or why not known."""
    with open_source(str(demo_clip())) as source:
        frame = source.read()
    assert frame is not None
    try:
        both = [
            LoadedModel(find_model(model), TaskOptions(no_rewrite=True), name) for name in ("cpu", provider)
        ]
        answers = [one.session.run(one.feeds(frame.image), one.read_names) for one in both]
    except VisionError as error:
        return str(error)
    pairs = zip(answers[0].values(), answers[1].values(), strict=True)
    return f"{max(difference(np.asarray(a), np.asarray(b)) for a, b in pairs):.1e}"


def cells(row: Row, asked: str, far: str) -> list[str]:
    """A row of the table; of a provider that cannot be had, the reason."""
    if row.error:
        return [row.name, asked, row.error, *["-"] * (len(TITLES) - 3)]
    figures = (row.load_ms, row.infer_p50_ms, row.infer_p95_ms, row.fps_live, row.fps_file)
    shown = ["-" if value is None else f"{value:.1f}" for value in figures]
    used = row.provider.split(": ")[-1].replace("ExecutionProvider", "")
    return [row.name, asked, used, *shown, far]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--providers", default=",".join(PROVIDERS))
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--minutes", type=float, default=5.0)
    arguments = parser.parse_args()
    models, providers = arguments.models.split(","), arguments.providers.split(",")
    ends_s = time.monotonic() + 60 * arguments.minutes
    table, left = [], []
    for model in models:
        if time.monotonic() > ends_s:
            left.append(Path(model).name)
            continue
        for provider in providers:
            (row,) = run_bench(Plan((model,), None, (provider,), arguments.frames), lambda _: None)
            far = "-" if row.error or provider == "cpu" else apart(model, provider)
            table.append(cells(row, provider, far))
    print(f"{describe_machine()}\n")
    print_table(TITLES, table)
    if left:
        print(f"\nnot reached in {arguments.minutes:g} minutes: {', '.join(left)}")


if __name__ == "__main__":
    main()
