"""Objects with boxes that are turned as the objects lie: ships and planes from above, text, tools on a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vision_app.results.affine import Affine
from vision_app.results.values import Detections, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class TurnedBoxes:
    """Objects with turned boxes.

    Attributes:
        detections: the upright box round each, cut off at the frame, with class, score and track.
        corners: (N, 4, 2) float32, the corners of the turned boxes in frame pixels, in order round the box.
    """

    detections: Detections
    corners: FloatArray

    task = "obb"

    def __post_init__(self) -> None:
        if self.corners.shape != (len(self.detections), 4, 2):
            raise ValueError(f"{len(self.detections)} boxes need (N, 4, 2) corners, got {self.corners.shape}")

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.detections.model

    def with_detections(self, detections: Detections) -> Self:
        """The same corners, with more known about their boxes."""
        return replace(self, detections=detections)

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """Boxes and corners where they come to lie."""
        return replace(
            self, detections=self.detections.mapped(to, within_wh), corners=to.points(self.corners)
        )

    def take(self, index: NDArray[Any]) -> Self:
        """Some of the objects."""
        return replace(self, detections=self.detections.take(index), corners=self.corners[index])

    def joined(self, others: Sequence[Self]) -> Self:
        """These objects and then those of others."""
        return replace(
            self,
            detections=self.detections.joined([o.detections for o in others]),
            corners=np.concatenate([self.corners, *(o.corners for o in others)]),
        )

    def merged(self, groups: Sequence[IntArray]) -> Self:
        """One object for each group, turned as its surest part is."""
        first = np.array([group[0] for group in groups], np.int64)
        return replace(self, detections=self.detections.merged(groups), corners=self.corners[first])

    def as_record(self) -> dict[str, Any]:
        """Every box with its corners, as plain values."""
        records = self.detections.box_records()
        for record, corners in zip(records, self.corners.tolist(), strict=True):
            record["corners"] = [[round(x, 2), round(y, 2)] for x, y in corners]
        return {"model": self.model, "task": self.task, "detections": records}


def corners_of(xywhr: FloatArray) -> FloatArray:
    """(N, 4, 2) corners of boxes of centre, size and angle in radians.

    >>> corners_of(np.array([[0, 0, 2, 4, 0]], np.float32))[0].tolist()
    [[1.0, 2.0], [1.0, -2.0], [-1.0, -2.0], [-1.0, 2.0]]

    Source: ultralytics.utils.ops.xywhr2xyxyxyxy, the order of the corners included.
    """
    centre, (w, h, angle) = xywhr[:, :2], xywhr[:, 2:5].T
    along = np.stack([w / 2 * np.cos(angle), w / 2 * np.sin(angle)], axis=1)
    across = np.stack([-h / 2 * np.sin(angle), h / 2 * np.cos(angle)], axis=1)
    corners = [
        centre + along + across,
        centre + along - across,
        centre - along - across,
        centre - along + across,
    ]
    return np.stack(corners, axis=1).astype(np.float32)
