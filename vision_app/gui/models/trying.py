"""What a file that is to be added sees on a photo, before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vision_app.gui.models.shelf import Preview, Shelf
from vision_app.gui.pieces.background import while_there
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.messages import told

_WAIT_MS = 250
_HEIGHT_PX = 220


class TrialPicture(QLabel):
    """A picture that keeps its shape in whatever room there is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._whole = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, pixmap: QPixmap) -> None:
        """Show another one."""
        self._whole = pixmap
        self._fit()

    @property
    def shown(self) -> bool:
        """Whether there is a picture."""
        return not self._whole.isNull()

    def sizeHint(self) -> QSize:
        """Small: it takes the room that is left."""
        return QSize(_HEIGHT_PX * 16 // 9, _HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture again."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            return
        ratio = self.devicePixelRatioF()
        fitted = self._whole.scaled(
            self.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)


class TrialPane(QWidget):
    """Shows what the file sees with what has been said; tries again shortly after each change.

    Args:
        shelf: what tries it.
        file: the .onnx file.
        settings: gives the fields of the card as they are said now.
        parent: Qt's owner.
    """

    def __init__(
        self,
        shelf: Shelf,
        file: Path,
        settings: Callable[[], Mapping[str, Any]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf, self._file, self._settings = shelf, file, settings
        self._photo: Path | None = None
        self._asked = 0
        self.title = QLabel(self)
        self.photo_button = QPushButton(self)
        self.photo_button.setAutoDefault(False)
        self.photo_button.clicked.connect(self._choose)
        self.picture = TrialPicture(self)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        set_kind(self.note, "quiet")
        row = QHBoxLayout()
        row.addWidget(self.title, 1)
        row.addWidget(self.photo_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        column.addLayout(row)
        column.addWidget(self.picture, 1)
        column.addWidget(self.note)
        # a layout with wrapped text does not ask for all that it needs
        beside_the_picture = TARGET_PX + self.note.minimumHeight() + 4 * SPACE_PX
        self.setMinimumHeight(self.picture.minimumHeight() + beside_the_picture)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self._look)
        self._translate()

    def look_soon(self) -> None:
        """Try again once nothing has been changed for a moment."""
        self._soon.start()

    def take_photo(self, path: str) -> None:
        """Try on another picture."""
        self._photo = Path(path)
        self._look()

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Try on a picture"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Pictures (*.jpg *.jpeg *.png *.webp *.bmp)"), self.tr("All files (*)")]
        )
        dialog.fileSelected.connect(self.take_photo)
        dialog.open()

    def _look(self) -> None:
        self._asked += 1
        asked = self._asked
        self._shelf.preview(
            self._file,
            self._settings(),
            self._photo,
            while_there(lambda preview: self._show(asked, preview), self),
            while_there(lambda text: self._cannot(asked, text), self),
        )

    def _show(self, asked: int, preview: Preview) -> None:
        if asked != self._asked:
            return  # something was changed since
        self.picture.show_picture(QPixmap.fromImage(copied_image(preview.image)))
        lines = [told(remark) for remark in preview.remarks]
        if preview.ways > 1:
            lines.insert(
                0, self.tr("{count} ways to read it: choose the one that is right").format(count=preview.ways)
            )
        self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        self.note.setText(text.replace(f"{self._file}: ", ""))

    def _cannot(self, asked: int, text: str) -> None:
        if asked == self._asked:
            self._say(text)

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.title.setText(self.tr("What it would see"))
        self.photo_button.setText(self.tr("Another picture…"))
        self.picture.setAccessibleName(self.tr("What the model would see on a photo"))
