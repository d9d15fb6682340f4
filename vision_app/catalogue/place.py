"""The user's models: adding, removing, checking. Shipped models are never touched."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vision_app.cards.card import ModelCard, card_as_json, load_card, parse_card
from vision_app.cards.guessing import guessed_fields
from vision_app.cards.lookup import (
    CatalogueEntry,
    ModelFile,
    card_paths,
    entries,
    find_card,
    find_model,
    incoming_dir,
    known_weights,
    sha256,
    unknown_model,
    user_models_dir,
    weights_path,
)
from vision_app.cards.overrides import Settings, complete, with_settings
from vision_app.catalogue.publishing import publish
from vision_app.engine.loading import saying_what_it_is, session_of
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.rewritten import forget
from vision_app.errors import ModelError, disk_reason
from vision_app.locking import model_lock
from vision_app.messages import Message, listed, reason_of
from vision_app.runtime import check_is_onnx
from vision_app.scratch import scratch_folder


class NameTakenError(ModelError):
    """Another model has the name: a different one, or leave to replace it, is needed."""


MAX_OUTPUTS = 256
"""More outputs than any network has; a graph with thousands is a mistake or an attack."""
MAX_INPUTS = 64
_CHECK_WH = (320, 240)
_CHECKPOINTS = (".pt", ".pth", ".ckpt", ".safetensors", ".pkl", ".h5", ".keras", ".tflite", ".engine")


def add(
    file: Path,
    *,
    name: str | None = None,
    card_file: Path | None = None,
    settings: Settings | None = None,
    overwrite: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> ModelFile:
    """Check an ONNX file, describe it, and copy it with its card into the user's folder.

    Args:
        file: the .onnx file.
        name: name in the catalogue; the card's own, else made of the file's, when None.
        card_file: its card; when None the one beside it, in it or of its hash, else it is described.
        settings: card fields to set on top of that.
        overwrite: replace the user's model of that name, or hide the shipped one.
        tell: receives one line for each thing that was guessed or looks odd.

    Raises:
        UnsaidError: something about it has to be decided.
        NameTakenError: the name is taken.
        ModelError: the file is not a usable model.
    """
    _check_file(file)
    card = load_card(card_file) if card_file is not None else _card_that_comes_with(file)
    if card is None:
        with saying_what_it_is(file):
            card = complete(session_of(file, "cpu"), name or name_of(file), settings or {})
    else:
        card = with_settings(card, settings or {}, str(card_file or file))
    chosen = dataclasses.replace(card, name=name or card.name)
    added = install(file, chosen, overwrite=overwrite, tell=tell)
    if guesses := guessed_fields(chosen, settings or {}):
        tell(
            Message(
                "guessed: {guesses}; models add --try PHOTO shows what it sees, --set FIELD=VALUE "
                "changes a field",
                guesses=guesses,
            )
        )
    return added


def _card_that_comes_with(file: Path) -> ModelCard | None:
    """The card beside the file, or of its hash among those that came with the program.

    A card that an earlier `add` made for the same file may be wrong, which is why it is added again: it is no base.
    """
    found = find_model(str(file.absolute())).card
    if found is None or file.with_suffix(".json").is_file():
        return found
    path = card_paths().get(found.name)
    made_here = path is not None and path.parent == user_models_dir() and found.download is None
    return None if made_here else found


def install(
    file: Path, card: ModelCard, *, overwrite: bool = False, tell: Callable[[str], None] = lambda _: None
) -> ModelFile:
    """Copy a model with its card into the user's folder, after it has run once on a picture.

    Both get their place in single steps, the card first: a card without weights is a model that is not
    installed, weights without their card would be read wrongly.

    Args:
        file: the .onnx file.
        card: its card; what it says of the size and hash of other weights is replaced.
        overwrite: replace the user's model of that name, or hide the shipped one.
        tell: receives one line for each thing that looks odd.

    Raises:
        NameTakenError: the name is taken.
        ModelError: the model and its card do not fit each other, or the disk is full.
    """
    card = _checked(card, str(file))
    _check_name_is_free(file, card, overwrite)
    model = LoadedModel(ModelFile(card.name, file, card), provider="cpu")
    model.warm_up(_CHECK_WH)
    _judge(model, tell)
    with model_lock(card.name), _incoming() as folder:
        _check_name_is_free(file, card, overwrite)  # another process may have been faster
        weights = folder / f"{card.name}.onnx"
        shutil.copyfile(file, weights)
        card = _with_hash(card, weights.stat().st_size, sha256(weights))
        card_path = folder / f"{card.name}.json"
        if card.name not in card_paths() or find_card(card.name) != card:  # the catalogue's own needs no copy
            card_path.write_text(card_as_json(card), encoding="utf-8")
        publish(weights, card_path if card_path.is_file() else None, user_models_dir(), card.name)
    return ModelFile(card.name, user_models_dir() / f"{card.name}.onnx", card)


def _judge(model: LoadedModel, tell: Callable[[str], None]) -> None:
    """Run it on a photo and on noise; tell what looks odd.

    Raises:
        ModelError: what it says cannot be right.
    """
    from vision_app.catalogue.trial import try_out

    trial = try_out(model)
    if trial.faults:
        raise ModelError(
            "{path}: run on a photo, {faults}", path=model.session.path, faults=listed(trial.faults, "; ")
        )
    for remark in trial.remarks:
        tell(remark)


def remove(name: str) -> list[Path]:
    """Delete a model from the user's folder: its weights, and its card unless that says how to get them again.

    Returns:
        The files that were deleted.

    Raises:
        ModelError: it is not there, or shipped with the program.
    """
    entry = _entry(name)
    own = user_models_dir()
    weights, card_path = own / f"{name}.onnx", own / f"{name}.json"
    if not weights.is_file() and not card_path.is_file():
        if entry.shipped:
            raise ModelError(
                "model '{name}' is shipped with the program and is read-only; only your own are removed",
                name=name,
            )
        raise ModelError("model '{name}' is not on this disk: there is nothing to remove", name=name)
    gone: list[Path] = []
    with model_lock(name):
        can_return = entry.card is not None and entry.card.download is not None
        for path in (weights, card_path):
            if path.is_file() and not (path == card_path and can_return and gone):
                _unlink(path)
                gone.append(path)
        for left in incoming_dir().glob(f"{_escaped(name)}.????????????????.*"):
            _unlink(left)
    forget(weights)
    return gone


State = Literal["ok", "differs", "unstated", "unreadable"]


@dataclass(frozen=True, slots=True)
class Verified:
    """How a model's file compares with its card.

    Attributes:
        name: the model.
        path: its weights.
        state: `ok`; `differs` from the card; `unstated` when no card says what it has to be; `unreadable`.
        detail: what differs, else "".
    """

    name: str
    path: Path
    state: State
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether there is nothing to complain of."""
        return self.state in ("ok", "unstated")

    def as_record(self) -> dict[str, Any]:
        """As an object of `models verify --json`."""
        return {"name": self.name, "path": str(self.path), "state": self.state, "detail": self.detail}


