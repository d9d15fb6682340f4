"""Paints the live picture: as it comes, in the screen's own pixels, with nothing kept of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from vision_app.gui.kiosk.look import GROUND, unit_of
from vision_app.gui.pieces.images import shared_image
from vision_app.live.status import Picture

if TYPE_CHECKING:
    from vision_app.explaining.heatmap import Heatmap

_RADIUS = 22


class PictureView(QWidget):
    """The newest picture in the middle, with round corners on a dark ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._mask: tuple[QRectF, QPainterPath] | None = None
        self._map: tuple[Heatmap, QImage] | None = None

    def show_map(self, found: Heatmap | None) -> None:
        """Lay a map of where a model looks over the pictures; None for none."""
        from vision_app.gui.inside.glass import overlay_image

        self._map = None if found is None else (found, overlay_image(found, 0.75))
        self.update()

    @property
    def map(self) -> Heatmap | None:
        """The map that lies over it."""
        return None if self._map is None else self._map[0]

    @property
    def picture(self) -> Picture | None:
        """The picture that is shown."""
        return self._picture

    def show_picture(self, picture: Picture | None) -> None:
        """Show another picture, or none."""
        self._picture = picture
        self._image = None if picture is None else image_of(picture, self.devicePixelRatioF())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """One blit, and four corners."""
        painter = QPainter(self)
        if self._image is None:
            painter.fillRect(self.rect(), GROUND)
            painter.end()
            return
        at = centred(self._image, QRectF(self.rect()))
        painter.fillRect(self.rect(), GROUND)
        painter.drawImage(at.topLeft(), self._image)
        self._paint_map(painter, at)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._corners(at), GROUND)
        painter.end()

    def _paint_map(self, painter: QPainter, at: QRectF) -> None:
        """The map, and the scale of its colours with the numbers at its ends."""
        if self._map is None:
            return
        from vision_app.explaining.painting import number
        from vision_app.gui.inside.glass import scale_gradient

        found, image = self._map
        fx, fy = at.width() / found.frame_wh[0], at.height() / found.frame_wh[1]
        left, top, right, bottom = found.region
        painter.setClipRect(at)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(
            QRectF(at.left() + left * fx, at.top() + top * fy, (right - left) * fx, (bottom - top) * fy),
            image,
        )
        u = unit_of(self.window().size())
        bar = QRectF(at.right() - 300 * u, at.bottom() - 56 * u, 260 * u, 16 * u)
        painter.fillRect(bar.adjusted(-14 * u, -10 * u, 14 * u, 34 * u), QColor(12, 14, 18, 205))
        painter.fillRect(bar, scale_gradient(bar.topLeft(), bar.topRight()))
        font = painter.font()
        font.setPixelSize(max(9, round(19 * u)))
        painter.setFont(font)
        painter.setPen(QColor("#f2f4f8"))
        ends = QRectF(bar.left(), bar.bottom() + 2 * u, bar.width(), 28 * u)
        painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, number(found.low))
        painter.drawText(ends, Qt.AlignmentFlag.AlignRight, number(found.high))
        painter.setClipping(False)

    def _corners(self, at: QRectF) -> QPainterPath:
        if self._mask is None or self._mask[0] != at:
            radius = _RADIUS * unit_of(self.window().size())
            whole, rounded = QPainterPath(), QPainterPath()
            whole.addRect(at.adjusted(-1, -1, 1, 1))
            rounded.addRoundedRect(at, radius, radius)
            self._mask = (at, whole.subtracted(rounded))
        return self._mask[1]


def image_of(picture: Picture, ratio: float) -> QImage:
    """A QImage over the picture's own memory, which nobody writes again."""
    image = shared_image(picture)
    image.setDevicePixelRatio(ratio)
    return image


def centred(image: QImage, within: QRectF) -> QRectF:
    """Where an image lies when it is in the middle, on whole pixels."""
    size = image.deviceIndependentSize()
    left = within.left() + round((within.width() - size.width()) / 2)
    top = within.top() + round((within.height() - size.height()) / 2)
    return QRectF(QPointF(left, top), size)


def shade(painter: QPainter, rect: QRectF, alpha: int) -> None:
    """Darken a part of what is painted."""
    colour = QColor(GROUND)
    colour.setAlpha(alpha)
    painter.fillRect(rect, colour)
