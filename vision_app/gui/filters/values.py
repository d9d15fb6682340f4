"""Sliders, lists and fields for the values of an operation: one kind of row for each kind of parameter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vision_app.filters.parameters import (
    BadValueError,
    Choice,
    Corners,
    Matrix,
    Parameter,
    PictureFile,
    Real,
    Switch,
    Value,
    Whole,
)
from vision_app.filters.words import Words
from vision_app.gui.pieces.roomy import keep_room
from vision_app.gui.pieces.texts import ElidedLabel, set_kind
from vision_app.gui.pieces.wrapping import WrapRow
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import spoken

_PLACES = 1000
_FIELD_PX = 84
"""Fields of small numbers are that wide, so that they stand in a column."""
KERNELS = (
    (Words("Sharpen", "선명하게"), "0 -1 0; -1 5 -1; 0 -1 0"),
    (Words("Blur", "흐림"), "0.1111 0.1111 0.1111; 0.1111 0.1111 0.1111; 0.1111 0.1111 0.1111"),
    (Words("Edges across", "세로 에지"), "1 0 -1; 2 0 -2; 1 0 -1"),
    (Words("Edges down", "가로 에지"), "1 2 1; 0 0 0; -1 -2 -1"),
    (Words("All edges", "모든 에지"), "-1 -1 -1; -1 8 -1; -1 -1 -1"),
    (Words("Relief (add 128)", "돋을새김(128을 더함)"), "-2 -1 0; -1 0 1; 0 1 2"),
)


class ValueRow(QWidget):
    """Shows one value, and tells which it should be instead.

    Args:
        parameter: whose value it is.
        parent: Qt's owner.
    """

    wanted = Signal(str, object)
    """Name of the parameter and the value that it should have."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter

    @property
    def title(self) -> str:
        """What the parameter is called, with its unit."""
        unit = f" ({self.parameter.unit})" if self.parameter.unit else ""
        return self.parameter.words.of(spoken()) + unit

    def want(self, value: Any) -> None:
        """Ask for a value."""
        self.wanted.emit(self.parameter.name, value)

    def show_value(self, value: Value) -> None:
        """Show what is in force."""
        raise NotImplementedError

    def translate(self) -> None:
        """Speak the language of the window."""
        raise NotImplementedError


