"""The networks whose throughput is compared with ultralytics, each in three files.

    python benchmarks/detectors.py FOLDER --data COCO [--recipes yolo11n,yolov8n] [--size 640] [--frames 32]

NAME.onnx in float32, which both programs run, NAME-int8.onnx as this program's `models quantize` makes it with all
layers in 8 bits, and NAME-ultralytics-int8.onnx by ultralytics' own export with `quantize=8`. All three have the same
weights. They are built from ultralytics' YAML with random weights, so their answers are about nothing: only their speed
is compared, and how much an INT8 version agrees is not asked. COCO holds `images` and `instances.json`; both calibrate
on its pictures. Needs the extra `export` and pycocotools.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
from coco_map import CocoSubset
from peers import build_onnx

from vision_app.cards.card import card_as_json
from vision_app.cards.lookup import find_model
from vision_app.engine.build import Pool
from vision_app.quantise.frames import collect
from vision_app.quantise.network import Network, placement_for
from vision_app.results.values import ImageU8

_TUNED_ON = 8


def pictures(subset: CocoSubset) -> list[ImageU8]:
    """A few pictures on which the scores of the random network are tuned."""
    paths = [subset.folder / "images" / image["file_name"] for image in subset.images[:_TUNED_ON]]
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in paths]


def in_float(recipe: str, folder: Path, subset: CocoSubset, size: int) -> Path:
    """The float32 file."""
    path = folder / f"{recipe}.onnx"
    return path if path.exists() else build_onnx(f"{recipe}.yaml", folder, pictures(subset), size)


def by_ultralytics(recipe: str, folder: Path, subset: CocoSubset, size: int) -> Path:
    """The INT8 file of ultralytics, calibrated on the whole subset."""
    path = folder / f"{recipe}-ultralytics-int8.onnx"
    if not path.exists():
        with tempfile.TemporaryDirectory() as name:
            data = Path(name) / "data"
            data.mkdir()
            subset.write_yolo_labels(data)
            names = dict(enumerate(map(str, subset.category_ids)))
            told = {"path": str(data), "train": "images", "val": "images", "names": names}
            (data / "data.yaml").write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML
            made = build_onnx(
                f"{recipe}.yaml",
                Path(name),
                pictures(subset),
                size,
                quantize=8,
                data=str(data / "data.yaml"),
            )
            made.replace(path)
    return path


def by_this_program(recipe: str, folder: Path, subset: CocoSubset, frames: int) -> Path:
    """The INT8 file that `models quantize` makes first, all layers in 8 bits; whether it agrees is not asked."""
    path = folder / f"{recipe}-int8.onnx"
    if not path.exists():
        original = Pool().get(find_model(str(folder / f"{recipe}.onnx")), "cpu")
        found = collect(str(subset.folder / "images"), frames, 20.0, print).calibration
        with tempfile.TemporaryDirectory() as name:
            network = Network(
                original.session.path,
                lambda: (original.prepare(image)[0].copy() for image in found),
                Path(name),
                placement_for("cpu"),
            )
            network.write(path)
        card = dataclasses.replace(original.card, name=path.stem)
        path.with_suffix(".json").write_text(card_as_json(card), encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="holds images and instances.json")
    parser.add_argument("--recipes", default="yolo11n,yolov8n")
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--frames", type=int, default=32, help="to calibrate `models quantize` on")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    subset = CocoSubset(asked.data.resolve())
    for recipe in asked.recipes.split(","):
        for path in (
            in_float(recipe, folder, subset, asked.size),
            by_ultralytics(recipe, folder, subset, asked.size),
            by_this_program(recipe, folder, subset, asked.frames),
        ):
            print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)", flush=True)


if __name__ == "__main__":
    main()
