"""A stand with two monitors: the show is on the one that the file names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtGui import QGuiApplication

from vision_app.gui.kiosk.window import chosen_screen


@pytest.mark.parametrize(("number", "wanted"), [(0, "main"), (1, "left"), (2, "main"), (3, "main")])
def test_the_monitor_is_chosen_by_its_number(
    monkeypatch: pytest.MonkeyPatch, number: int, wanted: str
) -> None:
    left, main = SimpleNamespace(name="left"), SimpleNamespace(name="main")
    monkeypatch.setattr(QGuiApplication, "screens", staticmethod(lambda: [left, main]))
    monkeypatch.setattr(QGuiApplication, "primaryScreen", staticmethod(lambda: main))
    assert chosen_screen(number).name == wanted
