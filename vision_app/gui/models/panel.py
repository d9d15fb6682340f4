"""The model panel: what runs on the pictures, and the catalogue of what else could."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vision_app.engine.request import ModelRequest
from vision_app.gui.language import Language
from vision_app.gui.models.adding import add_file
from vision_app.gui.models.arrivals import Arrivals
from vision_app.gui.models.card import ModelCardWidget
from vision_app.gui.models.catalogue import CatalogueList
from vision_app.gui.models.facts import title_of
from vision_app.gui.models.shelf import Shelf
from vision_app.gui.models.smaller import Smaller
from vision_app.gui.pieces.icons import icon_button, set_icon, tell
from vision_app.gui.pieces.plain import show_plain
from vision_app.gui.pieces.pointing import point_out
from vision_app.gui.pieces.texts import ElidedLabel, set_kind
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.theme import PANEL_WIDTH_PX, SPACE_PX
from vision_app.labels import label_names
from vision_app.live.latency import LatencyStore
from vision_app.live.status import ModelState, ModelStatus
from vision_app.paths import path_of

_LOOK_EVERY_MS = 1000
_MEASURE_FROM_LOOKS = 4
"""A model has to run for so many looks before its latency is kept: the first inferences are slow."""
_SAVE_EVERY_LOOKS = 30
_UNDO_MS = 12_000
_MOST_UNDONE = 20


class ModelPanel(QWidget):
    """Adds, changes and removes models of a session.

    Args:
        session: the live session.
        settings: where the last folder is found.
        latencies: what was measured on this machine; the user's own when None.
        parent: Qt's owner.
    """

    removed = Signal(str)
    """Name of a model that was taken off the screen; `undo` brings it back."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        latencies: LatencyStore | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self.shelf = Shelf(latencies or LatencyStore(), self)
        self.cards: dict[int, ModelCardWidget] = {}
        self._undone: list[tuple[str, ModelRequest]] = []
        self._ran: dict[tuple[object, ...], int] = {}
        self._looks = 0
        self.smaller = Smaller(session, self.shelf, self)
        self._make_widgets()
        self._arrivals = Arrivals(session, self.catalogue, self.cards)
        self._clock = QTimer(self)
        self._clock.setInterval(_LOOK_EVERY_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()
        self._forget_undo = QTimer(self)
        self._forget_undo.setSingleShot(True)
        self._forget_undo.setInterval(_UNDO_MS)
        self._forget_undo.timeout.connect(self._drop_undo)
        session.models.connect(self._models_changed)
        self.shelf.changed.connect(self._shelf_changed)
        self._translate()
        self._models_changed(session.model_statuses())

    def _shelf_changed(self) -> None:
        self._models_changed(self._session.model_statuses())

    def _make_widgets(self) -> None:
        inside = QWidget()
        self._running_title, self._catalogue_title = QLabel(inside), QLabel(inside)
        for title in (self._running_title, self._catalogue_title):
            title.setProperty("kind", "heading")
        self.empty = QLabel(inside)
        self.empty.setWordWrap(True)
        self.empty.setProperty("kind", "quiet")
        self._card_column = QVBoxLayout()
        self._card_column.setSpacing(SPACE_PX)
        self.file_button = QPushButton(inside)
        set_icon(self.file_button, "file")
        self.catalogue = CatalogueList(self.shelf, inside)
        head = QHBoxLayout()
        head.addWidget(self._catalogue_title, 1)
        head.addWidget(self.file_button)
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, 2 * SPACE_PX)
        column.setSpacing(SPACE_PX)
        column.addWidget(self._running_title)
        column.addWidget(self.empty)
        column.addLayout(self._card_column)
        column.addWidget(self._make_undo_bar(inside))
        column.addSpacing(SPACE_PX)
        column.addLayout(head)
        column.addLayout(self._make_message_row(inside))
        column.addWidget(self.catalogue)
        column.addStretch(1)
        self._make_scrolling(inside)
        self.setFocusProxy(self.catalogue.filter)
        self.file_button.clicked.connect(self.ask_file)
        self.catalogue.run_wanted.connect(self.run)
        self.shelf.pulled.connect(self._pulled)

    def _make_scrolling(self, inside: QWidget) -> None:
        self.scroll_area = QScrollArea(self)
        self.scroll_area.setWidget(inside)
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.scroll_area)
        self.setMinimumWidth(PANEL_WIDTH_PX - 40)

    def _make_undo_bar(self, parent: QWidget) -> QFrame:
        self.undo_bar = QFrame(parent)
        self.undo_bar.setProperty("kind", "card")
        self.undo_text = ElidedLabel(parent=self.undo_bar)
        self.undo_button = QPushButton(self.undo_bar)
        set_icon(self.undo_button, "undo")
        row = QHBoxLayout(self.undo_bar)
        row.setContentsMargins(SPACE_PX, SPACE_PX // 2, SPACE_PX // 2, SPACE_PX // 2)
        row.addWidget(self.undo_text, 1)
        row.addWidget(self.undo_button)
        self.undo_bar.hide()
        self.undo_button.clicked.connect(self.undo)
        self.undo_action = QAction(self)
        self.undo_action.setShortcut(QKeySequence.StandardKey.Undo)
        # the key undoes what was done in the panel that has the keyboard; two of a window would do nothing
        self.undo_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.undo_action.triggered.connect(self.undo)
        self.addAction(self.undo_action)
        return self.undo_bar

    def _make_message_row(self, parent: QWidget) -> QHBoxLayout:
        self.message = QLabel(parent)
        self.message.setWordWrap(True)
        self.message.setProperty("kind", "bad")
        self.hide_message = icon_button("close", parent)
        self.hide_message.clicked.connect(lambda: self._say(""))
        row = QHBoxLayout()
        row.addWidget(self.message, 1)
        row.addWidget(self.hide_message, 0, Qt.AlignmentFlag.AlignTop)
        self._say("")
        return row

    # models ----------------------------------------------------------------------------------------------

    def run(self, reference: str) -> None:
        """Run a model beside those that run already."""
        self.add(ModelRequest(reference))

    def add(self, request: ModelRequest) -> None:
        """Run a model beside those that run already, and show its card."""
        self._arrivals.add(request)

    def undo(self) -> None:
        """Bring back the model that was taken off the screen last."""
        if self._undone:
            _, request = self._undone.pop()
            self._arrivals.put(request)
        self._show_undo()

    def _remove(self, slot: int) -> None:
        card = self.cards.get(slot)
        request = card.request if card is not None else None
        if card is None or request is None:
            return
        self._undone = [*self._undone[-_MOST_UNDONE:], (card.name.text(), request)]
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and card.isAncestorOf(focused)
        self._session.remove_model(slot)
        self._show_undo()
        if had_keyboard:
            self.undo_button.setFocus()
        self._forget_undo.start()
        self.removed.emit(card.name.text())

    def _show_undo(self) -> None:
        self.undo_bar.setVisible(bool(self._undone))
        self.undo_action.setEnabled(bool(self._undone))
        if self._undone:
            self.undo_text.setText(self.tr("{model} is off the screen").format(model=self._undone[-1][0]))

    def _drop_undo(self) -> None:
        self._undone.clear()
        self._show_undo()

    def _models_changed(self, models: tuple[ModelStatus, ...]) -> None:
        names = self._names()
        slots = [status.slot for status in models]
        for slot in [s for s in self.cards if s not in slots]:
            card = self.cards.pop(slot)
            self._card_column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for place, status in enumerate(models):
            card = self.cards.get(status.slot) or self._new_card(status.slot, place)
            if self._card_column.indexOf(card) != place:
                self._card_column.removeWidget(card)
                self._card_column.insertWidget(place, card)
            card.show_status(status, names)
        self.empty.setVisible(not models)
        self._arrivals.follow(models)

    def _new_card(self, slot: int, place: int) -> ModelCardWidget:
        card = ModelCardWidget(self.shelf, self)
        card.wanted.connect(self._session.change_model)
        card.remove_wanted.connect(self._remove)
        card.describe_wanted.connect(self._describe)
        card.smaller_wanted.connect(self.make_smaller)
        self._card_column.insertWidget(place, card)
        self.cards[slot] = card
        return card

    def make_smaller(self, slot: int) -> None:
        """Open the dialog that makes a smaller and faster version of a model."""
        card = self.cards.get(slot)
        if card is not None and card.status is not None:
            self.smaller.open(card.status, card.name.text())

    def _pulled(self, name: str) -> None:
        entry = self.shelf.entry(name)
        row = self.catalogue.rows.get(name)
        if row is not None:
            row.act.setFocus()
        self.setAccessibleDescription(title_of(entry) if entry is not None else name)

    # files -----------------------------------------------------------------------------------------------

    def ask_file(self) -> None:
        """Ask for an ONNX file, add it to the catalogue and run it."""
        dialog = QFileDialog(self, self.tr("Add a model"), self._last_folder())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("ONNX models (*.onnx)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.add_file)
        dialog.open()

    def add_file(self, path: str) -> None:
        """Add an ONNX file to the catalogue and run it; asks for what it does not say of itself."""

        def added(name: str) -> None:
            self._say("")
            self.run(name)

        self._say(self.tr("Looking at {file}…").format(file=Path(path).name), kind="quiet")
        add_file(self.shelf, Path(path), self, added, self._say)

    def _describe(self, slot: int, request: ModelRequest) -> None:
        """Put a file that could not be run as it is into the catalogue, and run that in its place."""

        def added(name: str) -> None:
            self._session.change_model(slot, dataclasses.replace(request, reference=name))

        self._say("")
        add_file(self.shelf, path_of(request.reference), self, added, self._say)

    def _last_folder(self) -> str:
        for spec in self._settings.values.recent:
            if "://" not in spec:
                return str(Path(spec).parent)
        return ""

    def _say(self, text: str, *, kind: str = "bad") -> None:
        show_plain(self.message, text)
        set_kind(self.message, kind)
        self.message.setVisible(bool(text))
        self.hide_message.setVisible(bool(text) and kind == "bad")
        if text and kind == "bad":
            point_out(self.message, focus=False)

    # figures ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show how fast the models are, and keep it."""
        models = self._session.model_statuses()
        if self.isVisible():
            self._models_changed(models)
        running = {
            (m.slot, m.name, m.provider, m.request.sliced, m.request.classify_boxes): m
            for m in models
            if m.state is ModelState.READY and m.request.shown
        }
        self._ran = {key: self._ran.get(key, 0) + 1 for key in running}
        for key, model in running.items():
            long_enough = self._ran[key] >= _MEASURE_FROM_LOOKS and model.pending is None
            if long_enough and self.shelf.latencies.record_status(model):
                self.catalogue.refresh_latency(model.name)
        self._looks += 1
        if self._looks % _SAVE_EVERY_LOOKS == 0:
            self.shelf.keep_latencies()

    def close_down(self) -> None:
        """End downloads and threads; what was measured is written."""
        self._clock.stop()
        self._forget_undo.stop()
        self.smaller.close()
        self.shelf.close()

    # words -----------------------------------------------------------------------------------------------

    def _names(self) -> Mapping[str, str]:
        """Labels in the language of the window."""
        language = getattr(self.window(), "language", None)
        return label_names(language.code) if isinstance(language, Language) else {}

    def showEvent(self, event: QShowEvent) -> None:
        """Show what has changed meanwhile."""
        super().showEvent(event)
        self._models_changed(self._session.model_statuses())

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._models_changed(self._session.model_statuses())
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setAccessibleName(self.tr("Models"))
        self._running_title.setText(self.tr("On the picture"))
        self.empty.setText(self.tr("No model runs. Add one of those below."))
        self._catalogue_title.setText(self.tr("All models"))
        self.file_button.setText(self.tr("Add from file…"))
        tell(self.file_button, self.tr("Add an ONNX file of your own"))
        self.undo_button.setText(self.tr("Undo"))
        self.undo_action.setText(self.tr("Bring back the model"))
        tell(self.hide_message, self.tr("Close this message"))
        self._show_undo()
