"""What the rewriting of graphs brought, kept beside the models: found by the hash of a file, never in its place.

A model `x.onnx` has its records in the folder `.rewritten` beside it; shipped models, and those in folders that
cannot be written, have them in the user's folder for caches. A record that is not whole, or of another file,
another ONNX Runtime or another version of the rewrites counts as none: the file itself runs then.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs

from vision_app import runtime
from vision_app.cards.card import ModelCard, card_as_json
from vision_app.cards.lookup import sha256
from vision_app.documents import DocumentError, read_json
from vision_app.errors import ModelError, disk_reason
from vision_app.messages import as_record, from_record
from vision_app.paths import path_of
from vision_app.replacing import replace_text
from vision_app.resources import models_dir

FOLDER = ".rewritten"
VERSION = 2
"""Goes up when a rewrite is added or changed, so that what was kept of before is made anew."""
LIMIT_BYTES = 2 << 30
"""All that is kept in one folder; the records that were made first give way."""
_ABANDONED_S = 600.0
CACHE_VARIABLE = "VISION_APP_CACHE"

Kind = Literal["graph", "rectangle"]


@dataclass(frozen=True, slots=True)
class Record:
    """What came of rewriting one file.

    Attributes:
        steps: what was tried, as objects with `name`, `title`, `kept`, `why`, `speed`, `load` and `difference`.
        speed: how many times as fast a run of all that was kept is.
        load: how many times as fast it loads.
        difference: largest difference at its outputs, root of mean squares over that of the values.
        refused: why there is nothing; "" where there may be.
        path: the rewritten file; None for none.
        content_sha256: of the rewritten file.
        card_sha256: of the card by which outputs were cut off that nobody reads; "" where none were.
    """

    steps: tuple[dict[str, Any], ...] = ()
    speed: float = 1.0
    load: float = 1.0
    difference: float = 0.0
    refused: str = ""
    path: Path | None = None
    content_sha256: str = ""
    card_sha256: str = ""

    def fits(self, card: ModelCard | None) -> bool:
        """Whether it was made for what this card reads: another one may read outputs that were cut off."""
        return not self.card_sha256 or self.card_sha256 == card_sha256(card)

    def content(self) -> bytes | None:
        """The rewritten model; None where there is none, or what lies there is not what was written."""
        if self.path is None:
            return None
        try:
            content = self.path.read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == self.content_sha256 else None

    def as_json(self) -> dict[str, Any]:
        """For `models info --json`."""
        return {
            "speed": self.speed,
            "load": self.load,
            "difference": self.difference,
            "refused": self.refused or None,
            "path": str(self.path) if self.path else None,
            "steps": [dict(step) for step in self.steps],
        }


def card_sha256(card: ModelCard | None) -> str:
    """SHA-256 of a card as a file has it; "" for none."""
    return hashlib.sha256(card_as_json(card).encode()).hexdigest() if card is not None else ""


def folders(model: Path) -> tuple[Path, ...]:
    """Where records of a model may lie, the best place first."""
    override = os.environ.get(CACHE_VARIABLE)
    cache = (path_of(override) if override else platformdirs.user_cache_path("vision-app")) / "rewritten"
    shipped = model.is_relative_to(models_dir())
    return (cache,) if shipped else (model.parent / FOLDER, cache)


def find(model: Path, kind: Kind = "graph") -> Record | None:
    """What is known of a file as it is now; None when it was not rewritten yet. Without records it is not even read."""
    present = [folder for folder in folders(model) if folder.is_dir()]
    if not present:
        return None
    try:
        source = sha256(model)
    except OSError:
        return None
    for folder in present:
        record = _read(folder / f"{_key(source, kind)}.json", source)
        if record is not None:
            return record
    return None


def keep(model: Path, kind: Kind, record: Record, content: bytes | None) -> Record:
    """Write a record and the rewritten model, first into a file on its way.

    Raises:
        ModelError: neither place can be written.
    """
    found = model.stat()
    facts = {
        "version": VERSION,
        "runtime": runtime.version(),
        "kind": kind,
        "source": str(model),
        "source_bytes": found.st_size,
        "source_mtime_ns": found.st_mtime_ns,
        "sha256": sha256(model),
        "speed": record.speed,
        "load": record.load,
        "difference": record.difference,
        "refused": record.refused,
        "refused_message": as_record(record.refused),
        "steps": [{**step, "why_message": as_record(step.get("why", ""))} for step in record.steps],
        "card_sha256": record.card_sha256,
    }
    failure: OSError | None = None
    for folder in folders(model):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _write(folder, facts, content)
        except OSError as error:
            failure = error
    assert failure is not None
    raise ModelError(
        "{name}: what was rewritten cannot be kept: {reason}", name=model.name, reason=disk_reason(failure)
    ) from failure


def forget(model: Path) -> None:
    """Remove the records of a file, and with it those whose file is gone or another one by now."""
    for folder in folders(model):
        for path, data in _entries(folder):
            if data.get("source") == str(model):
                _remove(path, data)
        prune(folder)


def prune(folder: Path, limit_bytes: int = LIMIT_BYTES, spare: str = "") -> None:
    """Remove records whose file is gone or changed, what nobody's record names, and the oldest above a limit.

    Args:
        folder: where the records lie.
        limit_bytes: all rewritten models together.
        spare: name of a record that stays whatever its size.
    """
    alive: list[tuple[float, int, Path, dict[str, Any]]] = []
    for path, data in _entries(folder):
        if not _is_current(data):
            _remove(path, data)
            continue
        with suppress(OSError):
            alive.append((path.stat().st_mtime, int(data.get("bytes") or 0), path, data))
    named = {str(data.get("file")) for *_, data in alive}
    with suppress(OSError):
        for left in folder.glob("*.onnx"):
            if left.name not in named:
                left.unlink()
        for left in folder.glob(".part-*"):
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()
    total = sum(size for _, size, *_ in alive)
    for _, size, path, data in sorted(alive, key=lambda one: one[0]):
        if total <= limit_bytes:
            break
        if path.name != spare and size:
            _remove(path, data)
            total -= size


def _key(source: str, kind: Kind) -> str:
    return f"{source[:32]}-{kind}"


def _read(path: Path, source: str) -> Record | None:
    data = _data(path)
    if data is None or data.get("sha256") != source or data.get("version") != VERSION:
        return None
    if data.get("runtime") != runtime.version():
        return None
    file, steps = data.get("file"), data.get("steps")
    known = isinstance(file, str) and Path(file).name == file
    try:
        return Record(
            tuple(map(_step, steps if isinstance(steps, list) else ())),
            float(data["speed"]),
            float(data["load"]),
            float(data["difference"]),
            from_record(data.get("refused_message"), str(data.get("refused") or "")),
            path.parent / str(file) if known else None,
            str(data.get("content_sha256") or ""),
            str(data.get("card_sha256") or ""),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in step.items() if key != "why_message"}
    return {**kept, "why": from_record(step.get("why_message"), str(kept.get("why") or ""))}


def _data(path: Path) -> dict[str, Any] | None:
    try:
        data = read_json(path)
    except (DocumentError, OSError):
        return None
    return data if isinstance(data, dict) else None


def _write(folder: Path, facts: dict[str, Any], content: bytes | None) -> Record:
    """Write the model, then its record, which is what makes it count."""
    key = _key(facts["sha256"], facts["kind"])
    if content is not None:
        name = f"{Path(facts['source']).stem[:60]}.{key[:8]}.{facts['kind']}.onnx"
        _replace_bytes(folder / name, content)
        digest = hashlib.sha256(content).hexdigest()
        facts = facts | {"file": name, "bytes": len(content), "content_sha256": digest}
    path = folder / f"{key}.json"
    replace_text(path, json.dumps(facts, ensure_ascii=False, indent=1), mode=0o644)
    prune(folder, spare=path.name)
    record = _read(path, facts["sha256"])
    assert record is not None
    return record


def _replace_bytes(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _entries(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    try:
        paths: Sequence[Path] = sorted(folder.glob("*.json"))
    except OSError:
        return
    for path in paths:
        yield path, _data(path) or {}


def _is_current(data: dict[str, Any]) -> bool:
    try:
        found = Path(str(data["source"])).stat()
    except (KeyError, OSError, ValueError):
        return False
    same = (found.st_size, found.st_mtime_ns) == (data.get("source_bytes"), data.get("source_mtime_ns"))
    return same and data.get("version") == VERSION


def _remove(path: Path, data: dict[str, Any]) -> None:
    file = data.get("file")
    with suppress(OSError):
        if isinstance(file, str) and Path(file).name == file:
            (path.parent / file).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
