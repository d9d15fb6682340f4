"""Tab goes through what is seen and can be used, in the order in which it is read, in every panel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.whole_window import WAIT_MS, App, whole_window
from vision_app.gui.focus import stops
from vision_app.gui.theme import DARK, LIGHT, Colours, theme


@pytest.fixture
def app(tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    with whole_window(tmp_path, qtbot, monkeypatch, "cup", "pen") as made:
        made.window.resize(1024, 700)
        qtbot.waitActive(made.window)
        yield made


def _round(window: QWidget, key: Qt.Key) -> list[QWidget]:
    """What has the keyboard, one after the other, until it comes back to where it began."""
    window.setFocus()
    visited: list[QWidget] = []
    for _ in range(400):
        QTest.keyClick(window.focusWidget() or window, key)
        at = window.focusWidget()
        if at is None or at in visited:
            return visited
        visited.append(at)
    raise AssertionError("Tab never comes back")


def _seen(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


@pytest.mark.parametrize("panel", ["models", "teach", "filters", "speed", "inside"])
def test_tab_reaches_all_that_is_seen_and_nothing_else(app: App, qtbot: QtBot, panel: str) -> None:
    app.window.docks.show(panel)
    qtbot.waitUntil(lambda: app.window.docks.in_front(panel))
    visited = _round(app.window, Qt.Key.Key_Tab)
    unseen = [w for w in visited if any(isinstance(a, QDockWidget) and not _seen(a) for a in _above(w))]
    assert unseen == []
    assert set(visited) == set(stops(app.window))
    tools = [b for b in app.window.tools.findChildren(QToolButton) if _seen(b) and b.isEnabled()]
    assert tools and set(tools) <= set(visited)
    menus = [b for b in app.window.findChildren(QToolButton) if _seen(b) and b.isEnabled()]
    named = [b for b in menus if b.accessibleName() and b.focusPolicy() != Qt.FocusPolicy.NoFocus]
    assert set(named) <= set(visited)


def _above(widget: QWidget) -> Iterator[QWidget]:
    above: QWidget | None = widget
    while above is not None:
        yield above
        above = above.parentWidget()


def test_the_order_is_that_of_the_eye_and_back_again(app: App, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(app.teach.capture.classes.rows) == 2, timeout=WAIT_MS)
    there, back = _round(app.window, Qt.Key.Key_Tab), _round(app.window, Qt.Key.Key_Backtab)
    start = there.index(back[0])
    assert back == [there[(start - i) % len(there)] for i in range(len(there))]
    tools, view = app.window.tools, app.window.view
    first = [w for w in stops(app.window) if tools.isAncestorOf(w)]
    order = stops(app.window)
    assert order[: len(first)] == first
    assert order.index(view) > order.index(first[-1])
    page = app.teach.capture
    wanted = [page.undo_button, page.redo_button, page.place_menu, page.classes.rows[0].hold, page.turns]
    places = [order.index(w) for w in wanted if w in order]
    assert places == sorted(places) and len(places) >= 2


def test_what_has_the_keyboard_is_scrolled_into_sight(app: App, qtbot: QtBot) -> None:
    app.window.resize(1024, 560)
    app.teach.capture.turns.setFocus()
    area = app.teach.tabs.currentWidget()
    assert isinstance(area, QScrollArea)
    area.verticalScrollBar().setValue(0)
    for _ in range(60):
        QTest.keyClick(app.window.focusWidget() or app.window, Qt.Key.Key_Tab)
        at = app.window.focusWidget()
        assert at is not None and _seen(at), at


# the look of what can be used ----------------------------------------------------------------------------


def _luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour. Source: WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_and_focus_can_be_told_from_their_ground(colours: Colours) -> None:
    for ground in (colours.window, colours.raised):
        assert _contrast(colours.edge, ground) >= 3
        assert _contrast(colours.accent, ground) >= 3
        assert _contrast(colours.text, ground) >= 4.5
        assert _contrast(colours.quiet, ground) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_and_fields_are_drawn_with_that_edge(app: App, scheme: str) -> None:
    theme().choose(scheme)
    for widget in (app.teach.capture.classes.name, app.teach.capture.turns):
        image = widget.grab().toImage()
        middle = [image.pixelColor(image.width() // 2, y).name() for y in range(3)]
        assert theme().colours.edge in middle, middle


def test_the_first_window_fits_a_small_screen(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen:
        def __init__(self, width: int, height: int) -> None:
            self._size = width, height

        def availableGeometry(self) -> object:
            from PySide6.QtCore import QRect

            return QRect(0, 0, *self._size)

    for size in ((1366, 768), (1280, 720), (1920, 1080)):
        monkeypatch.setattr(app.window, "screen", lambda size=size: Screen(*size))
        wanted = app.window._first_size()
        assert wanted.width() <= size[0] and wanted.height() + 40 <= size[1]


def test_the_look_that_is_there_is_not_put_on_again(app: App, qtbot: QtBot) -> None:
    """Every widget would be styled anew."""
    theme().choose("light")
    with qtbot.assertNotEmitted(theme().changed):
        theme().choose("light")
    with qtbot.waitSignal(theme().changed):
        theme().choose("dark")
