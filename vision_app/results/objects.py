"""Objects in a picture: boxes, and what all results with boxes have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vision_app.results.affine import Affine
from vision_app.results.classes import Classification, Result, class_records, first_class
from vision_app.results.frames import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Detections:
    """Objects found in one picture, best score first unless a tracker ordered them.

    Attributes:
        model: name of the model.
        xyxy: (N, 4) float32, pixels of the original frame, clipped to it.
        scores: (N,) float32 in [0, 1].
        class_ids: (N,) int64, indices into `labels`.
        labels: name of every class that the model knows.
        track_ids: (N,) int64, -1 where an object has no id yet; None without tracking.
        attached: for each object what further models say about it, results of any kind, in pixels of the frame;
            None when none was asked.
        expected: whether this is where a tracker expects the objects, on a frame that the model did not look at.
    """

    model: str
    xyxy: FloatArray
    scores: FloatArray
    class_ids: IntArray
    labels: tuple[str, ...]
    track_ids: IntArray | None = None
    attached: tuple[tuple[Result, ...], ...] | None = None
    expected: bool = False

    task = "detect"

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.xyxy.shape != (n, 4) or self.class_ids.shape != (n,):
            raise ValueError(
                f"{n} scores need ({n}, 4) boxes and ({n},) class ids, "
                f"got {self.xyxy.shape} and {self.class_ids.shape}"
            )
        if self.track_ids is not None and self.track_ids.shape != (n,):
            raise ValueError(f"{n} boxes need ({n},) track ids, got {self.track_ids.shape}")
        if self.attached is not None and len(self.attached) != n:
            raise ValueError(f"{n} boxes need what is attached to {n} boxes, got {len(self.attached)}")

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def detections(self) -> Detections:
        """Itself: what all results with boxes have."""
        return self

    def with_detections(self, detections: Detections) -> Detections:
        """The other ones."""
        return detections

    def label(self, i: int) -> str:
        """The label of the i-th box."""
        return self.labels[int(self.class_ids[i])]

    def replaced(self, *, attached: tuple[tuple[Result, ...], ...]) -> Self:
        """The same objects, with other results attached."""
        return replace(self, attached=attached)

    @property
    def box_classes(self) -> tuple[Classification, ...] | None:
        """The first classification that is attached to each box; None where a box has none."""
        if self.attached is None:
            return None
        classes = [c for c in map(first_class, self.attached) if c is not None]
        return tuple(classes) if len(classes) == len(self) else None

    def with_attached(self, results: Sequence[Result]) -> Self:
        """The same objects, with one more result each."""
        if len(results) != len(self):
            raise ValueError(f"{len(self)} boxes need {len(self)} results, got {len(results)}")
        before = self.attached or ((),) * len(self)
        return replace(self, attached=tuple((*old, new) for old, new in zip(before, results, strict=True)))

    def as_record(self) -> dict[str, Any]:
        """Every box as plain values."""
        return {"model": self.model, "task": self.task, "detections": self.box_records()}

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """The boxes, and what is attached to them, where they come to lie."""
        xyxy = to.boxes(self.xyxy)
        if within_wh is not None:
            xyxy = np.clip(xyxy, 0, np.array([*within_wh, *within_wh], np.float32))
        attached = self.attached
        if attached is not None:
            attached = tuple(tuple(one.mapped(to, within_wh) for one in row) for row in attached)
        return replace(self, xyxy=xyxy, attached=attached)

    def take(self, index: NDArray[Any]) -> Self:
        """Some of the objects, in another order perhaps."""
        rows = np.arange(len(self))[index]
        return replace(
            self,
            xyxy=self.xyxy[rows],
            scores=self.scores[rows],
            class_ids=self.class_ids[rows],
            track_ids=None if self.track_ids is None else self.track_ids[rows],
            attached=None if self.attached is None else tuple(self.attached[i] for i in rows),
        )

    def joined(self, others: Sequence[Self]) -> Self:
        """These objects and then those of others, which know the same classes."""
        every = (self, *others)
        if any(one.labels != self.labels for one in others):
            raise ValueError(f"{self.model}: objects of different classes cannot be joined")
        ids = [one.track_ids for one in every if one.track_ids is not None]
        attached = [one.attached for one in every if one.attached is not None]
        return replace(
            self,
            xyxy=np.concatenate([one.xyxy for one in every]),
            scores=np.concatenate([one.scores for one in every]),
            class_ids=np.concatenate([one.class_ids for one in every]),
            track_ids=np.concatenate(ids) if len(ids) == len(every) else None,
            attached=tuple(row for rows in attached for row in rows) if len(attached) == len(every) else None,
        )

    def merged(self, groups: Sequence[IntArray]) -> Self:
        """One object for each group of rows: the first row's, with a box that spans them all."""
        best = self.take(np.array([group[0] for group in groups], np.intp))
        boxes = [self.xyxy[group] for group in groups]
        spans = [np.concatenate([b[:, :2].min(axis=0), b[:, 2:].max(axis=0)]) for b in boxes]
        return replace(best, xyxy=np.array(spans, np.float32).reshape(-1, 4))

    def box_records(self) -> list[dict[str, Any]]:
        """The boxes as the objects that `results.jsonl` lists."""
        ids = [-1] * len(self) if self.track_ids is None else self.track_ids.tolist()
        attached = ((),) * len(self) if self.attached is None else self.attached
        columns = self.class_ids.tolist(), self.scores.tolist(), self.xyxy.tolist(), ids, attached
        return [self._box_record(*row) for row in zip(*columns, strict=True)]

    def _box_record(
        self, class_id: int, score: float, box: list[float], track_id: int, attached: tuple[Result, ...]
    ) -> dict[str, Any]:
        record: dict[str, Any] = {
            "class_id": class_id,
            "label": self.labels[class_id],
            "score": round(score, 6),
            "box": [round(value, 2) for value in box],
            "track_id": None if track_id < 0 else track_id,
        }
        if self.expected:
            record["expected"] = True
        if not attached:
            return record
        classified = first_class(attached)
        if classified is not None:
            record["classes"] = class_records(classified)
            record["classes_model"] = classified.model
            if classified.can_reject:
                record["unknown"] = classified.unknown
        if others := [one.as_record() for one in attached if one is not classified]:
            record["attached"] = others
        return record


@runtime_checkable
class BoxResult(Result, Protocol):
    """A result whose objects have boxes, whatever else each of them has.

    What works on boxes (tracking, a classifier on every box) works on all of these.
    """

    @property
    def detections(self) -> Detections:
        """Box, class, score and track of each object."""
        ...

    def with_detections(self, detections: Detections) -> Self:
        """The same objects in the same order, with more known about their boxes."""
        ...

    def take(self, index: NDArray[Any]) -> Self:
        """Some of the objects, in another order perhaps."""
        ...

    def joined(self, others: Sequence[Self]) -> Self:
        """These objects and then those of others, which know the same classes."""
        ...

    def merged(self, groups: Sequence[IntArray]) -> Self:
        """One object for each group of rows that are parts of it; the first row of a group is the surest."""
        ...
