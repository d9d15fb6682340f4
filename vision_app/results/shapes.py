"""Objects with more than a box: the pixels that they cover, the places of their joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vision_app.results.affine import Affine
from vision_app.results.frames import FloatArray, IntArray
from vision_app.results.masks import BoxMask
from vision_app.results.objects import Detections
from vision_app.results.skeletons import Skeleton


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
        masks: which pixels belong to each object; None where the model does not say.
    """

    detections: Detections
    points: FloatArray
    skeleton: Skeleton
    least_confidence: float = 0.0
    depths: FloatArray | None = None
    world: FloatArray | None = None
    masks: tuple[BoxMask, ...] | None = None

    task = "pose"

    def __post_init__(self) -> None:
        wanted = (len(self.detections), len(self.skeleton), 3)
        if self.points.shape != wanted:
            raise ValueError(f"expected {wanted} points, got {self.points.shape}")
        if self.depths is not None and self.depths.shape != wanted[:2]:
            raise ValueError(f"expected {wanted[:2]} depths, got {self.depths.shape}")
        if self.world is not None and self.world.shape != wanted:
            raise ValueError(f"expected {wanted} places in metres, got {self.world.shape}")
        if self.masks is not None and len(self.masks) != len(self.detections):
            raise ValueError(f"{len(self.detections)} boxes need as many masks, got {len(self.masks)}")

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
        """Boxes, points and masks where they come to lie; points are never cut off."""
        points = self.points.copy()
        points[..., :2] = to.points(points[..., :2])
        depths = None if self.depths is None else self.depths * np.float32(to.magnification)
        return replace(
            self,
            detections=self.detections.mapped(to, within_wh),
            points=points,
            depths=depths,
            masks=None if self.masks is None else tuple(mask.mapped(to, within_wh) for mask in self.masks),
        )

    def take(self, index: NDArray[Any]) -> Self:
        """Some of the objects, in another order perhaps."""
        return replace(self, detections=self.detections.take(index), **self._rows(index))

    def _rows(self, index: NDArray[Any]) -> dict[str, Any]:
        return {
            "points": self.points[index],
            "depths": None if self.depths is None else self.depths[index],
            "world": None if self.world is None else self.world[index],
            "masks": None
            if self.masks is None
            else tuple(self.masks[i] for i in np.arange(len(self.masks))[index]),
        }

    def joined(self, others: Sequence[Self]) -> Self:
        """These objects and then those of others, which know the same classes."""
        every = (self, *others)
        depths = [one.depths for one in every if one.depths is not None]
        world = [one.world for one in every if one.world is not None]
        masks = [one.masks for one in every if one.masks is not None]
        return replace(
            self,
            detections=self.detections.joined([one.detections for one in others]),
            points=np.concatenate([one.points for one in every]),
            depths=np.concatenate(depths) if len(depths) == len(every) else None,
            world=np.concatenate(world) if len(world) == len(every) else None,
            masks=tuple(mask for one in masks for mask in one) if len(masks) == len(every) else None,
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
            if self.masks is not None:
                record["polygons"] = self.masks[i].polygons()
        return {
            "model": self.model,
            "task": self.task,
            "keypoint_names": self.skeleton.name or list(self.skeleton.names),
            "detections": records,
        }
