"""Frames a second of this engine and of `ultralytics predict` on the same ONNX file, clip and machine.

    python benchmarks/throughput.py --model yolo11n.onnx [--source assets/demo.mp4] [--runs 5] [--save]

Needs the extra `export`. The two run in turn, each run a process of its own. The rate counts from the first
result to the last, so that loading (which `startup.py` measures) is in neither figure. With --save both write
the annotated video. Both get the same thresholds, and the numbers of boxes are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import describe_machine, print_table

from vision_app.resources import demo_clip

_OURS = """
import json, sys, time
from vision_app.headless.settings import load_settings
from vision_app.headless.run import HeadlessRun
model, source, out, save, frames = sys.argv[1:6]
s = load_settings({"source": source, "model": [model], "max_frames": frames, "conf": "0.25", "iou": "0.7",
                   "json": out + "/r.jsonl"} | ({"save": out + "/a.mp4"} if save == "1" else {}))
run = HeadlessRun(s, print); run.start()
pipeline = run.streams[0].pipeline
run.join()
first = pipeline.stats.first_result_s
boxes = sum(len(json.loads(l)["results"][0]["detections"]) for l in open(out + "/r.jsonl"))
n = pipeline.stats.frames
print(json.dumps({"frames": n, "fps": (n - 1) / (pipeline.stats.elapsed_s - first), "boxes": boxes}))
"""

_PEER = """
import json, sys, time
from ultralytics import YOLO
model, source, out, save, frames = sys.argv[1:6]
yolo = YOLO(model, task="detect")
n = boxes = 0
first = None
for r in yolo.predict(source, stream=True, conf=0.25, iou=0.7, device="cpu", verbose=False,
                      save=save == "1", project=out, name="p"):
    first = first or time.perf_counter()
    n += 1
    boxes += len(r.boxes)
    if n == int(frames):
        break
print(json.dumps({"frames": n, "fps": (n - 1) / (time.perf_counter() - first), "boxes": boxes}))
"""


def one_run(code: str, arguments: argparse.Namespace) -> dict[str, float]:
    """Run one side in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "YOLO_OFFLINE": "true",
            "YOLO_AUTOINSTALL": "false",
            "OPENBLAS_NUM_THREADS": "1",
        }
        save = "1" if arguments.save else "0"
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                code,
                arguments.model,
                arguments.source,
                folder,
                save,
                str(arguments.frames),
            ],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--source", default=str(demo_clip()))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    arguments.model = str(Path(arguments.model).resolve())
    figures: dict[str, list[dict[str, float]]] = {"vision_app": [], "ultralytics": []}
    for _ in range(arguments.runs):
        figures["vision_app"].append(one_run(_OURS, arguments))
        figures["ultralytics"].append(one_run(_PEER, arguments))
    ratios = [a["fps"] / b["fps"] for a, b in zip(*figures.values(), strict=True)]
    saving = "with" if arguments.save else "without"
    print(
        f"{describe_machine()} - {Path(arguments.model).name}, {Path(arguments.source).name}, {saving} saving\n"
    )
    rows = [
        [
            name,
            f"{statistics.median(r['fps'] for r in runs):.1f}",
            ", ".join(f"{r['fps']:.1f}" for r in runs),
            int(runs[0]["frames"]),
            int(runs[0]["boxes"]),
        ]
        for name, runs in figures.items()
    ]
    print_table(["program", "median fps", "runs", "frames", "boxes"], rows)
    print(
        f"\nratio, median of pairs: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
