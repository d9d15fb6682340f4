"""All heads over time on the same movements: how good, how large, how long to train, how long a frame; side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vision_app.cancelling import CancelledError
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import percent, set_kind
from vision_app.gui.theme import SPACE_PX, theme
from vision_app.messages import told

if TYPE_CHECKING:
    from vision_app.temporal.lessons import Compared
    from vision_app.temporal.options import TemporalOptions

NAMES = {"mlp": "MLP", "cnn": "CNN", "gru": "GRU", "lstm": "LSTM", "transformer": "Transformer"}
MEASURES = ("accuracy", "parameters", "train_s", "frame_ms")


@dataclass(frozen=True, slots=True)
class Held:
    """What the heads are judged by.

    Attributes:
        movements: how many are held out.
        warnings: what the user should know of the movements, a line each.
    """

    movements: int
    warnings: tuple[str, ...]


def measured(row: Compared, measure: str) -> str:
    """A number of the table, with its unit; a dash where there is none."""
    value = getattr(row, measure)
    if value is None:
        return "–"
    if measure == "accuracy":
        return percent(value, 1)
    if measure == "parameters":
        return f"{value:,}".replace(",", "\u202f")
    return f"{value:.1f} s" if measure == "train_s" else f"{value:.3f} ms"


class BarPlot(QWidget):
    """A bar a head of one of the numbers, from zero."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: list[tuple[str, float, str]] = []
        self._top: float | None = None
        self.setMinimumHeight(self.sizeHint().height())
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line and a half for each of five heads."""
        return QSize(360, round(5 * 1.7 * self.fontMetrics().height()))

    def show_bars(self, bars: Sequence[tuple[str, float, str]], top: float | None = None) -> None:
        """Show other bars: name, value, the value in words.

        Args:
            bars: from top to bottom.
            top: where the scale ends; at the largest value when None.
        """
        self._bars, self._top = list(bars), top
        self.setAccessibleDescription(", ".join(f"{name} {words}" for name, _, words in bars))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, bars and values."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        measure, colours = painter.fontMetrics(), theme().colours
        name_px = max((measure.horizontalAdvance(n) for n in NAMES.values()), default=0) + SPACE_PX
        words_px = max((measure.horizontalAdvance(w) for _, _, w in self._bars), default=0) + SPACE_PX
        room = max(1.0, self.width() - name_px - words_px)
        top = self._top or max((v for _, v, _ in self._bars), default=1.0) or 1.0
        tall = self.height() / len(NAMES)
        for i, (name, value, words) in enumerate(self._bars):
            line = QRectF(0, i * tall, self.width(), tall)
            painter.setPen(QColor(colours.text))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
            bar = QRectF(name_px, (i + 0.2) * tall, max(1.0, min(value / top, 1.0) * room), 0.6 * tall)
            painter.fillRect(bar, QColor(colours.accent))
            line.setLeft(bar.right() + SPACE_PX / 2)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


class HeadsDialog(Dialog):
    """Trains each head on the movements of a store, in a thread of its own; no model is registered.

    Args:
        folder: of the sample store.
        features: what the heads learn from, as "hands".
        options: how they are trained; the head of it is passed over.
        parent: Qt's owner.
    """

    _trained = Signal(object)
    _stepped = Signal(str, int, int)
    _gathered = Signal(object)

    def __init__(
        self, folder: Path, features: str, options: TemporalOptions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._folder, self._features, self._options = folder, features, options
        self._background = Background("heads", self)
        self._stop = threading.Event()
        self.running = False
        self.rows: list[Compared] = []
        self._held: Held | None = None
        self._make_widgets()
        self._translate()

    def _make_widgets(self) -> None:
        self.about, self.state, self.notes = QLabel(self), QLabel(self), QLabel(self)
        for label in (self.about, self.state, self.notes):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(self.about, "quiet")
        set_kind(self.notes, "warn")
        self.table = QTableWidget(0, 1 + len(MEASURES), self)
        self.table.verticalHeader().hide()
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(round(9 * self.fontMetrics().height() * 1.6))
        self.measure, self.plot, self.bar = QComboBox(self), BarPlot(self), QProgressBar(self)
        for measure in MEASURES:
            self.measure.addItem("", measure)
        self.bar.setVisible(False)
        self.start_button, self.close_button = QPushButton(self), QPushButton(self)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        for widget in (self.about, self.table, self.measure, self.plot, self.bar, self.state, self.notes):
            column.addWidget(widget)
        column.addLayout(buttons)
        self.setMinimumWidth(560)
        self.start_button.clicked.connect(self.toggle)
        self.close_button.clicked.connect(self.close)
        self.measure.currentIndexChanged.connect(lambda _: self._show())
        self._trained.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._stepped.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._gathered.connect(self._take_held, Qt.ConnectionType.QueuedConnection)

    def use(self, folder: Path, features: str, options: TemporalOptions) -> None:
        """Learn from something else from the next start on: see the arguments of the dialog."""
        self._folder, self._features, self._options = folder, features, options

    # the work --------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Train all heads, or stop; the rows that are done stay."""
        if self.running:
            self._stop.set()
            self.start_button.setEnabled(False)  # until the epoch that is being trained has ended
            return
        self._stop.clear()
        self.running, self.rows, self._held = True, [], None
        self._show()
        self.bar.setRange(0, 0)
        self.bar.show()
        self.state.setText(self.tr("Reading the movements"))
        self._background.run(self._work, self._done, self._failed)
        self._translate()

    def _work(self) -> None:
        """In the other thread: one head after the other, each told of when it is done."""
        from vision_app.samples.movements import open_movements
        from vision_app.temporal.lessons import COMPARED, compare
        from vision_app.temporal.materials import gather

        movements = open_movements(self._folder)
        materials = gather(movements, self._features, self._options)
        labels = materials.usable.labels
        idle = labels.index(movements.idle) if movements.idle in labels else None
        warnings = tuple(map(told, dict.fromkeys([*movements.notices, *materials.warnings])))
        self._gathered.emit(Held(len(materials.validation), warnings))
        for kind in COMPARED:
            try:
                (row,) = compare(
                    materials,
                    self._options,
                    kinds=(kind,),
                    idle=idle,
                    on_progress=self._stepped.emit,
                    cancelled=self._stop.is_set,
                )
            except CancelledError:
                return
            self._trained.emit(row)

    def _take_held(self, held: Held) -> None:
        self._held = held
        self.notes.setText("\n".join(map(told, held.warnings)))
        self._show()

    def _take(self, row: Compared) -> None:
        self.rows.append(row)
        self._show()

    def _tell(self, kind: str, epoch: int, epochs: int) -> None:
        if self.running:
            self.bar.setRange(0, len(NAMES) * epochs)
            self.bar.setValue(len(self.rows) * epochs + epoch)
            words = self.tr("{head}: epoch {epoch} of at most {epochs}")
            self.state.setText(words.format(head=NAMES[kind], epoch=epoch, epochs=epochs))

    def _done(self, _: object) -> None:
        self._over("")

    def _failed(self, words: str) -> None:
        self._over(words)

    def _over(self, problem: str) -> None:
        self.running = False
        self.bar.hide()
        self.start_button.setEnabled(True)
        set_kind(self.state, "bad" if problem else "")
        show_plain(self.state, problem or self._judged())
        self._translate()

    # what is shown ---------------------------------------------------------------------------------------

    def _judged(self) -> str:
        """By what the heads were judged."""
        if self._held is None or not self.rows:
            return ""
        if not self._held.movements:
            return self.tr(
                "No movement is held out: record more of them to see which head is right more often."
            )
        return self.tr(
            "Held out: {count} movements. The best epoch was chosen by the same ones, so all of them look a little "
            "better than they are; with few movements a difference of one or two says nothing."
        ).format(count=self._held.movements)

    def _show(self) -> None:
        self.table.setRowCount(len(self.rows))
        for i, row in enumerate(self.rows):
            cells = [NAMES[row.kind], *(measured(row, measure) for measure in MEASURES)]
            for column, words in enumerate(cells):
                item = QTableWidgetItem(words)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(i, column, item)
        measure = self.measure.currentData()
        bars = [
            (NAMES[row.kind], float(getattr(row, measure)), measured(row, measure))
            for row in self.rows
            if getattr(row, measure) is not None
        ]
        self.plot.show_bars(bars, 1.0 if measure == "accuracy" else None)

    def close_down(self) -> None:
        """End the work, and wait for the epoch that is being trained."""
        self._stop.set()
        self._background.close()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            if not self.running and self.rows:
                self.state.setText(self._judged())
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Heads side by side"))
        self.about.setText(
            self.tr(
                "The same movements are learnt by each head, and the same ones are held out. An MLP sees their mean "
                "only, a CNN short stretches, GRU and LSTM go from moment to moment with a memory, in a Transformer "
                "each moment asks all others. No model is kept."
            )
        )
        titles = (
            self.tr("Right"),
            self.tr("Parameters"),
            self.tr("Training"),
            self.tr("A frame"),
        )
        self.table.setHorizontalHeaderLabels([self.tr("Head"), *titles])
        for i, title in enumerate(titles):
            self.measure.setItemText(i, title)
        self.table.setAccessibleName(self.tr("Heads side by side"))
        self.measure.setAccessibleName(self.tr("What the plot shows"))
        self.plot.setAccessibleName(self.tr("What the plot shows"))
        self.start_button.setText(self.tr("Stop") if self.running else self.tr("Train all heads"))
        self.close_button.setText(self.tr("Close"))
