"""The channels of a layer side by side; a click enlarges one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.gui.pieces.images import copied_image
from vision_app.gui.theme import theme

if TYPE_CHECKING:
    from vision_app.results.values import ImageU8

SIDE_PX = 336


class GridView(QWidget):
    """Shows a picture of many cells."""

    chosen = Signal(int)
    """Which cell was clicked, row by row from 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._cells = 0
        self._marked = -1
        self.setMinimumHeight(120)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(SIDE_PX, SIDE_PX)

    def heightForWidth(self, width: int) -> int:
        """As high as wide."""
        return width

    def hasHeightForWidth(self) -> bool:
        """It is a square."""
        return True

    def show_cells(self, picture: ImageU8 | None, cells: int, marked: int = -1) -> None:
        """Show other cells.

        Args:
            picture: (h, w, 3) uint8 BGR; None for nothing.
            cells: how many there are.
            marked: which of them is enlarged elsewhere; -1 for none.
        """
        self._image = None if picture is None else copied_image(picture)
        self._cells, self._marked = cells, marked
        self.update()

    def _side(self) -> int:
        return min(self.width(), self.height())

    def _layout(self) -> tuple[int, int]:
        columns = max(1, round(self._cells**0.5))
        return columns, -(-self._cells // columns) if self._cells else 1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell that is clicked."""
        side = self._side()
        columns, rows = self._layout()
        if not self._cells or event.position().x() >= side or event.position().y() >= side:
            return
        cell = int(event.position().y() / side * rows) * columns + int(event.position().x() / side * columns)
        if cell < self._cells:
            self.chosen.emit(cell)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        side = self._side()
        if self._image is None:
            painter.setPen(QColor(theme().colours.border))
            painter.drawRect(0, 0, side - 1, side - 1)
        else:
            painter.drawImage(QRectF(0, 0, side, side), self._image)
            if 0 <= self._marked < self._cells:
                columns, rows = self._layout()
                row, column = divmod(self._marked, columns)
                box = QRectF(column * side / columns, row * side / rows, side / columns, side / rows)
                painter.setPen(QPen(QColor("#7aa5ff"), 2))
                painter.drawRect(box.adjusted(1, 1, -2, -2))
        painter.end()
