"""Draws masks: the object's pixels tinted in the colour of its class or track, with a crisp outline."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from vision_app.overlay.boxes import object_colour, paint_labels
from vision_app.overlay.canvas import Canvas, Layer
from vision_app.overlay.colours import BLACK, Bgr
from vision_app.results.masks import BoxMask
from vision_app.results.values import ImageU8, Masks

_TINT = 0.42


def paint_masks(canvas: Canvas, masks: Masks) -> None:
    """Draw every mask and its label, no boxes; small objects lie on top, they are mostly in front."""

    def shapes() -> None:
        sizes = [mask.inside.size for mask in masks.masks]
        for i in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
            draw_mask(canvas, masks.masks[i], object_colour(masks.detections, i))

    canvas.later(Layer.SHAPES, shapes)
    paint_labels(canvas, masks.detections)


def draw_mask(canvas: Canvas, mask: BoxMask, colour: Bgr, tint: float = _TINT) -> None:
    """Tint and outline on the mask's own pixels, in its cut-out: anti-aliased lines cost several times that.

    Args:
        canvas: where to draw.
        mask: what to draw.
        colour: of the outline and the tint.
        tint: share of the colour within the outline.
    """
    height, width = mask.inside.shape
    part = canvas.image[mask.top : mask.top + height, mask.left : mask.left + width]
    if not part.size:
        return
    inside = np.ascontiguousarray(mask.inside[: part.shape[0], : part.shape[1]]).view(np.uint8)
    plane = _plane(part, colour)
    cv2.copyTo(cv2.addWeighted(part, 1 - tint, plane, tint, 0), inside, part)
    thick = canvas.metrics.line_px
    core = _shrunk(inside, thick)
    cv2.copyTo(plane, cv2.subtract(inside, core), part)
    if thick >= 2:  # a thin dark seam, so that the line shows on its own colour, as boxes have it
        cv2.copyTo(_plane(part, BLACK), cv2.subtract(core, _shrunk(core, 1)), part)


def _plane(like: ImageU8, colour: Bgr) -> ImageU8:
    """A picture of one colour; NumPy fills triples of bytes slowly."""
    plane: ImageU8 = np.empty_like(like)
    cv2.rectangle(plane, (0, 0), (like.shape[1] - 1, like.shape[0] - 1), colour, cv2.FILLED)
    return plane


def _shrunk(inside: ImageU8, by_px: int) -> ImageU8:
    """The mask without its outermost pixels; those at the edge of the cut-out are outermost."""
    shrunk = cv2.erode(inside, _disc(by_px), borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    return np.asarray(shrunk, np.uint8)


@lru_cache(maxsize=64)
def _disc(radius_px: int) -> ImageU8:
    side = 2 * radius_px + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
