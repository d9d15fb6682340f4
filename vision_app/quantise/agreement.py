"""How much two versions of a model say the same about the same pictures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.results.values import BoxResult, Classification, Detections, ImageU8, Result
from vision_app.tasks.nms import iou_one_to_many

LOWEST_SCORE = 0.01
"""Boxes of the INT8 version count from here, so that its precision is known at every recall."""

_SAME_BOX = 0.5


@dataclass(frozen=True, slots=True)
class Measure:
    """How versions of a model of some task are compared.

    Attributes:
        title: what the figure is.
        compare: results of the original and of the version, frame by frame, to a share from 0 to 1.
        aim: the share at which no more layers are left in float.
        conf: lowest score that the version has to report; None for the card's.
    """

    title: str
    compare: Callable[[Sequence[Any], Sequence[Any]], float]
    aim: float
    conf: float | None = None


def same_top1(wanted: Sequence[Classification], got: Sequence[Classification]) -> float:
    """Share of the frames on which both have the same most probable class."""
    same = [
        int(a.probabilities.argmax()) == int(b.probabilities.argmax())
        for a, b in zip(wanted, got, strict=True)
    ]
    return float(np.mean(same))


def same_boxes(wanted: Sequence[BoxResult], got: Sequence[BoxResult]) -> float:
    """`mean_average_precision` of the boxes of any results that have them."""
    return mean_average_precision([r.detections for r in wanted], [r.detections for r in got])


def mean_average_precision(wanted: Sequence[Detections], got: Sequence[Detections]) -> float:
    """Mean over the classes of the average precision at an overlap of 0.5, the wanted boxes taken as the truth.

    Args:
        wanted: the boxes that are right, frame by frame.
        got: the boxes to judge, down to low scores.

    Returns:
        From 0 to 1, the area under the precision envelope; classes without a wanted box do not count.

    Raises:
        ModelError: there is no wanted box at all.

    Source: Everingham et al., "The Pascal Visual Object Classes Challenge", 2010; all points since 2010.
    """
    classes = sorted({int(c) for one in wanted for c in one.class_ids})
    if not classes:
        raise ModelError(
            "the model finds nothing in the frames to compare on; take a source that shows what it knows"
        )
    return float(np.mean([_average_precision(wanted, got, c) for c in classes]))


def _average_precision(wanted: Sequence[Detections], got: Sequence[Detections], class_id: int) -> float:
    truth = [one.xyxy[one.class_ids == class_id] for one in wanted]
    scores: list[float] = []
    hits: list[bool] = []
    for boxes, found in zip(truth, got, strict=True):
        mine = np.flatnonzero(found.class_ids == class_id)
        mine = mine[np.argsort(-found.scores[mine], kind="stable")]
        free = np.ones(len(boxes), np.bool_)
        for i in mine:
            overlap = np.where(free, iou_one_to_many(found.xyxy[i], boxes), 0.0)
            best = int(overlap.argmax()) if len(boxes) else -1
            hit = best >= 0 and overlap[best] >= _SAME_BOX
            if hit:
                free[best] = False
            scores.append(float(found.scores[i]))
            hits.append(bool(hit))
    return _area(np.array(scores), np.array(hits, np.bool_), sum(len(boxes) for boxes in truth))


def _area(scores: NDArray[Any], hits: NDArray[np.bool_], wanted: int) -> float:
    right = np.cumsum(hits[np.argsort(-scores, kind="stable")])
    if not len(right):
        return 0.0
    precision = right / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    recall = np.concatenate([[0.0], right / wanted])
    return float(np.sum(np.diff(recall) * envelope))


MEASURES: dict[str, Measure] = {
    "classify": Measure(Message("same top-1"), same_top1, 0.95),
    "detect": Measure(Message("mAP50 against its own fp32 boxes"), same_boxes, 0.98, LOWEST_SCORE),
    "segment": Measure(Message("mAP50 against its own fp32 boxes"), same_boxes, 0.98, LOWEST_SCORE),
    "pose": Measure(Message("mAP50 against its own fp32 boxes"), same_boxes, 0.98, LOWEST_SCORE),
}
"""Task to measure: a task that is not here cannot be quantised. Masks and points are not looked at."""


def measure_of(task: str, name: str) -> Measure:
    """The measure of a task.

    Raises:
        ModelError: there is none.
    """
    if task not in MEASURES:
        raise ModelError(
            "{name}: a model to {task} cannot be quantised, its versions cannot be compared; "
            "quantised can be those to {measures}",
            name=name,
            task=task,
            measures=", ".join(MEASURES),
        )
    return MEASURES[task]


def results_of(
    model: LoadedModel, images: Collection[ImageU8], step: Callable[[int, int], None] = lambda *_: None
) -> list[Result]:
    """What a model says about each picture.

    Args:
        model: the model.
        images: (H, W, 3) uint8 BGR each.
        step: told how many are done, and of how many.

    Raises:
        ModelError: it failed to run, or gives what its card does not allow.
        CancelledError: it was called off.
    """
    results: list[Result] = []
    for image in images:
        results.append(model.predict(image)[0])
        step(len(results), len(images))
    return results
