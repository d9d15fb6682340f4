"""The probability of a class along a slider, as a plot: at which value does the model lose it?"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.errors import VisionError
from vision_app.filters.parameters import Choice, Real, Whole
from vision_app.filters.robustness import Point, robustness
from vision_app.gui.filters.controller import FilterController
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.session import Session
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.labels import label_names
from vision_app.live.status import ModelState
from vision_app.messages import spoken, told
from vision_app.results.values import Classification

if TYPE_CHECKING:
    from vision_app.engine.predictors import Predictor
    from vision_app.results.values import ImageU8


class ProbabilityPlot(QWidget):
    """Points from the lowest value to the highest; hollow where another class is more probable."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points: list[Point] = []
        self.label, self.count = "", 1
        self.setMinimumSize(460, 240)
        theme().changed.connect(self.update)

    def show_points(self, points: list[Point], label: str, count: int) -> None:
        """Show other points.

        Args:
            points: those that are measured.
            label: the class that is followed.
            count: how many there will be.
        """
        self.points, self.label, self.count = points, label, max(count, 2)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The axes, the line, the points."""
        colours, painter = theme().colours, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        measure = painter.fontMetrics()
        left, bottom = measure.horizontalAdvance("100 %") + SPACE_PX, 2 * measure.height()
        room = QRectF(self.rect()).adjusted(left, SPACE_PX, -2 * SPACE_PX, -bottom)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = room.bottom() - share * room.height()
            painter.setPen(QColor(colours.border))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(colours.quiet))
            place = QRectF(0, y - measure.height() / 2, left - SPACE_PX / 2, measure.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, f"{share:.0%}")
        spots = [
            QPointF(
                room.left() + i * room.width() / (self.count - 1),
                room.bottom() - p.probability * room.height(),
            )
            for i, p in enumerate(self.points)
        ]
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.drawPolyline(QPolygonF(spots))
        for spot, point in zip(spots, self.points, strict=True):
            painter.setBrush(QColor(colours.accent if point.best == self.label else colours.window))
            painter.drawEllipse(spot, 4, 4)
        self._paint_values(painter, room, spots)
        painter.end()

    def _paint_values(self, painter: QPainter, room: QRectF, spots: list[QPointF]) -> None:
        measure = painter.fontMetrics()
        painter.setPen(QColor(theme().colours.quiet))
        last_right = -1.0
        for spot, point in zip(spots, self.points, strict=True):
            text = str(point.value)
            width = measure.horizontalAdvance(text)
            x = min(max(spot.x() - width / 2, 0), self.width() - width)
            if x > last_right + SPACE_PX:
                painter.drawText(QPointF(x, room.bottom() + measure.height()), text)
                last_right = x + width


class RobustnessDialog(Dialog):
    """Chooses a parameter and a classifier, and draws how sure the classifier is along it."""

    _measured = Signal(int, str, object)
    _ended = Signal(int, str)

    def __init__(
        self, session: Session, controller: FilterController, chosen: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._chain = session, controller.chain
        self._run = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.points: list[Point] = []
        self.parameters, self.models = QComboBox(self), QComboBox(self)
        self.labels = (QLabel(self), QLabel(self))
        self.plot, self.said = ProbabilityPlot(self), QLabel(self)
        self.said.setWordWrap(True)
        self.start_button, self.close_button = QPushButton(self), QPushButton(self)
        self.start_button.setProperty("kind", "primary")
        grid = QGridLayout()
        for row, (label, field) in enumerate(zip(self.labels, (self.parameters, self.models), strict=True)):
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        column.addWidget(self.plot, 1)
        column.addWidget(self.said)
        column.addLayout(buttons)
        self.start_button.clicked.connect(self.start)
        self.close_button.clicked.connect(self.close)
        self._measured.connect(self._add, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self.finished.connect(self._halt)
        self._fill(chosen)
        self._translate()

    def _fill(self, chosen: int) -> None:
        for number, step in enumerate(self._chain.steps):
            for parameter in step.operation.parameters:
                if isinstance(parameter, Whole | Real | Choice):
                    self.parameters.addItem("", (number, parameter.name))
                    if number == chosen and self.parameters.currentData()[0] != chosen:
                        self.parameters.setCurrentIndex(self.parameters.count() - 1)
        for status in self._session.model_statuses():
            if status.state is ModelState.READY and status.task == "classify":
                self.models.addItem(status.request.reference, status.slot)
        self.start_button.setEnabled(bool(self.parameters.count() and self.models.count()))

    # measuring -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Measure, in a thread."""
        newest, predictor = self._session.newest(), self._session.predictor(self.models.currentData())
        if newest is None or predictor is None:
            self._say(self.tr("There is no picture, or the model has gone."), "bad")
            return
        self._halt()
        self._run += 1
        self._stop = threading.Event()
        self.points = []
        self.plot.show_points([], "", 2)
        self._say(self.tr("Measuring…"))
        number, name = self.parameters.currentData()
        arguments = (self._run, self._stop, predictor, newest[0].image, (number, name))
        self._thread = threading.Thread(target=self._measure, args=arguments, name="robustness", daemon=True)
        self._thread.start()

    def _measure(
        self, run: int, stop: threading.Event, predictor: Predictor, image: ImageU8, place: tuple[int, str]
    ) -> None:
        def classify(picture: ImageU8) -> Classification:
            result = predictor.predict(picture)[0]
            if not isinstance(result, Classification):
                raise VisionError("{name} does not classify", name=predictor.name)
            return result

        try:
            for label, point in robustness(self._chain, *place, image, classify):
                if stop.is_set():
                    return
                self._tell(self._measured, run, label, point)
        except VisionError as error:
            self._tell(self._ended, run, told(error))
        else:
            self._tell(self._ended, run, "")

    def _tell(self, signal: SignalInstance, *values: object) -> None:
        with suppress(RuntimeError):  # the dialog was closed and deleted while its thread was still ending
            signal.emit(*values)

    def _add(self, run: int, label: str, point: Point) -> None:
        if run != self._run:
            return
        self.points.append(point)
        self.plot.show_points(self.points, label, max(21, len(self.points)))

    def _end(self, run: int, error: str) -> None:
        if run != self._run:
            return
        if error or not self.points:
            self._say(error, "bad")
            return
        self.plot.show_points(self.points, self.plot.label, len(self.points))
        label = label_names(spoken()).get(self.plot.label, self.plot.label)
        lost = [str(point.value) for point in self.points if point.best != self.plot.label]
        if lost:
            words = self.tr("Probability of {label}. Another class is more probable at: {values}")
            self._say(words.format(label=label, values=", ".join(lost)))
        else:
            self._say(
                self.tr("Probability of {label}. It is the best class at every value.").format(label=label)
            )

    def _halt(self) -> None:
        """Measure no more."""
        self._run += 1
        self._stop.set()

    # words -----------------------------------------------------------------------------------------------

    def _say(self, text: str, kind: str = "") -> None:
        set_kind(self.said, kind)
        self.said.setText(text)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("How robust is the model?"))
        self.labels[0].setText(self.tr("Along"))
        self.labels[1].setText(self.tr("Classifier"))
        self.start_button.setText(self.tr("Measure"))
        self.close_button.setText(self.tr("Close"))
        for place in range(self.parameters.count()):
            number, name = self.parameters.itemData(place)
            operation = self._chain.steps[number].operation
            words = operation.parameter(name).words.of(spoken())
            self.parameters.setItemText(place, f"{operation.title.of(spoken())}: {words}")
        if not self.models.count():
            self._say(self.tr("Run a classifier first, in the panel Models."), "warn")
        elif not self.parameters.count():
            self._say(self.tr("Add a filter with a slider first."), "warn")

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)
