"""The live picture: the newest one, unscaled in the screen's own pixels, and placeholder words when there is none."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFont,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vision_app.engine.timing import Durations, Rate
from vision_app.gui.dropping import Dropped, what_was_dropped
from vision_app.gui.pieces.images import shared_image
from vision_app.gui.session import Session
from vision_app.gui.theme import RADIUS_PX, SPACE_PX, theme
from vision_app.gui.words import Words, words_for
from vision_app.live.status import Picture, SourceStatus

OLD_RESULT_S = 0.5
"""Results older than that are said to be old."""
_DIMMED = QColor(0, 0, 0, 150)
_LEAST_PX = (320, 180)


class LiveView(QWidget):
    """Shows the pictures of a session."""

    source_dropped = Signal(str)
    """A file, folder or address to open."""
    model_dropped = Signal(str)
    """An .onnx file to run."""
    full_screen_wanted = Signal()
    resized = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._status: SourceStatus = session.source_status
        self._told_px = (0, 0)
        self._dragged: Dropped | None = None
        self.ages = Durations()
        """Age of each frame when it was painted."""
        self.rate = Rate()
        """Pictures painted a second; the same picture painted again does not count."""
        self._painted_index = -1
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(*_LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        session.picture.connect(self._show)
        session.source.connect(self._source_changed)
        theme().changed.connect(self.update)
        self._say()

    @property
    def picture(self) -> Picture | None:
        """The picture that is shown."""
        return self._picture

    # what happens ----------------------------------------------------------------------------------------

    def _show(self, picture: Picture) -> None:
        self._picture = picture
        self._image = shared_image(picture)
        self.update()

    def _source_changed(self, status: SourceStatus) -> None:
        self._status = status
        if not status.running_id and status.state.value in ("empty", "failed"):
            self._picture, self._image = None, None
        self._say()
        self.update()

    def words(self) -> Words:
        """What is said over the picture now."""
        return words_for(self._status, has_picture=self._image is not None)

    def _say(self) -> None:
        words = self.words()
        self.setAccessibleName(self.tr("Live picture"))
        self.setAccessibleDescription(f"{words.title} {words.text}".strip())

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
            self.update()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the session how large pictures may be."""
        super().resizeEvent(event)
        self._tell_size()
        self.resized.emit()

    def size_px(self) -> tuple[int, int]:
        """Width and height of the area in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def _tell_size(self) -> None:
        size_px = self.size_px()
        if size_px != self._told_px:
            self._told_px = size_px
            self._session.set_view(size_px)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the full screen, or to leave it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.full_screen_wanted.emit()

    # drag and drop ---------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a file, a folder or an address, and say what it will be."""
        self._dragged = what_was_dropped(event.mimeData())
        if self._dragged is not None:
            event.acceptProposedAction()
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget it."""
        self._dragged = None
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open it as a source, or add it as a model."""
        dropped = what_was_dropped(event.mimeData())
        self._dragged = None
        self.update()
        if dropped is None:
            return
        event.acceptProposedAction()
        (self.model_dropped if dropped.is_model else self.source_dropped).emit(dropped.spec)

    # painting --------------------------------------------------------------------------------------------

    def picture_rect(self) -> QRectF:
        """Where the picture is, in the widget's coordinates."""
        if self._image is None:
            return QRectF()
        area_w, area_h = self.size_px()
        wide, high = self._image.width(), self._image.height()
        if not self._fits_unscaled():
            factor = min(area_w / wide, area_h / high)
            wide, high = max(1, round(wide * factor)), max(1, round(high * factor))
        ratio = self.devicePixelRatioF()
        left, top = (area_w - wide) // 2, (area_h - high) // 2
        return QRectF(left / ratio, top / ratio, wide / ratio, high / ratio)

    def _fits_unscaled(self) -> bool:
        """Whether the picture was made for the area as it is: it touches two of its borders, up to rounding."""
        if self._image is None:
            return False
        area_w, area_h = self.size_px()
        spare_w, spare_h = area_w - self._image.width(), area_h - self._image.height()
        return 0 <= min(spare_w, spare_h) <= 1

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the newest picture, and what there is to say over it."""
        self._tell_size()  # on a screen of another density the size in its pixels is another
        painter = QPainter(self)
        surround = QColor(theme().colours.surround)
        if self._image is None:
            painter.fillRect(self.rect(), surround)
        else:
            self._paint_picture(painter, surround)
        words = self.words()
        if words.dimmed and self._image is not None:
            painter.fillRect(self.picture_rect(), _DIMMED)
        if words.title:
            self._paint_words(painter, words)
        self._paint_badges(painter, words)
        if self._dragged is not None:
            self._paint_drag(painter, self._dragged)
        painter.end()
        self._count()

    def _paint_picture(self, painter: QPainter, surround: QColor) -> None:
        assert self._image is not None
        rect = self.picture_rect()
        for side in _around(self.rect(), rect):
            painter.fillRect(side, surround)
        if self._fits_unscaled():
            self._image.setDevicePixelRatio(self.devicePixelRatioF())
            painter.drawImage(rect.topLeft(), self._image)
        else:  # the window is being resized, and the picture of the new size is not here yet
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            self._image.setDevicePixelRatio(1.0)
            painter.drawImage(rect, self._image)

    def _paint_words(self, painter: QPainter, words: Words) -> None:
        colour = QColor(theme().colours.on_surround)
        room = QRectF(self.rect()).adjusted(3 * SPACE_PX, 0, -3 * SPACE_PX, 0)
        title, text = _font(self, 1.5, bold=True), _font(self, 1.05)
        flags = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignHCenter.value
        painter.setFont(title)
        title_rect = painter.boundingRect(room, flags, words.title)
        painter.setFont(text)
        text_rect = painter.boundingRect(room, flags, words.text) if words.text else QRectF()
        gap = SPACE_PX if words.text else 0
        top = (self.height() - title_rect.height() - gap - text_rect.height()) / 2
        painter.setPen(colour)
        painter.setFont(title)
        painter.drawText(QRectF(room.left(), top, room.width(), title_rect.height()), flags, words.title)
        if words.text:
            top += title_rect.height() + gap
            colour.setAlpha(210)
            painter.setPen(colour)
            painter.setFont(text)
            painter.drawText(QRectF(room.left(), top, room.width(), text_rect.height()), flags, words.text)

    def _paint_badges(self, painter: QPainter, words: Words) -> None:
        badges = [words.badge] if words.badge else []
        age_s = self._picture.result_age_s if self._picture is not None else None
        if age_s is not None and age_s > OLD_RESULT_S and not words.dimmed:
            badges.append(self.tr("results {seconds} s old").format(seconds=f"{age_s:.1f}"))
        if not badges:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(_font(self, 1.0, bold=True))
        measure = painter.fontMetrics()
        left, bottom = SPACE_PX + SPACE_PX / 2, self.height() - SPACE_PX - SPACE_PX / 2
        for badge in badges:
            width = measure.horizontalAdvance(badge) + 2 * SPACE_PX
            rect = QRectF(left, bottom - measure.height() - SPACE_PX, width, measure.height() + SPACE_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(16, 18, 22, 215))
            painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
            painter.setPen(QColor(theme().colours.on_surround))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, badge)
            left += width + SPACE_PX

    def _paint_drag(self, painter: QPainter, dragged: Dropped) -> None:
        painter.fillRect(self.rect(), _DIMMED)
        accent = QColor("#7aa5ff")
        pen = QPen(accent, 3, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRect(self.rect().adjusted(SPACE_PX, SPACE_PX, -SPACE_PX, -SPACE_PX))
        as_model, as_source = self.tr("Drop to add this model"), self.tr("Drop to open this as the source")
        title = as_model if dragged.is_model else as_source
        self._paint_words(painter, Words(title=title, text=Path(dragged.shown).name or dragged.shown))

    def _count(self) -> None:
        picture = self._picture
        if picture is None or picture.frame_index == self._painted_index:
            return
        self._painted_index = picture.frame_index
        self.ages.add(time.perf_counter() - picture.captured_s)
        self.rate.tick()


def _font(widget: QWidget, factor: float, *, bold: bool = False) -> QFont:
    font = QFont(widget.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _around(area: QRect, inner: QRectF) -> list[QRectF]:
    """The four sides of an area that a rectangle inside it leaves free."""
    whole = QRectF(area)
    top_left, bottom_right = whole.topLeft(), whole.bottomRight()
    sides = (
        QRectF(top_left, QPointF(bottom_right.x(), inner.top())),
        QRectF(QPointF(top_left.x(), inner.bottom()), bottom_right),
        QRectF(QPointF(top_left.x(), inner.top()), QPointF(inner.left(), inner.bottom())),
        QRectF(QPointF(inner.right(), inner.top()), QPointF(bottom_right.x(), inner.bottom())),
    )
    return [side for side in sides if side.width() > 0 and side.height() > 0]
