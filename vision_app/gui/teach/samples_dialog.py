"""All samples of a store in a grid: look, choose, delete, relabel by drag, find what is alike."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QAction, QImage, QKeySequence, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.errors import SampleError
from vision_app.gui.pieces.background import Background
from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.pieces.images import copied_image
from vision_app.gui.teach.controller import TeachController
from vision_app.gui.teach.grid import Cell, Grid, PictureModel
from vision_app.gui.teach.jobs import Jobs
from vision_app.gui.teach.mime import MIME_TYPE, sample_ids
from vision_app.gui.theme import SPACE_PX
from vision_app.messages import told
from vision_app.results.values import ImageU8
from vision_app.samples.duplicates import Lookalike
from vision_app.samples.sample import Sample

_LABEL_ROLE = Qt.ItemDataRole.UserRole + 1
_SHOW_AFTER_MS = 120
_SURE_MS = 6000
"""How long the button asks whether it is meant."""
_SIZE_PX = (940, 620)
_CLASSES_PX = 190


class ClassModel(QStandardItemModel):
    """The classes, onto which samples may be dropped."""

    def __init__(self, controller: TeachController, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller

    def mimeTypes(self) -> list[str]:
        """What may be dropped."""
        return [MIME_TYPE]

    def supportedDropActions(self) -> Qt.DropAction:
        """They change their class."""
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def canDropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,
        column: int,
        parent: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Samples, onto a class."""
        return data.hasFormat(MIME_TYPE) and parent.isValid() and bool(parent.data(_LABEL_ROLE))

    def dropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,
        column: int,
        parent: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """The samples are of this class from now on."""
        ids = sample_ids(data)
        if not ids or not self.canDropMimeData(data, action, row, column, parent):
            return False
        label = str(parent.data(_LABEL_ROLE))
        words = self.tr("{count} samples are {name} now; Ctrl+Z takes it back.")
        self._controller.change(
            lambda store: store.relabel(ids, label), words.format(count=len(ids), name=label)
        )
        return True


