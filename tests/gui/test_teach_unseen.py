"""What a model that is taught will not see is shaded over the picture; a drawn region can be moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.live_parts import Live, live_parts
from tests.gui.test_teach_panel import Window, play, until
from vision_app.cards import lookup
from vision_app.gui.teach.panel import TeachPanel
from vision_app.samples.crops import Region


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Iterator[Live]:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def panel(live: Live, tmp_path: Path, qtbot: QtBot) -> Iterator[TeachPanel]:
    window = Window(live, tmp_path / "samples")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitActive(window)
    until(qtbot, window.panel.capture.classes.isEnabled)
    yield window.panel
    window.panel.close_down()


def choose(panel: TeachPanel, kind: str) -> None:
    place = panel.capture.crop.findData(kind)
    panel.capture.crop.setCurrentIndex(place)
    panel.capture.crop.activated.emit(place)


def test_what_the_crop_cuts_off_is_shaded_and_follows_the_fit(
    panel: TeachPanel, live: Live, qtbot: QtBot
) -> None:
    unseen = panel.unseen
    play(live, qtbot)
    until(qtbot, unseen.isVisible)
    room = panel.window().view.picture_rect()  # type: ignore[attr-defined]
    wide, high = unseen.shares
    assert high == pytest.approx(0.875, abs=0.001)
    assert wide == pytest.approx(0.875 * room.height() / room.width(), abs=0.001)
    covered = sum(strip.width() * strip.height() for strip in unseen.strips())
    assert covered / (room.width() * room.height()) == pytest.approx(1 - wide * high, abs=0.01)
    assert f"{round(100 * (1 - wide * high))} % of the picture" in unseen.words()

    fit = panel.training.fields.fit
    for chosen, seen in (("squash", True), ("letterbox", True), ("crop", False)):
        fit.setCurrentIndex(fit.findData(chosen))
        until(qtbot, lambda seen=seen: unseen.isVisible() is not seen)
        assert panel.training.options().fit == chosen


def test_inside_a_centre_square_little_is_left_out(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    play(live, qtbot)
    until(qtbot, panel.unseen.isVisible)
    choose(panel, "centre")
    assert panel.unseen.shares == pytest.approx((0.875, 0.875), abs=0.01)
    choose(panel, "box")
    until(qtbot, lambda: not panel.unseen.isVisible())


def test_nothing_is_shaded_where_nobody_teaches(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    assert not panel.unseen.isVisible()  # no picture yet
    play(live, qtbot)
    until(qtbot, panel.unseen.isVisible)
    panel.hide()
    assert not panel.unseen.isVisible()
    panel.show()
    assert panel.unseen.isVisible()


def test_a_drawn_region_is_moved_by_its_inside(panel: TeachPanel, live: Live, qtbot: QtBot) -> None:
    play(live, qtbot)
    view, overlay = panel.window().view, panel.overlay  # type: ignore[attr-defined]
    until(qtbot, lambda: not view.picture_rect().isEmpty())
    room = view.picture_rect()

    def at(x: float, y: float) -> QPoint:
        return QPoint(round(room.left() + x * room.width()), round(room.top() + y * room.height()))

    def drag(start: QPoint, end: QPoint) -> Region:
        choose(panel, "region")
        QTest.mousePress(overlay, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(overlay, end)
        qtbot.wait(20)
        QTest.mouseRelease(overlay, Qt.MouseButton.LeftButton, pos=end)
        crop = panel.capture.chosen_crop()
        assert isinstance(crop, Region)
        return crop

    drawn = drag(at(0.3, 0.3), at(0.6, 0.7))
    assert drawn.shares == pytest.approx((0.3, 0.3, 0.6, 0.7), abs=0.02)
    moved = drag(at(0.45, 0.5), at(0.65, 0.6))
    assert moved.shares == pytest.approx((0.5, 0.4, 0.8, 0.8), abs=0.02)
    stopped = drag(at(0.6, 0.6), at(1.0, 0.6))
    assert stopped.shares == pytest.approx((0.7, 0.4, 1.0, 0.8), abs=0.02), "it stays inside the picture"
    anew = drag(at(0.1, 0.1), at(0.3, 0.3))
    assert anew.shares == pytest.approx((0.1, 0.1, 0.3, 0.3), abs=0.02)
