"""Whole runs of the command at many sizes: length, models, sources, size of the picture, number of boxes.

Each run is a process of its own; its processor time and its most resident memory are those that the system counted.
What must not hide how the rest grows, the network, is one that answers at once: boxes that stand in the file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
import onnx
from growth import Axis, Cost
from onnx import TensorProto, helper, numpy_helper

_INPUT_PX = 64
_FEW_BOXES = 5
_FRAMES_OF_BOXES = 40
_FRAMES_OF_MODELS = _FRAMES_OF_SOURCES = 100
_FRAMES_OF_SIZES = 30
_REAL_MODEL = "efficientnet-lite0-int8"
_CLIP_WH = (160, 96)
# Source: the usual names and sizes of pictures, QVGA to 8K UHD
_PICTURES_WH = {
    320 * 240: (320, 240),
    640 * 480: (640, 480),
    1280 * 720: (1280, 720),
    1920 * 1080: (1920, 1080),
    3840 * 2160: (3840, 2160),
    7680 * 4320: (7680, 4320),
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where models and clips for the runs are made.

    Attributes:
        folder: an empty folder.
    """

    folder: Path

    def fixed_boxes(self, count: int) -> Path:
        """A detector that gives the same boxes for every picture, about a third of which they cover together."""
        path = self.folder / f"boxes-{count}.onnx"
        if not path.exists():
            onnx.save(_fixed_boxes(count), path)
            path.with_suffix(".json").write_text(json.dumps(_card(path.stem)), encoding="utf-8")
        return path

    def copy_of(self, name: str, number: int) -> Path:
        """The n-th copy of a shipped model, under a name of its own."""
        from vision_app.resources import models_dir

        path = self.folder / f"{name}-{number}.onnx"
        if not path.exists():
            path.symlink_to(models_dir() / f"{name}.onnx")
            card = json.loads((models_dir() / f"{name}.json").read_text(encoding="utf-8"))
            path.with_suffix(".json").write_text(json.dumps({**card, "name": path.stem}), encoding="utf-8")
        return path

    def clip(self, frames: int) -> Path:
        """An H.264 clip of so many small frames."""
        path = self.folder / f"clip-{frames}.mp4"
        if not path.exists():
            _write_clip(path, frames)
        return path

    def run(self, *arguments: str) -> Cost:
        """The command, as a user runs it, without what it prints."""
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "vision_app", "run", "--quiet", "--overwrite", *arguments]
        began_s = time.perf_counter()
        process = subprocess.Popen(command, cwd=out)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began_s
        process.returncode = os.waitstatus_to_exitcode(status)
        for path in out.iterdir():
            path.unlink()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed with {process.returncode}")
        return Cost(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss * 1024 / 1e6)


def axes(folder: Path) -> list[Axis]:
    """All axes of whole runs."""
    shop = Workshop(folder)
    return [_length(shop), _boxes(shop), _models(shop), _sources(shop), _pictures(shop)]


def _length(shop: Workshop) -> Axis:
    def run(more: Sequence[str], frames: int, *, from_file: bool = False) -> Cost:
        source = str(shop.clip(frames)) if from_file else "synthetic:320x240"
        model = str(shop.fixed_boxes(_FEW_BOXES))
        return shop.run(
            *("--source", source, "--model", model, "--max-frames", str(frames)),
            *("--json", "r.jsonl", "--summary", "s.json", *more),
        )

    return Axis(
        "length",
        "frames",
        (10, 100, 1_000, 10_000, 100_000),
        (10, 100, 1_000, 4_000),
        {
            "JSON lines": partial(run, ()),
            "with tracking": partial(run, ("--track",)),
            "from an H.264 file": partial(run, (), from_file=True),
            "with recording": partial(run, ("--save", "a.mp4")),
        },
        f"synthetic 320 x 240 (the file {_CLIP_WH[0]} x {_CLIP_WH[1]}), {_FEW_BOXES} boxes a frame",
    )


def _boxes(shop: Workshop) -> Axis:
    def run(more: Sequence[str], boxes: int) -> Cost:
        return shop.run(
            *("--source", "synthetic:1280x720", "--max-frames", str(_FRAMES_OF_BOXES), "--json", "r.jsonl"),
            *("--model", str(shop.fixed_boxes(boxes)), "--max-det", str(boxes), *more),
        )

    return Axis(
        "boxes",
        "boxes a frame",
        (1, 3, 10, 30, 100, 300, 1_000, 3_000),
        (1, 30, 300, 1_000, 3_000),
        {
            "JSON lines": partial(run, ()),
            "with tracking": partial(run, ("--track",)),
            "tracked, drawn, recorded": partial(run, ("--track", "--save", "a.mp4")),
        },
        f"whole runs of {_FRAMES_OF_BOXES} frames, synthetic 1280 x 720",
    )


