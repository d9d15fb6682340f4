"""Pictures of one sign each, as a detector cuts them out, and harder ones for the test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches import effects
from sketches.domains import Domain
from sketches.scene import Scene, mark_on, new_sheet
from sketches.signs import ANY_TURN, LABELS

Trial = Literal["upright", "shifted", "rotated", "overlapping"]
TRIALS: tuple[Trial, ...] = ("upright", "shifted", "rotated", "overlapping")

SIDE = 48
"""Side of the pictures, pixels."""

_CANVAS_PX = 128


@dataclass(frozen=True, slots=True)
class Crop:
    """One sign.

    Attributes:
        image: (48, 48, 3) uint8 BGR.
        class_id: index into `LABELS`.
    """

    image: NDArray[np.uint8]
    class_id: int


def crops_of(scene: Scene, rng: np.random.Generator, loose: float = 0.12) -> list[Crop]:
    """The signs of a scene, cut out a little too widely or too narrowly, as detectors do."""
    found = []
    height, width = scene.image.shape[:2]
    for box, class_id in zip(scene.xyxy, scene.class_ids, strict=True):
        size = np.array([box[2] - box[0], box[3] - box[1]])
        moved = box + rng.uniform(-loose / 2, loose, 4) * [-size[0], -size[1], size[0], size[1]]
        left, top = max(0, math.floor(moved[0])), max(0, math.floor(moved[1]))
        right, bottom = min(width, math.ceil(moved[2])), min(height, math.ceil(moved[3]))
        if right - left > 4 and bottom - top > 4:
            found.append(Crop(_sized(scene.image[top:bottom, left:right]), int(class_id)))
    return found


def make_crop(domain: Domain, index: int, trial: Trial) -> Crop:
    """The crop of a number: always the same one.

    Args:
        domain: what it may look like.
        index: its number.
        trial: what is hard about it: nothing; the sign lies off the centre; it is turned by any angle; another
            sign lies partly over it.
    """
    rng = np.random.default_rng([domain.seed, TRIALS.index(trial), index])
    class_id = index % len(LABELS)
    turn = rng.normal(0, domain.turn_deg / 2)
    if trial == "rotated" or (LABELS[class_id] in ANY_TURN and rng.random() < 0.75):
        turn = rng.uniform(0, 360)
    sheet = new_sheet(rng, domain, (_CANVAS_PX, _CANVAS_PX))
    middle, half = _CANVAS_PX / 2, _CANVAS_PX * 0.3
    ink = mark_on(sheet, rng, domain, class_id, place=(middle, middle, half), turn_deg=turn)
    if trial == "overlapping":
        other = int(rng.integers(len(LABELS) - 1))
        other += other >= class_id
        away, bearing = half * rng.uniform(0.8, 1.2), rng.uniform(0, 2 * math.pi)
        at = (
            middle + away * math.cos(bearing),
            middle + away * math.sin(bearing),
            half * rng.uniform(0.5, 0.8),
        )
        mark_on(sheet, rng, domain, other, place=at, turn_deg=rng.uniform(0, 360))
    image = effects.camera(effects.light(sheet.canvas, rng, domain), rng, domain)
    rows, columns = np.nonzero(ink > 0.12)
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float64)
    size = np.array([box[2] - box[0], box[3] - box[1]])
    if trial == "shifted":
        box += np.tile(rng.choice([-1, 1], 2) * rng.uniform(0.15, 0.3, 2) * size, 2)
    box += rng.uniform(-0.04, 0.1, 4) * [-size[0], -size[1], size[0], size[1]]
    left, top, right, bottom = np.clip(np.round(box), 0, _CANVAS_PX).astype(int)
    return Crop(_sized(image[top:bottom, left:right]), class_id)


def _sized(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    shrinks = min(image.shape[:2]) > SIDE
    flags = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=flags), np.uint8)
