"""What the teach panel shows over the live picture: the countdown, the burst, and a region to draw."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.gui.theme import SPACE_PX, theme
from vision_app.gui.view import LiveView
from vision_app.samples.capture import CaptureProgress

_BACK = QColor(0, 0, 0, 170)
_LEAST_SHARE = 0.04
Shares = tuple[float, float, float, float]


class Stage(QWidget):
    """Lies over the picture; the mouse goes through it unless a region is being drawn."""

    region_drawn = Signal(object)
    """Left, top, right, bottom, each from 0 to 1 of the picture; None when it was given up."""

    def __init__(self, view: LiveView) -> None:
        super().__init__(view)
        self._view = view
        self._progress = CaptureProgress()
        self._region: Shares | None = None
        self._drawing = False
        self._from: QPointF | None = None
        self._to: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        view.installEventFilter(self)
        self.setGeometry(view.rect())
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the picture's widget."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return super().eventFilter(watched, event)

    def show_progress(self, progress: CaptureProgress) -> None:
        """Show how the capture stands."""
        self._progress = progress
        self._refresh()

    def show_region(self, region: Shares | None) -> None:
        """Show the region that becomes the sample; None for none."""
        self._region = region
        self._refresh()

    def draw_region(self) -> None:
        """Let the user draw one with the mouse; Esc gives up."""
        self._drawing, self._from, self._to = True, None, None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._refresh()
        self.setFocus()

    def _refresh(self) -> None:
        busy = self._progress.phase in ("countdown", "recording")
        self.setVisible(busy or self._drawing or self._region is not None)
        self.raise_()
        self.update()

    def _end(self, shares: Shares | None) -> None:
        self._drawing = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.unsetCursor()
        self._view.setFocus()
        self._refresh()
        self.region_drawn.emit(shares)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a region."""
        self._from = self._to = event.position()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Make it larger."""
        if self._from is not None:
            self._to = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It is done, unless it is too small to be meant."""
        if self._from is None:
            return
        self._to = event.position()
        shares = self._shares(QRectF(self._from, self._to).normalized())
        self._from = self._to = None
        if shares is not None:
            self._end(shares)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives up."""
        if self._drawing and event.key() == Qt.Key.Key_Escape:
            self._end(None)
        else:
            super().keyPressEvent(event)

    def _shares(self, drawn: QRectF) -> Shares | None:
        picture = self._view.picture_rect()
        if picture.isEmpty():
            return None
        part = drawn.intersected(picture)
        if part.width() < _LEAST_SHARE * picture.width() or part.height() < _LEAST_SHARE * picture.height():
            return None
        return (
            max(0.0, (part.left() - picture.left()) / picture.width()),
            max(0.0, (part.top() - picture.top()) / picture.height()),
            min(1.0, (part.right() - picture.left()) / picture.width()),
            min(1.0, (part.bottom() - picture.top()) / picture.height()),
        )

    # painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what there is to see."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_region(painter)
        if self._progress.phase == "countdown":
            self._paint_countdown(painter)
        elif self._progress.phase == "recording":
            self._paint_burst(painter)
        elif self._drawing and self._from is None:
            self._chip(painter, self.tr("Draw a region with the mouse. Esc: give up"))
        painter.end()

    def _paint_region(self, painter: QPainter) -> None:
        picture = self._view.picture_rect()
        rect: QRectF | None = None
        if self._from is not None and self._to is not None:
            rect = QRectF(self._from, self._to).normalized()
        elif self._region is not None and not self._drawing:
            left, top, right, bottom = self._region
            rect = QRectF(
                picture.left() + left * picture.width(),
                picture.top() + top * picture.height(),
                (right - left) * picture.width(),
                (bottom - top) * picture.height(),
            )
        if rect is None:
            return
        for colour, width in ((QColor(0, 0, 0, 160), 4.0), (QColor(theme().colours.on_surround), 2.0)):
            pen = QPen(colour, width)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)

    def _paint_countdown(self, painter: QPainter) -> None:
        p = self._progress
        side = min(self.width(), self.height()) * 0.5
        circle = QRectF(0, 0, side, side)
        circle.moveCenter(QPointF(self.rect().center()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BACK)
        painter.drawEllipse(circle)
        painter.setPen(QColor(theme().colours.on_surround))
        painter.setFont(self._font(side * 0.45))
        painter.drawText(circle.translated(0, -side * 0.08), Qt.AlignmentFlag.AlignCenter, f"{p.left_s}")
        painter.setFont(self._font(max(13.0, side * 0.08)))
        text = painter.fontMetrics().elidedText(p.label, Qt.TextElideMode.ElideMiddle, int(side * 0.8))
        low = QRectF(circle.left(), circle.top() + side * 0.68, side, side * 0.2)
        painter.drawText(low, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def _paint_burst(self, painter: QPainter) -> None:
        p = self._progress
        counted = f"{p.counted} / {p.wanted}" if p.wanted else f"{p.counted}"
        self._chip(painter, f"{p.label}   {counted}", dot=True)

    def _chip(self, painter: QPainter, text: str, *, dot: bool = False) -> None:
        painter.setFont(self._font(18.0))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, max(80, self.width() - 8 * SPACE_PX))
        high = metrics.height() + 2 * SPACE_PX
        mark = high if dot else 2 * SPACE_PX
        chip = QRectF(0, 2 * SPACE_PX, metrics.horizontalAdvance(text) + mark + 2 * SPACE_PX, high)
        chip.moveLeft((self.width() - chip.width()) / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BACK)
        painter.drawRoundedRect(chip, high / 2, high / 2)
        if dot:
            painter.setBrush(QColor("#ff4b4b"))
            painter.drawEllipse(QPointF(chip.left() + high / 2, chip.center().y()), high / 6, high / 6)
        painter.setPen(QColor(theme().colours.on_surround))
        painter.drawText(chip.adjusted(mark, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _font(self, size_px: float) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(8, round(size_px)))
        font.setBold(True)
        return font
