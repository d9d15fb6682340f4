"""No two commands of the menus, of the window and of its panels, have one name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import whole_window


def names(menus: list[QMenu]) -> dict[str, list[QAction]]:
    found: dict[str, list[QAction]] = defaultdict(list)
    for menu in menus:
        for action in menu.actions():
            name = action.text().replace("&", "").rstrip(".…")
            if not action.isSeparator() and action.menu() is None and action not in found[name]:
                found[name].append(action)
    return found


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_name_is_one_command(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "pen") as app:
        app.language.choose(language)
        found = names(app.window.findChildren(QMenu))
        twice = {name: len(actions) for name, actions in found.items() if len(actions) > 1}
        assert len(found) > 30
        assert twice == {}
        app.language.choose("en")
