"""The timeline of a file of results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from vision_app.documents import DocumentError, parse_json
from vision_app.errors import ConfigError, disk_reason
from vision_app.messages import Message
from vision_app.timeline.lanes import DEFAULT_GAP_S, Seen, Timeline
from vision_app.timeline.seen import DEFAULT_LEAST, seen_in_record

_LONGEST_LINE = 64_000_000
_WANTED = Message(
    "wanted are the lines that --json FILE writes, one JSON object a frame, or the events of a site"
)


@dataclass(slots=True)
class Told:
    """What a file of results tells.

    Attributes:
        timeline: of all its frames.
        files: by index of the picture, where the frames are pictures of files rather than moments of a clip.
        by_clock: whether times are those of the clock on the wall, seconds since 1970 UTC.
        truncated: whether the last line is not whole, as of a run that was killed on a full disk.
    """

    timeline: Timeline
    files: list[str] = field(default_factory=list)
    by_clock: bool = False
    truncated: bool = False


def read_timeline(path: Path, *, least: float = DEFAULT_LEAST, gap_s: float = DEFAULT_GAP_S) -> Told:
    """Read a `results.jsonl` or `events.jsonl`, line by line, whatever its length.

    Pictures of a folder have no times: they count as one a second. Events are moments.

    Args:
        path: the file.
        least: least probability of a class of the whole picture.
        gap_s: what is away for less than that, in seconds, has not been away.

    Raises:
        ConfigError: it cannot be read, is no such file, or holds no frame.
    """
    told = Told(Timeline(gap_s))
    try:
        with path.open("rb") as file:
            for number, record in _records(file, path, told):
                try:
                    _add(told, record, least)
                except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
                    raise ConfigError(
                        "{path}: line {number} is no line of results; {wanted}",
                        wanted=_WANTED,
                        path=path,
                        number=number,
                    ) from error
    except OSError as error:
        raise ConfigError("{path}: {reason}", path=path, reason=disk_reason(error)) from error
    if not told.timeline.frames:
        raise ConfigError("{path} holds no frame; {wanted}", wanted=_WANTED, path=path)
    return told


def _records(file: BinaryIO, path: Path, told: Told) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        whole = line.endswith(b"\n")
        if not line.strip():
            continue
        try:
            record = parse_json(line, str(path), _LONGEST_LINE)
        except DocumentError as error:
            if not whole and len(line) < _LONGEST_LINE:
                told.truncated = True
                return
            raise ConfigError(
                "{path}: line {number} is no JSON; {wanted}", wanted=_WANTED, path=path, number=number
            ) from error
        if not isinstance(record, dict):
            raise ConfigError(
                "{path}: line {number} is no JSON object; {wanted}", wanted=_WANTED, path=path, number=number
            )
        yield number, record


def _add(told: Told, record: dict[str, Any], least: float) -> None:
    if "kind" in record and "rule" in record:
        _add_event(told, record)
        return
    time_s = float(record["time_s"])
    if record.get("file") is not None:
        time_s = float(len(told.files))
        told.files.append(str(record["file"]))
    seen = [one for result in record["results"] for one in seen_in_record(result, least)]
    told.timeline.add(str(record["source"]), _finite(time_s), int(record["frame"]), seen)


def _add_event(told: Told, record: dict[str, Any]) -> None:
    told.by_clock = True
    label = " ".join(str(record[key]) for key in ("label", "kind", "zone") if record.get(key) is not None)
    track, score = record.get("track"), record.get("score")
    seen = Seen(
        str(record["rule"]),
        label,
        1.0 if score is None else float(score),
        None if track is None else int(track),
    )
    told.timeline.add(
        str(record["stream"]), _finite(float(record["time_s"])), int(record.get("frame") or 0), [seen]
    )


def _finite(time_s: float) -> float:
    if not abs(time_s) < 1e12:  # no number, or no time that a clip or a clock has
        raise ValueError("no time")
    return time_s
