"""What the OpenCV panel draws over the picture: the line between before and after, and four points to drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from vision_app.gui.theme import SPACE_PX
from vision_app.gui.view import LiveView

_BLUE, _WHITE, _SHADE = QColor("#7aa5ff"), QColor("#ffffff"), QColor(16, 18, 22, 190)
_POINT_PX, _GRAB_PX = 8, 14
_LEAST, _MOST = -100.0, 200.0


class Glass(QWidget):
    """Lies over the picture; the mouse goes through it, and the view is watched instead."""

    pointed = Signal(object)
    """Where the mouse is, as shares of the shown picture (x, y); None when it has left."""
    split_wanted = Signal(float)
    """The line was dragged to this share of the width."""
    corners_wanted = Signal(object)
    """Eight numbers in percent: a point was dragged."""

    def __init__(self, view: LiveView) -> None:
        super().__init__(view)
        self._view = view
        self.split: float | None = None
        self.corners: tuple[float, ...] | None = None
        self.captions: tuple[str, str] | None = None
        self._dragged: int | str | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        view.setMouseTracking(True)
        view.installEventFilter(self)
        view.resized.connect(self._fit)
        self._fit()
        self.hide()

    def _fit(self) -> None:
        self.setGeometry(self._view.rect())

    def show_things(
        self, split: float | None, corners: tuple[float, ...] | None, captions: tuple[str, str] | None
    ) -> None:
        """Show other things.

        Args:
            split: where the line is, as a share of the width; None for none.
            corners: eight numbers in percent; None for none.
            captions: of the left and the right half; None for none.
        """
        self.split, self.corners, self.captions = split, corners, captions
        self.setVisible(split is not None or corners is not None or captions is not None)
        self.raise_()
        self.update()

    # mouse -----------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch the view: drag what can be dragged, and tell where the mouse is."""
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(None)
        if not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        at = event.position()
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._dragged = self._at(at)
            return self._dragged is not None
        if event.type() == QEvent.Type.MouseMove:
            if self._dragged is None:
                self._view.setCursor(self._cursor(at))
            else:
                self._drag(at)
            self.pointed.emit(self._share(at))
        if event.type() == QEvent.Type.MouseButtonRelease and self._dragged is not None:
            self._dragged = None
            return True
        return False

    def _cursor(self, at: QPointF) -> Qt.CursorShape:
        grabbed = self._at(at)
        if grabbed is None:
            return Qt.CursorShape.ArrowCursor
        return Qt.CursorShape.SplitHCursor if grabbed == "split" else Qt.CursorShape.SizeAllCursor

    def _at(self, at: QPointF) -> int | str | None:
        """What lies there: a corner's number, "split", or nothing."""
        room = self._view.picture_rect()
        if self.corners is not None:
            for number in range(4):
                gap = self._point(room, number) - at
                if max(abs(gap.x()), abs(gap.y())) <= _GRAB_PX:
                    return number
        if self.split is not None and abs(room.left() + self.split * room.width() - at.x()) <= _GRAB_PX:
            return "split"
        return None

    def _share(self, at: QPointF) -> tuple[float, float] | None:
        room = self._view.picture_rect()
        if not room.contains(at):
            return None
        return (at.x() - room.left()) / room.width(), (at.y() - room.top()) / room.height()

    def _drag(self, at: QPointF) -> None:
        room = self._view.picture_rect()
        if room.isEmpty():
            return
        x, y = (at.x() - room.left()) / room.width(), (at.y() - room.top()) / room.height()
        if self._dragged == "split":
            self.split_wanted.emit(min(max(x, 0.0), 1.0))
        elif isinstance(self._dragged, int) and self.corners is not None:
            corners = list(self.corners)
            place = 2 * self._dragged
            corners[place : place + 2] = (round(min(max(100 * v, _LEAST), _MOST), 2) for v in (x, y))
            self.corners_wanted.emit(tuple(corners))

    def _point(self, room: QRectF, number: int) -> QPointF:
        assert self.corners is not None
        x, y = self.corners[2 * number] / 100, self.corners[2 * number + 1] / 100
        return QPointF(room.left() + x * room.width(), room.top() + y * room.height())

    # painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, the points, the captions."""
        room = self._view.picture_rect()
        if room.isEmpty():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.split is not None:
            self._paint_split(painter, room, room.left() + self.split * room.width())
        if self.captions is not None:
            self._paint_captions(painter, room)
        if self.corners is not None:
            points = [self._point(room, number) for number in range(4)]
            painter.setPen(QPen(_BLUE, 2))
            painter.drawPolygon(QPolygonF(points))
            painter.setBrush(_WHITE)
            for point in points:
                painter.drawEllipse(point, _POINT_PX, _POINT_PX)
        painter.end()

    def _paint_split(self, painter: QPainter, room: QRectF, x: float) -> None:
        painter.setPen(QPen(_WHITE, 2))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        painter.setBrush(_WHITE)
        painter.setPen(QPen(_SHADE, 1))
        painter.drawEllipse(QPointF(x, room.center().y()), 7, 7)

    def _paint_captions(self, painter: QPainter, room: QRectF) -> None:
        assert self.captions is not None
        measure = painter.fontMetrics()
        for number, text in enumerate(self.captions):
            size = QSizeF(measure.horizontalAdvance(text) + 2 * SPACE_PX, measure.height() + SPACE_PX)
            place = caption_place(room, 0.5 if self.split is None else self.split, size, after=number == 1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_SHADE)
            painter.drawRoundedRect(place, 6, 6)
            painter.setPen(_WHITE)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def caption_place(room: QRectF, split: float, size: QSizeF, *, after: bool) -> QRectF:
    """Where a caption stands: at its side of the line, for the corner is where the view says how old results are.

    Args:
        room: that of the picture.
        split: where the line is, as a share of the width.
        size: of the caption.
        after: it is that of the right side.
    """
    x = room.left() + split * room.width() + (SPACE_PX if after else -SPACE_PX - size.width())
    left, right = room.left() + SPACE_PX, room.right() - SPACE_PX - size.width()
    return QRectF(QPointF(max(left, min(x, right)), room.bottom() - SPACE_PX - size.height()), size)
