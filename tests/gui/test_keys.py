"""F1 lists every key that there is, in groups, always in the same order; what it lists is true."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import vision_app.gui
from tests.gui.dialogs import DIALOGS
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.engine.request import ModelRequest
from vision_app.gui.keys import DIGITS, GROUPS, Key
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.shortcuts import ShortcutsDialog
from vision_app.gui.site.window import SiteWindow

GUI = Path(vision_app.gui.__file__).parent
PORTABLE = QKeySequence.SequenceFormat.PortableText
IN_GROUP = {
    "ModelPanel": "models",
    "TeachPanel": "teach",
    "CapturePage": "teach",
    "SamplesDialog": "samples",
    "SourceBar": "source",
    "PlaybackBar": "clip",
    "SiteWindow": "site",
}
"""Where the keys of what is not an action of the window itself are listed."""
READ_BY = {
    "Toast": "everywhere",
    "WelcomeCard": "everywhere",
    "MainWindow": "picture",
    "StepCard": "filters",
    "Histogram": "filters",
    "TickAnywhere": "models",
    "VersionCurve": "models",
    "TimelineStrip": "clip",
    "PlaybackBar": "clip",
    "SourceChooser": "source",
    "StreamTile": "site",
    "SiteWindow": "site",
    "DoubtDialog": "samples",
    "ConfusionMatrix": "samples",
    "Grid": "samples",
    "CapturePage": "teach",
    "Overlay": "teach",
}
"""Where the keys are listed that a widget reads by itself."""
QTS_OWN = {"Tab", "Shift+Tab", "Alt", "PgUp", "PgDown", "Enter"}
"""Keys that Qt's own sliders, fields, dialogs and windows read."""


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "goldfish") as made:
        yield made


def _portable(key: Key) -> set[str]:
    if key == DIGITS:
        return {str(digit) for digit in range(1, 10)}
    return {QKeySequence(key).toString(PORTABLE) or str(key)}


def _listed() -> dict[str, set[tuple[str, str]]]:
    """Words and key of each row, by the name of its group."""
    return {
        group.name: {(row.words, one) for row in group.rows for key in row.keys for one in _portable(key)}
        for group in GROUPS
    }


def _keys(group: str) -> set[str]:
    return {key for _, key in _listed().get(group, ())}


def _living(owner: QObject) -> Iterator[tuple[str, str, str]]:
    """Class of the owner, words and key of every shortcut in a window."""
    for action in owner.findChildren(QAction):
        for keys in action.shortcuts():
            words = action.text().replace("&", "").rstrip("…")
            yield type(action.parent()).__name__, words, keys.toString(PORTABLE)
    for shortcut in owner.findChildren(QShortcut):
        for keys in shortcut.keys():  # noqa: SIM118 - it is no dictionary
            yield type(shortcut.parent()).__name__, "", keys.toString(PORTABLE)


def _read_in_code() -> set[tuple[str, str]]:
    """Class and key of each key that the sources of the window name; the kiosk is another program."""
    found = set()
    for file in sorted(GUI.rglob("*.py")):
        if "kiosk" in file.relative_to(GUI).parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            for named in ast.walk(node):
                if isinstance(named, ast.Attribute) and ast.unparse(named).startswith("Qt.Key.Key_"):
                    key = QKeySequence(getattr(Qt.Key, named.attr)).toString(PORTABLE)
                    found.add((node.name, {"Return": "Enter"}.get(key, key)))
    return found


def test_every_shortcut_of_the_window_and_its_dialogs_is_listed(app: App, tmp_path: Path) -> None:
    found = set(_living(app.window))
    for opened in DIALOGS.values():
        dialog = opened(app)
        found |= set(_living(dialog))
        dialog.close()
    site = SiteWindow(tmp_path / "site.toml")
    found |= set(_living(site))
    site.close()
    site.deleteLater()
    assert len(found) > 40
    listed = {pair for pairs in _listed().values() for pair in pairs}
    missing = [
        (owner, words, key)
        for owner, words, key in found
        if (words, key) not in listed and key not in _keys(IN_GROUP.get(owner, ""))
    ]
    assert missing == []
    # and nothing is listed that is not there
    alive = {key for _, _, key in found} | {key for _, key in _read_in_code()} | QTS_OWN
    modified = {"Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down", "Alt+Up", "Alt+Down"}
    assert {key for _, key in listed} - alive - modified == set()


