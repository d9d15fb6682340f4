"""Draws keypoints: limbs and joints, left, right and middle of the body in colours of their own."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.overlay.boxes import object_colour, paint_detections, paint_labels
from vision_app.overlay.canvas import Canvas, Layer
from vision_app.overlay.colours import BLACK, WHITE, Bgr
from vision_app.overlay.masks import draw_mask
from vision_app.results.skeletons import Side, Skeleton
from vision_app.results.values import Keypoints

_SIDES: dict[Side, Bgr] = {"left": (255, 191, 64), "right": (61, 138, 255), "middle": (235, 235, 235)}
_FINGERS: dict[str, Bgr] = {
    "thumb": (80, 205, 255),
    "index": (102, 220, 60),
    "middle": (225, 200, 50),
    "ring": (255, 120, 90),
    "pinky": (230, 90, 220),
}
_IRIS: Bgr = (90, 220, 255)
_WEB: Bgr = (200, 190, 170)
_SUBPIXEL_BITS = 3
_SPAN_IN_LINES = 60
_SPAN_IN_MESH_LINES = 150
_FAR_SHARE = 0.55
_WEB_SHARE = 0.55
_LIGHT_TINT = 0.08


def paint_keypoints(canvas: Canvas, keypoints: Keypoints) -> None:
    """Draw label and skeleton of every object, and its box unless its own outline is drawn; no guessed points."""
    masks = keypoints.masks
    if masks is None and not keypoints.skeleton.web:
        paint_detections(canvas, keypoints.detections)
    else:
        paint_labels(canvas, keypoints.detections)

    def shapes() -> None:
        for i, mask in enumerate(masks or ()):
            draw_mask(canvas, mask, object_colour(keypoints.detections, i), _LIGHT_TINT)
        fine = np.rint(keypoints.points[..., :2] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        for i in reversed(range(len(fine))):
            _draw_skeleton(canvas, keypoints, i, fine[i].tolist())

    canvas.later(Layer.SHAPES, shapes)


def _draw_skeleton(canvas: Canvas, keypoints: Keypoints, i: int, fine: list[list[int]]) -> None:
    skeleton, seen = keypoints.skeleton, keypoints.seen[i]
    left, top, right, bottom = keypoints.detections.xyxy[i].tolist()
    # the points of a small object lie close together
    span = max(right - left, bottom - top)
    finer = _SPAN_IN_MESH_LINES if skeleton.web else _SPAN_IN_LINES
    line_px = max(1, min(canvas.metrics.line_px, round(span / finer)))
    if skeleton.web:
        _draw_mesh(canvas, keypoints, i, line_px)
        return
    near = _nearness(keypoints, i)
    limbs = [(a, b) for a, b in skeleton.limbs if seen[a] and seen[b]]
    limbs.sort(key=lambda pair: near[pair[0]] + near[pair[1]])  # what is near lies on top
    thin = line_px == 1  # a full seam would leave nothing of the colour
    for seam_px in (1 if thin else 2, 0):  # all seams first: they must not cut limbs that are there
        for a, b in limbs:
            shown = _shaded(_limb_colour(skeleton, a, b), (near[a] + near[b]) / 2)
            thick = line_px + seam_px
            cv2.line(
                canvas.image,
                fine[a],
                fine[b],
                BLACK if seam_px else shown,
                thick,
                cv2.LINE_AA,
                _SUBPIXEL_BITS,
            )
    radius = (line_px if thin else line_px + 1) << _SUBPIXEL_BITS
    for k in sorted(np.flatnonzero(seen).tolist(), key=near.__getitem__):
        colour = _point_colour(skeleton, k) if skeleton.limbs else object_colour(keypoints.detections, i)
        rim = radius + (1 << _SUBPIXEL_BITS)
        cv2.circle(canvas.image, fine[k], rim, BLACK, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)
        shown = _shaded(colour, near[k])
        cv2.circle(canvas.image, fine[k], radius, shown, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL_BITS)


def _nearness(keypoints: Keypoints, i: int) -> list[float]:
    """How near each point of an object is, from 0 to 1; 1 for all where the model says nothing of depth."""
    if keypoints.depths is None:
        return [1.0] * len(keypoints.skeleton)
    depths = keypoints.depths[i]
    seen = depths[keypoints.seen[i]]
    if not len(seen) or float(np.ptp(seen)) == 0:
        return [1.0] * len(keypoints.skeleton)
    shares = (seen.max() - depths) / np.ptp(seen)
    near: list[float] = np.clip(shares, 0, 1).tolist()
    return near


def _shaded(colour: Bgr, near: float) -> Bgr:
    """A colour, darker the farther away it is."""
    share = _FAR_SHARE + (1 - _FAR_SHARE) * near
    blue, green, red = (round(v * share) for v in colour)
    return blue, green, red


def _draw_mesh(canvas: Canvas, keypoints: Keypoints, i: int, line_px: int) -> None:
    """A fine web, its contours, and the irises; as polylines of two points, for a thousand single lines are slow."""
    skeleton = keypoints.skeleton
    fine = np.rint(keypoints.points[i, :, :2] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    web = canvas.image.copy()
    cv2.polylines(web, list(fine[np.array(skeleton.web)]), False, _WEB, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    cv2.addWeighted(web, _WEB_SHARE, canvas.image, 1 - _WEB_SHARE, 0, dst=canvas.image)
    irises = [pair for pair in skeleton.limbs if "iris" in skeleton.names[pair[0]]]
    contours = [pair for pair in skeleton.limbs if "iris" not in skeleton.names[pair[0]]]
    colour = object_colour(keypoints.detections, i)
    for pairs, drawn in ((contours, colour), (irises, _IRIS)):
        if pairs:
            cv2.polylines(
                canvas.image, list(fine[np.array(pairs)]), False, drawn, line_px, cv2.LINE_AA, _SUBPIXEL_BITS
            )


def _point_colour(skeleton: Skeleton, k: int) -> Bgr:
    finger = skeleton.names[k].partition("_")[0]
    return _FINGERS.get(finger) or _SIDES[skeleton.side(k)]


def _limb_colour(skeleton: Skeleton, a: int, b: int) -> Bgr:
    finger = _FINGERS.get(skeleton.names[b].partition("_")[0])
    if finger is not None and skeleton.names[b] not in ("index_mcp", "middle_mcp", "ring_mcp", "pinky_mcp"):
        return finger
    sides = {skeleton.side(a), skeleton.side(b)}
    if sides == {"left", "right"}:
        return WHITE
    return _SIDES[max(sides, key=("middle", "left", "right").index)]
