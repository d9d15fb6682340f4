"""Agreement against speed, a point for each version of a model that was tried."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vision_app.gui.theme import SPACE_PX, TARGET_PX, Colours, theme
from vision_app.messages import told
from vision_app.quantise.watching import EXTREMES, RANGE_WORDS, Version

_DOT_PX, _RING_PX = 5.0, 9.0
_LEAST_HEIGHT_PX = 150
_MOST_NAMES = 6
_AIR = 0.06
"""Share of the range of an axis that is left free at each end."""


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two others, evenly spaced.

    >>> ticks(0.9, 2.3), ticks(0.93, 1.0, 4)
    ([1.0, 1.5, 2.0], [0.94, 0.96, 0.98, 1.0])
    """
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * m for m in (1, 2, 5, 10) if (high - low) / (step * m) < most)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def front(versions: Sequence[Version]) -> list[Version]:
    """Those that no other beats in both, the slowest first.

    >>> from pathlib import Path
    >>> made = [Version(Path(), (), a, s) for a, s in ((0.9, 2.0), (0.8, 1.5), (1.0, 1.0))]
    >>> [(v.agreement, v.speed_ratio) for v in front(made)]
    [(1.0, 1.0), (0.9, 2.0)]
    """
    best, kept = -1.0, []
    for version in sorted(versions, key=lambda v: (-v.speed_ratio, -v.agreement)):
        if version.agreement > best:
            best = version.agreement
            kept.append(version)
    return kept[::-1]


