"""Catches every way out of the kiosk's window but the PIN."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

_LOOKS_EVERY_MS = 400
_MOST_TRIES = 10
"""Of grabbing the keyboard: another program may hold it for a moment; some systems have no such thing."""
_SWALLOWED = {
    QEvent.Type.KeyRelease,
    QEvent.Type.Shortcut,
    QEvent.Type.ContextMenu,
    QEvent.Type.DragEnter,
    QEvent.Type.DragMove,
    QEvent.Type.DragLeave,
    QEvent.Type.Drop,
    QEvent.Type.Wheel,
    QEvent.Type.NativeGesture,
    QEvent.Type.WhatsThis,
    QEvent.Type.HelpRequest,
    QEvent.Type.ToolTip,
}
_POINTER = {
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.MouseMove,
}


class Guard(QObject):
    """Sees all events of the application before anybody else.

    Keys, wherever they were meant to go, and pointers outside the PIN pad are handed to the window. Closing,
    quitting, context menus, drops and shortcuts are swallowed. What the window manager does to the window
    (another one in front, minimised, no longer full screen) is undone within half a second. Where the system
    allows it the keyboard is grabbed, so that the keys of the window manager reach nobody else.

    Args:
        window: the full-screen window.
        on_key: receives every key that is pressed.
        on_pointer: receives every press, move and release outside `passes`.
        passes: the widget whose children get their pointers themselves.
    """

    def __init__(
        self,
        window: QWidget,
        on_key: Callable[[QKeyEvent], None],
        on_pointer: Callable[[QMouseEvent], None],
        passes: QWidget,
    ) -> None:
        super().__init__(window)
        self._window, self._on_key, self._on_pointer, self._passes = window, on_key, on_pointer, passes
        self._allowed = False
        self._in_front = True
        self._grabbed = False
        self._tries = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKS_EVERY_MS)
        self._timer.timeout.connect(self.look)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self._timer.start()

    def allow_leaving(self) -> None:
        """The PIN was given, or the watchdog asked for it: nothing is held back any more."""
        self._allowed = True
        self._timer.stop()
        self._let_go()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def stay_in_front(self, wanted: bool) -> None:
        """Whether the window insists on being the active one."""
        self._in_front, self._tries = wanted, 0
        if not wanted:
            self._let_go()
        self.look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow what would lead out."""
        kind = event.type()
        if kind in (QEvent.Type.Close, QEvent.Type.Quit):
            event.ignore()
            return True
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if kind in _SWALLOWED:
            return True
        if not isinstance(watched, QWidget):
            return False
        if kind == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            self._on_key(event)
            return True
        if kind in _POINTER:
            return self._pointer(watched, event)
        if kind in (QEvent.Type.WindowDeactivate, QEvent.Type.WindowStateChange) and watched is self._window:
            QTimer.singleShot(0, self.look)
        return False

    def _pointer(self, watched: QWidget, event: QEvent) -> bool:
        assert isinstance(event, QMouseEvent)
        left = Qt.MouseButton.LeftButton
        if event.type() != QEvent.Type.MouseMove and event.button() != left:
            return True
        inside = watched is self._passes or self._passes.isAncestorOf(watched)
        if self._passes.isVisible() and inside:
            return False
        self._on_pointer(event)
        return True

    def look(self) -> None:
        """See that the window is where it belongs."""
        window = self._window
        if self._allowed or not window.isVisible():
            return
        if window.isMinimized() or not window.isFullScreen():
            window.showFullScreen()
        if not self._in_front:
            return
        if not window.isActiveWindow():
            self._grabbed, self._tries = False, 0
            window.raise_()
            window.activateWindow()
        elif not self._grabbed and self._tries < _MOST_TRIES:
            self._tries += 1
            handle = window.windowHandle()
            self._grabbed = handle is not None and handle.setKeyboardGrabEnabled(True)

    def _let_go(self) -> None:
        handle = self._window.windowHandle()
        if self._grabbed and handle is not None:
            handle.setKeyboardGrabEnabled(False)
        self._grabbed = False
