"""Asks for a smaller and faster version of a model, shows what was tried, and runs the one that was taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.models.calibration import Take, of_folder
from vision_app.gui.models.quantising import Found, Goal, Quantising
from vision_app.gui.models.version_curve import VersionCurve
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import percent, set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import told
from vision_app.quantise.watching import RANGE_WORDS, Version

if TYPE_CHECKING:
    from vision_app.quantise.writing import Made

_SIZE_PX = (680, 640)
_TABLE_PX = 112
_SPEED = 1.5
_COLUMNS = 5


class QuantiseDialog(Dialog):
    """Makes an 8-bit version of one model. Closing it ends what is being done; it asks before that.

    Args:
        model: reference of the float model.
        title: its name for people.
        goal: name and provider of the new model, and the agreement that is usual for its task.
        sources: takes pictures of the `running` source, and of the taught `samples`.
        background: where the work is done.
        parent: Qt's owner.
    """

    run_wanted = Signal(str, bool)
    """Name of the new model, and whether it is to run in place of the original."""
    registered = Signal(str)
    """Name of the new model: it is in the catalogue now, or another version of it."""

    def __init__(
        self,
        model: str,
        title: str,
        goal: Goal,
        sources: Mapping[str, Take],
        *,
        background: Background,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._title, self._goal, self._sources = model, title, goal, sources
        self._folder: Path | None = None
        self._found = False
        self.versions: list[Version] = []
        self.made: Made | None = None
        self._taken: Version | None = None
        self.quantising = Quantising(background, self)
        self._make_fields()
        self._make_results()
        self._lay_out()
        self._connect()
        self.resize(*_SIZE_PX)
        self._translate()
        self._show()

    @property
    def made_for(self) -> str:
        """The provider that the new model is for."""
        return self._goal.provider

    # widgets ---------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        set_kind(self.about, "quiet")
        self.pictures, self.goal = QComboBox(self), QComboBox(self)
        for kind in (*self._sources, "folder"):
            self.pictures.addItem("", kind)
        for kind in ("agreement", "speed"):
            self.goal.addItem("", kind)
        self.agreement, self.speed = QDoubleSpinBox(self), QDoubleSpinBox(self)
        self.agreement.setRange(50.0, 100.0)
        self.agreement.setSingleStep(1.0)
        self.agreement.setDecimals(1)
        self.agreement.setValue(100 * (self._goal.agreement or 0.95))
        self.speed.setRange(1.0, 10.0)
        self.speed.setSingleStep(0.1)
        self.speed.setDecimals(1)
        self.speed.setValue(_SPEED)
        for number in (self.agreement, self.speed):
            number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.speed.hide()
        self.name = QLineEdit(self._goal.name, self)
        self._labels = [QLabel(self) for _ in range(3)]
        for label, field in zip(self._labels, (self.pictures, self.goal, self.name), strict=True):
            label.setBuddy(field)

    def _make_results(self) -> None:
        self.state, self.bar = QLabel(self), QProgressBar(self)
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.bar.hide()
        self.curve = VersionCurve(self)
        self.table = QTableWidget(0, _COLUMNS, self)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(_TABLE_PX)
        self.question = QWidget(self)
        self._asks, self.go_on, self.stop = (
            QLabel(self.question),
            QPushButton(self.question),
            QPushButton(self.question),
        )
        self.stop.setProperty("kind", "danger")
        row = QHBoxLayout(self.question)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._asks, 1)
        row.addWidget(self.go_on)
        row.addWidget(self.stop)
        self.question.hide()
        self.start_button, self.instead, self.beside, self.close_button = (
            QPushButton(self) for _ in range(4)
        )
        for button in (self.go_on, self.stop, self.instead, self.beside, self.close_button):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setSpacing(SPACE_PX)
        for line, label in enumerate(self._labels):
            form.addWidget(label, line, 0)
        form.addWidget(self.pictures, 0, 1, 1, 2)
        form.addWidget(self.goal, 1, 1)
        form.addWidget(self.agreement, 1, 2)
        form.addWidget(self.speed, 1, 2)
        form.addWidget(self.name, 2, 1, 1, 2)
        form.setColumnStretch(1, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start_button)
        buttons.addStretch(1)
        for button in (self.instead, self.beside, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * SPACE_PX] * 4)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.about)
        column.addLayout(form)
        column.addWidget(self.curve, 3)
        column.addWidget(self.table, 1)
        for widget in (self.bar, self.state, self.question):
            column.addWidget(widget)
        column.addLayout(buttons)

    def _connect(self) -> None:
        work = self.quantising
        work.said.connect(self._say, Qt.ConnectionType.QueuedConnection)
        work.stepped.connect(self._step, Qt.ConnectionType.QueuedConnection)
        work.tried.connect(self._add, Qt.ConnectionType.QueuedConnection)
        work.found.connect(self._take_found)
        work.made.connect(self._take_made)
        work.failed.connect(self._over)
        self.pictures.activated.connect(self._choose_folder)
        self.goal.currentIndexChanged.connect(self._show_goal)
        self.start_button.clicked.connect(self.toggle)
        self.curve.clicked.connect(self.take)
        self.curve.marked.connect(self.table.selectRow)
        self.table.cellActivated.connect(self._row_activated)
        self.table.currentCellChanged.connect(self._row_chosen)
        self.go_on.clicked.connect(self.question.hide)
        self.stop.clicked.connect(self.reject)
        self.close_button.clicked.connect(self.reject)
        self.instead.clicked.connect(self._run_instead)
        self.beside.clicked.connect(self._run_beside)

    # what is asked for -----------------------------------------------------------------------------------

    def _choose_folder(self) -> None:
        if self.pictures.currentData() != "folder":
            return
        dialog = QFileDialog(self, self.tr("Pictures like those that the model will see"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.use_folder)
        dialog.open()

    def use_folder(self, path: str) -> None:
        """Take the pictures of a folder."""
        self._folder = Path(path)
        self.pictures.setCurrentIndex(self.pictures.findData("folder"))
        self._translate()

    def _show_goal(self) -> None:
        by_speed = self.goal.currentData() == "speed"
        self.speed.setVisible(by_speed)
        self.agreement.setVisible(not by_speed)
        self._show()

    def _wanted(self) -> Goal:
        by_speed = self.goal.currentData() == "speed"
        return Goal(
            self.name.text().strip() or self._goal.name,
            self._goal.provider,
            agreement=None if by_speed else round(self.agreement.value() / 100, 4),
            speed=round(self.speed.value(), 2) if by_speed else None,
        )

    def _pictures(self) -> Take | None:
        kind = self.pictures.currentData()
        if kind != "folder":
            return self._sources[kind]
        return None if self._folder is None else of_folder(self._folder)

    # the work --------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Start, or stop what is being done."""
        if self.quantising.running:
            self.start_button.setEnabled(False)  # until what is being done has heard of it
            self.quantising.cancel()
            return
        take = self._pictures()
        if take is None:
            self._over(self.tr("Choose the folder with the pictures first."))
            return
        self.versions, self.made, self._taken, self._found = [], None, None, False
        self.quantising.start(self._model, self._wanted(), take)
        self._begin(self.tr("Looking at the model"))

    def take(self, number: int) -> None:
        """Make another of the versions the model, once the search is over."""
        if self._found and not self.quantising.running and self.versions[number] is not self._taken:
            self.quantising.take(self.versions[number])
            self._begin(self.tr("Taking this version, and measuring it once more"))

    def _begin(self, words: str) -> None:
        self.bar.setRange(0, 0)
        self._say(words)
        self._show()

    def _say(self, text: str) -> None:
        if self.quantising.running:
            set_kind(self.state, "quiet")
            self.state.setText(text)
            self.bar.setRange(0, 0)

    def _step(self, done: int, total: int) -> None:
        if self.quantising.running:
            self.bar.setRange(0, total)
            self.bar.setValue(done)

    def _add(self, version: Version) -> None:
        if self.quantising.running:
            self.versions.append(version)
            self._show()

    def _take_found(self, found: Found) -> None:
        self.versions, self._found = list(found.versions), True
        if found.problem:
            more = self.tr("Click a point to take that version all the same.")
            self._over(f"{found.problem} {more}")

    def _take_made(self, version: Version, made: Made) -> None:
        self._taken, self.made = version, made
        self._over("")
        self.registered.emit(made.name)

    def _over(self, problem: str) -> None:
        """It ended: with a new model, with a problem, or because it was called off."""
        self.question.hide()
        set_kind(self.state, "bad" if problem else "warn" if self.made and not self.made.worth_it else "")
        show_plain(self.state, problem or self._summary())
        self._show()

    def _summary(self) -> str:
        made = self.made
        if made is None:
            return ""
        words = self.tr(
            "{name} is among your models: {size} x smaller, measured once more {speed} x as fast, "
            "agreement {agreement} %."
        ).format(
            name=made.name,
            size=f"{made.size_ratio:.1f}",
            speed=f"{made.speed_ratio:.2f}",
            agreement=f"{100 * made.agreement:.1f}",
        )
        if not made.worth_it:
            more = self.tr("Not worth it for its speed on this processor: keep the original here.")
        elif len(self.versions) > 1:
            more = self.tr("Click another point to take that version instead.")
        else:
            more = ""
        return f"{words} {more}".rstrip()

    # the end ---------------------------------------------------------------------------------------------

    def _run_instead(self) -> None:
        self._run(instead=True)

    def _run_beside(self) -> None:
        self._run(instead=False)

    def _run(self, *, instead: bool) -> None:
        if self.made is not None:
            self.run_wanted.emit(self.made.name, instead)
            self.accept()

    def reject(self) -> None:
        """Close; ask first while something is being done."""
        if self.quantising.running and not self.question.isVisible():
            self.question.show()
            self.go_on.setFocus()
            return
        super().reject()

    def done(self, result: int) -> None:
        """End what is being done, and delete the versions that were not taken."""
        self.quantising.let_go()
        super().done(result)

    # what is shown ---------------------------------------------------------------------------------------

    def _show(self) -> None:
        running = self.quantising.running
        for field in (self.pictures, self.goal, self.agreement, self.speed, self.name):
            field.setEnabled(not running)
        self.start_button.setEnabled(True)
        self.start_button.setText(self.tr("Stop") if running else self.tr("Make it"))
        set_kind(self.start_button, "" if running or self.made is not None else "primary")
        set_kind(self.instead, "primary" if self.made is not None else "")
        self.bar.setVisible(running)
        for button in (self.instead, self.beside):
            button.setEnabled(self.made is not None and not running)
        self._fill()

    def _fill(self) -> None:
        taken = self.versions.index(self._taken) if self._taken in self.versions else None
        wanted = self._wanted()
        share = ("agreement", wanted.agreement) if wanted.agreement is not None else None
        goal = ("speed", wanted.speed) if wanted.speed is not None else share
        self.curve.show_versions(self.versions, taken, goal)
        self.table.setRowCount(len(self.versions))
        for row, version in enumerate(self.versions):
            cells = (
                str(len(version.in_float)),
                f"{version.speed_ratio:.2f} ×",
                percent(version.agreement, 1),
                told(RANGE_WORDS[version.ranges]),
                self.tr("taken") if row == taken else "",
            )
            for column, words in enumerate(cells):
                item = QTableWidgetItem(words)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(row, column, item)
        if taken is not None:
            self.table.selectRow(taken)

    def _row_activated(self, row: int, _: int) -> None:
        self.take(row)

    def _row_chosen(self, row: int, *_: int) -> None:
        self.curve.mark_version(row)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            if not self.quantising.running and self.made is not None:
                self.state.setText(self._summary())
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Make {model} smaller and faster").format(model=self._title))
        self.about.setText(
            self.tr(
                "Eight bits instead of 32 for each number: about a quarter of the size, and faster where the "
                "processor has instructions for it. Half of the pictures set the ranges of the numbers; on the "
                "other half the new versions are compared with the original. Layers that do not bear it stay in float."
            )
        )
        folder = self.tr("A folder…") if self._folder is None else str(self._folder)
        words: dict[str, str] = {
            "running": self.tr("Frames of the source that runs"),
            "samples": self.tr("The samples that were taught"),
            "folder": folder,
            "agreement": self.tr("The fastest that agrees with the original by at least"),
            "speed": self.tr("What agrees best and is as fast at least"),
        }
        names = (self.tr("Pictures"), self.tr("Wanted"), self.tr("Name"))
        for combo in (self.pictures, self.goal):
            for i in range(combo.count()):
                combo.setItemText(i, words[combo.itemData(i)])
        for label, field, name in zip(
            self._labels, (self.pictures, self.goal, self.name), names, strict=True
        ):
            label.setText(name)
            field.setAccessibleName(name)
        self.agreement.setSuffix(" %")
        self.speed.setSuffix(" ×")
        self.agreement.setAccessibleName(self.tr("Agreement"))
        self.speed.setAccessibleName(self.tr("Times as fast"))
        self.table.setAccessibleName(self.tr("Versions that were tried"))
        self.table.setHorizontalHeaderLabels(
            [
                self.tr("Layers in float"),
                self.tr("Times as fast"),
                self.tr("Agreement"),
                self.tr("Ranges"),
                "",
            ]
        )
        self._asks.setText(self.tr("It is not done yet. Stop it?"))
        self.go_on.setText(self.tr("Go on"))
        self.stop.setText(self.tr("Stop and close"))
        self.instead.setText(self.tr("Run it instead"))
        self.instead.setToolTip(self.tr("In place of the original on the picture"))
        self.beside.setText(self.tr("Run it beside"))
        self.beside.setToolTip(self.tr("Beside the original, to compare them"))
        self.close_button.setText(self.tr("Close"))
        self._show()


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """A name for the 8-bit version of a model that no other model has.

    >>> free_name("m", {"m-int8", "m-int8-2"}.__contains__)
    'm-int8-3'
    """
    first = f"{name}-int8"
    if not taken(first):
        return first
    return next(made for made in (f"{first}-{i}" for i in range(2, 10_000)) if not taken(made))
