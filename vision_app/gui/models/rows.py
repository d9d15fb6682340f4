"""One model of the catalogue: what it is, whose it is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vision_app.cards.lookup import CatalogueEntry
from vision_app.gui.models.card import task_word
from vision_app.gui.models.chains import chain_word
from vision_app.gui.models.facts import is_copyleft, megabytes, milliseconds, title_of
from vision_app.gui.models.shelf import Progress
from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.texts import ElidedLabel, Paragraph, set_kind
from vision_app.gui.theme import SPACE_PX
from vision_app.live.latency import Latency
from vision_app.live.status import ModelState
from vision_app.messages import told
from vision_app.runtime import short_provider

_ACT_PX = 84


class RowExtra(QWidget):
    """Progress, a note, and the question before something is deleted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.note = Paragraph(self)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.delete, self.keep = QPushButton(self), QPushButton(self)
        self.delete.setProperty("kind", "danger")
        self._question = QWidget(self)
        row = QHBoxLayout(self._question)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.keep)
        row.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_PX // 2, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        for widget in (self.bar, self.note, self._question):
            column.addWidget(widget)

    def say(self, text: str, kind: str) -> None:
        """Say something."""
        show_plain(self.note, text)
        set_kind(self.note, kind)
        self.note.setVisible(bool(text))

    def ask(self, on: bool, delete: str, keep: str) -> None:
        """Ask, or ask no more."""
        self.delete.setText(delete)
        self.keep.setText(keep)
        self._question.setVisible(on)


