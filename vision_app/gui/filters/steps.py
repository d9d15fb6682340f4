"""The steps of a chain, one card each: switch, values, lesson; put in order by dragging or by Alt and arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vision_app.filters.chain import FilterChain, Step
from vision_app.gui.filters.values import CornersRow, PictureRow, ValueRow, make_row
from vision_app.gui.pieces.icons import icon_button, tell
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import spoken


class StepCard(QFrame):
    """One step."""

    switched = Signal(bool)
    value_wanted = Signal(str, object)
    removed = Signal()
    lesson_wanted = Signal()
    chosen = Signal()
    drag_wanted = Signal(bool)
    hold_wanted = Signal(str)
    moved_by_key = Signal(int)
    """One place up (-1) or down (1)."""

    def __init__(self, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self.setProperty("kind", "card")
        self.handle = icon_button("drag", self)
        self.handle.setCursor(Qt.CursorShape.OpenHandCursor)
        self.switch = QCheckBox(self)
        self.switch.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.lesson = icon_button("help", self)
        self.remove = icon_button("close", self)
        self.line = QLabel(self)
        self.line.setWordWrap(True)
        set_kind(self.line, "quiet")
        self.rows: list[ValueRow] = [make_row(p, self) for p in step.operation.parameters]
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.handle)
        head.addWidget(self.switch, 1)
        head.addWidget(self.lesson)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX // 2, SPACE_PX // 2, SPACE_PX // 2, SPACE_PX // 2)
        column.setSpacing(SPACE_PX // 2)
        column.addLayout(head)
        self.inside = QWidget(self)
        inner = QVBoxLayout(self.inside)
        inner.setContentsMargins(SPACE_PX, 0, SPACE_PX, SPACE_PX)
        inner.addWidget(self.line)
        for row in self.rows:
            inner.addWidget(row)
            row.wanted.connect(self.value_wanted)
            if isinstance(row, CornersRow):
                row.drag_wanted.connect(self.drag_wanted)
            if isinstance(row, PictureRow):
                row.hold_wanted.connect(self.hold_wanted)
        column.addWidget(self.inside)
        self.switch.clicked.connect(self.switched)
        self.remove.clicked.connect(self.removed)
        self.lesson.clicked.connect(self.lesson_wanted)
        self.show_step(step)
        self.translate()

    def show_step(self, step: Step) -> None:
        """Show other values."""
        self.step = step
        self.switch.setChecked(step.on)
        for row in self.rows:
            row.setEnabled(step.on)
            row.show_value(step.values[row.parameter.name])

    def translate(self) -> None:
        """Speak the language of the window."""
        operation, language = self.step.operation, spoken()
        title = operation.title.of(language)
        self.switch.setText(title)
        self.switch.setToolTip(operation.call)
        self.line.setText(operation.line.of(language))
        tell(self.handle, self.tr("Move {name}").format(name=title), self.tr("Drag, or Alt with ↑ and ↓"))
        tell(
            self.lesson,
            self.tr("What {name} is").format(name=title),
            self.tr("What it is, and a picture to try it on"),
        )
        tell(self.remove, self.tr("Remove {name}").format(name=title), self.tr("Remove"))
        for row in self.rows:
            row.translate()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Work on this one: its numbers are shown under the mouse."""
        self.chosen.emit()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves it."""
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        way = ways.get(Qt.Key(event.key()))
        if way is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved_by_key.emit(way)
        else:
            super().keyPressEvent(event)

    def mark(self, *, chosen: bool) -> None:
        """Show whether it is the one that is worked on: its values are seen, the others' are folded away."""
        set_kind(self, "chosen" if chosen else "card")
        self.inside.setVisible(chosen)


class StepsColumn(QWidget):
    """All steps of a chain, from the first down."""

    switched = Signal(int, bool)
    value_wanted = Signal(int, str, object)
    removed = Signal(int)
    lesson_wanted = Signal(int)
    moved = Signal(int, int)
    chosen = Signal(int)
    drag_wanted = Signal(int, bool)
    hold_wanted = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: list[StepCard] = []
        self._dragged: StepCard | None = None
        self._from: QPoint | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_PX)

    def show_chain(self, chain: FilterChain) -> None:
        """Show these steps; cards of the same operations in the same places stay."""
        names = [step.operation.name for step in chain.steps]
        if names != [card.step.operation.name for card in self.cards]:
            self._rebuild(chain)
        for card, step in zip(self.cards, chain.steps, strict=True):
            card.show_step(step)

    def _rebuild(self, chain: FilterChain) -> None:
        """Cards that are still needed are moved, the others made or thrown away."""
        spare = list(self.cards)
        cards = []
        for step in chain.steps:
            same = next((card for card in spare if card.step.operation is step.operation), None)
            if same is None:
                cards.append(self._made(step))
            else:
                spare.remove(same)
                cards.append(same)
        for card in spare:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = cards
        for place, card in enumerate(cards):
            self._column.removeWidget(card)
            self._column.insertWidget(place, card)
            card.show()

    def _made(self, step: Step) -> StepCard:
        card = StepCard(step, self)
        card.switched.connect(lambda on: self.switched.emit(self.cards.index(card), on))
        card.value_wanted.connect(
            lambda name, value: self.value_wanted.emit(self.cards.index(card), name, value)
        )
        card.removed.connect(lambda: self.removed.emit(self.cards.index(card)))
        card.lesson_wanted.connect(lambda: self.lesson_wanted.emit(self.cards.index(card)))
        card.chosen.connect(lambda: self.chosen.emit(self.cards.index(card)))
        card.drag_wanted.connect(lambda on: self.drag_wanted.emit(self.cards.index(card), on))
        card.hold_wanted.connect(lambda name: self.hold_wanted.emit(self.cards.index(card), name))
        card.moved_by_key.connect(lambda way: self._move_by_key(card, way))
        card.handle.installEventFilter(self)
        return card

    def _move_by_key(self, card: StepCard, way: int) -> None:
        place = self.cards.index(card)
        if 0 <= place + way < len(self.cards):
            self.moved.emit(place, place + way)
            card.handle.setFocus()

    def translate(self) -> None:
        """Speak the language of the window."""
        for card in self.cards:
            card.translate()

    # dragging --------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A step that is dragged by its handle changes places with those it passes."""
        card = next((card for card in self.cards if card.handle is watched), None)
        if card is None:
            return super().eventFilter(watched, event)
        if isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._dragged = card
                card.handle.setCursor(Qt.CursorShape.ClosedHandCursor)
                card.chosen.emit()
            elif event.type() == QEvent.Type.MouseMove and self._dragged is card:
                self._drag_to(card, self.mapFromGlobal(event.globalPosition().toPoint()).y())
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._dragged = None
                card.handle.setCursor(Qt.CursorShape.OpenHandCursor)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            card.keyPressEvent(event)
            return event.isAccepted() and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return super().eventFilter(watched, event)

    def _drag_to(self, card: StepCard, y: int) -> None:
        place = self.cards.index(card)
        if place > 0 and y < self.cards[place - 1].geometry().center().y():
            self.moved.emit(place, place - 1)
        elif place + 1 < len(self.cards) and y > self.cards[place + 1].geometry().center().y():
            self.moved.emit(place, place + 1)
