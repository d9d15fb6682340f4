"""A row of controls goes on in the next line where it is too narrow, and fills each line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from vision_app.gui.pieces.wrapping import EvenRows, WrapRow

SPACING = 6


class Holder(QWidget):
    """Three buttons of 100 pixels at least, of which the first takes two shares of what is left."""

    def __init__(self, row: WrapRow | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.row = row or WrapRow(SPACING)
        self.buttons = [QPushButton(str(i), self) for i in range(3)]
        for button, share in zip(self.buttons, (2, 1, 1), strict=True):
            button.setFixedHeight(30)
            button.setMinimumWidth(100)
            self.row.add(button, share)
        column.addLayout(self.row)
        column.addStretch(1)


@pytest.fixture
def holder(qtbot: QtBot) -> Holder:
    made = Holder()
    qtbot.addWidget(made)
    made.show()
    return made


def lines(holder: Holder, width: int) -> list[list[int]]:
    """Widths of the buttons that can be seen, a list a line."""
    holder.resize(width, 300)
    found: dict[int, list[int]] = {}
    for button in holder.buttons:
        if button.isVisible():
            found.setdefault(button.y(), []).append(button.width())
    return [found[y] for y in sorted(found)]


def high(holder: Holder) -> int:
    return holder.row.itemAt(0).sizeHint().height()  # type: ignore[union-attr]


def test_where_there_is_room_all_stand_in_one_line(holder: Holder) -> None:
    assert lines(holder, 412) == [[150, 125, 125]]
    assert holder.row.heightForWidth(412) == high(holder)


def test_where_there_is_less_the_last_goes_below_and_each_line_is_filled(holder: Holder) -> None:
    assert lines(holder, 236) == [[120, 110], [236]]
    assert lines(holder, 206) == [[100, 100], [206]]
    assert lines(holder, 205) == [[205], [205], [205]]
    assert holder.row.heightForWidth(205) == 3 * high(holder) + 2 * SPACING
    assert holder.row.minimumSize().width() == 100


def test_what_is_hidden_takes_no_room(holder: Holder) -> None:
    holder.buttons[1].hide()
    assert lines(holder, 306) == [[166, 134]] or lines(holder, 306) == [[167, 133]]


def test_from_right_to_left(holder: Holder) -> None:
    holder.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    lines(holder, 412)
    assert [b.x() for b in holder.buttons] == [262, 131, 0]


def test_one_can_be_taken_out(holder: Holder) -> None:
    assert holder.row.count() == 3
    assert holder.row.takeAt(9) is None and holder.row.itemAt(9) is None
    taken = holder.row.takeAt(0)
    assert taken is not None and taken.widget() is holder.buttons[0]
    holder.buttons[0].hide()
    assert lines(holder, 306) == [[150, 150]]


@pytest.mark.parametrize(
    ("width", "seen"),
    [(312, [[100, 100, 100]]), (313, [[101, 100, 100]]), (300, [[300]] * 3)],
)
def test_even_rows_have_as_many_columns_as_fit(qtbot: QtBot, width: int, seen: list[list[int]]) -> None:
    made = Holder(EvenRows(SPACING))
    qtbot.addWidget(made)
    made.show()
    assert lines(made, width) == seen
