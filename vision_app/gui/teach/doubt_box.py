"""What a live model was unsure of: collected when the user says so, named with one key each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QVBoxLayout, QWidget

from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.pieces.texts import percent
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.theme import SPACE_PX
from vision_app.learn.doubtful import Doubtful
from vision_app.pictures.reading import decode

_LOOK_EVERY_MS = 1000
_PICTURE_PX = 420


class DoubtBox(QWidget):
    """Switches the collecting on, and opens what was collected."""

    train_wanted = Signal()
    """Train again, and keep the new version only if it is better."""

    def __init__(self, controller: TeachController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.collect = QCheckBox(self)
        self.name = QPushButton(self)
        self.dialog: DoubtDialog | None = None
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.collect)
        row.addWidget(self.name)
        self.collect.toggled.connect(controller.doubts.frames.switch)
        self.name.clicked.connect(self.open)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self.look()

    def look(self) -> None:
        """Show how many there are."""
        count = len(self._controller.doubts.frames)
        self.collect.setText(self.tr("Collect what the model is unsure of"))
        tip = self.tr("In memory only, at most 200; a frame becomes a sample when you name it")
        self.collect.setToolTip(tip)
        self.name.setText(self.tr("Name {count}…").format(count=count))
        self.name.setEnabled(count > 0)

    def open(self) -> None:
        """Name them, one after the other."""
        if self.dialog is None:
            self.dialog = DoubtDialog(self._controller, self)
            self.dialog.finished.connect(self._forget)
            self.dialog.train.clicked.connect(self._train)
        self.dialog.show()

    def _forget(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
        self.look()

    def _train(self) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self.train_wanted.emit()


class DoubtDialog(Dialog):
    """One frame at a time; a digit names it, Delete forgets it."""

    def __init__(self, controller: TeachController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.shown: Doubtful | None = None
        self.named = 0
        self.picture, self.guess, self.keys = QLabel(self), QLabel(self), QLabel(self)
        self.picture.setFixedSize(_PICTURE_PX, _PICTURE_PX)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for label in (self.guess, self.keys):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.train = QPushButton(self)
        self.train.setProperty("kind", "primary")
        self.train.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        for widget in (self.picture, self.guess, self.keys, self.train):
            column.addWidget(widget)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.next()
        self.setFocus()

    def next(self) -> None:
        """Show the newest that waits."""
        waiting = self._controller.doubts.frames.newest_first()
        self.shown = waiting[0] if waiting else None
        if self.shown is None:
            self.picture.clear()
        else:
            image = QPixmap.fromImage(copied_image(decode(self.shown.jpeg).image))
            self.picture.setPixmap(
                image.scaled(
                    self.picture.size(),
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
        self._say(len(waiting))

    def _say(self, waiting: int) -> None:
        self.setWindowTitle(self.tr("What the model was unsure of"))
        self.train.setText(self.tr("Train again, keep it only if it is better"))
        self.train.setEnabled(self.named > 0)
        if self.shown is None:
            self.guess.setText(
                self.tr("Nothing waits any more; {count} were named.").format(count=self.named)
            )
            self.keys.clear()
            return
        words = self.tr("Perhaps {name}, {share} sure; {count} wait")
        share = percent(self.shown.probability)
        self.guess.setText(words.format(name=self.shown.guess, share=share, count=waiting))
        keys = [f"{i} {label}" for i, label in enumerate(self.labels(), 1)]
        self.keys.setText("   ".join([*keys, self.tr("Delete: forget it")]))

    def labels(self) -> list[str]:
        """The classes that a digit names."""
        store = self._controller.store
        return [c.label for c in store.classes if not c.movement][:9] if store is not None else []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit names the frame, Delete forgets it."""
        number, labels = event.key() - int(Qt.Key.Key_0), self.labels()
        if self.shown is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._controller.doubts.frames.drop(self.shown.number)
            self.next()
        elif self.shown is not None and 1 <= number <= len(labels):
            self.give(labels[number - 1])
        else:
            super().keyPressEvent(event)

    def give(self, label: str) -> None:
        """Name the frame that is shown; it becomes a sample in the background."""
        shown, doubts = self.shown, self._controller.doubts
        if shown is None:
            return
        doubts.frames.drop(shown.number)
        self.named += 1
        self._controller.change(lambda store: doubts.frames.keep(shown, label, store, doubts.session))
        self.next()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._say(len(self._controller.doubts.frames))
        super().changeEvent(event)
