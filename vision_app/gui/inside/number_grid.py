"""A grid of numbers with their brightness behind them: pixels, kernels, maps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.gui.theme import theme
from vision_app.results.values import FloatArray

_SIDE_PX = 210
"""Beside it is room for a kernel of 3 x 3 where the panel is as narrow as it is made for."""
_LEAST_CELL_PX = 9


class NumberGrid(QWidget):
    """Numbers in cells; dark is small, bright is large, red is below 0. Some cells can be framed.

    Args:
        cell_px: side of a cell, where there is room.
        parent: Qt's owner.
    """

    dragged = Signal(int, int)
    """Row and column of the cell that is pointed at with the button down."""

    def __init__(self, cell_px: int = 23, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: FloatArray = np.zeros((1, 1), np.float32)
        self._framed: set[tuple[int, int]] = set()
        self._filled: NDArray[np.bool_] | None = None
        self._cell_px = cell_px
        policy = QSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_numbers(
        self,
        values: FloatArray,
        framed: Iterable[tuple[int, int]] = (),
        filled: NDArray[np.bool_] | None = None,
    ) -> None:
        """Show other numbers.

        Args:
            values: (rows, columns).
            framed: row and column of the cells that are framed.
            filled: (rows, columns) bool: which cells have a number already; None for all.
        """
        if values.shape != self._values.shape:
            self._values = values
            self.updateGeometry()
        self._values, self._framed, self._filled = values, set(framed), filled
        self.update()

    def _largest(self) -> int:
        longest = int(max(self._values.shape))
        return max(_LEAST_CELL_PX, min(self._cell_px, _SIDE_PX // longest))

    def _cell(self, width: int | None = None) -> int:
        """Side of a cell in so many pixels; in those that there are."""
        room, columns = self.width() if width is None else width, int(self._values.shape[1])
        return max(_LEAST_CELL_PX, min(self._largest(), (room - 1) // columns))

    def sizeHint(self) -> QSize:
        """Room for all cells."""
        rows, columns = self._values.shape
        return QSize(columns * self._largest() + 1, rows * self._largest() + 1)

    def minimumSizeHint(self) -> QSize:
        """Cells can be smaller in a narrow panel."""
        rows, columns = self._values.shape
        return QSize(columns * _LEAST_CELL_PX + 1, rows * _LEAST_CELL_PX + 1)

    def hasHeightForWidth(self) -> bool:
        """Cells are squares."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows, in pixels."""
        return len(self._values) * self._cell(width) + 1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which cell is pointed at."""
        self._tell(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._tell(event.position())

    def _tell(self, point: QPointF) -> None:
        row, column = int(point.y() // self._cell()), int(point.x() // self._cell())
        if 0 <= row < self._values.shape[0] and 0 <= column < self._values.shape[1]:
            self.dragged.emit(row, column)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw cells, numbers and frames."""
        painter = QPainter(self)
        cell = self._cell()
        largest = float(np.abs(self._values).max()) or 1.0
        font = painter.font()
        font.setPixelSize(max(7, min(11, cell // 2 - 1)))
        painter.setFont(font)
        for (row, column), value in np.ndenumerate(self._values):
            box = QRectF(column * cell, row * cell, cell, cell)
            if self._filled is not None and not self._filled[row, column]:
                painter.fillRect(box, QColor(theme().colours.raised))
            else:
                ground = shade(float(value) / largest)
                painter.fillRect(box, ground)
                if cell >= 18:
                    painter.setPen(QColor("#101216") if ground.lightness() > 140 else QColor("#f2f4f8"))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, short(float(value)))
            painter.setPen(QPen(QColor(theme().colours.border), 1))
            painter.drawRect(box)
        painter.setPen(QPen(QColor("#ffb000"), 2))
        for row, column in self._framed:
            painter.drawRect(QRectF(column * cell + 1, row * cell + 1, cell - 2, cell - 2))
        painter.end()


def shade(share: float) -> QColor:
    """Grey for a number from 0 to 1, red for one from -1 to 0."""
    level = int(min(abs(share), 1.0) * 235) + 20
    return QColor(level, level, level) if share >= 0 else QColor(level, 40, 48)


def short(value: float) -> str:
    """A number in at most four signs.

    >>> short(0.111), short(-2.0), short(12.4), short(0)
    ('.11', '-2', '12', '0')
    """
    if abs(value - round(value)) < 5e-3 or abs(value) >= 10:
        return str(round(value))
    text = f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text
