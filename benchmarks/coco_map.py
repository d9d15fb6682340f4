"""COCO average precision of the engine, beside ultralytics on the same ONNX file.

    python benchmarks/coco_map.py MODEL.onnx... [--data FOLDER] [--no-peer] [--rectangle]

FOLDER holds `coco/images` and `coco/instances.json`; without it VISION_APP_TEST_DATA tells where `data` lies.
Needs pycocotools, and ultralytics (extra `export`) for the peer's column. Prints a Markdown table.
Ultralytics is measured in two ways: `predict`, one class a box, and `val`, every class of a box as in its
published figures; the engine with `multi_label` off and on. `--rectangle` adds the engine with wide and high pictures
as wide and high inputs, and what share of the square's work that is.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision_app.engine.predictors import load_model
from vision_app.results.values import Detections, ImageU8
from vision_app.tasks import TaskOptions

CONF = 0.001
DEFAULT_IOU = 0.7
MAX_DET = 300

Detector = Callable[[ImageU8], Detections]


@dataclass(frozen=True, slots=True)
class Precision:
    """AP over IoU 0.5 to 0.95, and at 0.5, both from 0 to 100."""

    ap: float
    ap50: float


class CocoSubset:
    """Images with their truth.

    Args:
        folder: holds `images` and `instances.json`.
    """

    def __init__(self, folder: Path) -> None:
        from pycocotools.coco import COCO

        with contextlib.redirect_stdout(io.StringIO()):
            self._truth = COCO(str(folder / "instances.json"))
        self.folder = folder
        self.category_ids: list[int] = sorted(self._truth.getCatIds())
        self.images: list[dict[str, Any]] = self._truth.loadImgs(sorted(self._truth.getImgIds()))

    def evaluate(self, found: list[dict[str, Any]]) -> Precision:
        """Precision of detections in COCO's result format."""
        from pycocotools.cocoeval import COCOeval

        if not found:
            return Precision(0.0, 0.0)
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(self._truth, self._truth.loadRes(found), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return Precision(100 * float(evaluation.stats[0]), 100 * float(evaluation.stats[1]))

    def measure(self, detect: Detector) -> Precision:
        """Precision of a detector whose class ids are COCO's 80 in order."""
        found = []
        for image in self.images:
            picture = cv2.imread(str(self.folder / "images" / image["file_name"]))
            if picture is None:
                raise SystemExit(f"{image['file_name']}: cannot be read")
            result = detect(picture.astype(np.uint8, copy=False))
            for box, score, class_id in zip(result.xyxy, result.scores, result.class_ids, strict=True):
                x1, y1, x2, y2 = (float(v) for v in box)
                found.append(
                    {
                        "image_id": image["id"],
                        "category_id": self.category_ids[int(class_id)],
                        "bbox": [x1, y1, x2 - x1, y2 - y1],
                        "score": float(score),
                    }
                )
        return self.evaluate(found)

    def write_yolo_labels(self, folder: Path) -> None:
        """The truth as ultralytics wants it: one text file an image; images are linked to."""
        (folder / "images").mkdir()
        (folder / "labels").mkdir()
        for image in self.images:
            source = (self.folder / "images" / image["file_name"]).resolve()
            (folder / "images" / source.name).symlink_to(source)
            lines = []
            for note in self._truth.loadAnns(self._truth.getAnnIds(imgIds=image["id"], iscrowd=False)):
                x, y, w, h = note["bbox"]
                centre = np.array([x + w / 2, y + h / 2, w, h]) / np.tile(
                    [image["width"], image["height"]], 2
                )
                class_id = self.category_ids.index(note["category_id"])
                lines.append(" ".join([str(class_id), *(f"{v:.6f}" for v in centre)]))
            (folder / "labels" / f"{source.stem}.txt").write_text("\n".join(lines), encoding="utf-8")


def measure_engine(
    subset: CocoSubset, model: Path, iou: float, *, multi_label: bool, rectangle: bool = False
) -> Precision:
    options = TaskOptions(conf=CONF, iou=iou, max_det=MAX_DET, multi_label=multi_label, rectangle=rectangle)
    loaded = load_model(str(model), options)

    def detect(picture: ImageU8) -> Detections:
        result, _ = loaded.predict(picture)
        assert isinstance(result, Detections)
        return result

    return subset.measure(detect)


def share_of_square(subset: CocoSubset, model: Path) -> float:
    """Mean share of the square's area that the images have as rectangles."""
    loaded = load_model(str(model), TaskOptions(rectangle=True))
    height, width = loaded.card.input.size_hw
    areas = []
    for image in subset.images:
        blank = np.zeros((image["height"], image["width"], 3), np.uint8)
        areas.append(np.prod(loaded.prepare(blank)[0].shape[-2:]) / (height * width))
    return float(np.mean(areas))


def measure_peer_predict(subset: CocoSubset, model: Path, size: int, iou: float) -> Precision:
    from peers import UltralyticsPeer

    peer = UltralyticsPeer(model, size)
    return subset.measure(lambda picture: peer.detect(picture, conf=CONF, iou=iou, max_det=MAX_DET))


def measure_peer_val(subset: CocoSubset, model: Path, size: int, iou: float) -> Precision:
    """Ultralytics' own evaluation run; its boxes are counted by pycocotools like all others."""
    from peers import quiet

    with quiet(), tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
        from ultralytics import YOLO

        folder = Path(name)
        subset.write_yolo_labels(folder)
        labels = dict(enumerate(load_model(str(model)).card.labels))
        data = {"path": str(folder), "train": "images", "val": "images", "names": labels}
        (folder / "data.yaml").write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML
        YOLO(str(model), task="detect").val(
            data=str(folder / "data.yaml"),
            imgsz=size,
            conf=CONF,
            iou=iou,
            max_det=MAX_DET,
            batch=1,
            device="cpu",
            save_json=True,
            plots=False,
            verbose=False,
            project=str(folder),
            name="val",
        )
        found = json.loads((folder / "val" / "predictions.json").read_text(encoding="utf-8"))
    # it numbers the classes of any data set but COCO itself from 1
    return subset.evaluate([{**f, "category_id": subset.category_ids[f["category_id"] - 1]} for f in found])


def rows(subset: CocoSubset, model: Path, *, with_peer: bool, with_rectangle: bool = False) -> list[str]:
    """Rows of the table for one model."""
    card = load_model(str(model)).card
    iou = DEFAULT_IOU if card.output.iou is None else card.output.iou
    if card.output.layout == "yolox":
        iou = 0.65  # of YOLOX's own evaluation
    size = max(card.input.size_hw)
    with_peer = with_peer and card.output.layout != "yolox"
    lines = []
    for multi_label, way, measure in (
        (False, "best class of a box (`predict`)", measure_peer_predict),
        (True, "every class of a box (`val`)", measure_peer_val),
    ):
        ours = measure_engine(subset, model, iou, multi_label=multi_label)
        cells = [model.stem, way, f"{iou:g}", f"{ours.ap:.2f}", f"{ours.ap50:.2f}"]
        if with_peer:
            peer = measure(subset, model, size, iou)
            cells += [f"{peer.ap:.2f}", f"{peer.ap50:.2f}", f"{ours.ap - peer.ap:+.2f}"]
        else:
            cells += ["-", "-", "-"]
        lines.append(f"| {' | '.join(cells)} |")
        if with_rectangle:
            ours = measure_engine(subset, model, iou, multi_label=multi_label, rectangle=True)
            share = f"rectangles, {100 * share_of_square(subset, model):.0f} % of the area"
            cells = [model.stem, f"{way}, {share}", f"{iou:g}", f"{ours.ap:.2f}", f"{ours.ap50:.2f}"]
            lines.append(f"| {' | '.join([*cells, '-', '-', '-'])} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="COCO average precision beside ultralytics")
    parser.add_argument("models", nargs="+", type=Path, help=".onnx files")
    parser.add_argument("--data", type=Path, help="folder that holds coco/images and coco/instances.json")
    parser.add_argument("--rectangle", action="store_true", help="measure wide pictures as wide inputs, too")
    parser.add_argument("--no-peer", action="store_true", help="leave ultralytics out")
    arguments = parser.parse_args()
    data = arguments.data
    if data is None:
        if "VISION_APP_TEST_DATA" not in os.environ:
            parser.error("--data or VISION_APP_TEST_DATA has to tell where the images are")
        data = Path(os.environ["VISION_APP_TEST_DATA"]) / "data"
    subset = CocoSubset(data / "coco")
    print(f"{len(subset.images)} images, conf {CONF}, at most {MAX_DET} boxes an image")
    print()
    print("| model | way | NMS IoU | AP | AP50 | ultralytics AP | AP50 | difference of AP |")
    print("|---|---|---|---|---|---|---|---|")
    for model in arguments.models:
        for line in rows(subset, model, with_peer=not arguments.no_peer, with_rectangle=arguments.rectangle):
            print(line, flush=True)


if __name__ == "__main__":
    main()
