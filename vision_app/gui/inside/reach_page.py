"""The lesson of memory over time: how far back a plain recurrence, a GRU, an LSTM and a Transformer can look."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vision_app.cancelling import CancelledError
from vision_app.explaining.lessons.reach import shipped_reaches
from vision_app.gui.inside.controller import InsideController
from vision_app.gui.inside.depth_page import GradientPlot, legend_html
from vision_app.gui.inside.gate_strips import GateStrips
from vision_app.gui.inside.glass import Glass
from vision_app.gui.pieces.texts import Sentences, percent, set_kind
from vision_app.gui.theme import TARGET_PX, theme

if TYPE_CHECKING:
    from vision_app.explaining.lessons.reach import ShippedReach
    from vision_app.temporal.lessons import LessonKind, Reach

_ROWS = (10, 20, 40, 60)
_ROLES = {"rnn": "bad", "gru": "warn", "lstm": "accent", "transformer": "good"}
_KINDS: tuple[LessonKind, ...] = ("rnn", "gru", "lstm", "transformer")


class ReachPage(QWidget):
    """Four small networks learn to remember the first frame; a plot shows how far back each gradient reaches."""

    _learnt = Signal(object, object)
    _stepped = Signal(object, str, int, int)
    _ended = Signal(object, str)

    def __init__(self, controller: InsideController, glass: Glass, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._glass = controller, glass
        self._reaches: dict[str, Reach | ShippedReach] = {}
        self._stop: threading.Event | None = None
        self.rows, self.moment, self.chapter = QComboBox(self), QComboBox(self), QComboBox(self)
        self.plot, self.legend, self.words = GradientPlot(self), QLabel(self), Sentences(self)
        self.gates = GateStrips(self)
        self.about, self.state, self.train = QLabel(self), QLabel(self), QPushButton(self)
        self.labels = [QLabel(self) for _ in range(3)]
        self._build()
        self._translate()
        self._show()

    @property
    def running(self) -> bool:
        """Whether the networks are learning."""
        return self._stop is not None

    def _build(self) -> None:
        for rows in _ROWS:
            self.rows.addItem(str(rows), rows)
        self.rows.setCurrentIndex(_ROWS.index(40))
        self._take_shipped()
        for moment in ("before", "after"):
            self.moment.addItem("", moment)
        for chapter in ("rnn", "gates", "transformer"):
            self.chapter.addItem("", chapter)
        form = QFormLayout()
        for label, field in zip(self.labels, (self.rows, self.moment, self.chapter), strict=True):
            label.setBuddy(field)
            label.setMinimumHeight(TARGET_PX)
            form.addRow(label, field)
        for label in (self.about, self.state, self.legend):
            label.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        set_kind(self.state, "quiet")
        self.state.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        for widget in (self.train, self.state, self.legend, self.plot, self.words, self.about, self.gates):
            column.addWidget(widget)
        column.addStretch(1)
        self.rows.activated.connect(self._other_task)
        self.moment.activated.connect(self._show)
        self.chapter.activated.connect(self._show)
        self.train.clicked.connect(self.toggle)
        self._learnt.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._stepped.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._over, Qt.ConnectionType.QueuedConnection)
        theme().changed.connect(self._translate)

    def enter(self) -> None:
        """This lesson is shown: it needs no model and no picture."""
        self._controller.look(None)
        self._glass.clear()

    def leave(self) -> None:
        """Another page is shown: nothing is trained where nobody looks."""
        self._cancel()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is trained where nobody looks."""
        self._cancel()
        super().hideEvent(event)

    def show_chapter(self, name: str) -> None:
        """Show the text of a chapter: `rnn`, `gates` or `transformer`."""
        self.chapter.setCurrentIndex(self.chapter.findData(name))
        self._show()

    # the training ----------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Train the four networks, or stop."""
        if self._stop is not None:
            self._cancel()
            return
        stop = self._stop = threading.Event()
        self._reaches = {}
        rows = int(self.rows.currentData())
        self._controller.background.run(
            lambda: self._train(stop, rows),
            then=lambda _: self._ended.emit(stop, ""),
            failed=lambda words: self._ended.emit(stop, words),
        )
        self._translate()
        self._show()

    def _cancel(self) -> None:
        if self._stop is not None:
            self._stop.set()
            self._stop = None
            self._say("")
            self._translate()

    def _other_task(self) -> None:
        """Longer or shorter sequences: what was measured holds no more."""
        self._cancel()
        self._take_shipped()
        self._show()

    def _take_shipped(self) -> None:
        """What was measured before, where it was; other lengths are trained here."""
        self._reaches = {one.kind: one for one in shipped_reaches(int(self.rows.currentData()))}

    def _train(self, stop: threading.Event, rows: int) -> None:
        """In the other thread; one network after the other, each shown when it is done."""
        from vision_app.temporal.lessons import memory_lesson

        def told(kind: str, step: int, steps: int) -> None:
            if step % 20 == 0:
                self._stepped.emit(stop, kind, step, steps)

        for kind in _KINDS:
            try:
                (reach,) = memory_lesson(rows, kinds=(kind,), on_progress=told, cancelled=stop.is_set)
            except CancelledError:
                return
            self._learnt.emit(stop, reach)

    def _take(self, stop: threading.Event, reach: Reach) -> None:
        if stop is self._stop:
            self._reaches[reach.kind] = reach
            self._show()

    def _tell(self, stop: threading.Event, kind: str, step: int, steps: int) -> None:
        if stop is self._stop:
            words = self.tr("{network}: step {step} of {steps}")
            self._say(words.format(network=self._names()[kind], step=step, steps=steps))

    def _over(self, stop: threading.Event, words: str) -> None:
        if stop is self._stop:
            self._stop = None
            self._say(words)
            self._translate()

    def _say(self, words: str) -> None:
        self.state.setText(words)
        self.state.setVisible(bool(words))

    # what is shown ---------------------------------------------------------------------------------------

    def _names(self) -> dict[str, str]:
        return {
            "rnn": self.tr("Plain recurrence"),
            "gru": "GRU",
            "lstm": "LSTM",
            "transformer": "Transformer",
        }

    def _show(self) -> None:
        before = self.moment.currentData() == "before"
        found = list(self._reaches.values())
        self.plot.show_lines([(_ROLES[r.kind], list(r.before if before else r.gradients)) for r in found])
        names, lines = self._names(), []
        for reach in found:
            first = float((reach.before if before else reach.gradients)[0])
            words = self.tr("{network}: gradient of the first frame {share}; {right} right after training")
            right = percent(reach.accuracy)
            lines.append(words.format(network=names[reach.kind], share=f"{first:.0e}", right=right))
        if found:
            lines.append(self.tr("Half of it is chance. The largest gradient of each network counts as 1."))
        self.words.set_lines(lines)
        self.about.setText(self._chapters()[self.chapter.currentData()])
        self.gates.setVisible(self.chapter.currentData() == "gates" and bool(found))
        self.gates.show_gates(self._gate_rows())
        self.plot.setAccessibleDescription("\n".join(lines))

    def _gate_rows(self) -> list[tuple[str, Sequence[float]]]:
        """The gates of LSTM and GRU after training."""
        words = {
            "forget": self.tr("LSTM, forget"),
            "input": self.tr("LSTM, input"),
            "output": self.tr("LSTM, output"),
            "keep": self.tr("GRU, keep"),
            "reset": self.tr("GRU, reset"),
        }
        found: dict[str, Sequence[float]] = {}
        for reach in self._reaches.values():
            found |= {name: [float(v) for v in values] for name, values in reach.gates.items()}
        return [(word, found[name]) for name, word in words.items() if name in found]

    def _chapters(self) -> dict[str, str]:
        return {
            "rnn": self.tr(
                "A recurrent network reads one frame after the other and keeps a state: h = tanh(W·x + U·h). On the "
                "way back from the answer the gradient is multiplied by U and by the slope of tanh once a frame. "
                "Where that makes it smaller each time, it vanishes: what was shown long ago teaches the network "
                "nothing. In this task the first frame shows one of two things, noise follows, and at the end the "
                "network is asked which it was."
            ),
            "gates": self.tr(
                "Gates are numbers from 0 to 1 that are learnt, too. An LSTM has a cell that is only added to: the "
                "forget gate says what of it stays, the input gate what is added, the output gate what is shown. A "
                "GRU makes do with two: one keeps the old state, one says how much of it the new one sees. Where a "
                "gate stays open, the gradient passes nearly unchanged. An LSTM begins with its forget gate open; a "
                "GRU has to learn that first, so it looks less far back before training."
            ),
            "transformer": self.tr(
                "A Transformer has no state: each frame asks all others at once, query times key, softmax, weighted "
                "sum of values. The way from the answer to any frame is equally short, so no gradient vanishes over "
                "time, and all frames are computed in parallel. In return every new frame costs a whole window, and "
                "the order has to be told by positions."
            ),
        }

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show()
        super().changeEvent(event)

    def _translate(self) -> None:
        words = (self.tr("Frames"), self.tr("Gradient"), self.tr("Chapter"))
        for label, word in zip(self.labels, words, strict=True):
            label.setText(word)
        for i, word in enumerate((self.tr("before training"), self.tr("after training"))):
            self.moment.setItemText(i, word)
        chapters = (
            self.tr("RNN: recurrence"),
            self.tr("LSTM and GRU: gates"),
            self.tr("Transformer: attention"),
        )
        for i, word in enumerate(chapters):
            self.chapter.setItemText(i, word)
        self.plot.name_ends(self.tr("first frame"), self.tr("newest frame"))
        self.plot.setAccessibleName(self.tr("Gradient of the answer by the frame that it looks back to"))
        names = self._names()
        self.legend.setText(legend_html([(role, names[kind]) for kind, role in _ROLES.items()]))
        self.gates.setAccessibleName(self.tr("How far the gates are open at each frame, after training"))
        self.train.setText(self.tr("Stop") if self.running else self.tr("Train all four here"))
