"""Putting a finished model into a folder: all of it or nothing, and never over another one unasked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vision_app import scratch
from vision_app.cards.card import CARD_NAME, ModelCard, card_as_json
from vision_app.cards.lookup import card_paths, incoming_dir, sha256, weights_path
from vision_app.catalogue.place import install
from vision_app.catalogue.publishing import publish
from vision_app.errors import ConfigError, ModelError, disk_reason
from vision_app.graph import embed_card

RANDOM_SUFFIX = "-random"


def catalogue_name(model: str, *, random_weights: bool) -> str:
    """Our spelling of a library's model, or of a file.

    >>> catalogue_name("vit_tiny_patch16_224", random_weights=True)
    'vit-tiny-patch16-224-random'
    """
    stem = Path(model).stem if model.endswith((".pt", ".pth")) else model
    name = re.sub(r"[^a-z0-9.-]+", "-", stem.lower()).strip("-.")[:80]
    return (name or "model") + (RANDOM_SUFFIX if random_weights else "")


def check_name(name: str) -> str:
    """Refuse what is no name of a model: it becomes the name of a file.

    Raises:
        ConfigError: it has other characters, or is too long.
    """
    if CARD_NAME.fullmatch(name) is None:
        raise ConfigError(
            "--name must be lower-case letters, digits, dots, dashes and underscores, at most 100, "
            "got '{name}'",
            name=name,
        )
    return name


def check_free(folder: Path | None, name: str, *, overwrite: bool) -> None:
    """Refuse to replace a model, before anything is built.

    Args:
        folder: where the model is to go; None for the user's models.
        name: its name.
        overwrite: the user allows it.

    Raises:
        ModelError: there is one.
    """
    if folder is None:
        there = weights_path(name)
    else:
        there = next((p for p in (folder / f"{name}.onnx", folder / f"{name}.json") if p.exists()), None)
    if there is not None and not overwrite:
        raise ModelError("{there} exists; choose another --name, or allow it with --overwrite", there=there)


@contextmanager
def scratch_folder(folder: Path | None) -> Iterator[Path]:
    """An empty folder on the file system of the target, removed afterwards.

    Args:
        folder: where the model is to go; None for the user's models.

    Raises:
        ModelError: nothing can be written there.
    """
    target = folder or incoming_dir()
    with ExitStack() as stack:
        try:
            path = stack.enter_context(scratch.scratch_folder(target, "export"))
        except OSError as error:
            raise ModelError(
                "{target} cannot be written: {reason}; choose another folder with --output",
                target=target,
                reason=disk_reason(error),
            ) from error
        yield path


def place(made: Path, card: ModelCard, folder: Path | None, *, overwrite: bool) -> tuple[Path, ModelCard]:
    """Give a finished model its place, with its card inside the file and beside it.

    Args:
        made: the ONNX file, on the same file system.
        card: its card.
        folder: where it goes; None to register it with the user's models.
        overwrite: replace a model that has appeared meanwhile.

    Returns:
        The file, and the card with its size and hash.

    Raises:
        ModelError: it cannot be written, or has no place.
    """
    embed_card(made, card, made)
    if folder is None:
        # the catalogue's card of other weights, which are not on this disk, gives way to the card of these
        hides_card_only = card.name in card_paths() and weights_path(card.name) is None
        installed = install(made, card, overwrite=overwrite or hides_card_only)
        return installed.path, installed.card or card
    stated = {"bytes": made.stat().st_size, "sha256": sha256(made)}
    card = dataclasses.replace(card, extra={**card.extra, "weights": stated})
    check_free(folder, card.name, overwrite=overwrite)
    written = made.with_suffix(".json")
    try:
        written.write_text(card_as_json(card), encoding="utf-8")
        weights = publish(made, written, folder, card.name, carries_card=True)
    except OSError as error:
        place = folder / f"{card.name}.onnx"
        raise ModelError(
            "{place} cannot be written: {reason}", place=place, reason=disk_reason(error)
        ) from error
    return weights, card
