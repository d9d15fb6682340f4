"""The curtain: a placeholder screen behind the show. It is what one sees while the show is away."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from vision_app.gui.kiosk.heartbeat import Heartbeat, note_everything
from vision_app.gui.kiosk.look import GROUND
from vision_app.gui.kiosk.placeholder import PlaceholderScreen
from vision_app.gui.kiosk.placing import chosen_screen
from vision_app.gui.kiosk.window import KioskWindow
from vision_app.kiosk.heartbeat import EXIT_BY_PIN, Beat
from vision_app.kiosk.monitors import Wanted
from vision_app.kiosk.pin import PinGate
from vision_app.kiosk.places import pin_memory
from vision_app.kiosk.programme import load_programme
from vision_app.kiosk.watchdog import ORDER_BACK, ORDER_DOWN


class _Orders(QObject):
    """Carries the watchdog's orders into the thread of the window."""

    came = Signal(str)


def run_curtain(file: Path, *, screen: Wanted | None = None, behind: bool = False) -> int:
    """Show the curtain until the watchdog ends it, or until the PIN was given.

    Args:
        file: the kiosk file.
        screen: the monitor of the show; None for that of the file.
        behind: the show is on: appear behind it.

    Returns:
        The exit code.
    """
    note_everything()
    programme = load_programme(file, screen)
    app = QApplication.instance() or QApplication(["vision_app"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    window = KioskWindow(PinGate(programme.pin, pin_memory(file)), programme.languages, on_top=False)
    window.add_screen(PlaceholderScreen(programme.languages, "starting"))
    orders = _Orders()
    orders.came.connect(lambda order: _follow(window, order))

    def end(code: int) -> None:
        window.guard.allow_leaving()
        app.exit(code)

    window.leave.connect(lambda: end(EXIT_BY_PIN))
    heartbeat = Heartbeat(lambda: Beat(0, wanted=False), lambda: end(0), orders.came.emit)
    covers = Covers(programme.screen)
    covers.cover()
    app.screenAdded.connect(covers.cover)
    app.screenRemoved.connect(covers.cover)
    window.begin(programme.screen, behind=behind)
    heartbeat.start()
    return app.exec()


class Covers:
    """Dark windows on all screens but that of the show: on a stand with two, the other would show the desktop."""

    def __init__(self, wanted: Wanted = 0) -> None:
        self._wanted = wanted
        self._windows: list[QWidget] = []

    def cover(self) -> None:
        """Cover the screens that there are now."""
        for window in self._windows:
            window.hide()
            window.deleteLater()
        self._windows = []
        shown = chosen_screen(self._wanted)
        for screen in QGuiApplication.screens():
            if screen is not shown:
                window = QWidget(None, Qt.WindowType.FramelessWindowHint)
                window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
                window.setStyleSheet(f"background: {GROUND.name()}")
                window.setCursor(Qt.CursorShape.BlankCursor)
                window.setGeometry(screen.geometry())
                window.showFullScreen()
                self._windows.append(window)


def _follow(window: KioskWindow, order: str) -> None:
    """Down while the show is away: in front, with the keyboard. Back behind the show otherwise."""
    if order == ORDER_DOWN:
        window.come_forward()
    if order in (ORDER_DOWN, ORDER_BACK):
        window.guard.stay_in_front(order == ORDER_DOWN)
