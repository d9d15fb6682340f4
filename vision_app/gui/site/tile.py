"""One stream on the screen: its picture, its name, and how it is doing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.gui.site.drawing import ZONE, Drawing
from vision_app.gui.theme import RADIUS_PX, SPACE_PX, theme
from vision_app.site.geometry import Point
from vision_app.site.sinks import StreamFacts

_STRIP_PX = 44


def state_words(facts: StreamFacts) -> str:
    """The state of a stream in the language of the window."""
    words = {
        "connecting": QCoreApplication.translate("StreamTile", "connecting"),
        "running": QCoreApplication.translate("StreamTile", "running"),
        "lost": QCoreApplication.translate("StreamTile", "no connection"),
        "failed": QCoreApplication.translate("StreamTile", "cannot be opened, trying again"),
        "ended": QCoreApplication.translate("StreamTile", "ended"),
    }
    return words.get(facts.state, facts.state)


def figures(facts: StreamFacts) -> str:
    """How a running stream is doing, in short."""
    said = QCoreApplication.translate(
        "StreamTile", "{fps:.0f} fps · {age:.0f} ms · {saved:.0f} % spared · {dropped} dropped"
    )
    return said.format(
        fps=facts.fps,
        age=facts.age_p95_ms,
        saved=(facts.rested + facts.expected) * 100,
        dropped=facts.dropped,
    )


class StreamTile(QWidget):
    """A stream in the grid, or large with what is being drawn on it.

    Args:
        name: of the stream.
        large: whether it is the only one, to be drawn on.
    """

    chosen = Signal(str)
    pointed = Signal(float, float)
    finished = Signal()

    def __init__(self, name: str, *, large: bool = False) -> None:
        super().__init__()
        self.name, self._large = name, large
        self.image: QImage | None = None
        self.facts = StreamFacts()
        self.drawing: Drawing | None = None
        self._pointer: Point | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(200, 150))
        self.setMouseTracking(large)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._name_it()

    def show_picture(self, image: QImage) -> None:
        """Show the newest picture."""
        self.image = image
        self.update()

    def show_facts(self, facts: StreamFacts) -> None:
        """Say how the stream is doing."""
        if facts != self.facts:
            self.facts = facts
            self._name_it()
            self.update()

    def draw(self, drawing: Drawing | None) -> None:
        """Show a shape while it is drawn."""
        self.drawing = drawing
        drawn = drawing is not None
        self.setCursor(Qt.CursorShape.CrossCursor if drawn else Qt.CursorShape.ArrowCursor)
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget."""
        room = QRectF(self.rect()).adjusted(0, 0, 0, 0 if self._large else -_STRIP_PX)
        if self.image is None or self.image.isNull():
            return room
        scale = min(room.width() / self.image.width(), room.height() / self.image.height())
        width, height = self.image.width() * scale, self.image.height() * scale
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)

    def share_of(self, at: QPointF) -> Point:
        """A point of the widget as shares of the picture."""
        rect = self.picture_rect()
        return (at.x() - rect.left()) / rect.width(), (at.y() - rect.top()) / rect.height()

    def _name_it(self) -> None:
        self.setAccessibleName(f"{self.name}: {state_words(self.facts)}")
        self.setToolTip(self.facts.error or self.name)

    def changeEvent(self, event: QEvent) -> None:
        """Say it in another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._name_it()
            self.update()
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A point of a shape, or the choice of this stream."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.drawing is not None:
            self.pointed.emit(*self.share_of(event.position()))
        else:
            self.chosen.emit(self.name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the next edge follow the mouse."""
        if self.drawing is not None:
            self._pointer = self.share_of(event.position())
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The last point of a zone."""
        if self.drawing is not None:
            self.finished.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter ends a zone, or chooses this stream."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            super().keyPressEvent(event)
        elif self.drawing is not None:
            self.finished.emit()
        else:
            self.chosen.emit(self.name)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, strip, and what is drawn."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = theme().colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.surround))
        painter.drawRoundedRect(QRectF(self.rect()), RADIUS_PX, RADIUS_PX)
        if self.image is not None:
            painter.setOpacity(1.0 if self.facts.state in ("running", "ended") else 0.4)
            painter.drawImage(self.picture_rect(), self.image)
            painter.setOpacity(1.0)
        else:
            painter.setPen(QColor(colours.on_surround))
            painter.drawText(self.picture_rect(), Qt.AlignmentFlag.AlignCenter, state_words(self.facts))
        if not self._large:
            self._paint_strip(painter)
        if self.drawing is not None:
            self._paint_drawing(painter, self.drawing)
        if self.hasFocus() and not self._large:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 3))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), RADIUS_PX, RADIUS_PX)
        painter.end()

    def _paint_strip(self, painter: QPainter) -> None:
        strip = QRectF(self.rect()).adjusted(SPACE_PX, self.height() - _STRIP_PX, -SPACE_PX, -4)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(theme().colours.on_surround))
        width = int(strip.width())
        name = painter.fontMetrics().elidedText(self.name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(strip, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(self.font())
        running = self.facts.state == "running"
        painter.setPen(QColor("#b9c0cd" if running else "#ffb454"))
        said = figures(self.facts) if running else state_words(self.facts)
        if self.facts.error and not running:
            said = f"{said}: {self.facts.error}"
        said = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, width)
        painter.drawText(strip, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, said)

    def _paint_drawing(self, painter: QPainter, drawing: Drawing) -> None:
        rect = self.picture_rect()

        def at(point: Point) -> QPointF:
            return QPointF(rect.left() + point[0] * rect.width(), rect.top() + point[1] * rect.height())

        points = [at(point) for point in drawing.points]
        follow = [*points, at(self._pointer)] if self._pointer is not None and points else points
        painter.setBrush(QColor(255, 255, 255, 40) if drawing.kind == ZONE else Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0), 5), (QColor(255, 255, 255), 2)):
            painter.setPen(QPen(colour, width))
            if drawing.kind == ZONE and len(follow) > 2:
                painter.drawPolygon(QPolygonF(follow))
            else:
                painter.drawPolyline(QPolygonF(follow))
        painter.setBrush(QColor(255, 255, 255))
        painter.setPen(QPen(QColor(0, 0, 0), 1))
        for point in points:
            painter.drawEllipse(point, 5, 5)
