"""The dialog of all keys: in groups, always in the same order, and searched while one types."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.keys import GROUPS, KeyGroup, KeyRow, written
from vision_app.gui.pieces.search import SearchField
from vision_app.gui.search_words import matches_words
from vision_app.gui.theme import SPACE_PX, TARGET_PX

_SIZE_PX = (620, 600)


class ShortcutsDialog(QDialog):
    """Lists the keys of the window and of all that it opens."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.search = SearchField(self)
        self.tree = QTreeWidget(self)
        self.tree.setColumnCount(2)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIndentation(2 * SPACE_PX)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setAllColumnsShowFocus(True)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionsMovable(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.nothing = QLabel(self)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("kind", "quiet")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)  # Enter in the search is no wish to close it
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        layout.setSpacing(SPACE_PX)
        for widget in (self.search, self.tree, self.nothing, buttons):
            layout.addWidget(widget)
        self.search.textChanged.connect(self._show)
        self.retranslate()
        self.resize(QSize(*_SIZE_PX).boundedTo(parent.window().size()))
        self.search.setFocus()

    def listed(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What is shown now: the heading of each group, with what its keys do and the keys."""
        found = []
        for i in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(i)
            if group is not None:
                rows = (cast("QTreeWidgetItem", group.child(j)) for j in range(group.childCount()))
                found.append((group.text(0), [(row.text(0), row.text(1)) for row in rows]))
        return found

    def retranslate(self) -> None:
        """Set all texts."""
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.search.setPlaceholderText(self.tr("Search what a key does, or a key"))
        self.search.setAccessibleName(self.tr("Search the keys"))
        self.tree.setHeaderLabels([self.tr("What"), self.tr("Keys")])
        self.tree.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.nothing.setText(self.tr("No key is called so. Try another word, such as snapshot, Ctrl or F1."))
        self._show()
        self.tree.resizeColumnToContents(1)  # for all of them: it is not to move while one types

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show(self) -> None:
        self.tree.clear()
        query = self.search.text().strip()
        named = any(_is_key(query, row) for group in GROUPS for row in group.rows)
        for group in GROUPS:
            rows = [r for r in group.rows if (_is_key(query, r) if named else _matches(query, group, r))]
            if rows:
                self.tree.addTopLevelItem(_group_item(group, rows))
        self.tree.expandAll()
        self.nothing.setVisible(self.tree.topLevelItemCount() == 0)


def _group_item(group: KeyGroup, rows: list[KeyRow]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([group.words, ""])
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)  # a heading is nothing to choose
    bold = QFont()
    bold.setBold(True)
    item.setFont(0, bold)
    for row in rows:
        child = QTreeWidgetItem([row.words, row.shown])
        child.setToolTip(0, row.words)
        child.setSizeHint(0, QSize(0, TARGET_PX - SPACE_PX // 2))
        item.addChild(child)
    return item


def _is_key(query: str, row: KeyRow) -> bool:
    """Whether a key itself was typed, so that Ctrl+S does not find Ctrl+Shift+O too."""
    return query.casefold() in (written(key).casefold() for key in row.keys)


def _matches(query: str, group: KeyGroup, row: KeyRow) -> bool:
    """Whether a key is looked for: by what it does or where, in English too, or by its own name."""
    return matches_words(query, f"{group.words} {group.title} {row.words} {row.text} {row.shown}")