def verify(names: Sequence[str] = ()) -> Iterator[Verified]:
    """Compare size and SHA-256 of weights with their cards, one model after the other.

    Args:
        names: models to check; none for all that are on this disk.

    Raises:
        ModelError: a named model does not exist or is not on this disk.
    """
    chosen = [_entry(name) for name in names] or [e for e in entries() if e.weights is not None]
    for entry in chosen:
        if not entry.installed:
            raise ModelError(
                "model '{name}' is not on this disk: there is nothing to verify", name=entry.name
            )
    return (_verify(entry) for entry in chosen)


def _verify(entry: CatalogueEntry) -> Verified:
    path = entry.weights
    assert path is not None
    if entry.problem:
        return Verified(entry.name, path, "unreadable", entry.problem)
    facts = None if entry.card is None else known_weights(entry.card)
    if facts is None:
        return Verified(entry.name, path, "unstated", Message("no card says what it has to be"))
    try:
        size = path.stat().st_size
        if size != facts[0]:
            return Verified(
                entry.name,
                path,
                "differs",
                Message("{wanted} bytes were wanted, it has {size}", wanted=facts[0], size=size),
            )
        came = sha256(path)
    except OSError as error:
        return Verified(entry.name, path, "unreadable", reason_of(error))
    if came != facts[1]:
        return Verified(
            entry.name,
            path,
            "differs",
            Message("SHA-256 {wanted} was wanted, it has {came}", wanted=facts[1], came=came),
        )
    return Verified(entry.name, path, "ok")


