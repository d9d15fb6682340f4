"""The part of the teach panel that trains: name, base, settings, the steps, the curves, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vision_app.catalogue import DEFAULT_MODEL
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.teach.steps import Steps
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.learn.options import TrainingOptions, TrainingProgress, TrainingResult

_DEFAULTS = TrainingOptions()
_MOST_BLOCKS = 4


def slug(name: str) -> str:
    """A name of a model, from what a user typed.

    >>> slug(" My Cups! ")
    'my-cups'
    """
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name.strip().lower())
    while "--" in kept:
        kept = kept.replace("--", "-")
    return kept.strip("-._")[:80]


class TrainBox(QWidget):
    """Starts a training and shows how it goes."""

    wanted = Signal(str, str, object)
    """Base, name and `TrainingOptions` of the training that is wanted."""
    stop_wanted = Signal()
    cancel_wanted = Signal()
    base_chosen = Signal(str)
    """The network that will be the base."""
    judge_wanted = Signal(str)
    """Name of the model that is to be evaluated."""
    versions_wanted = Signal(str)
    """Name of the model whose versions are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: TrainingResult | None = None
        self._running = False
        self._can_train = False
        self.name, self.base = QLineEdit(self), QComboBox(self)
        self.base.addItem(DEFAULT_MODEL)
        self.start = QPushButton(self)
        self.start.setProperty("kind", "primary")
        self.stop, self.cancel = QPushButton(self), QPushButton(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.left = QLabel(self)
        self.left.setProperty("kind", "quiet")
        self.steps = Steps(self)
        self.why_not = QLabel(self)
        self.outcome, self.advice = QLabel(self), QLabel(self)
        self.judge, self.versions = QPushButton(self), QPushButton(self)
        self._settings = _Settings(self)
        self.fold = Expander(self._settings, self)
        self.curves: QWidget | None = None
        self._lay_out()
        self._connect()
        self._translate()
        self._show_state()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        self._form = form
        for widget in (self.name, self.base):
            widget.setMinimumHeight(TARGET_PX)
            form.addRow("", widget)
        self.start.setMinimumHeight(TARGET_PX + SPACE_PX)
        running = QHBoxLayout()
        running.addWidget(self.left, 1)
        running.addWidget(self.stop)
        running.addWidget(self.cancel)
        after = QHBoxLayout()
        after.addWidget(self.judge)
        after.addWidget(self.versions)
        for label in (self.why_not, self.outcome, self.advice):
            label.setWordWrap(True)
            label.hide()
        self.why_not.setProperty("kind", "quiet")
        self.outcome.setProperty("kind", "heading")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_PX)
        self._column.addLayout(form)
        self._column.addWidget(self.fold)
        self._column.addWidget(self.start)
        self._column.addWidget(self.why_not)
        self._column.addWidget(self.bar)
        self._column.addLayout(running)
        self._column.addWidget(self.steps)
        self._column.addWidget(self.outcome)
        self._column.addWidget(self.advice)
        self._column.addLayout(after)

    def _connect(self) -> None:
        self.start.clicked.connect(self._start)
        self.stop.clicked.connect(self.stop_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.base.currentTextChanged.connect(self.base_chosen)
        self.base.currentTextChanged.connect(self.steps.reset)
        self.name.textChanged.connect(lambda _: self._show_state())
        self.judge.clicked.connect(lambda: self.judge_wanted.emit(self.model_name))
        self.versions.clicked.connect(lambda: self.versions_wanted.emit(self.model_name))

    @property
    def model_name(self) -> str:
        """The name that the model gets."""
        return slug(self.name.text())

    @property
    def options(self) -> TrainingOptions:
        """What is chosen."""
        return self._settings.options

    def show_bases(self, names: list[str]) -> None:
        """Offer these networks; the chosen one stays chosen."""
        chosen = self.base.currentText() or DEFAULT_MODEL
        if names == [self.base.itemText(i) for i in range(self.base.count())]:
            return
        self.base.blockSignals(True)
        self.base.clear()
        self.base.addItems(names)
        self.base.setCurrentText(chosen if chosen in names else DEFAULT_MODEL)
        self.base.blockSignals(False)

    def show_samples(self, why_not: str) -> None:
        """Say whether there is enough to learn from.

        Args:
            why_not: what is missing; "" when nothing is.
        """
        self._can_train = not why_not
        self.why_not.setText(why_not)
        self._show_state()

    def show_progress(self, progress: TrainingProgress) -> None:
        """Show how far it is."""
        self.steps.show_progress(progress)
        self.bar.setRange(0, max(1, progress.total))
        self.bar.setValue(progress.done)
        words = {
            "embedding": self.tr("Looking at the samples: {done} of {total}"),
            "training": self.tr("Epoch {done} of at most {total}"),
            "unfreezing": self.tr("Unfreezing: epoch {done} of at most {total}"),
            "writing": self.tr("Writing the model"),
        }
        text = words[progress.phase].format(done=progress.done, total=progress.total)
        if progress.left_s is not None and progress.left_s >= 2:
            text += " · " + self.tr("{seconds} s left at most").format(seconds=round(progress.left_s))
        self.left.setText(text)
        self.stop.setEnabled(progress.phase in ("training", "unfreezing"))
        if progress.history:
            self._show_curves(progress.history, progress.best_epoch)

    def _show_curves(self, history: tuple[object, ...], best: int | None) -> None:
        if self.curves is None:
            from vision_app.gui.teach.curves import Curves

            self.curves = Curves(self)
            self._column.insertWidget(self._column.indexOf(self.steps) + 1, self.curves)
        self.curves.show_history(history, best)  # type: ignore[attr-defined]

    def show_result(self, result: TrainingResult) -> None:
        """Say what came of it."""
        self._result = result
        self.steps.finish()
        self._show_curves(result.history, result.best_epoch)
        if result.validation_accuracy is None:
            text = self.tr(
                "{name} is on the picture. No samples were held out, so nobody knows how good it is."
            )
            self.outcome.setText(text.format(name=result.name))
        else:
            text = self.tr("{name} is on the picture: {right} % of {count} held-out samples are right.")
            right = f"{100 * result.validation_accuracy:.0f}"
            self.outcome.setText(text.format(name=result.name, right=right, count=result.validation_samples))
        self.advice.setText("\n".join([*result.advice, *result.warnings]))
        perfect = result.validation_accuracy is None or result.validation_accuracy >= 1
        self._settings.offer_unfreezing(not perfect and result.options.unfreeze == 0)
        self._show_state()

    def set_running(self, running: bool) -> None:
        """A training runs, or none."""
        self._running = running
        if running:
            self._result = None
            self.bar.setRange(0, 0)
            self.left.setText(self.tr("Loading the network"))
            self.steps.reset(self.base.currentText())
            self.steps.begin()
        elif self._result is None:
            self.steps.reset(self.base.currentText())
        self._show_state()

    def _start(self) -> None:
        self.wanted.emit(self.base.currentText(), self.model_name, self.options)

    def _show_state(self) -> None:
        ready = self._can_train and bool(self.model_name) and not self._running
        self.start.setEnabled(ready)
        self.start.setVisible(not self._running)
        self.why_not.setVisible(bool(self.why_not.text()) and not self._running)
        for widget in (self.bar, self.left, self.stop, self.cancel):
            widget.setVisible(self._running)
        for entry in (self.name, self.base, self.fold):
            entry.setEnabled(not self._running)
        done = self._result is not None and not self._running
        for label in (self.outcome, self.advice):
            label.setVisible(done)
        for button in (self.judge, self.versions):
            button.setVisible(done)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        rows = ((self.name, self.tr("Name")), (self.base, self.tr("Base")))
        for widget, text in rows:
            label = self._form.labelForField(widget)
            if isinstance(label, QLabel):
                label.setText(text)
            widget.setAccessibleName(text)
        if not self.name.text():
            self.name.setText("mine")
        self.base.setToolTip(self.tr("The network whose layers are kept; any installed classifier will do"))
        self.fold.set_title(self.tr("Settings of the training"))
        self.start.setText(self.tr("Train"))
        set_icon(self.start, "teach", colour="on_accent")
        self.stop.setText(self.tr("Stop"))
        self.stop.setToolTip(self.tr("End after this epoch; the best one becomes the model"))
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("End now; no model is made"))
        self.judge.setText(self.tr("Evaluate…"))
        self.versions.setText(self.tr("Versions…"))


