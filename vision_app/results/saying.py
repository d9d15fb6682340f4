"""What results say as plain values: rows of a table, and a few lines in large type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vision_app.results.maps import ClassMap, DepthMap, Embedding, MadePicture
from vision_app.results.movements import Movements
from vision_app.results.values import BoxResult, Classification, FloatArray, Result

COLUMNS = ("model", "task", "class_id", "label", "score", "x1", "y1", "x2", "y2", "track_id", "expected")
"""Columns of a table that every kind of result can fill."""

SHAPE_COLUMNS = ("keypoints", "depths", "world", "polygons")
"""Columns of objects with more than a box. Texts in brackets: no spreadsheet takes them for a number or a formula."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        cells: value of each column that is not empty.
        of: index of the object that it is about, for a result with objects: what is attached follows its first row.
    """

    cells: Mapping[str, Any]
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What a result says in a few lines, best first.

    Attributes:
        labels: one a line.
        shares: (N,) float32 in [0, 1], how sure each of them is; None for lines that are no matter of degree.
        figures: a short text behind each label, such as how many there are; empty with `shares`.
        most: how many are worth showing.
    """

    labels: tuple[str, ...]
    shares: FloatArray | None = None
    figures: tuple[str, ...] = ()
    most: int = 5

    def __post_init__(self) -> None:
        if self.shares is not None and self.shares.shape != (len(self.labels),):
            raise ValueError(f"{len(self.labels)} lines need as many shares, got {self.shares.shape}")
        if self.figures and len(self.figures) != len(self.labels):
            raise ValueError(f"{len(self.labels)} lines need as many figures, got {len(self.figures)}")


def class_rows(result: Classification) -> Iterator[Row]:
    """A row for each listed class."""
    for class_id, label, probability in result.top():
        yield Row(
            {
                "model": result.model,
                "task": result.task,
                "class_id": class_id,
                "label": label,
                "score": round(probability, 6),
            }
        )


def object_rows(result: BoxResult) -> Iterator[Row]:
    """A row for each object: its box, class, score and track."""
    found = result.detections
    for i in range(len(found)):
        track_id = -1 if found.track_ids is None else int(found.track_ids[i])
        left, top, right, bottom = (round(float(v), 2) for v in found.xyxy[i])
        cells = {
            "model": result.model,
            "task": result.task,
            "class_id": int(found.class_ids[i]),
            "label": found.label(i),
            "score": round(float(found.scores[i]), 6),
            "x1": left,
            "y1": top,
            "x2": right,
            "y2": bottom,
        }
        if track_id >= 0:
            cells["track_id"] = track_id
        if found.expected:
            cells["expected"] = "true"
        yield Row(cells, i)


def shaped_rows(result: BoxResult) -> Iterator[Row]:
    """A row for each object as `object_rows` has it, with points and outlines as the JSON text of its record."""
    records = result.as_record()["detections"]
    for row, record in zip(object_rows(result), records, strict=True):
        shapes = {
            name: json.dumps(record[name], separators=(",", ":")) for name in SHAPE_COLUMNS if name in record
        }
        yield Row({**row.cells, **shapes}, row.of)


def class_lines(result: Classification) -> Lines:
    """Every class with its probability."""
    return Lines(result.labels, result.probabilities, most=min(_MOST_CLASSES, result.top_k))


def whole_rows(result: Result) -> Iterator[Row]:
    """One row for a result that says something of the picture as a whole, by its record."""
    record = {k: v for k, v in result.as_record().items() if not isinstance(v, list)}
    yield Row({"label": result.task, **{k: v for k, v in record.items() if k in (*COLUMNS, *WHOLE_COLUMNS)}})


WHOLE_COLUMNS = ("unit", "nearest", "farthest", "median", "centre", "width", "height")
"""Columns that maps and pictures fill beside `COLUMNS`."""


def share_rows(result: ClassMap) -> Iterator[Row]:
    """A row for each class that is there, with its share of the picture as its score."""
    shares = result.shares or [(-1, "nothing", 0.0)]
    for class_id, label, share in shares:
        yield Row(
            {
                "model": result.model,
                "task": result.task,
                "class_id": class_id,
                "label": label,
                "score": round(share, 6),
            }
        )


def share_lines(result: ClassMap) -> Lines:
    """Every class that is there, with its share of the picture."""
    found = [(label, share) for i, label, share in result.shares if i != result.background]
    return Lines(tuple(n for n, _ in found), np.array([s for _, s in found], np.float32), most=_MOST_CLASSES)


def depth_lines(result: DepthMap) -> Lines:
    """How far away the middle of the picture is."""
    low, high = result.range
    share = (result.centre - low) / max(high - low, 1e-9)
    figure = f"{result.centre:.1f} m" if not result.inverse else f"{100 * min(max(share, 0.0), 1.0):.0f}%"
    return Lines(("nearness" if result.inverse else "distance",), figures=(figure,))


def picture_lines(result: MadePicture) -> Lines:
    """The size of the picture."""
    height, width = result.image.shape[:2]
    return Lines(("picture",), figures=(f"{width} × {height}",))


def nearest_rows(result: Embedding) -> Iterator[Row]:
    """A row for each of the nearest known pictures; one without a score where none is known."""
    for label, similarity in result.nearest or (("", None),):
        cells = {"model": result.model, "task": result.task, "label": label}
        yield Row(cells if similarity is None else {**cells, "score": round(similarity, 6)})


def nearest_lines(result: Embedding) -> Lines:
    """The nearest known pictures."""
    if not result.nearest:
        return Lines(("vector",), figures=(str(len(result.vector)),))
    shares = np.array([max(0.0, s) for _, s in result.nearest], np.float32)
    return Lines(tuple(n for n, _ in result.nearest), shares, most=_MOST_CLASSES)


_MOST_CLASSES = 3


def movement_rows(result: Movements) -> Iterator[Row]:
    """A row for each movement that has ended."""
    for event in result.events:
        yield Row(
            {
                "model": result.model,
                "task": result.task,
                "class_id": result.labels.index(event.label),
                "label": event.label,
                "score": round(event.score, 6),
                "start_s": round(event.start_s, 3),
                "end_s": round(event.end_s, 3),
            }
        )


def movement_lines(result: Movements) -> Lines:
    """What has just ended; else every class that is a movement, with its probability."""
    if result.ended is not None:
        return Lines((result.ended.label,), figures=("✓",))
    moving = [i for i in range(len(result.labels)) if i != result.idle]
    labels = tuple(result.labels[i] for i in moving)
    return Lines(labels, result.probabilities[moving], most=_MOST_CLASSES)


def object_lines(result: BoxResult) -> Lines:
    """How many there are of each class, most first; of equally many the surer first."""
    found = result.detections
    ids, firsts, counts = np.unique(found.class_ids, return_index=True, return_counts=True)
    order = np.lexsort((firsts, -counts))
    labels = tuple(found.labels[int(ids[i])] for i in order)
    return Lines(labels, figures=tuple(f"× {counts[i]}" for i in order))
