"""What is lost, and what is saved, when the detector looks at every k-th frame and the tracks fill the gaps.

    python benchmarks/detect_every.py CLIP... [--model nanodet-g-int8] [--every 2 3 5 auto] [--frames 600]

The run that looks at every frame is the truth: its boxes for the average precision (IoU 0.5, each class by itself), its
ids for IDF1. So the figures say how far the others are from it, not how good the model is. They count frames whose
boxes are expected and those that were looked at alike. Needs pycocotools (extra `dev`).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe_machine, print_table
from numpy.typing import NDArray

from vision_app.engine.assignment import best_pairs
from vision_app.headless.run import HeadlessRun
from vision_app.headless.settings import load_settings
from vision_app.tasks.nms import iou_one_to_many

Records = list[list[dict[str, Any]]]


def run(model: str, clip: str, every: str, frames: int) -> tuple[Records, Mapping[str, Any]]:
    """The objects of each frame, and the summary."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "r.jsonl"
        given = {
            "source": clip,
            "model": [model],
            "track": True,
            "json": str(lines),
            "max_frames": str(frames),
        }
        settings = load_settings(given | ({"detect_every": every} if every != "1" else {}))
        headless = HeadlessRun(settings, print)
        headless.start()
        headless.join()
        text = lines.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["results"][0]["detections"] for line in text], headless.summary()


def boxes_of(objects: Iterable[Mapping[str, Any]]) -> NDArray[np.float32]:
    return np.array([one["box"] for one in objects], np.float32).reshape(-1, 4)


def idf1(truth: Records, found: Records) -> float:
    """IDF1 of the ids.

    Source: Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", 2016.
    """
    both: dict[tuple[int, int], int] = {}
    counts: list[dict[int, int]] = [{}, {}]
    for frame_truth, frame_found in zip(truth, found, strict=True):
        sides = [
            [one for one in frame if one["track_id"] is not None] for frame in (frame_truth, frame_found)
        ]
        for side, count in zip(sides, counts, strict=True):
            for one in side:
                count[one["track_id"]] = count.get(one["track_id"], 0) + 1
        for one in sides[0]:
            overlaps = iou_one_to_many(np.array(one["box"], np.float32), boxes_of(sides[1]))
            for j in np.flatnonzero(overlaps >= 0.5):
                pair = one["track_id"], sides[1][j]["track_id"]
                both[pair] = both.get(pair, 0) + 1
    pairs = np.array(list(both), np.int64).reshape(-1, 2)
    worth = np.array(list(both.values()), np.float64)
    right = float(worth[best_pairs(pairs[:, 0], pairs[:, 1], worth)].sum())
    whole = sum(counts[0].values()) + sum(counts[1].values())
    return 2 * right / whole if whole else 1.0


def ap50(truth: Records, found: Records) -> float:
    """Average precision at an IoU of 0.5, mean of the classes."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def rows(records: Records, **more: Any) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for frame, objects in enumerate(records, start=1):
            for one in objects:
                x1, y1, x2, y2 = one["box"]
                box = [x1, y1, x2 - x1, y2 - y1]
                made.append(
                    {
                        "id": len(made) + 1,
                        "image_id": frame,
                        "category_id": one["class_id"] + 1,
                        "bbox": box,
                        "area": box[2] * box[3],
                        "score": one["score"],
                        **more,
                    }
                )
        return made

    known = rows(truth, iscrowd=0)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i + 1} for i in range(len(truth))],
            "categories": [{"id": i} for i in sorted({row["category_id"] for row in known})],
            "annotations": known,
        }
        coco.createIndex()
        judged = COCOeval(coco, coco.loadRes(rows(found)), "bbox")
        judged.params.iouThrs = np.array([0.5])
        judged.evaluate()
        judged.accumulate()
    precision = judged.eval["precision"][0, :, :, 0, -1]
    return float(precision[precision > -1].mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--model", default="nanodet-g-int8")
    parser.add_argument("--every", nargs="+", default=["2", "3", "5", "auto"])
    parser.add_argument("--frames", type=int, default=600)
    arguments = parser.parse_args()
    print(describe_machine())
    rows = []
    for clip in arguments.clips:
        truth, whole = run(arguments.model, clip, "1", arguments.frames)
        for every in arguments.every:
            found, summary = run(arguments.model, clip, every, arguments.frames)
            rows.append(
                (
                    Path(clip).name,
                    every,
                    f"{summary.get('expected', 0) / summary['frames']:.0%}",
                    f"{summary['fps'] / whole['fps']:.2f}",
                    f"{ap50(truth, found):.3f}",
                    f"{idf1(truth, found):.3f}",
                )
            )
    print_table(("clip", "every", "frames spared", "frames/s, times", "AP50 to every frame", "IDF1"), rows)


if __name__ == "__main__":
    main()
