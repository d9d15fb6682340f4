"""Segmentation: boxes, each with the pixels that its object covers."""

from __future__ import annotations

import math
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.cards import ModelCard
from vision_app.datatypes import BoxMask, FloatArray, ImageU8, Masks
from vision_app.errors import ModelError
from vision_app.preprocess import Geometry
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.boxes import BoxDecoder


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

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor: the smallest that holds the picture when the model's size is free."""
        return self._boxes.prepare(image)

    def decode(self, outputs: Outputs, geometry: Geometry) -> Masks:
        """Boxes and masks in pixels of the picture, best first. An object without any pixel is none."""
        values, prototypes = self._split(outputs)
        found = self._boxes.find(values, geometry, extras=len(prototypes))
        window = _content(prototypes, geometry)
        masks = [
            _box_mask(box, weights, prototypes, window, geometry)
            for box, weights in zip(geometry.boxes_to_frame(found.xyxy), found.extras, strict=True)
        ]
        kept = [i for i, mask in enumerate(masks) if mask.inside.any()]
        detections = self._boxes.detections(found.take(np.array(kept, np.intp)), geometry)
        return Masks(detections, tuple(masks[i] for i in kept))

    def _split(self, outputs: Outputs) -> tuple[FloatArray, FloatArray]:
        """The boxes (1, ..) and the prototypes (M, h, w), in whichever order the file has them."""
        boxes = [o for o in outputs if o.ndim == 3]
        prototypes = [o for o in outputs if o.ndim == 4 and o.shape[0] == 1]
        if len(boxes) != 1 or len(prototypes) != 1:
            shapes = ", ".join(str(tuple(o.shape)) for o in outputs)
            raise ModelError(
                f"{self._name}: a segmentation model gives boxes (1, .., ..) and prototypes (1, M, h, w), "
                f"this one gives {shapes}; check task in the card"
            )
        if not np.isfinite(prototypes[0]).all():
            raise ModelError(f"{self._name}: the model gives prototypes that are not finite numbers")
        return boxes[0], prototypes[0][0]


def _content(prototypes: FloatArray, geometry: Geometry) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the cells that show the frame and not its padding."""
    limits = []
    for axis, cells in enumerate((prototypes.shape[2], prototypes.shape[1])):
        cell_px = geometry.tensor_wh[axis] / cells
        start = geometry.offset_xy[axis] / cell_px
        end = start + geometry.frame_wh[axis] * geometry.scale_xy[axis] / cell_px
        limits.append((max(0, math.floor(start + 1e-3)), min(cells, math.ceil(end - 1e-3))))
    (left, right), (top, bottom) = limits
    return left, top, right, bottom


def _box_mask(
    box: FloatArray,
    weights: FloatArray,
    prototypes: FloatArray,
    window: tuple[int, int, int, int],
    geometry: Geometry,
) -> BoxMask:
    """The mask of one box, straight from the prototypes' cells to frame pixels, at the box only.

    A pixel belongs to the object where the interpolated sum is above 0: a sigmoid above one half.
    Source: ultralytics.utils.ops.process_mask_native.
    """
    left, top, right, bottom = (math.ceil(v) for v in box.tolist())
    if right <= left or bottom <= top:
        return BoxMask(left, top, np.zeros((0, 0), np.bool_))
    # pixel centre to cell centre: cell = pixel * step + start
    cell_px = np.array(geometry.tensor_wh) / prototypes.shape[:0:-1]
    step = np.array(geometry.scale_xy) / cell_px
    start = (0.5 * np.array(geometry.scale_xy) + geometry.offset_xy) / cell_px - 0.5
    first, last = (np.array(xy) * step + start for xy in ((left, top), (right - 1, bottom - 1)))
    columns = _cells(first[0], last[0], window[0], window[2])
    rows = _cells(first[1], last[1], window[1], window[3])
    part = prototypes[:, rows, columns]
    sums = (weights @ part.reshape(len(part), -1)).reshape(part.shape[1:])
    to_cells = np.array([[step[0], 0, first[0] - columns.start], [0, step[1], first[1] - rows.start]])
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
