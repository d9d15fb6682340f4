"""Two models side by side on the same picture: their maps, what they say, and how long they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from vision_app.explaining.watching import PaintedOf, PaintedSeen
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.words import legend_of, method_word
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.session import Session
from vision_app.gui.theme import SPACE_PX
from vision_app.labels import label_names
from vision_app.messages import spoken

if TYPE_CHECKING:
    from vision_app.explaining.base import View
    from vision_app.results.values import Result

_WIDTH_PX = 640


class _Half(QWidget):
    """One of the two: a model, its picture, its facts."""

    chosen = Signal()
    """The user took another model."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.controller = InsideController(session, self)
        self._shown: PaintedOf | None = None
        self._chosen = False
        self._image: QImage | None = None
        self.model, self.picture, self.facts = QComboBox(self), QLabel(self), QLabel(self)
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.picture.setMinimumSize(120, 90)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.model, self.picture, self.facts):
            column.addWidget(widget)
        column.addStretch(1)
        self.model.activated.connect(self._choose)
        self.controller.seen.connect(self._seen)
        self.controller.said.connect(self._said)

    def _said(self, wanted: object, words: str) -> None:
        self._say(words)

    def _choose(self) -> None:
        self.take(self.model.currentData())
        self.chosen.emit()

    def take(self, slot: int) -> None:
        """Show this model from now on."""
        self._chosen = True
        with QSignalBlocker(self.model):
            self.model.setCurrentIndex(self.model.findData(slot))
        self.controller.use(slot)

    def fill(self, wanted: int) -> None:
        """List the models that run; take the wanted one, counted from 0, where none is chosen."""
        running = self.controller.running
        with QSignalBlocker(self.model):
            self.model.clear()
            for status in running:
                self.model.addItem(status.name, status.slot)
            slots = [status.slot for status in running]
            slot = self.controller.slot if self._chosen and self.controller.slot in slots else None
            if slot is None and slots:
                slot = slots[min(wanted, len(slots) - 1)]
            if slot is not None:
                self.model.setCurrentIndex(slots.index(slot))
        self.controller.use(slot)

    def switch(self, *, on: bool) -> None:
        """Show it, or cost nothing."""
        self._shown = PaintedOf(_WIDTH_PX, legend_of) if on else None
        self.controller.look(self._shown)

    def _seen(self, wanted: object, view: View, found: PaintedSeen) -> None:
        if wanted is not self._shown:
            return
        self._image = copied_image(found.picture)
        pixmap = QPixmap.fromImage(self._image)
        self.picture.setPixmap(
            pixmap.scaledToWidth(max(self.width(), 120), Qt.TransformationMode.SmoothTransformation)
        )
        status = next((m for m in self.controller.running if m.slot == self.controller.slot), None)
        took = "" if status is None or status.infer_p50_ms is None else f"{status.infer_p50_ms:.1f} ms"
        lines = [one_result(view.result), method_word(found.map.method), took]
        self._say("\n".join(line for line in lines if line), kind="")

    def _say(self, words: str, kind: str = "warn") -> None:
        self.facts.setText(words)
        set_kind(self.facts, kind)


def one_result(result: Result) -> str:
    """What a model says, in a few words."""
    from vision_app.results.values import BoxResult, Classification

    names = label_names(spoken())
    if isinstance(result, Classification):
        of = result.labels
        return ", ".join(f"{names.of(label, of)} {p:.0%}" for _, label, p in result.top(2))
    if isinstance(result, BoxResult):
        found = result.detections
        said = [names.of(found.label(i), found.labels) for i in range(min(len(found), 4))]
        return ", ".join(said) or "-"
    return result.task


class ComparePage(QWidget):
    """Both halves, and a hint where there are not two models."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entered = False
        self.halves = (_Half(session, self), _Half(session, self))
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        grid.addWidget(self.hint, 0, 0, 1, 2)
        for i, half in enumerate(self.halves):
            grid.addWidget(half, 1, i)
            grid.setColumnStretch(i, 1)
            half.chosen.connect(lambda i=i: self._never_twice(i))
        grid.setRowStretch(2, 1)
        session.models.connect(self._models_told)
        self._translate()

    def _models_told(self, _: object) -> None:
        self._fill()

    def _fill(self) -> None:
        if not self._entered:
            return
        for i, half in enumerate(self.halves):
            half.fill(i)
        count = len(self.halves[0].controller.running)
        self.hint.setVisible(count < 2)

    def _never_twice(self, changed: int) -> None:
        """One model in both halves compares nothing: the other half takes another one, if there is one."""
        slots = [status.slot for status in self.halves[0].controller.running]
        taken, other = self.halves[changed].controller.slot, self.halves[1 - changed]
        if other.controller.slot == taken:
            free = [slot for slot in slots if slot != taken]
            if free:
                other.take(free[0])

    def enter(self) -> None:
        """This page is shown."""
        self._entered = True
        self._fill()  # first: both halves start from the same model, and one model is watched by one
        for half in self.halves:
            half.switch(on=True)

    def leave(self) -> None:
        """Another page is shown."""
        self._entered = False
        for half in self.halves:
            half.switch(on=False)

    def close_down(self) -> None:
        """End both."""
        for half in self.halves:
            half.controller.close()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.hint.setText(
            self.tr("Run two models (Models, Ctrl+1) to see them side by side on the same picture.")
        )
