"""Zones, lines and counts on the picture."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from vision_app.overlay.canvas import Canvas, Layer, Rect
from vision_app.overlay.colours import index_colour
from vision_app.overlay.style import DEFAULT_STYLE, Style
from vision_app.overlay.text import clean, draw_line, fitted, line_height, width_of
from vision_app.results.values import ImageU8
from vision_app.site.geometry import Point
from vision_app.site.rules.base import Shape

_FILL, _FILL_ACTIVE = 0.12, 0.32


def paint_shapes(image: ImageU8, shapes: Iterable[Shape], *, style: Style = DEFAULT_STYLE) -> None:
    """Draw what the rules of a stream look at, with their figures.

    Args:
        image: (H, W, 3) uint8 BGR, C-contiguous; it is written.
        shapes: zones and lines, the same ones in the same order for every frame, so that they keep their colours.
        style: the look.
    """
    canvas = Canvas(image, style, headers=False)
    for number, shape in enumerate(shapes):
        _paint(canvas, shape, index_colour(number * 5 + 2))
    canvas.finish()


def _paint(canvas: Canvas, shape: Shape, colour: tuple[int, int, int]) -> None:
    size = np.array([canvas.width - 1, canvas.height - 1])
    points = np.round(np.array(shape.points) * size).astype(np.int32)
    line_px = canvas.metrics.line_px
    if shape.closed:
        _tint(canvas.image, points, colour, _FILL_ACTIVE if shape.active else _FILL)
    cv2.polylines(canvas.image, [points], shape.closed, (0, 0, 0), line_px + 2, cv2.LINE_AA)
    cv2.polylines(canvas.image, [points], shape.closed, colour, line_px, cv2.LINE_AA)
    if not shape.closed:
        _arrow(canvas, shape.points, colour)
    at = points[np.argmin(points[:, 1])] if shape.closed else points.mean(axis=0)
    canvas.later(Layer.CHIPS, lambda: _chip(canvas, shape.title, (int(at[0]), int(at[1])), colour))


def _tint(image: ImageU8, points: np.ndarray, colour: tuple[int, int, int], share: float) -> None:
    """Colour the inside of a polygon, without a copy of the rest of the picture."""
    left, top = np.maximum(points.min(axis=0), 0)
    right, bottom = points.max(axis=0) + 1
    part = image[top:bottom, left:right]
    if part.size == 0:
        return
    filled = part.copy()
    cv2.fillPoly(filled, [points - np.array([left, top], np.int32)], colour)
    cv2.addWeighted(filled, share, part, 1.0 - share, 0.0, dst=part)


def _arrow(canvas: Canvas, ends: tuple[Point, ...], colour: tuple[int, int, int]) -> None:
    """An arrow across the middle of a line: to the side that is "in"."""
    (ax, ay), (bx, by) = ((x * canvas.width, y * canvas.height) for x, y in ends)
    along = np.array([bx - ax, by - ay])
    length = float(np.hypot(*along)) or 1.0
    across = np.array([-along[1], along[0]]) / length  # to the right of who walks along, with y going down
    reach = canvas.metrics.text_px * 1.6
    middle = np.array([ax + bx, ay + by]) / 2
    begin = tuple(int(v) for v in np.round(middle - across * reach / 2))
    end = tuple(int(v) for v in np.round(middle + across * reach))
    for tone, more in (((0, 0, 0), 2), (colour, 0)):
        cv2.arrowedLine(
            canvas.image, begin, end, tone, canvas.metrics.line_px + more, cv2.LINE_AA, tipLength=0.35
        )


def _chip(canvas: Canvas, title: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    m = canvas.metrics
    text = fitted(clean(title), canvas.width - 2 * m.pad_px, m.small_px)
    width, height = width_of(text, m.small_px) + 2 * m.pad_px, line_height(m.small_px)
    wanted = canvas.clamped(at[0] - width // 2, at[1] - height - m.pad_px, width, height)
    rect = next((one for one in _places(canvas, wanted) if canvas.is_free(one)), wanted)
    canvas.reserve(rect)
    canvas.shade(rect, m.radius_px)
    draw_line(canvas.image, text, rect.left + m.pad_px, rect.top, size_px=m.small_px, colour=colour)


def _places(canvas: Canvas, wanted: Rect) -> Iterable[Rect]:
    for row in (0, 1, -1, 2, -2):
        yield canvas.clamped(wanted.left, wanted.top + row * (wanted.height + 2), wanted.width, wanted.height)
