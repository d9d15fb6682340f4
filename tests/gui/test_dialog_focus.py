"""Tab goes through each dialog in the order of the eye, reaches all that can be used, and is seen where it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTableWidget,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.dialogs import DIALOGS
from tests.gui.whole_window import App, whole_window
from vision_app.gui.theme import theme

USED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)
"""What people use with the keyboard."""


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    theme().choose("light")
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "goldfish") as made:
        made.window.resize(1024, 700)
        yield made


def opened(app: App, qtbot: QtBot, name: str) -> QDialog:
    dialog = DIALOGS[name](app)
    dialog.activateWindow()
    qtbot.waitActive(dialog)
    qtbot.wait(50)
    return dialog


def closed(dialog: QDialog) -> None:
    dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def one_round(dialog: QDialog, key: Qt.Key) -> list[QWidget]:
    """What has the keyboard, one after the other, until it comes back to where it was."""
    visited: list[QWidget] = []
    for _ in range(200):
        QTest.keyClick(dialog.focusWidget() or dialog, key)
        at = dialog.focusWidget()
        assert at is not None
        assert not at.visibleRegion().isEmpty(), f"{at} has the keyboard, and is not seen"
        if at in visited:
            return visited[visited.index(at) :]
        visited.append(at)
    raise AssertionError(f"Tab never comes back: {visited[-3:]}")


def place(widget: QWidget, dialog: QDialog) -> QRect:
    return QRect(widget.mapTo(dialog, QPoint(0, 0)), widget.size())


def to_be_used(dialog: QDialog) -> set[QWidget]:
    """All that is there to be used: not the parts of a field, nor what scrolls another."""
    found = set[QWidget]()
    for widget in dialog.findChildren(QWidget):
        inner = widget.parentWidget()
        part = isinstance(inner, QComboBox | QAbstractSpinBox | QLineEdit) or isinstance(widget, QScrollBar)
        above = any(isinstance(a, QAbstractItemView | QPlainTextEdit) for a in parents(widget, dialog))
        if isinstance(widget, USED) and widget.isVisible() and widget.isEnabled() and not part and not above:
            found.add(widget)
    return found


def parents(widget: QWidget, dialog: QDialog) -> Iterator[QWidget]:
    above = widget.parentWidget()
    while above is not None and above is not dialog:
        yield above
        above = above.parentWidget()


def test_a_preview_has_nothing_to_be_used(app: App, qtbot: QtBot) -> None:
    dialog = opened(app, qtbot, "Preview")
    assert to_be_used(dialog) == set()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    closed(dialog)


@pytest.mark.parametrize("name", [name for name in DIALOGS if name != "Preview"])
def test_tab_goes_through_each_dialog(app: App, qtbot: QtBot, name: str) -> None:
    dialog = opened(app, qtbot, name)
    tables = dialog.findChildren(QTableWidget)
    assert not any(table.tabKeyNavigation() for table in tables), (
        "Tab would go from cell to cell, without end"
    )
    tabs = dialog.findChildren(QTabWidget)
    for i in range(tabs[0].count() if tabs else 1):
        if tabs:
            tabs[0].setCurrentIndex(i)
            qtbot.wait(50)
        goes_through(dialog)
    closed(dialog)


def goes_through(dialog: QDialog) -> None:
    """All is reached, in the order of the eye, forwards and backwards, and is marked."""
    there = one_round(dialog, Qt.Key.Key_Tab)
    if there == [dialog]:  # it reads keys itself, and there is nothing to be used
        assert to_be_used(dialog) == set()
        return
    assert to_be_used(dialog) - set(there) == set(), "what can be used is reached"
    first = min(there, key=lambda widget: (place(widget, dialog).top(), place(widget, dialog).left()))
    read = there[there.index(first) :] + there[: there.index(first)]
    for one, following in pairwise(read):
        a, b = place(one, dialog), place(following, dialog)
        goes_up = b.bottom() < a.top() and one.parentWidget() is following.parentWidget()
        assert not (goes_up and b.left() <= a.right()), f"{following} is read before {one}"
    back = one_round(dialog, Qt.Key.Key_Backtab)
    start = there.index(back[0])
    assert back == [there[(start - i) % len(there)] for i in range(len(there))]
    for widget in there:
        around = place(widget, dialog).adjusted(-4, -4, 4, 4)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        with_it = dialog.grab(around).toImage()
        widget.clearFocus()
        without = dialog.grab(around).toImage()
        assert with_it != without, f"nothing shows that {widget} has the keyboard"
