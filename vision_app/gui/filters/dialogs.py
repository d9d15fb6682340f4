"""The code of a chain, and the lesson of an operation."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.filters.operation import Operation
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import spoken
from vision_app.replacing import replace_text


class CodeDialog(Dialog):
    """The script of the chain, to read, copy or save; it follows the sliders while it is open."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.resize(720, 560)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.copy, self.save, self.close_button = QPushButton(self), QPushButton(self), QPushButton(self)
        self.copy.setProperty("kind", "primary")
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._ask)
        self.close_button.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.save)
        row.addWidget(self.said, 1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        self._translate()

    def show_code(self, code: str) -> None:
        """Show another script; the place that is read stays."""
        if code == self.text.toPlainText():
            return
        bar = self.text.verticalScrollBar()
        place = bar.value()
        self.text.setPlainText(code)
        bar.setValue(place)
        self._say("")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self._say(self.tr("Copied"))

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the code"), "filters.py")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Python scripts ({patterns})").format(patterns="*.py"))
        dialog.setDefaultSuffix("py")
        dialog.fileSelected.connect(self.save_as)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def save_as(self, path: str) -> None:
        """Write the script there."""
        code = self.text.toPlainText()
        done = self.tr("Saved as {path}").format(path=path)
        self._background.run(
            lambda: replace_text(Path(path), code),
            lambda _: self._say(done),
            lambda text: self._say(text, "bad"),
            owner=self,
        )

    def _say(self, text: str, kind: str = "quiet") -> None:
        set_kind(self.said, kind)
        self.said.setText(text)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("The code of the filters"))
        self.copy.setText(self.tr("Copy"))
        self.save.setText(self.tr("Save…"))
        self.close_button.setText(self.tr("Close"))
        self.text.setAccessibleName(self.tr("Python code"))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)


class LessonDialog(Dialog):
    """Three sentences about an operation, and a picture to try it on."""

    try_wanted = Signal(str)
    """Open the picture of that name."""
    learnt_wanted = Signal()
    """Show kernels that a network has learnt."""

    def __init__(self, operation: Operation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._operation = operation
        self.setMinimumWidth(420)
        self.title, self.text, self.call = QLabel(self), QLabel(self), QLabel(self)
        set_kind(self.title, "heading")
        set_kind(self.call, "quiet")
        self.text.setWordWrap(True)
        self.call.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.try_it, self.learnt, self.close_button = QPushButton(self), QPushButton(self), QPushButton(self)
        self.try_it.setProperty("kind", "primary")
        self.try_it.clicked.connect(lambda: self.try_wanted.emit(operation.picture))
        self.learnt.clicked.connect(self.learnt_wanted)
        self.learnt.setVisible(operation.kernel is not None)
        self.close_button.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        for widget in (self.title, self.text, self.call):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.addWidget(self.try_it)
        row.addWidget(self.learnt)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addLayout(row)
        self._translate()

    def _translate(self) -> None:
        operation, language = self._operation, spoken()
        self.setWindowTitle(operation.title.of(language))
        self.title.setText(operation.title.of(language))
        self.text.setText(operation.lesson.of(language))
        cost = self.tr("{call} · about {ms} ms for 1280 × 720 pixels")
        self.call.setText(cost.format(call=operation.call, ms=f"{operation.cost_ms:g}"))
        self.try_it.setText(self.tr("Try it on a picture"))
        self.learnt.setText(self.tr("A learnt one looks like this"))
        self.close_button.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)
