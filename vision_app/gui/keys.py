"""All keys of the window and of its dialogs, in groups and in the order in which they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from vision_app.gui.actions import ROWS
from vision_app.gui.language import QT_TRANSLATE_NOOP
from vision_app.gui.panels import PANELS

DIGITS = "1 – 9"
"""One key for each of the first nine classes."""
_ARROWS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
_UNDO, _REDO, _DELETE = (
    QKeySequence.StandardKey.Undo,
    QKeySequence.StandardKey.Redo,
    QKeySequence.StandardKey.Delete,
)

Key = str | QKeySequence.StandardKey
"""A key as Qt writes it in files, or one that each system has its own for."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What one key does.

    Attributes:
        text: what it does, in English.
        keys: each of them does it.
        context: where the translation of the text stands.
    """

    text: str
    keys: tuple[Key, ...]
    context: str = "Keys"

    @property
    def words(self) -> str:
        """What it does, in the language of the window."""
        return QCoreApplication.translate(self.context, self.text).replace("&", "").rstrip("…")

    @property
    def shown(self) -> str:
        """The keys as the system writes them."""
        return " / ".join(written(key) for key in self.keys)


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that belong together.

    Attributes:
        name: how the program calls it.
        title: its heading, in English.
        rows: the keys, in the order in which they are told.
    """

    name: str
    title: str
    rows: tuple[KeyRow, ...]

    @property
    def words(self) -> str:
        """Its heading in the language of the window."""
        return QCoreApplication.translate("Keys", self.title)


def written(key: Key) -> str:
    """A key as the system writes it, arrows as arrows.

    >>> written("Ctrl+S"), written("Alt+Up"), written("1 – 9")
    ('Ctrl+S', 'Alt+↑', '1 – 9')
    """
    if key == DIGITS:
        return DIGITS
    native = QKeySequence.SequenceFormat.NativeText
    if not isinstance(key, str):
        return QKeySequence(key).toString(native)
    last = key.rpartition("+")[2]
    if last in _ARROWS:  # Qt has words for them, which are long, and are not translated for every system
        return QKeySequence(f"{key.removesuffix(last)}X").toString(native).removesuffix("X") + _ARROWS[last]
    return QKeySequence(key).toString(native) or key


def _actions(*names: str) -> Iterator[KeyRow]:
    rows = {row.name: row for row in ROWS}
    return (KeyRow(rows[name].text, rows[name].keys, "Actions") for name in names)


def _panels() -> Iterator[KeyRow]:
    return (KeyRow(row.title, (row.keys,), "Panels") for row in sorted(PANELS, key=lambda row: row.keys))


