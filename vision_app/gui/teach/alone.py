"""The taught model alone on the picture: other classifiers are hidden with one button, and come back with it."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from vision_app.engine.request import ModelRequest
from vision_app.gui.pieces.icons import set_icon
from vision_app.gui.session import Session
from vision_app.live.status import ModelStatus


class Alone(QObject):
    """Hides the classifiers beside one, and knows which it has hidden."""

    changed = Signal()
    """Other classifiers run, or do no longer."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._hidden: tuple[int, ...] = ()
        session.models.connect(self._models_changed)

    def _models_changed(self, _: object) -> None:
        self.changed.emit()

    def beside(self, name: str) -> tuple[ModelStatus, ...]:
        """The other classifiers that are drawn."""
        return tuple(
            s
            for s in self._session.model_statuses()
            if s.task == "classify" and _wanted(s).shown and _wanted(s).reference != name
        )

    @property
    def hidden(self) -> tuple[ModelStatus, ...]:
        """Those that were hidden here and have not been taken off since."""
        return tuple(s for s in self._session.model_statuses() if s.slot in self._hidden)

    def hide(self, name: str) -> None:
        """Draw no other classifier than this one, which is drawn if it was hidden."""
        others = self.beside(name)
        self._hidden = tuple(s.slot for s in others)
        for status in others:
            self._show(status, shown=False)
        for status in self._session.model_statuses():
            if _wanted(status).reference == name and not _wanted(status).shown:
                self._show(status, shown=True)

    def bring_back(self) -> None:
        """Draw those again that were hidden here."""
        for status in self.hidden:
            self._show(status, shown=True)
        self._hidden = ()

    def _show(self, status: ModelStatus, *, shown: bool) -> None:
        self._session.change_model(status.slot, dataclasses.replace(_wanted(status), shown=shown))


class AloneButton(QPushButton):
    """Says what it would do: show only the model, or the others again; is not there when there are no others."""

    def __init__(self, alone: Alone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._alone, self._name, self._wanted = alone, "", True
        set_icon(self, "models")
        self.clicked.connect(self._act)
        alone.changed.connect(self._show)
        self._show()

    def show_for(self, name: str, *, wanted: bool = True) -> None:
        """Be about this model.

        Args:
            name: the model; "" for none.
            wanted: whether the button may be there at all.
        """
        self._name, self._wanted = name, wanted
        self._show()

    def _act(self) -> None:
        if self._alone.beside(self._name):
            self._alone.hide(self._name)
        else:
            self._alone.bring_back()

    def _show(self) -> None:
        others, hidden = self._alone.beside(self._name), self._alone.hidden
        if others:
            self.setText(self.tr("Show only {name}").format(name=self._name))
            self.setToolTip(self.tr("Hide the other classifiers; this button brings them back"))
        else:
            self.setText(self.tr("Show the other classifiers again"))
            self.setToolTip(self.tr("They were hidden so that this model stands alone"))
        self.setVisible(self._wanted and bool(self._name) and bool(others or hidden))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)


def _wanted(status: ModelStatus) -> ModelRequest:
    return status.pending or status.request
