"""The curtain: a calm screen behind the show. It is what one sees while the show is away."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from vision_app.gui.kiosk.calm import CalmScreen
from vision_app.gui.kiosk.tether import Tether, note_everything
from vision_app.gui.kiosk.window import KioskWindow
from vision_app.kiosk.beats import EXIT_BY_PIN, Beat
from vision_app.kiosk.pin import PinGate
from vision_app.kiosk.places import pin_memory
from vision_app.kiosk.programme import load_programme
from vision_app.kiosk.watchdog import ORDER_BACK, ORDER_DOWN


class _Orders(QObject):
    """Carries the watchdog's orders into the thread of the window."""

    came = Signal(str)


def run_curtain(file: Path) -> int:
    """Show the curtain until the watchdog ends it, or until the PIN was given.

    Returns:
        The exit code.
    """
    note_everything()
    programme = load_programme(file)
    app = QApplication.instance() or QApplication(["vision_app"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    window = KioskWindow(PinGate(programme.pin, pin_memory(file)), programme.languages, on_top=False)
    window.add_screen(CalmScreen(programme.languages, "starting"))
    orders = _Orders()
    orders.came.connect(lambda order: _follow(window, order))

    def end(code: int) -> None:
        window.guard.allow_leaving()
        app.exit(code)

    window.leave.connect(lambda: end(EXIT_BY_PIN))
    tether = Tether(lambda: Beat(0, wanted=False), lambda: end(0), orders.came.emit)
    window.begin()
    tether.start()
    return app.exec()


def _follow(window: KioskWindow, order: str) -> None:
    """Down while the show is away: in front, with the keyboard. Back behind the show otherwise."""
    if order in (ORDER_DOWN, ORDER_BACK):
        window.guard.stay_in_front(order == ORDER_DOWN)
