"""Adds an ONNX file to the catalogue, and asks for what the file does not say of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.cards.card import named_labels
from vision_app.cards.recipes import RECIPE_FIELDS, RECIPES
from vision_app.gui.models.shelf import Shelf, Unsaid
from vision_app.gui.models.trying import TrialPane
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.tasks import TASKS
from vision_app.tasks.layouts import LAYOUTS

_WIDTH_PX = 520
RESIZES = ("crop", "squash", "letterbox-centre", "letterbox-topleft")
ACTIVATIONS = ("softmax", "none", "sigmoid")
LABEL_LISTS = ("imagenet-1k", "coco-80")


class AddDialog(Dialog):
    """Asks for the fields that decide, tries, and says what is still wrong.

    Args:
        shelf: what adds it.
        file: the .onnx file.
        unsaid: what was found when it was tried without being told anything, and the fields that decide.
        parent: Qt's owner.
    """

    added = Signal(str)
    """Name that the model has now."""

    def __init__(
        self,
        shelf: Shelf,
        file: Path,
        unsaid: Unsaid,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        from vision_app.catalogue.place import name_of

        self._shelf, self._file = shelf, file
        self._ask: dict[str, QWidget] = {}
        self._choices: dict[str, tuple[str, ...]] = {}
        self._labels_file = ""
        self.finding = QLabel(self)
        show_plain(self.finding, unsaid.finding.replace(str(file), file.name))
        self.finding.setWordWrap(True)
        self.error = QLabel(self)
        self.error.setWordWrap(True)
        set_kind(self.error, "bad")
        self.error.hide()
        self.name = QLineEdit(name_of(file), self)
        self._form = QFormLayout()
        self._form.setSpacing(SPACE_PX)
        self._form.addRow(self._label(), self.name)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, parent=self)
        self.add_button = QPushButton(self)
        self.add_button.setDefault(True)
        self.buttons.addButton(self.add_button, QDialogButtonBox.ButtonRole.AcceptRole)
        set_kind(self.add_button, "primary")
        self.buttons.accepted.connect(self._try)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * SPACE_PX] * 4)
        column.setSpacing(2 * SPACE_PX)
        column.addWidget(self.finding)
        column.addLayout(self._form)
        self.trial = TrialPane(shelf, file, self.settings, self)
        column.addWidget(self.trial, 1)
        column.addWidget(self.error)
        column.addWidget(self.buttons)
        self.setMinimumWidth(_WIDTH_PX)
        self._add_fields(unsaid)
        self._translate()
        self.trial.look_soon()

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setMinimumHeight(TARGET_PX)
        return label

    def field(self, name: str) -> QWidget | None:
        """The control of a field of a card, None when it is not asked for."""
        return self._ask.get(name)

    def _add_fields(self, unsaid: Unsaid) -> None:
        """Ask for these too."""
        self._choices |= {k: tuple(v) for k, v in unsaid.choices.items()}
        if unsaid.classes:
            fitting = (n for n in LABEL_LISTS if len(named_labels(n)) == unsaid.classes)
            self._choices["labels"] = (*fitting, "")
        for field in unsaid.fields:
            key = "recipe" if field in RECIPE_FIELDS else field
            if key not in self._ask and key != "name":
                control = self._control(key)
                self._ask[key] = control
                self._form.addRow(self._label(), control)
        self._translate()

    def _control(self, field: str) -> QWidget:
        choices: dict[str, Sequence[str]] = {
            "recipe": tuple(RECIPES),
            "input.resize": RESIZES,
            "output.activation": ACTIVATIONS,
            "output.layout": (*LAYOUTS, "classes"),
            "task": tuple(TASKS),
            "labels": (*LABEL_LISTS, ""),
        }
        choices |= self._choices
        if field not in choices:
            line = QLineEdit(self)
            line.textChanged.connect(self._changed)
            return line
        combo = QComboBox(self)
        for value in choices[field]:
            combo.addItem(value, value)
        combo.currentIndexChanged.connect(self._changed)
        if field == "labels":
            combo.activated.connect(self._labels_chosen)
        return combo

    def _labels_chosen(self, _: int) -> None:
        combo = self._ask["labels"]
        if isinstance(combo, QComboBox) and combo.currentData() == "":
            dialog = QFileDialog(self, self.tr("Names of the classes, one a line"), str(self._file.parent))
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters(
                [self.tr("Lists of names (*.txt *.names *.json)"), self.tr("All files (*)")]
            )
            dialog.fileSelected.connect(self.take_labels)
            dialog.open()

    def take_labels(self, path: str) -> None:
        """Take the names of the classes from a file."""
        self._labels_file = path
        combo = self._ask["labels"]
        if isinstance(combo, QComboBox):
            place = combo.findData(path)
            if place < 0:
                combo.insertItem(0, Path(path).name, path)
                place = 0
            combo.setCurrentIndex(place)

    def _changed(self) -> None:
        if hasattr(self, "trial"):
            self.trial.look_soon()

    # trying ----------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """The fields as they were said; names of classes that are in a file are still its path."""
        said: dict[str, Any] = {}
        for field, control in self._ask.items():
            if isinstance(control, QComboBox):
                value = control.currentData()
            else:
                assert isinstance(control, QLineEdit)
                value = control.text().strip()
            if field == "recipe":
                said.update(RECIPES[value])
            elif value != "":
                said[field] = value
        return said

    def _try(self) -> None:
        self._busy(on=True)
        name = self.name.text().strip() or None
        self._shelf.add(self._file, self.settings(), name, self._done, self._failed)

    def _done(self, name: str) -> None:
        self.added.emit(name)
        self.accept()

    def _failed(self, unsaid: Unsaid) -> None:
        self._busy(on=False)
        show_plain(self.error, unsaid.finding)
        self.error.show()
        self._add_fields(unsaid)
        self.adjustSize()

    def _busy(self, *, on: bool) -> None:
        self.add_button.setEnabled(not on)
        self.error.setVisible(not on and bool(self.error.text()))

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Add {file}").format(file=self._file.name))
        self.add_button.setText(self.tr("Add"))
        names = {
            "recipe": self.tr("Pixel values"),
            "input.resize": self.tr("Picture becomes square by"),
            "output.activation": self.tr("Outputs still need"),
            "output.layout": self.tr("Layout of the output"),
            "task": self.tr("What it does"),
            "labels": self.tr("Names of the classes"),
        }
        self._name_row(self.name, self.tr("Name"))
        for field, control in self._ask.items():
            self._name_row(control, names.get(field, field))
        self._name_values()

    def _name_row(self, control: QWidget, text: str) -> None:
        label = self._form.labelForField(control)
        if isinstance(label, QLabel):
            label.setText(text)
        control.setAccessibleName(text)

    def _name_values(self) -> None:
        words: dict[str, str] = {
            "classify": self.tr("one class for the picture"),
            "detect": self.tr("boxes round objects"),
            "segment": self.tr("outlines of objects"),
            "pose": self.tr("keypoints of bodies or faces"),
            "obb": self.tr("turned boxes round objects"),
            "semantic": self.tr("a class for every pixel"),
            "depth": self.tr("the distance of every pixel"),
            "image": self.tr("a picture of the picture"),
            "embed": self.tr("a vector for comparing pictures"),
            "imagenet": self.tr("normalised as ImageNet (most)"),
            "unit": self.tr("0 to 1"),
            "signed": self.tr("-1 to 1"),
            "raw": self.tr("0 to 255"),
            "negative": self.tr("0 to 1, light and dark exchanged"),
            "independent": self.tr("nothing (each class for itself)"),
            "crop": self.tr("cutting out the centre"),
            "squash": self.tr("squashing it"),
            "letterbox-centre": self.tr("borders on both sides"),
            "letterbox-topleft": self.tr("a border right or below"),
            "softmax": self.tr("softmax (raw scores)"),
            "none": self.tr("nothing (probabilities)"),
            "sigmoid": self.tr("sigmoid"),
            "imagenet-1k": self.tr("ImageNet, 1000 classes"),
            "coco-80": self.tr("COCO, 80 classes"),
            "": self.tr("from a file…"),
        }
        for control in self._ask.values():
            if isinstance(control, QComboBox):
                for i in range(control.count()):
                    control.setItemText(i, words.get(control.itemData(i), control.itemText(i)))


def add_file(
    shelf: Shelf, file: Path, parent: QWidget, added: Callable[[str], None], failed: Callable[[str], None]
) -> None:
    """Add a file; where it does not say enough of itself, ask.

    Args:
        shelf: what adds it.
        file: the .onnx file.
        parent: the widget over which is asked.
        added: called with the name of the model.
        failed: called with one line when nothing that could be said would help, and with none when it is asked.
    """

    def ask(unsaid: Unsaid) -> None:
        if not unsaid.fields:
            failed(unsaid.finding)
            return
        failed("")  # nothing has: the dialog asks
        dialog = AddDialog(shelf, file, unsaid, parent)
        dialog.setModal(True)
        dialog.added.connect(added)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    shelf.add(file, None, None, added, ask)
