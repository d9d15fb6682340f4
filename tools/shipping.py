"""What the scripts that make shipped weights have in common: tidy files, hashes and cards."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import onnx

from vision_app.cards.card import ModelCard, card_as_json


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tidy(path: Path, maker: str) -> None:
    """Drop the operator sets that no node uses, name what made the file, and check the outcome.

    Args:
        path: the .onnx file, changed in place; its stem becomes the name of the graph.
        maker: the script that made it.
    """
    model = onnx.load(path)
    used = {node.domain for node in model.graph.node}
    if used != {""}:
        raise SystemExit(f"only standard ONNX operators are wanted, got the domains {sorted(used)}")
    opsets = [opset for opset in model.opset_import if opset.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    model.producer_name, model.producer_version = maker, ""
    model.graph.name = path.stem
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def write_card(card: ModelCard, weights: Path) -> None:
    """Write the card beside its weights, with their size and hash in `extra.weights`.

    Shipped weights are downloaded from nowhere, so they have no `download` section.
    """
    facts = {"bytes": weights.stat().st_size, "sha256": sha256_of(weights)}
    card = replace(card, extra={**card.extra, "weights": facts})
    weights.with_suffix(".json").write_text(card_as_json(card), encoding="utf-8")
