"""The five steps of fine-tuning, as a list that lights up while they happen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vision_app.gui.pieces.icons import pixmap
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.learn.options import TrainingProgress

_ICON_PX = 18
_COUNT = 5


class Steps(QWidget):
    """Which step is done, which is being done, which is to come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done = 0
        self._now: int | None = None
        self._base = ""
        self._icons = [QLabel(self) for _ in range(_COUNT)]
        self._texts = [QLabel(self) for _ in range(_COUNT)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_PX)
        grid.setVerticalSpacing(SPACE_PX // 2)
        grid.setColumnStretch(1, 1)
        for i, (picture, text) in enumerate(zip(self._icons, self._texts, strict=True)):
            text.setWordWrap(True)
            grid.addWidget(picture, i, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, i, 1)
        theme().changed.connect(self._draw)
        self._draw()

    def reset(self, base: str) -> None:
        """Nothing is done yet."""
        self._base, self._done, self._now = base, 0, None
        self._draw()

    def begin(self) -> None:
        """The first step is being done."""
        self._now = 0
        self._draw()

    def show_progress(self, progress: TrainingProgress) -> None:
        """Light up what has been reached."""
        # with the first embedding the network is loaded and frozen; with the first epoch its new layer is there
        reached = {"embedding": (2, 2), "training": (3, 3), "unfreezing": (4, 4), "writing": (4, 4)}
        self._done, self._now = reached[progress.phase]
        self._draw()

    def finish(self) -> None:
        """All of it is done."""
        self._done, self._now = _COUNT, None
        self._draw()

    @property
    def done(self) -> int:
        """How many steps are done."""
        return self._done

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        base = self._base or self.tr("a classifier")
        texts = (
            self.tr("Take a network that was trained before: {base}").format(base=base),
            self.tr("Freeze its layers: they stay as they are"),
            self.tr("Put on a new last layer, for your classes"),
            self.tr("Train that layer on your samples"),
            self.tr("Look how well it does, and if wanted unfreeze its last blocks"),
        )
        colours = theme().colours
        for i, (picture, label, text) in enumerate(zip(self._icons, self._texts, texts, strict=True)):
            name, colour = ("dot", colours.disabled)
            if i < self._done:
                name, colour = "check", colours.good
            elif i == self._now:
                name, colour = "right", colours.accent
            picture.setPixmap(pixmap(name, colour, _ICON_PX, self.devicePixelRatioF()))
            label.setText(text)
            set_kind(label, "heading" if i == self._now else "" if i < self._done else "quiet")
