"""Pages of which one is shown take the room of that one only, also where lines are broken."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from vision_app.gui.pieces.one_of import OneOf


def test_hidden_pages_take_no_room(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    pages = OneOf(holder)
    for text in ("short", "a long text of many lines " * 40):
        label = QLabel(text)
        label.setWordWrap(True)
        pages.add(label)
    column.addWidget(pages)
    holder.resize(200, 300)
    holder.show()
    assert column.heightForWidth(200) == pages.pages[0].heightForWidth(200)
    with qtbot.waitSignal(pages.changed):
        pages.show_page(1)
    assert pages.page is pages.pages[1]
    assert [page.isVisible() for page in pages.pages] == [False, True]
    assert column.heightForWidth(200) == pages.pages[1].heightForWidth(200) > 300
