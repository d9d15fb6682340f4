"""The values that flow through the program: frames, results, timings, packets.

All of them are frozen: a stage makes a new value, it never changes one that it was given.
Boxes are `xyxy`: left, top, right, bottom, in pixels of the original frame, clipped to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vision_app.results.affine import Affine
from vision_app.results.masks import BoxMask
from vision_app.results.skeletons import Skeleton

ImageU8 = NDArray[np.uint8]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source. Nobody draws on `image`: it may be shown elsewhere at the same time.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        index: position in the source, from 0; a gap means that frames were dropped or skipped.
        captured_s: when the picture was grabbed, monotonic clock, seconds.
        position_s: time in the clip from the container, seconds; None for a live source or an image.
        source_id: name of the source, credentials removed.
        file: path of the image file, None for anything else.
        read_s: time that reading and decoding took, seconds.
        epoch: which unbroken stretch of pictures it belongs to: another number after another source was opened, after
            a jump in a clip, or once the pictures are turned otherwise. What remembers frames then starts afresh.
        again: the frame was given before and is only looked at once more, with other options perhaps.
        seen: the picture that the models look at, of the same size and kind as `image`; None for `image` itself.
        mirrored: left and right are swapped, as in a mirror.
    """

    image: ImageU8
    index: int
    captured_s: float
    position_s: float | None = None
    source_id: str = ""
    file: str | None = None
    read_s: float = 0.0
    epoch: int = 0
    again: bool = False
    seen: ImageU8 | None = None
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(f"a frame is (H, W, 3) uint8, got {self.image.shape} {self.image.dtype}")
        if 0 in self.image.shape:
            raise ValueError(f"a frame has at least one pixel, got {self.image.shape}")
        if self.seen is not None and (self.seen.shape, self.seen.dtype) != (
            self.image.shape,
            self.image.dtype,
        ):
            raise ValueError(f"seen must be like image, {self.image.shape} uint8, got {self.seen.shape}")

    @property
    def for_models(self) -> ImageU8:
        """The picture that the models look at."""
        return self.image if self.seen is None else self.seen

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.image.shape[1]), int(self.image.shape[0])


_EPOCHS = itertools.count(1)


def new_epoch() -> int:
    """A number that no frame of this process has had as its `epoch`."""
    return next(_EPOCHS)


class Result(Protocol):
    """What a model says about one frame."""

    @property
    def model(self) -> str:
        """Name of the model that said it."""
        ...

    @property
    def task(self) -> str:
        """Name of the task: a key of `vision_app.tasks.TASKS`."""
        ...

    def as_record(self) -> dict[str, Any]:
        """The result as an object of `results.jsonl`: plain Python values, finite numbers."""
        ...

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Result:
        """The result where it comes to lie: of a part of a frame in the frame, or on a picture of another size.

        Args:
            to: the map of its places.
            within_wh: size of the frame that boxes and masks are cut off at; None not to cut them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Classification:
    """Class probabilities of one picture.

    Attributes:
        model: name of the model.
        probabilities: (C,) float32, each in [0, 1]; sum 1, unless each class stands for itself.
        labels: C names.
        top_k: how many classes `top()` and `as_record()` list.
        reject_below: a best probability that is lower means that the picture shows none of the classes; None
            for a model that never says so.
        background: id of the class that stands for none of the others; None when there is none.
    """

    model: str
    probabilities: FloatArray
    labels: tuple[str, ...]
    top_k: int = 5
    reject_below: float | None = None
    background: int | None = None

    task = "classify"

    def __post_init__(self) -> None:
        if self.probabilities.shape != (len(self.labels),):
            raise ValueError(
                f"expected ({len(self.labels)},) probabilities, one a label, got {self.probabilities.shape}"
            )

    def top(self, k: int | None = None) -> list[tuple[int, str, float]]:
        """The k most probable classes as (class id, label, probability), best first."""
        count = min(self.top_k if k is None else k, len(self.labels))
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return [(int(i), self.labels[i], float(self.probabilities[i])) for i in order]

    @property
    def can_reject(self) -> bool:
        """Whether the model can say that it is none of its classes."""
        return self.reject_below is not None or self.background is not None

    @property
    def unknown(self) -> bool:
        """Whether the picture shows none of the classes, as far as the model can tell."""
        best = int(np.argmax(self.probabilities))
        too_low = self.reject_below is not None and float(self.probabilities[best]) < self.reject_below
        return too_low or best == self.background

    def as_record(self) -> dict[str, Any]:
        """The k most probable classes as plain values; `unknown` for a model that can say it."""
        record: dict[str, Any] = {"model": self.model, "task": self.task, "classes": class_records(self)}
        if self.can_reject:
            record["unknown"] = self.unknown
        return record

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """Itself: it says nothing about places."""
        return self


def class_records(classification: Classification) -> list[dict[str, Any]]:
    """The k most probable classes as the objects that `results.jsonl` lists."""
    return [
        {"class_id": i, "label": label, "probability": round(p, 6)} for i, label, p in classification.top()
    ]


def first_class(attached: Iterable[Result]) -> Classification | None:
    """The first classification among results."""
    return next((one for one in attached if isinstance(one, Classification)), None)


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
    """

    model: str
    xyxy: FloatArray
    scores: FloatArray
    class_ids: IntArray
    labels: tuple[str, ...]
    track_ids: IntArray | None = None
    attached: tuple[tuple[Result, ...], ...] | None = None

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
        return [self._box_record(i) for i in range(len(self))]

    def _box_record(self, i: int) -> dict[str, Any]:
        track_id = -1 if self.track_ids is None else int(self.track_ids[i])
        record: dict[str, Any] = {
            "class_id": int(self.class_ids[i]),
            "label": self.label(i),
            "score": round(float(self.scores[i]), 6),
            "box": [round(float(v), 2) for v in self.xyxy[i]],
            "track_id": None if track_id < 0 else track_id,
        }
        attached = () if self.attached is None else self.attached[i]
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


