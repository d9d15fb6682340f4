"""The confusion matrix that one can click through to the pictures, the figures of each class, the mistakes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.pieces.texts import percent
from vision_app.gui.teach.confusion import ConfusionMatrix
from vision_app.gui.teach.grid import Cell, Grid, PictureModel
from vision_app.gui.teach.jobs import Jobs
from vision_app.gui.theme import SPACE_PX
from vision_app.learn.evaluating import Evaluation, Judged
from vision_app.results.values import ImageU8
from vision_app.samples.pictures import read_picture
from vision_app.samples.thumbnails import shrink

_SIZE_PX = (960, 680)
_GALLERY_PX = 180
_MOST_MISTAKES = 200


class EvaluationDialog(Dialog):
    """What came of an evaluation."""

    def __init__(self, evaluation: Evaluation, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.evaluation = evaluation
        self._jobs = jobs
        self._paths = {j.id: j.path for j in (*evaluation.judged, *evaluation.others)}
        self.pictures = PictureModel(self._read, self)
        self.matrix, self.table = ConfusionMatrix(self), QTableWidget(self)
        self.matrix.show_evaluation(evaluation)
        self.gallery = Grid(self.pictures, self)
        self.gallery.setDragEnabled(False)
        self.gallery.setMinimumHeight(_GALLERY_PX)
        self.caption = QLabel(self)
        self.caption.setProperty("kind", "heading")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.tabs = QTabWidget(self)
        self.note = QLabel(self)
        self.note.setProperty("kind", "quiet")
        self.note.setWordWrap(True)
        self.note.setVisible(self.matrix.shape[1] > self.matrix.shape[0])
        self.tabs.addTab(self._page(), "")
        self.tabs.addTab(self.table, "")
        self.mistakes, self.report = QPushButton(self), QPushButton(self)
        set_icon(self.mistakes, "warn")
        set_icon(self.report, "file")
        for button in (self.mistakes, self.report):
            button.setAutoDefault(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        head = QHBoxLayout()
        head.addWidget(self.caption, 1)
        head.addWidget(self.mistakes)
        head.addWidget(self.report)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.tabs, 3)
        column.addLayout(head)
        column.addWidget(self.gallery, 2)
        self.resize(*_SIZE_PX)
        self.matrix.cell_clicked.connect(self.show_cell)
        self.mistakes.clicked.connect(self.show_mistakes)
        self.report.clicked.connect(self.ask_report)
        self._translate()
        self.show_mistakes()

    def _page(self) -> QWidget:
        """The matrix, and what it counts twice."""
        scroll, page = QScrollArea(self), QWidget(self)
        scroll.setProperty("kind", "framed")  # it takes the keyboard, to be scrolled
        scroll.setWidget(self.matrix)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        column = QVBoxLayout(page)
        column.addWidget(scroll, 1)
        column.addWidget(self.note)
        return page

    def _read(self, sample_id: str) -> ImageU8:
        return shrink(read_picture(self._paths[sample_id]))

    # tables ----------------------------------------------------------------------------------------------

    def _fill_table(self) -> None:
        classes = [c for c in self.evaluation.metrics.classes if c.support or c.predicted]
        heads = (
            self.tr("Class"),
            self.tr("Precision"),
            self.tr("Recall"),
            self.tr("F1"),
            self.tr("Samples"),
            self.tr("Unknown"),
        )
        self.table.setColumnCount(len(heads))
        self.table.setRowCount(len(classes))
        self.table.setHorizontalHeaderLabels(list(heads))
        self.table.verticalHeader().hide()
        for row, c in enumerate(classes):
            values = (
                c.label,
                f"{c.precision:.3f}",
                f"{c.recall:.3f}",
                f"{c.f1:.3f}",
                str(c.support),
                str(c.unknown),
            )
            for column, value in enumerate(values):
                item = QTableWidgetItem(value)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    # pictures --------------------------------------------------------------------------------------------

    def show_cell(self, target: int, predicted: int | None) -> None:
        """Show the pictures behind one cell of the matrix.

        Args:
            target: id of the true class.
            predicted: id of the class that was said; None for unknown.
        """
        found = self.evaluation.cell(target, predicted)
        said = self.tr("unknown") if predicted is None else self.evaluation.labels[predicted]
        words = self.tr("{count} of {true} called {said}")
        self._show(found, words.format(count=len(found), true=self.evaluation.labels[target], said=said))

    def show_mistakes(self) -> None:
        """Show the mistakes of which the model was most sure."""
        wrong = self.evaluation.mistakes()
        words = self.tr("{count} mistakes, the most confident first")
        if len(wrong) < 2:
            words = self.tr("One mistake") if wrong else self.tr("No mistakes")
        self._show(wrong[:_MOST_MISTAKES], words.format(count=len(wrong)))

    def _show(self, found: tuple[Judged, ...], words: str) -> None:
        self.caption.setText(words)
        self.pictures.show_cells([self._cell(j) for j in found])

    def _cell(self, j: Judged) -> Cell:
        labels = self.evaluation.labels
        said = f"{labels[j.predicted]} {percent(j.confidence)}"
        true = "" if j.target is None else labels[j.target]
        tip = self.tr("is {true}, called {said}").format(true=true, said=said)
        caption = said if j.right or not true else f"{true} → {said}"
        return Cell(j.id, caption, "" if j.right else "conflict", tip)

    # the report ------------------------------------------------------------------------------------------

    def ask_report(self) -> None:
        """Ask where the report goes."""
        dialog = QFileDialog(self, self.tr("Save the report"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["*.html"])
        dialog.setDefaultSuffix("html")
        dialog.selectFile(f"{self.evaluation.model}.html")
        dialog.fileSelected.connect(lambda path: self._jobs.write_report(Path(path), self.evaluation))
        dialog.open()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self.show_mistakes()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("How good is {model}?").format(model=self.evaluation.model))
        self.tabs.setTabText(0, self.tr("Confusion matrix"))
        self.tabs.setTabText(1, self.tr("Classes"))
        self.table.setAccessibleName(self.tr("Figures of each class"))
        self.gallery.setAccessibleName(self.tr("Pictures"))
        self.note.setText(self.tr("What was called unknown is counted under its best class as well."))
        self.mistakes.setText(self.tr("Mistakes"))
        self.report.setText(self.tr("Save report…"))
        self._fill_table()

    def close_down(self) -> None:
        """End what runs by itself."""
        self.pictures.close()