class CatalogueRow(QWidget):
    """A row of the list.

    Args:
        entry: the model.
        parent: Qt's owner.
    """

    run_wanted = Signal(str)
    """Name of a model to run."""
    pull_wanted = Signal(str)
    """Name of a model to bring onto this disk."""
    cancel_wanted = Signal(str)
    """Name of a model whose download is to end."""
    remove_wanted = Signal(str)
    """Name of a model to delete from this disk."""

    def __init__(self, entry: CatalogueEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self._size: int | None = None
        self._measured: tuple[str, Latency] | None = None
        self._progress: Progress | None = None
        self._asks = False
        self._explains = False
        self._state: ModelState | None = None
        self._says_it_runs = False
        self.title = ElidedLabel(parent=self)
        self.use = ElidedLabel(parent=self, kind="quiet")
        self.facts = ElidedLabel(parent=self, kind="quiet")
        self.licence = QLabel(self)
        self.act = QPushButton(self)
        self.act.setMinimumWidth(_ACT_PX)
        self.trash: QToolButton | None = None
        self.extra: RowExtra | None = None
        """What most rows never need; made when it is needed."""
        self.error = ""
        self._lay_out()
        self.act.clicked.connect(self._act)
        self._show()

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.title)
        names.addWidget(self.use)
        self._head = QHBoxLayout()
        self._head.setSpacing(SPACE_PX // 2)
        self._head.addLayout(names, 1)
        self._head.addWidget(self.act)
        below = QHBoxLayout()
        below.setSpacing(SPACE_PX)
        below.setContentsMargins(0, SPACE_PX // 4, 0, 0)  # the licence stands below the button
        below.addWidget(self.facts, 1)
        below.addWidget(self.licence)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, SPACE_PX // 2, 0, SPACE_PX)
        self._column.setSpacing(0)
        self._column.addLayout(self._head)
        self._column.addLayout(below)

    def _needed_extra(self) -> RowExtra:
        if self.extra is None:
            self.extra = RowExtra(self)
            self.extra.keep.clicked.connect(lambda: self._ask(on=False))
            self.extra.delete.clicked.connect(self._delete)
            self._column.addWidget(self.extra)
        return self.extra

    def _needed_trash(self) -> QToolButton:
        if self.trash is None:
            self.trash = icon_button("trash", self)
            self.trash.clicked.connect(lambda: self._ask(on=True))
            self._head.insertWidget(self._head.count() - 1, self.trash)
        return self.trash

    def set_entry(
        self, entry: CatalogueEntry, size: int | None, measured: tuple[str, Latency] | None
    ) -> None:
        """Show what is known now.

        Args:
            entry: the model.
            size: bytes of its weights, where known.
            measured: the fastest provider on this machine and its latency; None when it never ran here.
        """
        if entry.installed != self.entry.installed:
            self.error, self._asks, self._explains = "", False, False
        self.entry, self._size, self._measured = entry, size, measured
        self._show()

    def set_progress(self, progress: Progress | None) -> None:
        """Show how far its download is; None when there is none."""
        if progress is not None:
            self.error = ""
        self._progress = progress
        self._show()

    def set_state(self, state: ModelState | None) -> None:
        """Show whether it is on the picture; None when it is not."""
        if state is not self._state:
            self._state, self._says_it_runs = state, False
            self._show()

    def say_it_runs(self) -> None:
        """Say that it is on the picture already."""
        self._says_it_runs = True
        self._show()

    def set_error(self, text: str) -> None:
        """Show why something did not work."""
        self.error = text
        self._asks = False
        self._show()

    # what the user wants ---------------------------------------------------------------------------------

    def _act(self) -> None:
        self.error = ""
        if self._progress is not None:
            self.cancel_wanted.emit(self.entry.name)
        elif self.entry.installed:
            self.run_wanted.emit(self.entry.name)
        elif self._can_pull:
            self.pull_wanted.emit(self.entry.name)
        else:
            self._explains = not self._explains
        self._show()

    def _ask(self, *, on: bool) -> None:
        self._asks = on
        self._show()
        (self._needed_extra().keep if on else self._needed_trash()).setFocus()

    def _delete(self) -> None:
        self._asks = False
        self._show()
        self.remove_wanted.emit(self.entry.name)

    @property
    def _can_pull(self) -> bool:
        return self.entry.card is not None and self.entry.card.download is not None

    # look ------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        entry = self.entry
        self.title.setText(title_of(entry))
        self.facts.setText(self._facts())
        about = entry.about
        copyleft = about is not None and is_copyleft(about.licence)
        licence = about.licence if about is not None else self.tr("licence not stated")
        mark = self.tr("copyleft")
        self.licence.setText(f"{licence}, {mark}" if copyleft else licence)
        set_kind(self.licence, "warn" if copyleft else "quiet")
        warning = self.tr(
            "Programs that you pass on or offer as a service with this model must be open source too."
        )
        self.licence.setToolTip(warning if copyleft else self.tr("Licence of the weights"))
        self.use.setText(self._use())
        self.use.setToolTip(self._when_measured())
        if entry.weights is not None and not entry.shipped:
            trash = self._needed_trash()
            trash.setVisible(not self._asks)
            tell(trash, self.tr("Delete {model} from this disk").format(model=title_of(entry)))
        elif self.trash is not None:
            self.trash.hide()
        self._show_act()
        self._show_extra()
        told = (title_of(entry), self.use.text(), self.facts.text(), self.licence.text())
        self.setAccessibleName(", ".join(filter(None, told)))

    def _use(self) -> str:
        about = self.entry.about
        parts = [chain_word(self.entry) or task_word(about.task)] if about is not None else []
        if self._measured is not None:
            parts.append(self.tr("{time} ms here").format(time=milliseconds(self._measured[1].p50_ms)))
        return " · ".join(parts)

    def _facts(self) -> str:
        card = self.entry.card
        parts = [megabytes(self._size)] if self._size else []
        if self.entry.about is not None and self.entry.about.year is not None:
            parts.append(str(self.entry.about.year))
        if card is not None and card.published is not None:
            if card.published.top1 is not None:
                parts.append(self.tr("top-1 {value} %").format(value=f"{card.published.top1:.1f}"))
            if card.published.ap is not None:
                parts.append(self.tr("AP {value}").format(value=f"{card.published.ap:.1f}"))
        return " · ".join(parts)

    def _show_act(self) -> None:
        if self._progress is not None:
            text, name, icon = self.tr("Cancel"), self.tr("Cancel the download of {model}"), "close"
        elif self._state is ModelState.LOADING:
            text, name, icon = (
                self.tr("Loading…"),
                self.tr("{model} is being loaded; show its card"),
                "refresh",
            )
        elif self._state is ModelState.READY:
            text, name, icon = self.tr("Running"), self.tr("{model} runs; show its card"), "check"
        elif self.entry.installed:
            text, name, icon = self.tr("Add"), self.tr("Run {model}"), "add"
        elif self._can_pull:
            text, name, icon = self.tr("Get"), self.tr("Download {model}"), "download"
        else:
            text, name, icon = self.tr("How?"), self.tr("How to get {model}"), "help"
        self.act.setText(text)
        set_icon(self.act, icon)
        tell(self.act, name.format(model=title_of(self.entry)))
        self.act.setEnabled(not (self.entry.installed and bool(self.entry.problem)))

    def _show_extra(self) -> None:
        text, kind = self._note()
        if not text and self.extra is None:
            return
        extra, progress = self._needed_extra(), self._progress
        extra.say(text, kind)
        extra.bar.setVisible(progress is not None)
        if progress is not None:
            share = progress.done / progress.total if progress.total else 0
            extra.bar.setValue(round(share * 1000))
        extra.ask(self._asks, self.tr("Delete"), self.tr("Keep"))
        extra.setVisible(bool(text))

    def _note(self) -> tuple[str, str]:
        """What is said under the row, and how it looks."""
        progress = self._progress
        text, kind = "", "quiet"
        if progress is not None:
            if progress.waits:
                text = self.tr("Another process is fetching it; waiting for that.")
            elif progress.total:
                done, total = megabytes(progress.done), megabytes(progress.total)
                text = self.tr("{done} of {total}").format(done=done, total=total)
            else:
                text = self.tr("Connecting…")
        elif self._says_it_runs:
            text = self.tr("It is on the picture already: its card is framed above.")
        elif self._asks:
            size = megabytes(self._size) if self._size else ""
            text = self.tr("Delete it from this disk? {size}").format(size=size).strip()
        elif self.error or self.entry.problem:
            text, kind = self.error or told(self.entry.problem), "bad"
        elif self._explains and self.entry.advice:
            text = self.entry.advice
        return text, kind

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _when_measured(self) -> str:
        if self._measured is None:
            return ""
        provider, latency = self._measured
        return self.tr("{time} ms on {provider}, p95 {p95} ms, measured {day}").format(
            time=milliseconds(latency.p50_ms),
            provider=short_provider(provider),
            p95=milliseconds(latency.p95_ms),
            day=latency.day,
        )
