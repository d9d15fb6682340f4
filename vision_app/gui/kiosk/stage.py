"""The screen of a station: title, live picture, results in large type, where one is in the programme."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from vision_app.gui.kiosk.lesson import LessonView
from vision_app.gui.kiosk.look import (
    ACCENT,
    PANEL,
    QUIET,
    RAISED,
    SECOND,
    TEXT,
    draw_fitted,
    fit,
    unit_of,
)
from vision_app.gui.kiosk.picture import PictureView
from vision_app.kiosk.wording import Row
from vision_app.live.status import Picture

_MARGIN, _HEADER, _FOOTER, _SIDE, _GAP = 48, 230, 96, 540, 36
_ROWS_UPRIGHT = 560
_SHIFT_EVERY_MS = 60_000
_SHIFT = 7
_STEPS = 8
_FEW_ROWS, _LARGER = 3, 1.25


class TitleView(QWidget):
    """The title in each language, and the lines below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._titles: Sequence[str] = ()
        self._subtitles: Sequence[str] = ()

    def say(self, titles: Sequence[str], subtitles: Sequence[str]) -> None:
        """Show other ones."""
        self._titles, self._subtitles = titles, subtitles
        self.setAccessibleName(". ".join((*titles, *subtitles)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Large, less large, small."""
        u = unit_of(self.window().size())
        painter = QPainter(self)
        at = QRectF(self.rect())
        for number, title in enumerate(self._titles):
            size, colour = (70 * u, TEXT) if number == 0 else (42 * u, SECOND)
            at.setTop(draw_fitted(painter, fit(title, at.width(), size, bold=number == 0), at, colour))
        line = "   ·   ".join(self._subtitles)
        at.setTop(at.top() + 4 * u)
        draw_fitted(painter, fit(line, at.width(), 29 * u), at, QUIET)
        painter.end()


class RowsView(QWidget):
    """Results in large type; when there are none, a word about why."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._instead: tuple[str, ...] = ()

    def show_rows(self, rows: tuple[Row, ...], instead: tuple[str, ...]) -> None:
        """Show rows, or the words that stand for them when there are none."""
        if (rows, instead) != (self._rows, self._instead):
            self._rows, self._instead = rows, instead
            self.setAccessibleName(". ".join(f"{r.label} {r.figure}" for r in rows) or ". ".join(instead))
            self.update()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    @property
    def instead(self) -> tuple[str, ...]:
        """The words that are shown when there are no rows."""
        return self._instead

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with the rows."""
        u = unit_of(self.window().size())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PANEL)
        painter.drawRoundedRect(QRectF(self.rect()), 22 * u, 22 * u)
        inner = QRectF(self.rect()).adjusted(34 * u, 30 * u, -34 * u, -30 * u)
        if not self._rows:
            self._paint_instead(painter, inner, u)
        if len(self._rows) <= _FEW_ROWS:
            u *= _LARGER
        for number, row in enumerate(self._rows):
            top = inner.top()
            if top + 100 * u > inner.bottom():
                break
            inner.setTop(self._paint_row(painter, inner, row, u, first=number == 0))
        painter.end()

    def _paint_instead(self, painter: QPainter, inner: QRectF, u: float) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        fitted = [
            fit(text, inner.width(), (38 if i == 0 else 30) * u, most_lines=3)
            for i, text in enumerate(self._instead)
        ]
        inner.setTop(inner.center().y() - (sum(f.height for f in fitted) + 12 * u * len(fitted)) / 2)
        for number, text in enumerate(fitted):
            colour = SECOND if number == 0 else QUIET
            inner.setTop(draw_fitted(painter, text, inner, colour, centre) + 12 * u)

    @staticmethod
    def _paint_row(painter: QPainter, inner: QRectF, row: Row, u: float, *, first: bool) -> float:
        figure = fit(row.figure, inner.width() * 0.34, (46 if first else 38) * u, bold=first)
        label = fit(row.label, inner.width() * 0.68, (46 if first else 38) * u, bold=first, most_lines=2)
        draw_fitted(painter, figure, inner, TEXT if first else SECOND, Qt.AlignmentFlag.AlignRight)
        left = QRectF(inner)
        left.setWidth(inner.width() * 0.68)
        top = draw_fitted(painter, label, left, TEXT if first else SECOND)
        if row.second:
            left.setTop(top - 4 * u)
            top = draw_fitted(painter, fit(row.second, left.width(), 28 * u), left, QUIET)
        if row.share is not None:
            bar = QRectF(inner.left(), top + 10 * u, inner.width(), 14 * u)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(RAISED)
            painter.drawRoundedRect(bar, 7 * u, 7 * u)
            bar.setWidth(max(14 * u, bar.width() * min(1.0, row.share)))
            painter.setBrush(ACCENT if first else QUIET)
            painter.drawRoundedRect(bar, 7 * u, 7 * u)
            top = bar.bottom()
        return top + 30 * u


class FootView(QWidget):
    """That nothing is stored; where one is in the programme; how to go on."""

    def __init__(self, notice: Sequence[str], hint: Sequence[str], stations: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._notice, self._stations = notice, stations
        self._hint = hint if stations > 1 else ()
        self._station, self._share = 0, 0.0
        self.setAccessibleName(". ".join((*notice, *self._hint)))

    def at(self, station: int, share: float) -> None:
        """Which station is on, and how much of its time has passed."""
        step = round(share * 100) / 100
        if (station, step) != (self._station, self._share):
            self._station, self._share = station, step
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Left, middle, right."""
        u = unit_of(self.window().size())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self._dots(painter, u)
        side = (self.width() - middle) / 2 - 40 * u
        self._lock(painter, u)
        self._lines(painter, self._notice, QRectF(52 * u, 0, side - 52 * u, self.height()), u, right=False)
        self._lines(painter, self._hint, QRectF(self.width() - side, 0, side, self.height()), u, right=True)
        painter.end()

    def _lines(self, painter: QPainter, lines: Sequence[str], at: QRectF, u: float, *, right: bool) -> None:
        fitted = [fit(line, at.width(), (25 if i == 0 else 22) * u) for i, line in enumerate(lines)]
        at.setTop((self.height() - sum(f.height for f in fitted)) / 2)
        align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        for number, text in enumerate(fitted):
            at.setTop(draw_fitted(painter, text, at, SECOND if number == 0 else QUIET, align))

    def _dots(self, painter: QPainter, u: float) -> float:
        """One dot a station; the one that is on is a bar that fills. Returns how wide they are."""
        dot, bar = 16 * u, 84 * u
        gap = min(24 * u, 420 * u / max(1, self._stations))
        width = (self._stations - 1) * (dot + gap) + bar
        left = (self.width() - width) / 2
        top = (self.height() - dot) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(self._stations):
            on = number == self._station
            rect = QRectF(left, top, bar if on else dot, dot)
            painter.setBrush(RAISED if on else (QUIET if number < self._station else RAISED))
            painter.drawRoundedRect(rect, dot / 2, dot / 2)
            if on:
                painter.setBrush(ACCENT)
                rect.setWidth(max(dot, bar * self._share))
                painter.drawRoundedRect(rect, dot / 2, dot / 2)
            left += (bar if on else dot) + gap
        return width

    def _lock(self, painter: QPainter, u: float) -> None:
        """A padlock, drawn: no font has to have one."""
        middle = self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SECOND)
        painter.drawRoundedRect(QRectF(4 * u, middle - 3 * u, 28 * u, 22 * u), 4 * u, 4 * u)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(SECOND, 4 * u))
        bow = QPainterPath()
        bow.moveTo(10 * u, middle - 3 * u)
        bow.lineTo(10 * u, middle - 10 * u)
        bow.arcTo(QRectF(10 * u, middle - 18 * u, 16 * u, 16 * u), 180, -180)
        bow.lineTo(26 * u, middle - 3 * u)
        painter.drawPath(bow)


