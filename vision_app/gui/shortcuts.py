"""The list of all keys, made from the actions of the window itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.theme import SPACE_PX, TARGET_PX


def keys_of(window: QWidget) -> list[tuple[str, str]]:
    """What each action of a window is called, and its keys; in the order of the window."""
    found: dict[str, str] = {}
    native = QKeySequence.SequenceFormat.NativeText
    for action in window.findChildren(QAction):
        keys = ", ".join(keys.toString(native) for keys in action.shortcuts())
        name = action.text().replace("&", "").rstrip("…")
        if keys and name:
            found.setdefault(name, keys)
    for shortcut in window.findChildren(QShortcut):
        name = shortcut.whatsThis()
        if name:
            found.setdefault(name, ", ".join(keys.toString(native) for keys in shortcut.keys()))  # noqa: SIM118
    return list(found.items())


class ShortcutsDialog(QDialog):
    """Lists the keys of a window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = keys_of(window)
        table = QTableWidget(len(rows), 2, self)
        table.setHorizontalHeaderLabels([self.tr("What"), self.tr("Keys")])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(TARGET_PX)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setAccessibleName(self.tr("Keyboard shortcuts"))
        for i, (name, keys) in enumerate(rows):
            table.setItem(i, 0, QTableWidgetItem(name))
            table.setItem(i, 1, QTableWidgetItem(keys))
        self.table = table
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        layout.setSpacing(2 * SPACE_PX)
        layout.addWidget(table)
        layout.addWidget(buttons)
        self.resize(520, 600)
