"""Events that wait on the disk until a receiver has taken them: none is lost by a kill or a network that is away."""

from __future__ import annotations

import json
import os
import re
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from vision_app.documents import DocumentError, read_json
from vision_app.errors import SinkError, disk_reason
from vision_app.site.events import Event

_NAME = re.compile(r"(\d{12})\.json")


class Outbox:
    """A queue of events in a folder, one file each, in the order in which they came.

    Args:
        folder: where they wait, of this program alone; made when it is not there.
        largest: how many may wait. Beyond it the oldest give way, and `dropped` counts them.
    """

    def __init__(self, folder: Path, largest: int = 100_000) -> None:
        self.folder, self._largest = folder, largest
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._next = 1
        self._closed = False
        self.dropped = 0

    def open(self) -> None:
        """Take up what has waited since the last run.

        Raises:
            SinkError: the folder cannot be used.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for part in self.folder.glob("*.part"):
                part.unlink()
            self._waiting = deque(sorted(p.name for p in self.folder.iterdir() if _NAME.fullmatch(p.name)))
        except OSError as error:
            raise SinkError("{folder}: {reason}", folder=self.folder, reason=disk_reason(error)) from error
        self._next = int(self._waiting[-1][:12]) + 1 if self._waiting else 1
        self._closed = False

    def put(self, event: Event) -> None:
        """Add an event; it is on the disk when this returns.

        Raises:
            SinkError: it cannot be written.
        """
        data = json.dumps(event.as_record(), ensure_ascii=False, allow_nan=False).encode(
            "utf-8", "backslashreplace"
        )
        with self._changed:
            name = f"{self._next:012d}.json"
            part = self.folder / f"{name}.part"
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.folder / name)
            except OSError as error:
                with suppress(OSError):
                    part.unlink()
                raise SinkError(
                    "{folder}: {reason}", folder=self.folder, reason=disk_reason(error)
                ) from error
            self._next += 1
            self._waiting.append(name)
            if len(self._waiting) > self._largest:
                self._remove(self._waiting[0])
                self.dropped += 1
            self._changed.notify_all()

    def oldest(self, wait_s: float) -> tuple[str, dict[str, Any]] | None:
        """The event that waits longest, with the name under which it is taken away.

        Args:
            wait_s: how long to wait for one, seconds.

        Returns:
            Its name and record; None when there is none, or the outbox is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closed, wait_s)
            while self._waiting and not self._closed:
                name = self._waiting[0]
                try:
                    return name, read_json(self.folder / name)
                except (OSError, DocumentError):  # half of it, after a loss of power: no event
                    self._remove(name)
            return None

    def done(self, name: str) -> None:
        """The receiver has it."""
        with self._changed:
            self._remove(name)

    def _remove(self, name: str) -> None:
        if self._waiting and self._waiting[0] == name:  # it may have given way to newer ones meanwhile
            self._waiting.popleft()
        with suppress(OSError):
            (self.folder / name).unlink()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def closed(self) -> bool:
        """Whether nobody sends any more."""
        return self._closed

    def rest(self, seconds: float) -> None:
        """Wait so long, or until the outbox is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)

    def close(self) -> None:
        """Wake whoever waits. What is still there waits for the next run."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
