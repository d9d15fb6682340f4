"""The desktop's settings: read once at the start, told of when they change, written in a thread of their own."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from vision_app.gui.settings_file import (
    MOST_RECENT,
    SourceChoice,
    Values,
    as_json,
    keep_aside,
    read_values,
)
from vision_app.messages import told
from vision_app.replacing import replace_text
from vision_app.sources.urls import source_id

__all__ = ["Settings", "SourceChoice", "Values", "settings_path"]

_WRITE_AFTER_MS = 400


def settings_path() -> Path:
    """Where the settings of this user are."""
    return Path(platformdirs.user_config_dir("vision-app", appauthor=False)) / "desktop.json"


class Settings(QObject):
    """The values in force. Change them with `update`: it tells everybody and writes them soon afterwards."""

    changed = Signal(object)
    """A tuple of the names of the fields that changed."""
    failed = Signal(str)
    """They cannot be written: one line, said once."""

    _wrote = Signal(str)

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        """Read the file; a damaged one is kept aside, and `trouble` says so.

        Args:
            path: the file; None for the user's own.
            parent: Qt's owner of this object.
        """
        super().__init__(parent)
        self._path = settings_path() if path is None else path
        self.values, self._wrong = read_values(self._path)
        self._aside = keep_aside(self._path) if self._wrong else None
        self._written = self.values
        self._told_of_failure = False
        self._thread: ThreadPoolExecutor | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write)
        self._wrote.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def trouble(self) -> str:
        """What was wrong with the file, and where it was kept, in one line; "" when all was well."""
        if not self._wrong:
            return ""
        said = self.tr("The settings file was damaged ({wrong}); what was wrong is back to its default.")
        where = self.tr("It was kept as {path}.").format(path=self._aside) if self._aside is not None else ""
        return f"{said.format(wrong=told(self._wrong))} {where}".strip()

    def update(self, **changes: Any) -> None:
        """Set fields of `Values`, all of them or none.

        Raises:
            TypeError: there is no such field.
        """
        values = dataclasses.replace(self.values, **changes)
        names = tuple(name for name in changes if getattr(values, name) != getattr(self.values, name))
        if not names:
            return
        self.values = values
        self._timer.start()
        self.changed.emit(names)

    def remember(self, spec: str) -> None:
        """Put a file, folder or stream at the head of those that were opened."""
        shown = source_id(spec)
        others = (other for other in self.values.recent if source_id(other) != shown)
        self.update(recent=(spec, *others)[:MOST_RECENT])

    def close(self) -> None:
        """Write what has changed, and wait for it."""
        self._timer.stop()
        self._write()
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _write(self) -> None:
        if self.values == self._written:
            return
        self._written = self.values
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="settings")
        self._thread.submit(replace_text, self._path, as_json(self.values)).add_done_callback(self._done)

    def _done(self, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            self._wrote.emit(told(error))

    def _tell(self, detail: str) -> None:
        if not self._told_of_failure:
            self._told_of_failure = True
            said = self.tr("The settings cannot be kept in {path}: {detail}")
            self.failed.emit(said.format(path=self._path, detail=detail))
