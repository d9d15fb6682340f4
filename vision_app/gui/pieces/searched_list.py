"""A list in groups, in two columns, that is searched while one types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.search import SearchField
from vision_app.gui.theme import SPACE_PX

_NARROW_PX = 240
_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row.

    Attributes:
        first: what stands in the first column.
        second: what stands in the second one.
        name: how the program calls it.
    """

    first: str
    second: str
    name: str = ""


ListGroups = Sequence[tuple[str, Sequence[ListRow]]]
"""Heading and rows of each group."""


class SearchedList(QWidget):
    """The field for the search, and what was found.

    Args:
        parent: Qt's owner.
        wide: which of the two columns takes the room that is left; what stands in it is broken into lines.
    """

    searched = Signal(str)
    """What is searched has changed: `fill` is to be called with what is found."""
    chosen = Signal(str)
    """The name of the row that was clicked, or on which Enter was pressed."""

    def __init__(self, parent: QWidget, *, wide: int = 0) -> None:
        super().__init__(parent)
        self._narrow = 1 - wide
        self.search, self.tree, self.nothing = SearchField(self), QTreeWidget(self), QLabel(self)
        self.tree.setColumnCount(2)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIndentation(2 * SPACE_PX)
        self.tree.setWordWrap(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setAllColumnsShowFocus(True)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionsMovable(False)
        self.tree.header().setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("kind", "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        for widget in (self.search, self.tree, self.nothing):
            column.addWidget(widget)
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self.searched)
        self.search.returnPressed.connect(self._choose_first)
        self.tree.itemClicked.connect(self._choose)
        self.tree.itemActivated.connect(self._choose)

    def fill(self, groups: ListGroups) -> None:
        """Show these, all groups open."""
        self.tree.clear()
        for title, rows in groups:
            if rows:
                self.tree.addTopLevelItem(_group_item(title, rows))
        self.tree.expandAll()
        if not self.search.text():  # for all of them: the columns are not to move while one types
            self._size_column([row for _, rows in groups for row in rows])
        self.nothing.setVisible(self.tree.topLevelItemCount() == 0)

    def listed(self) -> list[tuple[str, list[ListRow]]]:
        """What is shown now."""
        found = []
        for i in range(self.tree.topLevelItemCount()):
            group = cast("QTreeWidgetItem", self.tree.topLevelItem(i))
            rows = [cast("QTreeWidgetItem", group.child(j)) for j in range(group.childCount())]
            found.append((group.text(0), [ListRow(r.text(0), r.text(1), r.data(0, _ROLE)) for r in rows]))
        return found

    def mark(self, name: str) -> None:
        """Choose a row and scroll to it, without a word to anybody."""
        for i in range(self.tree.topLevelItemCount()):
            group = cast("QTreeWidgetItem", self.tree.topLevelItem(i))
            for j in range(group.childCount()):
                row = cast("QTreeWidgetItem", group.child(j))
                if row.data(0, _ROLE) == name:
                    self.tree.setCurrentItem(row)
                    self.tree.scrollToItem(row, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _size_column(self, rows: Sequence[ListRow]) -> None:
        """As wide as the longest of its texts, or broken into lines."""
        texts = [row.second if self._narrow else row.first for row in rows]
        metrics = self.tree.fontMetrics()
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
        self.tree.setColumnWidth(self._narrow, min(widest, _NARROW_PX) + 4 * SPACE_PX)

    def _choose(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _ROLE):
            self.chosen.emit(item.data(0, _ROLE))

    def _choose_first(self) -> None:
        group = self.tree.topLevelItem(0)
        first = group.child(0) if group is not None and self.search.text().strip() else None
        if first is not None:
            self._choose(first)


def _group_item(title: str, rows: Sequence[ListRow]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([title, ""])
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)  # a heading is nothing to choose
    item.setFirstColumnSpanned(True)
    bold = QFont()
    bold.setBold(True)
    item.setFont(0, bold)
    for row in rows:
        child = QTreeWidgetItem([row.first, row.second])
        child.setData(0, _ROLE, row.name)
        child.setToolTip(0, row.first)
        item.addChild(child)
    return item
