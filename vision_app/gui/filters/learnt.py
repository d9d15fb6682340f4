"""Kernels that a network has learnt, beside the ones that somebody typed in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.theme import SPACE_PX
from vision_app.results.values import ImageU8


class LearntDialog(Dialog):
    """The first layer of the shipped classifier, as pictures."""

    lesson_wanted = Signal()
    """Show how such a kernel slides over a picture."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self.picture = QLabel(self), QLabel(self)
        self.text.setWordWrap(True)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.lesson, self.close_button = QPushButton(self), QPushButton(self)
        self.lesson.setProperty("kind", "primary")
        self.lesson.clicked.connect(self.lesson_wanted)
        self.lesson.clicked.connect(self.close)
        self.close_button.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.text)
        column.addWidget(self.picture, 1)
        row = QHBoxLayout()
        row.addWidget(self.lesson)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addLayout(row)
        self.setMinimumWidth(440)
        self._translate()
        background.run(_learnt, self._show, self.picture.setText)

    def _show(self, image: ImageU8) -> None:
        self.picture.setPixmap(QPixmap.fromImage(copied_image(image)))
        self.picture.setMinimumSize(image.shape[1], image.shape[0])
        self.adjustSize()

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Learnt kernels"))
        self.text.setText(
            self.tr(
                "These are the kernels of the first layer of EfficientNet-Lite0. Nobody typed them in: they "
                "came out of training on a million photos. Some look for edges, some for spots, "
                "some for one colour beside another."
            )
        )
        self.lesson.setText(self.tr("The lesson: a kernel slides"))
        self.close_button.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)


def _learnt() -> ImageU8:
    from vision_app.cards.lookup import DEFAULT_CLASSIFIER, find_model
    from vision_app.graph.first_kernels import first_kernels, kernels_picture

    return kernels_picture(first_kernels(find_model(DEFAULT_CLASSIFIER).path))
