"""The list of all models: by family, with a box to filter it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vision_app.cards.lookup import CatalogueEntry
from vision_app.gui.models.facts import OTHER_FAMILY, family_word, grouped, matches
from vision_app.gui.models.rows import CatalogueRow
from vision_app.gui.models.shelf import Progress, Shelf
from vision_app.gui.pieces.expander import Expander
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.search import SearchField
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.live.status import ModelState
from vision_app.messages import told

_FILTER_AFTER_MS = 120


class _Family:
    """A heading, and rows that are made when it is first opened."""

    def __init__(self, name: str, parent: QWidget) -> None:
        self.name = name
        self.home = QWidget()
        self.column = QVBoxLayout(self.home)
        self.column.setContentsMargins(SPACE_PX, 0, 0, SPACE_PX)
        self.column.setSpacing(0)
        self.fold = Expander(self.home, parent)
        self.entries: list[CatalogueEntry] = []
        self.touched = False


class CatalogueList(QWidget):
    """Shows the catalogue of a shelf.

    Args:
        shelf: the catalogue.
        parent: Qt's owner.
    """

    run_wanted = Signal(str)
    """Name of a model to run."""

    def __init__(self, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self.rows: dict[str, CatalogueRow] = {}
        self._families: dict[str, _Family] = {}
        self._errors: dict[str, str] = {}
        self._states: dict[str, ModelState] = {}
        self.filter = SearchField(self)
        self.installed_only = QCheckBox(self)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        set_kind(self.message, "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        above = QHBoxLayout()
        above.setSpacing(SPACE_PX)
        above.addWidget(self.filter, 1)
        above.addWidget(self.installed_only)
        column.addLayout(above)
        column.addWidget(self.message)
        self._folds = QVBoxLayout()
        self._folds.setSpacing(0)
        column.addLayout(self._folds)
        self._missing: dict[str, _Family] = {}
        self._builder = QTimer(self)
        self._builder.setInterval(0)
        self._builder.timeout.connect(self._build_one)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_FILTER_AFTER_MS)
        self._soon.timeout.connect(self._show)
        self.filter.textChanged.connect(lambda _: self._soon.start())
        self.installed_only.toggled.connect(lambda _: self._show())
        shelf.changed.connect(self._show)
        shelf.progressed.connect(self._progressed)
        shelf.failed.connect(self._failed)
        self._translate()
        self._show()

    @property
    def families(self) -> dict[str, Expander]:
        """The headings that are shown, by the name of their family, in order."""
        return {name: f.fold for name, f in self._families.items() if not f.fold.isHidden()}

    def _show(self) -> None:
        """Bring headings and rows in line with the catalogue and the filter."""
        text = self.filter.text()
        only = self.installed_only.isChecked()
        groups = grouped(self._shelf.entries)
        for name in [n for n in self._families if n not in groups]:
            self._forget(self._families.pop(name))
        found = 0
        for place, (name, entries) in enumerate(groups.items()):
            family = self._families.get(name) or self._new_family(name)
            self._place(family, place)
            family.entries = [e for e in entries if matches(e, text, installed_only=only)]
            found += len(family.entries)
            family.fold.setVisible(bool(family.entries))
            self._name(family, entries)
            if text.strip():
                _open(family, on=bool(family.entries))
            elif not family.touched:
                _open(family, on=any(e.installed for e in entries))
            self._fill(family)
        self._families = {name: self._families[name] for name in groups}
        self._say(found)

    def _new_family(self, name: str) -> _Family:
        family = _Family(name, self)
        family.fold.heading.clicked.connect(lambda: setattr(family, "touched", True))
        family.fold.toggled.connect(lambda _: self._fill(family))
        self._families[name] = family
        return family

    def _place(self, family: _Family, place: int) -> None:
        if self._folds.indexOf(family.fold) != place:
            self._folds.removeWidget(family.fold)
            self._folds.insertWidget(place, family.fold)

    def _fill(self, family: _Family) -> None:
        """Bring the rows of an open family up to date; those that are missing are made soon."""
        if not family.fold.open:
            return
        wanted = {e.name for e in family.entries}
        for row in family.home.findChildren(CatalogueRow):
            row.setVisible(row.entry.name in wanted)
        for entry in family.entries:
            if entry.name in self.rows:
                self._update_row(family, entry)
            else:
                self._missing[entry.name] = family
        if self._missing:
            self._builder.start()

    def _build_one(self) -> None:
        """Make one row: making all of a family at once would stop the picture for a moment."""
        while self._missing:
            name = next(iter(self._missing))
            family = self._missing.pop(name)
            entry = next((e for e in family.entries if e.name == name), None)
            if entry is not None and family.fold.open and self._families.get(family.name) is family:
                self._new_row(entry)
                self._update_row(family, entry)
                return
        self._builder.stop()

    def _update_row(self, family: _Family, entry: CatalogueEntry) -> None:
        row = self.rows[entry.name]
        made = [e.name for e in family.entries if e.name in self.rows]
        place = made.index(entry.name)
        if family.column.indexOf(row) != place:
            family.column.removeWidget(row)
            family.column.insertWidget(place, row)
        row.set_entry(entry, self._shelf.sizes.get(entry.name), self._shelf.latencies.best(entry.name))
        row.setVisible(True)

    def _new_row(self, entry: CatalogueEntry) -> None:
        row = CatalogueRow(entry, self)
        row.run_wanted.connect(self.run_wanted)
        row.pull_wanted.connect(self._shelf.pull)
        row.cancel_wanted.connect(self._shelf.cancel)
        row.remove_wanted.connect(self._shelf.remove)
        row.hide()
        progress = self._shelf.progress(entry.name)
        if progress is not None:
            row.set_progress(progress)
        row.set_state(self._states.get(entry.name))
        if entry.name in self._errors:
            row.set_error(self._errors.pop(entry.name))
        self.rows[entry.name] = row

    def _forget(self, family: _Family) -> None:
        for entry in family.entries:
            self.rows.pop(entry.name, None)
        self._folds.removeWidget(family.fold)
        family.fold.hide()
        family.fold.deleteLater()

    def _progressed(self, name: str, progress: Progress | None) -> None:
        if name in self.rows:
            self.rows[name].set_progress(progress)

    def _failed(self, name: str, text: str) -> None:
        if name in self.rows:
            self.rows[name].set_error(text)
        else:
            self._errors[name] = text

    def show_states(self, states: Mapping[str, ModelState]) -> None:
        """Say at the rows which models are on the picture, and which are being loaded.

        Args:
            states: of the models on the screen, by their names.
        """
        changed = {n for n in self.rows if states.get(n) is not self._states.get(n)}
        self._states = dict(states)
        for name in changed:
            self.rows[name].set_state(states.get(name))

    def say_it_runs(self, name: str) -> None:
        """Say at a row that its model is on the picture already."""
        if name in self.rows:
            self.rows[name].say_it_runs()

    def say_it_failed(self, name: str, why: str) -> None:
        """Say at a row why its model does not run."""
        self._failed(name, why)

    def refresh_latency(self, name: str) -> None:
        """Show what was measured of a model since."""
        entry = self._shelf.entry(name)
        if entry is not None and name in self.rows:
            best = self._shelf.latencies.best(name)
            self.rows[name].set_entry(entry, self._shelf.sizes.get(name), best)

    # words -----------------------------------------------------------------------------------------------

    def _say(self, found: int) -> None:
        if not self._shelf.loaded:
            text = self.tr("Reading the catalogue…")
        elif self._shelf.problem:
            text = told(self._shelf.problem)
        elif not found:
            text = self.tr("No model is like that.")
        else:
            text = ""
        set_kind(self.message, "bad" if self._shelf.problem else "quiet")
        show_plain(self.message, text)
        self.message.setVisible(bool(text))

    def _name(self, family: _Family, entries: list[CatalogueEntry]) -> None:
        here = sum(e.installed for e in entries)
        name = family_word(family.name) if family.name != OTHER_FAMILY else self.tr("Other models")
        told = self.tr("{family}   {here} of {all} here").format(family=name, here=here, all=len(entries))
        family.fold.set_title(told)

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._show()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.filter.setPlaceholderText(self.tr("Filter: yolo, apache, 2024…"))
        self.filter.setAccessibleName(self.tr("Filter models"))
        self.installed_only.setText(self.tr("On this disk"))
        self.installed_only.setToolTip(self.tr("Only models that are on this disk"))


def _open(family: _Family, *, on: bool) -> None:
    if family.fold.open != on:
        family.fold.set_open(on)
