"""What a change of colours or language costs the window's thread, in what is done rather than in time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import App, whole_window
from vision_app.gui.filters.panel import FilterPanel
from vision_app.gui.inside.panel import LESSONS, InsidePanel
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.theme import DARK, LIGHT, PANEL_WIDTH_PX, theme

_DEEP = 8


class Styled(QWidget):
    """Counts how often it is styled anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.times = 0

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.times += 1
        super().changeEvent(event)


@pytest.fixture
def light(qapp: QApplication) -> Iterator[None]:
    theme().choose("light")
    yield
    theme().choose("light")
    qapp.setStyleSheet("")


def test_a_widget_is_styled_as_often_however_deep_it_lies(qtbot: QtBot, light: None) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    shallow, above = Styled(window), window
    for _ in range(_DEEP):
        above = QWidget(above)
    deep = Styled(above)
    window.show()
    shallow.times = deep.times = 0
    theme().choose("dark")
    assert 1 <= deep.times <= shallow.times + 1


def test_a_button_wears_the_colours_of_now(qtbot: QtBot, light: None) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    set_icon(button, "stop")
    for scheme, colours in (("dark", DARK), ("light", LIGHT)):
        theme().choose(scheme)
        drawn = button.icon().pixmap(20, 20, QIcon.Mode.Normal, QIcon.State.Off)
        image = drawn.toImage()
        assert image.pixelColor(image.width() // 2, image.height() // 2) == QColor(colours.text)


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch) as made:
        yield made


def test_a_menu_that_is_filled_anew_keeps_nothing_of_before(app: App) -> None:
    panel = app.window.docks.panel("filters")
    assert isinstance(panel, FilterPanel)
    before = len(panel.menu.findChildren(QMenu))
    assert before
    for code in ("ko", "en"):
        app.settings.update(language=code)
        QCoreApplication.processEvents()
        assert (panel.add.text() == "Add a filter") == (code == "en")
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(panel.menu.findChildren(QMenu)) == before


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tools_are_icons_where_their_names_do_not_fit(app: App, language: str, light: None) -> None:
    app.settings.update(language=language)
    tools = app.window.tools
    for width, names in ((900, False), (1900, True), (900, False)):
        app.window.resize(width, 700)
        QCoreApplication.processEvents()
        QCoreApplication.processEvents()
        buttons = [b for b in tools.findChildren(QToolButton) if b.isVisible() and b.defaultAction()]
        assert len(buttons) == len(tools.actions()) - 1
        assert {b.toolButtonStyle() for b in buttons} == {
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if names else Qt.ToolButtonStyle.ToolButtonIconOnly
        }
        assert all(b.width() >= b.sizeHint().width() for b in buttons), "nothing is cut off"


def test_the_lessons_fit_beside_the_picture_of_a_small_window(app: App, qtbot: QtBot) -> None:
    inside = app.window.docks.panel("inside")
    assert isinstance(inside, InsidePanel)
    app.window.resize(1024, 700)
    app.window.docks.show("inside")
    for lesson in LESSONS:
        inside.open(lesson)
        qtbot.wait(50)
        assert inside.lessons.minimumSizeHint().width() <= PANEL_WIDTH_PX - 12, lesson  # 12: the scroll bar


def test_no_thread_takes_the_lock_while_all_is_styled_or_translated(app: App, light: None) -> None:
    intervals: list[tuple[QEvent.Type, float]] = []

    class Heard(QWidget):
        def changeEvent(self, event: QEvent) -> None:
            intervals.append((event.type(), sys.getswitchinterval()))
            super().changeEvent(event)

    heard, before_s = Heard(app.window), sys.getswitchinterval()
    app.settings.update(scheme="dark")
    app.settings.update(language="ko")
    assert heard.parent() is app.window
    for kind in (QEvent.Type.StyleChange, QEvent.Type.LanguageChange):
        found = [interval_s for event, interval_s in intervals if event == kind]
        assert found, kind
        assert min(found) > 10 * before_s
    assert sys.getswitchinterval() == before_s
