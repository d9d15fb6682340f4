"""Shows scenes with their boxes: `python -m sketches.preview out.jpg --first 0 --domain train`."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.domains import SHIFTED, TRAIN, Domain
from sketches.scene import Scene, make_scene
from sketches.signs import LABELS


def drawn(scene: Scene) -> NDArray[np.uint8]:
    """The picture with its boxes, for people."""
    image = scene.image.copy()
    for (left, top, right, bottom), class_id in zip(scene.xyxy.astype(int), scene.class_ids, strict=True):
        cv2.rectangle(image, (left, top), (right, bottom), (0, 200, 0), 1)
        cv2.putText(
            image, LABELS[class_id], (left, max(10, top - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 255), 1
        )
    for left, top, right, bottom in scene.unclear_xyxy.astype(int):
        cv2.rectangle(image, (left, top), (right, bottom), (0, 160, 255), 1)
    return image


def sheet_of(domain: Domain, first: int, rows: int, columns: int, size: int = 320) -> NDArray[np.uint8]:
    """A contact sheet of scenes, (rows * size, columns * size, 3) uint8 BGR."""
    cells = [drawn(make_scene(domain, first + i, (size, size))) for i in range(rows * columns)]
    return np.concatenate(
        [np.concatenate(cells[r * columns : (r + 1) * columns], axis=1) for r in range(rows)], axis=0
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--domain", choices=("train", "shifted"), default="train")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--columns", type=int, default=6)
    given = parser.parse_args()
    domain = {"train": TRAIN, "shifted": SHIFTED}[given.domain]
    cv2.imwrite(str(given.target), sheet_of(domain, given.first, given.rows, given.columns))


if __name__ == "__main__":
    main()
