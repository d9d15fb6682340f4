"""The invitation: what the screen shows when nobody is there."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from vision_app.gui.kiosk.look import (
    ACCENT,
    GROUND,
    SECOND,
    TEXT,
    Fitted,
    block_height,
    draw_fitted,
    fit,
    unit_of,
)
from vision_app.gui.kiosk.picture import centred, image_of, shade
from vision_app.live.status import Picture

_DRIFT_X_S, _DRIFT_Y_S = 83.0, 59.0
_BREATHE_S = 5.0
_DIMMED = 150
_STILL_MS = 100


class AttractScreen(QWidget):
    """The dimmed picture with large words that drift slowly: nothing stays in one place and burns in.

    Args:
        titles: the inviting line in each language.
        subtitles: the line below it in each language.
        notice: that nothing is stored, in each language.
    """

    def __init__(
        self,
        titles: Sequence[str],
        subtitles: Sequence[str],
        notice: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(". ".join((*titles, *subtitles, *notice)))
        self._titles, self._subtitles, self._notice = titles, subtitles, notice
        self._picture: Picture | None = None
        self._blocks: list[tuple[Fitted, Fitted | None]] = []
        self._small: list[Fitted] = []
        self._began_s = time.monotonic()
        self._timer = QTimer(self)  # the words move even when no picture comes
        self._timer.setInterval(_STILL_MS)
        self._timer.timeout.connect(self.update)

    def show_picture(self, picture: Picture | None) -> None:
        """Show another picture behind the words, or none."""
        self._picture = picture
        self._timer.start()
        self.update()

    def showEvent(self, event: object) -> None:
        """Move only while somebody can see it."""
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        """Move only while somebody can see it, and keep no picture."""
        self._timer.stop()
        self._picture = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        u = unit_of(self.size())
        width = self.width() * 0.8
        self._blocks = []
        for number, title in enumerate(self._titles):
            size = (128 if number == 0 else 84) * u
            more = self._subtitles[number] if number < len(self._subtitles) else ""
            self._blocks.append(
                (
                    fit(title, width, size, bold=True, most_lines=2),
                    fit(more, width, size * 0.4, most_lines=2) if more else None,
                )
            )
        self._small = [fit(line, width, 26 * u) for line in self._notice]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, a shade, the words."""
        u = unit_of(self.size())
        since_s = time.monotonic() - self._began_s
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        if self._picture is not None:
            image = image_of(self._picture, self.devicePixelRatioF())
            at = centred(image, QRectF(self.rect()))
            painter.drawImage(at.topLeft(), image)
            shade(painter, at, _DIMMED)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() * 0.8
        flat = [f for block in self._blocks for f in block if f is not None]
        high = block_height(flat, 14 * u)
        room_x, room_y = (self.width() - width) / 2, max(0.0, (self.height() - high) / 2 - 150 * u)
        left = room_x + 0.7 * room_x * math.sin(2 * math.pi * since_s / _DRIFT_X_S)
        top = (self.height() - high) / 2 - 40 * u + room_y * math.sin(2 * math.pi * since_s / _DRIFT_Y_S)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._breathing_line(painter, left + width / 2, top - 40 * u, u, since_s)
        for number, (title, more) in enumerate(self._blocks):
            at = QRectF(left, top, width, self.height())
            top = draw_fitted(painter, title, at, TEXT if number == 0 else SECOND, centre) + 4 * u
            if more is not None:
                at.moveTop(top)
                top = draw_fitted(painter, more, at, TEXT if number == 0 else SECOND, centre)
            top += 34 * u
        self._say_notice(painter, u, since_s)
        painter.end()

    def _breathing_line(self, painter: QPainter, centre: float, top: float, u: float, since_s: float) -> None:
        share = 0.5 + 0.5 * math.sin(2 * math.pi * since_s / _BREATHE_S)
        half = (60 + 120 * share) * u
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ACCENT)
        painter.drawRoundedRect(QRectF(centre - half, top, 2 * half, 8 * u), 4 * u, 4 * u)

    def _say_notice(self, painter: QPainter, u: float, since_s: float) -> None:
        high = block_height(self._small, 0)
        drift = 24 * u * math.sin(2 * math.pi * since_s / _DRIFT_X_S)
        width = self.width() * 0.8
        at = QRectF(self.width() * 0.1 + drift, self.height() - high - 44 * u, width, high)
        for line in self._small:
            at.setTop(draw_fitted(painter, line, at, SECOND, Qt.AlignmentFlag.AlignHCenter))
