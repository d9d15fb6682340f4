"""What the training page asks about movements: what is learnt from them, and which head learns."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QPushButton, QWidget

from vision_app.gui.theme import SPACE_PX
from vision_app.samples.store import SampleStore
from vision_app.sequences.features import FEATURE_SETS
from vision_app.temporal.options import TemporalOptions

HEADS = ("gru", "lstm", "cnn", "transformer", "mlp")


class MovementTraining(QWidget):
    """Is seen while the store has movements; says whether they are what is trained on."""

    changed = Signal()
    """Pictures or movements were chosen."""
    compare_wanted = Signal()
    """All heads are to be seen side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what, self.features, self.head = QComboBox(self), QComboBox(self), QComboBox(self)
        for kind in ("pictures", "movements"):
            self.what.addItem("", kind)
        for features in FEATURE_SETS:
            self.features.addItem("", features)
        for head in HEADS:
            self.head.addItem("", head)
        form = QFormLayout(self)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACE_PX)
        self._form = form
        self._words = [QLabel(self) for _ in range(3)]
        for word, field in zip(self._words, (self.what, self.features, self.head), strict=True):
            word.setBuddy(field)
            form.addRow(word, field)
        self.compare = QPushButton(self)
        form.addRow(self.compare)
        self.compare.clicked.connect(self.compare_wanted)
        self.what.currentIndexChanged.connect(lambda _: self._show())
        self._translate()
        self.show_store(None)

    @property
    def active(self) -> bool:
        """Whether movements are what is trained on."""
        return not self.isHidden() and self.what.currentData() == "movements"

    def show_store(self, store: SampleStore | None) -> None:
        """Show what can be learnt from."""
        classes = () if store is None else store.classes
        moving = [c for c in classes if c.movement]
        was = self.isHidden()
        self.setVisible(bool(moving))
        if was and moving and len(moving) == len(classes):
            self.what.setCurrentIndex(1)
        self._show()

    def _show(self) -> None:
        for row in (1, 2, 3):
            self._form.setRowVisible(row, self.what.currentData() == "movements")
        self.changed.emit()

    def options(self) -> TemporalOptions:
        """How a head over time is trained."""
        return TemporalOptions(head=self.head.currentData())

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        for label, words in zip(
            self._words, (self.tr("Learn from"), self.tr("Features"), self.tr("Head")), strict=True
        ):
            label.setText(words)
        self.what.setItemText(0, self.tr("Pictures"))
        self.what.setItemText(1, self.tr("Movements"))
        for i, words in enumerate((self.tr("Hands"), self.tr("Body"), self.tr("Hands and body"))):
            self.features.setItemText(i, words)
        heads = (
            self.tr("GRU: remembers, a step a frame"),
            self.tr("LSTM: remembers longer"),
            self.tr("CNN: looks at short stretches"),
            self.tr("Transformer: each moment asks all others"),
            self.tr("MLP: the mean of all moments"),
        )
        for i, words in enumerate(heads):
            self.head.setItemText(i, words)
        self.compare.setText(self.tr("Compare all heads…"))
        self.compare.setToolTip(self.tr("Trains every head on the same movements: a table and a plot"))
        self.features.setToolTip(self.tr("What of a person the model sees; it must have been recorded"))
        for box in (self.what, self.features, self.head):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
