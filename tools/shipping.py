"""What the scripts that make shipped weights have in common: hashes and cards."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from vision_app.cards import ModelCard, card_as_json


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(card: ModelCard, weights: Path) -> None:
    """Write the card beside its weights, with their size and hash in `extra.weights`.

    Shipped weights are downloaded from nowhere, so they have no `download` section.
    """
    facts = {"bytes": weights.stat().st_size, "sha256": sha256_of(weights)}
    card = replace(card, extra={**card.extra, "weights": facts})
    weights.with_suffix(".json").write_text(card_as_json(card), encoding="utf-8")
