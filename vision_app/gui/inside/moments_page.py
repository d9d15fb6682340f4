"""The lesson of attention over time: above the pictures of the last seconds, how much each moment counts, live."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vision_app.engine.movements import HISTORY_S
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import theme
from vision_app.results.movements import Movements

if TYPE_CHECKING:
    from vision_app.live.status import Picture
    from vision_app.results.values import FloatArray

EVERY_S = 0.25
"""So far apart are the pictures that are kept."""
_THUMB_PX = 96
_LOOKS_PX = 70
_HEIGHT_PX = 150


@dataclass(frozen=True, slots=True)
class Kept:
    """A small picture of the last seconds.

    Attributes:
        captured_s: when it was grabbed, monotonic clock.
        image: of it, a copy.
    """

    captured_s: float
    image: QImage


def small_copy(picture: Picture) -> QImage:
    """A picture as the screen shows it, a thumb wide: every so many pixels, which costs next to nothing."""
    step = max(1, picture.image.shape[1] // _THUMB_PX)
    pixels = np.ascontiguousarray(picture.image[::step, ::step])
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def most_seen_s(attention: FloatArray, rate_hz: float) -> float:
    """How long ago the moment was that counts most, seconds.

    >>> most_seen_s(np.float32([0.1, 0.7, 0.1, 0.1]), 10.0)
    0.2
    """
    return (len(attention) - 1 - int(np.argmax(attention))) / rate_hz


class MomentStrip(QWidget):
    """Pictures of the last seconds, the newest at the right, and the attention to each moment above them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kept: deque[Kept] = deque(maxlen=round(HISTORY_S / EVERY_S) + 1)
        self.attention: FloatArray | None = None
        self.rate_hz = 1.0
        self._now_s = 0.0
        self.setMinimumHeight(_HEIGHT_PX)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, _HEIGHT_PX)

    def take(self, picture: Picture, attention: FloatArray | None, rate_hz: float) -> None:
        """Another picture has come, and what the model says with it.

        Args:
            picture: as the screen shows it.
            attention: (T,) of the last rows, the newest last; None for none.
            rate_hz: rows a second.
        """
        if picture.captured_s < self._now_s or picture.captured_s - self._now_s > HISTORY_S:
            self.kept.clear()  # another source, or one that stood still
        self._now_s, self.attention, self.rate_hz = picture.captured_s, attention, rate_hz
        if not self.kept or self._now_s - self.kept[-1].captured_s >= EVERY_S:
            self.kept.append(Kept(self._now_s, small_copy(picture)))
        self.update()

    def forget(self) -> None:
        """Show nothing: what was seen belongs to another source or another visit."""
        self.kept.clear()
        self.attention, self._now_s = None, 0.0
        self.update()

    def x_of(self, ago_s: float) -> float:
        """Where a moment stands, so many seconds ago."""
        return self.width() * (1 - ago_s / HISTORY_S)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars, then the pictures below them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = theme().colours
        if self.attention is not None and len(self.attention) and self.attention.max() > 0:
            shares = np.nan_to_num(self.attention) / self.attention.max()
            wide = self.width() / HISTORY_S / self.rate_hz
            for ago, share in enumerate(shares[::-1]):
                tall = float(share) * _LOOKS_PX
                bar = QRectF(self.x_of((ago + 1) / self.rate_hz), _LOOKS_PX - tall, max(wide - 1, 1), tall)
                painter.fillRect(bar, QColor(colours.accent))
        painter.fillRect(QRectF(0, _LOOKS_PX, self.width(), 1), QColor(colours.border))
        wide = self.width() * EVERY_S / HISTORY_S
        for one in self.kept:
            left = self.x_of(self._now_s - one.captured_s) - wide
            tall = wide * one.image.height() / max(1, one.image.width())
            room = self.height() - _LOOKS_PX - 4
            # a narrow slot shows the middle of the picture, as high as there is room
            source = QRectF(one.image.rect())
            if tall < room:
                part = source.height() * wide / room
                source.setLeft((source.width() - part) / 2)
                source.setWidth(part)
                tall = room
            painter.drawImage(QRectF(left, _LOOKS_PX + 4, wide - 1, tall), one.image, source)
        painter.end()


class MomentsPage(QWidget):
    """The strip of the first model that attends to movements, and what it looks at most."""

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._active = False
        self.strip, self.said, self.about = MomentStrip(self), QLabel(self), QLabel(self)
        for label in (self.said, self.about):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(self.about, "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.said, self.strip, self.about):
            column.addWidget(widget)
        column.addStretch(1)
        controller.session.picture.connect(self._picture_came)
        self._translate()

    def enter(self) -> None:
        """This lesson is shown."""
        self._controller.look(None)
        self._glass.clear()
        self._active = True
        self._say_hint()

    def leave(self) -> None:
        """Another page is shown: no pictures are kept."""
        self._active = False
        self.strip.forget()

    def _picture_came(self, picture: Picture) -> None:
        if not self._active:
            return
        newest = self._controller.session.newest()
        found = [r for r in (() if newest is None else newest[1]) if isinstance(r, Movements)]
        attending = next((r for r in found if r.attention is not None), None)
        if attending is None or attending.attention is None:
            self._say_hint(found[0].model if found else "")
            self.strip.take(picture, None, 1.0)
            return
        rate_hz = attending.rows_shown / HISTORY_S
        self.strip.take(picture, attending.attention, rate_hz)
        label = "–" if attending.current is None else attending.current.label
        words = self.tr("{model}: {answer}; the moment that counts most was {seconds} s ago")
        ago_s = most_seen_s(attending.attention, rate_hz)
        self.said.setText(words.format(model=attending.model, answer=label, seconds=f"{ago_s:.1f}"))

    def _say_hint(self, model: str = "") -> None:
        """Why there is no attention: of a model that follows movements, or where none does."""
        if model:
            words = self.tr(
                "{model}: no hand or body is seen, or this head keeps a state instead of attending."
            )
            self.said.setText(words.format(model=model))
            return
        self.said.setText(
            self.tr(
                "No model over time is running. Teach movements (Teach), train the head Transformer, and run the model."
            )
        )

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.about.setText(
            self.tr(
                "Each column is a moment, the newest at the right: how much it counts for the answer, in the last "
                "block of the Transformer, all its heads together. A recurrent network has nothing to show here: "
                "what it saw is in its state."
            )
        )
        self.strip.setAccessibleName(self.tr("Attention over the last seconds"))
        if self._active:
            self._say_hint()
