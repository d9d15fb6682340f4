"""What the teach panel draws over the live picture: countdown, recording, and the region that is taken."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.cards.parts import CENTRE
from vision_app.gui.teach.unseen import part_rect
from vision_app.gui.theme import RADIUS_PX, SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.samples.capture import CaptureProgress
from vision_app.samples.crops import CentreSquare, Crop, DetectedBox, Region
from vision_app.samples.movement_capture import MovementProgress

_RED, _BLUE, _SHADE = QColor("#ff5f57"), QColor("#7aa5ff"), QColor(0, 0, 0, 120)
_LEAST_SHARE = 0.03
_STEP = 0.02

Shares = tuple[float, float, float, float]


class Overlay(QWidget):
    """A glass over the picture. The mouse goes through it unless a region is being drawn."""

    drawn = Signal(object)
    """A `Region` that was drawn; None when the user thought better of it."""

    def __init__(self, view: LiveView) -> None:
        super().__init__(view)
        self._view = view
        self._crop: Crop | None = None
        self._progress = CaptureProgress()
        self._drawing: Shares | None = None
        self._from: QPointF | None = None
        self._held: Shares | None = None
        self._has_drawn = False
        self._in_sight = True
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        view.resized.connect(self._fit)
        self._fit()
        self.hide()

    def _fit(self) -> None:
        self.setGeometry(self._view.rect())

    @property
    def drawing(self) -> bool:
        """Whether a region is being drawn."""
        return self._drawing is not None

    def show_crop(self, crop: Crop) -> None:
        """Show which part of the picture is taken."""
        self._crop = crop
        self._appear()

    def set_in_sight(self, on: bool) -> None:
        """Whether the panel is seen: the part that is taken is shown with it only."""
        self._in_sight = on
        self._appear()

    def show_progress(self, progress: CaptureProgress) -> None:
        """Show how the capture stands."""
        self._progress = progress
        self._appear()

    def show_movement(self, progress: MovementProgress) -> None:
        """Show how the recording of movements stands."""
        self.show_progress(
            CaptureProgress(
                progress.phase,
                progress.label,
                counted=progress.counted,
                wanted=progress.wanted,
                left_s=progress.left_s,
                turn=progress.counted + 1 if progress.wanted else 0,
                turns=progress.wanted or 0,
            )
        )

    def _appear(self) -> None:
        has_part = self._in_sight and isinstance(self._crop, CentreSquare | Region)
        self.setVisible(self.drawing or has_part or self._progress.phase in ("countdown", "recording"))
        self.raise_()
        self.update()

    # drawing a region ------------------------------------------------------------------------------------

    def begin_drawing(self) -> None:
        """Let the user draw a region, with the mouse or the arrow keys."""
        self._drawing = self._crop.shares if isinstance(self._crop, Region) else (0.25, 0.25, 0.75, 0.75)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, on=False)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._appear()
        self.setFocus()

    def _end_drawing(self, *, keep: bool) -> None:
        shares, self._drawing, self._from, self._held = self._drawing, None, None, None
        self.setMouseTracking(False)
        if shares is None:
            return
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.unsetCursor()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setFocus()
        self._appear()
        self._has_drawn = self._has_drawn or keep
        self.drawn.emit(Region(shares) if keep else None)

    def _share_at(self, point: QPointF) -> QPointF:
        room = self._view.picture_rect()
        if room.width() <= 0 or room.height() <= 0:
            return QPointF(0.5, 0.5)
        x = (point.x() - room.left()) / room.width()
        y = (point.y() - room.top()) / room.height()
        return QPointF(min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin at one corner; inside a region that was drawn before, take hold of it."""
        if event.button() == Qt.MouseButton.LeftButton and self.drawing:
            self._from = self._share_at(event.position())
            self._held = self._drawing if self._is_inside(self._from) else None

    def _is_inside(self, at: QPointF) -> bool:
        if self._drawing is None or not self._has_drawn:
            return False  # what is shown before the first region is only an example of one
        left, top, right, bottom = self._drawing
        return left < at.x() < right and top < at.y() < bottom

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow to the other corner, or with the region in hand."""
        at = self._share_at(event.position())
        if self._from is None:
            inside = self._is_inside(at)
            self.setCursor(Qt.CursorShape.SizeAllCursor if inside else Qt.CursorShape.CrossCursor)
        elif self._held is not None:
            by = at - self._from
            self._drawing = _changed(self._held, by.x(), by.y(), sized=False)
            self.update()
        else:
            self._drawing = (
                min(at.x(), self._from.x()),
                min(at.y(), self._from.y()),
                max(at.x(), self._from.x()),
                max(at.y(), self._from.y()),
            )
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It is drawn, if there is anything of it."""
        if self._from is None or self._drawing is None:
            return
        left, top, right, bottom = self._drawing
        self._end_drawing(keep=min(right - left, bottom - top) >= _LEAST_SHARE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the region, with Shift they size it; Enter keeps it, Esc does not."""
        key = event.key()
        ways = {
            Qt.Key.Key_Left: (-_STEP, 0.0),
            Qt.Key.Key_Right: (_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, -_STEP),
            Qt.Key.Key_Down: (0.0, _STEP),
        }
        if self._drawing is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._end_drawing(keep=True)
        elif key == Qt.Key.Key_Escape:
            self._end_drawing(keep=False)
        elif key in ways:
            sized = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._drawing = _changed(self._drawing, *ways[Qt.Key(key)], sized=sized)
            self.update()
        else:
            super().keyPressEvent(event)

    # painting --------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what there is to say."""
        room = self._view.picture_rect()
        if room.isEmpty():
            room = QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        part = self._part(room)
        if part is not None:
            self._paint_part(painter, room, part)
        if self.drawing:
            self._paint_line(
                painter,
                room,
                self.tr(
                    "Drag inside to move it, elsewhere to draw anew; arrow keys too. Enter keeps it, Esc does not."
                )
                if self._has_drawn
                else self.tr("Draw with the mouse or the arrow keys. Enter keeps it, Esc does not."),
            )
        elif self._progress.phase == "countdown":
            self._paint_countdown(painter, room)
        elif self._progress.phase == "recording":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(_RED, 4))
            painter.drawRect(room.adjusted(2, 2, -2, -2))
            now = self._progress
            text = self.tr("{name}: {count} kept").format(name=now.label, count=now.counted)
            if now.without_part and isinstance(self._crop, DetectedBox):
                text += " · " + self.tr("nothing found in {count} frames").format(count=now.without_part)
            self._paint_line(painter, room, text)
        painter.end()

    def _part(self, room: QRectF) -> QRectF | None:
        if self._drawing is not None:
            shares = self._drawing
        elif isinstance(self._crop, Region):
            shares = self._crop.shares
        elif isinstance(self._crop, CentreSquare):
            return part_rect(CENTRE, room)
        else:
            return None
        return part_rect(shares, room)

    def _paint_part(self, painter: QPainter, room: QRectF, part: QRectF) -> None:
        for x, y, w, h in (
            (room.left(), room.top(), room.width(), part.top() - room.top()),
            (room.left(), part.bottom(), room.width(), room.bottom() - part.bottom()),
            (room.left(), part.top(), part.left() - room.left(), part.height()),
            (part.right(), part.top(), room.right() - part.right(), part.height()),
        ):
            painter.fillRect(QRectF(x, y, max(0.0, w), max(0.0, h)), _SHADE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_BLUE, 2, Qt.PenStyle.DashLine if self.drawing else Qt.PenStyle.SolidLine))
        painter.drawRect(part)

    def _paint_countdown(self, painter: QPainter, room: QRectF) -> None:
        now = self._progress
        font = QFont(self.font())
        font.setPixelSize(max(48, round(room.height() * 0.4)))
        font.setBold(True)
        painter.fillRect(room, QColor(0, 0, 0, 90))
        painter.setFont(font)
        painter.setPen(QColor("white"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, str(now.left_s))
        words = self.tr("Next: {name} ({turn} of {turns})")
        self._paint_line(painter, room, words.format(name=now.label, turn=now.turn, turns=now.turns))

    def _paint_line(self, painter: QPainter, room: QRectF, text: str) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.3)
        font.setBold(True)
        painter.setFont(font)
        measure = painter.fontMetrics()
        text = measure.elidedText(text, Qt.TextElideMode.ElideMiddle, int(room.width()) - 4 * SPACE_PX)
        width = measure.horizontalAdvance(text) + 3 * SPACE_PX
        high = measure.height() + SPACE_PX
        rect = QRectF(room.center().x() - width / 2, room.top() + 2 * SPACE_PX, width, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(16, 18, 22, 215))
        painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
        painter.setPen(QColor("white"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _changed(shares: Shares, x: float, y: float, *, sized: bool) -> Shares:
    left, top, right, bottom = shares
    if sized:
        right = min(1.0, max(left + _LEAST_SHARE, right + x))
        bottom = min(1.0, max(top + _LEAST_SHARE, bottom + y))
        return left, top, right, bottom
    x = max(-left, min(1.0 - right, x))
    y = max(-top, min(1.0 - bottom, y))
    return left + x, top + y, right + x, bottom + y
