"""Which models there are, and where their cards and weights lie on disk."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from vision_app.cards.card import ModelCard, load_card
from vision_app.cards.chain import CHAIN_SUFFIX, ChainCard, load_chain
from vision_app.documents import DocumentError, read_text
from vision_app.errors import ModelError
from vision_app.messages import Message, listed, message_of
from vision_app.paths import path_of
from vision_app.resources import models_dir

MODELS_VARIABLE = "VISION_APP_MODELS"
DEFAULT_MODEL = "nanodet-g-int8"
"""What looks at a source when no model is asked for. Why: docs/decisions/0022-a-detector-first.md."""
DEFAULT_CLASSIFIER = "efficientnet-lite0"
"""What is explained, taught on or taken apart when no model is asked for."""
FOLLOWED_AT_FIRST = "hands-lite"
"""What a window that was never opened before runs beside the default model."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Weights on disk, with their card when there is one outside the file.

    Attributes:
        name: name of the model: the card's, else the file's.
        path: the .onnx file.
        card: the card; None when the file has to describe itself.
    """

    name: str
    path: Path
    card: ModelCard | None


def user_models_dir() -> Path:
    """Folder of the user's own and downloaded models; the environment variable overrides it."""
    override = os.environ.get(MODELS_VARIABLE)
    return path_of(override) if override else platformdirs.user_data_path("vision-app") / "models"


def incoming_dir() -> Path:
    """Folder beside the user's models for what is on its way: partial downloads, copies, locks."""
    return user_models_dir() / ".incoming"


def model_folders() -> tuple[Path, ...]:
    """Folders with cards and weights; a model in an earlier one hides its namesake in a later one."""
    return user_models_dir(), models_dir()


def card_paths() -> dict[str, Path]:
    """Name of every model that has a card, and the card's path, in order of the names."""
    found: dict[str, Path] = {}
    for folder in model_folders():
        for path in _card_files(folder):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def chain_paths() -> dict[str, Path]:
    """Name of every chain of models, and its card's path, in order of the names. A model hides a chain of its name."""
    found: dict[str, Path] = {}
    for folder in model_folders():
        if folder.is_dir():
            for path in sorted(folder.glob(f"*{CHAIN_SUFFIX}")):
                found.setdefault(path.name.removesuffix(CHAIN_SUFFIX), path)
    models = card_paths()
    return {name: path for name, path in sorted(found.items()) if name not in models}


def find_chain(reference: str) -> ChainCard | None:
    """The card of a chain, by its name or file; None when it is none.

    Raises:
        ModelError: it is one, and cannot be used.
    """
    path = path_of(reference)
    if path.name.endswith(CHAIN_SUFFIX) and path.is_file():
        return load_chain(path)
    known = chain_paths()
    return load_chain(known[reference]) if reference in known else None


def _card_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        found = (p for p in folder.glob("*.json") if not p.name.endswith(CHAIN_SUFFIX))
        yield from sorted(p for p in found if p.is_file())


