"""Add shows what happened: the card that came, the one that was there already, or why there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.gui.focus import stops
from vision_app.gui.models.card import ModelCardWidget
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.models.rows import CatalogueRow
from vision_app.gui.pieces.pointing import Pointer
from vision_app.live.status import ModelState
from vision_app.resources import models_dir

SHIPPED = "efficientnet-lite0-int8"


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch) as made:
        made.window.resize(1024, 700)
        made.window.docks.show("models")
        qtbot.waitUntil(lambda: panel_of(made).shelf.loaded, timeout=WAIT_MS)
        yield made


def panel_of(app: App) -> ModelPanel:
    panel = app.window.docks.panel("models")
    assert isinstance(panel, ModelPanel)
    return panel


def row_of(app: App, qtbot: QtBot, name: str = SHIPPED) -> CatalogueRow:
    """Its row, as somebody finds it who scrolls down to it: the cards are out of sight then."""
    panel = panel_of(app)
    panel.catalogue.filter.setText(name)
    qtbot.waitUntil(lambda: name in panel.catalogue.rows, timeout=WAIT_MS)
    row = panel.catalogue.rows[name]
    qtbot.waitUntil(row.isVisible, timeout=WAIT_MS)
    panel.catalogue.filter.clear()
    qtbot.waitUntil(lambda: panel.scroll_area.verticalScrollBar().maximum() > 500, timeout=WAIT_MS)
    panel.scroll_area.ensureWidgetVisible(row, 0, 300)
    return row


def pointed_at(app: App) -> list[QWidget]:
    return [pointer.target for pointer in app.window.findChildren(Pointer) if pointer.isVisible()]


def shown(app: App, card: ModelCardWidget) -> bool:
    """It is framed, in sight, and has the keyboard."""
    focused = app.window.focusWidget()
    return pointed_at(app) == [card] and not card.visibleRegion().isEmpty() and focused is card


def drop(app: App, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    app.window.view.dropEvent(
        QDropEvent(
            QPointF(10, 10),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_add_shows_the_card_and_then_that_it_runs(app: App, qtbot: QtBot) -> None:
    row, panel = row_of(app, qtbot), panel_of(app)
    assert row.act.text() == "Add"
    row.act.click()
    qtbot.waitUntil(lambda: len(panel.cards) == 1, timeout=WAIT_MS)
    (card,) = panel.cards.values()
    qtbot.waitUntil(lambda: shown(app, card), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: row.act.text() == "Running", timeout=WAIT_MS)
    # once more: it is not added twice
    panel.scroll_area.ensureWidgetVisible(row, 0, 300)
    app.window.view.setFocus()
    for pointer in app.window.findChildren(Pointer):
        pointer.hide()
    row.act.click()
    qtbot.waitUntil(lambda: shown(app, card), timeout=WAIT_MS)
    assert list(panel.cards.values()) == [card]
    assert row.extra is not None
    assert "already" in row.extra.note.text()
    # and Tab goes on inside the card
    QTest.keyClick(card, Qt.Key.Key_Tab)
    assert app.window.focusWidget() is next(stop for stop in stops(app.window) if card.isAncestorOf(stop))
    card.remove.click()
    qtbot.waitUntil(lambda: row.act.text() == "Add", timeout=WAIT_MS)
    assert not row.extra.note.text()


def test_while_it_is_loaded_the_row_and_the_card_say_so(
    app: App, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from vision_app.live import models as live_models

    go, real = threading.Event(), live_models.build

    def slow(*args: object, **kwargs: object) -> object:
        assert go.wait(60)
        return real(*args, **kwargs)

    monkeypatch.setattr(live_models, "build", slow)
    row, panel = row_of(app, qtbot), panel_of(app)
    row.act.click()
    qtbot.waitUntil(lambda: row.act.text() == "Loading…", timeout=WAIT_MS)
    (card,) = panel.cards.values()
    assert "loading" in card.facts.text() or app.session.model_statuses()[0].state is ModelState.LOADING
    row.act.click()
    assert len(app.session.model_statuses()) == 1
    go.set()
    qtbot.waitUntil(lambda: row.act.text() == "Running", timeout=WAIT_MS)


def test_a_failure_stays_beside_the_button_until_it_is_tried_again(
    app: App, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir(exist_ok=True)
    for suffix in (".onnx", ".json"):
        shutil.copy(models_dir() / f"{SHIPPED}{suffix}", folder / f"mine{suffix}")
    card = (folder / "mine.json").read_text(encoding="utf-8").replace(SHIPPED, "mine")
    (folder / "mine.json").write_text(card, encoding="utf-8")
    panel_of(app).shelf.reload()
    qtbot.waitUntil(lambda: panel_of(app).shelf.entry("mine") is not None, timeout=WAIT_MS)
    row = row_of(app, qtbot, "mine")
    whole = (folder / "mine.onnx").read_bytes()
    (folder / "mine.onnx").write_bytes(b"no model any more")
    row.act.click()
    qtbot.waitUntil(lambda: bool(row.error), timeout=WAIT_MS)
    assert row.extra is not None
    assert row.extra.note.isVisible() and "mine" in row.extra.note.text()
    assert row.act.text() == "Add"
    (folder / "mine.onnx").write_bytes(whole)
    row.act.click()
    qtbot.waitUntil(lambda: row.act.text() == "Running", timeout=WAIT_MS)
    assert len(app.session.model_statuses()) == 1, "the one that failed was tried again"
    assert not row.error


def test_a_dropped_file_brings_the_panel_and_its_card(app: App, qtbot: QtBot, tmp_path: Path) -> None:
    for suffix in (".onnx", ".json"):
        shutil.copy(models_dir() / f"{SHIPPED}{suffix}", tmp_path / f"dropped{suffix}")
    app.window.docks.show("speed")
    drop(app, tmp_path / "dropped.onnx")
    panel = panel_of(app)
    qtbot.waitUntil(lambda: app.window.docks.in_front("models") and len(panel.cards) == 1, timeout=WAIT_MS)
    (card,) = panel.cards.values()
    qtbot.waitUntil(lambda: shown(app, card), timeout=WAIT_MS)
    drop(app, tmp_path / "dropped.onnx")
    assert len(app.session.model_statuses()) == 1


def test_a_full_screen_stays_one_when_a_model_is_dropped(app: App, qtbot: QtBot) -> None:
    app.window.toggle_full_screen()
    app.window.commands.add_model(SHIPPED)
    qtbot.waitUntil(lambda: len(app.session.model_statuses()) == 1, timeout=WAIT_MS)
    assert not app.window.docks.in_front("models")
    app.window.toggle_full_screen()


def test_a_file_that_cannot_be_added_is_said_beside_its_button(
    app: App, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = panel_of(app)
    row_of(app, qtbot)
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    panel.add_file(str(tmp_path / "bad.onnx"))
    assert panel.message.text() == "Looking at bad.onnx…"
    qtbot.waitUntil(panel.hide_message.isVisible, timeout=WAIT_MS)
    assert "bad.onnx" in panel.message.text()
    qtbot.waitUntil(lambda: pointed_at(app) == [panel.message], timeout=WAIT_MS)
    assert not panel.message.visibleRegion().isEmpty()