class VersionCurve(QWidget):
    """Each point can be pointed at, clicked, and reached with the arrow keys; Enter and the space bar click."""

    clicked = Signal(int)
    """Number of a version, in the order in which they were shown."""
    marked = Signal(int)
    """Number of the version that the keys are on now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions: tuple[Version, ...] = ()
        self._taken: int | None = None
        self._goal: tuple[str, float] | None = None
        self._mark = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # until there is a point that the keys can be on
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_LEAST_HEIGHT_PX)
        theme().changed.connect(self.update)
        self._describe()

    def sizeHint(self) -> QSize:
        """Wide rather than high."""
        return QSize(480, 220)

    def show_versions(
        self,
        versions: Sequence[Version],
        taken: int | None = None,
        goal: tuple[str, float] | None = None,
    ) -> None:
        """Show other points.

        Args:
            versions: what was tried.
            taken: number of the one that was taken; None for none yet.
            goal: `agreement` or `speed`, and how much of it was asked for.
        """
        self._versions, self._taken, self._goal = tuple(versions), taken, goal
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if versions else Qt.FocusPolicy.NoFocus)
        if taken is not None:
            self._mark = taken
        self._mark = min(self._mark, max(0, len(self._versions) - 1))
        self._describe()
        self.update()

    @property
    def mark(self) -> int:
        """Number of the version that the keys are on."""
        return self._mark

    def mark_version(self, number: int) -> None:
        """Put the keys on a version."""
        if 0 <= number < len(self._versions) and number != self._mark:
            self._mark = number
            self._describe()
            self.update()
            self.marked.emit(number)

    def words(self, number: int) -> str:
        """What a point says, as a sentence."""
        version = self._versions[number]
        text = self.tr("{count} layers in float: {speed} x as fast, agreement {agreement} %")
        said = text.format(
            count=len(version.in_float),
            speed=f"{version.speed_ratio:.2f}",
            agreement=f"{100 * version.agreement:.1f}",
        )
        if version.ranges != EXTREMES:
            said += " · " + self.tr("ranges: {ranges}").format(ranges=told(RANGE_WORDS[version.ranges]))
        return said + " · " + self.tr("taken") if number == self._taken else said

    def _tip(self, number: int) -> str:
        names = self._versions[number].in_float
        more = ", …" if len(names) > _MOST_NAMES else ""
        return self.words(number) + ("\n" + ", ".join(names[:_MOST_NAMES]) + more if names else "")

    # places ----------------------------------------------------------------------------------------------

    def _room(self) -> QRectF:
        high = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("100.0 %") + SPACE_PX
        return QRectF(self.rect()).adjusted(left, high + SPACE_PX, -2 * SPACE_PX, -2 * high - SPACE_PX / 2)

    def _ranges(self) -> tuple[float, float, float, float]:
        """Lowest and highest speed, lowest and highest agreement of the axes."""
        speeds = [1.0, *(v.speed_ratio for v in self._versions)]
        shares = [v.agreement for v in self._versions] or [0.9]
        if self._goal is not None:
            (speeds if self._goal[0] == "speed" else shares).append(self._goal[1])
        left, right = min(speeds), max(*speeds, 1.1 if self._versions else 2.0)
        low = min(*shares, 0.98)
        wide, high = _AIR * (right - left), _AIR * (1 - low)
        return left - wide, right + wide, low - high, 1.0

    def _at(self, speed: float, agreement: float) -> QPointF:
        room, (left, right, low, high) = self._room(), self._ranges()
        x = room.left() + (speed - left) / (right - left) * room.width()
        return QPointF(x, room.bottom() - (agreement - low) / (high - low) * room.height())

    def place(self, number: int) -> QPoint:
        """Where the point of a version is drawn."""
        version = self._versions[number]
        return self._at(version.speed_ratio, version.agreement).toPoint()

    def version_at(self, place: QPoint) -> int | None:
        """Number of the version whose point is nearest; None when none is near enough to be meant."""
        far = [(self.place(i) - place, i) for i in range(len(self._versions))]
        near = [(math.hypot(d.x(), d.y()), i) for d, i in far]
        distance_px, number = min(near, default=(math.inf, 0))
        return number if distance_px <= TARGET_PX / 2 else None

    # drawing ---------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the axes, what was asked for, and the points."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme().colours
        self._draw_axes(painter, colours)
        if not self._versions:
            painter.setPen(QColor(colours.quiet))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(self._room(), flags, self.tr("Each version that is tried becomes a point here."))
            return
        self._draw_goal(painter, colours)
        painter.setPen(QPen(QColor(colours.edge), 1.5))
        painter.drawPolyline(QPolygonF([self._at(v.speed_ratio, v.agreement) for v in front(self._versions)]))
        for number in range(len(self._versions)):
            self._draw_point(painter, colours, number)

    def _draw_axes(self, painter: QPainter, colours: Colours) -> None:
        room, (left, right, low, high) = self._room(), self._ranges()
        line = painter.fontMetrics().height()
        align = Qt.AlignmentFlag
        painter.setPen(QColor(colours.quiet))
        top = QRectF(0, 0, self.width(), line)
        painter.drawText(top, align.AlignLeft | align.AlignVCenter, self.tr("Agreement"))
        bottom = QRectF(0, self.height() - line, room.right(), line)
        painter.drawText(bottom, align.AlignRight | align.AlignVCenter, self.tr("times as fast"))
        for share in ticks(low, high, 4):
            y = self._at(left, share).y()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(colours.quiet))
            place = QRectF(0, y - line / 2, room.left() - SPACE_PX / 2, line)
            painter.drawText(place, align.AlignRight | align.AlignVCenter, f"{100 * share:g} %")
        for speed in ticks(left, right, max(2, int(room.width() // 80))):
            x = self._at(speed, low).x()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            painter.setPen(QColor(colours.quiet))
            place = QRectF(x - 40, room.bottom() + 1, 80, line)
            painter.drawText(place, align.AlignHCenter | align.AlignVCenter, f"{speed:g} ×")

    def _draw_goal(self, painter: QPainter, colours: Colours) -> None:
        if self._goal is None:
            return
        room, (left, _, low, _) = self._room(), self._ranges()
        kind, wanted = self._goal
        painter.setPen(QPen(QColor(colours.good), 2, Qt.PenStyle.DashLine))
        if kind == "speed":
            x = self._at(wanted, low).x()
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        else:
            y = self._at(left, wanted).y()
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))

    def _draw_point(self, painter: QPainter, colours: Colours, number: int) -> None:
        version, taken = self._versions[number], number == self._taken
        place = self._at(version.speed_ratio, version.agreement)
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.setBrush(QColor(colours.accent if taken else colours.raised))
        painter.drawEllipse(place, _DOT_PX, _DOT_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if taken:
            painter.drawEllipse(place, _RING_PX, _RING_PX)
        if self.hasFocus() and number == self._mark:
            painter.setPen(QPen(QColor(colours.text), 2))
            around = QRectF(place.x() - 13, place.y() - 13, 26, 26)
            painter.drawRoundedRect(around, 4, 4)
        painter.setPen(QColor(colours.text))
        line = painter.fontMetrics().height()
        below = place.y() < self._room().top() + 2 * line
        beside = QRectF(place.x() - 30, place.y() + (11 if below else -11 - line), 60, line)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, str(len(version.in_float)))

    # mouse and keys --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a point."""
        found = self.version_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self.mark_version(found)
            self.clicked.emit(found)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from point to point by speed, Enter and the space bar click."""
        order = sorted(range(len(self._versions)), key=lambda i: self._versions[i].speed_ratio)
        if not order:
            super().keyPressEvent(event)
            return
        now = order.index(self._mark)
        moves = {
            Qt.Key.Key_Left: now - 1,
            Qt.Key.Key_Down: now - 1,
            Qt.Key.Key_Right: now + 1,
            Qt.Key.Key_Up: now + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(order) - 1,
        }
        if event.key() in moves:
            self.mark_version(order[min(max(moves[Qt.Key(event.key())], 0), len(order) - 1)])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit(self._mark)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """What is pointed at says in a sentence what it is, and which layers are in float."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.version_at(event.pos())
            if found is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._tip(found), self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._describe()
            self.update()
        super().changeEvent(event)

    def _describe(self) -> None:
        self.setAccessibleName(self.tr("Agreement against speed; numbers are layers in float"))
        self.setAccessibleDescription(self.words(self._mark) if self._versions else "")
