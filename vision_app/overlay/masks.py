"""Draws masks: the object's pixels tinted in the colour of its class or track, with a crisp outline."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.datatypes import BoxMask, Masks
from vision_app.overlay.boxes import object_colour, paint_labels
from vision_app.overlay.canvas import Canvas, Layer
from vision_app.overlay.colours import BLACK, Bgr

_TINT = 0.4


def paint_masks(canvas: Canvas, masks: Masks) -> None:
    """Draw every mask and its label, no boxes; the best scores lie on top."""

    def shapes() -> None:
        for i in reversed(range(len(masks.masks))):
            _draw_mask(canvas, masks.masks[i], object_colour(masks.detections, i))

    canvas.later(Layer.SHAPES, shapes)
    paint_labels(canvas, masks.detections)


def _draw_mask(canvas: Canvas, mask: BoxMask, colour: Bgr) -> None:
    part = canvas.image[mask.top :, mask.left :][: mask.inside.shape[0], : mask.inside.shape[1]]
    if not part.size:
        return
    inside = np.ascontiguousarray(mask.inside[: part.shape[0], : part.shape[1]]).view(np.uint8)
    cv2.copyTo(cv2.LUT(part, _tint_table(colour)), inside, part)
    thick = canvas.metrics.line_px
    outlines = [contour.reshape(-1, 1, 2) for contour in mask.contours]
    if thick >= 2:  # a dark seam, so that the line shows on its own colour
        cv2.polylines(canvas.image, outlines, True, BLACK, thick + 2, cv2.LINE_AA)
    cv2.polylines(canvas.image, outlines, True, colour, thick, cv2.LINE_AA)


def _tint_table(colour: Bgr) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(1, 256, 3): each pixel value mixed with the colour."""
    values = np.arange(256, dtype=np.float32)[:, None]
    mixed = (1 - _TINT) * values + _TINT * np.array(colour, np.float32)
    return np.rint(mixed).astype(np.uint8)[None]
