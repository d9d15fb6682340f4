"""The teach panel: show it things, train, and see the new model on the picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vision_app.catalogue import Entry, entries
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.pieces.texts import ElidedLabel, set_kind
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.teach.classes import KEYS, ClassList
from vision_app.gui.teach.desk import TeachDesk, usual_folder
from vision_app.gui.teach.stage import Shares, Stage
from vision_app.gui.teach.taking import Taking
from vision_app.gui.teach.training import TrainBox
from vision_app.gui.theme import SPACE_PX
from vision_app.gui.view import LiveView
from vision_app.learn.options import TrainingResult
from vision_app.samples.capture import CaptureProgress
from vision_app.samples.crops import CentreSquare, Crop, DetectedBox, Region, WholeFrame
from vision_app.samples.labels import BACKGROUND_LABEL

_TYPING = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QComboBox)


class TeachPanel(QWidget):
    """Everything that teaching needs, from top to bottom in the order in which it is done."""

    def __init__(
        self, session: Session, settings: Settings, view: LiveView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._view = view
        self._held_key: int | None = None
        self._turning = False
        self.desk = TeachDesk(session, self)
        self._looking = Background("teach", self)
        self.stage = Stage(view)
        self.place = ElidedLabel(parent=self, kind="quiet", mode=Qt.TextElideMode.ElideLeft)
        self.place_menu = icon_button("more", self)
        self.undo, self.redo = icon_button("undo", self), icon_button("redo", self)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.hide()
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("kind", "quiet")
        self.classes = ClassList(self)
        self.taking = Taking(self)
        self.fold = Expander(self.taking, self)
        self.show_samples, self.bring_in = QPushButton(self), QPushButton(self)
        self.headings = (QLabel(self), QLabel(self))
        self.train = TrainBox(self)
        self._lay_out()
        self._connect()
        self._translate()
        self.desk.open_store(usual_folder())
        self.desk.set_base(self.train.base.currentText())

    def _lay_out(self) -> None:
        for heading in self.headings:
            heading.setProperty("kind", "heading")
        place = QHBoxLayout()
        place.addWidget(self.headings[0])
        place.addWidget(self.place, 1)
        for button in (self.undo, self.redo, self.place_menu):
            place.addWidget(button)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_samples)
        buttons.addWidget(self.bring_in)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.setSpacing(SPACE_PX)
        column.addLayout(place)
        for widget in (self.hint, self.note, self.classes, self.fold):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addSpacing(SPACE_PX)
        column.addWidget(self.headings[1])
        column.addWidget(self.train)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _connect(self) -> None:
        desk, classes, taking, train = self.desk, self.classes, self.taking, self.train
        desk.store_changed.connect(self._store_changed)
        desk.capture_changed.connect(self._capture_changed)
        desk.told.connect(lambda text: self._say(text, "quiet"))
        desk.failed.connect(lambda text: self._say(text, "bad"))
        desk.progress.connect(train.show_progress)
        desk.trained.connect(self._trained)
        desk.ended.connect(lambda: train.set_running(False))
        classes.added.connect(lambda label: desk.change(lambda store: store.add_class(label)))
        classes.held.connect(self._hold)
        classes.released.connect(desk.stop_burst)
        classes.wanted.connect(self._class_wanted)
        classes.dropped.connect(lambda label, ids: desk.change(lambda store: store.relabel(ids, label)))
        taking.rate_chosen.connect(desk.set_rate)
        taking.crop_chosen.connect(self._choose_crop)
        taking.turns_wanted.connect(self._turns)
        taking.idle_wanted.connect(lambda on: desk.collect_idle(BACKGROUND_LABEL if on else None))
        self.stage.region_drawn.connect(self._region_drawn)
        self.undo.clicked.connect(lambda: desk.change(lambda store: store.undo()))
        self.redo.clicked.connect(lambda: desk.change(lambda store: store.redo()))
        self.place_menu.clicked.connect(self._open_menu)
        self.show_samples.clicked.connect(lambda: self.open_grid(None))
        self.bring_in.clicked.connect(self._open_import_menu)
        train.wanted.connect(self._train)
        train.stop_wanted.connect(desk.stop_training)
        train.cancel_wanted.connect(desk.cancel_training)
        train.base_chosen.connect(desk.set_base)
        train.judge_wanted.connect(self.open_evaluation)
        train.versions_wanted.connect(self.open_versions)
        QApplication.instance().installEventFilter(self)

    # samples ---------------------------------------------------------------------------------------------

    def _store_changed(self) -> None:
        store = self.desk.store
        if store is None:
            return
        classes = store.classes
        self.classes.show_classes(classes)
        self.place.setText(str(store.folder))
        self.undo.setEnabled(store.undo_text is not None)
        self.redo.setEnabled(store.redo_text is not None)
        tell(self.undo, self.tr("Undo"), store.undo_text or "")
        tell(self.redo, self.tr("Redo"), store.redo_text or "")
        self.show_samples.setEnabled(any(c.count for c in classes))
        self.hint.setVisible(len(classes) < 2)
        self.train.show_samples(self._why_not())

    def _why_not(self) -> str:
        store = self.desk.store
        filled = [c for c in store.classes if c.count] if store is not None else []
        if len(filled) < 2:
            return self.tr("At least two classes with samples are needed.")
        thin = [c.label for c in filled if c.count < 2]
        return self.tr("{label} needs at least two samples.").format(label=thin[0]) if thin else ""

    def _class_wanted(self, what: str, label: str, more: object) -> None:
        if what == "show":
            self.open_grid(label)
            return
        work = {
            "rename": lambda store: store.rename(label, str(more)),
            "merge": lambda store: store.merge(label, str(more)),
            "delete": lambda store: store.delete_class(label),
            "background": lambda store: store.set_background(label if more else None),
        }[what]
        self.desk.change(work)

    def _say(self, text: str, kind: str) -> None:
        set_kind(self.note, kind)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    # capturing -------------------------------------------------------------------------------------------

    def _hold(self, label: str) -> None:
        self._say("", "quiet")
        self.desk.start_burst(label)

    def _turns(self, count: int) -> None:
        if self._turning:
            self.desk.stop_burst()
            return
        labels = [row.label for row in self.classes.rows]
        if not labels:
            self._say(self.tr("Add a class first."), "bad")
            return
        self.desk.start_turns(labels, count)

    def _capture_changed(self, progress: CaptureProgress) -> None:
        self.stage.show_progress(progress)
        turning = progress.turns > 0 and progress.phase != "idle"
        if turning != self._turning:
            self._turning = turning
            self.taking.show_turns(turning)
        if progress.problem:
            self._say(progress.problem, "bad")
        elif progress.phase == "recording" and progress.without_part and not progress.taken:
            self._say(self.tr("No box is detected: a detector has to run on the picture."), "warn")

    def _choose_crop(self, kind: str) -> None:
        crops: dict[str, Crop] = {"whole": WholeFrame(), "centre": CentreSquare(), "box": DetectedBox()}
        if kind == "region":
            self.stage.draw_region()
            return
        self.stage.show_region(None)
        self.desk.set_crop(crops[kind])

    def _region_drawn(self, shares: Shares | None) -> None:
        if shares is None:
            self.taking.show_crop("whole")
            self._choose_crop("whole")
            return
        self.stage.show_region(shares)
        self.desk.set_crop(Region(shares))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys 1 to 9, held, take samples of a class; losing the window lets go of them."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key_pressed(event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            if event.key() == self._held_key and not event.isAutoRepeat():
                self._let_go()
                return True
        elif kind == QEvent.Type.ApplicationDeactivate or (
            kind == QEvent.Type.WindowDeactivate and watched is self.window()
        ):
            self._let_go()
        return False

    def _key_pressed(self, event: QKeyEvent) -> bool:
        if self._held_key is not None:
            return event.key() == self._held_key
        number = event.key() - Qt.Key.Key_0
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if not (1 <= number <= KEYS and plain) or event.isAutoRepeat() or not self.isVisible():
            return False
        if not self.window().isActiveWindow() or isinstance(QApplication.focusWidget(), _TYPING):
            return False
        label = self.classes.label_of_key(number)
        if label is None:
            return False
        self._held_key = event.key()
        self._hold(label)
        return True

    def _let_go(self) -> None:
        if self._held_key is not None:
            self._held_key = None
            self.desk.stop_burst()

    # training --------------------------------------------------------------------------------------------

    def showEvent(self, event: object) -> None:
        """Look which networks could be the base."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._looking.run(entries, self._found_models)

    def _found_models(self, found: list[Entry]) -> None:
        names = [e.name for e in found if e.installed and e.card is not None and e.card.task == "classify"]
        self.train.show_bases(names)

    def _train(self, base: str, name: str, options: object) -> None:
        self._say("", "quiet")
        self.train.set_running(True)
        self.desk.train(base, name, options)  # type: ignore[arg-type]

    def _trained(self, result: TrainingResult) -> None:
        self.train.show_result(result)
        self._looking.run(entries, self._found_models)

    # larger views ----------------------------------------------------------------------------------------

    def open_grid(self, label: str | None) -> QWidget | None:
        """Show the samples of a class, or of all."""
        from vision_app.gui.teach.dialogs import grid_dialog

        return grid_dialog(self, self.desk, label)

    def open_evaluation(self, name: str) -> QWidget | None:
        """Say how good a model is."""
        from vision_app.gui.teach.dialogs import evaluation_dialog

        return evaluation_dialog(self, self.desk, name)

    def open_versions(self, name: str) -> QWidget | None:
        """Show the versions of a model."""
        from vision_app.gui.teach.dialogs import versions_dialog

        return versions_dialog(self, self.desk, name)

    # menus -----------------------------------------------------------------------------------------------

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Keep samples in another folder…"), self._ask_store)
        menu.addAction(self.tr("Copy all samples to a folder…"), self._ask_export)
        menu.popup(self.place_menu.mapToGlobal(self.place_menu.rect().bottomLeft()))

    def _open_import_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Folder with one folder a class…"), self._ask_import_folder)
        menu.addAction(self.tr("Clip, photo or zip…"), self._ask_import_file)
        menu.popup(self.bring_in.mapToGlobal(self.bring_in.rect().bottomLeft()))

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        return dialog

    def _ask_store(self) -> None:
        dialog = self._dialog(self.tr("Folder for samples"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self.desk.open_store(Path(path)))
        dialog.open()

    def _ask_export(self) -> None:
        dialog = self._dialog(self.tr("Empty folder for the copies"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self.desk.send_out(Path(path) / "samples"))
        dialog.open()

    def _ask_import_folder(self) -> None:
        dialog = self._dialog(self.tr("Folder with one folder a class"), QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self.desk.bring_in(Path(path), None))
        dialog.open()

    def _ask_import_file(self) -> None:
        dialog = self._dialog(self.tr("Clip, photo or zip"), QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._import_file)
        dialog.open()

    def _import_file(self, text: str) -> None:
        path = Path(text)
        labels = [row.label for row in self.classes.rows]
        if path.suffix.lower() == ".zip":
            self.desk.bring_in(path, None)
            return
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Class"))
        dialog.setLabelText(self.tr("What does {name} show?").format(name=path.name))
        dialog.setComboBoxItems(labels)
        dialog.setComboBoxEditable(True)
        dialog.textValueSelected.connect(lambda label: self.desk.bring_in(path, label))
        dialog.open()

    # words, the end --------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._store_changed()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.headings[0].setText(self.tr("Samples"))
        self.headings[1].setText(self.tr("Training"))
        self.hint.setText(
            self.tr(
                "Add two classes or more. Then show each of them to the camera and hold its button, or its "
                "number key: turn it, move it, change what is behind it."
            )
        )
        self.fold.set_title(self.tr("How samples are taken"))
        self.show_samples.setText(self.tr("Show samples"))
        set_icon(self.show_samples, "eye")
        self.bring_in.setText(self.tr("Import…"))
        set_icon(self.bring_in, "folder")
        tell(self.place_menu, self.tr("More for the samples"))
        tell(self.undo, self.tr("Undo"))
        tell(self.redo, self.tr("Redo"))

    def close_down(self) -> None:
        """End what runs; what was captured is kept."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._let_go()
        self.desk.close()
        self._looking.close()
