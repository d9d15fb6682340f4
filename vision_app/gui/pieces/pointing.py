"""Shows where something is: scrolls to it, gives it the keyboard, and draws a frame around it for a moment."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QWidget

from vision_app.gui.theme import RADIUS_PX, SPACE_PX, theme

_SHOWN_MS = 2500
_WIDE_PX = 3
_AROUND_PX = 4


class Pointer(QWidget):
    """The frame around a widget. It follows it, takes no click, and goes away by itself.

    Args:
        target: what it is drawn around; the frame lies over its parent.
    """

    def __init__(self, target: QWidget) -> None:
        super().__init__(target.parentWidget())
        self.target = target
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        target.installEventFilter(self)
        self._place()
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(self.deleteLater)
        timer.start(_SHOWN_MS)
        self.show()
        self.raise_()

    def _place(self) -> None:
        around = (-_AROUND_PX, -_AROUND_PX, _AROUND_PX, _AROUND_PX)
        parent = self.parentWidget()
        wanted = self.target.geometry().adjusted(*around)
        self.setGeometry(wanted if parent is None else wanted.intersected(parent.rect()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow it; what is hidden is not pointed at."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self._place()
        elif event.type() == QEvent.Type.Hide:
            self.hide()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme().colours.accent), _WIDE_PX))
        inside = QRectF(self.rect()).adjusted(_WIDE_PX / 2, _WIDE_PX / 2, -_WIDE_PX / 2, -_WIDE_PX / 2)
        painter.drawRoundedRect(inside, RADIUS_PX, RADIUS_PX)
        painter.end()


def point_out(target: QWidget, *, focus: bool = True) -> None:
    """Show where a widget is, as soon as all that was just opened has its place.

    Args:
        target: the widget; one that is hidden is left alone.
        focus: give it the keyboard, where it takes any.
    """
    QTimer.singleShot(0, target, lambda: _point(target, focus=focus))


def _point(target: QWidget, *, focus: bool) -> None:
    if not target.isVisible():
        return
    if focus and target.focusPolicy() != Qt.FocusPolicy.NoFocus and target.isEnabled():
        target.setFocus(Qt.FocusReason.OtherFocusReason)
    above = target.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(target, SPACE_PX, 2 * SPACE_PX)
            if target.width() > above.viewport().width():  # then its beginning is what is read
                above.horizontalScrollBar().setValue(0)
        above = above.parentWidget()
    for old in target.window().findChildren(Pointer):
        old.hide()  # only one thing is pointed at
    Pointer(target)
