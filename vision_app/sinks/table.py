"""A table of everything that was found, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from vision_app.overlay.kinds import table_columns, table_rows
from vision_app.results.values import Packet
from vision_app.sinks.clock import Clock
from vision_app.sinks.lines import LineFile, Share, SharedLines, claim_lines
from vision_app.sources.base import SourceInfo

FRAME_COLUMNS = ("frame", "time_s", "file", "source")
"""The columns before those of the results."""

# Excel takes a CSV file for the local 8-bit encoding unless it starts with this mark, and then shows
# Korean as noise. pandas skips the mark; Python's csv needs `encoding="utf-8-sig"`.
_BYTE_ORDER_MARK = "\ufeff"
# Source: OWASP, "CSV Injection".
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_plain_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that looks like it gets a leading apostrophe.

    >>> as_plain_text("=1+1"), as_plain_text("person")
    ("'=1+1", 'person')
    """
    return "'" + cell if cell.startswith(_STARTS_A_FORMULA) else cell


class CsvSink:
    """Writes one row a detection and one a listed class; UTF-8 with a byte order mark, CRLF lines.

    What a second model said about a detected box are rows of their own, with that box.

    Args:
        target: path of the file, or a file that several sinks share.
        overwrite: whether a file that is there may be replaced.
        source: what its frames are said to be of; None for what they say themselves.
    """

    wants_annotated = False

    def __init__(
        self, target: str | Path | SharedLines, *, overwrite: bool = False, source: str | None = None
    ) -> None:
        self._target = target if isinstance(target, SharedLines) else Path(target)
        self._overwrite = overwrite
        self._source = source
        self._lines: LineFile | Share | None = None
        self._begun = False
        self._columns: tuple[str, ...] = ()
        self._clock = Clock()

    @property
    def name(self) -> str:
        """The path."""
        return self._target.name if isinstance(self._target, SharedLines) else str(self._target)

    def open(self, info: SourceInfo) -> None:
        """Claim the file.

        Raises:
            SinkError: it cannot be written, or exists and may not be replaced.
        """
        self._lines = claim_lines(self._target, info, overwrite=self._overwrite)
        self._columns = table_columns()

    def write(self, packet: Packet) -> None:
        """Add the rows of one frame.

        Raises:
            SinkError: they cannot be written.
        """
        if self._lines is None:
            raise ValueError("write before open")
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        frame = packet.frame
        time_s = round(self._clock.time_s(frame), 6)
        source = frame.source_id if self._source is None else self._source
        start = (frame.index, time_s, as_plain_text(frame.file or ""), as_plain_text(source))
        for result in packet.results:
            for cells in table_rows(result):
                values = (cells.get(column) for column in self._columns)
                writer.writerow((*start, *(as_plain_text(v) if isinstance(v, str) else v for v in values)))
        if text.tell() or not self._begun:
            self._begun = True  # the header is there even if nothing is found
            self._lines.append(text.getvalue(), self._header())

    def _header(self) -> str:
        text = io.StringIO(newline="")
        text.write(_BYTE_ORDER_MARK)
        csv.writer(text).writerow((*FRAME_COLUMNS, *self._columns))
        return text.getvalue()

    def close(self) -> tuple[Path, ...]:
        """Move the file into place.

        Raises:
            SinkError: it cannot be moved into place.
        """
        return () if self._lines is None else self._lines.close()