def _models(shop: Workshop) -> Axis:
    def run(make: str, models: int) -> Cost:
        paths = [
            shop.copy_of(_REAL_MODEL, i) if make == "classifier" else shop.fixed_boxes(_FEW_BOXES + i)
            for i in range(models)
        ]
        asked = [part for path in paths for part in ("--model", str(path))]
        frames = str(_FRAMES_OF_MODELS)
        return shop.run("--source", "synthetic:640x360", "--max-frames", frames, "--json", "r.jsonl", *asked)

    return Axis(
        "models",
        "models in one run",
        (1, 2, 3, 4, 6, 8),
        (1, 2, 4, 8),
        {_REAL_MODEL: partial(run, "classifier"), "boxes that stand in the file": partial(run, "boxes")},
        f"whole runs of {_FRAMES_OF_MODELS} frames, synthetic 640 x 360",
    )


def _sources(shop: Workshop) -> Axis:
    def run(model: str, more: Sequence[str], sources: int) -> Cost:
        asked = [part for i in range(sources) for part in ("--source", f"synthetic:{640 + 2 * i}x360")]
        name = str(shop.fixed_boxes(_FEW_BOXES)) if model == "boxes" else model
        frames = str(_FRAMES_OF_SOURCES)
        return shop.run(*asked, "--max-frames", frames, "--model", name, "--json", "r.jsonl", *more)

    return Axis(
        "sources",
        "sources in one run",
        (1, 2, 4, 8, 16),
        (1, 4, 8, 16),
        {
            _REAL_MODEL: partial(run, _REAL_MODEL, ()),
            "boxes that stand in the file, tracked": partial(run, "boxes", ("--track",)),
        },
        f"whole runs of {_FRAMES_OF_SOURCES} frames of each source, about 640 x 360",
    )


def _pictures(shop: Workshop) -> Axis:
    def run(model: str, more: Sequence[str], pixels: int) -> Cost:
        width, height = _PICTURES_WH[pixels]
        name = str(shop.fixed_boxes(100)) if model == "boxes" else model
        source = f"synthetic:{width}x{height}"
        frames = str(_FRAMES_OF_SIZES)
        return shop.run(
            "--source", source, "--max-frames", frames, "--model", name, "--json", "r.jsonl", *more
        )

    sizes = tuple(_PICTURES_WH)
    return Axis(
        "pictures",
        "pixels of the picture",
        sizes,
        sizes[:5],
        {
            "classifier (antialiased)": partial(run, _REAL_MODEL, ()),
            "detector": partial(run, "boxes", ()),
            "100 boxes drawn, recorded": partial(run, "boxes", ("--save", "a.mp4")),
        },
        f"whole runs of {_FRAMES_OF_SIZES} frames, 320 x 240 to 7680 x 4320",
    )


def _fixed_boxes(count: int) -> onnx.ModelProto:
    """A graph whose output (1, 5, N) is always the same, and seems to depend on the picture."""
    rng = np.random.default_rng(count)
    side = _INPUT_PX * 0.58 / np.sqrt(count)
    centres = rng.uniform(side / 2, _INPUT_PX - side / 2, (2, count))
    # the picture lies letterboxed in the square: keep to its middle
    centres[1] = _INPUT_PX / 2 + (centres[1] - _INPUT_PX / 2) * 0.5
    sides = np.full((2, count), side) * (1.0, 0.5)[0]
    scores = rng.uniform(0.5, 0.95, (1, count))
    boxes = np.concatenate([centres, sides, scores])[None].astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
            helper.make_node("Add", ["boxes", "zero"], ["output0"]),
        ],
        "fixed boxes",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, _INPUT_PX, _INPUT_PX))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, boxes.shape)],
        [
            numpy_helper.from_array(boxes, "boxes"),
            numpy_helper.from_array(np.zeros((), np.float32), "nothing"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _card(name: str) -> dict[str, object]:
    return {
        "schema": 1,
        "name": name,
        "title": name,
        "task": "detect",
        "licence": "Apache-2.0",
        "input": {
            "size_hw": [_INPUT_PX, _INPUT_PX],
            "layout": "NCHW",
            "colour": "BGR",
            "scale": 1.0,
            "resize": "letterbox-centre",
            "interpolation": "bilinear",
            "antialias": False,
            "pad": 114,
            "stride": 32,
        },
        "output": {"layout": "yolo-v8", "activation": "none", "conf": 0.25, "iou": 0.7},
        "labels": ["thing"],
    }


def _write_clip(path: Path, frames: int) -> None:
    width, height = _CLIP_WH
    rng = np.random.default_rng(0)
    pictures = [
        av.VideoFrame.from_ndarray(
            np.kron(
                rng.integers(0, 255, (height // 16, width // 16, 3), np.uint8), np.ones((16, 16, 1), np.uint8)
            ),
            format="bgr24",
        )
        for _ in range(8)
    ]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "30"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            picture = pictures[number // 15 % len(pictures)]
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
