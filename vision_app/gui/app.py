"""Starts the desktop: application, session and window, in the order that shows a live picture soonest."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QApplication

from vision_app import __version__
from vision_app.gui.collecting import Collector
from vision_app.gui.ending import end_when_asked
from vision_app.gui.icons import app_icon
from vision_app.gui.instance import Instance, Wish
from vision_app.gui.language import Language
from vision_app.gui.settings import Settings, settings_path
from vision_app.gui.theme import theme
from vision_app.memory import keep_together
from vision_app.messages import told

_HEAVY = ("vision_app.live.session",)
_SWITCH_S = 0.002
"""How long another thread may keep Python's lock from the window; Python's own choice is 5 ms."""


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """The Qt application with name, icon and colours. OpenCV's traces in Qt's variables are removed."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication([sys.argv[0], *arguments])
    app.setApplicationName("vision_app")
    app.setApplicationDisplayName("vision_app")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("vision_app")
    app.setWindowIcon(app_icon())
    theme().follow(app)
    Collector(app)
    return app


def quicken() -> None:
    """Let the window have Python's lock soon when it asks for it, and threads take memory from the same places."""
    sys.setswitchinterval(_SWITCH_S)
    keep_together()


def _load_heavy() -> None:
    for module in _HEAVY:
        importlib.import_module(module)


class Desktop(QObject):
    """The running desktop: owns settings, language, session and window."""

    def __init__(self, app: QApplication, settings: Settings) -> None:
        super().__init__(app)
        from vision_app.gui.session import Session
        from vision_app.gui.tidying import Tidying
        from vision_app.gui.window import MainWindow

        self.settings = settings
        self.language = Language(self)
        theme().choose(settings.values.scheme)
        self.language.choose(settings.values.language)
        self.session = Session()
        self._tidying = Tidying(self.session, self)
        self.window = MainWindow(self.session, settings, self.language)

    def begin(self, wish: Wish, trouble: str = "") -> None:
        """Show the window; open what was asked for, else what is remembered, else what there is.

        Args:
            wish: what was asked for.
            trouble: what the user should know of the start; "" for nothing.
        """
        from vision_app.gui.opening import first_models

        self.window.start_models(first_models(wish.models, self.settings.values))
        self.window.show()
        for said in (self.settings.trouble, self.language.trouble, self.window.bar.trouble, trouble):
            if said:
                self.window.toasts.say(told(said), kind="warn")
        self.window.open_first(wish.source)

    def take(self, wish: Wish) -> None:
        """A later start hands over what it was asked for: come to the front and do it."""
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        if wish.source:
            window.commands.open(wish.source)
        for model in wish.models:
            window.commands.add_model(model)

    def end(self) -> None:
        """Finish recordings and close, whatever is open."""
        self.window.close()
        QApplication.closeAllWindows()  # a question that waits for an answer would keep the program alive
        QCoreApplication.quit()

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """A slot failed: say so, and go on. The traceback goes to where the program was started from."""
        traceback.print_exception(kind, error, trace)
        said = self.tr("Something went wrong inside the program: {error}")
        self.window.toasts.say(said.format(error=f"{kind.__name__}: {told(error)}"), kind="bad")


def run(source: str | None = None, models: Sequence[str] = (), *, settings_file: Path | None = None) -> int:
    """Run the desktop until its window is closed.

    Args:
        source: what to open; None for what is remembered or there is.
        models: what to run; empty for what is remembered.
        settings_file: the settings; None for the user's own.

    Returns:
        The exit code of the program.

    Raises:
        VisionError: another window with these settings runs but does not answer.
    """
    quicken()
    heavy = threading.Thread(target=_load_heavy, name="loading", daemon=True)
    heavy.start()
    path = settings_path() if settings_file is None else settings_file
    app = make_application()
    instance = Instance(path)
    wish = Wish(source, tuple(models))
    if not instance.is_first() and instance.hand_over(wish):
        return 0
    settings = Settings(path)
    heavy.join()
    desktop = Desktop(app, settings)
    instance.asked.connect(desktop.take)
    sys.excepthook = desktop.report
    end_when_asked(desktop.end)
    desktop.begin(wish, instance.trouble)
    code = QCoreApplication.exec()
    sys.excepthook = sys.__excepthook__
    instance.close()
    return code
