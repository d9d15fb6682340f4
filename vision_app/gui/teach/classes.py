"""The classes of a store: one row each, with a button to hold while samples are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.pieces.texts import ElidedLabel
from vision_app.gui.teach.class_looks import ClassLook, Strip
from vision_app.gui.teach.mime import MIME_TYPE, sample_ids
from vision_app.gui.teach.ready import FEW, GOOD
from vision_app.gui.theme import SPACE_PX, TARGET_PX, theme
from vision_app.samples.labels import BACKGROUND_LABEL
from vision_app.samples.sample import SampleClass
from vision_app.samples.variety import Variety

COLOURS = ("#2f7ded", "#e0503a", "#22a06b", "#b45fd0", "#d98a00", "#0aa2b5", "#d6478f", "#7a8b1f", "#8a6d4f")
_BAR_PX = 4
KEYS = 9


def colour_of(index: int) -> str:
    """The colour of a class by its place."""
    return COLOURS[index % len(COLOURS)]


class _Balance(QWidget):
    """How many samples a class has, beside the largest one."""

    def __init__(self, colour: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._colour = colour
        self._share = 0.0
        self.setFixedHeight(_BAR_PX)

    def show_share(self, share: float) -> None:
        """From 0 to 1."""
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        half = _BAR_PX / 2
        painter.setBrush(QColor(theme().colours.pressed))
        painter.drawRoundedRect(QRectF(self.rect()), half, half)
        painter.setBrush(QColor(self._colour))
        painter.drawRoundedRect(QRectF(0, 0, self._share * self.width(), _BAR_PX), half, half)
        painter.end()


class ClassRow(QFrame):
    """One class: its name, how much there is of it, and a button to hold."""

    held = Signal(str)
    """Take samples of this class from now on."""
    released = Signal()
    """Take no more."""
    wanted = Signal(str, str, object)
    """What to do, with which class, and what else it needs: rename, merge, delete, background, show."""
    dropped = Signal(str, object)
    """These samples are of this class: label and ids."""

    def __init__(self, index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.index = index
        self._class = SampleClass("", "", 0, False)
        self._others: tuple[str, ...] = ()
        self.name = ElidedLabel(parent=self, kind="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.count = QLabel(self)
        self.count.setProperty("kind", "quiet")
        self.balance = _Balance(colour_of(index), self)
        self.enough = QLabel(self)
        self.enough.setProperty("kind", "quiet")
        self.enough.setWordWrap(True)
        self.strip = Strip(self)
        self._variety: Variety | None = None
        self.hold = QPushButton(self)
        self.hold.setMinimumSize(2 * TARGET_PX, TARGET_PX)
        self.hold.setAutoRepeat(False)
        set_icon(self.hold, "record", colour="bad")
        self.menu_button: QToolButton = icon_button("more", self)
        self._lay_out()
        self.hold.pressed.connect(lambda: self.held.emit(self._class.label))
        self.hold.released.connect(self.released)
        self.menu_button.clicked.connect(self._open_menu)
        self.strip.clicked.connect(lambda: self._want("show"))

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(SPACE_PX)
        first.addWidget(self.name, 1)
        first.addWidget(self.count)
        first.addWidget(self.hold)
        first.addWidget(self.menu_button)
        second.setSpacing(SPACE_PX)
        second.addWidget(self.strip)
        second.addWidget(self.enough, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX // 2, SPACE_PX // 2, SPACE_PX // 2)
        column.setSpacing(SPACE_PX // 2)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.balance)

    @property
    def label(self) -> str:
        """The class."""
        return self._class.label

    def show_class(self, of: SampleClass, most: int, others: Sequence[str]) -> None:
        """Show how the class stands."""
        if of.label != self._class.label:  # the row is about another class now
            self.show_look(None)
        self._class, self._others = of, tuple(others)
        name = of.label
        if of.background and of.movement:
            name = self.tr("{name} (between)").format(name=of.label)
        elif of.background and of.label == BACKGROUND_LABEL:
            name = self.tr("none of these")
        self.name.setText(name)
        self.count.setText(f"{of.count}")
        self.balance.show_share(of.count / most if most else 0.0)
        self.enough.setText(self._enough(of.count))
        self.strip.setToolTip(self.tr("The newest samples; a click shows all of them"))
        self.strip.setAccessibleName(self.tr("The newest samples of {name}").format(name=name))
        self.enough.setVisible(not of.movement)
        words = self.tr("Class {name}, {count} samples")
        if of.movement:
            words = self.tr("Class {name}, {count} movements")
        self.setAccessibleName(words.format(name=name, count=of.count))
        key = f" [{self.index + 1}]" if self.index < KEYS else ""
        self.hold.setText(self.tr("Hold") + key)
        self.hold.setAccessibleName(self.tr("Hold to take samples of {name}").format(name=name))
        if of.movement:
            set_icon(self.hold, "play", colour="bad")
            words = self.tr("Hold this button, or the key {key}, while you make the movement once")
            self.hold.setToolTip(words.format(key=self.index + 1))
            self.hold.setAccessibleName(self.tr("Hold while you make the movement {name}").format(name=name))
            tell(self.menu_button, self.tr("More for {name}").format(name=name))
            return
        set_icon(self.hold, "record", colour="bad")
        self.hold.setToolTip(
            self.tr("Hold this button, or the key {key}, to take samples").format(key=self.index + 1)
            if self.index < KEYS
            else self.tr("Hold this button to take samples")
        )
        tell(self.menu_button, self.tr("More for {name}").format(name=name))

    def show_look(self, look: ClassLook | None) -> None:
        """Show what its samples look like; None while nobody has looked."""
        self.strip.show_pictures(() if look is None else look.pictures)
        self._variety = None if look is None else look.variety
        self.enough.setText(self._enough(self._class.count))

    def _enough(self, count: int) -> str:
        variety = self._variety
        if variety is not None and variety.too_alike and count >= FEW:
            words = self.tr(
                "too alike: {looks} of {count} look different; move it, turn it, change the light"
            )
            return words.format(looks=variety.looks, count=variety.count)
        if count >= GOOD:
            return self.tr("enough")
        if count >= FEW:
            return self.tr("will do; {count} are good").format(count=GOOD)
        return self.tr("too few; {count} are good").format(count=GOOD)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Show samples"), lambda: self._want("show"))
        menu.addAction(self.tr("Rename…"), self._ask_name)
        into = menu.addMenu(self.tr("Merge into"))
        for other in self._others:
            into.addAction(other.replace("&", "&&"), partial(self._want, "merge", other))
        into.setEnabled(bool(self._others))
        background = menu.addAction(
            self.tr("Lies between movements") if self._class.movement else self.tr("Means “none of these”")
        )
        background.setCheckable(True)
        background.setChecked(self._class.background)
        background.triggered.connect(lambda on: self._want("background", bool(on)))
        menu.addSeparator()
        menu.addAction(self.tr("Delete class"), lambda: self._want("delete"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    def _want(self, what: str, more: object = None) -> None:
        self.wanted.emit(what, self._class.label, more)

    def _ask_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Rename class"))
        dialog.setLabelText(self.tr("New name:"))
        dialog.setTextValue(self._class.label)
        dialog.textValueSelected.connect(lambda text: self._want("rename", text))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Samples may be dropped here."""
        if event.mimeData().hasFormat(MIME_TYPE):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """They are of this class now."""
        ids = sample_ids(event.mimeData())
        if ids:
            event.acceptProposedAction()
            self.dropped.emit(self._class.label, ids)


