"""The full-screen window that the show and the curtain have in common: nothing leads out of it but the PIN."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from vision_app.gui.kiosk.guard import Guard
from vision_app.gui.kiosk.pinpad import PinPad
from vision_app.gui.kiosk.placing import Place
from vision_app.kiosk.gestures import CornerGesture
from vision_app.kiosk.monitors import Wanted
from vision_app.kiosk.pin import PinGate

_HELD_EVERY_MS = 200
_NEXT_KEYS = {
    Qt.Key.Key_Space,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Right,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageDown,
}
_PAD_KEYS: dict[int, str] = {
    Qt.Key.Key_Backspace: "delete",
    Qt.Key.Key_Delete: "delete",
    Qt.Key.Key_Return: "end",
    Qt.Key.Key_Enter: "end",
    Qt.Key.Key_Escape: "back",
}
_PAD_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
)


class KioskWindow(QWidget):
    """Full screen, no frame, no cursor, one screen of several at a time.

    Args:
        gate: judges the PIN.
        languages: of the pad's words.
        on_top: stay above other windows, and insist on being the active one.
    """

    leave = Signal()
    """The PIN was given."""
    touched = Signal()
    """Somebody touched the screen or a key."""
    next_wanted = Signal()
    """Somebody wants to see the next station."""
    resized = Signal()
    """The window, or the density of its screen, has changed."""

    def __init__(self, gate: PinGate, languages: tuple[str, ...], *, on_top: bool) -> None:
        super().__init__()
        self.setWindowTitle("vision_app")
        flags = Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint
        self.setWindowFlags(flags | Qt.WindowType.WindowStaysOnTopHint if on_top else flags)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoFillBackground(True)
        self.setStyleSheet("KioskWindow { background: #0b0e14; }")
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._gesture = CornerGesture(time.monotonic)
        self.pad = PinPad(gate, languages, self)
        self.pad.right.connect(self.leave)
        self.pad.closed.connect(lambda: self.setCursor(Qt.CursorShape.BlankCursor))
        self._held = QTimer(self)
        self._held.setInterval(_HELD_EVERY_MS)
        self._held.timeout.connect(self._look_at_finger)
        self.guard = Guard(self, self._key, self._pointer, self.pad)
        self.guard.stay_in_front(on_top)
        self.place = Place(self)

    def add_screen(self, screen: QWidget) -> None:
        """Add a screen; the first one is shown."""
        screen.setCursor(Qt.CursorShape.BlankCursor)
        self._stack.addWidget(screen)

    def show_screen(self, screen: QWidget) -> None:
        """Show one of the screens."""
        if self._stack.currentWidget() is not screen:
            self._stack.setCurrentWidget(screen)
            if self.pad.isVisible():
                self.pad.raise_()

    @property
    def screen_shown(self) -> QWidget | None:
        """The screen that is shown."""
        return self._stack.currentWidget()

    def begin(self, wanted: Wanted = 0, *, behind: bool = False) -> None:
        """Appear, on all of the screen also where no window manager sees to it.

        Args:
            wanted: the monitor.
            behind: below all other windows, without taking the keyboard.
        """
        self.place.begin(wanted)
        if behind:
            self.guard.stay_in_front(False)
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            self._keep_behind(True)
            return
        self._appear()

    def come_forward(self) -> None:
        """What began behind comes to the front."""
        if self.windowFlags() & Qt.WindowType.WindowStaysOnBottomHint:
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
            self._keep_behind(False)
            self._appear()

    def _keep_behind(self, wanted: bool) -> None:
        self.setWindowFlag(Qt.WindowType.WindowStaysOnBottomHint, wanted)
        self.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus, wanted)
        self.showFullScreen()  # a window with other flags is another window for the system

    def _appear(self) -> None:
        self.showFullScreen()
        self.raise_()
        self.activateWindow()
        self.setFocus()

    def device_size(self, size: QSize) -> QSize:
        """A size in the screen's own pixels."""
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))

    def open_pad(self) -> None:
        """Show the PIN pad, with a cursor: some stands have a mouse."""
        self.pad.open_pad()
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The guard sees it first; this is for the case that it does not."""
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pad covers everything."""
        self.pad.setGeometry(self.rect())
        self.resized.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Another density of the screen needs other pictures."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resized.emit()
        super().changeEvent(event)

    def _key(self, event: QKeyEvent) -> None:
        self.touched.emit()
        if event.key() == Qt.Key.Key_K and event.modifiers() & _PAD_MODIFIERS == _PAD_MODIFIERS:
            self.open_pad()
        elif self.pad.isVisible():
            digit = event.text()
            if len(digit) == 1 and digit in "0123456789":
                self.pad.press_key(digit)
            elif name := _PAD_KEYS.get(event.key()):
                self.pad.press_key(name)
        elif event.key() in _NEXT_KEYS and not event.isAutoRepeat():
            self.next_wanted.emit()

    def _pointer(self, event: QMouseEvent) -> None:
        at = self.mapFromGlobal(event.globalPosition())
        spot = (at.x(), at.y()), (self.width(), self.height())
        if event.type() == QEvent.Type.MouseMove:
            self._gesture.move(*spot)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._held.stop()
            if self._gesture.release():
                self.open_pad()
        else:
            self.touched.emit()
            if self._gesture.press(*spot):
                self._held.start()
            elif event.type() == QEvent.Type.MouseButtonPress:
                self.next_wanted.emit()

    def _look_at_finger(self) -> None:
        if self._gesture.held():
            self._held.stop()
            self.open_pad()
