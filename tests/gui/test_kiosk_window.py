"""The kiosk's window, pad and screens, offscreen: nothing leads out, everything fits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QDropEvent, QFontMetricsF, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from vision_app.gui.kiosk.attract import AttractScreen
from vision_app.gui.kiosk.look import fit, unit_of
from vision_app.gui.kiosk.placeholder import PlaceholderScreen
from vision_app.gui.kiosk.stage import StationScreen, places_for
from vision_app.gui.kiosk.window import KioskWindow
from vision_app.kiosk.pin import PinGate, hash_pin
from vision_app.kiosk.texts import TEXTS, said
from vision_app.kiosk.wording import Row
from vision_app.live.status import Picture

BOTH = ("en", "ko")
HASHED = hash_pin("2468")
SIZES = [(1920, 1080), (1280, 720), (1024, 600), (3840, 2160), (1080, 1920), (800, 1280)]


@pytest.fixture
def gate(tmp_path: Path) -> PinGate:
    return PinGate(HASHED, tmp_path / "pin.json")


@pytest.fixture
def window(qtbot: QtBot, gate: PinGate) -> Iterator[KioskWindow]:
    window = KioskWindow(gate, BOTH, on_top=True)
    window.add_screen(PlaceholderScreen(BOTH, "starting"))
    window.begin()
    qtbot.waitExposed(window)
    yield window
    window.guard.allow_leaving()
    window.close()
    window.hide()
    window.pad.close_pad()
    window.deleteLater()


def press(
    window: QWidget, *keys: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    for key in keys:
        QTest.keyClick(window, key, modifiers)


def type_digits(window: QWidget, digits: str) -> None:
    QTest.keyClicks(window, digits)


def open_pad(window: KioskWindow) -> None:
    all_three = (
        Qt.KeyboardModifier.ControlModifier
        | Qt.KeyboardModifier.AltModifier
        | Qt.KeyboardModifier.ShiftModifier
    )
    press(window, Qt.Key.Key_K, modifiers=all_three)
    assert window.pad.isVisible()


def test_it_fills_the_screen_without_a_frame_or_a_cursor(window: KioskWindow) -> None:
    assert window.isFullScreen()
    assert window.windowFlags() & Qt.WindowType.FramelessWindowHint
    assert window.cursor().shape() == Qt.CursorShape.BlankCursor


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier),
    ],
)
def test_keys_lead_nowhere(window: KioskWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    heard: list[str] = []
    window.leave.connect(lambda: heard.append("leave"))
    window.next_wanted.connect(lambda: heard.append("next"))
    press(window, key, modifiers=modifiers)
    assert window.isVisible()
    assert window.isFullScreen()
    assert not window.pad.isVisible()
    assert heard == []


def test_closing_and_quitting_are_refused(window: KioskWindow, qapp: QApplication) -> None:
    assert not window.close()
    event = QEvent(QEvent.Type.Quit)
    qapp.sendEvent(qapp, event)
    assert not event.isAccepted()
    assert window.isVisible()


def test_context_menus_and_drops_are_swallowed(window: KioskWindow, qapp: QApplication) -> None:
    seen: list[QEvent.Type] = []

    class Child(QWidget):
        def event(self, event: QEvent) -> bool:
            seen.append(event.type())
            return super().event(event)

    child = Child(window)
    child.setAcceptDrops(True)
    child.show()
    menu = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(1, 1), QPoint(1, 1))
    data = QMimeData()
    data.setText("x")
    drop = QDropEvent(
        QPointF(1, 1),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    qapp.sendEvent(child, menu)
    qapp.sendEvent(child, drop)
    QTest.mouseClick(child, Qt.MouseButton.RightButton)
    unwanted = {QEvent.Type.ContextMenu, QEvent.Type.Drop, QEvent.Type.MouseButtonPress}
    assert not unwanted & set(seen)


def test_minimised_it_comes_back(window: KioskWindow, qtbot: QtBot) -> None:
    window.showMinimized()
    qtbot.waitUntil(window.isFullScreen)
    window.showNormal()
    qtbot.waitUntil(window.isFullScreen)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_PageDown])
def test_a_key_or_a_touch_goes_on(window: KioskWindow, qtbot: QtBot, key: Qt.Key) -> None:
    with qtbot.waitSignals([window.touched, window.next_wanted]):
        press(window, key)
    with qtbot.waitSignals([window.touched, window.next_wanted]):
        QTest.mouseClick(window, Qt.MouseButton.LeftButton, pos=window.rect().center())


def test_a_held_key_goes_on_once(window: KioskWindow, qapp: QApplication) -> None:
    heard: list[int] = []
    window.next_wanted.connect(lambda: heard.append(1))
    for repeat in (False, True, True):
        qapp.sendEvent(
            window,
            QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", repeat),
        )
    assert heard == [1]


class TestPad:
    def test_the_right_pin(self, window: KioskWindow, qtbot: QtBot) -> None:
        open_pad(window)
        assert window.cursor().shape() == Qt.CursorShape.ArrowCursor
        type_digits(window, "2468")
        with qtbot.waitSignal(window.leave):
            press(window, Qt.Key.Key_Return)

    def test_by_touch(self, window: KioskWindow, qtbot: QtBot) -> None:
        open_pad(window)
        keys = {key.text(): key for key in window.pad.findChildren(QPushButton)}
        for digit in "2468":
            QTest.mouseClick(keys[digit], Qt.MouseButton.LeftButton)
        with qtbot.waitSignal(window.leave):
            QTest.mouseClick(keys["End"], Qt.MouseButton.LeftButton)

    def test_a_touch_beside_the_keys_goes_nowhere(self, window: KioskWindow) -> None:
        heard: list[int] = []
        window.next_wanted.connect(lambda: heard.append(1))
        open_pad(window)
        QTest.mouseClick(window.pad, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
        press(window, Qt.Key.Key_Space)
        assert heard == []

    def test_wrong_ones_and_the_wait(self, window: KioskWindow, gate: PinGate) -> None:
        left: list[int] = []
        window.leave.connect(lambda: left.append(1))
        open_pad(window)
        for _ in range(3):
            type_digits(window, "1111")
            press(window, Qt.Key.Key_Return)
        assert window.pad.message.splitlines() == [text.format(seconds=5) for text in said("pin-wait", BOTH)]
        keys = window.pad.findChildren(QPushButton)
        assert {key.isEnabled() for key in keys if key.text() in "0123456789"} == {False}
        type_digits(window, "2468")
        press(window, Qt.Key.Key_Return)
        assert left == []
        assert gate.wait_s() > 0

    def test_a_wrong_one_is_said(self, window: KioskWindow) -> None:
        open_pad(window)
        type_digits(window, "13")
        press(window, Qt.Key.Key_Backspace)
        type_digits(window, "357")
        press(window, Qt.Key.Key_Return)
        assert window.pad.message == "\n".join(said("pin-wrong", BOTH))

    def test_escape_closes_the_pad_and_forgets_what_was_typed(
        self, window: KioskWindow, qtbot: QtBot
    ) -> None:
        open_pad(window)
        type_digits(window, "24")
        press(window, Qt.Key.Key_Escape)
        assert not window.pad.isVisible()
        assert window.cursor().shape() == Qt.CursorShape.BlankCursor
        open_pad(window)
        type_digits(window, "68")
        left: list[int] = []
        window.leave.connect(lambda: left.append(1))
        press(window, Qt.Key.Key_Return)
        assert left == []

    def test_four_corners_open_it(self, window: KioskWindow) -> None:
        right, bottom = window.width() - 4, window.height() - 4
        for x, y in ((4, 4), (right, 4), (right, bottom), (4, bottom)):
            assert not window.pad.isVisible()
            QTest.mouseClick(window, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        assert window.pad.isVisible()

    def test_a_long_press_opens_it(
        self, window: KioskWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("vision_app.kiosk.gestures.LONG_PRESS_S", 0.3)
        QTest.mousePress(window, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        qtbot.waitUntil(window.pad.isVisible)
        QTest.mouseRelease(window, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        assert window.pad.isVisible()

    def test_without_a_pin_it_says_so(self, qtbot: QtBot, tmp_path: Path) -> None:
        window = KioskWindow(PinGate("", tmp_path / "pin.json"), ("ko",), on_top=False)
        try:
            window.add_screen(PlaceholderScreen(("ko",), "starting"))
            window.begin()
            open_pad(window)
            type_digits(window, "0000")
            press(window, Qt.Key.Key_Return)
            assert window.pad.message == TEXTS["pin-none"]["ko"]
        finally:
            window.guard.allow_leaving()
            window.pad.close_pad()
            window.hide()
            window.deleteLater()


def a_picture(size_wh: tuple[int, int]) -> Picture:
    image = np.full((size_wh[1], size_wh[0], 4), 90, np.uint8)
    return Picture(image, 0, (1280, 720), 0.0)


LONG = "A rather long title that says much more than a title should, and then some"
LONG_KO = "제목이라고 하기에는 너무 길어서 한 줄에 도저히 다 들어가지 않는 아주 긴 제목"


def station(parent: QWidget | None = None) -> StationScreen:
    screen = StationScreen(said("notice", BOTH), said("next", BOTH), 12, parent)
    screen.title.say((LONG, LONG_KO), (LONG, LONG_KO))
    rows = tuple(Row(f"a label that is long {i}", "긴 이름의 사물", "100%", 0.5) for i in range(5))
    screen.rows.show_rows(rows, said("nothing-found", BOTH))
    screen.foot.at(3, 0.4)
    screen.show_picture(a_picture((640, 360)))
    return screen


def attract(parent: QWidget | None = None) -> AttractScreen:
    screen = AttractScreen((LONG, LONG_KO), (LONG, LONG_KO), said("notice", BOTH), parent)
    screen.show_picture(a_picture((640, 360)))
    return screen


@pytest.mark.parametrize(
    "make",
    [station, attract, lambda: PlaceholderScreen(BOTH, "no-camera")],
    ids=["station", "attract", "placeholder"],
)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_screen_paints_at_every_size(
    qtbot: QtBot, make: Callable[[], QWidget], size: tuple[int, int]
) -> None:
    screen = make()
    screen.resize(*size)
    screen.show()
    image = screen.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, size[0], 7) for y in range(0, size[1], 7)}
    assert len(colours) > 3
    screen.hide()
    screen.deleteLater()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_parts_of_a_station_do_not_overlap(size: tuple[int, int]) -> None:
    for with_rows in (True, False):
        places = [p for p in places_for(QSize(*size), with_rows=with_rows) if not p.isNull()]
        assert len(places) == (4 if with_rows else 3)
        for i, place in enumerate(places):
            assert place.left() >= 0
            assert place.right() < size[0]
            assert place.bottom() < size[1]
            assert not any(place.intersects(other) for other in places[i + 1 :])


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from("abc wWi 가나 다"), max_size=120),
    width=st.integers(60, 900),
    size=st.integers(9, 130),
    most=st.integers(1, 3),
)
def test_text_always_fits(qapp: QApplication, text: str, width: int, size: int, most: int) -> None:
    assume(width >= 3 * size)  # no screen has less room: Qt does not cut off single letters
    fitted = fit(text, width, size, most_lines=most)
    metrics = QFontMetricsF(fitted.font)
    assert len(fitted.lines) <= most
    assert fitted.font.pixelSize() <= max(size, 9)
    assert all(metrics.horizontalAdvance(line) <= width + 1 for line in fitted.lines)


def test_short_text_keeps_its_size_and_all_its_words(qapp: QApplication) -> None:
    fitted = fit("two words", 2000, 70)
    assert (fitted.lines, fitted.font.pixelSize()) == (("two words",), 70)
    broken = fit("eins zwei drei vier", 320, 70, most_lines=2)
    assert " ".join(broken.lines) == "eins zwei drei vier"


def test_the_unit_is_a_pixel_of_a_full_hd_screen() -> None:
    assert unit_of(QSize(1920, 1080)) == 1
    assert unit_of(QSize(1080, 1920)) == 1
    assert unit_of(QSize(3840, 2160)) == 2
    assert unit_of(QSize(1280, 1080)) == pytest.approx(2 / 3)


def test_the_invitation_moves_so_that_nothing_burns_in(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = attract()
    screen.resize(960, 540)
    screen.show()
    began_s = screen._began_s
    images = []
    for later_s in (0, 8, 20):
        screen._began_s = began_s - later_s
        images.append(screen.grab().toImage())
    assert images[0] != images[1] != images[2]
    screen.hide()
    screen.deleteLater()


_TWO_SCREENS = {
    "synchronousWindowSystemEvents": False,
    "windowFrameMargins": False,
    "screens": [
        {
            "name": "a",
            "x": 0,
            "y": 0,
            "width": 1280,
            "height": 720,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        },
        {
            "name": "b",
            "x": 1280,
            "y": 0,
            "width": 800,
            "height": 600,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        },
    ],
}
_COVER = """
import vision_app.gui
from PySide6.QtWidgets import QApplication
app = QApplication([])
from vision_app.gui.kiosk.curtain import Covers
covers = Covers()
for _ in range(3):
    covers.cover()
    app.processEvents()
print([w.geometry().getRect() for w in app.topLevelWidgets() if w.isVisible()])
"""


def test_a_second_screen_does_not_show_the_desktop(tmp_path: Path) -> None:
    layout = tmp_path / "screens.json"
    layout.write_text(json.dumps(_TWO_SCREENS), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={layout}"}
    run = subprocess.run(
        [sys.executable, "-c", _COVER],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stdout.strip()) == (0, "[(1280, 0, 800, 600)]"), run.stderr


def test_the_parts_of_a_station_wander_a_little_and_stay_on_the_screen(qtbot: QtBot) -> None:
    screen = station()
    screen.resize(1920, 1080)
    screen.show()
    places = set()
    for _ in range(8):
        screen.shift()
        places.add(screen.title.pos().toTuple())
        for part in (screen.title, screen.picture, screen.rows, screen.foot):
            assert screen.rect().contains(part.geometry())
    assert len(places) == 8
    assert max(x for x, _ in places) - min(x for x, _ in places) <= 20
    screen.hide()
    screen.deleteLater()