def test_every_key_that_a_widget_reads_by_itself_is_listed(qapp: QApplication) -> None:
    read = _read_in_code()
    assert {owner for owner, _ in read} == set(READ_BY)
    unsaid = {"0", "Select"}  # the first of the digits to count from; the key of a remote control
    missing = [
        (owner, key)
        for owner, key in sorted(read)
        if key not in unsaid and not any(key == one.rpartition("+")[2] for one in _keys(READ_BY[owner]))
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_f1_shows_all_groups_in_their_order_and_in_both_languages(
    app: App, qtbot: QtBot, language: str
) -> None:
    app.settings.update(language=language)
    qtbot.waitActive(app.window)
    shown: list[list[tuple[str, list[tuple[str, str]]]]] = []
    for _ in range(2):
        QTest.keyClick(app.window.view, Qt.Key.Key_F1)
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ShortcutsDialog)
        shown.append([(title, [(r.first, r.second) for r in rows]) for title, rows in dialog.list.listed()])
        dialog.close()
    assert shown[0] == shown[1]
    assert [title for title, _ in shown[0]] == [group.words for group in GROUPS]
    rows = dict(shown[0])
    keep = {"en": "Keeping something", "ko": "저장과 녹화"}[language]
    assert [keys for _, keys in rows[keep]] == ["Ctrl+S", "Ctrl+C", "Ctrl+R", "Ctrl+L"]
    arrows = {keys for keys_of in rows.values() for _, keys in keys_of}
    assert {"1 – 9", "Alt+↑ / Alt+↓", "Space"} <= arrows


@pytest.mark.parametrize(
    ("language", "query", "found"),
    [
        ("en", "snapshot", [("Snapshot", "Ctrl+S")]),
        ("en", "ctrl+s", [("Snapshot", "Ctrl+S")]),
        ("en", "f11", [("Full screen", "F11")]),
        ("en", "panels inside", [("Look inside", "Ctrl+5")]),
        ("ko", "전체 f11", [("전체 화면", "F11")]),
        ("ko", "snapshot", [("사진 저장", "Ctrl+S")]),
        ("en", "no such key", []),
    ],
)
def test_the_list_is_searched_while_one_types(
    app: App, qtbot: QtBot, language: str, query: str, found: list[tuple[str, str]]
) -> None:
    app.settings.update(language=language)
    dialog = app.window.show_shortcuts()
    search = dialog.list.search
    qtbot.waitUntil(search.hasFocus)
    QTest.keyClicks(search, query) if query.isascii() else search.setText(query)
    assert [(row.first, row.second) for _, rows in dialog.list.listed() for row in rows] == found
    assert dialog.list.nothing.isVisible() == (not found)
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Enter is no wish to close it"
    search.clear()
    assert len(dialog.list.listed()) == len(GROUPS)
    dialog.close()


def test_undo_is_that_of_the_panel_that_has_the_keyboard(app: App, qtbot: QtBot) -> None:
    """Two actions with one key in one window would do nothing at all."""
    models = app.window.docks.panel("models")
    assert isinstance(models, ModelPanel)
    undone = []
    app.teach.undo_action.triggered.connect(lambda: undone.append("teach"))
    models.undo_action.triggered.connect(lambda: undone.append("models"))
    app.window.docks.show("models")
    models.run("no-such-model")
    qtbot.waitUntil(lambda: bool(models.cards), timeout=WAIT_MS)
    (card,) = models.cards.values()
    card.remove.setFocus()
    QTest.keyClick(card.remove, Qt.Key.Key_Space)
    assert models.undo_button.hasFocus()
    app.window.docks.show("teach")
    app.teach.capture.place_menu.setFocus()
    QTest.keyClick(app.teach.capture.place_menu, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == ["teach"]
    app.window.docks.show("models")
    models.undo_button.setFocus()
    QTest.keyClick(models.undo_button, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == ["teach", "models"]
    qtbot.waitUntil(lambda: len(models.cards) == 1, timeout=WAIT_MS)
    assert app.session.model_statuses()[0].request == ModelRequest("no-such-model")


def test_tips_name_the_keys_of_the_system(app: App) -> None:
    native = QKeySequence(QKeySequence.StandardKey.Redo).toString(QKeySequence.SequenceFormat.NativeText)
    assert native in app.teach.capture.redo_button.toolTip()
