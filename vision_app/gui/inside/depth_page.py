"""The lesson of depth: the gradient of each layer of a plain and of a residual network, measured."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from vision_app.explaining.lessons.depth import Moment, pair_of, shipped_runs
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.glass import Glass
from vision_app.gui.pieces.texts import Sentences, percent
from vision_app.gui.theme import SPACE_PX, TARGET_PX, theme

if TYPE_CHECKING:
    from vision_app.learn.depth import DepthStep

_LOWEST = -24
_LIVE_STEPS, _LIVE_EVERY = 200, 10

STROKES = {
    "good": (Qt.PenStyle.SolidLine, "━━"),
    "bad": (Qt.PenStyle.DashLine, "╍╍"),
    "warn": (Qt.PenStyle.DashDotLine, "━·━"),
    "accent": (Qt.PenStyle.DotLine, "┅┅"),
}
"""Lines are not told apart by colour alone: field of `Colours` to the stroke, and how a legend writes it."""


def legend_html(names: Sequence[tuple[str, str]]) -> str:
    """Which line is whose, in the colours in force: no stroke is parted from its name where lines are broken.

    Args:
        names: field of `Colours`, and what its line is called.
    """
    return " &nbsp; ".join(
        f'<span style="color:{getattr(theme().colours, role)}">{STROKES[role][1]}</span>&nbsp;'
        f"{escape(name, quote=False).replace(' ', '&nbsp;')}"
        for role, name in names
    )


class GradientPlot(QWidget):
    """The size of the gradient by layer, on a scale of powers of ten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[tuple[str, Sequence[float]]] = []
        self._ends: tuple[str, str] | None = None
        self.setMinimumHeight(190)

    def name_ends(self, left: str, right: str) -> None:
        """Say other words below the two ends of the axis than those of layers."""
        self._ends = left, right
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(300, 200)

    def show_lines(self, lines: list[tuple[str, Sequence[float]]]) -> None:
        """Show other gradients: field of `Colours`, and a number a layer, first layer first."""
        self._lines = lines
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes and lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        high = painter.fontMetrics().height()
        logs = [math.log10(max(v, 1e-30)) for _, values in self._lines for v in values]
        low = max(_LOWEST, math.floor(min(logs, default=-4)))
        top = math.ceil(max(logs, default=0))
        room = QRectF(self.rect()).adjusted(4.2 * high, high / 2, -SPACE_PX, -high * 1.6)
        step = max(1, round((top - low) / 6))
        for power in range(low, top + 1, step):
            y = room.bottom() - (power - low) / max(top - low, 1) * room.height()
            painter.setPen(QPen(QColor(theme().colours.border), 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(theme().colours.quiet))
            box = QRectF(0, y - high / 2, room.left() - 4, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"1e{power}")
        box = QRectF(room.left(), room.bottom() + 2, room.width(), high * 1.4)
        left, right = self._ends or (self.tr("first layer"), self.tr("last layer"))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, left)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, right)
        for role, values in self._lines:
            colour = QColor(getattr(theme().colours, role))
            points = []
            for i, value in enumerate(values):
                share = (math.log10(max(value, 1e-30)) - low) / max(top - low, 1)
                x = room.left() + i / max(len(values) - 1, 1) * room.width()
                points.append(QPointF(x, room.bottom() - min(max(share, 0.0), 1.0) * room.height()))
            painter.setPen(QPen(colour, 2, STROKES[role][0]))
            painter.drawPolyline(QPolygonF(points))
        painter.end()


