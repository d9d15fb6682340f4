"""Draws classifications as cards of bars, and the panel of small facts: both on darkened ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vision_app.overlay.canvas import Canvas, Corner, Layer, Rect
from vision_app.overlay.colours import WHITE, Bgr, index_colour
from vision_app.overlay.style import Style
from vision_app.overlay.text import BOLD, REGULAR, clean, draw_line, fitted, line_height, width_of
from vision_app.results.values import Classification

_QUIET: Bgr = (228, 228, 228)
_TRACK: Bgr = (96, 96, 96)
UNKNOWN = "unknown"
"""What is written where a classifier says that it is none of its classes."""
_CARD_WIDTH_EM = 15
_WIDEST_SHARE = 0.62
_TALLEST_SHARE = 0.7
_ALL_CARDS_SHARE = 0.25
"""Several cards together cover no more of the picture; each has a row at least."""


def paint_classification(canvas: Canvas, classification: Classification) -> None:
    """Draw the most probable classes as a card, best first, as many as there is room for."""
    canvas.cards += 1
    canvas.later(
        Layer.CARDS, lambda: draw_card(canvas, classification.model, _rows_of(classification, canvas.style))
    )


def percent(probability: float) -> str:
    """A probability as people read it.

    >>> percent(0.674), percent(0.002), percent(0.0)
    ('67%', '<1%', '0%')
    """
    return "<1%" if 0.0 < probability < 0.005 else f"{100 * probability:.0f}%"


class CardRow(NamedTuple):
    """One line of a card; without a probability it is a statement, and has no bar."""

    label: str
    class_id: int = 0
    probability: float | None = None


def _rows_of(classification: Classification, style: Style) -> list[CardRow]:
    labels = classification.labels
    rows = [CardRow(style.said(label, labels), i, p) for i, label, p in classification.top()]
    says_so = (
        bool(rows) and rows[0].class_id == classification.background
    )  # "none of these 96 %" says it by itself
    return [CardRow(style.said(UNKNOWN)), *rows] if classification.unknown and not says_so else rows


def draw_card(canvas: Canvas, model: str, rows: Sequence[CardRow]) -> None:
    """Draw a card of rows, as many as there is room for."""
    m = canvas.metrics
    bar_px = max(2, round(m.text_px / 6))
    row_px = line_height(m.text_px) + bar_px + m.pad_px
    header_px = line_height(m.small_px) if canvas.headers else 0
    width = min(_CARD_WIDTH_EM * m.text_px, int(canvas.width * _WIDEST_SHARE), canvas.width - 2 * m.margin_px)
    frame_px = header_px + 2 * m.pad_px
    room_px = int(canvas.height * _TALLEST_SHARE)
    if canvas.cards > 1 and width > 0:
        share_px = int(_ALL_CARDS_SHARE * canvas.width * canvas.height / width / canvas.cards)
        room_px = min(room_px, max(share_px, frame_px + row_px))
    rect = None
    corners: tuple[Corner, ...] = ("top-left", "top-right") if canvas.cards > 1 else ("top-left",)
    for count in range(min(len(rows), (room_px - frame_px) // row_px), 0, -1):
        rect = canvas.place_card(width, count * row_px + frame_px, corners)
        if rect is not None:
            rows = rows[:count]
            break
    inner = width - 2 * m.pad_px
    if rect is None or inner < 2 * m.text_px:
        canvas.cards_left_out += rect is None
        return
    canvas.shade(rect, m.radius_px)
    left, y = rect.left + m.pad_px, rect.top + m.pad_px // 2
    if canvas.headers:
        header = fitted(clean(model), inner, m.small_px)
        draw_line(canvas.image, header, left, y, size_px=m.small_px, colour=_QUIET)
        y += header_px
    for rank, row in enumerate(rows):
        place = Rect(left, y, left + inner, y + line_height(m.text_px))
        _draw_row(canvas, place, row, BOLD if rank == 0 else REGULAR)
        if row.probability is not None:
            bar_top = place.bottom + m.pad_px // 4
            bar = Rect(left, bar_top, left + inner, bar_top + bar_px)
            canvas.fill(bar, _TRACK)
            filled = round(inner * min(max(row.probability, 0.0), 1.0))
            canvas.fill(bar._replace(right=left + max(1, filled)), index_colour(row.class_id))
        y += row_px


def paint_left_out(canvas: Canvas) -> None:
    """Say how many cards had no room, behind all of them."""

    def draw() -> None:
        if not canvas.cards_left_out:
            return
        m = canvas.metrics
        words = canvas.style.said("and {n} more").replace("{n}", str(canvas.cards_left_out))
        width, height = width_of(words, m.small_px) + 2 * m.pad_px, line_height(m.small_px) + m.pad_px
        rect = canvas.place_card(width, height, ("bottom-left", "bottom-right"))
        if rect is not None:
            canvas.shade(rect, m.radius_px)
            top = rect.top + m.pad_px // 2
            draw_line(canvas.image, words, rect.left + m.pad_px, top, size_px=m.small_px, colour=WHITE)

    canvas.later(Layer.CARDS, draw)


def _draw_row(canvas: Canvas, place: Rect, row: CardRow, weight: int) -> None:
    size_px = canvas.metrics.text_px
    value = "" if row.probability is None else percent(row.probability)
    value_px = width_of(value, size_px, weight) if value else 0
    room_px = place.width - value_px - (size_px // 2 if value else 0)
    short = fitted(clean(row.label), room_px, size_px, weight) if room_px > 0 else ""
    draw_line(canvas.image, short, place.left, place.top, size_px=size_px, colour=WHITE, weight=weight)
    if value and value_px <= place.width:
        left = place.right - value_px
        draw_line(canvas.image, value, left, place.top, size_px=size_px, colour=WHITE, weight=weight)


def paint_panel(canvas: Canvas, lines: Sequence[str]) -> None:
    """Draw small lines at the top right, or where there is room."""

    def draw() -> None:
        m = canvas.metrics
        if min(canvas.width, canvas.height) < 8 * m.text_px:
            return  # it would hide more than it tells
        most_px = canvas.width - 2 * m.margin_px - 2 * m.pad_px
        texts = [fitted(clean(line), most_px, m.small_px) for line in lines] if most_px > 0 else []
        texts = [text for text in texts if text]
        if not texts:
            return
        width = max(width_of(text, m.small_px) for text in texts) + 2 * m.pad_px
        height = len(texts) * line_height(m.small_px) + m.pad_px
        rect = canvas.place_card(width, height, ("top-right", "bottom-right", "bottom-left"))
        if rect is None:
            return
        canvas.shade(rect, m.radius_px)
        for i, text in enumerate(texts):
            y = rect.top + m.pad_px // 2 + i * line_height(m.small_px)
            draw_line(canvas.image, text, rect.left + m.pad_px, y, size_px=m.small_px, colour=WHITE)

    canvas.later(Layer.CARDS, draw)
