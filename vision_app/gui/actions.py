"""Everything that can be done in the window: one table of actions with their keys, icons and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from vision_app.gui.language import QT_TRANSLATE_NOOP
from vision_app.gui.pieces.icons import set_icon


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action.

    Attributes:
        name: how the program calls it.
        text: its words in menus.
        keys: what triggers it, as Qt writes keys.
        tip: what it does, for tooltips and screen readers; "" when its words say it all.
        icon: key of the icons' table; "" for none.
        checkable: it is on or off.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    checkable: bool = False


ROWS = (
    ActionRow(
        "choose",
        QT_TRANSLATE_NOOP("Actions", "Choose source…"),
        ("Ctrl+K",),
        QT_TRANSLATE_NOOP("Actions", "Choose a camera or another source, with live pictures of all cameras"),
        "camera",
    ),
    ActionRow(
        "open_file",
        QT_TRANSLATE_NOOP("Actions", "Open video or photo…"),
        ("Ctrl+O",),
        QT_TRANSLATE_NOOP("Actions", "Open a video or a photo as the source"),
        "clip",
    ),
    ActionRow(
        "open_folder",
        QT_TRANSLATE_NOOP("Actions", "Open folder of photos…"),
        ("Ctrl+Shift+O",),
        QT_TRANSLATE_NOOP("Actions", "Open all photos of a folder, one after the other"),
        "folder",
    ),
    ActionRow(
        "open_stream",
        QT_TRANSLATE_NOOP("Actions", "Open stream…"),
        ("Ctrl+U",),
        QT_TRANSLATE_NOOP("Actions", "Open a network camera or stream by its address"),
        "stream",
    ),
    ActionRow(
        "open_site",
        QT_TRANSLATE_NOOP("Actions", "Open site…"),
        ("Ctrl+Shift+U",),
        QT_TRANSLATE_NOOP("Actions", "Run a site file with many cameras, and show all of them in a grid"),
    ),
    ActionRow(
        "open_demo",
        QT_TRANSLATE_NOOP("Actions", "Play the demo clip"),
        ("Ctrl+Shift+D",),
        QT_TRANSLATE_NOOP("Actions", "Play the clip that comes with the program"),
        "play",
    ),
    ActionRow("quit", QT_TRANSLATE_NOOP("Actions", "Quit"), ("Ctrl+Q",)),
    ActionRow(
        "full_screen",
        QT_TRANSLATE_NOOP("Actions", "Full screen"),
        ("F11",),
        QT_TRANSLATE_NOOP("Actions", "Show nothing but the picture; Esc leads back"),
        "full-screen",
        True,
    ),
    ActionRow(
        "draw",
        QT_TRANSLATE_NOOP("Actions", "Draw results"),
        ("Ctrl+D",),
        QT_TRANSLATE_NOOP("Actions", "Draw what the models say over the picture"),
        "eye",
        True,
    ),
    ActionRow("larger_text", QT_TRANSLATE_NOOP("Actions", "Larger labels"), ("Ctrl++", "Ctrl+=")),
    ActionRow("smaller_text", QT_TRANSLATE_NOOP("Actions", "Smaller labels"), ("Ctrl+-",)),
    ActionRow("normal_text", QT_TRANSLATE_NOOP("Actions", "Labels of normal size"), ("Ctrl+0",)),
    ActionRow(
        "add_model",
        QT_TRANSLATE_NOOP("Actions", "Add model file…"),
        ("Ctrl+Shift+M",),
        QT_TRANSLATE_NOOP("Actions", "Run an ONNX file on the picture"),
        "add",
    ),
    ActionRow(
        "snapshot",
        QT_TRANSLATE_NOOP("Actions", "Snapshot"),
        ("Ctrl+S",),
        QT_TRANSLATE_NOOP("Actions", "Save the picture as it is now, at its full size"),
        "snapshot",
    ),
    ActionRow(
        "record",
        QT_TRANSLATE_NOOP("Actions", "Record"),
        ("Ctrl+R",),
        QT_TRANSLATE_NOOP("Actions", "Start or finish a recording"),
        "record",
        True,
    ),
    ActionRow(
        "copy",
        QT_TRANSLATE_NOOP("Actions", "Copy picture"),
        ("Ctrl+C",),
        QT_TRANSLATE_NOOP("Actions", "Put the picture on the clipboard"),
        "copy",
    ),
    ActionRow(
        "log",
        QT_TRANSLATE_NOOP("Actions", "Log results"),
        ("Ctrl+L",),
        QT_TRANSLATE_NOOP("Actions", "Write what the models say into a file, or finish it"),
        "log",
        True,
    ),
    ActionRow("snapshot_drawn", QT_TRANSLATE_NOOP("Actions", "Snapshots with results"), (), "", "", True),
    ActionRow("record_drawn", QT_TRANSLATE_NOOP("Actions", "Recordings with results"), (), "", "", True),
    ActionRow("open_pictures", QT_TRANSLATE_NOOP("Actions", "Open folder of snapshots"), (), "", "folder"),
    ActionRow("open_videos", QT_TRANSLATE_NOOP("Actions", "Open folder of recordings"), (), "", "folder"),
    ActionRow("preferences", QT_TRANSLATE_NOOP("Actions", "Preferences…"), ("Ctrl+,",), "", "settings"),
    ActionRow(
        "shortcuts",
        QT_TRANSLATE_NOOP("Actions", "Keyboard shortcuts"),
        ("F1",),
        QT_TRANSLATE_NOOP("Actions", "List all keys"),
        "help",
    ),
    ActionRow(
        "learn",
        QT_TRANSLATE_NOOP("Actions", "Learn…"),
        ("Ctrl+F1",),
        QT_TRANSLATE_NOOP("Actions", "From a heading of a course to the view that shows it"),
        "inside",
    ),
    ActionRow("first_steps", QT_TRANSLATE_NOOP("Actions", "First steps"), ("Shift+F1",), "", "info"),
    ActionRow("about", QT_TRANSLATE_NOOP("Actions", "About vision_app")),
)


class Actions(QObject):
    """The actions of one window, by name."""

    def __init__(self, window: QWidget, rows: tuple[ActionRow, ...] = ROWS) -> None:
        super().__init__(window)
        self._rows = rows
        self._by_name: dict[str, QAction] = {}
        for row in rows:
            action = QAction(window)
            action.setObjectName(row.name)
            action.setCheckable(row.checkable)
            action.setShortcuts([QKeySequence(key) for key in row.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            if row.icon:
                set_icon(action, row.icon, checked="accent" if row.checkable else "")
            window.addAction(action)
            self._by_name[row.name] = action
        self.retranslate()

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._by_name.values())

    def retranslate(self) -> None:
        """Set all words."""
        for row in self._rows:
            self._name(row)

    def name(self, name: str) -> None:
        """Give one action its own words again."""
        self._name(next(row for row in self._rows if row.name == name))

    def _name(self, row: ActionRow) -> None:
        action = self._by_name[row.name]
        text = QCoreApplication.translate("Actions", row.text)
        tip = QCoreApplication.translate("Actions", row.tip) if row.tip else text.rstrip("…")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setText(text)
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setStatusTip(tip)
