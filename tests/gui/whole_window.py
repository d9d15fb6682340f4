"""The whole window with its real session, no camera, and a store of two classes with a sample each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.gui.cameras import install
from vision_app.cards.lookup import MODELS_VARIABLE
from vision_app.gui.language import Language
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.teach.panel import TeachPanel
from vision_app.gui.theme import theme
from vision_app.gui.window import MainWindow
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import NewSample
from vision_app.samples.store import SampleStore

WAIT_MS = 30_000


@dataclass
class App:
    """One window and what it stands on."""

    window: MainWindow
    session: Session
    settings: Settings
    language: Language

    @property
    def teach(self) -> TeachPanel:
        panel = self.window.docks.panel("teach")
        assert isinstance(panel, TeachPanel)
        return panel

    @property
    def store(self) -> SampleStore:
        assert self.teach.controller.store is not None
        return self.teach.controller.store


@contextmanager
def whole_window(
    folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, *labels: str, language_code: str = "en"
) -> Iterator[App]:
    """The window, shown; with classes its panel Teach is in front, and has a sample of each."""
    install(monkeypatch)
    monkeypatch.setenv(MODELS_VARIABLE, str(folder / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(folder / "cache"))
    monkeypatch.setenv("VISION_APP_SAMPLES", str(folder / "samples"))
    settings, language, session = Settings(folder / "desktop.json"), Language(), Session()
    language.choose(language_code)
    app = App(MainWindow(session, settings, language), session, settings, language)
    try:
        app.window.show()
        if labels:
            app.window.docks.show("teach")
            qtbot.waitUntil(lambda: app.teach.controller.store is not None, timeout=WAIT_MS)
            for number, label in enumerate(labels):
                app.store.add_class(label)
                image = np.full((40, 40, 3), 60 + 50 * number, np.uint8)
                app.store.add(NewSample(label, "s", encode_jpeg(image), ".jpg", image))
            app.teach.controller.store_changed.emit()
        yield app
    finally:
        app.window.close()
        app.window.deleteLater()
        app.language.choose("en")
        theme().choose("light")
