"""What was seen when, below the controls of a clip: a strip for all that was seen most, and a click goes there."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vision_app.gui.session import Session
from vision_app.gui.sources.naming import clock
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.live.status import SourceStatus
from vision_app.sources.playback import PlaybackSource
from vision_app.timeline.lanes import Lane, Timeline
from vision_app.timeline.seen import seen_in

MOST_LANES = 5
_LOOK_EVERY_MS = 100
_GAP_PX = 2
_NAME_SHARE = 0.18
_LONGEST_NAME_PX = 180


class TimelineStrip(QWidget):
    """Fills while the clip plays; nothing is computed while it is switched off.

    Args:
        session: the live session.
        parent: Qt's owner.
    """

    wanted = Signal(float)
    """The user wants this moment, seconds."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._playback: PlaybackSource | None = None
        self._on = False
        self._seen: tuple[int, int] | None = None
        self._names: Mapping[str, str] = {}
        self.timeline = Timeline()
        self.lanes: list[Lane] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        session.source.connect(self._source_changed)
        theme().changed.connect(self.update)
        self.setVisible(False)
        self._translate()

    def switch(self, on: bool) -> None:
        """Show it where there is a clip, and collect from now on; or forget all."""
        self._on = on
        self._forget()
        self._show()

    def use_names(self, names: Mapping[str, str]) -> None:
        """Write these in place of labels; a label that is not among them stays."""
        self._names = names
        self.update()

    def _name(self, lane: Lane) -> str:
        return self._names.get(lane.key.label, lane.key.label)

    def _source_changed(self, status: SourceStatus) -> None:
        playback = self._session.playback
        if playback is not self._playback:
            self._playback = playback
            self._forget()
        self._show()

    def _forget(self) -> None:
        self.timeline, self.lanes, self._seen = Timeline(), [], None
        self.updateGeometry()
        self.update()

    def _show(self) -> None:
        playback = self._playback
        useful = playback is not None and playback.frame_count != 1 and playback.duration_s is not None
        self.setVisible(self._on and useful)
        if self._on and useful:
            self._timer.start()
        else:
            self._timer.stop()

    def _look(self) -> None:
        """Take in the newest frame that models have seen."""
        newest = self._session.newest()
        if newest is None:
            return
        frame, results = newest
        if frame.position_s is None or (frame.epoch, frame.index) == self._seen or not results:
            self.update()
            return
        self._seen = (frame.epoch, frame.index)
        seen = [one for result in results for one in seen_in(result)]
        count = len(self.lanes)
        self.timeline.add("", frame.position_s, frame.index, seen)
        self.lanes = self.timeline.lanes(most=MOST_LANES)
        if len(self.lanes) != count:
            self.updateGeometry()
        self.update()

    # as a widget -----------------------------------------------------------------------------------------

    def _row_px(self) -> int:
        return QFontMetrics(self.font()).height() + _GAP_PX

    def sizeHint(self) -> QSize:
        """As high as there are strips; one at least, so that it is seen that it is on."""
        return QSize(200, max(1, len(self.lanes)) * self._row_px())

    def minimumSizeHint(self) -> QSize:
        """Not lower than that."""
        return self.sizeHint()

    def room(self) -> QRectF:
        """Where the strips are; the names are left of it."""
        names_px = min(_LONGEST_NAME_PX, round(self.width() * _NAME_SHARE))
        return QRectF(self.rect()).adjusted(names_px + SPACE_PX, 0, 0, 0)

    def _duration_s(self) -> float:
        duration_s = None if self._playback is None else self._playback.duration_s
        return max(duration_s or 0.0, 1e-3)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, strips and where the clip is now."""
        colours, room, row_px = theme().colours, self.room(), self._row_px()
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        scale = room.width() / self._duration_s()
        if not self.lanes:
            painter.setPen(QColor(colours.quiet))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignVCenter, self.tr("Nothing has been seen yet.")
            )
        for row, lane in enumerate(self.lanes):
            top = row * row_px
            name = QRectF(0, top, room.left() - SPACE_PX, row_px - _GAP_PX)
            painter.setPen(QColor(colours.text))
            elided = metrics.elidedText(self._name(lane), Qt.TextElideMode.ElideRight, int(name.width()))
            painter.drawText(name, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, elided)
            painter.fillRect(QRectF(room.left(), top, room.width(), row_px - _GAP_PX), QColor(colours.raised))
            for span in lane.spans:
                left = room.left() + span.start_s * scale
                width = max((span.end_s - span.start_s) * scale, 2.0)
                painter.fillRect(QRectF(left, top, width, row_px - _GAP_PX), QColor(colours.accent))
        if self._playback is not None and self.lanes:
            now = room.left() + min(self._playback.position_s * scale, room.width() - 1)
            painter.fillRect(QRectF(now, 0, 2, self.height()), QColor(colours.text))
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _time_at(self, x: float) -> float | None:
        room = self.room()
        share = (x - room.left()) / max(room.width(), 1.0)
        return share * self._duration_s() if 0 <= share <= 1 else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        time_s = self._time_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and time_s is not None:
            self.wanted.emit(time_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the mouse, and when that is."""
        time_s = self._time_at(event.position().x())
        row = int(event.position().y() // self._row_px())
        if time_s is not None and row < len(self.lanes):
            QToolTip.showText(
                event.globalPosition().toPoint(), f"{self._name(self.lanes[row])}  {clock(time_s)}", self
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go to the span before or after, of whatever was seen."""
        now = 0.0 if self._playback is None else self._playback.position_s
        starts = sorted(span.start_s for lane in self.lanes for span in lane.spans)
        if event.key() == Qt.Key.Key_Right:
            place = next((start for start in starts if start > now + 0.05), None)
        elif event.key() == Qt.Key.Key_Left:
            place = next((start for start in reversed(starts) if start < now - 0.5), None)
        else:
            super().keyPressEvent(event)
            return
        if place is not None:
            self.wanted.emit(place)

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self.update()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(self.tr("What was seen when"))
        self.setAccessibleDescription(
            self.tr(
                "A strip for each thing that was seen. A click goes to that moment, arrow keys go from one to the next."
            )
        )