class SamplesDialog(Dialog):
    """The grid with its classes."""

    def __init__(self, controller: TeachController, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._jobs = controller, jobs
        self._label = ""
        self._flags: dict[str, str] = {}
        self._shown: tuple[object, ...] = ()
        self._looking = threading.Lock()
        self._background = Background("preview", self)
        self.pictures = PictureModel(self._read, self)
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SHOW_AFTER_MS)
        self._soon.timeout.connect(self.show_store)
        self.resize(*_SIZE_PX)
        self._translate()
        self.show_store()

    def _read(self, sample_id: str) -> ImageU8:
        store = self._controller.store
        if store is None:
            raise SampleError("no samples are open")
        return store.thumbnail(sample_id)

    def _make_widgets(self) -> None:
        self.classes = QListView(self)
        self.class_model = ClassModel(self._controller, self)
        self.classes.setModel(self.class_model)
        self.classes.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.classes.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.classes.setFixedWidth(_CLASSES_PX)
        self.grid = Grid(self.pictures, self)
        self.alike = QPushButton(self)
        set_icon(self.alike, "search")
        self.only_flagged = QCheckBox(self)
        self.delete, self.undo, self.redo, self.view = (QPushButton(self) for _ in range(4))
        self.move_to = QPushButton(self)
        self.move_menu = QMenu(self)
        self.move_to.setMenu(self.move_menu)
        for button, icon in (
            (self.move_to, "right"),
            (self.delete, "trash"),
            (self.undo, "undo"),
            (self.redo, "redo"),
            (self.view, "eye"),
        ):
            set_icon(button, icon)
            button.setAutoDefault(False)
        self.alike.setAutoDefault(False)
        self.empty = QPushButton(self)
        set_icon(self.empty, "trash")
        self.empty.setAutoDefault(False)
        self._sure = QTimer(self)
        self._sure.setSingleShot(True)
        self._sure.setInterval(_SURE_MS)
        self.state = QLabel(self)
        self.state.setProperty("kind", "quiet")
        self.state.setWordWrap(True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.view)
        top.addWidget(self.move_to)
        top.addWidget(self.delete)
        top.addWidget(self.undo)
        top.addWidget(self.redo)
        top.addStretch(1)
        top.addWidget(self.empty)
        top.addWidget(self.only_flagged)
        top.addWidget(self.alike)
        middle = QHBoxLayout()
        middle.addWidget(self.classes)
        middle.addWidget(self.grid, 1)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(top)
        column.addLayout(middle, 1)
        column.addWidget(self.state)

    def _connect(self) -> None:
        self.classes.selectionModel().currentChanged.connect(lambda index, _: self._class_chosen(index))
        self.grid.doubleClicked.connect(lambda index: self._open(self.pictures.cells[index.row()].key))
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self._show_state())
        self.delete.clicked.connect(self.delete_chosen)
        self.undo.clicked.connect(self._controller.undo)
        self.empty.clicked.connect(self.empty_trash)
        self._sure.timeout.connect(self._show_trash)
        self.redo.clicked.connect(self._controller.redo)
        self.view.clicked.connect(self._open_chosen)
        self.move_menu.aboutToShow.connect(self._fill_move_menu)
        self.alike.clicked.connect(self._jobs.look_for_lookalikes)
        self.only_flagged.toggled.connect(lambda _: self.show_store())
        self._jobs.found_lookalikes.connect(self._found)
        self._jobs.told.connect(self.state.setText)
        self._controller.told.connect(self.state.setText)
        self._controller.failed.connect(self.state.setText)
        self._controller.store_changed.connect(self._show_soon)
        keys: tuple[tuple[QKeySequence.StandardKey, object], ...] = (
            (QKeySequence.StandardKey.Delete, self.delete_chosen),
            (QKeySequence.StandardKey.Undo, self._controller.undo),
            (QKeySequence.StandardKey.Redo, self._controller.redo),
        )
        for key, act in keys:
            action = QAction(self)
            action.setShortcut(key)
            action.triggered.connect(act)
            self.addAction(action)
        self.grid.enter_pressed.connect(self._open_chosen)

    def _show_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def choose(self, label: str) -> None:
        """Show the samples of a class; "" for all."""
        self._label = label
        self.show_store()

    def _class_chosen(self, index: QModelIndex) -> None:
        label = index.data(_LABEL_ROLE)
        if index.isValid() and label != self._label:
            self._label = str(label)
            self.show_store()

    def show_store(self) -> None:
        """Show what the store holds now."""
        store = self._controller.store
        if store is None:
            return
        wanted = (
            store.folder,
            store.revision,
            self._label,
            self.only_flagged.isChecked(),
            len(self._flags),
            self.locale().name(),
        )
        if wanted == self._shown:
            return
        self._shown = wanted
        classes = store.classes
        if self._label and self._label not in [c.label for c in classes]:
            self._label = ""
        total = sum(c.count for c in classes)
        entries = [("", self.tr("All classes"), total), *((c.label, c.label, c.count) for c in classes)]
        self._show_classes(entries)
        samples = store.samples(self._label or None)
        if self.only_flagged.isChecked():
            samples = [s for s in samples if s.id in self._flags]
        self.pictures.show_cells([self._cell(sample) for sample in samples])
        self.undo.setEnabled(store.undo_text is not None)
        self.redo.setEnabled(store.redo_text is not None)
        self.undo.setToolTip(told(store.undo_text or ""))
        self.redo.setToolTip(told(store.redo_text or ""))
        self._sure.stop()
        self._show_trash()
        self._show_state()

    def _show_classes(self, entries: list[tuple[str, str, int]]) -> None:
        self.classes.selectionModel().blockSignals(True)
        self.class_model.setRowCount(len(entries))
        for row, (label, words, count) in enumerate(entries):
            item = self.class_model.item(row) or QStandardItem()
            item.setText(f"{words}  ({count})")
            item.setToolTip(words)
            item.setData(label, _LABEL_ROLE)
            if self.class_model.item(row) is None:
                self.class_model.setItem(row, item)
            if label == self._label:
                self.classes.setCurrentIndex(item.index())
        self.classes.selectionModel().blockSignals(False)
        self.classes.viewport().update()

    def _cell(self, sample: Sample) -> Cell:
        flag = self._flags.get(sample.id, "")
        tip = sample.label
        if flag == "conflict":
            tip += "\n" + self.tr("Nearly the same picture is in another class: one of the two is wrong.")
        elif flag:
            tip += "\n" + self.tr("Nearly the same picture is in another session.")
        return Cell(sample.id, sample.label, flag, tip)

    def _show_state(self) -> None:
        chosen = len(self.grid.selectedIndexes())
        for button in (self.delete, self.view, self.move_to):
            button.setEnabled(chosen > 0)
        if chosen:
            words = self.tr("{count} chosen: drag them onto a class, or press Delete.")
            self.state.setText(words.format(count=chosen))
        else:
            words = self.tr("{count} samples. Choose some to delete them or to drag them onto a class.")
            self.state.setText(words.format(count=len(self.pictures.cells)))

    # what is done with them ------------------------------------------------------------------------------

    def delete_chosen(self) -> None:
        """Put the chosen samples into the trash."""
        ids = self.grid.chosen()
        if ids:
            words = self.tr("{count} samples are in the trash; Ctrl+Z brings them back.").format(
                count=len(ids)
            )
            self._controller.change(lambda store: store.delete(ids), words)

    def empty_trash(self) -> None:
        """Ask once; when asked again soon, remove what was deleted from the disk for good."""
        store = self._controller.store
        count = 0 if store is None else len(store.deleted())
        if not count:
            return
        if not self._sure.isActive():
            self._sure.start()
            self._show_trash()
            words = self.tr(
                "{count} deleted pictures will be gone from this disk, and nothing done until now can be undone. "
                "Press the button once more to do it."
            )
            self.state.setText(words.format(count=count))
            return
        self._sure.stop()
        words = self.tr("{count} pictures are gone from this disk.").format(count=count)
        self._controller.change(lambda store: store.empty_trash(), words)

    def _show_trash(self) -> None:
        store = self._controller.store
        count = 0 if store is None else len(store.deleted())
        self.empty.setVisible(count > 0)
        words = (
            self.tr("Delete {count} for good?") if self._sure.isActive() else self.tr("Empty trash ({count})")
        )
        self.empty.setText(words.format(count=count))

    def _fill_move_menu(self) -> None:
        self.move_menu.clear()
        for label in self._controller.store.labels if self._controller.store is not None else ():
            self.move_menu.addAction(label.replace("&", "&&"), partial(self.move_chosen, label))

    def move_chosen(self, label: str) -> None:
        """Say that the chosen samples are of another class: what dragging them there does."""
        ids = self.grid.chosen()
        if ids:
            words = self.tr("{count} samples are {name} now; Ctrl+Z takes it back.")
            words = words.format(count=len(ids), name=label)
            self._controller.change(lambda store: store.relabel(ids, label), words)

    def _found(self, pairs: list[Lookalike]) -> None:
        self._flags = {}
        for pair in sorted(pairs, key=lambda pair: pair.kind == "conflict"):
            self._flags[pair.first] = self._flags[pair.second] = pair.kind
        self._shown = ()
        self.show_store()
        conflicts = sum(pair.kind == "conflict" for pair in pairs)
        words = self.tr("{conflicts} pairs alike in two classes, {leaks} alike in two sessions.")
        self.state.setText(words.format(conflicts=conflicts, leaks=len(pairs) - conflicts))

    def _open_chosen(self) -> None:
        ids = self.grid.chosen()
        if ids:
            self._open(ids[0])

    def _open(self, sample_id: str) -> None:
        store = self._controller.store
        if store is None:
            return

        def read() -> QImage:
            return copied_image(np.ascontiguousarray(store.read(sample_id)))

        def show(image: QImage) -> None:
            facts = store.facts(sample_id)
            width, height = facts.size_wh
            told = (
                facts.time.replace("T", " ")[:16],
                f"{width} × {height}",
                facts.source_id or facts.original,
            )
            Preview(image, store.sample(sample_id).label, " · ".join(t for t in told if t), self).show()

        self._background.run(read, show, self.state.setText, owner=self)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._shown = ()
            self.show_store()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Samples"))
        self.classes.setAccessibleName(self.tr("Classes"))
        self.grid.setAccessibleName(self.tr("Pictures"))
        self.view.setText(self.tr("Enlarge"))
        self.view.setToolTip(self.tr("Enlarge (Enter)"))
        self.move_to.setText(self.tr("Move to"))
        self.move_to.setToolTip(self.tr("Say that the chosen pictures are of another class"))
        self.delete.setText(self.tr("Delete"))
        self.undo.setText(self.tr("Undo"))
        self.redo.setText(self.tr("Redo"))
        self.alike.setText(self.tr("Find alike"))
        self.alike.setToolTip(
            self.tr("Find pictures that are nearly the same in two classes or two sessions")
        )
        self.only_flagged.setText(self.tr("Only those"))
        self.only_flagged.setToolTip(self.tr("Show only pictures that are like another one"))

    def close_down(self) -> None:
        """End what runs by itself."""
        self._soon.stop()
        self._background.close()
        self.pictures.close()


class Preview(Dialog):
    """One sample, large, with what is known of it."""

    def __init__(self, image: QImage, label: str, facts: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(label)
        picture = QLabel(self)
        picture.setAccessibleName(label)
        room = self.screen().availableSize() * 0.8
        pixmap = QPixmap.fromImage(image)
        if (
            image.width() > room.width()
            or image.height() > room.height()
            or max(image.width(), image.height()) < 400
        ):
            side = (
                room
                if max(image.width(), image.height()) >= 400
                else room.boundedTo(room.scaled(480, 480, Qt.AspectRatioMode.KeepAspectRatio))
            )
            pixmap = pixmap.scaled(
                side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        picture.setPixmap(pixmap)
        column = QVBoxLayout(self)
        column.addWidget(picture)
        line = QLabel(facts, self)
        line.setProperty("kind", "quiet")
        line.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(line)
