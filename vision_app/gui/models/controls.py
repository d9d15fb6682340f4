"""Controls of a model's options: a threshold, a labelled row, a number that can be left to the program."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.icons import icon_button, tell
from vision_app.gui.pieces.roomy import keep_room
from vision_app.gui.theme import SPACE_PX

_STEPS = 100
_WHOLE_PX = 96


class Threshold(QWidget):
    """A share from 0 to 1, by slider and by number, with the way back to the model's own."""

    changed = Signal(object)
    """The value, or None for the model's own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = 0.0
        self._is_own = True
        self.label = QLabel(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(1, _STEPS - 1)
        self.slider.setPageStep(5)
        self.number = QDoubleSpinBox(self)
        self.number.setRange(1 / _STEPS, 1 - 1 / _STEPS)
        self.number.setSingleStep(1 / _STEPS)
        self.number.setDecimals(2)
        keep_room(self.number)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.reset = icon_button("undo", self)
        row = QGridLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(SPACE_PX)
        row.setVerticalSpacing(0)
        row.addWidget(self.label, 0, 0, 1, 3)
        row.addWidget(self.slider, 1, 0)
        row.addWidget(self.number, 1, 1)
        row.addWidget(self.reset, 1, 2)
        row.setColumnStretch(0, 1)
        self.slider.valueChanged.connect(lambda value: self._set(value / _STEPS))
        self.number.valueChanged.connect(self._set)
        self.reset.clicked.connect(self._to_own)

    def name(self, text: str, tip: str, reset: str) -> None:
        """Say what it is."""
        self.label.setText(text)
        self.label.setToolTip(tip)
        for widget in (self.slider, self.number):
            widget.setAccessibleName(text)
            widget.setToolTip(tip)
        tell(self.reset, reset)

    def show_value(self, value: float | None, own: float) -> None:
        """Show what is in force; not under the user's hand.

        Args:
            value: what was chosen; None for the model's own.
            own: the model's own.
        """
        self._own, self._is_own = own, value is None
        if not self.slider.isSliderDown() and not self.number.hasFocus():
            self._write(own if value is None else value)
        self.reset.setEnabled(value is not None)

    @property
    def value(self) -> float | None:
        """What is chosen; None for the model's own."""
        return None if self._is_own else self.number.value()

    def _set(self, value: float) -> None:
        self._is_own = False
        self._write(value)
        self.reset.setEnabled(True)
        self.changed.emit(round(value, 2))

    def _to_own(self) -> None:
        self._is_own = True
        self._write(self._own)
        self.reset.setEnabled(False)
        self.changed.emit(None)

    def _write(self, value: float) -> None:
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round(value * _STEPS))
            if abs(self.number.value() - value) > 1e-6:
                self.number.setValue(value)
        self.slider.update()


class Labelled(QWidget):
    """A control with its name over it, and a hint under it when there is one."""

    def __init__(self, control: QWidget, parent: QWidget | None = None, *, beside: bool = False) -> None:
        super().__init__(parent)
        self.control = control
        self.label = QLabel(self)
        self.label.setBuddy(control)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("kind", "quiet")
        self.hint.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        if beside:
            self.label.setWordWrap(True)  # a long name must not take the room of the number
            row = QHBoxLayout()
            row.addWidget(self.label, 1)
            row.addWidget(control)
            column.addLayout(row)
        else:
            column.addWidget(self.label)
            column.addWidget(control)
        column.addWidget(self.hint)

    def name(self, text: str, tip: str = "") -> None:
        """Say what it is."""
        self.label.setText(text)
        self.label.setToolTip(tip)
        self.control.setAccessibleName(text)
        self.control.setToolTip(tip)

    def say(self, hint: str) -> None:
        """Say something under it; nothing when empty."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))


class Whole(QSpinBox):
    """A whole number; the smallest may stand for "as the program thinks best"."""

    def __init__(self, low: int, high: int, step: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setKeyboardTracking(False)
        keep_room(self, least_px=_WHOLE_PX)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def show_value(self, value: int) -> None:
        """Show a value; not under the user's hand."""
        if not self.hasFocus():
            with QSignalBlocker(self):
                self.setValue(value)
