"""A camera to choose: its picture with its name under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from vision_app.gui.pieces.icons import pixmap
from vision_app.gui.theme import ICON_PX, RADIUS_PX, SPACE_PX, theme
from vision_app.sources.cameras import CameraDescription

PICTURE_PX = (184, 104)
_NAME_PX = 36


class CameraTile(QAbstractButton):
    """Shows what a camera sees, and chooses it.

    Args:
        camera: which one.
        in_use: it is the one whose pictures are shown already.
        parent: Qt's owner.
    """

    wanted = Signal(object)
    """The mouse or the keyboard came to it: its picture should be live. None when it left."""

    def __init__(self, camera: CameraDescription, *, in_use: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera, self.in_use = camera, in_use
        self._image: QImage | None = None
        self._problem = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._translate()

    @property
    def has_picture(self) -> bool:
        """Whether a picture has come."""
        return self._image is not None

    def show_picture(self, image: QImage) -> None:
        """Show a newer picture."""
        self._image, self._problem = image, ""
        self.update()

    def show_problem(self, text: str) -> None:
        """Say why there is no picture."""
        self._problem = text
        self._translate()
        self.update()

    def sizeHint(self) -> QSize:
        """A picture of 16 : 9 and a line."""
        return QSize(PICTURE_PX[0], PICTURE_PX[1] + _NAME_PX)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Ask for a live picture."""
        self.wanted.emit(self.camera)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No longer ask for it."""
        self.wanted.emit(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Ask for a live picture."""
        self.wanted.emit(self.camera)
        super().focusInEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        name = self.tr("{name}, in use").format(name=self.camera.name) if self.in_use else self.camera.name
        self.setAccessibleName(name)
        self.setToolTip(self._problem or self.camera.name)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(0, 0, *PICTURE_PX).adjusted(1, 1, -1, -1)
        path = QPainterPath()
        path.addRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        painter.fillPath(path, QColor(colours.surround))
        painter.save()
        painter.setClipPath(path)
        self._paint_picture(painter, frame)
        painter.restore()
        if self.underMouse() or self.hasFocus() or self.in_use:
            strong = self.hasFocus() or self.in_use
            painter.setPen(QPen(QColor(colours.accent if strong else colours.quiet), 2 if strong else 1))
            painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        painter.setPen(QColor(colours.text))
        line = self.rect().adjusted(2, PICTURE_PX[1], -2, 0)
        name = self.fontMetrics().elidedText(self.camera.name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_picture(self, painter: QPainter, frame: QRectF) -> None:
        colours = theme().colours
        if self._image is not None:
            scale = max(frame.width() / self._image.width(), frame.height() / self._image.height())
            size = QRectF(0, 0, self._image.width() * scale, self._image.height() * scale)
            size.moveCenter(frame.center())
            painter.drawImage(size, self._image)
        else:
            scale = self.devicePixelRatioF()
            drawn = pixmap("camera", colours.quiet if not self._problem else colours.warn, 2 * ICON_PX, scale)
            painter.drawPixmap(
                round(frame.center().x()) - ICON_PX, round(frame.center().y()) - ICON_PX, drawn
            )
        if self._problem or self.in_use:
            text = self.tr("In use") if self.in_use and not self._problem else self.tr("No picture")
            width = self.fontMetrics().horizontalAdvance(text) + 2 * SPACE_PX
            badge = QRectF(frame.left() + 6, frame.bottom() - 26, width, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 180))
            painter.drawRoundedRect(badge, 4, 4)
            painter.setPen(QColor(colours.on_surround))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
            painter.setBrush(Qt.BrushStyle.NoBrush)
