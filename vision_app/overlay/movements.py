"""Draws movements: what they are made of, a strip of the answer over the last seconds, the attention above it."""

from __future__ import annotations

import numpy as np

from vision_app.overlay.canvas import Canvas, Layer, Rect
from vision_app.overlay.colours import WHITE, Bgr, index_colour
from vision_app.overlay.text import BOLD, REGULAR, clean, draw_line, fitted, line_height, width_of
from vision_app.results.movements import Movements

_QUIET: Bgr = (228, 228, 228)
_IDLE: Bgr = (96, 96, 96)
_LOOK: Bgr = (0, 200, 255)
_STRIP_EM = 2
_ATTENTION_EM = 1
_WIDTH_EM = 24
_LEAST_WIDTH_EM = 6


def paint_movements(canvas: Canvas, result: Movements) -> None:
    """Draw hands and bodies as ever; the strip at the lower left, now at its right end."""
    from vision_app.overlay.kinds import kind_of

    for one in result.seen:
        kind_of(one).painter(canvas, one)
    canvas.later(Layer.CARDS, lambda: _draw_card(canvas, result))


def _draw_card(canvas: Canvas, result: Movements) -> None:
    m = canvas.metrics
    width = min(_WIDTH_EM * m.text_px, canvas.width - 2 * m.margin_px)
    strip_px = _STRIP_EM * m.text_px
    header_px = line_height(m.small_px) if canvas.headers else 0
    attention_px = 0 if result.attention is None else _ATTENTION_EM * m.text_px
    height = header_px + line_height(m.text_px) + attention_px + strip_px + 2 * m.pad_px
    if width < _LEAST_WIDTH_EM * m.text_px:
        return
    rect = canvas.place_card(width, height, ("bottom-left", "bottom-right", "top-left"))
    if rect is None:
        return
    canvas.shade(rect, m.radius_px)
    left, inner = rect.left + m.pad_px, width - 2 * m.pad_px
    y = rect.top + m.pad_px // 2
    if canvas.headers:
        header = fitted(clean(result.model), inner, m.small_px)
        draw_line(canvas.image, header, left, y, size_px=m.small_px, colour=_QUIET)
        y += header_px
    _draw_answer(canvas, result, Rect(left, y, left + inner, y + line_height(m.text_px)))
    y += line_height(m.text_px) + m.pad_px // 2
    if attention_px:
        _draw_attention(canvas, result, Rect(left, y, left + inner, y + attention_px))
        y += attention_px
    _draw_strip(canvas, result, Rect(left, y, left + inner, y + strip_px))


def _draw_answer(canvas: Canvas, result: Movements, place: Rect) -> None:
    """The movement that is being made, or a dash; what has just ended at the right."""
    size_px = canvas.metrics.text_px
    ended = "" if result.ended is None else f"✓ {result.ended.label}"
    ended_px = width_of(clean(ended), size_px, REGULAR) if ended else 0
    text = "–" if result.current is None else result.current.label
    short = fitted(clean(text), place.width - ended_px - size_px // 2, size_px, BOLD)
    draw_line(canvas.image, short, place.left, place.top, size_px=size_px, colour=WHITE, weight=BOLD)
    if ended and ended_px <= place.width:
        left = place.right - ended_px
        draw_line(canvas.image, clean(ended), left, place.top, size_px=size_px, colour=WHITE, weight=REGULAR)


def _draw_attention(canvas: Canvas, result: Movements, place: Rect) -> None:
    """Above each row of the strip how much it counts for the answer; the row that counts most is full height."""
    if result.attention is None or not len(result.attention):
        return
    shares = np.nan_to_num(result.attention)
    most = float(shares.max())
    rows = max(1, round(result.rows_shown))
    for from_right, share in enumerate(shares[::-1][:rows], 1):
        column = _column(place, rows, from_right)
        tall = round((place.height - 1) * float(share) / most) if most > 0 else 0
        if column is not None and tall > 0:
            canvas.fill(Rect(column[0], place.bottom - 1 - tall, column[1], place.bottom - 1), _LOOK)


def _column(place: Rect, rows: int, from_right: int) -> tuple[int, int] | None:
    """From where to where a row is drawn, the newest being 1; None where nothing of it is left."""
    right = place.right - round((from_right - 1) * place.width / rows)
    left = place.right - round(from_right * place.width / rows)
    left, right = max(left, place.left), min(right, place.right)
    return (left, right) if right > left else None


def _draw_strip(canvas: Canvas, result: Movements, place: Rect) -> None:
    """One column a row: as high as the best class is sure, in the colour of that class; the newest at the right."""
    canvas.fill(place, (40, 40, 40))
    count = len(result.history)
    if not count:
        return
    best = np.argmax(result.history, axis=1)
    rows = max(1, round(result.rows_shown))
    for i in range(count):
        column = _column(place, rows, count - i)
        if column is None:
            continue
        class_id = int(best[i])
        tall = max(1, round(place.height * float(np.clip(result.history[i, class_id], 0, 1))))
        colour = _IDLE if class_id == result.idle else index_colour(class_id)
        canvas.fill(Rect(column[0], place.bottom - tall, column[1], place.bottom), colour)
