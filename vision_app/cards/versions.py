"""Where the versions of a model lie that was trained here, and how `name@number` finds one.

The current version lies in the user's folder as any model does; older ones are beside it in
`.versions/<name>/<number>.onnx`, each with its card inside.
"""

from __future__ import annotations

import re
from pathlib import Path

from vision_app.cards.card import CARD_NAME, METADATA_KEY, ModelCard, load_card, parse_card_text
from vision_app.cards.lookup import ModelFile, find_model, user_models_dir
from vision_app.errors import ModelError, VisionError
from vision_app.messages import Message
from vision_app.runtime import Session

REFERENCE = re.compile(rf"(?P<name>{CARD_NAME.pattern})@(?P<number>[0-9]{{1,9}})")


def versions_dir(name: str) -> Path:
    """Folder with the versions of a model that were replaced: `1.onnx`, `2.onnx` and so on, each with its card."""
    return user_models_dir() / ".versions" / name


def older_versions(name: str) -> dict[int, Path]:
    """Number and file of the versions in that folder; the current one may be among them."""
    return {int(path.stem): path for path in versions_dir(name).glob("*.onnx") if path.stem.isdecimal()}


def current_version(name: str) -> int | None:
    """The version of a model that was trained here; None for any other model, or none at all."""
    path = user_models_dir() / f"{name}.onnx"
    if not path.is_file():
        return None
    try:  # between two steps of taking its place a model has the card inside it only
        beside = path.with_suffix(".json")
        card = load_card(beside) if beside.is_file() else embedded_card(path)
    except VisionError:
        return None
    training = card.extra.get("training")
    version = training.get("version") if isinstance(training, dict) else None
    return version if type(version) is int else None


def embedded_card(path: Path) -> ModelCard:
    """The card inside a file.

    Raises:
        ModelError: it cannot be read, or has none.
    """
    text = Session(path, "cpu").metadata.get(METADATA_KEY)
    if text is None:
        raise ModelError("{path}: there is no card in it", path=path)
    return parse_card_text(text, Message("{path}: embedded card", path=path))


def find_version(name: str, number: int) -> ModelFile:
    """A version of a model.

    Raises:
        ModelError: there is no such model or version; names those that there are.
    """
    current, older = current_version(name), older_versions(name)
    if number == current:
        return find_model(name)
    if number in older:
        return ModelFile(name, older[number], embedded_card(older[number]))
    known = sorted({*older, *([] if current is None else [current])})
    if known:
        raise ModelError(
            "'{name}' has no version {number}; it has {known}",
            name=name,
            number=number,
            known=", ".join(map(str, known)),
        )
    find_model(name)  # says when there is no such model at all
    raise ModelError("'{name}' was not trained here: it has no versions", name=name)


def is_taught(card: ModelCard) -> bool:
    """Whether a model was taught on a base by a user; networks that were trained from nothing are no such."""
    return "training" in card.extra and "made_from" in card.extra
