"""Draws what is said of every pixel: classes as tints, depth as colours with a legend, a picture as a picture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.overlay.bars import CardRow, draw_card
from vision_app.overlay.boxes import object_colour, paint_labels
from vision_app.overlay.canvas import Canvas, Layer, Rect
from vision_app.overlay.colours import BLACK, WHITE, index_colour
from vision_app.overlay.text import clean, draw_line, line_height, width_of
from vision_app.results.maps import NO_CLASS, ClassMap, DepthMap, Embedding, MadePicture
from vision_app.results.turned import TurnedBoxes

_TINT = 0.5
_DEPTH = 0.85
_MOST_CLASSES = 6
NEAR, FAR = "near", "far"
"""What stands at the ends of the legend of a depth without a unit."""


def paint_class_map(canvas: Canvas, result: ClassMap) -> None:
    """Tint every class in its colour, and list those that are there with their shares; or replace the background."""

    def shapes() -> None:
        if result.behind is not None:
            share = result.foreground_on((canvas.width, canvas.height))
            np.copyto(canvas.image, result.behind.put(canvas.image, share))
            return
        ids = result.on_frame((canvas.width, canvas.height))
        colours = cv2.LUT(cv2.merge([ids, ids, ids]), _palette(result.background))
        mixed = cv2.addWeighted(canvas.image, 1 - _TINT, colours, _TINT, 0)
        drawn = ids != NO_CLASS
        if result.background is not None:
            drawn &= ids != result.background
        cv2.copyTo(mixed, drawn.view(np.uint8), canvas.image)

    def legend() -> None:
        rows = [
            CardRow(clean(canvas.style.said(label, result.labels)), i, share)
            for i, label, share in result.shares
            if i != result.background
        ]
        draw_card(canvas, result.model, rows[:_MOST_CLASSES])

    canvas.later(Layer.GROUND, shapes)
    if result.behind is None:
        canvas.later(Layer.CARDS, legend)


@lru_cache(maxsize=8)
def _palette(background: int | None) -> NDArray[np.uint8]:
    table = np.zeros((1, 256, 3), np.uint8)
    for i in range(NO_CLASS):
        if i != background:
            table[0, i] = index_colour(i)
    return table


def paint_depth(canvas: Canvas, result: DepthMap) -> None:
    """Colour every pixel by its depth, near ones bright, with a legend."""

    def shapes() -> None:
        low, high = result.range
        values = result.on_frame((canvas.width, canvas.height))
        shares = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
        if not result.inverse:
            shares = 1 - shares
        colours = cv2.applyColorMap((shares * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
        cv2.addWeighted(canvas.image, 1 - _DEPTH, colours, _DEPTH, 0, dst=canvas.image)

    canvas.later(Layer.GROUND, shapes)
    canvas.later(Layer.CARDS, lambda: _draw_legend(canvas, result))


def depth_ends(result: DepthMap) -> tuple[str, str]:
    """What the near and the far end of a depth map's legend say."""
    low, high = result.range
    return (NEAR, FAR) if result.inverse else (f"{low:.1f} m", f"{high:.1f} m")


def _draw_legend(canvas: Canvas, result: DepthMap) -> None:
    m = canvas.metrics
    texts = [canvas.style.said(t) for t in depth_ends(result)]
    widths = [width_of(t, m.small_px) for t in texts]
    bar_px = 7 * m.text_px
    width = sum(widths) + bar_px + 4 * m.pad_px
    rect = canvas.place_card(
        width, line_height(m.small_px) + m.pad_px, ("bottom-right", "bottom-left", "top-right")
    )
    if rect is None:
        return
    canvas.shade(rect, m.radius_px)
    top = rect.top + m.pad_px // 2
    draw_line(canvas.image, texts[0], rect.left + m.pad_px, top, size_px=m.small_px, colour=WHITE)
    ramp = np.linspace(255, 0, bar_px).astype(np.uint8)[None]
    bar = Rect(rect.left + 2 * m.pad_px + widths[0], rect.top + m.pad_px, 0, rect.bottom - m.pad_px)
    bar = bar._replace(right=bar.left + bar_px)
    if bar.height > 0:
        colours = cv2.applyColorMap(np.repeat(ramp, bar.height, axis=0), cv2.COLORMAP_INFERNO)
        canvas.image[bar.top : bar.bottom, bar.left : bar.right] = colours
    draw_line(canvas.image, texts[1], bar.right + m.pad_px, top, size_px=m.small_px, colour=WHITE)


def paint_picture(canvas: Canvas, result: MadePicture) -> None:
    """Put the picture that the model made in the frame's place; the left half stays, where both are to be seen."""

    def shapes() -> None:
        made = result.on_frame((canvas.width, canvas.height))
        if result.beside:
            middle = canvas.width // 2
            canvas.image[:, middle:] = made[:, middle:]
            cv2.line(
                canvas.image, (middle, 0), (middle, canvas.height), WHITE, max(1, canvas.metrics.line_px // 2)
            )
        else:
            canvas.image[...] = made

    canvas.later(Layer.GROUND, shapes)


def paint_embedding(canvas: Canvas, result: Embedding) -> None:
    """List the nearest known pictures; where none is known, say what the vector is."""
    rows = [CardRow(clean(name), i, max(0.0, s)) for i, (name, s) in enumerate(result.nearest)]
    said = rows or [CardRow(canvas.style.said("vector of {count}").format(count=len(result.vector)))]
    canvas.later(Layer.CARDS, lambda: draw_card(canvas, result.model, said))


def paint_turned_boxes(canvas: Canvas, result: TurnedBoxes) -> None:
    """Draw every turned box and its label; the best scores lie on top."""

    def shapes() -> None:
        thick = canvas.metrics.line_px
        for i in reversed(range(len(result.detections))):
            corners = np.rint(result.corners[i] * 8).astype(np.int32)[None]
            if thick >= 2:
                cv2.polylines(canvas.image, corners, True, BLACK, thick + 2, cv2.LINE_AA, 3)
            cv2.polylines(
                canvas.image, corners, True, object_colour(result.detections, i), thick, cv2.LINE_AA, 3
            )

    canvas.later(Layer.SHAPES, shapes)
    paint_labels(canvas, result.detections)
