"""On which monitor the windows of a kiosk are, also when monitors come and go."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from vision_app.kiosk.monitors import Monitor, Wanted, as_json, find_monitor, missing
from vision_app.messages import Message


def monitors() -> tuple[Monitor, ...]:
    """All monitors, in the order of the system."""
    main = QGuiApplication.primaryScreen()
    return tuple(
        Monitor(
            number,
            screen.name(),
            (
                round(screen.geometry().width() * screen.devicePixelRatio()),
                round(screen.geometry().height() * screen.devicePixelRatio()),
            ),
            main=screen is main,
        )
        for number, screen in enumerate(QGuiApplication.screens(), start=1)
    )


def told_monitors() -> str:
    """All monitors as JSON; starts Qt."""
    import vision_app.gui  # noqa: F401 - before Qt: it puts Qt's variables right

    app = QGuiApplication.instance() or QGuiApplication(["vision_app"])
    told = as_json(monitors())
    del app
    return told


def chosen_screen(wanted: Wanted) -> QScreen:
    """The monitor that is wanted; the main one where it is not there."""
    found = find_monitor(monitors(), wanted)
    return QGuiApplication.primaryScreen() if found is None else QGuiApplication.screens()[found.number - 1]


class Place(QObject):
    """Keeps a full-screen window on its monitor: on the main one while it is away, and back when it returns.

    Args:
        window: the window.
    """

    moved = Signal(str)
    """It had to go elsewhere, or is where it belongs again; one line for the log."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._wanted: Wanted = 0
        self._screen: QScreen | None = None
        self._away = False

    def begin(self, wanted: Wanted) -> None:
        """Go to that monitor, and stay there."""
        self._wanted = wanted
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.connect(self.look)
        app.screenRemoved.connect(self.look)
        app.primaryScreenChanged.connect(self.look)
        self.look()

    def look(self) -> None:
        """See where the window has to be now."""
        there = monitors()
        if not there:  # between one monitor and the next there may be none
            return
        screen = chosen_screen(self._wanted)
        self._tell(there)
        if screen is self._screen:
            return
        first, self._screen = self._screen is None, screen
        screen.geometryChanged.connect(self._follow)
        self._window.setGeometry(screen.geometry())
        if not first and self._window.isVisible():
            self._window.setScreen(screen)
            self._window.showFullScreen()

    def _follow(self) -> None:
        if self._screen is not None:
            self._window.setGeometry(self._screen.geometry())

    def _tell(self, there: tuple[Monitor, ...]) -> None:
        away = find_monitor(there, self._wanted) is None
        if away == self._away:
            return
        self._away = away
        if away:
            line = missing(there, self._wanted, "screen")
            self.moved.emit(Message("{line}; shown on the main one until it is there", line=line))
        else:
            self.moved.emit(Message("monitor {wanted} is there again", wanted=self._wanted))
