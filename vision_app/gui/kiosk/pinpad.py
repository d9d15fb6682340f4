"""The pad on which the staff types the PIN: large keys, for fingers, in front of everything."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from vision_app.gui.kiosk.look import (
    ACCENT,
    GROUND,
    PANEL,
    QUIET,
    RAISED,
    SECOND,
    TEXT,
    WARN,
    draw_fitted,
    fit,
    font_of,
    unit_of,
)
from vision_app.kiosk.pin import MOST_DIGITS, PinGate
from vision_app.kiosk.texts import said

_CLOSES_AFTER_MS = 20_000
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0", "end")
_WIDTH, _HEIGHT, _KEY_WH, _GAP = 560, 950, (152, 108), 20
_KEYS_FROM = 330


class PinPad(QWidget):
    """Covers its parent; hidden until it is opened.

    Args:
        gate: judges the PIN.
        languages: of its words.
        parent: what it covers.
    """

    right = Signal()
    """The PIN was given."""
    closed = Signal()
    """It was closed without the PIN."""

    def __init__(self, gate: PinGate, languages: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._gate, self._languages, self._covered = gate, languages, parent
        self._typed = ""
        self._message = ""
        self._keys: list[QPushButton] = []
        words = {"delete": "pin-delete", "end": "pin-end"}
        for name in _KEYS:
            self._keys.append(self._key(name, said(words[name], languages)[0] if name in words else name))
        self._back = self._key("back", " · ".join(dict.fromkeys(said("pin-back", languages))))
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_CLOSES_AFTER_MS)
        self._idle.timeout.connect(self.close_pad)
        self._second = QTimer(self)
        self._second.setInterval(500)
        self._second.timeout.connect(self._count_down)
        self.hide()

    def open_pad(self) -> None:
        """Show it, empty."""
        self._typed = self._message = ""
        self.setGeometry(self._covered.rect())
        self._count_down()
        self._idle.start()
        self._second.start()
        self.show()
        self.raise_()

    def close_pad(self) -> None:
        """Put it away."""
        if self.isVisible():
            self._typed = ""
            self._idle.stop()
            self._second.stop()
            self.hide()
            self.closed.emit()

    @property
    def message(self) -> str:
        """The line below the digits."""
        return self._message

    def press_key(self, name: str) -> None:
        """A key of the pad, or of a keyboard: a digit, `delete`, `end` or `back`."""
        self._idle.start()
        if name == "back":
            self.close_pad()
        elif self._gate.open_to_all:
            pass  # there is nothing to type: the pad says so
        elif name == "delete":
            self._typed = self._typed[:-1]
        elif name == "end":
            self._try()
        elif len(self._typed) < MOST_DIGITS:
            self._typed += name
            self._message = ""
        self.update()

    def _try(self) -> None:
        if not self._typed:
            return
        typed, self._typed = self._typed, ""
        verdict = self._gate.try_pin(typed)
        if verdict.right:
            self.right.emit()
            return
        self._say("pin-wrong")
        if verdict.wait_s > 0:
            self._count_down()

    def _count_down(self) -> None:
        wait_s = math.ceil(self._gate.wait_s())
        if self._gate.open_to_all:
            self._say("pin-none")
        elif wait_s > 0:
            self._say("pin-wait", seconds=wait_s)
        elif self._waits:
            self._message = ""
        self._waits = wait_s > 0
        for key in self._keys:
            key.setEnabled(not self._waits and not self._gate.open_to_all)
        self.update()

    _waits = False

    def _say(self, name: str, **values: object) -> None:
        self._message = "\n".join(
            dict.fromkeys(text.format(**values) for text in said(name, self._languages))
        )

    def _key(self, name: str, label: str) -> QPushButton:
        key = QPushButton(label, self)
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setAccessibleName(label)
        key.clicked.connect(lambda: self.press_key(name))
        return key

    def _card(self) -> QRectF:
        u = self._unit()
        return QRectF(
            (self.width() - _WIDTH * u) / 2, (self.height() - _HEIGHT * u) / 2, _WIDTH * u, _HEIGHT * u
        )

    def _unit(self) -> float:
        # a landscape screen is 1080 units high, an upright one 1080 wide: the card fits both
        return min(unit_of(self.size()), self.height() / (_HEIGHT + 60), self.width() / (_WIDTH + 60))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the keys out."""
        u, card = self._unit(), self._card()
        across = (_WIDTH - 3 * _KEY_WH[0] - 2 * _GAP) / 2
        for number, key in enumerate(self._keys):
            row, column = divmod(number, 3)
            x = card.left() + (across + column * (_KEY_WH[0] + _GAP)) * u
            y = card.top() + (_KEYS_FROM + row * (_KEY_WH[1] + _GAP)) * u
            key.setGeometry(round(x), round(y), round(_KEY_WH[0] * u), round(_KEY_WH[1] * u))
            key.setFont(font_of((46 if len(key.text()) == 1 else 27) * u, bold=len(key.text()) == 1))
        low = card.top() + (_KEYS_FROM + 4 * (_KEY_WH[1] + _GAP)) * u
        self._back.setGeometry(
            round(card.left() + across * u), round(low), round((_WIDTH - 2 * across) * u), round(72 * u)
        )
        self._back.setFont(font_of(27 * u))
        self.setStyleSheet(
            f"QPushButton {{ background: {RAISED.name()}; color: {TEXT.name()}; border: none;"
            f" border-radius: {round(16 * u)}px; }}"
            f"QPushButton:pressed {{ background: {ACCENT.name()}; color: {GROUND.name()}; }}"
            f"QPushButton:disabled {{ color: #4d5666; }}"
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card and what was typed, as dots."""
        u, card = self._unit(), self._card()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = GROUND
        painter.setOpacity(0.82)
        painter.fillRect(self.rect(), shade)
        painter.setOpacity(1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PANEL)
        painter.drawRoundedRect(card, 28 * u, 28 * u)
        centre = Qt.AlignmentFlag.AlignHCenter
        inner = card.adjusted(30 * u, 34 * u, -30 * u, 0)
        title = " · ".join(dict.fromkeys(said("pin", self._languages)))
        top = draw_fitted(painter, fit(title, inner.width(), 44 * u, bold=True), inner, TEXT, centre)
        inner.setTop(top + 2 * u)
        more = " · ".join(dict.fromkeys(said("pin-more", self._languages)))
        draw_fitted(painter, fit(more, inner.width(), 24 * u), inner, QUIET, centre)
        self._dots(painter, card, u)
        inner.setTop(card.top() + 222 * u)
        for number, line in enumerate(self._message.splitlines()):
            colour = WARN if number == 0 else SECOND
            fitted = fit(line, inner.width(), 26 * u, most_lines=2)
            inner.setTop(draw_fitted(painter, fitted, inner, colour, centre))
        painter.end()

    def _dots(self, painter: QPainter, card: QRectF, u: float) -> None:
        count = max(4, len(self._typed))
        step = min(54.0, (_WIDTH - 80) / count) * u
        left = card.center().x() - (count - 1) * step / 2
        for number in range(count):
            typed = number < len(self._typed)
            radius = (13 if typed else 8) * u
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ACCENT if typed else RAISED)
            x = left + number * step
            painter.drawEllipse(QRectF(x - radius, card.top() + 185 * u - radius, 2 * radius, 2 * radius))
