"""No list and no field for numbers is narrower than the longest text that it can show, in either language and scale."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from hatch_build import compile_all
from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.engine.options import OPTIONS
from vision_app.filters.table import OPERATIONS
from vision_app.gui.filters.values import make_row
from vision_app.gui.language import TRANSLATIONS
from vision_app.gui.models.option_rows import make_row as option_row
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.preferences import Preferences
from vision_app.gui.sources.stream_dialog import StreamDialog
from vision_app.gui.teach.heads_dialog import HeadsDialog
from vision_app.gui.theme import PANEL_WIDTH_PX, SPACE_PX, theme
from vision_app.temporal.options import TemporalOptions

SCALE = "QT_SCALE_FACTOR"
NARROWEST_PX = PANEL_WIDTH_PX - 40
"""Width of a panel that was made as narrow as it goes."""
SCROLL_BAR_PX = 14


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
        with whole_window(tmp_path, qtbot, monkeypatch, "cup", "pen") as made:
            assert made.window.devicePixelRatioF() == float(os.environ.get(SCALE, "1"))
            made.language.choose(request.param)
            yield made
    finally:
        qapp.setStyleSheet("")


def room(box: QComboBox) -> int:
    """Pixels that the text of a list has."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    kind, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    icons = any(not box.itemIcon(i).isNull() for i in range(box.count()))
    width = box.style().subControlRect(kind, option, part, box).width()
    return width - icons * (box.iconSize().width() + 4)


def cut_off(box: QComboBox | QAbstractSpinBox) -> list[str]:
    """What a box cannot show whole. Titles of models may be shortened: they stand whole in the open list."""
    if isinstance(box, QAbstractSpinBox):  # what Qt asks for has room for the least and the largest number
        need = box.minimumSizeHint().width()
        return [] if box.width() >= need else [f"needs {need} px, has {box.width()}"]
    names = [] if box.property("shortens") else [box.itemText(i) for i in range(box.count())]
    wide = [(name, box.fontMetrics().horizontalAdvance(name)) for name in names]
    return [f"{name!r} needs {need} px, has {room(box)}" for name, need in wide if need > room(box)]


def can_be_scrolled(box: QWidget) -> bool:
    """Whether what lies beyond the right edge can be reached."""
    above = box.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    return above is not None and above.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff


def narrow(root: QWidget) -> list[str]:
    """Boxes below a widget that are narrower than one of their texts, or not all in sight."""
    found = []
    for box in root.findChildren(QWidget):
        if not isinstance(box, QComboBox | QAbstractSpinBox) or not box.isVisibleTo(root):
            continue
        where = "/".join(type(w).__name__ for w in (box.parentWidget(), box))
        right = box.mapTo(root, box.rect().topRight()).x()
        if right >= root.width() and not can_be_scrolled(box):
            found.append(f"{where} ends at {right} of {root.width()}")
        found += [f"{where} {what}" for what in cut_off(box)]
    return found


def test_all_panels_at_their_narrowest(app: App, qtbot: QtBot) -> None:
    app.store.add_class("wave", movement=True)
    app.teach.controller.store_changed.emit()
    qtbot.waitUntil(lambda: len(app.teach.capture.classes.rows) == 3, timeout=WAIT_MS)
    window = app.window
    window.resize(1024, 700)
    found, looked = [], 0
    for name in window.docks.actions:
        window.docks.show(name)
        panel = window.docks.panel(name)
        assert panel is not None
        dock = panel.parentWidget()
        window.resizeDocks([dock], [NARROWEST_PX], Qt.Orientation.Horizontal)  # type: ignore[list-item]
        for fold in panel.findChildren(Expander):
            fold.heading.setChecked(True)
        pages = [(tabs, i) for tabs in panel.findChildren(QTabWidget) for i in range(tabs.count())]
        for tabs, i in pages or [(None, 0)]:
            if tabs is not None:
                tabs.setCurrentIndex(i)
            qtbot.wait(30)  # layouts settle in a few rounds
            found += [f"{name}: {one}" for one in narrow(panel)]
            looked += len(panel.findChildren(QComboBox))
    assert looked > 20
    assert not found, "\n".join(dict.fromkeys(found))


def test_rows_of_filters_and_of_options_of_models(app: App, qtbot: QtBot) -> None:
    holder = QWidget(app.window)
    column = QVBoxLayout(holder)
    column.setContentsMargins(SPACE_PX, 0, SPACE_PX, 0)
    for operation in OPERATIONS.values():
        for parameter in operation.parameters:
            column.addWidget(make_row(parameter, holder))
    for option in OPTIONS:
        column.addWidget(option_row(option, holder))
    holder.resize(NARROWEST_PX - SCROLL_BAR_PX, holder.minimumSizeHint().height())
    holder.show()
    qtbot.wait(30)
    assert holder.minimumSizeHint().width() <= holder.width(), "the rows are wider than the panel"
    assert not narrow(holder), "\n".join(dict.fromkeys(narrow(holder)))


def test_dialogs(app: App, qtbot: QtBot, tmp_path: Path) -> None:
    settings, window = app.settings, app.window
    for dialog in (
        Preferences(settings, window),
        StreamDialog("", window),
        HeadsDialog(tmp_path, "hands", TemporalOptions(), window),
    ):
        dialog.show()
        qtbot.wait(30)
        assert not narrow(dialog), "\n".join(narrow(dialog))
        dialog.close()
        dialog.deleteLater()


@pytest.mark.slow
@pytest.mark.skipif(SCALE in os.environ, reason="it runs the others at another scale")
def test_the_same_on_a_screen_of_twice_the_density() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
        env=dict(os.environ, **{SCALE: "2"}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
