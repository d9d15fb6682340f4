"""`events.jsonl`: one event a line, for ever: the file is closed at a size, and the next one begun."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vision_app.errors import SinkError, disk_reason
from vision_app.kiosk.reading import whole
from vision_app.messages import Message
from vision_app.showing import safe_json
from vision_app.site.events import Event, iso_of
from vision_app.site.sinks import EventSink, SinkKind, SiteFacts, Surroundings

FILE_NAME = "events.jsonl"
_WRITE_THROUGH_EVERY_S = 1.0
_TAIL_BYTES = 1 << 16
_MOST_WAITING = 10_000


class EventsFile:
    """Appends each event as a line.

    A line is handed to the system whole and at once, so that a kill loses none; a loss of power loses those of the
    last second at most, and what it left of a half line is cut off at the next start.

    Args:
        path: the file. Older ones beside it are called `events-TIME.jsonl`.
        largest_mb: a larger file is closed and the next one begun.
        clock: monotonic seconds.
    """

    def __init__(self, path: Path, largest_mb: int = 10, clock: Callable[[], float] = time.monotonic) -> None:
        self.path, self._largest_bytes, self._clock = path, largest_mb << 20, clock
        self._fd: int | None = None
        self._bytes = 0
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._written_through_s = -_WRITE_THROUGH_EVERY_S

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def open(self, site: SiteFacts) -> None:
        """Go on behind the last whole line.

        Raises:
            SinkError: the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._begin()
        except OSError as error:
            raise SinkError(
                "{path} cannot be written: {reason}", path=self.path, reason=disk_reason(error)
            ) from error

    def on_event(self, event: Event) -> None:
        """Add a line.

        Raises:
            SinkError: it cannot be written. The file ends with its last whole line, and the event is kept to be
                written with a later one, unless there are too many.
        """
        line = safe_json(json.dumps(event.as_record(), ensure_ascii=False, allow_nan=False)) + "\n"
        self._waiting.append((line.encode("utf-8", "backslashreplace"), event.time_s))
        lost = len(self._waiting) > _MOST_WAITING
        if lost:
            self._waiting.popleft()
        try:
            self._write_waiting()
        except OSError as error:
            raise SinkError(
                "{path} cannot be written: {reason}; {count} events wait in memory{lost}",
                path=self.path,
                reason=disk_reason(error),
                count=len(self._waiting),
                lost=Message(", older ones are lost") if lost else "",
            ) from error

    def _write_waiting(self) -> None:
        while self._waiting:
            data, time_s = self._waiting[0]
            if self._bytes and self._bytes + len(data) > self._largest_bytes:
                self._rotate(time_s)
            if self._fd is None:
                self._begin()
            self._append(data)
            self._waiting.popleft()

    def close(self) -> None:
        """Write what waits if it can be written, write through and close."""
        with suppress(OSError):
            self._write_waiting()
        self._let_go()

    def _let_go(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with suppress(OSError):
                os.fsync(fd)
            os.close(fd)

    def _begin(self) -> None:
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o640)
        try:
            self._bytes = _whole_lines(fd)
            os.ftruncate(fd, self._bytes)
        except OSError:
            os.close(fd)
            raise
        self._fd = fd

    def _append(self, data: bytes) -> None:
        assert self._fd is not None
        try:
            written = os.write(self._fd, data)
            if written < len(data):
                raise OSError(28, "the disk is full")  # ENOSPC: the system took a part of the line
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self._bytes)
            raise
        self._bytes += len(data)
        if self._clock() - self._written_through_s >= _WRITE_THROUGH_EVERY_S:
            os.fsync(self._fd)
            self._written_through_s = self._clock()

    def _rotate(self, time_s: float) -> None:
        self._let_go()
        stamp = iso_of(time_s)[:19].replace("-", "").replace(":", "") + "Z"
        number = 0
        while True:  # a clock that was set back may come by the same second again
            more = f"-{number}" if number else ""
            old = self.path.with_name(f"{self.path.stem}-{stamp}{more}{self.path.suffix}")
            if not old.exists():
                break
            number += 1
        self.path.rename(old)
        self._begin()


def _whole_lines(fd: int) -> int:
    """Bytes of a file up to its last line end."""
    size = os.lseek(fd, 0, os.SEEK_END)
    end = size
    while end > 0:
        begin = max(0, end - _TAIL_BYTES)
        os.lseek(fd, begin, os.SEEK_SET)
        found = os.read(fd, end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _make(values: Mapping[str, Any], around: Surroundings) -> EventSink:
    return EventsFile(around.folder / FILE_NAME, values.get("largest_mb", 10))


KIND = SinkKind({"largest_mb": whole(1, 1000)}, (), _make)
