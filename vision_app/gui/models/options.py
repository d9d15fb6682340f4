"""The options of one model on the screen, from the table of options: they make a new request of the old one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vision_app.cards.parts import CENTRE, FITS, WHOLE, part_words
from vision_app.engine.options import WINDOW, of_front_end
from vision_app.engine.request import ModelRequest, has_option
from vision_app.gui.models.facts import provider_choices, thresholds_of, title_of
from vision_app.gui.models.option_rows import ChoiceRow, ClassesRow, ShareRow, make_row
from vision_app.gui.models.shelf import Shelf
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.theme import SPACE_PX
from vision_app.live.status import ModelStatus
from vision_app.runtime import short_provider

ELSEWHERE = {"shown": "the eye of the model's card"}
"""Options of the window that have another place than this panel."""


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
        self.rows = {o.name: make_row(o, self) for o in of_front_end(WINDOW) if o.name not in ELSEWHERE}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        for row in self.rows.values():
            if not row.option.advanced:
                column.addWidget(row)
            row.wanted.connect(lambda name, value: self._want({name: value}))
        self.more = Expander(self._make_advanced(), self)
        column.addWidget(self.more)
        shelf.changed.connect(self._fill)
        self._translate()

    def _make_advanced(self) -> QWidget:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX)
        for row in self.rows.values():
            if row.option.advanced:
                column.addWidget(row)
        return inside

    def control(self, name: str) -> Any:
        """The widget that shows the value of an option."""
        return self.rows[name].control

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
        own = dict(zip(("conf", "iou"), thresholds_of(self._shelf.entry(status.name)), strict=True))
        advanced = False
        for name, row in self.rows.items():
            option = row.option
            there = has_option(option, status.task, request)
            row.setVisible(there and (not option.needs or bool(request.value(option.needs))))
            advanced = advanced or (there and option.advanced)
            if not there:
                continue
            if isinstance(row, ClassesRow):
                row.set_labels(status.labels, self._names)
            if isinstance(row, ShareRow):
                row.own = own.get(name, 0.0)
            if isinstance(row, ChoiceRow):
                self._offer(row, request.value(name))
            row.show_value(request.value(name))
        self.more.setVisible(advanced)

    def _offer(self, row: ChoiceRow, chosen: Any) -> None:
        if row.option.name == "fit":
            fits = (self.tr("Crop: cut the longer side off"), self.tr("Squash: ignore the aspect"))
            shown = [self.tr("The model's own"), *fits, self.tr("Letterbox: keep all, with borders")]
            row.offer(list(zip(shown, (None, *FITS), strict=True)), chosen, str(chosen))
            return
        if row.option.name == "region":
            parts = [
                (self.tr("The model's own"), None),
                (self.tr("Whole picture"), WHOLE),
                (self.tr("Centre square"), CENTRE),
            ]
            row.offer(parts, chosen, part_words(chosen))
            return
        if row.option.name == "provider":
            providers = provider_choices(self._shelf.providers)
            shown = [self.tr("Automatic") if p == "auto" else short_provider(p) for p in providers]
            row.offer(list(zip(shown, providers, strict=True)), chosen, short_provider(chosen))
            return
        classifiers = [
            (title_of(e), e.name)
            for e in self._shelf.entries
            if e.installed and e.card is not None and e.card.task == "classify"
        ]
        row.offer([(self.tr("No second model"), None), *classifiers], chosen, chosen or "")

    # what the user wants ---------------------------------------------------------------------------------

    def _want(self, changes: Mapping[str, Any]) -> None:
        wanted = self._request.changed(changes)
        if wanted != self._request:
            self._request = wanted
            self._fill()
            self.changed.emit(wanted)

    # words -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._fill()
        super().changeEvent(event)

    def _translate(self) -> None:
        for row in self.rows.values():
            row.translate()
        self.more.set_title(self.tr("More options"))
