"""A small plot of milliseconds over the last minute."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.gui.theme import SPACE_PX, theme

_HEIGHT_PX = 120
_STEPS_MS = (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0)


def ceiling_ms(highest_ms: float) -> float:
    """The round number at the top of the axis.

    >>> ceiling_ms(33), ceiling_ms(4)
    (50.0, 10.0)
    """
    return next((step for step in _STEPS_MS if step >= highest_ms), highest_ms)


class Plot(QWidget):
    """Lines from left, the past, to right, now; painted in well under a millisecond."""

    def __init__(self, length: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._length = length
        self._lines: list[tuple[str, Sequence[float]]] = []
        self.setMinimumHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_lines(self, lines: list[tuple[str, Sequence[float]]]) -> None:
        """Plot other values.

        Args:
            lines: field of `Colours`, and values in milliseconds, the newest last.
        """
        self._lines = lines
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axis and lines."""
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        top_ms = ceiling_ms(max((max(values, default=0.0) for _, values in self._lines), default=0.0))
        high = painter.fontMetrics().height()
        room = QRectF(self.rect()).adjusted(0, high / 2, 0, -high / 2)
        label_px = painter.fontMetrics().horizontalAdvance(f"{top_ms:.0f} ms") + SPACE_PX
        room.setLeft(label_px)
        for share in (0.0, 0.5, 1.0):
            y = room.bottom() - share * room.height()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(colours.quiet))
            text = QRectF(0, y - high / 2, label_px - SPACE_PX / 2, high)
            painter.drawText(
                text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{share * top_ms:.0f} ms"
            )
        step = room.width() / max(1, self._length - 1)
        for role, values in self._lines:
            start = room.right() - step * (len(values) - 1)
            points = [
                QPointF(start + i * step, room.bottom() - min(1.0, value / top_ms) * room.height())
                for i, value in enumerate(values)
            ]
            painter.setPen(QPen(QColor(getattr(colours, role)), 1.8))
            painter.drawPolyline(QPolygonF(points))
        painter.end()
