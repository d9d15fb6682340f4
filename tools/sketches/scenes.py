"""Scenes made once and kept as JPEG, and the batches that training takes from them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.domains import SHIFTED, TRAIN
from sketches.scene import Scene, make_scene

_DOMAINS = {"train": TRAIN, "shifted": SHIFTED}
_QUALITY = 97
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Part:
    """A run of scene numbers of a domain.

    Attributes:
        domain: `train` or `shifted`.
        first: number of the first scene.
        count: how many.
    """

    domain: str
    first: int
    count: int


class SceneSet:
    """Scenes of a part, in memory as JPEG (about 30 kB each), made by all cores and kept in a file.

    Args:
        part: which scenes.
        folder: where the file is kept.
        workers: processes that draw.
    """

    def __init__(self, part: Part, folder: Path, workers: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"scenes-{part.domain}-{part.first}-{part.count}.npz"
        if not path.is_file():
            _make(part, path, workers or os.cpu_count() or 1)
        with np.load(path, allow_pickle=False) as data:
            self._bytes, self._ends = data["bytes"], data["ends"]
            self._boxes, self._classes, self._box_ends = data["boxes"], data["classes"], data["box_ends"]

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, i: int) -> Scene:
        start = int(self._ends[i - 1]) if i else 0
        image = cv2.imdecode(self._bytes[start : int(self._ends[i])], cv2.IMREAD_COLOR)
        first = int(self._box_ends[i - 1]) if i else 0
        last = int(self._box_ends[i])
        return Scene(np.asarray(image, np.uint8), self._boxes[first:last], self._classes[first:last])

    def __iter__(self) -> Iterator[Scene]:
        return (self[i] for i in range(len(self)))


def _one(task: tuple[str, int, int]) -> list[tuple[bytes, NDArray[np.float32], NDArray[np.int64]]]:
    domain, first, count = task
    cv2.setNumThreads(1)
    made = []
    for index in range(first, first + count):
        scene = make_scene(_DOMAINS[domain], index)
        _, data = cv2.imencode(".jpg", scene.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        made.append((data.tobytes(), scene.xyxy, scene.class_ids))
    return made


def _make(part: Part, path: Path, workers: int) -> None:
    end = part.first + part.count
    tasks = [(part.domain, i, min(_CHUNK, end - i)) for i in range(part.first, end, _CHUNK)]
    started = time.monotonic()
    rows = []
    with ProcessPoolExecutor(workers) as pool:
        for done in pool.map(_one, tasks):
            rows += done
    print(f"{len(rows)} scenes of {part.domain} in {time.monotonic() - started:.0f} s")
    temporary = path.with_name(f".{path.stem}.part.npz")
    np.savez(
        temporary,
        bytes=np.frombuffer(b"".join(r[0] for r in rows), np.uint8),
        ends=np.cumsum([len(r[0]) for r in rows]),
        boxes=np.concatenate([r[1] for r in rows]).astype(np.float32),
        classes=np.concatenate([r[2] for r in rows]).astype(np.int64),
        box_ends=np.cumsum([len(r[2]) for r in rows]),
    )
    temporary.replace(path)


def augmented(scene: Scene, rng: np.random.Generator, size: int) -> Scene:
    """A scene mirrored, moved, scaled and tinted: another picture of the same drawing."""
    image, boxes = scene.image, scene.xyxy.astype(np.float64)
    if rng.random() < 0.5:
        image = image[:, ::-1]
        boxes = np.stack([size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], axis=1)
    if rng.random() < 0.7:
        scale = float(np.exp(rng.uniform(-0.35, 0.3)))
        room = size * (1 - scale)
        shift = rng.uniform(min(0, room), max(0, room), 2)
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        grey = tuple(float(v) for v in rng.uniform(0, 255, 3))
        flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        moved = cv2.warpAffine(
            np.ascontiguousarray(image), matrix, (size, size), flags=flags, borderValue=grey
        )
        image = np.asarray(moved, np.uint8)
        before = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) * scale**2
        boxes = boxes * scale + np.tile(shift, 2)
        boxes = boxes.clip(0, size)
        extent = boxes[:, 2:] - boxes[:, :2]
        keep = (extent.prod(axis=1) > 0.6 * before) & (extent.max(axis=1) > 10)
        boxes, classes = boxes[keep], scene.class_ids[keep]
    else:
        classes = scene.class_ids
    if rng.random() < 0.6:
        gain = rng.uniform(0.75, 1.25) * (1 + rng.normal(0, 0.08, 3))
        image = np.clip(image * gain + rng.normal(0, 12), 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        image = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    return Scene(np.ascontiguousarray(image), boxes.astype(np.float32), classes)


def collate(
    scenes: list[Scene],
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
    """Pictures (N, 3, H, W) uint8 BGR, boxes (N, M, 4), classes (N, M) with -1 where there is no sign."""
    most = max(1, *(len(s.class_ids) for s in scenes))
    boxes = np.zeros((len(scenes), most, 4), np.float32)
    classes = np.full((len(scenes), most), -1, np.int64)
    for i, scene in enumerate(scenes):
        boxes[i, : len(scene.class_ids)] = scene.xyxy
        classes[i, : len(scene.class_ids)] = scene.class_ids
    return np.stack([s.image.transpose(2, 0, 1) for s in scenes]), boxes, classes
