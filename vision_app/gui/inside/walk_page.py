"""From a result down to a number: its way through the network, step by step, checked at each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from vision_app.explaining.base import Choice
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.labels import label_names, name_of
from vision_app.messages import spoken

if TYPE_CHECKING:
    from vision_app.explaining.lessons.walk import Step, Walk
    from vision_app.explaining.probe import Probe
    from vision_app.results.values import ImageU8
    from vision_app.tasks.preprocess import Geometry

_MOST_TERMS = 8
STILL_PX = 330


class WalkPage(QWidget):
    """Takes the picture as it is now and follows its result down to pixels."""

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._probe: Probe | None = None
        self._steps: list[Step] = []
        self._frame_wh = (1, 1)
        self._geometry: Geometry | None = None
        self._busy = False
        self._still: QImage | None = None
        self.button, self.list = QPushButton(self), QListWidget(self)
        self.about, self.detail, self.still = QLabel(self), QLabel(self), QLabel(self)
        self.list.setFixedHeight(190)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the number at the end stays
        self.list.hide()  # until there are steps
        for label in (self.about, self.detail):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.still.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        set_kind(self.about, "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        for widget in (self.button, self.about, self.list, self.detail, self.still):
            column.addWidget(widget)
        column.addStretch(1)
        self.button.clicked.connect(self._button_clicked)
        self.list.currentRowChanged.connect(self._step_chosen)
        self._translate()

    def model_ready(self, probe: Probe) -> None:
        """Another network."""
        self._probe = probe

    def enter(self) -> None:
        """This lesson is shown."""
        self._controller.look(None)
        self._controller.use_probe()
        self._glass.show_map(None)
        self._glass.set_pointing(on=True)
        self._probe = self._controller.probe or self._probe

    def leave(self) -> None:
        """Another page is shown."""
        self._glass.clear()

    def _button_clicked(self) -> None:
        self.follow()

    def pointed(self, x: float, y: float) -> None:
        """Follow the object that was clicked; of a classifier the result."""
        self.follow((x, y))

    def follow(self, at: tuple[float, float] | None = None) -> None:
        """Take the newest picture and follow its result."""
        newest = self._controller.session.newest()
        probe = self._controller.probe or self._probe
        if newest is None or probe is None or self._busy:
            self.about.setText(self.tr("A picture and a model have to run first."))
            return
        image: ImageU8 = newest[0].image
        choice = Choice(box=box_at(newest[1], at)) if at is not None else Choice()
        self._busy = True
        self._translate()

        def job() -> tuple[Walk, Geometry]:
            from vision_app.explaining.lessons.walk import walk

            return walk(probe, image, choice), probe.model.prepare(image)[1]

        self._frame_wh = newest[0].size_wh
        self._still = small_still(image)
        self._controller.background.run(job, self._followed, self._failed)

    def _failed(self, words: str) -> None:
        self._busy = False
        self.about.setText(words)
        self._translate()

    def _followed(self, outcome: tuple[Walk, Geometry]) -> None:
        from vision_app.explaining.lessons.walk import shown

        found, self._geometry = outcome
        self._busy = False
        self._steps = shown(found.steps)
        self.list.clear()
        self.list.show()
        for step in self._steps:
            self.list.addItem(QListWidgetItem(f"{self._word(step)}  {step.value:.4g}"))
        end = self.tr("down to a pixel of the picture") if found.pixel is not None else found.end
        self.about.setText(
            self.tr(
                "{label}: {n} steps of which {shown} are shown, {end}. Largest difference to ONNX Runtime: {gap}."
            ).format(
                label=name_of(found.target.label, label_names(spoken())),
                n=len(found.steps),
                shown=len(self._steps),
                end=end,
                gap=f"{found.worst:.1g}",
            )
        )
        self.list.setCurrentRow(0)
        self._translate()

    def _word(self, step: Step) -> str:
        rules = {
            "sum": self.tr("sum of products"),
            "softmax": self.tr("softmax"),
            "mean": self.tr("mean"),
            "max": self.tr("largest"),
            "normalised": self.tr("normalised"),
        }
        if step.operator == "result":
            return self.tr("Result")
        return f"{step.layer}: {rules.get(step.made.rule, step.operator)}"

    def _step_chosen(self, row: int) -> None:
        if not 0 <= row < len(self._steps):
            return
        step = self._steps[row]
        made = step.made
        if made.rule == "softmax":
            terms = [f"e^{p.value:.3g}" for p in made.parts[:_MOST_TERMS]]
            more = " + …" if made.count > len(terms) else ""
            text = f"{terms[0]} / ({' + '.join(terms)}{more})"
        elif made.rule == "max":
            text = f"max({', '.join(f'{p.value:.3g}' for p in made.parts[:_MOST_TERMS])}, …)"
        else:
            terms = [f"{p.value:.3g}·{p.weight:.3g}" for p in made.parts[:_MOST_TERMS]]
            text = " + ".join(terms) + (" + …" if made.count > _MOST_TERMS else "")
            if made.bias:
                text += f" + {made.bias:.3g}"
        place = ", ".join(str(i) for i in step.index)
        self.detail.setText(
            self.tr("{layer} [{place}]\n{text}\n= {ours} here, {theirs} by ONNX Runtime; {n} terms").format(
                layer=step.layer,
                place=place,
                text=text,
                ours=f"{made.value:.6g}",
                theirs=f"{step.value:.6g}",
                n=made.count,
            )
        )
        self._mark(step)

    def _mark(self, step: Step) -> None:
        """What the place of this step sees of the picture."""
        probe = self._controller.probe or self._probe
        if probe is None or self._geometry is None:
            return
        layer = next((la for la in probe.inside.layers if step.tensor in (la.tensor, la.node)), None)
        if layer is None or layer.field is None or len(step.index) != 4:
            self._show_still(None)
            return
        x0, y0, x1, y1 = layer.field.at(step.index[2], step.index[3])
        (sx, sy), (ox, oy) = self._geometry.scale_xy, self._geometry.offset_xy
        rect = ((x0 - ox) / sx, (y0 - oy) / sy, (x1 - ox) / sx, (y1 - oy) / sy)
        self._show_still(rect)

    def _show_still(self, rect: tuple[float, float, float, float] | None) -> None:
        """The picture that was followed, with what this place sees of it: the live one has moved on."""
        if self._still is None:
            return
        drawn = QPixmap.fromImage(self._still)
        if drawn.width() > self.width():
            drawn = drawn.scaledToWidth(self.width(), Qt.TransformationMode.SmoothTransformation)
        if rect is not None:
            factor = drawn.width() / self._frame_wh[0]
            left, top, right, bottom = (v * factor for v in rect)
            painter = QPainter(drawn)
            for colour, width in (("#000000", 4), ("#ffb000", 2)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRect(QRectF(left, top, right - left, bottom - top))
            painter.end()
        self.still.setPixmap(drawn)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture is never wider than the panel."""
        super().resizeEvent(event)
        if self._still is not None:
            self._step_chosen(self.list.currentRow())

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.button.setText(
            self.tr("Following…") if self._busy else self.tr("Follow the result of this picture")
        )
        self.button.setEnabled(not self._busy)
        if not self._steps:
            self.about.setText(
                self.tr(
                    "Click on an object, or press the button: the way of its score opens, down to one sum of products "
                    "under a kernel or one softmax, each number computed here and compared with ONNX Runtime's."
                )
            )


def small_still(image: ImageU8) -> QImage:
    """A picture as wide as the panel."""
    import cv2

    from vision_app.gui.pieces.images import copied_image

    height = max(1, round(image.shape[0] * STILL_PX / image.shape[1]))
    return copied_image(
        np.asarray(cv2.resize(image, (STILL_PX, height), interpolation=cv2.INTER_AREA), np.uint8)
    )


def box_at(results: tuple[object, ...], at: tuple[float, float]) -> tuple[float, float, float, float] | None:
    """The smallest found box around a place."""
    from vision_app.results.values import BoxResult

    x, y = at
    boxes = [
        (left, top, right, bottom)
        for result in results
        if isinstance(result, BoxResult)
        for left, top, right, bottom in result.detections.xyxy.tolist()
        if left <= x <= right and top <= y <= bottom
    ]
    return min(boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]), default=None)
