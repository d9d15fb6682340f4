"""The third page: how good the model is, and its versions."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.bundles.bundle import Target
from vision_app.cards.lookup import CatalogueEntry, entries
from vision_app.cards.versions import is_taught
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.pieces.texts import Sentences, percent, sentence
from vision_app.gui.teach.alone import AloneButton
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.teach.evaluation_dialog import EvaluationDialog
from vision_app.gui.teach.jobs import Jobs
from vision_app.gui.theme import SPACE_PX
from vision_app.learn.accounting import held_out_share
from vision_app.learn.evaluating import Comparison, Evaluation
from vision_app.learn.matching import LEARNT_FROM
from vision_app.learn.versions import Version
from vision_app.messages import told

_VERSION_ROLE = Qt.ItemDataRole.UserRole + 1
_LIST_PX = 160


class ResultPage(QWidget):
    """Evaluates models that were taught here, compares their versions, and goes back to one."""

    def __init__(self, controller: TeachController, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._jobs = controller, jobs
        self._background = Background("taught", self)
        self.evaluation: Evaluation | None = None
        self.dialog: EvaluationDialog | None = None
        self._wanted = ""
        self.model = QComboBox(self)
        self.on_picture = QPushButton(self)
        set_icon(self.on_picture, "eye")
        self.alone = AloneButton(controller.alone, self)
        self.measure, self.details = QPushButton(self), QPushButton(self)
        self.measure.setProperty("kind", "primary")
        self.figures = Sentences(self)
        self.heading = QLabel(self)
        self.heading.setProperty("kind", "heading")
        self.list = QListWidget(self)
        self.list.setMinimumHeight(_LIST_PX)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.compare, self.back = QPushButton(self), QPushButton(self)
        set_icon(self.back, "undo")
        self.export = QPushButton(self)
        set_icon(self.export, "download")
        self.verdict = Sentences(self)
        self._lay_out()
        self._connect()
        self._translate()
        self._show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, 2 * SPACE_PX)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.model)
        row = QHBoxLayout()
        row.addWidget(self.measure, 1)
        row.addWidget(self.on_picture)
        column.addLayout(row)
        column.addWidget(self.alone)
        column.addWidget(self.figures)
        column.addWidget(self.details)
        column.addSpacing(SPACE_PX)
        column.addWidget(self.heading)
        column.addWidget(self.list)
        column.addWidget(self.compare)
        column.addWidget(self.back)
        column.addWidget(self.verdict)
        column.addWidget(self.export)
        column.addStretch(1)

    def _connect(self) -> None:
        self.model.currentIndexChanged.connect(lambda _: self._model_changed())
        self.measure.clicked.connect(self.evaluate)
        self.details.clicked.connect(self.show_details)
        self.on_picture.clicked.connect(lambda: self._controller.show_model(self.name))
        self.list.currentItemChanged.connect(lambda *_: self._show())
        self.compare.clicked.connect(self._compare)
        self.back.clicked.connect(self._go_back)
        self.export.clicked.connect(self._open_export)
        self._jobs.evaluated.connect(self._evaluated)
        self._jobs.compared.connect(self._compared)
        self._jobs.versions_read.connect(self._versions_read)
        self._jobs.rolled_back.connect(self._rolled_back)
        self._jobs.ended.connect(self._show)

    @property
    def name(self) -> str:
        """The model that is looked at."""
        return str(self.model.currentData() or "")

    def set_model(self, name: str) -> None:
        """Look at this model from now on."""
        self._wanted = name
        if self.model.findData(name) < 0:
            self.model.addItem(name, name)
        self.model.setCurrentIndex(self.model.findData(name))
        self._model_changed()

    def showEvent(self, event: QShowEvent) -> None:
        """Look which models were taught here."""
        super().showEvent(event)
        self._background.run(entries, self._show_models)

    def _show_models(self, found: list[CatalogueEntry]) -> None:
        taught = [e.name for e in found if e.weights is not None and e.card is not None and is_taught(e.card)]
        wanted = self.name or self._wanted
        if [self.model.itemData(i) for i in range(self.model.count())] == taught:
            return
        self.model.blockSignals(True)
        self.model.clear()
        for name in taught:
            self.model.addItem(name, name)
        self.model.setCurrentIndex(max(0, self.model.findData(wanted)))
        self.model.blockSignals(False)
        self._model_changed()

    def _model_changed(self) -> None:
        self.evaluation = None
        self.verdict.clear()
        if self.name:
            self._jobs.read_versions(self.name)
        self._show()

    def evaluate(self) -> None:
        """Measure the model on the samples that it has not learnt from."""
        if self.name:
            self._jobs.evaluate(self.name)
            self._show()

    def _evaluated(self, evaluation: Evaluation) -> None:
        if evaluation.model == self.name:
            self.evaluation = evaluation
        self._show()

    def show_details(self) -> None:
        """Open the confusion matrix and the pictures behind it."""
        if self.evaluation is None:
            return
        self._forget_dialog()
        self.dialog = EvaluationDialog(self.evaluation, self._jobs, self)
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.show()

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            dialog, self.dialog = self.dialog, None
            dialog.close_down()
            dialog.deleteLater()

    # versions --------------------------------------------------------------------------------------------

    def _versions_read(self, name: str, found: list[Version]) -> None:
        if name != self.name:
            return
        self.list.clear()
        in_use = self.tr("in use")
        for one in found:
            share = held_out_share(one.training)
            name = self.tr("Version {number}").format(number=one.number)
            title = f"{name} · {in_use}" if one.current else name
            facts = [told(share)] if share is not None else []
            facts += [str(date)] if (date := one.training.get("date")) else []
            words = "\n".join(line for line in (title, " · ".join(facts)) if line)
            item = QListWidgetItem(words, self.list)
            item.setData(_VERSION_ROLE, one)
            item.setToolTip(told(one.problem) or words)
        if self.list.count():
            self.list.setCurrentRow(0)
        self._show()

    def version(self) -> Version | None:
        """The version that is chosen."""
        item = self.list.currentItem()
        found = item.data(_VERSION_ROLE) if item is not None else None
        return found if isinstance(found, Version) else None

    def _current(self) -> Version | None:
        all_of = (self.list.item(i).data(_VERSION_ROLE) for i in range(self.list.count()))
        return next((one for one in all_of if one.current), None)

    def _compare(self) -> None:
        chosen, current = self.version(), self._current()
        if chosen is not None and current is not None:
            self._jobs.compare(chosen, current)

    def _compared(self, comparison: Comparison) -> None:
        lines = [told(comparison.verdict), told(comparison.basis)]
        lines.append(
            self.tr("In the list each version is judged by what its own training held out: other samples.")
        )
        self.verdict.set_lines(lines)

    def _go_back(self) -> None:
        chosen = self.version()
        if chosen is not None:
            self._jobs.roll_back(chosen.name, chosen.number)

    def _rolled_back(self, name: str, number: int) -> None:
        self._controller.show_model(name)
        if name == self.name:
            self._model_changed()
            self.verdict.setText(
                self.tr("Version {number} is in use again, on the picture too.").format(number=number)
            )

    # elsewhere -------------------------------------------------------------------------------------------

    def _open_export(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        targets: tuple[tuple[Target, str], ...] = (
            ("page", self.tr("Page for a browser…")),
            ("python", self.tr("Python script…")),
            ("kiosk", self.tr("Kiosk…")),
            ("onnx", self.tr("ONNX file with its card…")),
        )
        for target, words in targets:
            menu.addAction(words, partial(self.ask_place, target))
        menu.popup(self.export.mapToGlobal(self.export.rect().bottomLeft()))

    def ask_place(self, target: Target) -> None:
        """Ask for the folder into which the export goes, as a folder of its own."""
        dialog = QFileDialog(self, self.tr("Where to put the folder of the export"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        name = self.name
        dialog.fileSelected.connect(lambda path: self._jobs.take_elsewhere(name, target, Path(path)))
        dialog.open()

    # words -----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        has_model, chosen = bool(self.name), self.version()
        free = not self._jobs.running
        self.measure.setEnabled(has_model and free)
        self.on_picture.setEnabled(has_model)
        self.alone.show_for(self.name)
        self.export.setEnabled(has_model and free)
        self.details.setVisible(self.evaluation is not None)
        older = chosen is not None and not chosen.current
        self.compare.setEnabled(older and free)
        self.back.setEnabled(older and free)
        if not has_model:
            self.figures.set_lines([self.tr("Nothing was taught yet: take samples and train a model first.")])
        elif self.evaluation is None:
            self.figures.set_lines([self.tr("Evaluate it on the samples that it has not learnt from.")])
        else:
            self.figures.set_lines(self._summary(self.evaluation))

    def _summary(self, e: Evaluation) -> list[str]:
        m = e.metrics
        unseen = not e.learnt and LEARNT_FROM in e.training
        words = (
            self.tr(
                "{share} of {count} samples right that it has not learnt from; with 95 % confidence {low} to {high}."
            )
            if unseen
            else self.tr("{share} of {count} samples right; with 95 % confidence {low} to {high}.")
        )
        low, high = percent(m.accuracy_interval.low, 1), percent(m.accuracy_interval.high, 1)
        lines = [words.format(share=percent(m.accuracy, 1), count=m.count, low=low, high=high)]
        words = self.tr("Macro F1 {f1}: the mean over the classes, each counted the same.")
        lines.append(words.format(f1=f"{m.macro_f1:.3f}"))
        words = self.tr("Calibration error {ece}: 0 means it is as often right as it is sure.")
        lines.append(words.format(ece=f"{m.ece:.3f}"))
        lines += map(sentence, e.remarks)
        if e.reject_below is not None:
            words = self.tr("Less sure than {share}: unknown.")
            lines.append(words.format(share=percent(e.reject_below)))
        if e.left_out:
            lines.append(
                self.tr("{count} samples were left out: it has learnt from them.").format(count=e.left_out)
            )
        return [*lines, *map(sentence, e.notices)]

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show()
            if self.name:
                self._jobs.read_versions(self.name)
        super().changeEvent(event)

    def _translate(self) -> None:
        self.model.setAccessibleName(self.tr("Model"))
        self.measure.setText(self.tr("Evaluate"))
        self.on_picture.setText(self.tr("Run it"))
        self.on_picture.setToolTip(self.tr("Run this model on the picture"))
        self.details.setText(self.tr("Confusion matrix and mistakes…"))
        self.export.setText(self.tr("Export…"))
        self.export.setToolTip(self.tr("Take this model elsewhere: into a browser, a script or a kiosk"))
        self.heading.setText(self.tr("Versions"))
        self.list.setAccessibleName(self.tr("Versions"))
        self.compare.setText(self.tr("Compare with the one in use"))
        self.back.setText(self.tr("Use this one again"))

    def close_down(self) -> None:
        """End what runs by itself."""
        self._forget_dialog()
        self._background.close()
