"""Models on their way to workers: by the hash of their content, checked where they arrive."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from vision_app.cards.card import card_as_json
from vision_app.cards.lookup import card_paths, find_chain, find_model, weights_path
from vision_app.engine.request import AskedModel
from vision_app.errors import ConfigError, ModelError
from vision_app.headless.settings import RunSettings
from vision_app.resources import models_dir


@dataclass(frozen=True, slots=True)
class Parcel:
    """One model.

    Attributes:
        reference: how the settings call it.
        name: what it is called in results.
        sha256: of its file.
        card: its card as JSON; None when the file has it inside.
    """

    reference: str
    name: str
    sha256: str
    card: str | None


def pack(models: Sequence[AskedModel]) -> tuple[tuple[Parcel, ...], dict[str, bytes]]:
    """Parcels for the models that do not come with the program, and their contents by hash.

    Raises:
        ModelError: a model is not on this disk.
        ConfigError: a chain of the user's own is asked for: its parts cannot be sent.
    """
    parcels, contents = [], {}
    for model in models:
        chain = find_chain(model.reference)
        if chain is not None:
            if any(not _shipped(path) for path, _ in _files_of(model.reference)):
                raise ConfigError(
                    "{name} is a chain of models of your own: its parts cannot be sent; run it with --engine local",
                    name=chain.name,
                )
            continue
        file = find_model(model.reference)
        if _shipped(file.path):
            continue
        if file.path.with_name(file.path.name + ".data").exists():
            raise ConfigError("{path}: weights in a separate file cannot be sent to workers", path=file.path)
        data = file.path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        contents[sha256] = data
        parcels.append(
            Parcel(model.reference, file.name, sha256, None if file.card is None else card_as_json(file.card))
        )
    return tuple(parcels), contents


def digest(models: Sequence[AskedModel]) -> str:
    """Changes when one of the models does."""
    said = hashlib.sha256()
    for model in models:
        for path, card in _files_of(model.reference):
            said.update(hashlib.sha256(path.read_bytes()).digest())
            said.update(card.encode())
    return said.hexdigest()


def _files_of(reference: str) -> list[tuple[Path, str]]:
    """The files of a model or of all networks of a chain, each with its card as JSON, "" where it has none."""
    chain = find_chain(reference)
    found = []
    for part in chain.models if chain is not None else (reference,):
        network = weights_path(part) if chain is not None and part not in card_paths() else None
        if network is not None:  # a network of a chain, which is no model by itself
            found.append((network, ""))
        else:
            file = find_model(part)
            found.append((file.path, "" if file.card is None else card_as_json(file.card)))
    return found


def _shipped(path: Path) -> bool:
    return path.resolve().is_relative_to(models_dir().resolve())


def store(contents: dict[str, bytes]) -> None:
    """Keep models on this machine, each under its hash; what is there already and whole is left alone.

    Raises:
        ModelError: what arrived is not what was sent.
    """
    for sha256, data in contents.items():
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ModelError("a model arrived damaged: its hash is not {sha256}", sha256=sha256)
        path = _place(sha256)
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        part.replace(path)


def unpack(settings: RunSettings, parcels: Sequence[Parcel]) -> RunSettings:
    """The settings with the models of this machine in place of those of the machine that asks.

    Raises:
        ModelError: a model has not arrived.
    """
    places = {parcel.reference: _laid_out(parcel) for parcel in parcels}
    models = tuple(replace(m, reference=str(places.get(m.reference, m.reference))) for m in settings.model)
    return replace(settings, model=models)


def _laid_out(parcel: Parcel) -> Path:
    """The model under its own name, with its card beside it, as a file of a user lies."""
    kept = _place(parcel.sha256)
    if not kept.is_file():
        raise ModelError("the model {name} is not on this worker", name=parcel.name)
    said = hashlib.sha256(f"{parcel.name}\0{parcel.card}".encode()).hexdigest()[:16]
    folder = kept.parent / said
    path = folder / f"{parcel.name}.onnx"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if parcel.card is not None:
            (folder / f"{parcel.name}.json").write_text(parcel.card, encoding="utf-8")
        part = folder / f".{parcel.name}.part"
        part.write_bytes(kept.read_bytes())
        part.replace(path)
    return path


def _place(sha256: str) -> Path:
    return Path(platformdirs.user_cache_dir("vision-app", appauthor=False)) / "batch" / sha256 / "model.onnx"
