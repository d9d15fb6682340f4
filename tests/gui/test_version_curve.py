"""The curve of agreement against speed: every point is told, clicked and reached with the keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from vision_app.gui.models.version_curve import VersionCurve
from vision_app.gui.theme import DARK, LIGHT, theme
from vision_app.quantise.watching import Version

VERSIONS = (
    Version(Path("0"), (), 0.93, 2.1),
    Version(Path("1"), ("stem", "fc"), 0.99, 1.4),
    Version(Path("2"), ("stem",), 0.96, 1.8),
)


@pytest.fixture
def curve(qtbot: QtBot) -> Iterator[VersionCurve]:
    widget = VersionCurve()
    qtbot.addWidget(widget)
    widget.show_versions(VERSIONS, taken=2, goal=("agreement", 0.95))
    widget.resize(600, 300)
    widget.show()
    qtbot.waitExposed(widget)
    widget.activateWindow()
    widget.setFocus()
    yield widget
    theme().choose("light")


def test_a_faster_version_is_further_right_and_a_better_one_higher(curve: VersionCurve) -> None:
    places = [curve.place(i) for i in range(3)]
    assert places[1].x() < places[2].x() < places[0].x()
    assert places[1].y() < places[2].y() < places[0].y()
    assert all(curve.rect().contains(place) for place in places)


def test_a_click_on_a_point_is_told_and_one_beside_it_is_none(curve: VersionCurve, qtbot: QtBot) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(curve.clicked) as clicked:
        QTest.mouseClick(curve, left, none, curve.place(1) + QPoint(4, 3))
    assert clicked.args == [1]
    with qtbot.assertNotEmitted(curve.clicked):
        QTest.mouseClick(curve, left, none, curve.place(1) + QPoint(40, 0))


def test_the_keys_go_by_speed_and_enter_takes(curve: VersionCurve, qtbot: QtBot) -> None:
    assert curve.mark == 2
    seen = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(curve, key)
        seen.append(curve.mark)
    assert seen == [1, 1, 2, 0, 1]
    assert curve.accessibleDescription() == curve.words(1)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(curve.clicked) as clicked:
            QTest.keyClick(curve, key)
        assert clicked.args == [1]


def test_what_is_pointed_at_says_what_it_is_and_which_layers_are_in_float(curve: VersionCurve) -> None:
    place = curve.place(2)
    QApplication.sendEvent(curve, QHelpEvent(QEvent.Type.ToolTip, place, curve.mapToGlobal(place)))
    said = QToolTip.text()
    QToolTip.hideText()
    assert said == "1 layers in float: 1.80 x as fast, agreement 96.0 % · taken\nstem"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_one_that_was_taken_is_filled_and_no_other(curve: VersionCurve, scheme: str) -> None:
    theme().choose(scheme)
    colours = {"light": LIGHT, "dark": DARK}[scheme]
    image = curve.grab().toImage()
    filled = [image.pixelColor(curve.place(i)) == QColor(colours.accent) for i in range(3)]
    assert filled == [False, False, True]
    assert image.pixelColor(curve.place(0)) == QColor(colours.raised)


@pytest.mark.parametrize("goal", [("agreement", 0.95), ("speed", 1.6)])
def test_what_was_asked_for_is_a_line(curve: VersionCurve, goal: tuple[str, float]) -> None:
    curve.show_versions(VERSIONS, 2, goal)
    image = curve.grab().toImage()
    good, found = QColor(LIGHT.good), set()
    for x in range(image.width()):
        for y in range(image.height()):
            if image.pixelColor(x, y) == good:
                found.add((x, y))
    rows, columns = {y for _, y in found}, {x for x, _ in found}
    assert (len(rows) <= 3 < len(columns)) is (goal[0] == "agreement")
    assert (len(columns) <= 3 < len(rows)) is (goal[0] == "speed")


def test_nothing_to_show_takes_no_keys_and_no_clicks(qtbot: QtBot) -> None:
    empty = VersionCurve()
    qtbot.addWidget(empty)
    empty.resize(400, 200)
    with qtbot.assertNotEmitted(empty.clicked):
        QTest.keyClick(empty, Qt.Key.Key_Return)
        QTest.mouseClick(empty, Qt.MouseButton.LeftButton)
    empty.grab()