class StationScreen(QWidget):
    """A station.

    Args:
        notice: that nothing is stored, in each language.
        hint: how to go on, in each language.
        stations: how many there are.
        languages: of the words of its lessons.
    """

    def __init__(
        self,
        notice: Sequence[str],
        hint: Sequence[str],
        stations: int,
        parent: QWidget | None = None,
        *,
        languages: Sequence[str] = ("en",),
    ) -> None:
        super().__init__(parent)
        self._with_lesson = False
        self.title = TitleView(self)
        self.picture = PictureView(self)
        self.rows = RowsView(self)
        self.lesson = LessonView(languages, self)
        self.foot = FootView(notice, hint, stations, self)
        self._with_rows = True
        self._frame_wh = (16, 9)
        self._step = 0
        self._shifts = QTimer(self)
        self._shifts.setInterval(_SHIFT_EVERY_MS)
        self._shifts.timeout.connect(self.shift)

    def show_picture(self, picture: Picture | None) -> None:
        """Show another picture, or none; everything beside it follows its shape."""
        if picture is not None and picture.frame_wh != self._frame_wh:
            self._frame_wh = picture.frame_wh
            self._lay_out()
        self.picture.show_picture(picture)

    @property
    def picture_room(self) -> QSize:
        """How large a picture can become."""
        return places_for(self.size(), with_rows=self._with_rows or self._with_lesson)[1].size()

    def with_lesson(self, wanted: bool) -> None:
        """Whether a lesson stands in the place of the results."""
        if wanted != self._with_lesson:
            self._with_lesson = wanted
            self._lay_out()

    def with_rows(self, wanted: bool) -> None:
        """Whether there is room for results beside the picture."""
        if wanted != self._with_rows:
            self._with_rows = wanted
            self._lay_out()

    def shift(self) -> None:
        """Move everything by a few pixels, round in a circle: what stands in one place all day burns in."""
        self._step += 1
        self._lay_out()

    def showEvent(self, event: object) -> None:
        """Move only while somebody can see it."""
        self._shifts.start()

    def hideEvent(self, event: object) -> None:
        """Move only while somebody can see it."""
        self._shifts.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give everything its place."""
        self._lay_out()

    def _lay_out(self) -> None:
        self.rows.setVisible(self._with_rows and not self._with_lesson)
        self.lesson.setVisible(self._with_lesson)
        beside = self._with_rows or self._with_lesson
        title, room, rows, foot = places_for(self.size(), with_rows=beside)
        shape = QSize(*self._frame_wh).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        if rows.top() == room.top():  # beside the picture: as high as it is
            rows.setTop(room.top() + (room.height() - shape.height()) // 2)
            rows.setHeight(max(shape.height(), room.height() // 2))
        elif beside:  # below the picture: from there on
            bottom = rows.bottom()
            room.setHeight(min(room.height(), shape.height()))
            rows.setTop(room.bottom() + round(_GAP * unit_of(self.size())))
            rows.setBottom(bottom)
        places = (title, room, rows, rows, foot)
        angle, radius = 2 * math.pi * self._step / _STEPS, _SHIFT * unit_of(self.size())
        aside = QPoint(round(radius * math.sin(angle)), round(radius * (1 - math.cos(angle)) / 2))
        for widget, place in zip(
            (self.title, self.picture, self.rows, self.lesson, self.foot), places, strict=True
        ):
            widget.setGeometry(place.translated(aside))


def places_for(size: QSize, *, with_rows: bool) -> tuple[QRect, QRect, QRect, QRect]:
    """Where title, picture, rows and foot lie: rows on the right, below the picture on an upright screen."""
    u = unit_of(size)
    margin, gap = round(_MARGIN * u), round(_GAP * u)
    wide = size.width() - 2 * margin
    header, footer = round(_HEADER * u), round(_FOOTER * u)
    title = QRect(margin, round(28 * u), wide, header - round(28 * u))
    # what is left below it is the room in which everything wanders
    foot = QRect(margin, size.height() - footer, wide, footer - math.ceil((_SHIFT + 1) * u))
    high = size.height() - header - footer
    if not with_rows:
        return title, QRect(margin, header, wide, high), QRect(), foot
    if size.width() >= size.height():
        side = round(_SIDE * u)
        picture = QRect(margin, header, wide - side - gap, high)
        return title, picture, QRect(margin + wide - side, header, side, high), foot
    rows = round(_ROWS_UPRIGHT * u)
    picture = QRect(margin, header, wide, high - rows - gap)
    return title, picture, QRect(margin, header + high - rows, wide, rows), foot
