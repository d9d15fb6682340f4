"""The worst mistakes of a detector as one picture: `python -m sketches.gallery MODEL.onnx FOLDER OUT.jpg`.

FOLDER is that of the training, with the scenes of the test.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.judging import Found
from sketches.measuring import found_in, in_unclear
from sketches.scene import Scene
from sketches.scenes import Part, SceneSet
from sketches.signs import LABELS
from vision_app.tasks.nms import iou_one_to_many

_CELL_PX, _MARGIN, _CAPTION_PX = 224, 1.1, 22
_GREEN, _RED = (60, 170, 60), (50, 50, 230)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something said that is not so, or a sign that was not found.

    Attributes:
        scene: number of the scene.
        xyxy: where, pixels.
        badness: score of what was said; for a sign that was missed 1 less the best score of its class there.
        text: what happened.
    """

    scene: int
    xyxy: NDArray[np.float32]
    badness: float
    text: str


def mistakes(scenes: Sequence[Scene], found: Sequence[Found], conf: float) -> list[Mistake]:
    """All mistakes, the worst first.

    Args:
        scenes: the truth.
        found: what was said, scene by scene, down to low scores.
        conf: what is said with less is not said.
    """
    made = []
    for number, (scene, (boxes, scores, classes)) in enumerate(zip(scenes, found, strict=True)):
        taken = np.zeros(len(scene.class_ids), bool)
        for box, score, class_id in zip(boxes, scores, classes, strict=True):
            share = iou_one_to_many(box, scene.xyxy)
            right = (share >= 0.5) & (scene.class_ids == class_id)
            if score > conf and not (right & ~taken).any() and not in_unclear(scene, box, int(class_id)):
                made.append(_false(number, scene, box, float(score), int(class_id)))
            taken |= right & (score > conf)
        for box, class_id in zip(scene.xyxy[~taken], scene.class_ids[~taken], strict=True):
            near = (iou_one_to_many(box, boxes) >= 0.5) & (classes == class_id)
            best = float(scores[near].max()) if near.any() else 0.0
            made.append(Mistake(number, box, 1 - best, f"missed {LABELS[class_id]} ({best:.2f})"))
    return sorted(made, key=lambda m: -m.badness)


def _false(number: int, scene: Scene, box: NDArray[np.float32], score: float, class_id: int) -> Mistake:
    share = iou_one_to_many(box, scene.xyxy)
    text = f"{LABELS[class_id]} {score:.2f}"
    if share.size and share.max() >= 0.5:
        truth = LABELS[scene.class_ids[share.argmax()]]
        text += " twice" if truth == LABELS[class_id] else f", is {truth}"
    elif share.size and share.max() > 0.1:
        text += ", box is off"
    else:
        text += ", nothing there"
    return Mistake(number, box, score, text)


def worst(made: Sequence[Mistake], count: int) -> list[Mistake]:
    """The worst ones, false and missed in turn, at most one a scene."""
    scenes: set[int] = set()
    rows: dict[bool, list[Mistake]] = {True: [], False: []}
    for one in made:
        missed = one.text.startswith("missed")
        if one.scene not in scenes and len(rows[missed]) < count // 2:
            scenes.add(one.scene)
            rows[missed].append(one)
    return rows[False] + rows[True]


def cell(scene: Scene, mistake: Mistake) -> NDArray[np.uint8]:
    """The place of a mistake with its surroundings, red; what is really there, green."""
    height, width = scene.image.shape[:2]
    left, top, right, bottom = mistake.xyxy.tolist()
    side = min(max(right - left, bottom - top) * (1 + 2 * _MARGIN), height, width)
    side = max(side, 80.0)
    x = min(max((left + right - side) / 2, 0), width - side)
    y = min(max((top + bottom - side) / 2, 0), height - side)
    zoom = _CELL_PX / side
    matrix = np.array([[zoom, 0, -x * zoom], [0, zoom, -y * zoom]])
    shown = cv2.warpAffine(scene.image, matrix, (_CELL_PX, _CELL_PX), flags=cv2.INTER_LINEAR)
    for box, colour in [(b, _GREEN) for b in scene.xyxy] + [(mistake.xyxy, _RED)]:
        corners = ((box.reshape(2, 2) - [x, y]) * zoom).round().astype(int)
        cv2.rectangle(shown, corners[0].tolist(), corners[1].tolist(), colour, 2, cv2.LINE_AA)
    strip = np.full((_CAPTION_PX, _CELL_PX, 3), 255, np.uint8)
    text = f"{mistake.scene}: {mistake.text}"
    cv2.putText(strip, text, (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([np.asarray(shown, np.uint8), strip])


def gallery(scenes: Sequence[Scene], chosen: Sequence[Mistake], columns: int = 5) -> NDArray[np.uint8]:
    """A contact sheet."""
    cells = [cell(scenes[m.scene], m) for m in chosen]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    return np.concatenate(rows)


def main() -> None:
    """Draw the gallery of a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--scenes", type=int, default=2000)
    parser.add_argument("--conf", type=float, default=0.4)
    parser.add_argument("--count", type=int, default=20)
    given = parser.parse_args()
    scenes = list(SceneSet(Part("shifted", 0, given.scenes), given.folder))
    made = mistakes(scenes, found_in(given.model, scenes), given.conf)
    print(f"{len(made)} mistakes at {given.conf:g}")
    sheet = gallery(scenes, worst(made, given.count))
    cv2.imwrite(str(given.target), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