def weights_path(name: str) -> Path | None:
    """The weights of a model in the catalogue, or None when they are not on this disk."""
    for folder in model_folders():
        path = folder / f"{name}.onnx"
        if path.is_file():
            return path
    return None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model of the catalogue, on this disk or not.

    Attributes:
        name: its name.
        card: its card; None for weights without a card file, or when the card is not readable.
        weights: its weights; None when they are not on this disk.
        shipped: the weights came with the program.
        problem: what is wrong with the card, else "".
        chain: the card of a chain of models, which has no weights of its own.
    """

    name: str
    card: ModelCard | None
    weights: Path | None
    shipped: bool = False
    problem: str = ""
    chain: ChainCard | None = None

    @property
    def about(self) -> ModelCard | ChainCard | None:
        """What it is: the card of the model or of the chain."""
        return self.card or self.chain

    @property
    def installed(self) -> bool:
        """Whether the weights are on this disk; of a chain, those of all its models."""
        if self.chain is not None:
            return all(weights_path(name) is not None for name in self.chain.models)
        return self.weights is not None

    @property
    def place(self) -> str | None:
        """`shipped`, `installed`, or None."""
        if not self.installed:
            return None
        return "shipped" if self.shipped else "installed"

    @property
    def advice(self) -> str:
        """In words how it comes onto this disk; "" where nothing is known of it."""
        if self.chain is not None:
            return how_to_get_chain(self.chain)
        return "" if self.card is None else how_to_get(self.card)

    @property
    def source(self) -> str:
        """Where the model is from: the host of the download, else the page of its authors."""
        if self.about is None:
            return ""
        download = None if self.card is None else self.card.download
        address = download.url if download else self.about.origin_url
        try:
            return urlsplit(address).hostname or ""
        except ValueError:  # a card may call anything its origin
            return ""

    @property
    def stated(self) -> tuple[int, str] | None:
        """Size in bytes and SHA-256 that the card states, None when it states none."""
        return None if self.card is None else known_weights(self.card)

    @property
    def stated_bytes(self) -> int | None:
        """Size that the card states, else that of the file."""
        if self.stated is not None:
            return self.stated[0]
        return self.weights.stat().st_size if self.weights else None

    def as_record(self) -> dict[str, Any]:
        """The entry as an object of `models list --json`.

        Size and hash are those that the card states, else those of the file, else None.
        """
        card, about = self.card, self.about
        sha = self.stated[1] if self.stated else (sha256(self.weights) if self.weights else None)
        return {
            "name": self.name,
            "title": about.title if about else self.name,
            "family": about.family if about else None,
            "task": about.task if about else None,
            "year": about.year if about else None,
            "installed": self.installed,
            "place": self.place,
            "path": str(self.weights) if self.weights else None,
            "licence": about.licence if about else None,
            "bytes": self.stated_bytes,
            "sha256": sha,
            "url": shown_url(card.download.url) if card and card.download else None,
            "origin_url": (about.origin_url or None) if about else None,
            "models": list(self.chain.models) if self.chain else None,
        }


def entries() -> list[CatalogueEntry]:
    """All models of the catalogue in order of their names; a card that cannot be read is an entry too."""
    cards = card_paths()
    names = set(cards)
    for folder in model_folders():
        if folder.is_dir():
            names.update(p.stem for p in folder.glob("*.onnx") if p.is_file())
    chains = [_chain_entry(name, path) for name, path in chain_paths().items() if name not in names]
    found = [_entry(name, cards.get(name)) for name in names]
    return sorted([*found, *chains], key=lambda entry: entry.name)


def _chain_entry(name: str, path: Path) -> CatalogueEntry:
    shipped = path.parent == models_dir()
    try:
        return CatalogueEntry(name, None, None, shipped, chain=load_chain(path))
    except ModelError as error:
        return CatalogueEntry(name, None, None, shipped, message_of(error))


def _entry(name: str, card_path: Path | None) -> CatalogueEntry:
    weights = weights_path(name)
    shipped = weights is not None and weights.parent == models_dir()
    if card_path is None:
        return CatalogueEntry(name, None, weights, shipped)
    try:
        return CatalogueEntry(name, _named_card(name, card_path), weights, shipped)
    except ModelError as error:
        return CatalogueEntry(name, None, weights, shipped, message_of(error))


def _named_card(name: str, card_path: Path) -> ModelCard:
    card = load_card(card_path)
    if card.name != name:
        raise ModelError(
            "{card_path}: name must be '{name}' as the file is called, got '{card_name}'",
            card_path=card_path,
            name=name,
            card_name=card.name,
        )
    return card


def find_model(reference: str) -> ModelFile:
    """Find a model by name or by file.

    Args:
        reference: a name of the catalogue, `name@number` for a version of a model that was trained here, or a path
            of an .onnx file.

    Raises:
        ModelError: it is unknown, or not on this disk; says how to get it.
    """
    if not reference.strip("./ "):
        raise ModelError("'{reference}' is neither a model's name nor an .onnx file", reference=reference)
    path = path_of(reference)
    names = card_paths()
    if reference in names:
        return _from_catalogue(reference, names[reference])
    if "@" in reference and not path.exists():
        from vision_app.cards import versions  # late: it stands on this module

        if found := versions.REFERENCE.fullmatch(reference):
            return versions.find_version(found["name"], int(found["number"]))
    chain = find_chain(reference)
    if chain is not None:
        raise ModelError(
            "'{name}' is a chain of the models {models}: it can be run with --model, what is asked "
            "here needs one model",
            name=chain.name,
            models=", ".join(chain.models),
        )
    if path.exists() or path.suffix or len(path.parts) > 1:
        return _from_file(path)
    weights = weights_path(reference)
    if weights is not None:
        return _from_file(weights)
    raise unknown_model(reference, (*names, *chain_paths()))


def find_card(name: str) -> ModelCard:
    """The card of a model of the catalogue, whether its weights are on this disk or not.

    Raises:
        ModelError: there is no such model, or its card cannot be used.
    """
    names = card_paths()
    if name not in names:
        raise unknown_model(name, names)
    return _named_card(name, names[name])


def unknown_model(reference: str, names: Iterable[str]) -> ModelError:
    """The error for a name that is none, with those that are like it."""
    known = list(names)
    near = difflib.get_close_matches(reference.lower(), known, n=3)
    hint = (
        Message("did you mean {near}?", near=", ".join(near))
        if near
        else Message("known: {known}; or give an .onnx file", known=", ".join(known))
    )
    return ModelError("no model is called '{reference}'; {hint}", reference=reference, hint=hint)


def _from_catalogue(name: str, card_path: Path) -> ModelFile:
    card = _named_card(name, card_path)
    weights = weights_path(name)
    if weights is None:
        raise ModelError("model '{name}' is not on this disk; {advice}", name=name, advice=how_to_get(card))
    return ModelFile(name, weights, card)


def how_to_get(card: ModelCard) -> str:
    """In words how the weights of a card come onto this disk."""
    if card.download is None:
        return card.notes or Message(
            "bring its ONNX file: vision-app models add FILE --name {name}", name=card.name
        )
    size = f"{card.download.bytes / 1e6:.1f} MB"
    return Message(
        "vision-app models pull {name} gets it ({size}, licence {licence}, from {url})",
        name=card.name,
        size=size,
        licence=card.licence,
        url=shown_url(card.download.url),
    )


def how_to_get_chain(chain: ChainCard) -> str:
    """In words how the models of a chain that are missing come onto this disk."""
    missing = [name for name in chain.models if weights_path(name) is None]
    known = card_paths()
    ways = []
    for name in missing:
        try:
            ways.append(f"{name}: {how_to_get(_named_card(name, known[name]))}")
        except (KeyError, ModelError):
            ways.append(Message("{name}: vision-app models add FILE --name {name}", name=name))
    return (
        Message("it needs {count} more models: {ways}", count=len(missing), ways=listed(ways, "; "))
        if ways
        else Message("all its models are on this disk")
    )


def shown_url(url: str) -> str:
    """An address as it may be shown: without credentials."""
    from vision_app.sources.urls import source_id

    return source_id(url)


def _from_file(path: Path) -> ModelFile:
    if not path.exists():
        raise ModelError("no such model file: {path}", path=path)
    beside = path.with_suffix(".json")
    if beside.is_file():
        card = load_card(beside)
        return ModelFile(card.name, path, card)
    known = _card_by_hash(path)
    return ModelFile(known.name if known else path.stem, path, known)


def _card_by_hash(path: Path) -> ModelCard | None:
    """The catalogue's card of exactly this file; it is hashed only when its size is that of one."""
    size = path.stat().st_size
    text = f'"bytes": {size}'
    for card_path in card_paths().values():
        try:  # a card that cannot be read is not the one of this file
            if text not in read_text(card_path):
                continue
            card = load_card(card_path)
        except (FileNotFoundError, DocumentError, ModelError):
            continue
        if (size, sha256(path)) == known_weights(card):
            return card
    return None


def known_weights(card: ModelCard) -> tuple[int, str] | None:
    """Size in bytes and SHA-256 that the weights of a card must have, None when it does not say.

    A download states them; weights that are downloaded from nowhere have them in `extra.weights`.
    """
    if card.download is not None:
        return card.download.bytes, card.download.sha256
    weights = card.extra.get("weights")
    if isinstance(weights, dict) and isinstance(weights.get("sha256"), str):
        return weights.get("bytes", 0), weights["sha256"]
    return None


def sha256(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