@dataclass(frozen=True, slots=True)
class Masks:
    """Objects with the pixels that each of them covers.

    Attributes:
        detections: their boxes.
        masks: one an object, within its box.
    """

    detections: Detections
    masks: tuple[BoxMask, ...]

    task = "segment"

    def __post_init__(self) -> None:
        if len(self.masks) != len(self.detections):
            raise ValueError(f"{len(self.detections)} boxes need as many masks, got {len(self.masks)}")

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.detections.model

    def with_detections(self, detections: Detections) -> Self:
        """The same masks, with more known about their boxes."""
        return replace(self, detections=detections)

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """Boxes and masks where they come to lie."""
        return replace(
            self,
            detections=self.detections.mapped(to, within_wh),
            masks=tuple(mask.mapped(to, within_wh) for mask in self.masks),
        )

    def take(self, index: NDArray[Any]) -> Self:
        """Some of the objects, in another order perhaps."""
        rows = np.arange(len(self.masks))[index]
        return replace(self, detections=self.detections.take(rows), masks=tuple(self.masks[i] for i in rows))

    def joined(self, others: Sequence[Self]) -> Self:
        """These objects and then those of others, which know the same classes."""
        return replace(
            self,
            detections=self.detections.joined([one.detections for one in others]),
            masks=tuple(mask for one in (self, *others) for mask in one.masks),
        )

    def merged(self, groups: Sequence[IntArray]) -> Self:
        """One object for each group of rows, of the pixels of all of them."""
        masks = []
        for first, *rest in groups:
            mask = self.masks[first]
            for i in rest:
                mask = mask.union(self.masks[i])
            masks.append(mask)
        return replace(self, detections=self.detections.merged(groups), masks=tuple(masks))

    def as_record(self) -> dict[str, Any]:
        """Every box with its polygons, as plain values."""
        records = self.detections.box_records()
        for record, mask in zip(records, self.masks, strict=True):
            record["polygons"] = mask.polygons()
        return {"model": self.model, "task": self.task, "detections": records}


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Objects with the places of their joints or other marks.

    Attributes:
        detections: their boxes.
        points: (N, K, 3) float32: x and y in pixels of the original frame, clipped to it unless a model saw them in a
            part of the frame only; confidence in [0, 1].
        skeleton: names of the K points and limbs between them.
        least_confidence: a point below it is a guess: hidden, or outside the picture.
        depths: (N, K) float32: how far behind the object's own middle a point lies, in pixels of the frame, the nearer
            the smaller; None where the model does not say.
        world: (N, K, 3) float32: places in metres from the object's own middle, x to the right and y down as seen;
            None where the model does not say.
    """

    detections: Detections
    points: FloatArray
    skeleton: Skeleton
    least_confidence: float = 0.0
    depths: FloatArray | None = None
    world: FloatArray | None = None

    task = "pose"

    def __post_init__(self) -> None:
        wanted = (len(self.detections), len(self.skeleton), 3)
        if self.points.shape != wanted:
            raise ValueError(f"expected {wanted} points, got {self.points.shape}")
        if self.depths is not None and self.depths.shape != wanted[:2]:
            raise ValueError(f"expected {wanted[:2]} depths, got {self.depths.shape}")
        if self.world is not None and self.world.shape != wanted:
            raise ValueError(f"expected {wanted} places in metres, got {self.world.shape}")

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.detections.model

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(N, K): which points are more than guesses."""
        seen: NDArray[np.bool_] = self.points[..., 2] >= self.least_confidence
        return seen

    def with_detections(self, detections: Detections) -> Self:
        """The same points, with more known about their boxes."""
        return replace(self, detections=detections)

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """Boxes and points where they come to lie; points are never cut off."""
        points = self.points.copy()
        points[..., :2] = to.points(points[..., :2])
        depths = None if self.depths is None else self.depths * np.float32(to.magnification)
        return replace(self, detections=self.detections.mapped(to, within_wh), points=points, depths=depths)

    def take(self, index: NDArray[Any]) -> Self:
        """Some of the objects, in another order perhaps."""
        return replace(self, detections=self.detections.take(index), **self._rows(index))

    def _rows(self, index: NDArray[Any]) -> dict[str, Any]:
        return {
            "points": self.points[index],
            "depths": None if self.depths is None else self.depths[index],
            "world": None if self.world is None else self.world[index],
        }

    def joined(self, others: Sequence[Self]) -> Self:
        """These objects and then those of others, which know the same classes."""
        every = (self, *others)
        depths = [one.depths for one in every if one.depths is not None]
        world = [one.world for one in every if one.world is not None]
        return replace(
            self,
            detections=self.detections.joined([one.detections for one in others]),
            points=np.concatenate([one.points for one in every]),
            depths=np.concatenate(depths) if len(depths) == len(every) else None,
            world=np.concatenate(world) if len(world) == len(every) else None,
        )

    def merged(self, groups: Sequence[IntArray]) -> Self:
        """One object for each group of rows, with the points of the row that is surest of its points."""
        sure = self.points[..., 2].sum(axis=1)
        rows = np.array([group[int(np.argmax(sure[group]))] for group in groups], np.intp)
        return replace(self, detections=self.detections.merged(groups), **self._rows(rows))

    def as_record(self) -> dict[str, Any]:
        """Every box with its points, as plain values: all of them, with their confidence."""
        records = self.detections.box_records()
        for i, (record, points) in enumerate(zip(records, self.points.tolist(), strict=True)):
            record["keypoints"] = [[round(x, 2), round(y, 2), round(c, 4)] for x, y, c in points]
            if self.depths is not None:
                record["depths"] = [round(z, 2) for z in self.depths[i].tolist()]
            if self.world is not None:
                record["world"] = [[round(v, 5) for v in place] for place in self.world[i].tolist()]
        return {
            "model": self.model,
            "task": self.task,
            "keypoint_names": self.skeleton.name or list(self.skeleton.names),
            "detections": records,
        }


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent on one frame, stage by stage, summed over the models. One monotonic clock.

    `write_s` of a frame is known only after its packet has been written: sinks see 0 there.
    """

    read_s: float = 0.0
    prepare_s: float = 0.0
    infer_s: float = 0.0
    decode_s: float = 0.0
    draw_s: float = 0.0
    write_s: float = 0.0

    def __add__(self, other: Timings) -> Timings:
        return Timings(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def as_milliseconds(self) -> dict[str, float]:
        """Stage name to milliseconds, without `write`."""
        return {
            f.name.removesuffix("_s"): round(getattr(self, f.name) * 1e3, 3)
            for f in fields(self)
            if f.name != "write_s"
        }


@dataclass(frozen=True, slots=True)
class Packet:
    """A frame with all that is known about it: what the sinks are given.

    Attributes:
        frame: the untouched frame.
        results: one a model, in the order in which the models were given.
        timings: seconds by stage.
        annotated: (H, W, 3) uint8 BGR with the results drawn on it; None when no sink asked for it.
    """

    frame: Frame
    results: tuple[Result, ...]
    timings: Timings
    annotated: ImageU8 | None = None
