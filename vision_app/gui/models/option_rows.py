"""A row of a panel for one option of a model, made from its row in the table of options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from vision_app.engine.option_kinds import Names, Number, Switch, Text
from vision_app.engine.option_kinds import Whole as WholeNumber
from vision_app.engine.options import Option
from vision_app.gui.models.classes import ClassPicker
from vision_app.gui.models.controls import Labelled, Threshold, Whole
from vision_app.gui.models.facts import class_ids, class_names
from vision_app.gui.pieces.expander import Expander
from vision_app.messages import spoken

_STEP_PX = 32
_MOST_NAMES = 3


class OptionRow(QWidget):
    """Shows the value of one option, and tells what it should be instead.

    Args:
        option: the option.
        parent: Qt's owner.
    """

    wanted = Signal(str, object)
    """Name of the option, and the value that it should have."""

    control: Any
    """The widget that shows the value; each kind of row has its own."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = option

    def _hold(self, content: QWidget) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(content)

    def _want(self, value: Any) -> None:
        self.wanted.emit(self.option.name, value)

    @property
    def title(self) -> str:
        """What it is called, in the language of the window."""
        return self.option.title[spoken()]

    @property
    def tip(self) -> str:
        """What it does, in the language of the window."""
        text = self.option.help[spoken()]
        return text[:1].upper() + text[1:]

    def show_value(self, value: Any) -> None:
        """Show what is in force."""
        raise NotImplementedError

    def translate(self) -> None:
        """Speak the language of the window."""
        raise NotImplementedError


class ShareRow(OptionRow):
    """A threshold, with the way back to the model's own."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self.own = 0.0
        self.control = Threshold(self)
        self.control.changed.connect(self._want)
        self._hold(self.control)
        self.translate()

    def show_value(self, value: Any) -> None:
        """Show a threshold; the model's own when None."""
        self.control.show_value(value, self.own)

    def translate(self) -> None:
        """Speak the language of the window."""
        self.control.name(self.title, self.tip, self.tr("Back to the model's own value"))


class WholeRow(OptionRow):
    """A whole number; 0 may leave it to the program."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        kind = option.kind
        assert isinstance(kind, WholeNumber)
        step = _STEP_PX if option.unit == "px" else 1
        self.control = Whole(0 if kind.auto else kind.low, kind.high, step)
        self.control.valueChanged.connect(self._want)
        self._labelled = Labelled(self.control, self, beside=True)
        self._hold(self._labelled)
        self.translate()

    def show_value(self, value: Any) -> None:
        """Show a number."""
        self.control.show_value(value)

    def translate(self) -> None:
        """Speak the language of the window."""
        self._labelled.name(self.title, self.tip)
        if self.option.unit == "px":
            self.control.setSuffix(self.tr(" px"))
        if self.control.minimum() == 0:
            self.control.setSpecialValueText(self.tr("automatic"))


class SwitchRow(OptionRow):
    """A box to tick."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self.control = QCheckBox(self)
        self.control.clicked.connect(self._want)
        self._labelled = Labelled(self.control, self)
        self._labelled.label.hide()
        self._hold(self._labelled)
        self.translate()

    def show_value(self, value: Any) -> None:
        """Ticked or not."""
        self.control.setChecked(value)

    def translate(self) -> None:
        """Speak the language of the window."""
        self.control.setText(self.title)
        self._labelled.name("", self.tip)
        self.control.setAccessibleName(self.title)


class ChoiceRow(OptionRow):
    """One of some values; one that is not among them is added."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self.choices: list[tuple[str, Any]] = []
        self.control = QComboBox(self)
        self.control.activated.connect(lambda _: self._want(self.control.currentData()))
        self._labelled = Labelled(self.control, self)
        self._hold(self._labelled)
        self.translate()

    def offer(self, choices: Sequence[tuple[str, Any]], chosen: Any, chosen_text: str) -> None:
        """Let it hold these texts and values, with one chosen; it is added when it is not among them."""
        rows = list(choices)
        if all(value != chosen for _, value in rows):
            rows.append((chosen_text, chosen))
        with QSignalBlocker(self.control):
            held = [(self.control.itemText(i), self.control.itemData(i)) for i in range(self.control.count())]
            if held != rows:
                self.control.clear()
                for text, value in rows:
                    self.control.addItem(text, value)
            self.control.setCurrentIndex(next(i for i, (_, value) in enumerate(rows) if value == chosen))

    def show_value(self, value: Any) -> None:
        """The owner offers the choices: see `offer`."""

    def translate(self) -> None:
        """Speak the language of the window."""
        self._labelled.name(self.title, self.tip)


class TextRow(OptionRow):
    """A text, or none."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self.control = QLineEdit(self)
        self.control.setClearButtonEnabled(True)
        self.control.editingFinished.connect(self._take)
        self._labelled = Labelled(self.control, self)
        self._hold(self._labelled)
        self.translate()

    def _take(self) -> None:
        self._want(self.control.text().strip() or self.option.default)

    def show_value(self, value: Any) -> None:
        """Show a text; not under the user's hand."""
        if not self.control.hasFocus():
            self.control.setText(value or "")

    def translate(self) -> None:
        """Speak the language of the window."""
        self._labelled.name(self.title, self.tip)


class ClassesRow(OptionRow):
    """A list of classes to tick, folded away under a heading that names those that are ticked."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._labels: tuple[str, ...] = ()
        self._names: Mapping[str, str] = {}
        self.control = ClassPicker(self)
        self.control.changed.connect(lambda ids: self._want(class_names(self._labels, ids)))
        self.fold = Expander(self.control, self)
        self._hold(self.fold)

    def set_labels(self, labels: tuple[str, ...], names: Mapping[str, str]) -> None:
        """Of which classes: those of another model, perhaps.

        Args:
            labels: the model's own names.
            names: label to its name in the language of the window.
        """
        self._labels, self._names = labels, names

    def show_value(self, value: Any) -> None:
        """Tick these; none stands for all."""
        ids = class_ids(self._labels, value)
        self.control.show_classes(self._labels, self._names, ids)
        if not ids:
            self.fold.set_title(self.tr("Classes: all"))
            return
        names = [self.control.model.name(i) for i in sorted(ids)]
        more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
        self.fold.set_title(self.tr("Classes: {names}").format(names=", ".join(names[:_MOST_NAMES]) + more))

    def translate(self) -> None:
        """Its words come with the value."""


def make_row(option: Option, parent: QWidget | None = None) -> OptionRow:
    """The row for an option, by the kind of its values."""
    if isinstance(option.kind, Number):
        return ShareRow(option, parent)
    if isinstance(option.kind, WholeNumber):
        return WholeRow(option, parent)
    if isinstance(option.kind, Switch):
        return SwitchRow(option, parent)
    if isinstance(option.kind, Names):
        return ClassesRow(option, parent)
    if isinstance(option.kind, Text) and not option.offers:
        return TextRow(option, parent)
    return ChoiceRow(option, parent)
