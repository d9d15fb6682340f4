"""The grid of a site in a real window: streams side by side, one of them large, a zone drawn with the mouse."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.gui.whole_window import whole_window
from vision_app.gui.site.drawing import LINE, ZONE, Drawing, free_name
from vision_app.gui.site.window import SiteWindow, open_site
from vision_app.site.reading import load_site

FILE = """
models = ["sketch-yolo"]
[[stream]]
name = "one"
source = "synthetic:320x180@10"
[[stream]]
name = "two"
source = "synthetic:320x180@10"
[[stream]]
name = "gone"
source = "http://127.0.0.1:1/x"
"""


@pytest.fixture
def window(tmp_path: Path, qtbot) -> Iterator[SiteWindow]:
    path = tmp_path / "site.toml"
    path.write_text(FILE, encoding="utf-8")
    made = SiteWindow(path)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.begin()
    yield made
    made.close()
    assert made.keeper.join()


def running(window: SiteWindow, *names: str) -> bool:
    return all(
        name in window.tiles and window.tiles[name].image is not None and window.tiles[name].facts.frames > 3
        for name in names
    )


def test_streams_run_side_by_side_and_one_that_is_gone_says_so(window: SiteWindow, qtbot) -> None:
    qtbot.waitUntil(lambda: running(window, "one", "two"), timeout=40_000)
    qtbot.waitUntil(lambda: window.tiles["gone"].facts.state == "failed", timeout=40_000)
    assert "nobody answers" in window.tiles["gone"].toolTip()
    assert window.tiles["one"].accessibleName() == "one: running"
    assert list(window.tiles) == ["one", "two", "gone"]


def test_a_click_enlarges_a_zone_is_drawn_and_written_into_the_file(window: SiteWindow, qtbot) -> None:
    qtbot.waitUntil(lambda: running(window, "one", "two"), timeout=40_000)
    QTest.mouseClick(window.tiles["two"], Qt.MouseButton.LeftButton)
    large = window.large
    assert window.pages.currentWidget() is large
    qtbot.waitUntil(lambda: large.tile.image is not None, timeout=40_000)
    QTest.mouseClick(large._zone, Qt.MouseButton.LeftButton)
    large.name_edit.setText("till")
    rect = large.tile.picture_rect()
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)):
        at = QPoint(round(rect.left() + x * rect.width()), round(rect.top() + y * rect.height()))
        QTest.mouseClick(large.tile, Qt.MouseButton.LeftButton, pos=at)
    QTest.keyClick(large.tile, Qt.Key.Key_Return)
    path = window._path
    qtbot.waitUntil(lambda: "till" in path.read_text(encoding="utf-8"), timeout=40_000)
    qtbot.waitUntil(lambda: large.rules.count() == 1, timeout=40_000)
    (told,) = load_site(path).streams[1].rules
    assert (told.kind, told.rule.name) == ("zone", "till")
    assert np.allclose(told.rule.polygon, ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)), atol=0.01)
    large.rules.setCurrentRow(0)
    QTest.mouseClick(large._remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "till" not in path.read_text(encoding="utf-8"), timeout=40_000)
    qtbot.waitUntil(lambda: large.rules.count() == 0, timeout=40_000)
    window._escape()
    assert window.pages.currentWidget() is not large


def test_a_site_opens_beside_the_other_windows_and_ends_when_it_is_closed(tmp_path: Path, qtbot) -> None:
    path = tmp_path / "site.toml"
    path.write_text(FILE, encoding="utf-8")
    beside = open_site(path)
    keeper = beside.keeper
    qtbot.waitUntil(lambda shown=beside: running(shown, "one", "two"), timeout=40_000)
    beside.close()
    assert keeper.join()
    assert keeper.run is None
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    next_one = open_site(path)
    next_one.close()
    assert next_one.keeper.join()
    gone = weakref.ref(keeper)
    del keeper, beside
    gc.collect()
    assert gone() is None, "what has ended is not kept"


def test_the_window_opens_a_site_that_was_chosen(tmp_path: Path, qtbot, monkeypatch) -> None:
    path = tmp_path / "site.toml"
    path.write_text(FILE, encoding="utf-8")
    with whole_window(tmp_path, qtbot, monkeypatch) as app:
        app.window.commands.ask_for_site()
        (dialog,) = app.window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(path))
        dialog.reject()

        def opened() -> list[SiteWindow]:
            return [w for w in QApplication.topLevelWidgets() if isinstance(w, SiteWindow) and w.isVisible()]

        qtbot.waitUntil(lambda: len(opened()) == 1, timeout=40_000)
        (beside,) = opened()
        keeper = beside.keeper
        beside.close()
        assert keeper.join()


def test_a_file_that_is_wrong_is_told_in_the_window(tmp_path: Path, qtbot) -> None:
    path = tmp_path / "site.toml"
    path.write_text("name = 3", encoding="utf-8")
    wrong = open_site(path)
    qtbot.waitUntil(lambda: "name must be" in wrong._message.text(), timeout=40_000)
    wrong.close()
    assert wrong.keeper.join()


def test_a_line_is_two_points_and_a_zone_ends_on_its_first() -> None:
    line, zone = Drawing(LINE), Drawing(ZONE)
    assert [line.add((0.1, 0.5)), line.add((1.4, 0.5))] == [False, True]
    assert line.points == [(0.1, 0.5), (1.0, 0.5)]
    ends = [zone.add(p) for p in ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.11))]
    assert (ends, zone.fits, len(zone.points)) == ([False, False, False, True], True, 3)
    crossed = Drawing(ZONE)
    for point in ((0, 0), (1, 1), (1, 0), (0, 1)):
        crossed.add(point)
    assert not crossed.fits
    assert free_name("line", ["Line 1", "zone 1"]) == "line 2"
