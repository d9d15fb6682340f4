"""The part of the picture at which the model that is taught will never look, shaded over the live picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vision_app.cards.card import InputSpec
from vision_app.cards.parts import CENTRE, Part, seen_share
from vision_app.gui.theme import RADIUS_PX, SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.samples.crops import CentreSquare, Crop, DetectedBox, Region

_SHADE, _HATCH, _EDGE = QColor(0, 0, 0, 90), QColor(255, 255, 255, 46), QColor(255, 255, 255, 150)
_NOTHING = 0.005
"""A strip of less than this share is the rounding of sizes."""


class Unseen(QWidget):
    """A glass over the picture, through which the mouse goes. Shown while somebody teaches.

    Args:
        view: the picture.
    """

    def __init__(self, view: LiveView) -> None:
        super().__init__(view)
        self._view = view
        self._crop: Crop | None = None
        self._spec: InputSpec | None = None
        self._active = False
        self._room = QRectF()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        view.resized.connect(self._fit)
        self._fit()
        self.hide()

    def _fit(self) -> None:
        self.setGeometry(self._view.rect())
        self.refresh()

    def set_active(self, on: bool) -> None:
        """Whether somebody teaches now."""
        self._active = on
        self.refresh()

    def show_crop(self, crop: Crop) -> None:
        """Which part of the picture is taken."""
        self._crop = crop
        self.refresh()

    def show_spec(self, spec: InputSpec | None) -> None:
        """How the base takes its input; None while that is not known."""
        self._spec = spec
        self.refresh()

    def refresh(self) -> None:
        """Look whether there is something to show: the picture may be another one."""
        self._room = self._view.picture_rect()
        self.setVisible(self._active and bool(self.strips()))
        self.update()

    def picture_came(self) -> None:
        """Follow a picture of another shape."""
        if self._view.picture_rect() != self._room:
            self.refresh()

    @property
    def shares(self) -> tuple[float, float]:
        """Which shares of the width and height of the part that is taken the model sees."""
        part = self._part()
        if part is None or self._spec is None or part.isEmpty():
            return 1.0, 1.0
        spec = self._spec
        return seen_share(
            spec.resize, spec.crop_pct, (part.width(), part.height()), (spec.size_hw[1], spec.size_hw[0])
        )

    def _part(self) -> QRectF | None:
        """The part that is taken, in pixels of this widget; None where that differs from frame to frame."""
        if self._crop is None or isinstance(self._crop, DetectedBox):
            return None
        return part_rect(_as_part(self._crop), self._room)

    def strips(self) -> list[QRectF]:
        """What is not seen, in pixels of this widget."""
        part = self._part()
        if part is None or part.isEmpty():
            return []
        (wide, high), (width, height) = self.shares, (part.width(), part.height())
        if wide > 1 - _NOTHING and high > 1 - _NOTHING:
            return []
        inner = QRectF(0, 0, wide * width, high * height)
        inner.moveCenter(part.center())
        rows = (
            QRectF(part.left(), part.top(), width, inner.top() - part.top()),
            QRectF(part.left(), inner.bottom(), width, part.bottom() - inner.bottom()),
            QRectF(part.left(), inner.top(), inner.left() - part.left(), inner.height()),
            QRectF(inner.right(), inner.top(), part.right() - inner.right(), inner.height()),
        )
        return [row for row in rows if row.width() > 0.5 and row.height() > 0.5]

    def words(self) -> str:
        """How much it is."""
        wide, high = self.shares
        words = self.tr("Shaded: {percent} % of the picture that the model will not see")
        part, room = self._part(), self._room
        share = 1.0
        if part is not None and not room.isEmpty():
            share = wide * high * part.width() * part.height() / (room.width() * room.height())
        return words.format(percent=round(100 * (1 - share)))

    # painting --------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shade it."""
        strips = self.strips()
        if not strips:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for strip in strips:
            painter.fillRect(strip, _SHADE)
            painter.fillRect(strip, QBrush(_HATCH, Qt.BrushStyle.BDiagPattern))
        part = self._part()
        assert part is not None
        wide, high = self.shares
        inner = QRectF(0, 0, wide * part.width(), high * part.height())
        inner.moveCenter(part.center())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_EDGE, 1.5, Qt.PenStyle.DashLine))
        painter.drawRect(inner)
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        measure = painter.fontMetrics()
        text = measure.elidedText(
            self.words(), Qt.TextElideMode.ElideRight, int(self._room.width()) - 3 * SPACE_PX
        )
        width, high = measure.horizontalAdvance(text) + 2 * SPACE_PX, measure.height() + SPACE_PX
        rect = QRectF(
            self._room.center().x() - width / 2, self._room.bottom() - high - 2 * SPACE_PX, width, high
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(16, 18, 22, 215))
        painter.drawRoundedRect(rect, RADIUS_PX, RADIUS_PX)
        painter.setPen(QColor("white"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _as_part(crop: Crop) -> Part | None:
    if isinstance(crop, Region):
        return crop.shares
    return CENTRE if isinstance(crop, CentreSquare) else None


def part_rect(part: Part | None, room: QRectF) -> QRectF:
    """A part of the picture in the pixels of a rectangle that shows it; all of it for None."""
    if part is None:
        return QRectF(room)
    if isinstance(part, str):
        side = min(room.width(), room.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(room.center())
        return square
    left, top, right, bottom = part
    return QRectF(
        room.left() + left * room.width(),
        room.top() + top * room.height(),
        (right - left) * room.width(),
        (bottom - top) * room.height(),
    )
