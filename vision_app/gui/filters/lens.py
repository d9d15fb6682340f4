"""The numbers under the mouse: the pixel before and behind a step, its neighbours, and the kernel's products."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vision_app.gui.filters.reading import Reading
from vision_app.gui.pieces.texts import ElidedLabel
from vision_app.gui.theme import SPACE_PX, theme

_CELL_PX = 34


class Lens(QWidget):
    """Shows a reading, or says how to get one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reading: Reading | None = None
        self.title = ElidedLabel(parent=self, kind="heading")
        self.pixel, self.product = ElidedLabel(parent=self), ElidedLabel(parent=self)
        self.table = _Table(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        for widget in (self.title, self.pixel, self.table, self.product):
            column.addWidget(widget)
        self.show_reading(None)

    def show_reading(self, reading: Reading | None, name: str = "") -> None:
        """Show other numbers.

        Args:
            reading: the numbers; None while the mouse is elsewhere.
            name: of the step.
        """
        self.reading = reading
        self.table.show_reading(reading)
        if reading is None:
            self.title.setText(self.tr("Numbers under the mouse"))
            self.pixel.setText(self.tr("Point at the picture"))
            self.product.setText("")
            return
        self.title.setText(self.tr("{name}: x {x}, y {y}").format(name=name, x=reading.x, y=reading.y))
        before, after = (" ".join(map(str, values)) for values in (reading.before, reading.after))
        self.pixel.setText(
            self.tr("Pixel (blue green red): {before} → {after}").format(before=before, after=after)
        )
        if reading.total is None:
            self.product.setText(
                self.tr("Neighbours, green") if reading.green else self.tr("Neighbours, grey")
            )
        else:
            words = self.tr("Sum of value × weight: {total}")
            self.product.setText(words.format(total=f"{reading.total:.1f}"))


class _Table(QWidget):
    """The neighbours, with the weights below them in small."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reading: Reading | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(3 * _CELL_PX)
        theme().changed.connect(self.update)

    def show_reading(self, reading: Reading | None) -> None:
        self._reading = reading
        side = 3 if reading is None else reading.around.shape[0]
        self.setFixedHeight(side * _CELL_PX)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        reading = self._reading
        if reading is None:
            return
        colours = theme().colours
        painter = QPainter(self)
        side = reading.around.shape[0]
        cell_w = min(self.width() / side, 1.6 * _CELL_PX)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.8)
        for row in range(side):
            for column in range(side):
                value = int(reading.around[row, column])
                room = QRectF(column * cell_w, row * _CELL_PX, cell_w - 1, _CELL_PX - 1)
                ground = QColor(colours.window) if value < 0 else QColor(value, value, value)
                painter.fillRect(room, ground)
                painter.setPen(QColor("#000000" if value > 110 else "#ffffff"))
                if value < 0:
                    painter.setPen(QColor(colours.quiet))
                weighted = reading.weights is not None
                painter.setFont(font)
                upper = room.adjusted(0, 0, 0, -_CELL_PX / 2.4) if weighted else room
                painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, "–" if value < 0 else str(value))
                if reading.weights is not None:
                    painter.setFont(small)
                    lower = room.adjusted(0, _CELL_PX / 2, 0, 0)
                    weight = f"×{reading.weights[row, column]:.3g}"
                    painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, weight)
                if row == column == side // 2:
                    painter.setPen(QColor(colours.accent))
                    painter.drawRect(room.adjusted(0, 0, -1, -1))
        painter.end()
