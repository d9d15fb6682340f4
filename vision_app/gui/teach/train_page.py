"""The second page: one button that trains, what it shows meanwhile, and what it says afterwards."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.cards.card import ModelCard
from vision_app.cards.lookup import DEFAULT_CLASSIFIER, CatalogueEntry, entries
from vision_app.cards.versions import is_taught
from vision_app.errors import VisionError
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import Sentences, percent, sentence
from vision_app.gui.teach.alone import AloneButton
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.teach.curves import Curves
from vision_app.gui.teach.movement_training import MovementTraining
from vision_app.gui.teach.steps import STEPS, Steps, step_of
from vision_app.gui.teach.train_settings import TrainSettings
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.learn.accounting import counted_in_training
from vision_app.learn.landmarks import BASES, base_file
from vision_app.learn.options import TrainingOptions, TrainingProgress, TrainingResult
from vision_app.learn.producing import check_name
from vision_app.messages import told
from vision_app.results.values import Keypoints, Result
from vision_app.tasks.preprocess import fitted

DEFAULT_BASE = DEFAULT_CLASSIFIER
DEFAULT_NAME = "mine"

_WHOLE = 1000
"""What the bar counts to."""
_SMALL_PX = 64
"""Inputs up to this show strokes and no detail."""


class TrainPage(QWidget):
    """Trains a model on the samples and shows how it goes."""

    result_wanted = Signal()
    """Show how good the model is."""
    input_changed = Signal(object)
    """An `InputSpec`: how the chosen base takes its input, fitted as was chosen."""
    preview_wanted = Signal()
    """Show what the training makes of the samples."""

    def __init__(self, controller: TeachController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._background = Background("bases", self)
        self.result: TrainingResult | None = None
        self._offer_unfreezing = False
        self._cards: dict[str, ModelCard] = {}
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._translate()
        self._show_running()
        controller.set_base(DEFAULT_BASE)
        self.reload_bases()

    def _make_widgets(self) -> None:
        self.base, self.name = QComboBox(self), QLineEdit(DEFAULT_NAME, self)
        self.base.addItem(DEFAULT_BASE, DEFAULT_BASE)
        self.base.setMinimumContentsLength(10)
        self.base.setProperty("shortens", True)  # titles of models, however long
        self.base.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.name.setMaxLength(100)
        self.propose = QPushButton(self)
        set_icon(self.propose, "eye")
        self.propose.hide()
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.setProperty("kind", "bad")
        self.problem.hide()
        self.train = QPushButton(self)
        self.train.setProperty("kind", "primary")
        self.train.setMinimumHeight(TARGET_PX + SPACE_PX)
        self.stop, self.cancel = QPushButton(self), QPushButton(self)
        set_icon(self.stop, "stop")
        self.steps, self.curves = Steps(self), Curves(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.where = QLabel(self)
        self.where.setProperty("kind", "quiet")
        self.where.setWordWrap(True)
        self.verdict = QLabel(self)
        self.verdict.setProperty("kind", "heading")
        self.advice = Sentences(self)
        self.verdict.setWordWrap(True)
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.verdict, self.advice):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.look = QPushButton(self)
        set_icon(self.look, "eye")
        self.alone = AloneButton(self._controller.alone, self)
        self.fields = TrainSettings(self)
        self.settings = Expander(self.fields, self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, 2 * SPACE_PX)
        column.setSpacing(SPACE_PX)
        self._base_word, self._name_word = QLabel(self), QLabel(self)
        for word in (self._base_word, self._name_word):
            word.setMinimumHeight(TARGET_PX)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setSpacing(SPACE_PX)
        form.addRow(self._base_word, self.base)
        form.addRow(self._name_word, self.name)
        self._base_word.setBuddy(self.base)
        self._name_word.setBuddy(self.name)
        self.movements = MovementTraining(self)
        column.addWidget(self.movements)
        self._form = form
        column.addLayout(form)
        column.addWidget(self.propose)
        column.addWidget(self.problem)
        column.addWidget(self.train)
        row = QHBoxLayout()
        row.addWidget(self.stop)
        row.addWidget(self.cancel)
        column.addLayout(row)
        for widget in (
            self.bar,
            self.where,
            self.verdict,
            self.alone,
            self.look,
            self.steps,
            self.curves,
            self.advice,
        ):
            column.addWidget(widget)
        column.addWidget(self.settings)
        column.addStretch(1)

    def _connect(self) -> None:
        self.train.clicked.connect(self.start)
        self.movements.changed.connect(self._what_changed)
        self._controller.store_changed.connect(self._store_changed)
        self.stop.clicked.connect(self._controller.stop_training)
        self.cancel.clicked.connect(self._controller.cancel_training)
        self.look.clicked.connect(self.result_wanted)
        self.fields.preview.clicked.connect(self.preview_wanted)
        self.base.currentIndexChanged.connect(self._base_changed)
        self.propose.clicked.connect(self._take_hands)
        self.fields.fit.currentIndexChanged.connect(self._base_changed)
        self.name.textChanged.connect(lambda _: self._say(""))
        self.name.returnPressed.connect(self.start)
        self._controller.progress.connect(self.show_progress)
        self._controller.trained.connect(self.show_result)
        self._controller.training_failed.connect(self._say)
        self._controller.ended.connect(self._show_running)

    # the base --------------------------------------------------------------------------------------------

    def reload_bases(self) -> None:
        """Look which classifiers are on this disk."""
        self._background.run(entries, self._show_bases, self._say)

    def _show_bases(self, found: list[CatalogueEntry]) -> None:
        wanted = self.base.currentData()
        usable = [
            e for e in found if e.weights is not None and e.card is not None and e.card.task == "classify"
        ]
        fresh = [e for e in usable if e.card is not None and not is_taught(e.card)]
        if not fresh:
            return
        self._cards = {e.name: e.card for e in fresh if e.card is not None}
        self._cards |= {base: card for base in BASES if (card := base_file(base).card) is not None}
        self.base.blockSignals(True)
        self.base.clear()
        for entry in fresh:
            assert entry.card is not None
            self.base.addItem(entry.card.title or entry.name, entry.name)
            small = max(entry.card.input.size_hw) <= _SMALL_PX
            tip = self.tr("Drawings and symbols; small and fast") if small else self.tr("Photos of anything")
            self.base.setItemData(self.base.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        for base, title in self._landmark_titles():
            self.base.addItem(title, base)
        place = self.base.findData(wanted)
        self.base.setCurrentIndex(max(0, place if place >= 0 else self.base.findData(DEFAULT_BASE)))
        self.base.blockSignals(False)
        self._base_changed()

    def _landmark_titles(self) -> tuple[tuple[str, str], ...]:
        return (
            ("hands", self.tr("Landmarks of a hand")),
            ("body", self.tr("Landmarks of a body")),
            ("face", self.tr("Landmarks of a face")),
        )

    def _store_changed(self) -> None:
        self.movements.show_store(self._controller.store)

    def show_results(self, results: Sequence[Result]) -> None:
        """Propose to learn from landmarks while hands are in the picture."""
        hands = any(
            isinstance(r, Keypoints) and len(r.detections) and r.skeleton.names[0] == "wrist" for r in results
        )
        self.propose.setVisible(
            hands
            and self.base.currentData() != "hands"
            and not self._controller.is_training
            and not self.movements.active
        )

    def _what_changed(self) -> None:
        """Movements have a base and a head of their own."""
        pictures = not self.movements.active
        self._form.setRowVisible(0, pictures)
        for of_pictures in (self.settings, self.steps):
            of_pictures.setVisible(pictures)
        if pictures:
            self._base_changed()
        else:
            self.input_changed.emit(None)  # a movement is looked for in whole frames

    def _take_hands(self) -> None:
        self.base.setCurrentIndex(self.base.findData("hands"))
        self.propose.hide()

    def _base_changed(self) -> None:
        base = self.base.currentData()
        if base:
            self._controller.set_base(base, self.fields.fit.currentData())
        card = self._cards.get(base)
        if card is not None and not self.movements.active:
            self.input_changed.emit(fitted(card.input, self.fields.fit.currentData()))

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody is about to train: the samples from before are embedded meanwhile."""
        super().showEvent(event)
        self.reload_bases()
        self._controller.warm_up()

    # training --------------------------------------------------------------------------------------------

    def options(self) -> TrainingOptions:
        """What the settings say."""
        return self.fields.options(unfreeze=self._can_unfreeze())

    def start(self) -> None:
        """Train now."""
        if self._controller.is_training:
            return
        name = self.name.text().strip().lower()
        try:
            check_name(name)
        except VisionError as error:
            self._say(told(error.message.without("flags")))
            self.name.setFocus()
            return
        if self._controller.store is None:
            self._say(self.tr("No samples are open; choose a folder for them first."))
            return
        self._say("")
        self.result = None
        self.curves.show_history((), None)
        self.steps.go_to(1)
        self.verdict.clear()
        self.advice.clear()
        self.bar.setRange(0, 0)
        if self.movements.active:
            self._controller.train(self.movements.features.currentData(), name, self.movements.options())
        else:
            self._controller.train(self.base.currentData(), name, self.options())
        self._show_running()

    def _say(self, text: str) -> None:
        show_plain(self.problem, text)
        self.problem.setVisible(bool(text))

    def _show_running(self) -> None:
        running = self._controller.is_training
        self.train.setVisible(not running)
        for widget in (self.stop, self.cancel, self.bar, self.where):
            widget.setVisible(running)
        if not running and self.result is None:
            self.steps.go_to(0)
        for field in (self.base, self.name, self.settings, self.movements):
            field.setEnabled(not running)
        done = self.result is not None
        for said in (self.verdict, self.look, self.advice):
            said.setVisible(done and not running)
        self.alone.show_for("" if self.result is None else self.result.name, wanted=not running)
        self.curves.setVisible(running or bool(self.curves.history))
        self._show_unfreezing()

    def show_progress(self, progress: TrainingProgress) -> None:
        """Show where a training is."""
        self.steps.go_to(step_of(progress))
        self.bar.setRange(0, _WHOLE)
        self.bar.setValue(round(_WHOLE * progress.share))
        self.curves.show_history(progress.history, progress.best_epoch, progress.frozen_epochs)
        words = {
            "embedding": self.tr("The frozen layers look at the samples: {done} of {total}"),
            "training": self.tr("Epoch {done} of at most {total}"),
            "preparing": self.tr("The layers that stay frozen look at the views: {done} of {total}"),
            "unfreezing": self.tr("Training the last blocks: epoch {done} of at most {total}"),
            "embedding again": self.tr("The trained blocks look at the samples: {done} of {total}"),
            "writing": self.tr("Writing and checking the model"),
        }
        text = words[progress.phase].format(done=progress.done, total=progress.total)
        if progress.left_s is not None and progress.left_s >= 1:
            text += " · " + self.tr("this step: {seconds} s more at most").format(
                seconds=math.ceil(progress.left_s)
            )
        self.where.setText(text)

    def show_result(self, result: TrainingResult) -> None:
        """Show what came of it."""
        self.result = result
        self.steps.go_to(STEPS + 1)
        self.curves.show_history(result.history, result.best_epoch, result.frozen_epochs)
        self._show_words(result)
        self._show_unfreezing()

    def _show_words(self, result: TrainingResult) -> None:
        if result.validation_accuracy is None:
            text = self.tr("{name} runs on the picture now.").format(name=result.name)
        else:
            words = self.tr(
                "{name} runs on the picture now: {right} of {count} held-out samples right ({share}), in {seconds} s."
            )
            text = words.format(
                name=result.name,
                right=round(result.validation_accuracy * result.validation_samples),
                count=result.validation_samples,
                share=percent(result.validation_accuracy, 1),
                seconds=f"{result.seconds:.1f}",
            )
        self.verdict.setText(text)
        lines = [sentence(line) for line in (*counted_in_training(result), *result.advice, *result.warnings)]
        if self._still_wrong(result):
            lines.append(
                self.tr(
                    "Some held-out samples are still wrong: unfreezing the last blocks may help (settings)."
                )
            )
        self.advice.set_lines(lines)

    def _still_wrong(self, result: TrainingResult) -> bool:
        """Whether unfreezing may help: held-out samples are wrong, and it was not done yet."""
        from vision_app.learn.unfreezing import worth_offering

        return not self.movements.active and worth_offering(result) is not None

    def _can_unfreeze(self) -> bool:
        return self._offer_unfreezing and self._has_torch()

    def _has_torch(self) -> bool:
        return all(importlib.util.find_spec(name) is not None for name in ("torch", "onnx2torch"))

    def _show_unfreezing(self) -> None:
        """Unfreezing is offered after a frozen result that is not perfect, and where it can be done."""
        result = self.result
        if result is not None:
            set_already = self.fields.unfreeze.value() > 0 and not self.movements.active
            self._offer_unfreezing = self._still_wrong(result) or set_already
            self._show_words(result)
        can = self._can_unfreeze()
        self.fields.offer_unfreezing(can=can, possible=self._has_torch())

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show_unfreezing()
        super().changeEvent(event)

    def _translate(self) -> None:
        self._base_word.setText(self.tr("Base"))
        self.base.setToolTip(self.tr("The pre-trained model whose layers are used"))
        self.base.setAccessibleName(self.tr("Base model"))
        for base, title in self._landmark_titles():
            if (place := self.base.findData(base)) >= 0:
                self.base.setItemText(place, title)
        self.propose.setText(self.tr("Hands are in the picture: learn from their landmarks"))
        self.propose.setToolTip(
            self.tr(
                "A few samples of each sign are enough then, wherever the hand is, however large or turned"
            )
        )
        self._name_word.setText(self.tr("Name"))
        self.name.setAccessibleName(self.tr("Name of the new model"))
        self.train.setText(self.tr("Train"))
        self.train.setToolTip(self.tr("Learn from the samples, and run the new model on the picture at once"))
        self.stop.setText(self.tr("Stop, keep the best"))
        self.cancel.setText(self.tr("Cancel"))
        self.look.setText(self.tr("How good is it?"))
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.settings.set_title(self.tr("Settings"))
        self.name.setToolTip(self.tr("A model of that name becomes its next version"))

    def close_down(self) -> None:
        """End what runs by itself."""
        self._background.close()
