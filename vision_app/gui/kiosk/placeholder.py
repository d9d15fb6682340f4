"""Calm screens: what is shown when there is nothing to show."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from vision_app.gui.kiosk.look import ACCENT, GROUND, QUIET, SECOND, TEXT, draw_fitted, fit, unit_of
from vision_app.kiosk.texts import said

_STEP_MS = 250
_PULSE_S = 2.4
_DRIFT_S = 600.0


class PlaceholderScreen(QWidget):
    """A few words in each language, and dots that show that the program is alive.

    Args:
        languages: shown at the same time.
        text: name of a text; the one called `<name>-more` stands below it.
    """

    def __init__(self, languages: tuple[str, ...], text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._languages = languages
        self._name = ""
        self._began_s = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self.update)
        self.say(text)

    @property
    def text(self) -> str:
        """Name of the text that is shown."""
        return self._name

    def say(self, name: str) -> None:
        """Show another text."""
        if name != self._name:
            self._name = name
            self.setAccessibleName(". ".join(said(name, self._languages)))
            self.update()

    def showEvent(self, event: object) -> None:
        """Move only while somebody can see it."""
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        """Move only while somebody can see it."""
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words in the middle, a little elsewhere every minute: screens burn in."""
        u = unit_of(self.size())
        since_s = time.monotonic() - self._began_s
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), GROUND)
        width = self.width() - 200 * u
        first = self._languages[0]
        turn = 2 * math.pi * since_s / _DRIFT_S
        left = 100 * u + 60 * u * math.sin(turn)
        top = self.height() / 2 - 190 * u + 40 * u * math.sin(2 * turn)
        self._dots(painter, left + width / 2, top, u, since_s)
        top += 90 * u
        centre = Qt.AlignmentFlag.AlignHCenter
        for title, more in zip(
            said(self._name, self._languages), said(f"{self._name}-more", self._languages), strict=True
        ):
            main = title == said(self._name, (first,))[0]
            big, small = (68 * u, 32 * u) if main else (46 * u, 28 * u)
            at = QRectF(left, top, width, self.height())
            top = draw_fitted(
                painter, fit(title, width, big, bold=main, most_lines=2), at, TEXT if main else SECOND, centre
            )
            at.moveTop(top + 6 * u)
            top = draw_fitted(painter, fit(more, width, small, most_lines=2), at, QUIET, centre) + 34 * u
        painter.end()

    @staticmethod
    def _dots(painter: QPainter, centre: float, top: float, u: float, since_s: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(3):
            phase = since_s / _PULSE_S - number / 6
            painter.setOpacity(0.25 + 0.75 * (0.5 + 0.5 * math.sin(2 * math.pi * phase)))
            painter.setBrush(ACCENT)
            painter.drawEllipse(QRectF(centre + (number - 1) * 44 * u - 10 * u, top, 20 * u, 20 * u))
        painter.setOpacity(1.0)
