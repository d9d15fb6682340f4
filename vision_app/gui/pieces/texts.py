"""Labels that take no more room than there is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from vision_app.gui.pieces.icons import pixmap
from vision_app.gui.theme import theme
from vision_app.messages import Message, spoken, told

_LEAST_CHARACTERS = 6
_CHEVRON_PX = 16


class ElidedLabel(QLabel):
    """One line that ends in dots when it is too long; all of it is in the tooltip then.

    Args:
        text: what it says.
        parent: Qt's owner.
        kind: look, as the theme's style sheet names it.
        mode: where the dots go.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        kind: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self._details = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if kind:
            self.setProperty("kind", kind)

    def setText(self, text: str) -> None:
        """Say something else."""
        super().setText(text)
        self._tell_all()

    def set_details(self, text: str) -> None:
        """Say more in the tooltip than in the line; "" for no more."""
        self._details = text
        self._tell_all()

    def minimumSizeHint(self) -> QSize:
        """Room for a few characters."""
        return QSize(self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether all of it is seen."""
        super().resizeEvent(event)
        self._tell_all()

    def _shown(self) -> str:
        return self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())

    def _tell_all(self) -> None:
        self.setToolTip(self._details or (self.text() if self._shown() != self.text() else ""))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()), self._shown())
        painter.end()


class Paragraph(QLabel):
    """Plain text in as many lines as it takes, in whatever width there is.

    Args:
        parent: Qt's owner.
        kind: look, as the theme's style sheet names it.
    """

    def __init__(self, parent: QWidget | None = None, *, kind: str = "") -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        # before there is a text: with each text Qt notes that the height depends on the width, a new policy forgets it
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if kind:
            self.setProperty("kind", kind)


class Sentences(QLabel):
    """Sentences of their own, each in a paragraph, with half a space between them.

    Args:
        parent: Qt's owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)

    def set_lines(self, lines: Sequence[str]) -> None:
        """Say these, a paragraph each; what they quote is shown as it is."""
        shown = [escape(part, quote=False) for line in lines for part in line.splitlines()]
        self.setText(
            "".join(f'<p style="margin:{"4px" if i else 0} 0 0 0">{s}</p>' for i, s in enumerate(shown))
        )


class ElidedButton(QPushButton):
    """A button whose text ends in dots when it is too long.

    Args:
        text: what it says.
        parent: Qt's owner.
        chevron: it opens something below it.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, chevron: bool = False) -> None:
        super().__init__(text, parent)
        self._chevron = chevron
        self.setStyleSheet("text-align: left")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Room for the icon and a few characters."""
        hint = super().minimumSizeHint()
        text_px = self.fontMetrics().horizontalAdvance(self.text())
        least_px = self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS
        width = hint.width() - text_px + min(text_px, least_px)
        return QSize(width + (_CHEVRON_PX if self._chevron else 0), hint.height())

    def sizeHint(self) -> QSize:
        """Room for all of it."""
        hint = super().sizeHint()
        return QSize(hint.width() + (_CHEVRON_PX if self._chevron else 0), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it with what fits of its text."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        taken_px = 0 if self.icon().isNull() else self.iconSize().width() + 4
        taken_px += _CHEVRON_PX if self._chevron else 0
        option.text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, room.width() - taken_px
        )
        painter = QPainter(self)
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        if self._chevron:
            drawn = pixmap("down", theme().colours.quiet, _CHEVRON_PX, self.devicePixelRatioF())
            painter.drawPixmap(room.right() - _CHEVRON_PX + 1, (self.height() - _CHEVRON_PX) // 2, drawn)
        painter.end()


def sentence(notice: str) -> str:
    """A notice as it stands among sentences: with a capital letter, unless a name begins it, and a full stop.

    >>> sentence(Message("only {count} samples are held out", count=8)), sentence(Message("{name}: no card", name="m"))
    ('Only 8 samples are held out.', 'm: no card.')
    """
    text = told(notice)
    if isinstance(notice, Message) and notice.template[:1].islower():
        text = text[:1].upper() + text[1:]
    return text if text[-1:] in "…!?." else f"{text}."


def percent(share: float, places: int = 0) -> str:
    """A share as it is written in the language of the window.

    >>> percent(0.875, 1)
    '87.5 %'
    """
    return f"{100 * share:.{places}f}{'' if spoken() == 'ko' else ' '}%"


def set_kind(widget: QWidget, kind: str) -> None:
    """Give a widget another look of the theme's style sheet."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
