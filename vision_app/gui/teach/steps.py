"""The five steps of fine-tuning, which light up as they happen."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vision_app.gui.pieces.icons import pixmap
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.learn.options import TrainingProgress

STEPS = 5
_MARK_PX = 18


def step_of(progress: TrainingProgress) -> int:
    """Number of the step that is being done, from 1."""
    if progress.phase == "embedding":
        return 2
    if progress.phase == "training":
        return 4 if progress.history else 3
    return 5


class Steps(QWidget):
    """A list of the steps with a mark before each: to come, being done, done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current = 0
        """Number of the step that is being done; 0 before the first, six when all are done."""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_PX)
        grid.setVerticalSpacing(SPACE_PX // 2)
        grid.setColumnStretch(1, 1)
        self._marks: list[QLabel] = []
        self._texts: list[QLabel] = []
        for row in range(STEPS):
            mark, text = QLabel(self), QLabel(self)
            mark.setFixedSize(_MARK_PX, _MARK_PX)
            text.setWordWrap(True)
            grid.addWidget(mark, row, 0)
            grid.addWidget(text, row, 1)
            self._marks.append(mark)
            self._texts.append(text)
        theme().changed.connect(self._show)
        self._translate()

    def go_to(self, step: int) -> None:
        """Say which step is being done; `STEPS + 1` when all are."""
        if step != self.current:
            self.current = step
            self._show()

    def _show(self) -> None:
        colours = theme().colours
        scale = self.devicePixelRatioF()
        for number, (mark, text) in enumerate(zip(self._marks, self._texts, strict=True), start=1):
            done, now = number < self.current, number == self.current
            if done:
                mark.setPixmap(pixmap("check", colours.good, _MARK_PX, scale))
            elif now:
                mark.setPixmap(pixmap("right", colours.accent, _MARK_PX, scale))
            else:
                mark.clear()
                mark.setText(str(number))
            set_kind(text, "" if done or now else "quiet")
            set_kind(mark, "quiet")
            font = QFont(self.font())
            font.setBold(now)
            text.setFont(font)
            state = self.tr("done") if done else self.tr("now") if now else self.tr("to come")
            text.setAccessibleName(f"{number}. {text.text()}: {state}")

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = (
            self.tr("Import a pre-trained model"),
            self.tr("Freeze its layers"),
            self.tr("Put on a new output layer"),
            self.tr("Train it on your samples"),
            self.tr("Evaluate it, and unfreeze if wanted"),
        )
        for text, word in zip(self._texts, words, strict=True):
            text.setText(word)
        self._show()
