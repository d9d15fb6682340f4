"""How a model is trained, for those who want to say: head, views, epochs, patience, unfreezing."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QPushButton, QSpinBox, QWidget

from vision_app.cards.parts import FITS
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.theme import SPACE_PX
from vision_app.learn.options import HeadKind, TrainingOptions


class TrainSettings(QWidget):
    """The fields; each has a tip that says what it does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fit, self.head, self.views = QComboBox(self), QComboBox(self), QComboBox(self)
        for fit in (None, *FITS):
            self.fit.addItem("", fit)
        for kind in ("linear", "mlp"):
            self.head.addItem("", kind)
        for count in (1, 2, 4, 8):
            self.views.addItem("", count)
        for box in (self.fit, self.head, self.views):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.epochs, self.patience, self.unfreeze = QSpinBox(self), QSpinBox(self), QSpinBox(self)
        self.epochs.setRange(1, 10_000)
        self.epochs.setValue(100)
        self.patience.setRange(1, 10_000)
        self.patience.setValue(8)
        self.unfreeze.setRange(0, 8)
        self.flip = QCheckBox(self)
        self.flip.setChecked(True)
        self.preview = QPushButton(self)
        set_icon(self.preview, "eye")
        self.why_not = QLabel(self)
        self.why_not.setWordWrap(True)
        self.why_not.setProperty("kind", "quiet")
        form = QFormLayout(self)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACE_PX)
        self._words = [QLabel(self) for _ in range(6)]
        fields = (self.fit, self.head, self.views, self.epochs, self.patience, self.unfreeze)
        for word, field in zip(self._words, fields, strict=True):
            word.setBuddy(field)
            form.addRow(word, field)
        form.addRow(self.flip)
        form.addRow(self.preview)
        form.addRow(self.why_not)
        self._unfreezing = (False, True)
        self._translate()

    def options(self, *, unfreeze: bool) -> TrainingOptions:
        """What they say.

        Args:
            unfreeze: whether the field for unfreezing counts.
        """
        head: HeadKind = self.head.currentData()
        return TrainingOptions(
            head=head,
            views=int(self.views.currentData()),
            epochs=self.epochs.value(),
            patience=self.patience.value(),
            flip=self.flip.isChecked(),
            unfreeze=self.unfreeze.value() if unfreeze else 0,
            fit=self.fit.currentData(),
        )

    def offer_unfreezing(self, *, can: bool, possible: bool) -> None:
        """Let the last blocks be unfrozen, or say why not.

        Args:
            can: whether it is offered.
            possible: whether it could be done here at all.
        """
        self._unfreezing = can, possible
        self.unfreeze.setEnabled(can)
        if can:
            text = ""
        elif not possible:
            text = self.tr("Unfreezing needs PyTorch: pip install 'vision-app[train]'")
        else:
            text = self.tr("Unfreezing is offered after a training whose result is not perfect.")
        self.why_not.setText(text)
        self.why_not.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = (
            self.tr("Fit of the picture"),
            self.tr("Head"),
            self.tr("Views of each sample"),
            self.tr("Epochs at most"),
            self.tr("Patience, epochs"),
            self.tr("Unfreeze last blocks"),
        )
        for label, word in zip(self._words, words, strict=True):
            label.setText(word)
        fits = (
            self.tr("As the base does"),
            self.tr("Crop: cut the longer side off"),
            self.tr("Squash: ignore the aspect"),
            self.tr("Letterbox: keep all, with borders"),
        )
        for i, fit in enumerate(fits):
            self.fit.setItemText(i, fit)
        tips = (
            (self.fit, self.tr("What of a picture the model sees; what it does not is shaded")),
            (
                self.head,
                self.tr("One layer suits few samples; a hidden layer tells apart what one layer cannot"),
            ),
            (
                self.views,
                self.tr("Versions of each sample, shifted, turned and lit a little differently; slower"),
            ),
            (self.epochs, self.tr("An epoch is one pass over all samples; it stops earlier by itself")),
            (self.patience, self.tr("It stops after so many epochs without a better one")),
            (
                self.unfreeze,
                self.tr("Layers of the base that are trained too, the last ones first; takes minutes"),
            ),
            (self.flip, self.tr("Not for what differs by left and right, such as arrows, letters and hands")),
            (self.preview, self.tr("What the training makes of your samples")),
        )
        for field, tip in tips:
            field.setToolTip(tip)
        self.head.setItemText(0, self.tr("Linear"))
        self.head.setItemText(1, self.tr("One hidden layer"))
        for i in range(self.views.count()):
            count = int(self.views.itemData(i))
            self.views.setItemText(
                i, self.tr("As it is") if count == 1 else self.tr("{count} views").format(count=count)
            )
        self.flip.setText(self.tr("Views may be mirrored"))
        self.preview.setText(self.tr("Look at the views…"))
        can, possible = self._unfreezing
        self.offer_unfreezing(can=can, possible=possible)
