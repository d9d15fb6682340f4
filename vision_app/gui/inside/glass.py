"""What is laid over the live picture: a map in colours with its legend, a receptive field, and the pointing hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.gui.theme import RADIUS_PX, SPACE_PX
from vision_app.gui.view import LiveView

if TYPE_CHECKING:
    from vision_app.explaining.heatmap import Heatmap

_GROUND = QColor(12, 14, 18, 205)
_LEGEND_PX = 190
_COARSE = 96
Rect = tuple[float, float, float, float]


class Glass(QWidget):
    """A glass over the picture. The mouse goes through it unless the panel lets the user point at something."""

    pointed = Signal(float, float)
    """x and y of the place that was clicked, in pixels of the frame."""

    def __init__(self, view: LiveView) -> None:
        super().__init__(view)
        self._view = view
        self._map: Heatmap | None = None
        self._image: QImage | None = None
        self._words = ""
        self._ends = ("", "")
        self._marks: list[tuple[Rect, str]] = []
        self._frame_wh: tuple[int, int] | None = None
        self.strength = 0.72
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        view.resized.connect(self._fit)
        self._fit()
        self.hide()

    def _fit(self) -> None:
        self.setGeometry(self._view.rect())

    def show_map(self, found: Heatmap | None, words: str = "") -> None:
        """Lay a map over the picture; None for none."""
        self._map = found
        self._image = None if found is None else overlay_image(found, self.strength)
        if found is not None:
            from vision_app.explaining.painting import number

            self._frame_wh = found.frame_wh
            self._words, self._ends = words, (number(found.low), number(found.high))
        self._appear()

    def show_marks(self, marks: list[tuple[Rect, str]], frame_wh: tuple[int, int] | None = None) -> None:
        """Draw rectangles, in pixels of the frame, with a few words each."""
        self._marks = marks
        if frame_wh is not None:
            self._frame_wh = frame_wh
        self._appear()

    def clear(self) -> None:
        """Nothing over the picture."""
        self._map, self._image, self._marks = None, None, []
        self.set_pointing(on=False)
        self._appear()

    def set_pointing(self, *, on: bool) -> None:
        """Whether a click on the picture means something."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not on)
        if on:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.unsetCursor()
        self._appear()

    @property
    def pointing(self) -> bool:
        """Whether it is."""
        return not self.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def map(self) -> Heatmap | None:
        """The map that is shown."""
        return self._map

    def _appear(self) -> None:
        self.setVisible(self._map is not None or bool(self._marks) or self.pointing)
        self.raise_()
        self.update()

    def _to_widget(self, rect: Rect) -> QRectF:
        room = self._view.picture_rect()
        wide, high = self._frame_wh or (1, 1)
        fx, fy = room.width() / wide, room.height() / high
        left, top, right, bottom = rect
        return QRectF(
            room.left() + left * fx, room.top() + top * fy, (right - left) * fx, (bottom - top) * fy
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which place of the frame was clicked."""
        picture = self._view.picture
        room = self._view.picture_rect()
        if (
            event.button() != Qt.MouseButton.LeftButton
            or picture is None
            or not room.contains(event.position())
        ):
            return
        wide, high = picture.frame_wh
        x = (event.position().x() - room.left()) / room.width() * wide
        y = (event.position().y() - room.top()) / room.height() * high
        self.pointed.emit(x, y)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw map, marks and legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self._view.picture_rect()
        if self._map is not None and self._image is not None and room.width() > 0:
            painter.setClipRect(room)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            region = self._to_widget(self._map.region)
            painter.drawImage(region, self._image)
            painter.setPen(QPen(QColor(220, 220, 220, 150), 1, Qt.PenStyle.DotLine))
            painter.drawRect(region)
            painter.setClipping(False)
        for rect, words in self._marks:
            self._paint_mark(painter, self._to_widget(rect), words)
        if self._map is not None and room.width() > 0:
            self._paint_legend(painter, room)
        painter.end()

    def _paint_mark(self, painter: QPainter, rect: QRectF, words: str) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 4))
        painter.drawRect(rect)
        painter.setPen(QPen(QColor("#7aa5ff"), 2))
        painter.drawRect(rect)
        if words:
            measure = painter.fontMetrics()
            box = QRectF(
                rect.left(),
                rect.top() - measure.height() - 4,
                measure.horizontalAdvance(words) + 10,
                measure.height() + 4,
            )
            box.moveTop(max(box.top(), 0))
            painter.fillRect(box, _GROUND)
            painter.setPen(QColor("#f2f4f8"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_legend(self, painter: QPainter, room: QRectF) -> None:
        measure = painter.fontMetrics()
        wide = min(max(_LEGEND_PX, measure.horizontalAdvance(self._words)), int(room.width()) - 4 * SPACE_PX)
        high = 2 * measure.height() + 2 * SPACE_PX + 12
        box = QRectF(
            room.right() - wide - 3 * SPACE_PX, room.bottom() - high - SPACE_PX, wide + 2 * SPACE_PX, high
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(box, RADIUS_PX, RADIUS_PX)
        painter.setPen(QColor("#f2f4f8"))
        inner = box.adjusted(SPACE_PX, SPACE_PX / 2, -SPACE_PX, -SPACE_PX / 2)
        text = measure.elidedText(self._words, Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)
        bar = QRectF(inner.left(), inner.top() + measure.height() + 4, inner.width(), 10)
        painter.fillRect(bar, scale_gradient(bar.topLeft(), bar.topRight()))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, self._ends[0])
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, self._ends[1])


def scale_gradient(start: QPointF, end: QPointF) -> QLinearGradient:
    """The colours of the maps, from least to most."""
    from vision_app.explaining.painting import colours

    table = colours()
    gradient = QLinearGradient(start, end)
    for i in range(0, 256, 15):
        blue, green, red = (int(v) for v in table[i])
        gradient.setColorAt(i / 255, QColor(red, green, blue))
    return gradient


def overlay_image(found: Heatmap, strength: float) -> QImage:
    """The colours of a map, the more transparent the less they mean."""
    from vision_app.explaining.heatmap import grown
    from vision_app.explaining.painting import coloured

    rows, columns = found.values.shape
    factor = max(1, _COARSE // max(rows, columns))
    values = grown(found.values, (columns * factor, rows * factor)) if factor > 1 else found.values
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[..., :3] = coloured(values)
    pixels[..., 3] = np.clip(np.sqrt(values) * strength * 255, 0, 255)
    height, width = values.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
    return image.copy()
