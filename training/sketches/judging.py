"""How well a detector does on scenes: average precision as COCO counts it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sketches.scene import Scene
from sketches.signs import LABELS

Found = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]
"""Boxes (N, 4) xyxy in pixels, scores (N,), class ids (N,)."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision.

    Attributes:
        map50: mean over the classes at an overlap of 0.5.
        map: mean over the classes and the overlaps 0.50 to 0.95.
        by_class: label to (AP50, AP).
    """

    map50: float
    map: float
    by_class: dict[str, tuple[float, float]]


def precision_of(scenes: Sequence[Scene], found: Sequence[Found]) -> Precision:
    """Average precision, counted by pycocotools; an unclear sign counts as a crowd: neither right nor wrong.

    Args:
        scenes: the truth.
        found: what a detector says, scene by scene, down to low scores.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO()
    said: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for i, (scene, (boxes, scores, classes)) in enumerate(zip(scenes, found, strict=True)):
        for box, class_id, clear in _signs(scene):
            size = [box[2] - box[0], box[3] - box[1]]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": i,
                    "category_id": class_id,
                    "bbox": [*box[:2], *size],
                    "area": size[0] * size[1],
                    "iscrowd": int(not clear),
                }
            )
        for box, score, class_id in zip(boxes.tolist(), scores.tolist(), classes.tolist(), strict=True):
            size = [box[2] - box[0], box[3] - box[1]]
            said.append({"image_id": i, "category_id": class_id, "bbox": [*box[:2], *size], "score": score})
    truth.dataset = {
        "images": [{"id": i} for i in range(len(scenes))],
        "categories": [{"id": i, "name": label} for i, label in enumerate(LABELS)],
        "annotations": annotations,
    }
    if not said:
        return Precision(0.0, 0.0, dict.fromkeys(LABELS, (0.0, 0.0)))
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(said), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    table = judge.eval["precision"][:, :, :, 0, 2]  # overlap, recall, class
    by_class = {label: (_mean(table[0, :, i]), _mean(table[:, :, i])) for i, label in enumerate(LABELS)}
    return Precision(float(judge.stats[1]), float(judge.stats[0]), by_class)


def _signs(scene: Scene) -> Iterator[tuple[list[float], int, bool]]:
    for clear, boxes, classes in (
        (True, scene.xyxy, scene.class_ids),
        (False, scene.unclear_xyxy, scene.unclear_ids),
    ):
        for box, class_id in zip(boxes.tolist(), classes.tolist(), strict=True):
            yield box, class_id, clear


def _mean(values: NDArray[np.float64]) -> float:
    there = values[values > -1]
    return float(there.mean()) if there.size else float("nan")
