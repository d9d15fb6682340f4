"""The manifest of a store: JSON lines, only ever appended to. A line counts once it is whole and synced.

The first line names the format and its version. A program of an older version refuses a newer one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.documents import DocumentError, parse_json
from vision_app.errors import SampleError, disk_reason
from vision_app.samples.disk import PendingFiles, sync_file, why

MANIFEST = "manifest.jsonl"
FORMAT = "vision-app-samples"
VERSION = 1

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ManifestRead:
    """What was found besides the events.

    Attributes:
        whole_bytes: length up to the end of the last whole line; what follows was cut off by a crash.
        wrong_lines: how many whole lines are no events that make sense.
    """

    whole_bytes: int
    wrong_lines: int


def read_manifest(path: Path, take: Callable[[Event], bool]) -> ManifestRead:
    """Read a manifest, one event after the other; a torn last line is left out.

    Args:
        path: the manifest.
        take: given each event, oldest first; says whether it makes sense.

    Raises:
        SampleError: it cannot be read, or is of another format or a newer version.
    """
    whole = wrong = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                event = _parsed(line)
                if event is not None and (number == 1 or "format" in event):
                    _check_format(event, path)
                elif event is None or not take(event):
                    wrong += 1
    except OSError as error:
        raise SampleError("{path} cannot be read: {reason}", path=path, reason=disk_reason(error)) from error
    return ManifestRead(whole, wrong)


def create_manifest(path: Path, created: str) -> None:
    """Make a manifest without samples, in one step.

    Raises:
        OSError: it cannot be written.
    """
    head = as_line({"format": FORMAT, "version": VERSION, "created": created})
    pending = PendingFiles(path.parent)
    name = f"{path.name}.{os.getpid()}.new"
    try:
        pending.write(name, head)
        pending.place([path])
    except OSError:
        pending.discard()
        raise


class ManifestWriter:
    """Appends events; each call returns once they are on the disk.

    Args:
        path: the manifest.
        whole_bytes: where its last whole line ends; what follows is cut off.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, whole_bytes: int) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._end = whole_bytes
        if os.fstat(self._descriptor).st_size != whole_bytes:
            os.ftruncate(self._descriptor, whole_bytes)
            sync_file(self._descriptor)

    def append(self, events: Iterable[Event]) -> None:
        """Add events.

        Raises:
            OSError: they could not be written; none of them is in the manifest then.
        """
        data = b"".join(as_line(event) for event in events)
        try:
            os.lseek(self._descriptor, self._end, os.SEEK_SET)
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
            sync_file(self._descriptor)
        except BaseException:
            os.ftruncate(self._descriptor, self._end)
            raise
        self._end += len(data)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def unwritable(folder: Path, error: OSError) -> SampleError:
    """The error for a store that the system does not let us write."""
    return SampleError(
        "samples {folder} cannot be written: {reason}; make room or choose another place",
        folder=folder,
        reason=why(error),
    )


def as_line(event: Event) -> bytes:
    """An event as a line of the manifest."""
    return (json.dumps(event, ensure_ascii=False, separators=(", ", ": ")) + "\n").encode()


def _parsed(line: bytes) -> Event | None:
    try:
        event = parse_json(line, MANIFEST)
    except DocumentError:
        return None
    return event if isinstance(event, dict) else None


def _check_format(event: Event, path: Path) -> None:
    if event.get("format") != FORMAT:
        raise SampleError("{path} is not the manifest of a sample store", path=path)
    version = event.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise SampleError(
            "{path} is of version {version_}, made by a newer vision-app; this one reads up to "
            "{version}: update it",
            path=path,
            version_=version,
            version=VERSION,
        )
