"""At 1024 x 700 nothing in any panel scrolls sideways, or would have to, in either language, however narrow it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QDockWidget, QWidget
from pytestqt.qtbot import QtBot

from hatch_build import compile_all
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.cards.lookup import find_card
from vision_app.engine.request import ModelRequest
from vision_app.gui.inside.family_texts import FAMILIES
from vision_app.gui.inside.panel import LESSONS
from vision_app.gui.language import TRANSLATIONS
from vision_app.gui.panels import PANELS
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.theme import PANEL_WIDTH_PX, theme
from vision_app.learn.versions import Version
from vision_app.resources import demo_clip

Show = Callable[[Any, QtBot], object]
NARROWEST_PX = PANEL_WIDTH_PX - 40
LOOKED_INTO, COMPARED_WITH = "sketch-vit", "efficientnet-lite0-int8"
INSIDE = ("maps", "maps:rollout", "layers", *LESSONS, "memory:gates", "compare")


def followed(panel: Any, qtbot: QtBot) -> None:
    panel.open("walk")
    qtbot.waitUntil(lambda: panel.controller.probe is not None, timeout=WAIT_MS)
    panel.walk.follow()
    qtbot.waitUntil(lambda: panel.walk.list.count() > 0, timeout=WAIT_MS)


def attended(panel: Any, qtbot: QtBot) -> None:
    panel.open("attention")
    qtbot.waitUntil(lambda: bool(panel.attention.numbers.text()), timeout=WAIT_MS)


def largest_crop(panel: Any, qtbot: QtBot) -> None:
    panel.open("sliding")
    panel.sliding.side.setCurrentIndex(panel.sliding.side.count() - 1)
    panel.sliding.side.activated.emit(panel.sliding.side.currentIndex())
    panel.show_sliding()


def versions(panel: Any, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(2)
    trained = {"date": "2026-11-29", "validation_accuracy": 0.875, "validation_samples": 128}
    card, page = replace(find_card("sketch-cnn"), extra={"training": trained}), panel.result
    page._versions_read(page.name, [Version(page.name, i, Path("x"), i == 2, card, 9) for i in (1, 2)])
    assert page.list.count() == 2


def opened(place: str) -> Show:
    return lambda panel, _: panel.open(place)


def tab(number: int) -> Show:
    return lambda panel, _: panel.tabs.setCurrentIndex(number)


SHOWN: dict[str, dict[str, Show]] = {
    "models": {"all": lambda panel, _: None},
    "teach": {"samples": tab(0), "train": tab(1), "result": tab(2), "versions": versions},
    "filters": {
        "every operation": lambda panel, _: [
            panel.add_operation(name) for name in ("gaussian", "canny", "threshold", "filter2d")
        ]
    },
    "speed": {"all": lambda panel, _: None},
    "inside": {
        **{place: opened(place) for place in INSIDE},
        **{f"families:{family.key}": opened(f"families:{family.key}") for family in FAMILIES},
        "a followed result": followed,
        "attention": attended,
        "the largest crop": largest_crop,
    },
}
"""Panel to what it can show, and how that is brought about."""


@pytest.fixture(params=["en", "ko"])
def app(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    qtbot: QtBot,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[App]:
    compile_all(TRANSLATIONS)
    theme().follow(qapp)
    try:
        with whole_window(tmp_path, qtbot, monkeypatch, "cup", "pen", language_code=request.param) as made:
            made.window.resize(1024, 700)
            made.window.start_models((ModelRequest(LOOKED_INTO),))
            made.window.commands.open(str(demo_clip()))
            qtbot.waitUntil(lambda: made.session.figures().inferred_fps > 0, timeout=WAIT_MS)
            made.session.add_model(ModelRequest(COMPARED_WITH))
            yield made
    finally:
        qapp.setStyleSheet("")


def sideways(panel: QWidget) -> list[str]:
    """What of a panel is wider than its room; a bar that is switched off would only hide it."""
    areas = [area for area in panel.findChildren(QAbstractScrollArea) if area.isVisible()]
    return [
        f"{type(area).__name__} of {area.viewport().width()} px is {area.horizontalScrollBar().maximum()} too narrow"
        for area in areas
        if area.horizontalScrollBar().maximum() > 0
    ]


def test_the_table_has_every_panel() -> None:
    assert set(SHOWN) == {row.name for row in PANELS}


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_scrolls_sideways(app: App, qtbot: QtBot, name: str) -> None:
    app.window.docks.show(name)
    panel = app.window.docks.panel(name)
    assert panel is not None
    dock = panel.parentWidget()
    assert isinstance(dock, QDockWidget)
    found = []
    for width_px in (PANEL_WIDTH_PX, NARROWEST_PX):
        app.window.resizeDocks([dock], [width_px], Qt.Orientation.Horizontal)
        for place, show in SHOWN[name].items():
            show(panel, qtbot)
            for fold in panel.findChildren(Expander):
                fold.heading.setChecked(True)
            qtbot.wait(30)  # layouts settle in a few rounds
            assert panel.width() == width_px
            found += [f"{place}, panel of {width_px} px: {one}" for one in sideways(panel)]
    assert not found, "\n".join(found)
