"""Opens the dialog that makes a smaller and faster version of a model that runs, and runs what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from vision_app.engine.request import ModelRequest
from vision_app.gui.models.shelf import Shelf
from vision_app.gui.pieces.background import Background
from vision_app.gui.session import Session
from vision_app.live.status import ModelStatus
from vision_app.runtime import short_provider

if TYPE_CHECKING:
    from vision_app.gui.models.quantise_dialog import QuantiseDialog

_PROVIDERS = ("cpu", "openvino")


class Smaller:
    """One dialog at a time.

    Args:
        session: where models run, and where frames come from.
        shelf: which names are taken.
        parent: the panel over which the dialog opens.
    """

    def __init__(self, session: Session, shelf: Shelf, parent: QWidget) -> None:
        self._session, self._shelf, self._parent = session, shelf, parent
        self._background = Background("quantise", parent)
        self._original: ModelStatus | None = None
        self.dialog: QuantiseDialog | None = None
        self.samples_folder: Callable[[], Path] | None = None
        """Tells where the samples are; where they usually are when None."""

    def open(self, original: ModelStatus, title: str) -> None:
        """Open it for a model; what is open already comes to the front instead.

        Args:
            original: the model that runs.
            title: its name for people.
        """
        from vision_app.gui.models.calibration import of_running, of_samples
        from vision_app.gui.models.quantise_dialog import QuantiseDialog, free_name
        from vision_app.gui.models.quantising import Goal
        from vision_app.gui.teach.controller import usual_folder
        from vision_app.quantise.agreement import measure_of

        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        self._original = original
        provider = short_provider(original.provider).lower()
        goal = Goal(
            free_name(original.name, lambda name: self._shelf.entry(name) is not None),
            provider if provider in _PROVIDERS else "cpu",
            measure_of(original.task, original.name).aim,
        )
        sources = {
            "running": of_running(self._session),
            "samples": of_samples((self.samples_folder or usual_folder)()),
        }
        self.dialog = QuantiseDialog(
            original.request.reference, title, goal, sources, background=self._background, parent=self._parent
        )
        self.dialog.registered.connect(self._registered)
        self.dialog.run_wanted.connect(self._run)
        self.dialog.finished.connect(self._forget)
        self.dialog.show()

    def _registered(self, _: str) -> None:
        self._shelf.reload()

    def _run(self, name: str, instead: bool) -> None:
        """Run a new model with what the original was asked for, on what it was made for."""
        assert self._original is not None
        assert self.dialog is not None
        slot = self._original.slot
        now = next((m for m in self._session.model_statuses() if m.slot == slot), None)
        asked = now or self._original
        request = _for_the_new(asked, name, self.dialog.made_for)
        if instead and now is not None:
            self._session.change_model(slot, request)
        else:
            self._session.add_model(request)

    def _forget(self, _: int = 0) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def close(self) -> None:
        """End what is being done, and the dialog."""
        if self.dialog is not None:
            self.dialog.done(0)
        self._background.finish()


def _for_the_new(original: ModelStatus, name: str, provider: str) -> ModelRequest:
    """The request of the original with another model; on another provider than it was made for it would be slow."""
    request = original.pending or original.request
    if short_provider(original.provider).lower() != provider:
        request = dataclasses.replace(request, provider=provider)
    return dataclasses.replace(request, reference=name)
