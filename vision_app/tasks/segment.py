"""Segmentation: boxes, each with the pixels that its object covers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole, Shape
from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.results.masks import BoxMask
from vision_app.results.values import FloatArray, ImageU8, Masks
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.boxes import BOXES, BoxDecoder
from vision_app.tasks.preprocess import Geometry

_SPLITS = (1, 2, 4)
PROTOTYPES = "prototypes"
"""The output that holds the masks that are common to the whole picture."""
_PROTOTYPES_ROLE = OutputRole(
    PROTOTYPES,
    "(1, M, h, w)",
    lambda shape: len(shape) == 4 and shape[0] in (1, None),
    ("output1", "protos", "prototypes", "proto"),
)


def _can_be_boxes(shape: Shape) -> bool:
    """How many values a box has depends on the prototypes."""
    return len(shape) == 3 and shape[0] in (1, None)


class SegmentTask:
    """Segmentation by prototypes: a mask is a weighted sum of masks that are common to the whole picture.

    Args:
        card: the model's card; its output layout is that of the boxes, a key of `LAYOUTS`.
        options: thresholds and classes.
        free_hw: the model takes any stride-aligned height and width.

    Raises:
        ModelError: the card's layout is not a detection layout.
        ConfigError: a wanted class is not one of the model's.

    Source: Bolya et al., "YOLACT: Real-time Instance Segmentation", 2019.
    """

    finds_boxes: ClassVar[bool] = True

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        self.options = options
        self._name = card.name
        self._boxes = BoxDecoder(card, options, free_hw)

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The boxes, each with its weights, and the prototypes."""
        boxes, *more = self._boxes.roles()
        return OutputRole(BOXES, boxes.form, _can_be_boxes, boxes.usual), _PROTOTYPES_ROLE, *more

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor: the smallest that holds the picture when the model's size is free."""
        return self._boxes.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> Masks:
        """Boxes and masks in pixels of the picture, best first. An object without any pixel is none."""
        prototypes = self._prototypes(outputs[PROTOTYPES])
        found = self._boxes.find(outputs, geometry, extras=len(prototypes))
        grid = _grid((prototypes.shape[2], prototypes.shape[1]), geometry)
        masks = [
            _box_mask(box, weights, prototypes, grid)
            for box, weights in zip(geometry.boxes_to_frame(found.xyxy), found.extras, strict=True)
        ]
        kept = [i for i, mask in enumerate(masks) if mask.inside.any()]
        detections = self._boxes.detections(found.take(np.array(kept, np.intp)), geometry)
        return Masks(detections, tuple(masks[i] for i in kept))

    def _prototypes(self, output: NDArray[Any]) -> FloatArray:
        """The prototypes (M, h, w)."""
        if output.ndim != 4 or output.shape[0] != 1:
            raise ModelError(
                "{name}: the prototypes of a segmentation model are (1, M, h, w), this one gives "
                "{shape}; check task in the card",
                name=self._name,
                shape=tuple(output.shape),
            )
        if not np.isfinite(output).all():
            raise ModelError(
                "{name}: the model gives prototypes that are not finite numbers", name=self._name
            )
        prototypes: FloatArray = output[0]
        return prototypes


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the cells of the prototypes lie, each split into `split` x `split` so that none is half padding.

    Attributes:
        split: 1, 2 or 4.
        columns: begin and end of the split cells that show the frame and no padding.
        rows: the same downwards.
        step: split cells for one frame pixel, x and y.
        start: where the centre of the frame's first pixel lies among the centres of the split cells.
    """

    split: int
    columns: tuple[int, int]
    rows: tuple[int, int]
    step: NDArray[np.float64]
    start: NDArray[np.float64]


def _grid(cells_wh: tuple[int, int], geometry: Geometry) -> _Grid:
    """Source: ultralytics.utils.ops.process_mask_native, the choice of the split included."""
    cell_px = np.array(geometry.tensor_wh) / cells_wh
    scale, offset = np.array(geometry.scale_xy), np.array(geometry.offset_xy)
    edges_px = np.concatenate([offset, offset + np.array(geometry.frame_wh) * scale])
    for split in _SPLITS:
        edges = edges_px / np.tile(cell_px, 2) * split
        if np.abs(edges - np.rint(edges)).max() < 1e-3:
            break
    window = []
    for low, high, cells in zip(edges[:2], edges[2:], cells_wh, strict=True):
        begin = min(max(0, round(low)), cells * split - 1)
        window.append((begin, max(begin + 1, min(cells * split, round(high)))))
    step = scale * split / cell_px
    return _Grid(split, window[0], window[1], step, 0.5 * step + offset * split / cell_px - 0.5)


def _box_mask(box: FloatArray, weights: FloatArray, prototypes: FloatArray, grid: _Grid) -> BoxMask:
    """The mask of one box, straight from the prototypes' cells to frame pixels, at the box only.

    A pixel belongs to the object where the interpolated sum is above 0: a sigmoid above one half.
    """
    left, top, right, bottom = (math.ceil(v) for v in box.tolist())
    if right <= left or bottom <= top:
        return BoxMask(left, top, np.zeros((0, 0), np.bool_))
    first, last = (np.array(xy) * grid.step + grid.start for xy in ((left, top), (right - 1, bottom - 1)))
    columns = _cells(first[0], last[0], *grid.columns)
    rows = _cells(first[1], last[1], *grid.rows)
    sums = _weighted_sums(weights, prototypes, rows, columns, grid.split)
    to_cells = np.array(
        [[grid.step[0], 0, first[0] - columns.start], [0, grid.step[1], first[1] - rows.start]]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(
        sums, to_cells, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    inside: NDArray[np.bool_] = fine > 0
    return BoxMask(left, top, inside)


def _cells(first: float, last: float, low: int, high: int) -> slice:
    """The cells between which places from `first` to `last` are interpolated, within limits; at least one."""
    begin = min(max(math.floor(first), low), high - 1)
    return slice(begin, max(begin + 1, min(math.floor(last) + 2, high)))


def _weighted_sums(
    weights: FloatArray, prototypes: FloatArray, rows: slice, columns: slice, split: int
) -> FloatArray:
    """The sum of the prototypes in some split cells, interpolated between whole ones."""
    whole = [
        slice(max(0, s.start // split - 1), min(cells, -(-s.stop // split) + 1)) if split > 1 else s
        for s, cells in zip((rows, columns), prototypes.shape[1:], strict=True)
    ]
    part = prototypes[:, whole[0], whole[1]]
    sums: FloatArray = (weights @ part.reshape(len(part), -1)).reshape(part.shape[1:])
    if split == 1:
        return sums
    size_wh = (sums.shape[1] * split, sums.shape[0] * split)
    sums = np.asarray(cv2.resize(sums, size_wh, interpolation=cv2.INTER_LINEAR), np.float32)
    y, x = (s.start - w.start * split for s, w in zip((rows, columns), whole, strict=True))
    return sums[y : y + rows.stop - rows.start, x : x + columns.stop - columns.start]
