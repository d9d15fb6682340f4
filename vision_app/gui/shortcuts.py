"""The dialog of all keys: in groups, always in the same order, and searched while one types."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QDialogButtonBox, QVBoxLayout, QWidget

from vision_app.gui.keys import GROUPS, KeyGroup, KeyRow, written
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.searched_list import ListRow, SearchedList
from vision_app.gui.search_words import matches_words
from vision_app.gui.theme import SPACE_PX

_SIZE_PX = (620, 600)


class ShortcutsDialog(Dialog):
    """Lists the keys of the window and of all that it opens."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.list = SearchedList(self)
        self.list.searched.connect(self._show)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)  # Enter in the search is no wish to close it
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        layout.setSpacing(SPACE_PX)
        layout.addWidget(self.list)
        layout.addWidget(buttons)
        self.retranslate()
        self.resize(QSize(*_SIZE_PX).boundedTo(parent.window().size()))
        self.list.setFocus()

    def retranslate(self) -> None:
        """Set all texts."""
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.list.search.setPlaceholderText(self.tr("Search what a key does, or a key"))
        self.list.search.setAccessibleName(self.tr("Search the keys"))
        self.list.tree.setHeaderLabels([self.tr("What"), self.tr("Keys")])
        self.list.tree.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.list.nothing.setText(
            self.tr("No key is called so. Try another word, such as snapshot, Ctrl or F1.")
        )
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show(self) -> None:
        query = self.list.search.text().strip()
        named = any(_is_key(query, row) for group in GROUPS for row in group.rows)
        found = []
        for group in GROUPS:
            rows = [r for r in group.rows if (_is_key(query, r) if named else _matches(query, group, r))]
            found.append((group.words, [ListRow(row.words, row.shown) for row in rows]))
        self.list.fill(found)


def _is_key(query: str, row: KeyRow) -> bool:
    """Whether a key itself was typed, so that Ctrl+S does not find Ctrl+Shift+O too."""
    return query.casefold() in (written(key).casefold() for key in row.keys)


def _matches(query: str, group: KeyGroup, row: KeyRow) -> bool:
    """Whether a key is looked for: by what it does or where, in English too, or by its own name."""
    return matches_words(query, f"{group.words} {group.title} {row.words} {row.text} {row.shown}")