def name_of(file: Path) -> str:
    """A name for the catalogue made of a file's.

    >>> name_of(Path("My Model (v2).onnx"))
    'my-model-v2'
    """
    return re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("._-")[:100] or "model"


def _entry(name: str) -> CatalogueEntry:
    found = {e.name: e for e in entries()}
    if name not in found:
        raise unknown_model(name, found)
    return found[name]


def _check_file(file: Path) -> None:
    if not file.exists():
        raise ModelError("no such model file: {file}", file=file)
    if file.suffix.lower() in _CHECKPOINTS:
        raise ModelError(
            "{file}: expected an ONNX model; a {suffix} file needs its own library, and opening one "
            "can run code of whoever made it; vision-app models export --help tells how to make ONNX "
            "of it",
            file=file,
            suffix=file.suffix.lower(),
        )
    check_is_onnx(file)
    from vision_app.graph import inspect

    facts = inspect(file)
    for count, most, what in ((facts.outputs, MAX_OUTPUTS, "outputs"), (facts.inputs, MAX_INPUTS, "inputs")):
        if count > most:
            raise ModelError(
                "{file}: has {count} {what}, at most {most} make sense: not a vision model",
                file=file,
                count=count,
                what=what,
                most=most,
            )
    if facts.external:
        raise ModelError(
            "{file}: its weights are in a separate file; make one file of it first: python -c "
            "\"import onnx; onnx.save(onnx.load('{name}'), 'one.onnx')\"",
            file=file,
            name=file.name,
        )


def _checked(card: ModelCard, where: str) -> ModelCard:
    """The card, read again: no name from outside becomes part of a path before it is known to be harmless."""
    return parse_card(json.loads(card_as_json(card)), where)


def _check_name_is_free(file: Path, card: ModelCard, overwrite: bool) -> None:
    if overwrite:
        return
    there = weights_path(card.name)
    if there is not None:
        raise NameTakenError(
            "there is a model '{name}' already: {there}{flags}",
            name=card.name,
            there=there,
            flags=Message("; give another --name, or --overwrite to take its place"),
        )
    wanted = known_weights(find_card(card.name)) if card.name in card_paths() else None
    if wanted is not None and wanted != (file.stat().st_size, sha256(file)):
        raise NameTakenError(
            "'{name}' is another model of the catalogue: this file is not the one of its card{flags}",
            name=card.name,
            flags=Message("; give another --name, or --overwrite to hide it"),
        )


def _with_hash(card: ModelCard, size: int, sha: str) -> ModelCard:
    """The card with size and hash of these weights; a download of others is left out."""
    download = card.download
    extra = {k: v for k, v in card.extra.items() if k != "weights"}
    if download is not None and (download.bytes, download.sha256) == (size, sha):
        return dataclasses.replace(card, extra=extra)
    return dataclasses.replace(
        card, download=None, extra={**extra, "weights": {"bytes": size, "sha256": sha}}
    )


@contextmanager
def _incoming() -> Iterator[Path]:
    """A folder on the disk of the user's models, gone afterwards; a failing disk becomes one clear error."""
    try:
        with scratch_folder(incoming_dir(), "add") as folder:
            yield folder
    except OSError as error:
        raise ModelError(
            "{folder}: the model cannot be saved: {reason}",
            folder=user_models_dir(),
            reason=disk_reason(error),
        ) from error


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            "{path}: cannot be deleted: {reason}", path=path, reason=disk_reason(error)
        ) from error


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)
