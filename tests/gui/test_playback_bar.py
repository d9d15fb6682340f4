"""Playing files in the source bar: the real session on real clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.clips import write_clip
from tests.gui.cameras import install
from tests.gui.live_parts import Live, live_parts
from vision_app.gui.sources.bar import SourceBar
from vision_app.gui.sources.playback_bar import SPEEDS, PlaybackBar
from vision_app.gui.sources.seeking import Seeker
from vision_app.sources.playback import PlaybackSource

WAIT_MS = 20_000
FRAMES = 250
FRAME_MS = 40


class Window(QWidget):
    """A window with the bar, a button and a field."""

    def __init__(self, bar: SourceBar) -> None:
        super().__init__()
        self.bar = bar
        self.button, self.field = QPushButton("press", self), QLineEdit(self)
        column = QVBoxLayout(self)
        for widget in (bar, self.button, self.field):
            column.addWidget(widget)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Ten seconds of numbered frames."""
    folder = tmp_path_factory.mktemp("clips")
    return str(write_clip(folder / "numbers.mp4", range(0, FRAMES * FRAME_MS, FRAME_MS)))


@pytest.fixture
def live(tmp_path: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def window(live: Live, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    install(monkeypatch)
    made = Window(SourceBar(live.session, live.settings))
    qtbot.addWidget(made)
    made.resize(660, 200)
    made.show()
    made.activateWindow()
    yield made
    made.bar.close_down()


@pytest.fixture
def bar(window: Window, live: Live, clip: str, qtbot: QtBot) -> PlaybackBar:
    """The bar while the clip plays."""
    window.bar.open(clip)
    qtbot.waitUntil(lambda: window.bar.playback.isVisible() and bool(live.pictures), timeout=WAIT_MS)
    return window.bar.playback


def player(live: Live) -> PlaybackSource:
    found = live.session.playback
    assert found is not None
    return found


def pause(qtbot: QtBot, live: Live, bar: PlaybackBar) -> int:
    """Stand still; gives the index of the frame that is shown then."""
    if not player(live).paused:
        bar.play_button.click()
    qtbot.waitUntil(lambda: player(live).paused, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: position_frame(live) == live.pictures[-1].frame_index, timeout=WAIT_MS)
    return live.pictures[-1].frame_index


def position_frame(live: Live) -> int:
    return round(player(live).position_s * 1000 / FRAME_MS)


def test_it_plays_and_shows_where(qtbot: QtBot, live: Live, bar: PlaybackBar) -> None:
    assert bar.time.text().endswith(" / 0:10.0")
    qtbot.waitUntil(lambda: bar.slider.value() > 30, timeout=WAIT_MS)
    assert bar.play_button.accessibleName() == "Pause"
    bar.play_button.click()
    assert player(live).paused
    assert bar.play_button.accessibleName() == "Play"
    bar.play_button.click()
    assert not player(live).paused


def test_it_hides_for_what_is_live_and_for_a_single_picture(
    qtbot: QtBot, live: Live, window: Window, bar: PlaybackBar, tmp_path: Path
) -> None:
    window.bar.open("synthetic:64x48@30")
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=WAIT_MS)
    picture = tmp_path / "one.png"
    cv2.imwrite(str(picture), np.zeros((20, 30, 3), np.uint8))
    window.bar.open(str(picture))
    qtbot.waitUntil(lambda: live.session.source_status.running_id == str(picture), timeout=WAIT_MS)
    assert not bar.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Space)


def test_a_folder_of_pictures_is_played_too(
    qtbot: QtBot, live: Live, window: Window, bar: PlaybackBar, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((20, 30, 3), i * 40, np.uint8))
    window.bar.open(str(folder))
    qtbot.waitUntil(lambda: live.session.source_status.running_id == str(folder), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: live.pictures[-1].frame_wh == (30, 20), timeout=WAIT_MS)
    assert bar.isVisible()
    bar.play_button.click()
    bar.forward_button.click()
    qtbot.waitUntil(lambda: live.pictures[-1].frame_index == 1, timeout=WAIT_MS)


def test_steps_go_one_frame_on_and_back(qtbot: QtBot, live: Live, window: Window, bar: PlaybackBar) -> None:
    here = pause(qtbot, live, bar)
    bar.forward_button.click()
    qtbot.waitUntil(lambda: live.pictures[-1].frame_index == here + 1, timeout=WAIT_MS)
    bar.back_button.click()
    qtbot.waitUntil(lambda: live.pictures[-1].frame_index == here, timeout=WAIT_MS)
    window.button.setFocus()
    QTest.keyClick(window.button, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: live.pictures[-1].frame_index == here + 1, timeout=WAIT_MS)
    QTest.keyClick(window.button, Qt.Key.Key_Comma)
    qtbot.waitUntil(lambda: live.pictures[-1].frame_index == here, timeout=WAIT_MS)


