"""The first page: classes, how samples are taken, and where they are kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.keys import written
from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedButton, ElidedLabel
from vision_app.gui.pieces.wrapping import WrapRow
from vision_app.gui.session import Session
from vision_app.gui.teach.class_looks import ClassLooks
from vision_app.gui.teach.classes import KEYS, ClassList
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.teach.doubt_box import DoubtBox
from vision_app.gui.teach.jobs import Jobs
from vision_app.gui.teach.movement_box import MovementBox
from vision_app.gui.teach.ready import ReadyButton
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.messages import told
from vision_app.samples.capture import CaptureProgress
from vision_app.samples.crops import CentreSquare, Crop, DetectedBox, Region, WholeFrame
from vision_app.samples.labels import BACKGROUND_LABEL
from vision_app.samples.store import SampleStore
from vision_app.sources.images import IMAGE_SUFFIXES

RATES_HZ = (2.0, 5.0, 10.0, 20.0)
COUNTS = (10, 20, 40)
_SHOW_AFTER_MS = 60


_CLIPS = "*.zip *.mp4 *.mkv *.mov *.avi *.webm"
_PICTURES = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))


class CapturePage(QWidget):
    """Holding a key or a button takes samples of a class from the live picture."""

    crop_chosen = Signal(object)
    """The part of the picture that becomes the sample."""
    region_wanted = Signal()
    """The user wants to draw one."""
    train_wanted = Signal()
    """Train on what is there."""
    samples_wanted = Signal(str)
    """Show the samples of a class; "" for all."""
    told = Signal(str, str)
    """One line, and its kind: ``, `good` or `bad`."""

    def __init__(
        self, session: Session, controller: TeachController, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._controller, self._jobs = controller, jobs
        self.movements = MovementBox(session, controller, jobs, self)
        self._held = 0
        self._region = Region((0.25, 0.25, 0.75, 0.75))
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._keys = [self._shortcut(number) for number in range(1, KEYS + 1)]
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SHOW_AFTER_MS)
        self._soon.timeout.connect(self.show_store)
        self._translate()
        self.show_store()

    def _make_widgets(self) -> None:
        self.place = ElidedLabel(parent=self, kind="quiet", mode=Qt.TextElideMode.ElideMiddle)
        self.place_menu = icon_button("more", self)
        self.classes, self.looks = ClassList(self), ClassLooks(self)
        self.ready = ReadyButton(self)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("kind", "quiet")
        self.suggest = QPushButton(self)
        set_icon(self.suggest, "add")
        self.idle = QCheckBox(self)
        self.doubts = DoubtBox(self._controller, self)
        self.rate, self.crop, self.count = QComboBox(self), QComboBox(self), QComboBox(self)
        for rate_hz in RATES_HZ:
            self.rate.addItem("", rate_hz)
        self.rate.setCurrentIndex(RATES_HZ.index(10.0))
        for kind in ("whole", "centre", "box", "region"):
            self.crop.addItem("", kind)
        for count in COUNTS:
            self.count.addItem("", count)
        self.count.setCurrentIndex(1)
        for box in (self.rate, self.crop, self.count):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.turns = ElidedButton(parent=self)
        set_icon(self.turns, "play")
        self.state = QLabel(self)
        self.state.setWordWrap(True)
        self.state.setProperty("kind", "quiet")
        self.all = QPushButton(self)
        set_icon(self.all, "eye")
        self.undo_button, self.redo_button = icon_button("undo", self), icon_button("redo", self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, 2 * SPACE_PX)
        column.setSpacing(SPACE_PX)
        head = QHBoxLayout()
        head.addWidget(self.place, 1)
        for button in (self.undo_button, self.redo_button, self.place_menu):
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(self.hint)
        column.addWidget(self.classes)
        column.addWidget(self.ready)
        column.addWidget(self.suggest)
        column.addWidget(self.movements)
        column.addWidget(self.state)
        column.addWidget(self.all)
        how = WrapRow()
        how.add(self.crop, 3)
        how.add(self.rate, 2)
        column.addLayout(how)
        alone = WrapRow()
        alone.add(self.turns, 3)
        alone.add(self.count, 2)
        column.addLayout(alone)
        column.addWidget(self.idle)
        column.addWidget(self.doubts)
        column.addStretch(1)
        for wide in (self.turns, self.all, self.suggest):
            wide.setMinimumHeight(TARGET_PX)

    def _connect(self) -> None:
        self.ready.clicked.connect(self.train_wanted)
        self.looks.looked.connect(self.classes.show_looks)
        controller = self._controller
        self.classes.added.connect(
            lambda label, movement: controller.change(lambda store: store.add_class(label, movement=movement))
        )
        self.movements.told.connect(self.told)
        self.classes.held.connect(controller.start_burst)
        self.classes.released.connect(controller.stop_burst)
        self.classes.wanted.connect(self._class_wanted)
        self.classes.dropped.connect(
            lambda label, ids: controller.change(lambda store: store.relabel(ids, label))
        )
        self.suggest.clicked.connect(
            lambda: controller.change(lambda store: store.add_class(BACKGROUND_LABEL, background=True))
        )
        self.idle.toggled.connect(self._idle_toggled)
        self.rate.currentIndexChanged.connect(lambda _: self.apply())
        self.crop.activated.connect(self._crop_activated)
        self.turns.clicked.connect(self._turns_clicked)
        self.all.clicked.connect(lambda: self.samples_wanted.emit(""))
        self.place_menu.clicked.connect(self._open_place_menu)
        self.undo_button.clicked.connect(controller.undo)
        self.redo_button.clicked.connect(controller.redo)
        controller.store_changed.connect(self._show_soon)
        controller.capture_changed.connect(self._capture_changed)

    # the store -------------------------------------------------------------------------------------------

    def _show_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def show_store(self) -> None:
        """Show what the store holds now."""
        store = self._controller.store
        classes = store.classes if store is not None else ()
        self.classes.show_classes(classes)
        self.looks.look(store)
        self.ready.show_classes(classes)
        self.setEnabled(True)
        show_plain(self.place, str(store.folder) if store is not None else self.tr("No samples are open"))
        for widget in (self.classes, self.turns, self.idle):
            widget.setEnabled(store is not None)
        pictures = [c for c in classes if not c.movement]
        filled = [c for c in pictures if c.count]
        background = any(c.background for c in pictures)
        self.movements.show_store()
        for part in (self.crop, self.rate, self.turns, self.count):
            part.setVisible(bool(pictures) or not classes)
        self.hint.setVisible(len([c for c in classes if c.count]) < 2)
        self.suggest.setVisible(store is not None and len(filled) >= 1 and not background)
        self.idle.setVisible(background or self.idle.isChecked())
        self.all.setEnabled(any(c.count for c in classes))
        total = sum(c.count for c in classes)
        self.all.setText(self.tr("Look at the samples ({count})").format(count=total))
        self.undo_button.setEnabled(store is not None and store.undo_text is not None)
        self.redo_button.setEnabled(store is not None and store.redo_text is not None)
        self._balance(pictures)

    def _balance(self, classes: object) -> None:
        counts = {c.label: c.count for c in classes if c.count}  # type: ignore[attr-defined]
        if len(counts) > 1 and min(counts.values()) * 3 < max(counts.values()):
            least = min(counts, key=lambda label: counts[label])
            words = self.tr("{name} has far fewer samples than the others; take some more.")
            self.state.setText(words.format(name=least))

    def _class_wanted(self, what: str, label: str, more: object) -> None:
        controller = self._controller
        if what == "show":
            self.samples_wanted.emit(label)
        elif what == "rename":
            controller.change(lambda store: store.rename(label, str(more)))
        elif what == "merge":
            controller.change(lambda store: store.merge(label, str(more)))
        elif what == "delete":
            words = self.tr("{name} is in the trash; Ctrl+Z brings it back.").format(name=label)
            controller.change(lambda store: store.delete_class(label), words)
        elif what == "background":
            controller.change(lambda store: _set_background(store, label, on=bool(more)))

    def _open_place_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Keep samples in another folder…"), self.ask_store)
        menu.addSeparator()
        menu.addAction(self.tr("Bring in a folder…"), self.ask_folder)
        menu.addAction(self.tr("Bring in a zip, clip or picture…"), self.ask_file)
        menu.addSeparator()
        menu.addAction(self.tr("Copy all to a zip…"), self.ask_zip)
        menu.addAction(self.tr("Copy all to a folder…"), self.ask_target)
        menu.popup(self.place_menu.mapToGlobal(self.place_menu.rect().bottomLeft()))

    def _dialog(
        self, title: str, mode: QFileDialog.FileMode, filters: list[str] | None = None
    ) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if filters:
            dialog.setNameFilters(filters)
        return dialog

    def ask_store(self) -> None:
        """Ask where samples are to be kept."""
        dialog = self._dialog(self.tr("Folder for the samples"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self._controller.open_store(Path(path)))
        dialog.open()

    def ask_folder(self) -> None:
        """Ask for a folder with one folder a class."""
        dialog = self._dialog(self.tr("Folder with one folder a class"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self._jobs.bring_in(Path(path), None))
        dialog.open()

    def ask_file(self) -> None:
        """Ask for a zip, a clip or a picture."""
        wanted = [
            self.tr("Zips, clips and pictures ({suffixes})").format(suffixes=f"{_CLIPS} {_PICTURES}"),
            self.tr("All files (*)"),
        ]
        dialog = self._dialog(self.tr("Zip, clip or picture"), QFileDialog.FileMode.ExistingFile, wanted)
        dialog.fileSelected.connect(lambda path: self.bring_in_file(Path(path)))
        dialog.open()

    def bring_in_file(self, path: Path) -> None:
        """Bring in a file; of a clip or picture the class is asked for."""
        if path.suffix.lower() == ".zip":
            self._jobs.bring_in(path, None)
            return
        ask = QInputDialog(self)
        ask.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask.setWindowTitle(self.tr("Bring in"))
        ask.setLabelText(self.tr("Which class is {file}?").format(file=path.name))
        store = self._controller.store
        ask.setComboBoxItems(list(store.labels) if store is not None else [])
        ask.setComboBoxEditable(True)
        ask.textValueSelected.connect(lambda label: self._jobs.bring_in(path, label))
        ask.open()

    def ask_zip(self) -> None:
        """Ask for a zip to copy all samples to."""
        dialog = self._dialog(self.tr("Copy all samples to a zip"), QFileDialog.FileMode.AnyFile, ["*.zip"])
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.fileSelected.connect(lambda path: self._jobs.send_out(Path(path)))
        dialog.open()

    def ask_target(self) -> None:
        """Ask for a folder to copy all samples to."""
        dialog = self._dialog(self.tr("Copy all samples to an empty folder"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self._jobs.send_out(Path(path)))
        dialog.open()

    # taking samples --------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Tell the capture how samples are taken."""
        self._controller.set_rate(float(self.rate.currentData()))
        crop = self.chosen_crop()
        self._controller.set_crop(crop)
        self.crop_chosen.emit(crop)

    def chosen_crop(self) -> Crop:
        """The part of the picture that becomes the sample."""
        made: dict[str, Crop] = {
            "whole": WholeFrame(),
            "centre": CentreSquare(),
            "box": DetectedBox(),
            "region": self._region,
        }
        return made[self.crop.currentData()]

    def _crop_activated(self) -> None:
        if self.crop.currentData() == "region":
            self.region_wanted.emit()
        self.apply()

    def set_region(self, region: Region | None) -> None:
        """Take this part of the picture from now on; None keeps what was."""
        if region is not None:
            self._region = region
        self.apply()

    def _turns_clicked(self) -> None:
        store = self._controller.store
        capture = self._controller.capture
        if store is None or capture is None:
            return
        if capture.progress.phase in ("countdown", "recording"):
            self._controller.stop_burst()
            return
        labels = [c.label for c in store.classes if not c.background and not c.movement]
        if not labels:
            self.told.emit(self.tr("Add classes first, such as cup and pen."), "bad")
            return
        self._controller.start_turns(labels, int(self.count.currentData()))

    def _idle_toggled(self, on: bool) -> None:
        store = self._controller.store
        label = (store.background or BACKGROUND_LABEL) if on and store is not None else None
        self._controller.collect_idle(label)

    def _capture_changed(self, progress: CaptureProgress) -> None:
        if progress.problem:
            self.told.emit(told(progress.problem), "bad")
        busy = progress.phase in ("countdown", "recording")
        self.turns.setText(self.tr("Stop") if busy else self.tr("Count down, one by one"))
        set_icon(self.turns, "stop" if busy else "play")
        text = ""
        if progress.label:
            words = (
                self.tr("{name}: {counted} of {taken} on the disk")
                if progress.taken or busy
                else self.tr("{name}: nothing was taken yet; hold the button or key a little longer")
            )
            text = words.format(name=progress.label, counted=progress.counted, taken=progress.taken)
            if progress.dropped:
                text += " · " + self.tr("{count} lost to a slow disk").format(count=progress.dropped)
            if progress.without_part:
                words = self.tr("{count} frames without an object; run a detector for boxes")
                text += " · " + words.format(count=progress.without_part)
        if progress.idle_counted:
            text += (" · " if text else "") + self.tr("{count} of quiet moments").format(
                count=progress.idle_counted
            )
        self.state.setText(text)

    # keys ------------------------------------------------------------------------------------------------

    def _shortcut(self, number: int) -> QShortcut:
        made = QShortcut(QKeySequence(str(number)), self)
        made.setAutoRepeat(False)
        made.setContext(Qt.ShortcutContext.WindowShortcut)
        made.activated.connect(lambda: self._key_pressed(number))
        return made

    def _key_pressed(self, number: int) -> None:
        label = self.classes.label_of_key(number)
        if label is None or self._held:
            return
        self._held = int(Qt.Key.Key_0) + number
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)  # only while a key is held: wherever its release goes, it ends the burst
        self._controller.start_burst(label)

    def _let_go(self) -> None:
        if self._held:
            self._held = 0
            app = QApplication.instance()
            if app is not None:
                app.removeEventFilter(self)
            self._controller.stop_burst()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The key is released, or the window loses the keyboard: the burst ends."""
        kind = event.type()
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            if event.key() == self._held and not event.isAutoRepeat():
                self._let_go()
        elif kind in (QEvent.Type.ApplicationDeactivate, QEvent.Type.WindowDeactivate):
            self._let_go()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QEvent) -> None:
        """Nothing is taken for a page that is not seen."""
        self._let_go()
        super().hideEvent(event)  # type: ignore[arg-type]

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self.show_store()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.hint.setText(
            self.tr(
                "Add two classes or more, then hold a button or the keys 1 to 9 to take samples of what is seen."
            )
        )
        self.suggest.setText(self.tr("Add “none of these”"))
        tell(self.suggest, self.tr("Samples of the empty scene teach the model what is none of the classes"))
        self.idle.setText(self.tr("Fill “none of these” meanwhile"))
        self.idle.setToolTip(
            self.tr("Takes a picture now and then while nothing else is captured: keep the scene empty")
        )
        for i, rate_hz in enumerate(RATES_HZ):
            self.rate.setItemText(i, self.tr("{rate} a second").format(rate=f"{rate_hz:g}"))
        crops = (
            self.tr("Whole picture"),
            self.tr("Centre square"),
            self.tr("Detected object"),
            self.tr("Drawn region…"),
        )
        for i, words in enumerate(crops):
            self.crop.setItemText(i, words)
        for i, count in enumerate(COUNTS):
            self.count.setItemText(i, self.tr("{count} each").format(count=count))
        self.rate.setAccessibleName(self.tr("How many samples a second"))
        self.rate.setToolTip(self.tr("How many samples a second"))
        self.crop.setAccessibleName(self.tr("Which part of the picture"))
        self.crop.setToolTip(self.tr("Which part of the picture"))
        self.count.setAccessibleName(self.tr("Samples of each class"))
        self.count.setToolTip(self.tr("Samples of each class"))
        self.turns.setText(self.tr("Count down, one by one"))
        self.turns.setToolTip(self.tr("For one person alone: counts 3-2-1 before each class in turn"))
        tell(self.place_menu, self.tr("Folder, bring in, copy out"))
        undo, redo = self.tr("Undo"), self.tr("Redo")
        tell(self.undo_button, undo, f"{undo} ({written(QKeySequence.StandardKey.Undo)})")
        tell(self.redo_button, redo, f"{redo} ({written(QKeySequence.StandardKey.Redo)})")
        self.place.setAccessibleName(self.tr("Folder of the samples"))

    def close_down(self) -> None:
        """End what runs by itself."""
        self._soon.stop()
        self.looks.close()
        self._let_go()


def _set_background(store: SampleStore, label: str, *, on: bool) -> None:
    movement = any(c.label == label and c.movement for c in store.classes)
    store.set_background(label if on else None, movement=movement)
