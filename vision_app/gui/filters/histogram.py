"""The histogram of the picture before a threshold, with the line in it; the line of a fixed one can be dragged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.gui.theme import SPACE_PX, theme

_HEIGHT_PX = 96


class Histogram(QWidget):
    """256 counts from dark to bright."""

    value_wanted = Signal(int)
    """The line was dragged there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts: NDArray[np.float64] = np.zeros(256)
        self.value: int | None = None
        self.movable = False
        self.setMinimumHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_counts(self, counts: NDArray[np.float64], value: int | None, *, movable: bool) -> None:
        """Show other counts.

        Args:
            counts: (256,) how many pixels have each value.
            value: where the line is; None for none.
            movable: whether it can be dragged.
        """
        self.counts, self.value, self.movable = counts, value, movable
        self.setCursor(Qt.CursorShape.SplitHCursor if movable else Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if movable else Qt.FocusPolicy.NoFocus)
        self.update()

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(SPACE_PX, SPACE_PX / 2, -SPACE_PX, -SPACE_PX / 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hills, and the line."""
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours.raised))
        room = self._room()
        most = float(np.sqrt(self.counts.max())) or 1.0
        heights = np.sqrt(self.counts) / most * room.height()
        points = [QPointF(room.left(), room.bottom())]
        points += [
            QPointF(room.left() + i * room.width() / 255, room.bottom() - height)
            for i, height in enumerate(heights)
        ]
        points.append(QPointF(room.right(), room.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.quiet))
        painter.drawPolygon(QPolygonF(points))
        if self.value is not None:
            x = room.left() + self.value * room.width() / 255
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            right = self.value < 200
            flags = Qt.AlignmentFlag.AlignTop | (
                Qt.AlignmentFlag.AlignLeft if right else Qt.AlignmentFlag.AlignRight
            )
            place = QRectF(
                x + 4 if right else room.left(), room.top(), 60 if right else x - 4 - room.left(), 20
            )
            painter.setPen(QColor(colours.text))
            painter.drawText(place, flags, str(self.value))
        painter.end()

    def _want(self, x: float) -> None:
        room = self._room()
        self.value_wanted.emit(min(max(round((x - room.left()) / room.width() * 255), 0), 255))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the line there."""
        if self.movable and event.button() == Qt.MouseButton.LeftButton:
            self._want(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the line."""
        if self.movable and event.buttons() & Qt.MouseButton.LeftButton:
            self._want(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the line."""
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        way = ways.get(Qt.Key(event.key()))
        if way is not None and self.movable and self.value is not None:
            self.value_wanted.emit(min(max(self.value + way, 0), 255))
        else:
            super().keyPressEvent(event)
