"""A model that was taught stands first on the picture, and alone where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests import tiny_models as tiny
from tests.gui.whole_window import WAIT_MS, App, whole_window
from tests.live import box_model
from vision_app.cards.lookup import user_models_dir
from vision_app.engine.request import ModelRequest
from vision_app.gui.models.panel import ModelPanel
from vision_app.live.status import ModelState

OTHERS = ("ones", "twos")


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch) as made:
        yield made


def shown(app: App) -> dict[str, bool]:
    return {s.request.reference: s.request.shown for s in app.session.model_statuses() if not s.pending}


def run(app: App, qtbot: QtBot) -> None:
    """Two classifiers and one that finds boxes; then a model that was just taught."""
    folder = user_models_dir()
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*OTHERS, "mine"):
        tiny.colour_model(folder, name)
    box_model(folder)
    for name in (*OTHERS, "boxes"):
        app.session.add_model(ModelRequest(name))
    qtbot.waitUntil(lambda: all_ready(app, 3), timeout=WAIT_MS)
    app.teach.controller.show_model("mine")
    qtbot.waitUntil(lambda: all_ready(app, 4), timeout=WAIT_MS)


def all_ready(app: App, count: int) -> bool:
    states = [s.state for s in app.session.model_statuses()]
    return states == [ModelState.READY] * count


def test_the_taught_model_is_drawn_first_and_listed_first(app: App, qtbot: QtBot) -> None:
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    run(app, qtbot)
    order = [s.request.reference for s in app.session.model_statuses()]
    assert order == ["mine", *OTHERS, "boxes"]
    column = panel._card_column

    def listed() -> list[str]:
        return [column.itemAt(i).widget().request.reference for i in range(column.count())]

    qtbot.waitUntil(lambda: listed() == order)
    app.teach.controller.show_model("twos")  # one that runs already, trained once more
    assert [s.request.reference for s in app.session.model_statuses()] == ["twos", "mine", "ones", "boxes"]
    qtbot.waitUntil(lambda: listed() == ["twos", "mine", "ones", "boxes"])


def test_other_classifiers_go_and_come_back_with_one_button(app: App, qtbot: QtBot) -> None:
    run(app, qtbot)
    button = app.teach.result.alone
    app.teach.result.set_model("mine")
    assert not button.isHidden() and button.text() == "Show only mine"
    button.click()
    qtbot.waitUntil(lambda: shown(app) == {"mine": True, "ones": False, "twos": False, "boxes": True})
    qtbot.waitUntil(lambda: button.text() == "Show the other classifiers again")
    button.click()
    qtbot.waitUntil(lambda: all(shown(app).values()))
    qtbot.waitUntil(lambda: button.text() == "Show only mine")


def test_what_was_hidden_before_stays_hidden(app: App, qtbot: QtBot) -> None:
    run(app, qtbot)
    ones = next(s for s in app.session.model_statuses() if s.request.reference == "ones")
    app.session.change_model(ones.slot, ModelRequest("ones", shown=False))
    app.teach.result.set_model("mine")
    button = app.teach.result.alone
    button.click()
    qtbot.waitUntil(lambda: not shown(app)["twos"])
    qtbot.waitUntil(lambda: button.text() == "Show the other classifiers again")
    button.click()
    qtbot.waitUntil(lambda: shown(app)["twos"])
    assert not shown(app)["ones"]


def test_where_no_other_classifier_runs_there_is_no_button(app: App, qtbot: QtBot) -> None:
    run(app, qtbot)
    app.teach.result.set_model("mine")
    for status in app.session.model_statuses():
        if status.request.reference in OTHERS:
            app.session.remove_model(status.slot)
    qtbot.waitUntil(app.teach.result.alone.isHidden)