class _Settings(QWidget):
    """What a training can be asked for, in plain words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.head, self.views = QComboBox(self), QSpinBox(self)
        self.epochs, self.patience, self.unfreeze = QSpinBox(self), QSpinBox(self), QSpinBox(self)
        self.head.addItem("", "linear")
        self.head.addItem("", "mlp")
        for spin, low, high, value in (
            (self.views, 1, 16, _DEFAULTS.views),
            (self.epochs, 1, 1000, _DEFAULTS.epochs),
            (self.patience, 1, 200, _DEFAULTS.patience),
            (self.unfreeze, 0, _MOST_BLOCKS, 0),
        ):
            spin.setRange(low, high)
            spin.setValue(value)
        self.unfreeze_note = QLabel(self)
        self.unfreeze_note.setWordWrap(True)
        self.unfreeze_note.setProperty("kind", "quiet")
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, SPACE_PX)
        self._rows = (self.head, self.views, self.epochs, self.patience, self.unfreeze)
        for widget in self._rows:
            widget.setMinimumHeight(TARGET_PX)
            self._form.addRow("", widget)
        self._form.addRow(self.unfreeze_note)
        self._offered = False
        self._translate()

    @property
    def options(self) -> TrainingOptions:
        """What is chosen."""
        return replace(
            _DEFAULTS,
            head=self.head.currentData(),
            views=self.views.value(),
            epochs=self.epochs.value(),
            patience=self.patience.value(),
            unfreeze=self.unfreeze.value() if self.unfreeze.isEnabled() else 0,
        )

    def offer_unfreezing(self, offered: bool) -> None:
        """Offer to train the last blocks too: where the frozen network leaves something to gain."""
        self._offered = offered
        self._translate()

    def _why_no_unfreezing(self) -> str:
        if not self._offered:
            return self.tr("Unfreezing is offered after a training that leaves something to gain.")
        from vision_app.errors import VisionError
        from vision_app.learn.unfreezing import check_available

        try:
            check_available()
        except VisionError as error:
            return str(error)
        return ""

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.head.setItemText(0, self.tr("one linear layer"))
        self.head.setItemText(1, self.tr("one hidden layer before it"))
        rows = (
            (self.head, self.tr("New layer"), self.tr("What is put on the frozen network")),
            (
                self.views,
                self.tr("Views a sample"),
                self.tr("Each sample is learnt from so often, each time slightly changed"),
            ),
            (self.epochs, self.tr("Epochs, at most"), self.tr("Passes over all samples")),
            (
                self.patience,
                self.tr("Patience"),
                self.tr("Epochs without an improvement after which the training stops by itself"),
            ),
            (
                self.unfreeze,
                self.tr("Unfreeze blocks"),
                self.tr("Last blocks of the network that are trained too, afterwards; takes minutes"),
            ),
        )
        for widget, text, tip in rows:
            label = self._form.labelForField(widget)
            if isinstance(label, QLabel):
                label.setText(text)
            widget.setAccessibleName(text)
            widget.setToolTip(tip)
        why = self._why_no_unfreezing()
        self.unfreeze.setEnabled(not why)
        self.unfreeze_note.setText(why)
        self.unfreeze_note.setVisible(bool(why))
