"""The options of one model on the screen: they make a new request of the old one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from vision_app.engine.request import ModelRequest
from vision_app.gui.models.classes import ClassPicker
from vision_app.gui.models.controls import Labelled, Threshold, Whole
from vision_app.gui.models.facts import (
    class_ids,
    class_names,
    provider_choices,
    short_provider,
    thresholds_of,
    title_of,
)
from vision_app.gui.models.shelf import Shelf
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.theme import SPACE_PX
from vision_app.live.status import ModelStatus
from vision_app.tasks import TASKS

_MOST_TOP_K = 20
_LARGEST_PX = 4096
_MOST_NAMES = 3


class Options(QWidget):
    """Shows what a model was asked for, and tells of what it should be asked for instead.

    Args:
        shelf: the catalogue: the model's own thresholds, classifiers for boxes.
        parent: Qt's owner.
    """

    changed = Signal(object)
    """A `ModelRequest`."""

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._request = ModelRequest("")
        self._status: ModelStatus | None = None
        self._names: Mapping[str, str] = {}
        self._is_box_task: bool | None = None
        self.conf, self.iou = Threshold(self), Threshold(self)
        self.top_k = Whole(1, _MOST_TOP_K)
        self._top_k_row = Labelled(self.top_k, self, beside=True)
        self.classes = ClassPicker(self)
        self.classes_fold = Expander(self.classes, self)
        self.provider = QComboBox(self)
        self._provider_row = Labelled(self.provider, self)
        self.sliced, self.track = QCheckBox(self), QCheckBox(self)
        self._sliced_row, self._track_row = (Labelled(box, self) for box in (self.sliced, self.track))
        self.slice_window, self.slice_stride = (Whole(0, _LARGEST_PX, 32) for _ in range(2))
        self._window_row, self._stride_row = (
            Labelled(number, self, beside=True) for number in (self.slice_window, self.slice_stride)
        )
        self.boxes = QComboBox(self)
        self._boxes_row = Labelled(self.boxes, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        self._box_rows = (
            self.conf,
            self.iou,
            self.classes_fold,
            self._track_row,
            self._sliced_row,
            self._window_row,
            self._stride_row,
            self._boxes_row,
        )
        for row in (*self._box_rows, self._top_k_row, self._provider_row):
            column.addWidget(row)
        for row in (self._sliced_row, self._track_row):
            row.label.hide()
        self._connect()
        self._translate()

    def _connect(self) -> None:
        self.conf.changed.connect(lambda value: self._want_options(conf=value))
        self.iou.changed.connect(lambda value: self._want_options(iou=value))
        self.top_k.valueChanged.connect(lambda value: self._want_options(top_k=value))
        self.classes.changed.connect(self._want_classes)
        self.provider.activated.connect(lambda _: self._want(provider=self.provider.currentData()))
        self.sliced.clicked.connect(lambda on: self._want(sliced=on))
        self.track.clicked.connect(lambda on: self._want(track=on))
        self.slice_window.valueChanged.connect(lambda value: self._want(slice_size=value))
        self.slice_stride.valueChanged.connect(lambda value: self._want(slice_stride=value))
        self.boxes.activated.connect(lambda _: self._want(classify_boxes=self.boxes.currentData()))
        self._shelf.changed.connect(self._fill)

    # what is shown ---------------------------------------------------------------------------------------

    def show_status(self, status: ModelStatus, names: Mapping[str, str]) -> None:
        """Show what runs, or what it is about to be.

        Args:
            status: the model.
            names: labels in the language of the window.
        """
        self._status, self._names = status, names
        self._request = status.pending or status.request
        self._fill()

    def _fill(self) -> None:
        status, request = self._status, self._request
        if status is None:
            return
        finds_boxes = status.task in TASKS and TASKS[status.task].finds_boxes
        for row in self._box_rows:
            row.setVisible(finds_boxes)
        self._window_row.setVisible(finds_boxes and request.sliced)
        self._stride_row.setVisible(finds_boxes and request.sliced)
        self._top_k_row.setVisible(status.task == "classify" or request.classify_boxes is not None)
        conf, iou = thresholds_of(self._shelf.entry(status.name))
        self.conf.show_value(request.options.conf, conf)
        self.iou.show_value(request.options.iou, iou)
        self.top_k.show_value(request.options.top_k)
        if finds_boxes:
            ids = class_ids(status.labels, request.options.classes)
            self.classes.show_classes(status.labels, self._names, ids)
            self._name_classes(ids)
        self.sliced.setChecked(request.sliced)
        self.slice_window.show_value(request.slice_size)
        self.slice_stride.show_value(request.slice_stride)
        self.track.setChecked(request.track)
        self._fill_choices()

    def _fill_choices(self) -> None:
        providers = provider_choices(self._shelf.providers)
        wanted = self._request.provider
        shown = [self.tr("Automatic") if p == "auto" else short_provider(p) for p in providers]
        _fill_combo(self.provider, list(zip(shown, providers, strict=True)), wanted, short_provider(wanted))
        classifiers = [
            (title_of(e), e.name)
            for e in self._shelf.entries
            if e.installed and e.card is not None and e.card.task == "classify"
        ]
        chosen = self._request.classify_boxes
        _fill_combo(self.boxes, [(self.tr("No second model"), None), *classifiers], chosen, chosen or "")

    def _name_classes(self, ids: frozenset[int]) -> None:
        if not ids:
            self.classes_fold.set_title(self.tr("Classes: all"))
            return
        names = [self.classes.model.name(i) for i in sorted(ids)]
        more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
        self.classes_fold.set_title(
            self.tr("Classes: {names}").format(names=", ".join(names[:_MOST_NAMES]) + more)
        )

    # what the user wants ---------------------------------------------------------------------------------

    def _want(self, **changes: Any) -> None:
        wanted = dataclasses.replace(self._request, **changes)
        if wanted != self._request:
            self._request = wanted
            self._fill()
            self.changed.emit(wanted)

    def _want_options(self, **changes: Any) -> None:
        self._want(options=dataclasses.replace(self._request.options, **changes))

    def _want_classes(self, ids: frozenset[int]) -> None:
        if self._status is not None:
            self._want_options(classes=class_names(self._status.labels, ids))

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._fill()
        super().changeEvent(event)

    def _translate(self) -> None:
        reset = self.tr("Back to the model's own value")
        self.conf.name(
            self.tr("Confidence at least"), self.tr("What the model is less sure of is not shown"), reset
        )
        self.iou.name(
            self.tr("Overlap at most (IoU)"),
            self.tr("Of boxes of one class that overlap more, only the best is kept"),
            reset,
        )
        self._top_k_row.name(
            self.tr("Classes listed"), self.tr("How many of the likeliest classes are listed")
        )
        self._provider_row.name(
            self.tr("Runs on"), self.tr("Automatic takes the fastest that this computer offers")
        )
        self.sliced.setText(self.tr("Look closer, window by window"))
        self._sliced_row.name(
            "", self.tr("Finds small objects in large pictures, and takes several times as long")
        )
        self.sliced.setAccessibleName(self.sliced.text())
        for row, text, tip in (
            (self._window_row, self.tr("Window"), self.tr("Side of a window in pixels")),
            (self._stride_row, self.tr("Step"), self.tr("From one window to the next, in pixels")),
        ):
            row.name(text, tip)
        for number in (self.slice_window, self.slice_stride):
            number.setSuffix(self.tr(" px"))
            number.setSpecialValueText(self.tr("automatic"))
        self.track.setText(self.tr("Track: each object keeps a number"))
        self._track_row.name("", self.tr("Follows objects from picture to picture"))
        self.track.setAccessibleName(self.track.text())
        self._boxes_row.name(
            self.tr("What is in each box"),
            self.tr("A second model names what is in each box that this one finds"),
        )


def _fill_combo(combo: QComboBox, rows: list[tuple[str, Any]], chosen: Any, chosen_text: str) -> None:
    """Let a combo box hold these rows, with one chosen; it is added when it is not among them."""
    if all(value != chosen for _, value in rows):
        rows = [*rows, (chosen_text, chosen)]
    with QSignalBlocker(combo):
        if [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())] != rows:
            combo.clear()
            for text, value in rows:
                combo.addItem(text, value)
        combo.setCurrentIndex(next(i for i, (_, value) in enumerate(rows) if value == chosen))
