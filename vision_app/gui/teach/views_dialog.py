"""What the training makes of samples, and what the filters before the models would make of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vision_app.filters.chain import FilterChain
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.learn.augment import changed, views_of
from vision_app.results.values import ImageU8
from vision_app.samples.view import StoreView

_SIDE_PX = 120
_MOST_SAMPLES, _MOST_VIEWS = 4, 4


@dataclass(frozen=True, slots=True)
class Previewed:
    """One sample.

    Attributes:
        label: its class.
        views: as it is, and as the training changes it.
        filtered: behind the filters; None without any.
    """

    label: str
    views: tuple[ImageU8, ...]
    filtered: ImageU8 | None


def preview(store: StoreView, count: int, chain: FilterChain, *, flip: bool) -> list[Previewed]:
    """The newest sample of each class, at most four classes.

    Args:
        store: where the samples are.
        count: how many views the training makes; at most four are shown.
        chain: the filters before the models.
        flip: whether views may be mirrored.

    Raises:
        SampleError: a sample cannot be read.
        ConfigError: the filters cannot be done.
    """
    found = []
    for label in store.labels[:_MOST_SAMPLES]:
        ids = store.ids(label)
        if not ids:
            continue
        sample, image = store.sample(ids[-1]), store.read(ids[-1])
        views = views_of(min(count, _MOST_VIEWS), flip=flip)
        made = tuple(changed(image, view, sample.sha256) for view in views)
        found.append(Previewed(label, made, chain.start().bgr(image) if chain else None))
    return found


class ViewsDialog(Dialog):
    """A row a class: as it is, changed by the training, and behind the filters."""

    def __init__(
        self,
        background: Background,
        store: StoreView,
        count: int,
        chain: FilterChain,
        parent: QWidget | None = None,
        *,
        flip: bool = True,
    ) -> None:
        super().__init__(parent)
        self._chain, self._count = chain, min(count, _MOST_VIEWS)
        self.text, self.said = QLabel(self), QLabel(self)
        self.text.setWordWrap(True)
        self.said.setWordWrap(True)
        self.heads = [QLabel(self) for _ in range(self._count + (1 if chain else 0))]
        self.grid = QGridLayout()
        self.grid.setSpacing(SPACE_PX)
        for column, head in enumerate(self.heads, 1):
            set_kind(head, "quiet")
            self.grid.addWidget(head, 0, column)
        self.close_button = QPushButton(self)
        self.close_button.clicked.connect(self.close)
        column_ = QVBoxLayout(self)
        column_.setSpacing(SPACE_PX)
        column_.addWidget(self.text)
        column_.addLayout(self.grid)
        column_.addWidget(self.said)
        column_.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(420)
        self._translate()
        background.run(lambda: preview(store, count, chain, flip=flip), self._show, self._failed)

    def _show(self, found: list[Previewed]) -> None:
        for row, sample in enumerate(found, 1):
            self.grid.addWidget(QLabel(sample.label, self), row, 0)
            pictures = [*sample.views, *([] if sample.filtered is None else [sample.filtered])]
            for column, image in enumerate(pictures, 1):
                cell = QLabel(self)
                cell.setPixmap(_thumbnail(image))
                self.grid.addWidget(cell, row, column)
        self.said.setText("" if found else self.tr("There are no samples yet."))

    def _failed(self, text: str) -> None:
        set_kind(self.said, "bad")
        self.said.setText(text)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Views of the samples"))
        words = [self.tr("As it is")]
        words += [self.tr("View {number}").format(number=number) for number in range(2, self._count + 1)]
        words += [self.tr("Behind the filters")]
        for head, text in zip(self.heads, words[: self._count] + words[-1:], strict=False):
            head.setText(text)
        if self._chain:
            self.text.setText(
                self.tr(
                    "The training learns from the views. The last column is what a model sees live while the filters "
                    "{filters} are on: if it looks like another thing to you, it will to the model."
                ).format(filters=str(self._chain))
            )
        else:
            self.text.setText(
                self.tr(
                    "The training learns from these views. Filters of the panel OpenCV are shown beside them once "
                    "there are any."
                )
            )
        self.close_button.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)


def _thumbnail(image: ImageU8) -> QPixmap:
    scale = _SIDE_PX / max(image.shape[:2])
    size_wh = tuple(max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    return QPixmap.fromImage(copied_image(np.ascontiguousarray(small, np.uint8)))
