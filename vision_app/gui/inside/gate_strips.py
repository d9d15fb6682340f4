"""How far gates are open, frame by frame: a row of cells a gate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.gui.theme import SPACE_PX, theme


class GateStrips(QWidget):
    """A row a gate, the newest frame at the right; a cell is filled as high as the gate is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, Sequence[float]]] = []
        theme().changed.connect(self.update)

    def show_gates(self, rows: list[tuple[str, Sequence[float]]]) -> None:
        """Show other gates: name, and 0 to 1 for each frame."""
        self.rows = rows
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines a gate."""
        return QSize(300, max(1, len(self.rows)) * 2 * self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names and cells."""
        painter = QPainter(self)
        measure, colours = painter.fontMetrics(), theme().colours
        left = max((measure.horizontalAdvance(name) for name, _ in self.rows), default=0) + SPACE_PX
        tall = 2 * measure.height()
        for i, (name, values) in enumerate(self.rows):
            painter.setPen(QPen(QColor(colours.text)))
            painter.drawText(QRectF(0, i * tall, left, tall), Qt.AlignmentFlag.AlignVCenter, name)
            room = QRectF(left, i * tall + 3, self.width() - left - 1, tall - 6)
            wide = room.width() / max(1, len(values))
            for t, value in enumerate(values):
                high = room.height() * min(max(value, 0.0), 1.0)
                cell = QRectF(room.left() + t * wide, room.bottom() - high, max(wide - 1, 1), high)
                painter.fillRect(cell, QColor(colours.accent))
            painter.setPen(QPen(QColor(colours.border)))
            painter.drawRect(room)
        painter.end()
