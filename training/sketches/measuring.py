"""What the ONNX files do, run by the program itself: precision, false alarms, accuracy, time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from reading import read_picture

from sketches.crops import TRIALS, make_crop
from sketches.domains import SHIFTED
from sketches.judging import Found, Precision
from sketches.scene import Scene
from sketches.signs import LABELS
from vision_app.cards.card import load_card
from vision_app.cards.lookup import ModelFile
from vision_app.engine.predictors import LoadedModel
from vision_app.graph.timing import seconds_a_run
from vision_app.results.values import Classification, Detections, ImageU8
from vision_app.tasks import TaskOptions
from vision_app.tasks.nms import iou_one_to_many

LOWEST_SCORE = 0.005
_PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A sign that was found in a picture where there is none.

    Attributes:
        picture: its file.
        xyxy: where, pixels.
        score: how sure.
        label: what.
    """

    picture: Path
    xyxy: tuple[float, float, float, float]
    score: float
    label: str


def opened(path: Path, **options: Any) -> LoadedModel:
    """A model with the card beside it, on the processor."""
    card = load_card(path.with_suffix(".json"))
    return LoadedModel(ModelFile(card.name, path, card), TaskOptions(**options), "cpu")


def found_in(path: Path, scenes: Iterable[Scene]) -> list[Found]:
    """What a detector says about scenes, down to low scores."""
    model = opened(path, conf=LOWEST_SCORE, max_det=100)
    found: list[Found] = []
    for scene in scenes:
        result, _ = model.predict(scene.image)
        assert isinstance(result, Detections)
        found.append((result.xyxy, result.scores, result.class_ids))
    return found


def recall_at(scenes: Sequence[Scene], found: Sequence[Found], conf: float) -> tuple[float, float]:
    """Share of the signs that are found and named rightly, and share of what is found that is right.

    A box is right when it overlaps a sign of its class by half.
    """
    right = signs = said = 0
    for scene, (boxes, scores, classes) in zip(scenes, found, strict=True):
        signs += len(scene.class_ids)
        kept = scores > conf
        kept[kept] = [
            not in_unclear(scene, b, int(c)) for b, c in zip(boxes[kept], classes[kept], strict=True)
        ]
        said += int(kept.sum())
        free = np.ones(len(scene.class_ids), bool)
        for box, class_id in zip(boxes[kept], classes[kept], strict=True):
            overlap = iou_one_to_many(box, scene.xyxy) * (scene.class_ids == class_id) * free
            if overlap.size and overlap.max() >= 0.5:
                free[overlap.argmax()] = False
                right += 1
    return right / max(1, signs), right / max(1, said)


def in_unclear(scene: Scene, box: np.ndarray[Any, Any], class_id: int) -> bool:
    """Whether half of a box lies in an unclear sign of that class: then it is neither right nor wrong."""
    others = scene.unclear_xyxy[scene.unclear_ids == class_id]
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return bool((inner.clip(0).prod(axis=1) >= 0.5 * (box[2:] - box[:2]).prod()).any())


def pictures_in(folders: Iterable[Path]) -> list[Path]:
    """All pictures of some folders and of those inside them."""
    return sorted(p for f in folders for p in f.rglob("*") if p.suffix.lower() in _PICTURES)


def alarms_in(path: Path, pictures: Iterable[Path], conf: float | None = None) -> list[Alarm]:
    """What a detector finds in pictures without signs, at the card's threshold or another."""
    model = opened(path, conf=conf)
    alarms = []
    for picture in pictures:
        result, _ = model.predict(read_picture(picture))
        assert isinstance(result, Detections)
        for box, score, class_id in zip(result.xyxy, result.scores, result.class_ids, strict=True):
            left, top, right, bottom = (float(v) for v in box)
            alarms.append(Alarm(picture, (left, top, right, bottom), float(score), LABELS[int(class_id)]))
    return sorted(alarms, key=lambda a: -a.score)


def accuracy_in_trials(path: Path, count: int = 2000) -> dict[str, float]:
    """Accuracy of a classifier in each trial, on signs of the shifted domain."""
    model = opened(path)
    outcome: dict[str, float] = {}
    for trial in TRIALS:
        crops = (make_crop(SHIFTED, i, trial) for i in range(count))
        outcome[trial] = sum(_named(model, c.image) == c.class_id for c in crops) / count
    return outcome


def _named(model: LoadedModel, image: ImageU8) -> int:
    result, _ = model.predict(image)
    assert isinstance(result, Classification)
    return int(result.probabilities.argmax())


def milliseconds(paths: Sequence[Path], shape: tuple[int, ...]) -> list[float]:
    """Median processor time of a run of each network on one thread, milliseconds, taken in turns."""
    tensor = np.random.default_rng(0).random(shape, dtype=np.float32)
    return [1e3 * s for s in seconds_a_run(paths, tensor, for_s=8.0)]


def as_table(precision: Precision) -> dict[str, Any]:
    """Precision as plain numbers, percent."""
    by_class = {k: [round(100 * a, 2), round(100 * b, 2)] for k, (a, b) in precision.by_class.items()}
    return {
        "map50": round(100 * precision.map50, 2),
        "map": round(100 * precision.map, 2),
        "by_class": by_class,
    }


def read_json(path: Path) -> Any:
    """What a file written by the training holds."""
    return json.loads(path.read_text(encoding="utf-8"))
