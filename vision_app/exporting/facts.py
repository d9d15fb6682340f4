"""What a card says beyond its input and output: family, year, size, published figures, how it was made."""

from __future__ import annotations

import dataclasses
from importlib import metadata
from typing import Any

from vision_app.cards.card import ModelCard, Published, load_card
from vision_app.exporting.base import Built, ExportRequest
from vision_app.exporting.counting import count
from vision_app.exporting.families import family_of
from vision_app.resources import models_dir

RANDOM_NOTE = "Random weights (seed {seed}): this network has learnt nothing, and its answers mean nothing."


def complete(card: ModelCard, built: Built, request: ExportRequest, library: str, base: str) -> ModelCard:
    """The card with everything that is known about the network.

    Args:
        card: what the library says.
        built: the network.
        request: what was asked for.
        library: name of the library.
        base: the network's name in the catalogue's spelling, whatever name the user gave.
    """
    known = _catalogue_card(base)
    family = family_of(base)
    random = request.random_weights
    title = known.title if known else card.title
    return dataclasses.replace(
        card,
        title=f"{title} (random weights)" if random else title,
        family=known.family if known else (family.name if family else card.family or "unknown"),
        year=known.year if known else (family.year if family else card.year),
        published=_published(card, built, known, random=random),
        notes=_notes(built, library, request),
    )


def _catalogue_card(name: str) -> ModelCard | None:
    """The shipped card of a network, which describes its architecture whichever weights it has."""
    path = models_dir() / f"{name}.json"
    return load_card(path) if path.is_file() else None


def _published(card: ModelCard, built: Built, known: ModelCard | None, *, random: bool) -> Published:
    """Accuracy of exactly these weights, and the size: as published, or counted."""
    figures = known.published if known else None
    counted = count(built.network, card.input.size_hw, with_depth=built.count_depth)
    same_weights = known is not None and not random and _describes(known, built)
    top1 = built.top1 if built.top1 is not None or not same_weights or not figures else figures.top1
    ap = figures.ap if figures and same_weights else None
    said = "top-1; " if top1 is not None else "AP on COCO val2017; " if ap is not None else ""
    depth = ", layers with weights on the longest path" if counted.depth else ""
    return Published(
        source=f"{built.origin} ({said}parameters, multiply-adds{depth} are counted)",
        top1=top1,
        ap=ap,
        params=counted.params,
        macs=counted.macs,
        depth=counted.depth,
    )


def _describes(known: ModelCard, built: Built) -> bool:
    """Whether the catalogue's accuracy is that of these weights: its notes name them."""
    return built.weights in known.notes


def _notes(built: Built, library: str, request: ExportRequest) -> str:
    if request.random_weights:
        return RANDOM_NOTE.format(seed=request.seed)
    return f"Exported from {library} {metadata.version(library)}, weights {built.weights}."


def provenance(
    built: Built, request: ExportRequest, library: str, model: str, difference: float
) -> dict[str, Any]:
    """How the file was made, for the card's `extra.export`."""
    record: dict[str, Any] = {
        "library": f"{library} {metadata.version(library)}",
        "model": model,
        "weights": built.weights,
        "torch": metadata.version("torch"),
        "max_difference": float(f"{difference:.3g}"),
    }
    if request.random_weights:
        record["seed"] = request.seed
    return record
