"""`results.jsonl`: one JSON object a frame."""

from __future__ import annotations

import json
from pathlib import Path

from vision_app.errors import SinkError
from vision_app.results.values import Packet
from vision_app.showing import safe_json
from vision_app.sinks.clock import Clock
from vision_app.sinks.lines import LineFile, Share, SharedLines, claim_lines
from vision_app.sources.base import SourceInfo


class JsonlSink:
    """Writes one line a frame, in UTF-8; the fields are in `docs/results.md`.

    Args:
        target: path of the file, `-` for standard output, or a file that several sinks share.
        overwrite: whether a file that is there may be replaced.
        source: what its frames are said to be of; None for what they say themselves.
    """

    wants_annotated = False

    def __init__(
        self, target: str | Path | SharedLines, *, overwrite: bool = False, source: str | None = None
    ) -> None:
        self._target = target
        self._overwrite = overwrite
        self._source = source
        self._lines: LineFile | Share | None = None
        self._clock = Clock()
        self._encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

    @property
    def name(self) -> str:
        """The path, or `stdout`."""
        if isinstance(self._target, SharedLines):
            return self._target.name
        return "stdout" if str(self._target) == "-" else str(self._target)

    def open(self, info: SourceInfo) -> None:
        """Claim the file.

        Raises:
            SinkError: it cannot be written, or exists and may not be replaced.
        """
        self._lines = claim_lines(self._target, info, overwrite=self._overwrite)

    def write(self, packet: Packet) -> None:
        """Add one line.

        Raises:
            SinkError: the line cannot be written, or a number in it is not finite.
        """
        if self._lines is None:
            raise ValueError("write before open")
        width, height = packet.frame.size_wh
        record = {
            "frame": packet.frame.index,
            "source": packet.frame.source_id if self._source is None else self._source,
            "time_s": round(self._clock.time_s(packet.frame), 6),
            "file": packet.frame.file,
            "width": width,
            "height": height,
            "results": [result.as_record() for result in packet.results],
            "timings_ms": packet.timings.as_milliseconds(),
        }
        if not packet.looked:
            record["looked"] = False
        try:
            line = self._encode(record)
        except ValueError as error:
            self._lines.mark_incomplete()
            raise SinkError(
                "{name}: frame {index} has a result that JSON cannot hold: {error}",
                name=self.name,
                index=packet.frame.index,
                error=error,
            ) from error
        self._lines.append(safe_json(line) + "\n")

    def close(self) -> tuple[Path, ...]:
        """Move the file into place.

        Raises:
            SinkError: it cannot be moved into place.
        """
        return () if self._lines is None else self._lines.close()
