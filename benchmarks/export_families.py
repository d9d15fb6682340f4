"""Every family of networks, exported with random weights and run through the real engine on the demo clip.

    pip install -e '.[cpu,export]'
    python benchmarks/export_families.py [LIBRARY:MODEL ...] > docs/benchmarks-export.md

Needs no connection. Each model is deleted once it is measured. The difference is between the raw outputs of the
engine and the library's own forward on the tensors that the engine makes of the frames.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from machine import describe_machine, print_table

from vision_app.engine.predictors import LoadedModel, load_model
from vision_app.exporting import LIBRARIES, Exported, ExportRequest, export_model
from vision_app.exporting.base import BuildOrder, Built
from vision_app.exporting.comparing import compare
from vision_app.exporting.pictures import pictures
from vision_app.resources import demo_clip
from vision_app.results.values import ImageU8
from vision_app.runtime import ThreadPolicy

MODELS = {
    "torchvision": "alexnet vgg11 vgg16 vgg19 resnet18 resnet50 resnet101 googlenet inception_v3 efficientnet_b0 "
    "efficientnet_v2_s vit_b_16 swin_t maxvit_t",
    "timm": "vit_tiny_patch16_224 deit_small_patch16_224 mobilevit_s levit_128s coatnet_0_rw_224 convit_tiny",
    "ultralytics": "yolov5nu yolov8n yolo11n yolo26n rtdetr-l yolo11n-cls yolo11n-seg yolo11n-pose",
}
FRAMES = 8
RUNS = 7
HEADER = ("family", "model", "task", "export s", "file MB", "check", "engine", "latency ms")
LEGEND = """\
Random weights, seed 0. **export s**: building, writing, comparing, counting, registering; the import of the library
is in the first model of each. **check**: largest difference between ONNX Runtime and the library that `models export`
found (eight frames and a batch of two; refused above 1e-3). **engine**: the same between the engine's raw output and
the library's forward on the tensors that the engine makes of those frames, at its own input size; for models of fixed
size both columns are therefore the same numbers. Boxes and key points count as shares of the input's side.
**latency**: median of whole predictions of one frame, all cores. Made by `benchmarks/export_families.py`."""


@dataclasses.dataclass(frozen=True)
class Row:
    """What was measured of one model."""

    exported: Exported
    engine_difference: float
    latency_ms: float

    def cells(self, reference: str) -> tuple[str, ...]:
        """The row of the table."""
        card = self.exported.card
        return (
            card.family,
            reference,
            card.task,
            f"{sum(self.exported.seconds.values()):.1f}",
            f"{self.exported.bytes / 1e6:.1f}",
            f"{self.exported.max_difference:.1e}",
            f"{self.engine_difference:.1e}",
            f"{self.latency_ms:.1f}",
        )


def measure(reference: str, folder: Path, frames: list[ImageU8]) -> Row:
    """Export one model and run it."""
    library = LIBRARIES[reference.partition(":")[0]]
    built: list[Built] = []

    def build(order: BuildOrder) -> Built:
        built.append(library.build(order))
        return built[0]

    remembering = {library.name: dataclasses.replace(library, build=build)}
    request = ExportRequest(reference, random_weights=True, folder=folder)
    exported = export_model(request, lambda _: None, remembering)
    run_the_command(exported.path)
    model = load_model(str(exported.path), provider="cpu", threads=ThreadPolicy())
    tensors = [model._task.prepare(frame)[0].copy() for frame in frames]
    return Row(exported, compare(model.session, built[0], tensors).largest, latency_ms(model, frames[-1]))


def run_the_command(path: Path) -> None:
    """`vision-app --source` gives a result for every frame."""
    command = [sys.executable, "-m", "vision_app", "--source", str(demo_clip()), "--model", str(path)]
    command += ["--max-frames", str(FRAMES), "--json", "-", "--no-save", "--quiet"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    if len(records) != FRAMES or not all(r["results"] for r in records):
        raise SystemExit(f"{path.name}: the engine gave {len(records)} results of {FRAMES}")


def latency_ms(model: LoadedModel, frame: ImageU8) -> float:
    """Median of whole predictions, preparing and decoding included."""
    model.predict(frame)
    spent = []
    for _ in range(RUNS):
        started = time.perf_counter()
        model.predict(frame)
        spent.append(time.perf_counter() - started)
    return 1e3 * median(spent)


def every_reference() -> Iterator[str]:
    for library, models in MODELS.items():
        yield from (f"{library}:{model}" for model in models.split())


def main() -> None:
    frames = list(pictures(None, lambda message: print(message, file=sys.stderr)))
    rows = []
    for reference in sys.argv[1:] or list(every_reference()):
        with tempfile.TemporaryDirectory() as folder:
            row = measure(reference, Path(folder), frames)
        print(*row.cells(reference), sep="  ", file=sys.stderr, flush=True)
        rows.append(row.cells(reference))
    print(f"# Every family, exported and run\n\n{describe_machine()}\n\n{LEGEND}\n")
    print_table(HEADER, rows)


if __name__ == "__main__":
    main()
