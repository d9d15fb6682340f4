"""A drawing of a network: its layers as blocks, as wide as they have channels, as high as they have places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.gui.theme import SPACE_PX, theme

if TYPE_CHECKING:
    from vision_app.graph.layers import Layer

_HIGH_PX = 96
_COLOURS = {
    "convolution": "#4f7ddb",
    "dense": "#c9792b",
    "pooling": "#3f9a6b",
    "attention": "#a25bc4",
    "addition": "#c14f6a",
    "concatenation": "#8a8f2a",
    "normalisation": "#7b8494",
    "resize": "#3c93a8",
}


def colour_of(kind: str) -> QColor:
    """The colour of a kind of layer."""
    return QColor(next((colour for word, colour in _COLOURS.items() if word in kind), "#7b8494"))


class NetworkView(QWidget):
    """Layers from left, the picture, to right, the result. A click chooses one."""

    chosen = Signal(int)
    """Number of the layer, from 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: Sequence[Layer] = ()
        self._marked = 0
        self.setMinimumHeight(_HIGH_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(300, _HIGH_PX)

    def show_layers(self, layers: Sequence[Layer]) -> None:
        """Draw another network."""
        self._layers = layers
        self.update()

    def mark(self, number: int) -> None:
        """Mark the chosen layer."""
        self._marked = number
        self.update()

    def _slot(self) -> float:
        return (self.width() - 2 * SPACE_PX) / max(1, len(self._layers))

    def _at(self, x: float) -> int:
        index = int((x - SPACE_PX) / self._slot()) if self._layers else -1
        return index + 1 if 0 <= index < len(self._layers) else 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the layer that is clicked."""
        number = self._at(event.position().x())
        if number:
            self.chosen.emit(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which layer is pointed at."""
        number = self._at(event.position().x())
        self.setToolTip(f"{number} {self._layers[number - 1].name}" if number else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the blocks."""
        painter = QPainter(self)
        slot, middle = self._slot(), self.height() / 2
        painter.setPen(QPen(QColor(theme().colours.border), 1))
        painter.drawLine(SPACE_PX, int(middle), self.width() - SPACE_PX, int(middle))
        largest = max((la.shape[2] for la in self._layers if la.is_map), default=1)
        for i, layer in enumerate(self._layers):
            tall = layer.shape[2] / largest if layer.is_map else 0.12
            high = max(6.0, math.sqrt(tall) * (self.height() - 2 * SPACE_PX))
            wide = max(1.0, slot - (1 if slot > 3 else 0))
            box = QRectF(SPACE_PX + i * slot, middle - high / 2, wide, high)
            painter.fillRect(box, colour_of(layer.kind))
            if layer.number == self._marked:
                painter.setPen(QPen(QColor(theme().colours.text), 2))
                painter.drawRect(box.adjusted(-2, -3, 2, 3))
        painter.end()
