"""Scenes made once and kept as JPEG, and the batches that training takes from them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.domains import SHIFTED, TRAIN
from sketches.scene import Scene, make_scene

_DOMAINS = {"train": TRAIN, "shifted": SHIFTED}
_QUALITY = 97
_CHUNK = 64
VALIDATION_FIRST = 1_000_000
"""Validation scenes come from the training domain, far from those that are trained on. The shifted domain is for
the test alone."""
_NO_IMAGE = np.zeros((0, 0, 3), np.uint8)
_CLOSE_UPS, _MOST_ENLARGED = 0.25, 3.0
_WHOLE, _GONE = 0.75, 0.12
"""Shares of a sign that moving the picture leaves inside: from here on it is there, below that it is not."""


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
            self._boxes, self._classes, self._clear = data["boxes"], data["classes"], data["clear"]
            self._box_ends = data["box_ends"]

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, i: int) -> Scene:
        start = int(self._ends[i - 1]) if i else 0
        image = cv2.imdecode(self._bytes[start : int(self._ends[i])], cv2.IMREAD_COLOR)
        first = int(self._box_ends[i - 1]) if i else 0
        last = int(self._box_ends[i])
        boxes, classes = self._boxes[first:last], self._classes[first:last]
        clear = self._clear[first:last]
        return Scene(
            np.asarray(image, np.uint8), boxes[clear], classes[clear], boxes[~clear], classes[~clear]
        )

    def __iter__(self) -> Iterator[Scene]:
        return (self[i] for i in range(len(self)))


def _one(task: tuple[str, int, int]) -> list[tuple[bytes, Scene]]:
    domain, first, count = task
    cv2.setNumThreads(1)
    made = []
    for index in range(first, first + count):
        scene = make_scene(_DOMAINS[domain], index)
        _, data = cv2.imencode(".jpg", scene.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        made.append((data.tobytes(), replace(scene, image=_NO_IMAGE)))
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
        boxes=np.concatenate([b for _, s in rows for b in (s.xyxy, s.unclear_xyxy)]),
        classes=np.concatenate([c for _, s in rows for c in (s.class_ids, s.unclear_ids)]),
        clear=np.concatenate(
            [[True] * len(s.class_ids) + [False] * len(s.unclear_ids) for _, s in rows]
        ).astype(bool),
        box_ends=np.cumsum([len(s.class_ids) + len(s.unclear_ids) for _, s in rows]),
    )
    temporary.replace(path)


def augmented(scene: Scene, rng: np.random.Generator, size: int) -> Scene:
    """A scene mirrored, moved, scaled and tinted: another picture of the same drawing."""
    image = scene.image
    boxes = np.concatenate([scene.xyxy, scene.unclear_xyxy]).astype(np.float64)
    classes = np.concatenate([scene.class_ids, scene.unclear_ids])
    clear = np.arange(len(classes)) < len(scene.class_ids)
    if rng.random() < 0.5:
        image = image[:, ::-1]
        boxes = np.stack([size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], axis=1)
    kind = rng.random()
    if kind < 0.75:
        if kind < _CLOSE_UPS and len(scene.class_ids):
            sign = boxes[int(rng.integers(len(scene.class_ids)))]
            scale, shift = _close_up(sign, size, rng)
        else:
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
        share = extent.prod(axis=1) / before.clip(1e-6)
        clear &= (share > _WHOLE) & (extent.max(axis=1) > 14)
        keep = share > _GONE
        boxes, classes, clear = boxes[keep], classes[keep], clear[keep]
    if rng.random() < 0.6:
        gain = rng.uniform(0.75, 1.25) * (1 + rng.normal(0, 0.08, 3))
        table = np.arange(256)[:, None] * gain + rng.normal(0, 12)
        bytes_of = table.clip(0, 255).astype(np.uint8).reshape(1, 256, 3)
        image = np.asarray(cv2.LUT(np.ascontiguousarray(image), bytes_of), np.uint8)
    if rng.random() < 0.08:
        greys = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY)
        image = np.repeat(np.asarray(greys, np.uint8)[..., None], 3, axis=2)
    moved_boxes = boxes.astype(np.float32)
    return Scene(
        np.ascontiguousarray(image, np.uint8),
        moved_boxes[clear],
        classes[clear],
        moved_boxes[~clear],
        classes[~clear],
    )


def _close_up(
    sign: NDArray[np.float64], size: int, rng: np.random.Generator
) -> tuple[float, NDArray[np.float64]]:
    """Scale and shift that bring a sign as near as people hold it: it fills up to nine tenths of the picture."""
    side = float((sign[2:] - sign[:2]).max())
    scale = min(max(rng.uniform(0.3, 0.9) * size / side, 1.0), _MOST_ENLARGED)
    nearest, farthest = size * (1 - scale), 0.0  # the picture leaves no empty border
    low = np.clip(-sign[:2] * scale, nearest, farthest)
    high = np.clip(size - sign[2:] * scale, nearest, farthest)
    return scale, rng.uniform(np.minimum(low, high), np.maximum(low, high))


@dataclass(frozen=True, slots=True)
class Batch:
    """What a step learns from.

    Attributes:
        images: (N, 3, H, W) uint8 BGR.
        boxes: (N, M, 4) float32 xyxy, pixels; rows of absent signs are zero.
        classes: (N, M) int64; -1 for absent signs.
        unclear: (N, K, 4) float32 xyxy, pixels: what is said in there is neither right nor wrong.
    """

    images: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    unclear: NDArray[np.float32]


def collate(scenes: list[Scene], side: int) -> Batch:
    """Square scenes as one batch, brought to a side in pixels."""
    boxes = _padded([s.xyxy for s in scenes])
    classes = np.full(boxes.shape[:2], -1, np.int64)
    for i, scene in enumerate(scenes):
        classes[i, : len(scene.class_ids)] = scene.class_ids
    unclear = _padded([s.unclear_xyxy for s in scenes])
    images = [s.image for s in scenes]
    scale = np.float32(side / images[0].shape[0])
    if scale != 1:
        images = [
            np.asarray(cv2.resize(i, (side, side), interpolation=cv2.INTER_AREA), np.uint8) for i in images
        ]
    stacked = np.stack([i.transpose(2, 0, 1) for i in images])
    return Batch(stacked, boxes * scale, classes, unclear * scale)


def _padded(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    most = max(1, *(len(r) for r in rows))
    out = np.zeros((len(rows), most, 4), np.float32)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out
