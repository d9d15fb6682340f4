"""Draws detections: a box in the colour of its class or track, and a chip with what it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vision_app.overlay.bars import UNKNOWN
from vision_app.overlay.canvas import Canvas, Layer, Rect
from vision_app.overlay.colours import BLACK, Bgr, index_colour, text_colour
from vision_app.overlay.kinds import kind_of
from vision_app.overlay.style import Style
from vision_app.overlay.text import clean, draw_line, fitted, line_height, width_of
from vision_app.results.values import BoxResult, Classification, Detections, Result

_WIDEST_CHIP_EM = 16


@dataclass(frozen=True, slots=True)
class _Chip:
    box: Rect
    colour: Bgr
    lines: tuple[tuple[str, int], ...]  # text and font size


def paint_detections(canvas: Canvas, detections: Detections) -> None:
    """Draw every box and its label; the best scores lie on top."""
    boxes = _whole_boxes(canvas, detections)

    def shapes() -> None:
        for i in reversed(range(len(boxes))):
            _draw_box(canvas, boxes[i], object_colour(detections, i))

    canvas.later(Layer.SHAPES, shapes)
    paint_labels(canvas, detections)


def paint_labels(canvas: Canvas, detections: Detections) -> None:
    """Draw the label of every box, not the boxes."""
    boxes = _whole_boxes(canvas, detections)

    def chips() -> None:
        made = [
            _chip(canvas, detections, i, box, object_colour(detections, i)) for i, box in enumerate(boxes)
        ]
        placed = [(chip, _place(canvas, chip)) for chip in made if chip is not None]
        for chip, rect in reversed(placed):
            _draw_chip(canvas, chip, rect)

    canvas.later(Layer.CHIPS, chips)


def _whole_boxes(canvas: Canvas, detections: Detections) -> list[Rect]:
    """Boxes as whole pixels inside the picture, at least one pixel each."""
    width, height = canvas.width, canvas.height
    rects = []
    for box in detections.xyxy.tolist():
        # 0 stands first: what is no number is not above it
        x1, y1, x2, y2 = (
            round(min(max(0.0, v), most)) for v, most in zip(box, (width, height, width, height), strict=True)
        )
        left, top = min(x1, x2, width - 1), min(y1, y2, height - 1)
        rects.append(Rect(left, top, max(x1, x2, left + 1), max(y1, y2, top + 1)))
    return rects


def object_colour(detections: Detections, i: int) -> Bgr:
    """The colour of the i-th object: of its track, else of its class."""
    track_id = -1 if detections.track_ids is None else int(detections.track_ids[i])
    return index_colour(track_id if track_id >= 0 else int(detections.class_ids[i]))


def _draw_box(canvas: Canvas, box: Rect, colour: Bgr) -> None:
    """A frame wholly inside the box's pixels, with a thin dark seam so that it shows on its own colour."""
    smaller = min(box.width, box.height)
    thick = min(canvas.metrics.line_px, (smaller + 1) // 2)
    seam = max(1, thick // 3) if smaller >= 6 * thick else 0
    # Nested lines of one pixel: exact, square, and half the time of one thick cv2.rectangle.
    for inset in range(thick + seam):
        top_left = (box.left + inset, box.top + inset)
        bottom_right = (box.right - 1 - inset, box.bottom - 1 - inset)
        cv2.rectangle(canvas.image, top_left, bottom_right, colour if inset < thick else BLACK)


def _chip(canvas: Canvas, detections: Detections, i: int, box: Rect, colour: Bgr) -> _Chip | None:
    m = canvas.metrics
    room = min(canvas.width, max(box.width, _WIDEST_CHIP_EM * m.text_px)) - 2 * m.pad_px
    label = detections.label(i)
    first = _labelled(canvas.style.said(label, detections.labels), _suffix(detections, i), room, m.text_px)
    lines = [(first, m.text_px)] if first else []
    for one in () if detections.attached is None else detections.attached[i]:
        if said := _said(one, canvas.style, room, m.small_px):
            lines.append((said, m.small_px))
    return _Chip(box, colour, tuple(lines)) if lines else None


def _said(attached: Result, style: Style, room_px: int, size_px: int) -> str:
    """What a further model says about an object, in one line; "" for what is drawn in its own place."""
    if isinstance(attached, BoxResult):
        return ""
    if isinstance(attached, Classification) and attached.unknown:
        return fitted(style.said(UNKNOWN), room_px, size_px)
    said = kind_of(attached).lines(attached)
    if not said.labels:
        return ""
    among = attached.labels if isinstance(attached, Classification) else ()
    if said.shares is None:
        return _labelled(
            style.said(said.labels[0], among), said.figures[0] if said.figures else "", room_px, size_px
        )
    best = int(np.argmax(said.shares))
    return _labelled(style.said(said.labels[best], among), f"{said.shares[best]:.2f}", room_px, size_px)


def _suffix(detections: Detections, i: int) -> str:
    score = f"{float(detections.scores[i]):.2f}"
    track_id = -1 if detections.track_ids is None else int(detections.track_ids[i])
    return f"#{track_id} {score}" if track_id >= 0 else score


def _labelled(label: str, suffix: str, room_px: int, size_px: int) -> str:
    """Label and suffix, the label shortened first; where there is no room for both, the label alone."""
    label = clean(label)
    if not label:
        return fitted(suffix, room_px, size_px)
    if not suffix:
        return fitted(label, room_px, size_px)
    for_label = room_px - width_of(" " + suffix, size_px)
    short = fitted(label, for_label, size_px) if for_label > 0 else ""
    return f"{short} {suffix}" if short else fitted(label, room_px, size_px)


def _place(canvas: Canvas, chip: _Chip) -> Rect:
    """Above the box, or inside, or below: the first place where no other chip or card is."""
    m, box = canvas.metrics, chip.box
    width = max(width_of(text, size_px) for text, size_px in chip.lines) + 2 * m.pad_px
    height = sum(line_height(size_px) for _, size_px in chip.lines)
    candidates = (
        (box.left, box.top - height),
        (box.left, box.top),
        (box.right - width, box.top - height),
        (box.right - width, box.top),
        (box.left, box.bottom),
        (box.left, box.bottom - height),
    )
    places = (canvas.clamped(left, top, width, height) for left, top in candidates)
    first = canvas.clamped(*candidates[0], width, height)
    place = next(filter(canvas.is_free, places), first)
    canvas.reserve(place)
    return place


def _draw_chip(canvas: Canvas, chip: _Chip, rect: Rect) -> None:
    canvas.fill(rect, chip.colour)
    ink = text_colour(chip.colour)
    top = rect.top
    for text, size_px in chip.lines:
        draw_line(canvas.image, text, rect.left + canvas.metrics.pad_px, top, size_px=size_px, colour=ink)
        top += line_height(size_px)
