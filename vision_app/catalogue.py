"""Which models there are, and where their cards and weights lie on disk."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vision_app.cards import ModelCard, load_card
from vision_app.errors import ModelError
from vision_app.resources import models_dir

MODELS_VARIABLE = "VISION_APP_MODELS"
DEFAULT_MODEL = "efficientnet-lite0"


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
    return Path(override).expanduser() if override else platformdirs.user_data_path("vision-app") / "models"


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


def _card_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(p for p in folder.glob("*.json") if p.is_file())


def weights_path(name: str) -> Path | None:
    """The weights of a model in the catalogue, or None when they are not on this disk."""
    for folder in model_folders():
        path = folder / f"{name}.onnx"
        if path.is_file():
            return path
    return None


def find_model(reference: str) -> ModelFile:
    """Find a model by name or by file.

    Args:
        reference: a name of the catalogue, or a path of an .onnx file.

    Raises:
        ModelError: it is unknown, or not on this disk; says how to get it.
    """
    path = Path(reference).expanduser()
    names = card_paths()
    if reference in names:
        return _from_catalogue(reference, names[reference])
    if path.exists() or path.suffix or len(path.parts) > 1:
        return _from_file(path)
    weights = weights_path(reference)
    if weights is not None:
        return _from_file(weights)
    near = difflib.get_close_matches(reference.lower(), names, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(names)}; or give an .onnx file"
    raise ModelError(f"no model is called '{reference}'; {hint}")


def _from_catalogue(name: str, card_path: Path) -> ModelFile:
    card = load_card(card_path)
    if card.name != name:
        raise ModelError(f"{card_path}: name must be '{name}' as the file is called, got '{card.name}'")
    weights = weights_path(name)
    if weights is None:
        raise ModelError(f"model '{name}' is not on this disk; {how_to_get(card)}")
    return ModelFile(name, weights, card)


def how_to_get(card: ModelCard) -> str:
    """In words how the weights of a card come onto this disk."""
    target = user_models_dir() / f"{card.name}.onnx"
    if card.download is None:
        return card.notes or f"bring its ONNX file to {target}"
    size = f"{card.download.bytes / 1e6:.1f} MB"
    return f"download {card.download.url} ({size}, licence {card.licence}) to {target}"


def _from_file(path: Path) -> ModelFile:
    if not path.exists():
        raise ModelError(f"no such model file: {path}")
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
        if text not in card_path.read_text(encoding="utf-8"):
            continue
        card = load_card(card_path)
        if (size, sha256(path)) == known_weights(card):
            return card
    return None


def known_weights(card: ModelCard) -> tuple[int, str] | None:
    """Size in bytes and SHA-256 that the weights of a card must have: of the download, else of the shipped file."""
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
