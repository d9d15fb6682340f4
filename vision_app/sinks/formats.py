"""The formats of logs: files that hold results. A new one is one sink and one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vision_app.errors import ConfigError
from vision_app.messages import Message
from vision_app.plugins import OpenTable, has_attributes
from vision_app.sinks.base import Sink
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.table import CsvSink


@dataclass(frozen=True, slots=True)
class LogFormat:
    """One row.

    Attributes:
        suffix: how the files end, with the dot.
        title: what it is called on a screen.
        make: makes the sink of a path; the second argument says whether a file that is there may be replaced.
    """

    suffix: str
    title: str
    make: Callable[[Path, bool], Sink]


LOG_FORMATS: OpenTable[LogFormat] = OpenTable(
    "vision_app.logs",
    {
        "jsonl": LogFormat(
            ".jsonl", Message("JSON lines"), lambda path, overwrite: JsonlSink(path, overwrite=overwrite)
        ),
        "csv": LogFormat(
            ".csv", Message("CSV table"), lambda path, overwrite: CsvSink(path, overwrite=overwrite)
        ),
    },
    has_attributes("suffix", "title", "make"),
)
"""Name to format."""


def format_of(path: Path) -> tuple[str, LogFormat]:
    """Name and row of the format that the ending of a file says.

    Raises:
        ConfigError: there is none.
    """
    suffix = path.suffix.lower()
    for name in ("jsonl", "csv", *LOG_FORMATS):
        if LOG_FORMATS[name].suffix == suffix:
            return name, LOG_FORMATS[name]
    known = ", ".join(LOG_FORMATS[name].suffix for name in LOG_FORMATS)
    raise ConfigError(
        "{path}: results are written as {known}, got {suffix!r}",
        path=path,
        known=known,
        suffix=path.suffix or Message("no suffix"),
    )
