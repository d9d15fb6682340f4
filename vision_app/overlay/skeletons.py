"""Draws keypoints: limbs and joints, left, right and middle of the body in colours of their own."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.overlay.boxes import object_colour, paint_detections
from vision_app.overlay.canvas import Canvas, Layer
from vision_app.overlay.colours import BLACK, WHITE, Bgr
from vision_app.results.skeletons import Side, Skeleton
from vision_app.results.values import Keypoints

_SIDES: dict[Side, Bgr] = {"left": (255, 191, 64), "right": (61, 138, 255), "middle": (235, 235, 235)}
_SUBPIXEL_BITS = 3
_SPAN_IN_LINES = 60


def paint_keypoints(canvas: Canvas, keypoints: Keypoints) -> None:
    """Draw box, label and skeleton of every object; points that are guesses are left out."""
    paint_detections(canvas, keypoints.detections)

    def shapes() -> None:
        fine = np.rint(keypoints.points[..., :2] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        for i in reversed(range(len(fine))):
            _draw_skeleton(canvas, keypoints, i, fine[i].tolist())

    canvas.later(Layer.SHAPES, shapes)


def _draw_skeleton(canvas: Canvas, keypoints: Keypoints, i: int, fine: list[list[int]]) -> None:
    skeleton, seen = keypoints.skeleton, keypoints.seen[i]
    left, top, right, bottom = keypoints.detections.xyxy[i].tolist()
    # the points of a small object lie close together
    line_px = max(1, min(canvas.metrics.line_px, round(max(right - left, bottom - top) / _SPAN_IN_LINES)))
    limbs = [(a, b) for a, b in skeleton.limbs if seen[a] and seen[b]]
    for seam_px in (2, 0):  # all seams first: they must not cut limbs that are there
        for a, b in limbs:
            colour = BLACK if seam_px else _limb_colour(skeleton, a, b)
            thick = line_px + seam_px
            cv2.line(canvas.image, fine[a], fine[b], colour, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
    radius = (line_px + 1) << _SUBPIXEL_BITS
    for k in np.flatnonzero(seen).tolist():
        colour = _SIDES[skeleton.side(k)] if skeleton.limbs else object_colour(keypoints.detections, i)
        rim = radius + (1 << _SUBPIXEL_BITS)
        cv2.circle(canvas.image, fine[k], rim, BLACK, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.circle(canvas.image, fine[k], radius, colour, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _limb_colour(skeleton: Skeleton, a: int, b: int) -> Bgr:
    sides = {skeleton.side(a), skeleton.side(b)}
    if sides == {"left", "right"}:
        return WHITE
    return _SIDES[max(sides, key=("middle", "left", "right").index)]
