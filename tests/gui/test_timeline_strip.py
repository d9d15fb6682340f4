"""What was seen when, below the player: fills while a clip plays, goes where it is clicked, is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.live_parts import Live, live_parts
from vision_app.engine.request import ModelRequest
from vision_app.gui.sources.playback_bar import PlaybackBar
from vision_app.gui.sources.timeline_strip import TimelineStrip
from vision_app.resources import demo_clip

WAIT_MS = 30_000


@pytest.fixture
def live(tmp_path: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def strip(live: Live, qtbot: QtBot) -> TimelineStrip:
    made = TimelineStrip(live.session)
    qtbot.addWidget(made)
    made.resize(600, 60)
    return made


def play(live: Live, qtbot: QtBot) -> None:
    live.session.open(str(demo_clip()), loop=True)
    live.session.add_model(ModelRequest("nanodet-g-int8"))
    qtbot.waitUntil(lambda: bool(live.pictures), timeout=WAIT_MS)


def test_it_fills_and_a_click_and_the_keys_go_there(live: Live, strip: TimelineStrip, qtbot: QtBot) -> None:
    wanted: list[float] = []
    strip.wanted.connect(wanted.append)
    strip.switch(True)
    play(live, qtbot)
    qtbot.waitUntil(lambda: bool(strip.lanes), timeout=WAIT_MS)
    assert strip.isVisible()
    strip.use_names({strip.lanes[0].key.label: "이름"})
    assert strip._name(strip.lanes[0]) == "이름"
    playback = live.session.playback
    assert playback is not None
    room = strip.room()
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(room.left() + room.width() / 2), 5))
    assert playback.duration_s is not None
    assert wanted[0] == pytest.approx(playback.duration_s / 2, abs=0.1)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(3, 5))  # on a name: nowhere
    assert len(wanted) == 1
    playback.pause()
    playback.seek(20.0)
    qtbot.waitUntil(lambda: playback.position_s > 15, timeout=WAIT_MS)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert wanted[-1] in [span.start_s for lane in strip.lanes for span in lane.spans]


def test_another_clip_begins_afresh_and_off_costs_nothing(
    live: Live, strip: TimelineStrip, qtbot: QtBot
) -> None:
    play(live, qtbot)
    assert not strip.isVisible()
    assert not strip._timer.isActive()
    strip.switch(True)
    qtbot.waitUntil(lambda: bool(strip.lanes), timeout=WAIT_MS)
    live.session.open("synthetic:320x240@30")
    qtbot.waitUntil(lambda: live.session.playback is None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not strip.isVisible(), timeout=WAIT_MS)
    assert not strip.lanes
    assert not strip._timer.isActive()


def test_the_bar_goes_where_it_is_told(live: Live, qtbot: QtBot) -> None:
    bar = PlaybackBar(live.session)
    qtbot.addWidget(bar)
    play(live, qtbot)
    qtbot.waitUntil(lambda: bar.useful, timeout=WAIT_MS)
    live.session.playback.pause()
    bar.go(12.0)
    qtbot.waitUntil(lambda: abs(live.session.playback.position_s - 12.0) < 0.1, timeout=WAIT_MS)
