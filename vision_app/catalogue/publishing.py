"""The one way in which a model and its card get their place in a folder: both, or neither.

Weights and card are two files, and only one can be renamed at a time. New weights never stand beside an old card, nor
old weights beside a new one: they would be read wrongly. Two ways lead there:

- Weights that carry their card inside are whole without the one beside them. The old card goes, the new weights take
  the old ones' place in a single step, the new card comes: at no moment is there no model.
- Other weights: both old files go out of the way, the new card comes, then the weights; for a moment there is a card
  without weights, which is a model that is not installed.

Whatever fails on the way, what was there before is there again.
"""

from __future__ import annotations

from pathlib import Path


def publish(weights: Path, card: Path | None, folder: Path, name: str, *, carries_card: bool = False) -> Path:
    """Move a model to its place, over an earlier one of its name.

    Args:
        weights: the .onnx file, on the file system of the folder.
        card: its card; None when the one that is there stays.
        folder: where they go.
        name: what they are called there.
        carries_card: the weights have their card inside.

    Returns:
        The weights in their place.

    Raises:
        OSError: the disk does not allow it; what was there before is there again.
    """
    place, beside = folder / f"{name}.onnx", folder / f"{name}.json"
    if carries_card and card is not None:
        _over(weights, card, place, beside)
    else:
        _aside({weights: place} if card is None else {weights: place, card: beside})
    return place


def _over(weights: Path, card: Path, place: Path, beside: Path) -> None:
    old_card = beside.read_bytes() if beside.is_file() else None
    beside.unlink(missing_ok=True)
    try:
        weights.replace(place)
    except OSError:
        if old_card is not None:
            beside.write_bytes(old_card)
        raise
    card.replace(beside)


def _aside(places: dict[Path, Path]) -> None:
    undo: list[tuple[Path, Path]] = []
    try:
        for new, place in places.items():  # out of the way first
            if place.is_file():
                kept = new.with_name(f"before-{new.name}")
                place.replace(kept)
                undo.append((kept, place))
        for new, place in reversed(places.items()):
            new.replace(place)
    except OSError:
        for place in list(places.values())[1:]:
            place.unlink(missing_ok=True)
        for kept, place in reversed(undo):
            kept.replace(place)
        raise
