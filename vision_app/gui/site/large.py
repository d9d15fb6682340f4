"""One stream large, with its rules: lines and zones are drawn here and written into the site file."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListWidget, QPushButton, QVBoxLayout, QWidget

from vision_app.gui.site.drawing import LINE, ZONE, Drawing, free_name
from vision_app.gui.site.tile import StreamTile, figures, state_words
from vision_app.gui.theme import SPACE_PX
from vision_app.site.plan import StreamPlan
from vision_app.site.sinks import StreamFacts

_SIDE_PX = 260


class LargePage(QWidget):
    """A stream, and what is looked for in it.

    Attributes:
        left: back to the grid.
        drawn: stream, kind, name and points of a shape that is whole.
        removed: stream and name of a rule that is to go.
    """

    left = Signal()
    drawn = Signal(str, str, str, object)
    removed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.stream_name = ""
        self._facts = StreamFacts()
        self.tile = StreamTile("", large=True)
        self._back, self._line, self._zone = QPushButton(), QPushButton(), QPushButton()
        self._title, self._figures, self._hint = QLabel(), QLabel(), QLabel()
        self._rules_title, self.rules = QLabel(), QListWidget()
        self._name_title, self.name_edit = QLabel(), QLineEdit()
        self._name_title.setBuddy(self.name_edit)
        self._remove = QPushButton()
        for label in (self._title, self._figures, self._hint):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        for button in (self._line, self._zone):
            button.setCheckable(True)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(SPACE_PX)
        parts = (
            self._back,
            self._title,
            self._figures,
            self._name_title,
            self.name_edit,
            self._line,
            self._zone,
            self._hint,
            self._rules_title,
            self.rules,
            self._remove,
        )
        for part in parts:
            side.addWidget(part)
        holder = QWidget()
        holder.setLayout(side)
        holder.setFixedWidth(_SIDE_PX)
        row = QHBoxLayout(self)
        row.addWidget(self.tile, 1)
        row.addWidget(holder)

    def _connect(self) -> None:
        self._back.clicked.connect(self.left)
        self._line.clicked.connect(lambda on: self._begin(LINE) if on else self.cancel())
        self._zone.clicked.connect(lambda on: self._begin(ZONE) if on else self.cancel())
        self._remove.clicked.connect(self._remove_chosen)
        self.rules.itemSelectionChanged.connect(self._choose)
        self.tile.pointed.connect(self._point)
        self.tile.finished.connect(self._finish)

    def retranslate(self) -> None:
        """Set all texts."""
        self._back.setText(self.tr("All streams"))
        self._line.setText(self.tr("Draw a line"))
        self._zone.setText(self.tr("Draw a zone"))
        self._name_title.setText(self.tr("Name of the next one"))
        self._rules_title.setText(self.tr("Lines, zones and other rules"))
        self._remove.setText(self.tr("Remove"))
        self._say_hint()
        self.show_facts(self._facts)

    def show_stream(self, stream: StreamPlan, image: QImage | None) -> None:
        """Show a stream and its rules."""
        self.stream_name = self.tile.name = stream.name
        self.tile.image = image
        self._title.setText(stream.name)
        self.rules.clear()
        self.rules.addItems([told.rule.name for told in stream.rules])
        self._name_next(LINE)
        self._choose()
        self.cancel()

    def show_facts(self, facts: StreamFacts) -> None:
        """Say how the stream is doing."""
        self._facts = facts
        self.tile.show_facts(facts)
        said = figures(facts) if facts.state == "running" else state_words(facts)
        self._figures.setText(f"{said}\n{facts.error}" if facts.error else said)

    def cancel(self) -> bool:
        """Forget what is being drawn; gives whether something was."""
        was = self.tile.drawing is not None
        self.tile.draw(None)
        self._line.setChecked(False)
        self._zone.setChecked(False)
        self._say_hint()
        return was

    def _names(self) -> list[str]:
        return [self.rules.item(i).text() for i in range(self.rules.count())]

    def _name_next(self, kind: str) -> None:
        self.name_edit.setText(self._free_name(kind))

    def _free_name(self, kind: str) -> str:
        return free_name(self.tr("line") if kind == LINE else self.tr("zone"), self._names())

    def _begin(self, kind: str) -> None:
        self.cancel()
        (self._line if kind == LINE else self._zone).setChecked(True)
        typed = self.name_edit.isModified() and self.name_edit.text().strip()
        if not typed or typed in self._names():
            self._name_next(kind)
        self.tile.draw(Drawing(kind))
        self.tile.setFocus()
        self._say_hint()

    def _point(self, x: float, y: float) -> None:
        drawing = self.tile.drawing
        if drawing is not None and drawing.add((x, y)):
            self._finish()
        self.tile.update()

    def _finish(self) -> None:
        drawing = self.tile.drawing
        if drawing is None:
            return
        if not drawing.fits:
            self._hint.setText(
                self.tr("A zone has at least three corners, and its edges do not cross. Esc begins anew.")
            )
            return
        name = self.name_edit.text().strip() or self._free_name(drawing.kind)
        self.cancel()
        self.drawn.emit(self.stream_name, drawing.kind, name, tuple(drawing.points))

    def _choose(self) -> None:
        self._remove.setEnabled(bool(self.rules.selectedItems()))

    def _remove_chosen(self) -> None:
        for item in self.rules.selectedItems():
            self.removed.emit(self.stream_name, item.text())

    def _say_hint(self) -> None:
        drawing = self.tile.drawing
        if drawing is None:
            self._hint.setText("")
        elif drawing.kind == LINE:
            self._hint.setText(
                self.tr(
                    "Click the two ends. What goes to the right of who walks from the first to the second is in."
                )
            )
        else:
            self._hint.setText(
                self.tr("Click the corners; a double click or Enter ends the zone. Esc forgets it.")
            )

    def changeEvent(self, event: QEvent) -> None:
        """Say it in another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
