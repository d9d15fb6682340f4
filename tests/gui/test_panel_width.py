"""In a wider window the panels are wider, until somebody has given them a width of his own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import App, whole_window
from vision_app.gui.docks import panel_width
from vision_app.gui.theme import PANEL_WIDTH_PX


def width(app: App, qtbot: QtBot, name: str, window_px: int) -> int:
    app.window.resize(window_px, 800)
    app.window.docks.show(name)
    qtbot.wait(50)  # layouts settle
    panel = app.window.docks.panel(name)
    assert panel is not None
    return panel.width()


def test_panels_follow_the_window(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with whole_window(tmp_path, qtbot, monkeypatch) as app:
        seen = [width(app, qtbot, name, px) for px in (1024, 1920, 1100) for name in ("models", "teach")]
    assert seen == [PANEL_WIDTH_PX] * 2 + [panel_width(1920)] * 2 + [PANEL_WIDTH_PX] * 2
    assert panel_width(1920) > PANEL_WIDTH_PX + 100


def test_a_width_that_was_chosen_stays(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with whole_window(tmp_path, qtbot, monkeypatch) as app:
        assert width(app, qtbot, "teach", 1280) == PANEL_WIDTH_PX
        dock = app.window.docks.panel("teach").parentWidget()  # type: ignore[union-attr]
        assert isinstance(dock, QDockWidget)
        app.window.resizeDocks([dock], [500], Qt.Orientation.Horizontal)
        qtbot.waitUntil(lambda: dock.width() == 500)
        assert width(app, qtbot, "teach", 1920) == 500
        assert width(app, qtbot, "models", 1280) == 500


def test_a_window_that_is_opened_wide_has_wide_panels(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with whole_window(tmp_path, qtbot, monkeypatch) as app:
        app.window.hide()
        app.window.resize(1920, 1000)
        app.window.show()
        models = app.window.docks.panel("models")
        assert models is not None
        qtbot.waitUntil(lambda: models.width() == panel_width(1920))
