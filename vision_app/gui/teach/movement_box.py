"""What the page of samples has for movements: what is looked at, countdown, idle, in and out points of a clip."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.pieces.texts import ElidedButton
from vision_app.gui.pieces.wrapping import WrapRow
from vision_app.gui.session import Session
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.teach.jobs import Jobs
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.messages import told
from vision_app.samples.movement_capture import MovementProgress
from vision_app.samples.store import SampleStore
from vision_app.sequences.features import FEATURE_SETS

COUNTS = (5, 10, 20)
IDLE_LABEL = "idle"
"""The class that is made for what lies between movements."""


class MovementBox(QFrame):
    """Is seen while the store has a class of movements."""

    told = Signal(str, str)
    """One line, and its kind: ``, `good` or `bad`."""

    def __init__(
        self, session: Session, controller: TeachController, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._controller, self._jobs = session, controller, jobs
        self._known: SampleStore | None = None
        self._clip: Path | None = None
        self._in_s: float | None = None
        self._out_s: float | None = None
        self.setProperty("kind", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._translate()
        self.show_store()

    def _make_widgets(self) -> None:
        self.title, self.state = QLabel(self), QLabel(self)
        self.title.setProperty("kind", "heading")
        self.state.setProperty("kind", "quiet")
        self.state.setWordWrap(True)
        self.base, self.count = QComboBox(self), QComboBox(self)
        for base in FEATURE_SETS:
            self.base.addItem("", base)
        for count in COUNTS:
            self.count.addItem("", count)
        for box in (self.base, self.count):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.turns = ElidedButton(parent=self)
        set_icon(self.turns, "play")
        self.idle, self.pictures = QCheckBox(self), QCheckBox(self)
        self.mark_in, self.mark_out, self.take = QPushButton(self), QPushButton(self), QPushButton(self)
        for button in (self.turns, self.mark_in, self.mark_out, self.take):
            button.setMinimumHeight(TARGET_PX)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.setSpacing(SPACE_PX)
        head = WrapRow()
        head.add(self.title)
        head.add(self.base)
        column.addLayout(head)
        column.addWidget(self.state)
        alone = WrapRow()
        alone.add(self.turns, 3)
        alone.add(self.count, 2)
        column.addLayout(alone)
        self.marks = QWidget(self)
        row = WrapRow()
        self.marks.setLayout(row)
        for button in (self.mark_in, self.mark_out, self.take):
            row.add(button)
        column.addWidget(self.marks)
        column.addWidget(self.idle)
        column.addWidget(self.pictures)

    def _connect(self) -> None:
        controller = self._controller
        self.base.currentIndexChanged.connect(lambda _: self.apply())
        self.pictures.toggled.connect(lambda _: self.apply())
        self.idle.toggled.connect(self._idle_toggled)
        self.turns.clicked.connect(self._turns_clicked)
        self.mark_in.clicked.connect(lambda: self._mark(begin=True))
        self.mark_out.clicked.connect(lambda: self._mark(begin=False))
        self.take.clicked.connect(self._open_classes)
        controller.movements.changed.connect(self._movement_changed)
        self._session.picture.connect(self._picture_came)

    # the store -------------------------------------------------------------------------------------------

    def show_store(self) -> None:
        """Show what the store holds now."""
        store = self._controller.store
        classes = () if store is None else store.classes
        moving = [c for c in classes if c.movement]
        self.setVisible(bool(moving))
        if store is not None and store is not self._known and any(c.count for c in moving):
            self._known = store
            self._follow_tracks(store)
        if moving:
            self._controller.movements.prepare()
        self.turns.setEnabled(any(not c.background for c in moving))

    def _follow_tracks(self, store: SampleStore) -> None:
        """Go on with what the movements of a store were recorded with: learning needs it of all of them."""
        newest = max(s.id for s in store.samples() if s.movement)
        facts = store.facts(newest).movement
        base = "+".join(t for t in ("hands", "body") if facts is not None and t in facts.tracks)
        if (place := self.base.findData(base)) >= 0:
            self.base.setCurrentIndex(place)

    def apply(self) -> None:
        """Tell the recording what is looked at, and what is kept."""
        self._controller.movements.choose(self.base.currentData(), keep_pictures=self.pictures.isChecked())

    def _labels(self) -> list[str]:
        store = self._controller.store
        return [] if store is None else [c.label for c in store.classes if c.movement and not c.background]

    def _idle_toggled(self, on: bool) -> None:
        store = self._controller.store
        label = (store.idle or IDLE_LABEL) if on and store is not None else None
        self._controller.movements.collect_idle(label)

    # countdown -------------------------------------------------------------------------------------------

    def _turns_clicked(self) -> None:
        if self._controller.movements.progress.phase in ("countdown", "recording"):
            self._controller.stop_burst()
            return
        self._controller.movements.start_turns(self._labels(), int(self.count.currentData()))

    def _movement_changed(self, progress: MovementProgress) -> None:
        if progress.problem:
            self.told.emit(told(progress.problem), "bad")
        busy = progress.phase in ("countdown", "recording")
        self.turns.setText(self.tr("Stop") if busy else self.tr("Count down"))
        set_icon(self.turns, "stop" if busy else "play")
        parts = []
        if progress.phase == "recording":
            words = self.tr("{name}: {seconds} s")
            parts.append(words.format(name=progress.label, seconds=f"{progress.seconds:.1f}"))
        elif progress.label:
            words = self.tr("{name}: {count} kept")
            parts.append(words.format(name=progress.label, count=progress.counted))
        if progress.idle_counted:
            parts.append(self.tr("{count} of what lies between").format(count=progress.idle_counted))
        if progress.dropped:
            parts.append(self.tr("{count} frames were not looked at").format(count=progress.dropped))
        self.state.setText(" · ".join(parts) or self._hint())

    def _hint(self) -> str:
        return self.tr("Hold the key of a class while you make its movement, once for each.")

    # marks on a clip -------------------------------------------------------------------------------------

    def _picture_came(self, _: object = None) -> None:
        if self.isVisible():
            self._follow_clip()

    def _follow_clip(self) -> None:
        """Another source: its marks are none of the clip before."""
        newest = self._session.newest()
        frame = None if newest is None else newest[0]
        clip = None
        if self._session.playback is not None and frame is not None and frame.position_s is not None:
            path = Path(frame.source_id)
            clip = path if path.is_file() else None
        if clip != self._clip:
            self._clip, self._in_s, self._out_s = clip, None, None
            self._show_marks()

    def _mark(self, *, begin: bool) -> None:
        newest = self._session.newest()
        at_s = None if newest is None else newest[0].position_s
        if at_s is None:
            return
        if begin:
            self._in_s = at_s
            if self._out_s is not None and self._out_s <= at_s:
                self._out_s = None
        else:
            self._out_s = at_s
            if self._in_s is not None and self._in_s >= at_s:
                self._in_s = None
        self._show_marks()

    def _show_marks(self) -> None:
        self.marks.setVisible(self._clip is not None)
        for button, words, at_s in (
            (self.mark_in, self.tr("In"), self._in_s),
            (self.mark_out, self.tr("Out"), self._out_s),
        ):
            button.setText(words if at_s is None else f"{words} {at_s:.2f} s")
        self.take.setEnabled(self._in_s is not None and self._out_s is not None)

    def _open_classes(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for label in self._labels():
            menu.addAction(label.replace("&", "&&"), partial(self.take_span, label))
        menu.popup(self.take.mapToGlobal(self.take.rect().bottomLeft()))

    def take_span(self, label: str) -> None:
        """What lies between the marks is a movement of this class."""
        if self._clip is None or self._in_s is None or self._out_s is None:
            return
        span, self._in_s, self._out_s = (self._in_s, self._out_s), None, None
        self._show_marks()
        self._jobs.bring_in_movement(
            self._clip, label, span, self.base.currentData(), pictures=self.pictures.isChecked()
        )

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.title.setText(self.tr("Movements"))
        titles = (self.tr("Hands"), self.tr("Body"), self.tr("Hands and body"))
        for i, words in enumerate(titles):
            self.base.setItemText(i, words)
        self.base.setAccessibleName(self.tr("What is looked at"))
        self.base.setToolTip(self.tr("What of a person is looked at while a movement is recorded"))
        for i, count in enumerate(COUNTS):
            self.count.setItemText(i, self.tr("{count} each").format(count=count))
        self.count.setAccessibleName(self.tr("Movements of each class"))
        self.turns.setText(self.tr("Count down"))
        self.turns.setToolTip(
            self.tr("For one person alone: counts 3-2-1, then records two seconds, again and again")
        )
        self.idle.setText(self.tr("Fill “idle” meanwhile"))
        self.idle.setToolTip(
            self.tr(
                "Records what lies between movements while nothing else is recorded: rest, scratch, reach"
            )
        )
        self.pictures.setText(self.tr("Keep the pictures too"))
        self.pictures.setToolTip(self.tr("Without them only the places of hands and joints are kept"))
        self.mark_in.setToolTip(self.tr("The movement begins at the picture that is shown"))
        self.mark_out.setToolTip(self.tr("The movement ends at the picture that is shown"))
        self.take.setText(self.tr("Take as…"))
        self.take.setToolTip(self.tr("What lies between in and out is a movement of a class"))
        self.state.setText(self._hint())
        self._show_marks()