class _NameField(QLineEdit):
    """Takes the name of a class. Just after one was made, the keys 1 to 9 take samples instead of being typed.

    Args:
        label_of_key: the class of a digit; None for none.
        parent: Qt's owner.
    """

    def __init__(self, label_of_key: Callable[[int], str | None], parent: QWidget) -> None:
        super().__init__(parent)
        self._label_of_key = label_of_key
        self._just_made = False
        self.textEdited.connect(self._typing)

    def made(self) -> None:
        """A class was made of what was typed."""
        self.clear()
        self._just_made = True

    def _typing(self) -> None:
        self._just_made = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes back wants to type."""
        self._typing()
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Somebody wants to type."""
        self._typing()
        super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave the digits of classes to their keys."""
        if event.type() == QEvent.Type.ShortcutOverride and self._just_made and isinstance(event, QKeyEvent):
            digit = event.text()
            if len(digit) == 1 and digit in "123456789" and self._label_of_key(int(digit)) is not None:
                event.ignore()
                return False
        return super().event(event)


class ClassList(QWidget):
    """All classes, and a line to make another."""

    added = Signal(str, bool)
    """A class of this name is wanted, and whether its samples are movements."""
    held = Signal(str)
    """Take samples of this class."""
    released = Signal()
    """Take no more."""
    wanted = Signal(str, str, object)
    """See `ClassRow.wanted`."""
    dropped = Signal(str, object)
    """See `ClassRow.dropped`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[ClassRow] = []
        self.name = _NameField(self.label_of_key, self)
        self.name.setMinimumHeight(TARGET_PX)
        self.name.setMaxLength(300)
        self.add = QPushButton(self)
        set_icon(self.add, "add")
        self._column = QVBoxLayout()
        self._column.setSpacing(SPACE_PX // 2)
        line = QHBoxLayout()
        line.addWidget(self.name, 1)
        line.addWidget(self.add)
        self.movement = QCheckBox(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(self._column)
        outer.addLayout(line)
        outer.addWidget(self.movement)
        self.add.clicked.connect(self._add)
        self.name.returnPressed.connect(self._add)
        self.name.textChanged.connect(lambda text: self.add.setEnabled(bool(text.strip())))
        self.add.setEnabled(False)
        self._translate()

    def _translate(self) -> None:
        self.name.setPlaceholderText(self.tr("Name of a class, such as cup"))
        self.name.setAccessibleName(self.tr("Name of a new class"))
        self.add.setText(self.tr("Add class"))
        self.movement.setText(self.tr("It is a movement"))
        self.movement.setToolTip(self.tr("Its samples are movements over time, such as waving, not pictures"))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _add(self) -> None:
        text = self.name.text().strip()
        if text:
            self.added.emit(text, self.movement.isChecked())
            self.name.made()

    def show_classes(self, classes: Sequence[SampleClass]) -> None:
        """Show them; rows are kept, so that a button that is held stays held."""
        while len(self.rows) < len(classes):
            row = ClassRow(len(self.rows), self)
            row.held.connect(self.held)
            row.released.connect(self.released)
            row.wanted.connect(self.wanted)
            row.dropped.connect(self.dropped)
            self.rows.append(row)
            self._column.addWidget(row)
        while len(self.rows) > len(classes):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        most = max((c.count for c in classes), default=0)
        for row, of in zip(self.rows, classes, strict=True):
            others = [c.label for c in classes if c.label != of.label and c.movement == of.movement]
            row.show_class(of, most, others)

    def show_looks(self, looks: Mapping[str, ClassLook]) -> None:
        """Show what the samples of the classes look like, by their labels."""
        for row in self.rows:
            row.show_look(looks.get(row.label))

    def label_of_key(self, number: int) -> str | None:
        """The class of a digit key, from 1."""
        return self.rows[number - 1].label if 1 <= number <= len(self.rows) else None
