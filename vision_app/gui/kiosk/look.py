"""Colours and letters of the kiosk, and text that fits where it has to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

GROUND = QColor("#0b0e14")
PANEL = QColor("#171c26")
RAISED = QColor("#242b38")
TEXT = QColor("#f4f6fb")
SECOND = QColor("#b9c2d0")
QUIET = QColor("#8f9aac")
ACCENT = QColor("#6ea8ff")
WARN = QColor("#ffc266")

FAMILIES = [
    "Noto Sans",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Pretendard",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
]
_LANDSCAPE_WH = (1920, 1080)
_DONT_CLIP = int(Qt.TextFlag.TextDontClip)
_LEAST_SHARE = 0.55
_LINE_HEIGHT = 1.28


def unit_of(size: QSize) -> float:
    """One pixel of a 1920 x 1080 screen (1080 x 1920 upright) on a screen of this size."""
    wide, high = _LANDSCAPE_WH if size.width() >= size.height() else _LANDSCAPE_WH[::-1]
    return max(0.2, min(size.width() / wide, size.height() / high))


def font_of(size_px: float, *, bold: bool = False) -> QFont:
    """The kiosk's font; Korean comes from whichever font has it."""
    font = QFont()
    font.setFamilies([*FAMILIES, font.defaultFamily()])
    font.setPixelSize(max(8, round(size_px)))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines of text in the size in which they fit.

    Attributes:
        lines: the text, broken where it has to be.
        font: the font.
        height: of all lines, pixels.
    """

    lines: tuple[str, ...]
    font: QFont
    height: float


def fit(text: str, width: float, size_px: float, *, bold: bool = False, most_lines: int = 1) -> Fitted:
    """Break a text, make it smaller, and at last cut it off, until it fits a width."""
    size = size_px
    while True:
        font = font_of(size, bold=bold)
        metrics = QFontMetricsF(font)
        lines = _broken(text, width, metrics)
        fits = len(lines) <= most_lines and all(metrics.horizontalAdvance(line) <= width for line in lines)
        if fits or size <= size_px * _LEAST_SHARE or size <= 9:
            break
        size *= 0.94
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], " ".join(lines[most_lines - 1 :])]
    shown = tuple(metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines)
    return Fitted(shown, font, len(shown) * font.pixelSize() * _LINE_HEIGHT)


def _broken(text: str, width: float, metrics: QFontMetricsF) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and metrics.horizontalAdvance(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def draw_fitted(
    painter: QPainter,
    fitted: Fitted,
    at: QRectF,
    colour: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> float:
    """Draw lines from the top of a rectangle; returns where they end, in its coordinates."""
    painter.setFont(fitted.font)
    painter.setPen(colour)
    step = fitted.font.pixelSize() * _LINE_HEIGHT
    top = at.top()
    for line in fitted.lines:
        flags = align | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(at.left(), top, at.width(), step), int(flags) | _DONT_CLIP, line)
        top += step
    return top


def block_height(fitted: Sequence[Fitted], gap: float) -> float:
    """Height of several texts below each other."""
    return sum(f.height for f in fitted) + gap * max(0, len(fitted) - 1)
