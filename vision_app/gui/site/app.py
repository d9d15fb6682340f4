"""Starts the window of a site."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

from vision_app.gui.app import make_application, quicken
from vision_app.gui.ending import end_when_asked
from vision_app.gui.immortal import keep_singletons
from vision_app.gui.language import Language
from vision_app.gui.settings import Settings, settings_path
from vision_app.gui.site.window import SiteWindow
from vision_app.gui.theme import theme


def show_site(path: Path, *, trusted: bool = False) -> int:
    """Run a site and show it until its window is closed.

    Args:
        path: the site file.
        trusted: whether it is the user's own.

    Returns:
        The exit code of the program: 0, or 1 where a stream did not end in time.
    """
    keep_singletons()
    app = make_application()
    quicken()
    settings = Settings(settings_path())
    language = Language(app)
    theme().choose(settings.values.scheme)
    language.choose(settings.values.language)
    window = SiteWindow(path, trusted=trusted)
    end_when_asked(window.close)
    ticking = QTimer(app)  # Python runs a handler of a signal at its next tick
    ticking.timeout.connect(lambda: None)
    ticking.start(200)
    window.show()
    window.begin()
    QCoreApplication.exec()
    return 0 if window.keeper.join() else 1
