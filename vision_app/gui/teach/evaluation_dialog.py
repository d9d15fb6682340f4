"""The confusion matrix that one can click through to the pictures, the figures of each class, the mistakes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vision_app.datatypes import ImageU8
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.teach.errands import Errands
from vision_app.gui.teach.grid import Cell, Grid, PictureModel
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.learn.evaluating import Evaluation, Judged
from vision_app.samples.pictures import read_picture
from vision_app.samples.thumbnails import shrink

_SIZE_PX = (960, 680)
_CELL_PX = 56
_GALLERY_PX = 180
_MOST_MISTAKES = 200


class EvaluationDialog(QDialog):
    """What came of an evaluation."""

    def __init__(self, evaluation: Evaluation, errands: Errands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.evaluation = evaluation
        self._errands = errands
        self._paths = {j.id: j.path for j in (*evaluation.judged, *evaluation.others)}
        self._by_id = {j.id: j for j in (*evaluation.judged, *evaluation.others)}
        counts = evaluation.metrics.confusion
        self._ids = [i for i in range(len(counts)) if counts[i].sum() or counts[:, i].sum()]
        self._with_unknown = evaluation.reject_below is not None or evaluation.metrics.background is not None
        self.pictures = PictureModel(self._read, self)
        self.matrix, self.table = QTableWidget(self), QTableWidget(self)
        self.gallery = Grid(self.pictures, self)
        self.gallery.setDragEnabled(False)
        self.gallery.setMinimumHeight(_GALLERY_PX)
        self.caption = QLabel(self)
        self.caption.setProperty("kind", "heading")
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self.matrix, "")
        self.tabs.addTab(self.table, "")
        self.mistakes, self.report = QPushButton(self), QPushButton(self)
        set_icon(self.mistakes, "warn")
        set_icon(self.report, "file")
        for button in (self.mistakes, self.report):
            button.setAutoDefault(False)
        for table in (self.matrix, self.table):
            table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
            table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
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
        self.matrix.currentCellChanged.connect(lambda row, column, *_: self.show_cell(row, column))
        self.matrix.cellClicked.connect(self.show_cell)
        self.mistakes.clicked.connect(self.show_mistakes)
        self.report.clicked.connect(self.ask_report)
        theme().changed.connect(self._fill)
        self._translate()
        self.show_mistakes()

    def _read(self, sample_id: str) -> ImageU8:
        return shrink(read_picture(self._paths[sample_id]))

    # tables ----------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self._fill_matrix()
        self._fill_table()

    def _fill_matrix(self) -> None:
        e, counts = self.evaluation, self.evaluation.metrics.confusion
        names = [e.labels[i] for i in self._ids]
        self.matrix.blockSignals(True)
        self.matrix.setRowCount(len(names))
        self.matrix.setColumnCount(len(names) + self._with_unknown)
        self.matrix.setVerticalHeaderLabels(names)
        self.matrix.setHorizontalHeaderLabels([*names, *([self.tr("unknown")] if self._with_unknown else [])])
        for row, i in enumerate(self._ids):
            total = max(1, int(counts[i].sum()))
            for column, j in enumerate(self._ids):
                self._set(row, column, int(counts[i, j]), total, good=i == j)
            if self._with_unknown:
                self._set(
                    row, len(names), int(e.metrics.unknown_by_class[i]), total, good=False, unknown=True
                )
        for header in (self.matrix.horizontalHeader(), self.matrix.verticalHeader()):
            header.setMinimumSectionSize(40)
        self.matrix.horizontalHeader().setSectionResizeMode(
            QHeaderView.ResizeMode.Stretch if len(names) <= 14 else QHeaderView.ResizeMode.Interactive
        )
        self.matrix.horizontalHeader().setDefaultSectionSize(_CELL_PX)
        self.matrix.blockSignals(False)

    def _set(
        self, row: int, column: int, count: int, total: int, *, good: bool, unknown: bool = False
    ) -> None:
        colours = theme().colours
        item = QTableWidgetItem(str(count) if count else "")
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        if count:
            ground = QColor(colours.good if good else colours.quiet if unknown else colours.bad)
            ground.setAlpha(40 + round(150 * (count / total) ** 0.5))
            item.setBackground(QBrush(ground))
            item.setForeground(QBrush(QColor(colours.text)))
        true = self.evaluation.labels[self._ids[row]]
        said = self.tr("unknown") if unknown else self.evaluation.labels[self._ids[column]]
        words = self.tr("{count} of {true} called {said}").format(count=count, true=true, said=said)
        item.setToolTip(words)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
        self.matrix.setItem(row, column, item)

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

    def show_cell(self, row: int, column: int) -> None:
        """Show the pictures behind one cell of the matrix."""
        if row < 0 or column < 0:
            return
        target = self._ids[row]
        predicted = self._ids[column] if column < len(self._ids) else None
        found = self.evaluation.cell(target, predicted)
        said = self.tr("unknown") if predicted is None else self.evaluation.labels[predicted]
        words = self.tr("{count} of {true} called {said}")
        self._show(found, words.format(count=len(found), true=self.evaluation.labels[target], said=said))

    def show_mistakes(self) -> None:
        """Show the mistakes of which the model was most sure."""
        wrong = self.evaluation.mistakes()
        words = self.tr("{count} mistakes, the most confident first") if wrong else self.tr("No mistakes")
        self._show(wrong[:_MOST_MISTAKES], words.format(count=len(wrong)))

    def _show(self, found: tuple[Judged, ...], words: str) -> None:
        self.caption.setText(words)
        self.pictures.show_cells([self._cell(j) for j in found])

    def _cell(self, j: Judged) -> Cell:
        labels = self.evaluation.labels
        said = f"{labels[j.predicted]} {100 * j.confidence:.0f} %"
        true = "" if j.target is None else labels[j.target]
        tip = self.tr("is {true}, called {said}").format(true=true, said=said)
        return Cell(j.id, said, "" if j.right else "conflict", tip)

    # the report ------------------------------------------------------------------------------------------

    def ask_report(self) -> None:
        """Ask where the report goes."""
        dialog = QFileDialog(self, self.tr("Save the report"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["*.html"])
        dialog.setDefaultSuffix("html")
        dialog.selectFile(f"{self.evaluation.model}.html")
        dialog.fileSelected.connect(lambda path: self._errands.write_report(Path(path), self.evaluation))
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
        self.matrix.setAccessibleName(self.tr("Confusion matrix: rows are true, columns are what was said"))
        self.table.setAccessibleName(self.tr("Figures of each class"))
        self.gallery.setAccessibleName(self.tr("Pictures"))
        self.mistakes.setText(self.tr("Mistakes"))
        self.report.setText(self.tr("Save report…"))
        self._fill()

    def close_down(self) -> None:
        """End what runs by itself."""
        theme().changed.disconnect(self._fill)
        self.pictures.close()