class NumberRow(ValueRow):
    """A slider, and a field for the exact number."""

    def __init__(self, parameter: Whole | Real, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self._number = parameter
        self.label = QLabel(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.field: QSpinBox | QDoubleSpinBox
        if isinstance(parameter, Whole):
            self._step: float = 2 if parameter.odd else 1
            field = QSpinBox(self)
            field.setRange(parameter.low, parameter.high)
            field.setSingleStep(int(self._step))
            self.field = field
        else:
            self._step = parameter.step
            precise = QDoubleSpinBox(self)
            precise.setDecimals(3 if parameter.step < 0.01 else 2)
            precise.setRange(parameter.low, parameter.high)
            precise.setSingleStep(parameter.step)
            self.field = precise
        self.field.setKeyboardTracking(False)
        keep_room(self.field, least_px=_FIELD_PX)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slider.setRange(0, round((parameter.high - parameter.low) / self._step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.label, 0, 0, 1, 2)
        grid.addWidget(self.slider, 1, 0)
        grid.addWidget(self.field, 1, 1)
        grid.setHorizontalSpacing(SPACE_PX)
        self.slider.valueChanged.connect(lambda place: self.want(self._at(place)))
        self.field.valueChanged.connect(lambda value: self.want(self._near(value)))
        self.translate()

    def _at(self, place: int) -> float:
        value = min(self._number.low + place * self._step, self._number.high)
        return int(value) if isinstance(self._number, Whole) else round(value, 6)

    def _near(self, value: float) -> float:
        if isinstance(self._number, Whole):
            return int(value) + (1 if self._number.odd and int(value) % 2 == 0 else 0)
        return round(value, 6)

    def show_value(self, value: Value) -> None:
        """Show a number."""
        assert isinstance(value, int | float)
        with QSignalBlocker(self.slider), QSignalBlocker(self.field):
            self.slider.setValue(round((value - self._number.low) / self._step))
            self.field.setValue(value)  # type: ignore[arg-type]  # each field has its own kind of number

    def translate(self) -> None:
        """Speak the language of the window."""
        self.label.setText(self.title)
        self.slider.setAccessibleName(self.title)
        self.field.setAccessibleName(self.title)
        for widget in (self.slider, self.field):
            widget.setToolTip(
                self.tr("{low} to {high}").format(low=f"{self._number.low:g}", high=f"{self._number.high:g}")
            )


class ChoiceRow(ValueRow):
    """A list of words."""

    def __init__(self, parameter: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self._choice = parameter
        self.label = QLabel(self)
        self.list = QComboBox(self)
        for name, _ in parameter.options:
            self.list.addItem("", name)
        self.list.activated.connect(lambda _: self.want(self.list.currentData()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        column.addWidget(self.label)
        column.addWidget(self.list)
        self.translate()

    def show_value(self, value: Value) -> None:
        """Show a word."""
        self.list.setCurrentIndex(self.list.findData(value))

    def translate(self) -> None:
        """Speak the language of the window."""
        self.label.setText(self.title)
        self.list.setAccessibleName(self.title)
        for i, (_, words) in enumerate(self._choice.options):
            self.list.setItemText(i, words.of(spoken()))


class SwitchRow(ValueRow):
    """A box to tick."""

    def __init__(self, parameter: Switch, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.box = QCheckBox(self)
        self.box.clicked.connect(self.want)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        self.translate()

    def show_value(self, value: Value) -> None:
        """Ticked or not."""
        self.box.setChecked(bool(value))

    def translate(self) -> None:
        """Speak the language of the window."""
        self.box.setText(self.title)


class MatrixRow(ValueRow):
    """A field for rows of numbers, and some to begin with."""

    def __init__(self, parameter: Matrix, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.label = QLabel(self)
        self.field = QLineEdit(self)
        self.presets = QComboBox(self)
        for _, numbers in KERNELS:
            self.presets.addItem("", numbers)
        self.wrong = QLabel(self)
        self.wrong.setWordWrap(True)
        set_kind(self.wrong, "bad")
        self.wrong.hide()
        self.field.editingFinished.connect(self._entered)
        self.presets.activated.connect(lambda _: self.want(self.presets.currentData()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        for widget in (self.label, self.presets, self.field, self.wrong):
            column.addWidget(widget)
        self.translate()

    def _entered(self) -> None:
        try:
            value = self.parameter.parse(self.field.text())
        except BadValueError:
            words = self.tr(
                "Write rows of numbers, semicolons between rows: as many rows as columns, 1, 3, 5 … 31."
            )
            self.wrong.setText(words)
            self.wrong.show()
            return
        self.wrong.hide()
        self.want(value)

    def show_value(self, value: Value) -> None:
        """Show the rows."""
        text = self.parameter.format(value)
        self.wrong.hide()
        if not self.field.hasFocus() or self.parameter.format(value) != self.field.text():
            self.field.setText(text)
        found = self.presets.findData(text)
        self.presets.setCurrentIndex(found)

    def translate(self) -> None:
        """Speak the language of the window."""
        self.label.setText(self.title)
        self.field.setAccessibleName(self.title)
        self.presets.setPlaceholderText(self.tr("My own"))
        self.presets.setAccessibleName(self.tr("Kernels to begin with"))
        for i, (words, _) in enumerate(KERNELS):
            self.presets.setItemText(i, words.of(spoken()))


class CornersRow(ValueRow):
    """Four points, dragged on the picture."""

    drag_wanted = Signal(bool)
    """Show the points on the picture, or no more."""

    def __init__(self, parameter: Corners, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.drag = QPushButton(self)
        self.drag.setCheckable(True)
        self.back = QPushButton(self)
        self.back.setProperty("kind", "quiet")
        self.drag.toggled.connect(self.drag_wanted)
        self.back.clicked.connect(lambda: self.want(parameter.default))
        row = WrapRow()
        self.setLayout(row)
        row.add(self.drag)
        row.add(self.back)
        self.translate()

    def show_value(self, value: Value) -> None:
        """The points are on the picture."""
        self.back.setEnabled(value != self.parameter.default)

    def translate(self) -> None:
        """Speak the language of the window."""
        self.drag.setText(self.tr("Drag the corners on the picture"))
        self.back.setText(self.tr("Reset"))


class PictureRow(ValueRow):
    """A picture from a file, or the live picture as it is now."""

    hold_wanted = Signal(str)
    """Hold the live picture for the parameter of that name."""

    def __init__(self, parameter: PictureFile, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self._path = ""
        self.label = QLabel(self)
        self.name = ElidedLabel(parent=self, kind="quiet", mode=Qt.TextElideMode.ElideMiddle)
        self.hold, self.choose, self.none = QPushButton(self), QPushButton(self), QPushButton(self)
        self.none.setProperty("kind", "quiet")
        self.hold.clicked.connect(lambda: self.hold_wanted.emit(parameter.name))
        self.choose.clicked.connect(self._ask)
        self.none.clicked.connect(lambda: self.want(""))
        row = WrapRow()
        for button in (self.hold, self.choose, self.none):
            row.add(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        column.addWidget(self.label)
        column.addWidget(self.name)
        column.addLayout(row)
        self.translate()

    def _ask(self) -> None:
        dialog = QFileDialog(
            self, self.tr("Choose a picture"), str(Path(self._path).parent) if self._path else ""
        )
        dialog.setNameFilter(
            self.tr("Pictures ({patterns})").format(patterns="*.png *.jpg *.jpeg *.bmp *.webp *.tif")
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.want)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_value(self, value: Value) -> None:
        """Show the name of the file."""
        self._path = str(value)
        self.none.setVisible(bool(value))
        self.translate()

    def translate(self) -> None:
        """Speak the language of the window."""
        self.label.setText(self.title)
        self.hold.setText(self.tr("Hold this picture"))
        self.choose.setText(self.tr("Choose…"))
        self.none.setText(self.tr("None"))
        self.name.setText(Path(self._path).name if self._path else self.tr("none yet"))


def make_row(parameter: Parameter, parent: QWidget | None = None) -> ValueRow:
    """The row for a parameter, by its kind."""
    if isinstance(parameter, Whole | Real):
        return NumberRow(parameter, parent)
    if isinstance(parameter, Choice):
        return ChoiceRow(parameter, parent)
    if isinstance(parameter, Switch):
        return SwitchRow(parameter, parent)
    if isinstance(parameter, Matrix):
        return MatrixRow(parameter, parent)
    if isinstance(parameter, Corners):
        return CornersRow(parameter, parent)
    assert isinstance(parameter, PictureFile)
    return PictureRow(parameter, parent)
