"""How samples are taken: how many a second, which part of the picture, by countdown, and idle pictures."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)

from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.theme import SPACE_PX, TARGET_PX

RATES_HZ = (2, 5, 10, 20, 30)
_RATE_HZ = 10
CROPS = ("whole", "centre", "box", "region")
_COUNT = 30


class Taking(QWidget):
    """What may be chosen about taking samples."""

    rate_chosen = Signal(float)
    """Samples a second."""
    crop_chosen = Signal(str)
    """One of `CROPS`."""
    turns_wanted = Signal(int)
    """Count down for each class in turn, and take so many samples of it."""
    idle_wanted = Signal(bool)
    """Fill the background class from idle frames, or do no longer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rate, self.crop = QComboBox(self), QComboBox(self)
        for rate in RATES_HZ:
            self.rate.addItem("", rate)
        for crop in CROPS:
            self.crop.addItem("", crop)
        self.rate.setCurrentIndex(RATES_HZ.index(_RATE_HZ))
        self.turns, self.count = QPushButton(self), QSpinBox(self)
        self.count.setRange(1, 1000)
        self.count.setValue(_COUNT)
        self.idle = QCheckBox(self)
        for widget in (self.rate, self.crop, self.turns, self.count, self.idle):
            widget.setMinimumHeight(TARGET_PX)
        set_icon(self.turns, "play")
        turns = QHBoxLayout()
        turns.addWidget(self.turns, 1)
        turns.addWidget(self.count)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, SPACE_PX)
        self._form.addRow("", self.rate)
        self._form.addRow("", self.crop)
        self._form.addRow(turns)
        self._form.addRow(self.idle)
        self.rate.currentIndexChanged.connect(lambda _: self.rate_chosen.emit(float(self.rate.currentData())))
        self.crop.activated.connect(lambda _: self.crop_chosen.emit(self.crop.currentData()))
        self.turns.clicked.connect(lambda: self.turns_wanted.emit(self.count.value()))
        self.idle.toggled.connect(self.idle_wanted)
        self._translate()

    def show_crop(self, kind: str) -> None:
        """Show which part is taken, whoever chose it."""
        self.crop.setCurrentIndex(CROPS.index(kind))

    def show_turns(self, running: bool) -> None:
        """A countdown runs, or none."""
        self.turns.setText(
            self.tr("End the countdown") if running else self.tr("Count down, one class after another")
        )
        set_icon(self.turns, "stop" if running else "play")

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        for i, rate in enumerate(RATES_HZ):
            self.rate.setItemText(i, self.tr("{rate} a second").format(rate=rate))
        words = {
            "whole": self.tr("the whole picture"),
            "centre": self.tr("the square in the middle"),
            "box": self.tr("the largest detected box"),
            "region": self.tr("a region that I draw…"),
        }
        for i, crop in enumerate(CROPS):
            self.crop.setItemText(i, words[crop])
        for widget, text in ((self.rate, self.tr("Take")), (self.crop, self.tr("Of"))):
            label = self._form.labelForField(widget)
            if isinstance(label, QLabel):
                label.setText(text)
        self.rate.setAccessibleName(self.tr("Samples a second"))
        self.crop.setAccessibleName(self.tr("Part of the picture that becomes the sample"))
        self.show_turns(False)
        self.turns.setToolTip(self.tr("For one person alone: each class gets a countdown, then its samples"))
        self.count.setAccessibleName(self.tr("Samples of each class"))
        self.count.setToolTip(self.tr("Samples of each class"))
        self.idle.setText(self.tr("Learn what “none of these” looks like while nothing is held"))
        self.idle.setToolTip(
            self.tr("Takes a picture of the empty scene every two seconds, as a class of its own")
        )
