"""The versions of a model that was trained here: list them, use an old one again, make room.

The current version lies in the user's folder as any model does; older ones are beside it in
`.versions/<name>/<number>.onnx`, each with its card and the summary of its training inside. They are put there
by `producing.publish`. At each moment there is a whole model of that name, whatever is interrupted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_app.cards.card import CARD_NAME, ModelCard
from vision_app.cards.lookup import ModelFile, find_card, find_model, user_models_dir
from vision_app.cards.versions import current_version, embedded_card, older_versions, versions_dir
from vision_app.errors import ModelError, VisionError, disk_reason
from vision_app.learn.placing import second_name, take_place
from vision_app.learn.producing import keep_current
from vision_app.locking import model_lock
from vision_app.messages import message_of


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a model.

    Attributes:
        name: the model.
        number: from 1, in the order in which they were made.
        path: its file.
        current: whether the catalogue has it under the model's name.
        card: its card; None when the file has none that can be read.
        bytes: size of the file.
        problem: why the card cannot be read, else "".
    """

    name: str
    number: int
    path: Path
    current: bool
    card: ModelCard | None
    bytes: int
    problem: str = ""

    @property
    def training(self) -> Mapping[str, Any]:
        """What its card says of the training: date, samples, epochs, validation_accuracy and more."""
        summary = self.card.extra.get("training") if self.card else None
        return summary if isinstance(summary, dict) else {}

    @property
    def reference(self) -> str:
        """How it is called where a model is asked for: `mine@2`."""
        return f"{self.name}@{self.number}"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "name": self.name,
            "version": self.number,
            "current": self.current,
            "path": str(self.path),
            "bytes": self.bytes,
            "labels": list(self.card.labels) if self.card else [],
            "date": self.training.get("date"),
            "samples": self.training.get("samples"),
            "validation_accuracy": self.training.get("validation_accuracy"),
            "problem": self.problem,
        }


def versions(name: str) -> list[Version]:
    """All versions of a model, the newest first.

    Raises:
        ModelError: there is no model of that name that was trained here.
    """
    found: dict[int, Version] = {}
    number = current_version(name)
    if number is not None:
        found[number] = _version(name, number, user_models_dir() / f"{name}.onnx", current=True)
    for old, path in older_versions(_harmless(name)).items():
        if old not in found:
            found[old] = _version(name, old, path, current=False)
    if not found:
        find_model(name)  # says when there is no such model at all
        raise ModelError("'{name}' was not trained here: it has no versions", name=name)
    return [found[key] for key in sorted(found, reverse=True)]


def version(name: str, number: int) -> Version:
    """One version of a model.

    Raises:
        ModelError: there is no such model or version; names those that there are.
    """
    known = versions(name)
    for one in known:
        if one.number == number:
            return one
    raise ModelError(
        "'{name}' has no version {number}; it has {listed}",
        name=name,
        number=number,
        listed=", ".join(str(v.number) for v in reversed(known)),
    )


def roll_back(name: str, number: int) -> ModelFile:
    """Make an older version the current one again. The one that was current is kept among the others.

    Raises:
        ModelError: there is no such version, it cannot be used, or the disk is full; then nothing changes.
    """
    wanted = version(name, number)
    if wanted.current:
        return find_model(name)
    if wanted.card is None:
        raise ModelError("{path}: {problem}", path=wanted.path, problem=wanted.problem)
    fresh = second_name(wanted.path, f"back-{name}-{os.getpid()}.onnx")
    try:
        if current_version(name) is not None:
            with model_lock(name):
                keep_current(name)  # which may be one too many, and the wanted one the oldest
        return take_place(fresh, wanted.card)
    finally:
        fresh.unlink(missing_ok=True)


def prune(name: str, keep: int) -> list[int]:
    """Delete old versions but the newest ones. The current one always stays.

    Args:
        name: the model.
        keep: how many versions stay, the current one counted.

    Returns:
        Numbers of the versions that were deleted.

    Raises:
        ModelError: there is no such model, or a file cannot be deleted.
    """
    if keep < 1:
        raise ValueError(f"at least one version stays, got {keep}")
    older = [v for v in versions(name) if not v.current]
    gone = older[keep - 1 :] if current_version(name) is not None else older[keep:]
    with model_lock(name):
        for one in gone:
            try:
                one.path.unlink(missing_ok=True)
            except OSError as error:
                raise ModelError(
                    "{path}: cannot be deleted: {reason}", path=one.path, reason=disk_reason(error)
                ) from error
    # the current one may lie among the older ones as well, by a second name that takes no room
    return [v.number for v in gone]


@dataclass(frozen=True, slots=True)
class Kept:
    """How many older versions there are, and how much room they take."""

    count: int
    bytes: int


def kept(name: str | None = None) -> Kept:
    """The older versions of a model, or of all models; by a second name of the current one nothing is taken.

    Args:
        name: the model; None for all.
    """
    folders = [versions_dir(_harmless(name))] if name else list(versions_dir("x").parent.glob("*"))
    current = {f.name: user_models_dir() / f"{f.name}.onnx" for f in folders}
    paths = [(p, current[f.name]) for f in folders for p in f.glob("*.onnx") if p.stem.isdecimal()]
    sizes = [_size(path) for path, of in paths if not _is_same(path, of)]
    return Kept(len(sizes), sum(sizes))


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def forget(name: str) -> None:
    """Delete all older versions of a model that is no longer in the catalogue, or is to have none.

    Raises:
        ModelError: a file cannot be deleted.
    """
    folder = versions_dir(_harmless(name))
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(
            "{folder}: cannot be deleted: {reason}", folder=folder, reason=disk_reason(error)
        ) from error


def _version(name: str, number: int, path: Path, *, current: bool) -> Version:
    card, problem = None, ""
    try:
        # cut off between two steps of taking its place, the current one has its card inside it only
        beside = current and path.with_suffix(".json").is_file()
        card = find_card(name) if beside else embedded_card(path)
    except VisionError as error:
        problem = message_of(error)
    return Version(name, number, path, current, card, _size(path), problem)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _harmless(name: str) -> str:
    """The name, which becomes part of a path."""
    if not CARD_NAME.fullmatch(name):
        raise ModelError("no model is called '{name}'", name=name)
    return name