class DepthPage(QWidget):
    """Two networks of the same depth at the same moment of their training."""

    _arrived = Signal(bool, object)
    _ended = Signal(str)

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._live: dict[bool, DepthStep] = {}
        self._stop = threading.Event()
        self._training = False
        self.layers, self.moment = QComboBox(self), QSlider(Qt.Orientation.Horizontal, self)
        self.plot, self.words, self.legend = GradientPlot(self), Sentences(self), QLabel(self)
        self.train = QPushButton(self)
        self.labels = [QLabel(self) for _ in range(2)]
        self._build()
        self._translate()
        self._show()

    def _build(self) -> None:
        for depth in sorted({run.depth for run in shipped_runs()}):
            self.layers.addItem(str(depth), depth)
        self.layers.setCurrentIndex(self.layers.count() - 1)
        self.moment.setRange(0, len(shipped_runs()[0].moments) - 1)
        form = QFormLayout()
        for label, field in zip(self.labels, (self.layers, self.moment), strict=True):
            label.setBuddy(field)
            label.setMinimumHeight(TARGET_PX)
            form.addRow(label, field)
        self.legend.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        for widget in (self.legend, self.plot, self.words, self.train):
            column.addWidget(widget)
        column.addStretch(1)
        self.layers.activated.connect(self._chosen)
        self.moment.valueChanged.connect(self._chosen)
        self.train.clicked.connect(self._toggle_training)
        self._arrived.connect(self._step_done, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._training_done, Qt.ConnectionType.QueuedConnection)
        theme().changed.connect(self._translate)

    def enter(self) -> None:
        """This lesson is shown: it needs no model and no picture."""
        self._controller.look(None)
        self._glass.clear()

    def leave(self) -> None:
        """Another page is shown."""
        self._stop.set()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is trained where nobody looks."""
        self._stop.set()
        super().hideEvent(event)

    def _chosen(self) -> None:
        self._live = {}
        self._stop.set()
        self._show()

    def _show(self) -> None:
        depth = int(self.layers.currentData())
        pair: Sequence[Moment | DepthStep | None]
        if self._live:
            pair = (self._live.get(False), self._live.get(True))
        else:
            pair = tuple(run.moments[self.moment.value()] for run in pair_of(depth))
        self._plot(pair[0], pair[1], depth)

    def _plot(
        self, plain: Moment | DepthStep | None, residual: Moment | DepthStep | None, depth: int
    ) -> None:
        both = [(role, m.gradients) for role, m in (("bad", plain), ("good", residual)) if m is not None]
        self.plot.show_lines([(role, list(values)) for role, values in both])
        lines = []
        for word, one in ((self.tr("Plain"), plain), (self.tr("With skip connections"), residual)):
            if one is not None:
                share = one.gradients[0] / max(one.gradients[-1], 1e-30)
                lines.append(
                    self.tr(
                        "{kind}: batch {step}; first layer's gradient is {share} of the last one's; {right} right"
                    ).format(kind=word, step=one.step, share=f"{share:.1e}", right=percent(one.accuracy))
                )
        lines.append(
            self.tr(
                "{depth} convolutions each, the same first weights, the same pictures. Going back through plain layers "
                "the gradient shrinks at each of them until the first ones learn nothing; a skip connection gives it a "
                "way around."
            ).format(depth=depth)
        )
        self.words.set_lines(lines)

    # live ------------------------------------------------------------------------------------------------

    def _toggle_training(self) -> None:
        if self._training:
            self._stop.set()
            return
        self._stop.clear()
        self._training, self._live = True, {}
        depth = int(self.layers.currentData())
        self._controller.background.run(
            lambda: self._train_both(depth), then=lambda _: self._ended.emit(""), failed=self._ended.emit
        )
        self._translate()

    def _train_both(self, depth: int) -> None:
        from vision_app.learn.depth import train

        for residual in (False, True):
            for step in train(
                depth, residual=residual, steps=_LIVE_STEPS, every=_LIVE_EVERY, cancelled=self._stop.is_set
            ):
                self._arrived.emit(residual, step)

    def _step_done(self, residual: bool, step: DepthStep) -> None:
        if not self._stop.is_set():
            self._live[residual] = step
            self._show()

    def _training_done(self, words: str) -> None:
        self._training = False
        if words:
            self.words.set_lines([words])
        self._translate()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show()
        super().changeEvent(event)

    def _translate(self) -> None:
        for label, word in zip(self.labels, (self.tr("Depth"), self.tr("Moment")), strict=True):
            label.setText(word)
        self.legend.setText(
            legend_html((("bad", self.tr("Plain")), ("good", self.tr("With skip connections"))))
        )
        self.train.setText(self.tr("Stop the training") if self._training else self.tr("Train both here"))
