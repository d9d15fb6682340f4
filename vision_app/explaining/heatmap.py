"""What every explainer gives: a map of how much each place of the picture matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.preprocess import Geometry


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """How much each place matters, on the grid on which it was found.

    Attributes:
        values: (h, w) float32 from 0 to 1: how strong the colour of each cell is.
        region: left, top, right, bottom in pixels of the frame of what the grid covers; a letterbox reaches
            beyond the frame, a centre crop does not cover all of it.
        frame_wh: size of the frame, pixels.
        method: name of what was really computed: a key of `EXPLAINERS`.
        low: the number for which 0 stands.
        high: the number for which 1 stands.
        class_id: the class that is explained; None for a method that knows no class.
        label: its name; "" for none.
        layer: the layer that was looked at; "" for none.
        note: what else has to be said about it, in one line; "" for nothing.
        progress: share of the work that is done, for a method that goes on.
    """

    values: FloatArray
    region: tuple[float, float, float, float]
    frame_wh: tuple[int, int]
    method: str
    low: float = 0.0
    high: float = 1.0
    class_id: int | None = None
    label: str = ""
    layer: str = ""
    note: str = ""
    progress: float = 1.0

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or 0 in self.values.shape:
            raise ValueError(f"a heat map is (h, w) with at least one cell, got {self.values.shape}")
        if not np.isfinite(self.values).all():
            raise ValueError("a heat map holds finite numbers only")
        if self.region[2] <= self.region[0] or self.region[3] <= self.region[1]:
            raise ValueError(f"a heat map covers an area, got {self.region}")

    @property
    def cell_wh(self) -> tuple[float, float]:
        """Width and height of one cell in pixels of the frame."""
        left, top, right, bottom = self.region
        return (right - left) / self.values.shape[1], (bottom - top) / self.values.shape[0]

    @property
    def peak_xy(self) -> tuple[float, float]:
        """The middle of the strongest cell that lies in the frame, in pixels of the frame."""
        x, y = self._centres()
        inside = ((y >= 0) & (y < self.frame_wh[1]))[:, None] & ((x >= 0) & (x < self.frame_wh[0]))[None, :]
        values = np.where(inside, self.values, -1.0) if inside.any() else self.values
        row, column = np.unravel_index(int(np.argmax(values)), values.shape)
        return (
            float(np.clip(x[column], 0, self.frame_wh[0] - 1)),
            float(np.clip(y[row], 0, self.frame_wh[1] - 1)),
        )

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell at a place of the frame; None outside the region."""
        left, top, right, bottom = self.region
        if not (left <= x < right and top <= y < bottom):
            return None
        width, height = self.cell_wh
        return int((y - top) / height), int((x - left) / width)

    def on_frame(self) -> tuple[FloatArray, tuple[int, int, int, int]]:
        """The values in pixels of the frame: only the part of the frame that the network saw.

        Returns:
            (h, w) float32, and left, top, right, bottom of where it lies: whole pixels of the frame.
        """
        left, top, right, bottom = self.region
        box = (
            max(0, round(left)),
            max(0, round(top)),
            min(self.frame_wh[0], round(right)),
            min(self.frame_wh[1], round(bottom)),
        )
        wide, high = max(1, round(right) - round(left)), max(1, round(bottom) - round(top))
        whole = grown(self.values, (wide, high))
        x, y = box[0] - round(left), box[1] - round(top)
        return whole[y : y + box[3] - box[1], x : x + box[2] - box[0]], box

    def painted(self, image: ImageU8) -> ImageU8:
        """A copy of the picture with the map over it, and a legend."""
        from vision_app.explaining.painting import paint

        return paint(image, self)

    def scaled(self, factor_xy: tuple[float, float]) -> Heatmap:
        """The same map on a picture that is so many times as wide and as high."""
        fx, fy = factor_xy
        left, top, right, bottom = self.region
        wide, high = round(self.frame_wh[0] * fx), round(self.frame_wh[1] * fy)
        return replace(self, region=(left * fx, top * fy, right * fx, bottom * fy), frame_wh=(wide, high))

    def as_record(self) -> dict[str, Any]:
        """What a line of JSON says about it: plain values."""
        record: dict[str, Any] = {
            "method": self.method,
            "class_id": self.class_id,
            "label": self.label or None,
            "peak_xy": [round(v, 1) for v in self.peak_xy],
        }
        if self.layer:
            record["layer"] = self.layer
        if self.note:
            record["note"] = self.note
        return record

    def _centres(self) -> tuple[FloatArray, FloatArray]:
        width, height = self.cell_wh
        rows, columns = self.values.shape
        x = self.region[0] + (np.arange(columns, dtype=np.float32) + 0.5) * width
        y = self.region[1] + (np.arange(rows, dtype=np.float32) + 0.5) * height
        return x, y


def grown(values: Any, size_wh: tuple[int, int]) -> FloatArray:
    """A grid of numbers at another size, smoothly: (h, w) float32."""
    made: FloatArray = np.asarray(cv2.resize(values, size_wh, interpolation=cv2.INTER_LINEAR), np.float32)
    return made


def region_of(geometry: Geometry) -> tuple[float, float, float, float]:
    """Where the whole input tensor lies in the frame: left, top, right, bottom in its pixels."""
    (sx, sy), (ox, oy), (width, height) = geometry.scale_xy, geometry.offset_xy, geometry.tensor_wh
    return (-ox / sx, -oy / sy, (width - ox) / sx, (height - oy) / sy)


def normalised(raw: FloatArray, *, from_zero: bool) -> tuple[FloatArray, float, float]:
    """Numbers from 0 to 1, and the numbers for which 0 and 1 stand.

    Args:
        raw: (h, w) of any numbers.
        from_zero: 0 stays 0, and what is below it is 0 too: what speaks against a class is not shown as a weak
            yes. Where nothing is above 0, the map is empty but for the least of all.

    >>> values, low, high = normalised(np.array([[-1.0, 1.0, 4.0]], np.float32), from_zero=True)
    >>> values.tolist(), low, high
    ([[0.0, 0.25, 1.0]], 0.0, 4.0)
    """
    raw = np.nan_to_num(np.asarray(raw, np.float32), posinf=0.0, neginf=0.0)
    low, high = (0.0 if from_zero else float(raw.min())), float(raw.max())
    if from_zero and high <= 0.0:
        low = float(raw.min())
    span = high - low
    if span <= 0.0:
        return np.zeros(raw.shape, np.float32), low, high
    values: FloatArray = np.clip((raw - low) / np.float32(span), 0.0, 1.0).astype(np.float32)
    return values, low, high
