"""What is remembered of each source: how it is shown, which size was chosen, and what a camera can do."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.documents import DocumentError, finite, read_json
from vision_app.gui.settings_file import keep_aside
from vision_app.replacing import replace_text
from vision_app.sources.cameras import Mode

VERSION = 1
MOST_SOURCES = 100
_MOST_MODES = 64
_LARGEST_BYTES = 1 << 20
_TURNS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How one source is shown.

    Attributes:
        mirror: as in a mirror; None where the user has not chosen.
        rotate_deg: turned clockwise by so much.
        size_wh: picture size to ask of a camera; None for its own choice.
        fps: rate to ask of a camera; None for its own choice.
        loop: a file starts again at its end; None where the user has not chosen.
        modes: what a camera took when it was asked.
    """

    mirror: bool | None = None
    rotate_deg: int = 0
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    loop: bool | None = None
    modes: tuple[Mode, ...] = ()


class SourceMemory:
    """Views by the key of their source, the one used last at the end. May be used from several threads.

    Args:
        path: its file, beside the settings. It holds no addresses with credentials, for keys have none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._views: dict[str, View] = {}
        self._changed = False
        self.trouble = ""
        """Why the file could not be read, else ""."""
        self.aside: Path | None = None
        """Where a damaged file was kept."""

    def load(self) -> None:
        """Read the file; what is missing or damaged counts as not remembered, what is newer here stays."""
        try:
            found = _read(self._path)
        except DocumentError as error:
            found = {}
            self.trouble = error.problem
            self.aside = keep_aside(self._path)
        with self._lock:
            self._views = found | self._views

    def of(self, key: str) -> View:
        """What is remembered of a source."""
        with self._lock:
            return self._views.get(key, View())

    def change(self, key: str, **changes: Any) -> View:
        """Remember something of a source; the longest unused one is forgotten when there are too many."""
        with self._lock:
            old = self._views.pop(key, View())
            new = dataclasses.replace(old, **changes)
            self._views[key] = new
            while len(self._views) > MOST_SOURCES:
                del self._views[next(iter(self._views))]
            self._changed = self._changed or new != old
        return new

    def save(self) -> None:
        """Write it, if there is anything new. A disk that takes nothing costs the memory, nothing else."""
        with self._lock:
            if not self._changed:
                return
            views = {key: _as_record(view) for key, view in self._views.items()}
            self._changed = False
        try:
            replace_text(
                self._path, json.dumps({"version": VERSION, "sources": views}, ensure_ascii=False, indent=1)
            )
        except OSError:
            with self._lock:
                self._changed = True


def _as_record(view: View) -> dict[str, Any]:
    record = {f.name: getattr(view, f.name) for f in dataclasses.fields(View)}
    record["modes"] = [[m.width, m.height, m.fps] for m in view.modes]
    return record


def _read(path: Path) -> dict[str, View]:
    try:
        data = read_json(path, _LARGEST_BYTES)
    except FileNotFoundError:
        return {}
    sources = data.get("sources") if isinstance(data, dict) and data.get("version") == VERSION else None
    if not isinstance(sources, dict):
        return {}
    read = ((key, _view(record)) for key, record in list(sources.items())[-MOST_SOURCES:])
    return {key: view for key, view in read if view is not None}


def _view(record: object) -> View | None:
    """One record, None unless all of it is as it was written."""
    if not isinstance(record, Mapping):
        return None
    mirror, turn = record.get("mirror"), record.get("rotate_deg", 0)
    size, fps, modes = record.get("size_wh"), record.get("fps"), record.get("modes", [])
    loop = record.get("loop")
    fine = (
        (mirror is None or isinstance(mirror, bool))
        and turn in _TURNS
        and not isinstance(turn, bool)
        and (loop is None or isinstance(loop, bool))
        and (fps is None or _is_rate(fps))
        and (size is None or _is_size(size))
        and isinstance(modes, list)
        and len(modes) <= _MOST_MODES
        and all(_is_mode(mode) for mode in modes)
    )
    if not fine:
        return None
    return View(
        mirror=mirror,
        rotate_deg=int(turn),
        size_wh=None if size is None else (size[0], size[1]),
        fps=None if fps is None else float(fps),
        loop=loop,
        modes=tuple(Mode(*mode) for mode in modes),
    )


def _is_rate(value: object) -> bool:
    rate = finite(value)
    return rate is not None and 0 < rate <= 1000


def _is_size(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(type(x) is int and 0 < x <= 32768 for x in value)
    )


def _is_mode(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and _is_size(value[:2])
        and (value[2] is None or _is_rate(value[2]))
    )
