"""Lessons that play by themselves in the place of the results of a station."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from vision_app.explaining.lessons.depth import pair_of, shipped_runs
from vision_app.explaining.lessons.reach import ShippedReach, shipped_reaches
from vision_app.explaining.lessons.sliding import KERNELS, Sliding
from vision_app.gui.inside.number_grid import shade, short
from vision_app.gui.kiosk.look import ACCENT, PANEL, QUIET, SECOND, TEXT, draw_fitted, fit, unit_of
from vision_app.kiosk.texts import said
from vision_app.results.values import FloatArray

if TYPE_CHECKING:
    from vision_app.explaining.watching import HeadSeen
    from vision_app.results.values import ImageU8

STEP_S = 0.6
_SIDE = 7
_SHOWN_KERNELS = ("sobel-x", "sobel-y", "blur", "edges")
_MEMORY_ROWS, _MEMORY_STILL = 40, 10
_NETWORKS = {
    "rnn": ("RNN", QColor("#ff8080"), Qt.PenStyle.DashLine),
    "gru": ("GRU", QColor("#ffc04d"), Qt.PenStyle.DashDotLine),
    "lstm": ("LSTM", QColor("#7db4ff"), Qt.PenStyle.DotLine),
    "transformer": ("Transformer", QColor("#5fd08a"), Qt.PenStyle.SolidLine),
}
_PLAIN, _RESIDUAL = QColor("#ff8080"), QColor("#5fd08a")


class LessonView(QWidget):
    """A card that shows one lesson; `play` moves it on.

    Args:
        languages: of its words.
        parent: Qt's owner.
    """

    def __init__(self, languages: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._languages = tuple(languages)
        self._name = ""
        self._began_s = 0.0
        self._now_s = 0.0
        self._pixels: FloatArray = np.zeros((_SIDE, _SIDE), np.float32)
        self._head: HeadSeen | None = None

    @property
    def name(self) -> str:
        """Which lesson it is; "" for none."""
        return self._name

    @property
    def step(self) -> int:
        """How far it has come."""
        return int((self._now_s - self._began_s) / STEP_S)

    def begin(self, name: str, now_s: float) -> None:
        """Show a lesson from its beginning."""
        self._name, self._began_s, self._now_s, self._head = name, now_s, now_s, None
        self.setAccessibleName(". ".join(said(f"lesson-{name}", self._languages)) if name else "")
        self.update()

    def play(self, now_s: float, image: ImageU8 | None) -> None:
        """Go on; the sliding window moves over the middle of the picture as it is now."""
        before, self._now_s = self.step, now_s
        if self._name == "sliding" and image is not None and self.step % self._places() == 0:
            self._pixels = middle_of(image)
        if self.step != before:
            self.update()

    def show_head(self, found: HeadSeen) -> None:
        """Another look of the heads."""
        self._head = found
        self.update()

    def at(self, frame_wh: tuple[int, int]) -> tuple[float, float]:
        """The place of the frame that the attention lesson asks from now: it wanders over the picture."""
        angle = self.step * 0.55
        return (
            frame_wh[0] * (0.5 + 0.28 * math.cos(angle)),
            frame_wh[1] * (0.5 + 0.28 * math.sin(1.7 * angle)),
        )

    def _places(self) -> int:
        return (_SIDE - 2) ** 2

    # painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with the lesson."""
        u = unit_of(self.window().size())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PANEL)
        painter.drawRoundedRect(QRectF(self.rect()), 22 * u, 22 * u)
        inner = QRectF(self.rect()).adjusted(30 * u, 26 * u, -30 * u, -26 * u)
        for number, words in enumerate(said(f"lesson-{self._name}", self._languages) if self._name else ()):
            size, colour = (32 * u, TEXT) if number == 0 else (25 * u, QUIET)
            inner.setTop(
                draw_fitted(painter, fit(words, inner.width(), size, most_lines=2), inner, colour) + 4 * u
            )
        inner.setTop(inner.top() + 12 * u)
        if self._name == "sliding":
            self._paint_sliding(painter, inner, u)
        elif self._name == "attention":
            self._paint_heads(painter, inner, u)
        elif self._name == "depth":
            self._paint_depth(painter, inner, u)
        elif self._name == "memory":
            self._paint_memory(painter, inner, u)
        painter.end()

    def _paint_sliding(self, painter: QPainter, inner: QRectF, u: float) -> None:
        places = self._places()
        name = _SHOWN_KERNELS[(self.step // places) % len(_SHOWN_KERNELS)]
        lesson = Sliding(self._pixels, np.array(KERNELS[name], np.float32))
        place = lesson.step(self.step % places)
        cell = min(inner.width() / (_SIDE + 4), (inner.height() - 90 * u) / (2 * _SIDE - 1))
        framed = {(int(r), int(c)) for r, c in place.cells.reshape(-1, 2)}
        _grid(painter, lesson.pixels, inner.topLeft(), cell, framed)
        beside = QPointF(inner.left() + (_SIDE + 1) * cell, inner.top() + 2 * cell)
        _grid(painter, lesson.kernel, beside, cell, set())
        done = np.arange(places).reshape(lesson.output_hw) <= self.step % places
        below = QPointF(inner.left() + cell, inner.top() + (_SIDE + 0.6) * cell)
        _grid(painter, np.where(done, lesson.output, 0), below, cell, {(place.row, place.column)})
        (word,) = said(f"kernel-{name}", self._languages[:1])
        text = f"{word}: {short(place.total)} · CNN {lesson.multiplications}× · MLP {lesson.dense_multiplications}×"
        line = QRectF(inner)
        line.setTop(below.y() + (_SIDE - 1.6) * cell)
        draw_fitted(painter, fit(text, inner.width(), 24 * u), line, SECOND)

    def _paint_heads(self, painter: QPainter, inner: QRectF, u: float) -> None:
        if self._head is None:
            return
        from vision_app.explaining.painting import coloured
        from vision_app.gui.pieces.images import copied_image

        looks = self._head.looks
        across = max(1, math.ceil(len(looks) ** 0.5))
        down = -(-len(looks) // across)
        side = min(inner.width() / across, (inner.height() - 60 * u) / down) - 10 * u
        for i, one in enumerate(looks):
            row, column = divmod(i, across)
            image = copied_image(coloured(one / max(float(one.max()), 1e-9)))
            left, top = inner.left() + column * (side + 10 * u), inner.top() + row * (side + 10 * u)
            painter.drawImage(QRectF(left, top, side, side), image)
        numbers = self._head.numbers
        best = int(np.argmax(numbers.weights[self._head.token]))
        share = float(numbers.weights[self._head.token, best])
        score = float(numbers.scores[self._head.token, best])
        line = QRectF(inner)
        line.setTop(inner.top() + down * (side + 10 * u) + 6 * u)
        draw_fitted(
            painter, fit(f"q·k = {score:.1f} → softmax {share:.0%}", inner.width(), 26 * u), line, SECOND
        )

    def _paint_depth(self, painter: QPainter, inner: QRectF, u: float) -> None:
        depth = max(run.depth for run in shipped_runs())
        plain, residual = pair_of(depth)
        moment = (self.step // 2) % len(plain.moments)
        room = inner.adjusted(70 * u, 0, 0, -90 * u)
        _powers(painter, inner, room, -21, u)
        for run, colour in ((plain, _PLAIN), (residual, _RESIDUAL)):
            values = run.moments[moment].gradients
            points = [
                QPointF(
                    room.left() + i / (len(values) - 1) * room.width(),
                    room.bottom() - (math.log10(max(v, 1e-21)) + 21) / 21 * room.height(),
                )
                for i, v in enumerate(values)
            ]
            painter.setPen(QPen(colour, 4 * u))
            painter.drawPolyline(QPolygonF(points))
        line = QRectF(inner)
        line.setTop(room.bottom() + 12 * u)
        now = plain.moments[moment]
        text = f"{now.accuracy:.0%} / {residual.moments[moment].accuracy:.0%}   ({now.step})"
        draw_fitted(painter, fit(text, inner.width(), 26 * u), line, ACCENT)

    def _paint_memory(self, painter: QPainter, inner: QRectF, u: float) -> None:
        """The gradient goes back frame by frame, from the newest at the right; then it stands for a while."""
        networks = shipped_reaches(_MEMORY_ROWS)
        shown = min(self.step % (_MEMORY_ROWS + _MEMORY_STILL) + 1, _MEMORY_ROWS)
        room = inner.adjusted(70 * u, 0, 0, -150 * u)
        _powers(painter, inner, room, -12, u)
        for one in networks:
            values = one.before[-shown:]
            points = [
                QPointF(
                    room.right() - (len(values) - 1 - i) / (_MEMORY_ROWS - 1) * room.width(),
                    room.bottom() - (math.log10(max(v, 1e-12)) + 12) / 12 * room.height(),
                )
                for i, v in enumerate(values)
            ]
            _, colour, stroke = _NETWORKS[one.kind]
            painter.setPen(QPen(colour, 4 * u, stroke))
            painter.drawPolyline(QPolygonF(points))
        self._paint_networks(painter, inner, room.bottom() + 12 * u, networks, u)

    def _paint_networks(
        self, painter: QPainter, inner: QRectF, top: float, networks: Sequence[ShippedReach], u: float
    ) -> None:
        """How many of the first frames each remembers, two networks a line."""
        for i, one in enumerate(networks):
            name, colour, _ = _NETWORKS[one.kind]
            if one.kind == "transformer":  # the others are abbreviations
                (name,) = said("network-transformer", self._languages[:1])
            half = inner.width() / 2
            place = QRectF(inner.left() + i % 2 * half, top + i // 2 * 40 * u, half - 10 * u, 38 * u)
            draw_fitted(painter, fit(f"{name} {one.accuracy:.0%}", place.width(), 26 * u), place, colour)


def _powers(painter: QPainter, inner: QRectF, room: QRectF, lowest: int, u: float) -> None:
    """Lines of powers of ten, from 1 at the top down to `lowest` at the bottom."""
    for power in range(0, lowest - 1, -5 if lowest < -15 else -3):
        y = room.top() + power / lowest * room.height()
        painter.setPen(QPen(QColor("#333a46"), 1))
        painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        label = QRectF(inner.left(), y - 14 * u, 64 * u, 28 * u)
        draw_fitted(painter, fit(f"1e{power}", label.width(), 20 * u), label, QUIET)


def _grid(
    painter: QPainter, values: FloatArray, at: QPointF, cell: float, framed: set[tuple[int, int]]
) -> None:
    """Numbers in cells, some of them framed."""
    largest = float(np.abs(values).max()) or 1.0
    font = painter.font()
    font.setPixelSize(max(8, int(cell * 0.42)))
    painter.setFont(font)
    for (row, column), value in np.ndenumerate(values):
        box = QRectF(at.x() + column * cell, at.y() + row * cell, cell - 1, cell - 1)
        ground = shade(float(value) / largest)
        painter.fillRect(box, ground)
        painter.setPen(QColor("#101216") if ground.lightness() > 140 else QColor("#f2f4f8"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, short(float(value)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor("#ffb000"), 3))
    for row, column in framed:
        painter.drawRect(QRectF(at.x() + column * cell, at.y() + row * cell, cell - 1, cell - 1))


def middle_of(image: ImageU8) -> FloatArray:
    """The middle third of a picture as so many grey levels from 0 to 9."""
    height, width = image.shape[:2]
    part = image[height // 3 : 2 * height // 3 + 1, width // 3 : 2 * width // 3 + 1]
    small = cv2.resize(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.asarray(small, np.float32) * 9 / 255), np.float32)