def test_space_plays_and_pauses_but_leaves_buttons_and_fields_their_key(
    qtbot: QtBot, live: Live, window: Window, bar: PlaybackBar
) -> None:
    pressed: list[str] = []
    window.button.clicked.connect(lambda: pressed.append("once"))
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert player(live).paused
    QTest.keyClick(window.button, Qt.Key.Key_Space)
    assert len(pressed) == 1
    assert player(live).paused
    QTest.keyClick(window.field, Qt.Key.Key_Space)
    assert window.field.text() == " "
    assert player(live).paused
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not player(live).paused


def test_a_click_on_the_slider_goes_there(qtbot: QtBot, live: Live, bar: PlaybackBar) -> None:
    pause(qtbot, live, bar)
    place = QPoint(round(bar.slider.width() * 0.75), bar.slider.height() // 2)
    QTest.mouseClick(bar.slider, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: 6.5 < player(live).position_s < 8.5, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: abs(live.pictures[-1].frame_index - position_frame(live)) == 0, timeout=WAIT_MS)


def test_dragging_shows_pictures_on_the_way_and_ends_where_it_was_let_go(
    qtbot: QtBot, live: Live, bar: PlaybackBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause(qtbot, live, bar)
    seeks: list[float] = []
    real = PlaybackSource.seek
    monkeypatch.setattr(PlaybackSource, "seek", lambda self, s: (seeks.append(s), real(self, s))[1])
    live.pictures.clear()
    width, middle = bar.slider.width(), bar.slider.height() // 2
    QTest.mousePress(bar.slider, Qt.MouseButton.LeftButton, pos=QPoint(20, middle))
    moves = 0
    for x in range(20, width - 20, 2):
        QTest.mouseMove(bar.slider, QPoint(x, middle))
        qtbot.wait(1)
        moves += 1
    wanted_s = bar.slider.value() / 100
    QTest.mouseRelease(bar.slider, Qt.MouseButton.LeftButton, pos=QPoint(width - 22, middle))
    qtbot.waitUntil(lambda: abs(player(live).position_s - wanted_s) < 0.1, timeout=WAIT_MS)
    assert moves > 100
    assert len({p.frame_index for p in live.pictures}) >= 3
    assert len(seeks) < moves
    assert seeks == sorted(seeks)


def test_arrows_go_one_second(qtbot: QtBot, live: Live, bar: PlaybackBar) -> None:
    pause(qtbot, live, bar)
    before_s = player(live).position_s
    QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: 0.9 < player(live).position_s - before_s < 1.1, timeout=WAIT_MS)


def test_speeds(qtbot: QtBot, live: Live, bar: PlaybackBar) -> None:
    assert bar.speed_button.text() == "1×"
    actions = bar.speed_button.menu().actions()
    assert [a.data() for a in actions] == list(SPEEDS)
    actions[0].trigger()
    assert player(live).speed == 0.25
    assert bar.speed_button.text() == "0.25×"
    actions[-1].trigger()
    assert player(live).speed == 4.0
    assert [a.data() for a in actions if a.isChecked()] == [4.0]


def test_loop_is_remembered_for_the_file(
    qtbot: QtBot, live: Live, window: Window, bar: PlaybackBar, clip: str
) -> None:
    assert not player(live).loop
    bar.loop_button.click()
    assert player(live).loop
    window.bar.open("synthetic:64x48@30")
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=WAIT_MS)
    window.bar.open(clip)
    qtbot.waitUntil(bar.isVisible, timeout=WAIT_MS)
    assert player(live).loop
    assert bar.loop_button.isChecked()


def test_at_the_end_it_can_be_played_again(qtbot: QtBot, live: Live, bar: PlaybackBar) -> None:
    bar.slider.moved.emit(9.8)
    qtbot.waitUntil(lambda: player(live).paused, timeout=WAIT_MS)
    assert live.pictures[-1].frame_index == FRAMES - 1
    bar.play_button.click()
    qtbot.waitUntil(lambda: 0 < player(live).position_s < 9 and not player(live).paused, timeout=WAIT_MS)


def test_only_one_seek_runs_and_the_last_place_wins() -> None:
    went: list[float] = []
    seeker = Seeker(went.append)
    for place in (1.0, 2.0, 3.0):
        seeker.go(place)
    assert went == [1.0]
    assert seeker.busy
    seeker.arrived()
    assert went == [1.0, 3.0]
    seeker.arrived()
    assert not seeker.busy
    seeker.go(4.0)
    seeker.go(5.0)
    seeker.forget()
    seeker.arrived()
    assert went == [1.0, 3.0, 4.0]
