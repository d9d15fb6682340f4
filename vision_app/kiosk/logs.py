"""The log of a kiosk: one writer, a few megabytes at most, no passwords, and a full disk does not matter."""

from __future__ import annotations

import logging
import logging.handlers
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vision_app.messages import ToldFormatter

LARGEST_FILE_BYTES = 1_000_000
OLD_FILES = 4
LINES_PER_MINUTE = 120
"""What a process may write. A library that complains about every frame would wear out the disk."""

# the scheme is not looked at: searching for it takes a time that grows with the square of a long word
_CREDENTIALS = re.compile(r"://\S*@")
_QUERY = re.compile(r"(://[^\s?#]*[?#])\S+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_LONGEST_LINE = 2000


def redacted(line: str) -> str:
    """A line without the credentials of the addresses in it; rather too little is left than too much.

    >>> redacted("rtsp://admin:p@ss@cam/live?token=x lost")
    'rtsp://***@cam/live?*** lost'
    """
    line = _CREDENTIALS.sub("://***@", line)
    return _CONTROL.sub(" ", _QUERY.sub(r"\1***", line))[:_LONGEST_LINE]


class SteadyFileHandler(logging.handlers.RotatingFileHandler):
    """Files that rotate; when nothing can be written, lines are lost, and later ones may get through."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, credentials removed."""
        return redacted(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Forget the file, with what it could not take, and open it again for the next line."""
        stream, self.stream = self.stream, None
        with suppress(OSError, ValueError):
            if stream is not None:
                stream.close()


def open_log(path: Path, *, also: logging.Handler | None = None) -> logging.Logger:
    """The log of a kiosk.

    Args:
        path: its newest file; older ones get `.1` and so on.
        also: where its lines go besides, such as a terminal.
    """
    log = logging.Logger(f"kiosk {path.stem}", logging.INFO)
    layout = ToldFormatter("%(asctime)s %(message)s")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    file = SteadyFileHandler(
        path,
        maxBytes=LARGEST_FILE_BYTES,
        backupCount=OLD_FILES,
        encoding="utf-8",
        errors="replace",
        delay=True,
    )
    for handler in (file, also):
        if handler is not None:
            handler.setFormatter(layout)
            log.addHandler(handler)
    return log


def close_log(log: logging.Logger) -> None:
    """Close its files."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


class Sluice:
    """Lets so many lines a minute through, and says how many it kept back.

    Args:
        write: takes the lines that pass.
        per_minute: how many may.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        per_minute: int = LINES_PER_MINUTE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._per_minute, self._clock = write, per_minute, clock
        self._began_s = clock()
        self._passed = self._kept = 0

    def line(self, text: str) -> None:
        """One line."""
        if self._clock() - self._began_s >= 60.0:
            self.end()
            self._began_s, self._passed = self._clock(), 0
        if self._passed < self._per_minute:
            self._passed += 1
            self._write(text)
        else:
            self._kept += 1

    def end(self) -> None:
        """Say how many lines were kept back."""
        if self._kept:
            self._write(f"({self._kept} more lines within a minute were left out)")
            self._kept = 0