_SOURCE = (
    *_actions("choose", "open_file", "open_folder", "open_stream", "open_site", "open_demo"),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Mirror the picture"), ("Ctrl+M",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Turn the picture by 90°"), ("Ctrl+T",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Walk through the list of sources"), ("Up", "Down", "Left", "Right")),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Open what is chosen in the list of sources"), ("Enter",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Close the list of sources"), ("Esc",)),
)
_CLIP = (
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Play or pause"), ("Space",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "One frame back"), (",",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "One frame on"), (".",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Play again and again"), ("Ctrl+Shift+L",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Position of the clip: one second back or on"), ("Left", "Right")),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Position of the clip: five seconds back or on"), ("PgDown", "PgUp")),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Time line: go to what was seen before or after"), ("Left", "Right")),
)
_PICTURE = (
    *_actions("full_screen"),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Leave the full screen"), ("Esc",)),
    *_actions("draw", "larger_text", "smaller_text", "normal_text"),
)
_MODELS = (
    *_actions("add_model"),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Bring back the model that was taken away"), (_UNDO,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Tick a class to be found"), ("Space",)),
    KeyRow(
        QT_TRANSLATE_NOOP("Keys", "Curve of smaller versions: go from version to version"),
        ("Left", "Right", "Up", "Down"),
    ),
    KeyRow(
        QT_TRANSLATE_NOOP("Keys", "Curve of smaller versions: go to the first or last version"),
        ("Home", "End"),
    ),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Curve of smaller versions: choose the version"), ("Enter", "Space")),
)
_TEACH = (
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Hold: take samples of the first to the ninth class"), (DIGITS,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Make a class of the name that is typed"), ("Enter",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Train the model of the name that is typed"), ("Enter",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Undo"), (_UNDO,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Redo"), (_REDO,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Drawn region: move it"), ("Left", "Right", "Up", "Down")),
    KeyRow(
        QT_TRANSLATE_NOOP("Keys", "Drawn region: make it larger or smaller"),
        ("Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down"),
    ),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Drawn region: keep it"), ("Enter",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Drawn region: leave it as it was"), ("Esc",)),
)
_SAMPLES = (
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Show the chosen sample large"), ("Enter",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Delete the chosen samples"), (_DELETE,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Undo"), (_UNDO,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Redo"), (_REDO,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Doubtful frame: it is of the first to the ninth class"), (DIGITS,)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Doubtful frame: forget it"), ("Del", "Backspace")),
    KeyRow(
        QT_TRANSLATE_NOOP("Keys", "Confusion matrix: go from cell to cell"), ("Left", "Right", "Up", "Down")
    ),
    KeyRow(
        QT_TRANSLATE_NOOP("Keys", "Confusion matrix: go to the first or last cell of a row"), ("Home", "End")
    ),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Confusion matrix: show the pictures of the cell"), ("Enter", "Space")),
)
_FILTERS = (
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Move the filter up or down"), ("Alt+Up", "Alt+Down")),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Histogram: move the threshold"), ("Left", "Right")),
)
_SITE = (
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Show the chosen camera large"), ("Enter", "Space")),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "End the zone that is being drawn"), ("Enter", "Space")),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Give up what is being drawn, or back to all cameras"), ("Esc",)),
)
_EVERYWHERE = (
    KeyRow(
        QT_TRANSLATE_NOOP("Keys", "To the next thing that can be used, or to the one before"),
        ("Tab", "Shift+Tab"),
    ),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Press the button, or tick the box"), ("Space",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Press the main button of a dialog"), ("Enter",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Close the dialog, the notice or the first steps"), ("Esc",)),
    KeyRow(QT_TRANSLATE_NOOP("Keys", "Open the menus"), ("Alt",)),
    *_actions("preferences", "quit"),
)

GROUPS: tuple[KeyGroup, ...] = (
    KeyGroup("source", QT_TRANSLATE_NOOP("Keys", "Source"), _SOURCE),
    KeyGroup("clip", QT_TRANSLATE_NOOP("Keys", "Clip"), _CLIP),
    KeyGroup("picture", QT_TRANSLATE_NOOP("Keys", "Picture"), _PICTURE),
    KeyGroup("models", QT_TRANSLATE_NOOP("Keys", "Models"), _MODELS),
    KeyGroup("teach", QT_TRANSLATE_NOOP("Keys", "Teach"), _TEACH),
    KeyGroup("samples", QT_TRANSLATE_NOOP("Keys", "Samples and results of teaching"), _SAMPLES),
    KeyGroup("filters", QT_TRANSLATE_NOOP("Keys", "OpenCV"), _FILTERS),
    KeyGroup(
        "keep",
        QT_TRANSLATE_NOOP("Keys", "Keeping something"),
        tuple(_actions("snapshot", "copy", "record", "log")),
    ),
    KeyGroup("panels", QT_TRANSLATE_NOOP("Keys", "Panels"), tuple(_panels())),
    KeyGroup("site", QT_TRANSLATE_NOOP("Keys", "Site with many cameras"), _SITE),
    KeyGroup("everywhere", QT_TRANSLATE_NOOP("Keys", "Everywhere"), _EVERYWHERE),
    KeyGroup("help", QT_TRANSLATE_NOOP("Keys", "Help"), tuple(_actions("shortcuts", "first_steps", "learn"))),
)
