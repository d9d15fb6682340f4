"""A model that was trained here takes the place of an earlier version of itself; see `catalogue.publishing`."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import numpy as np

from vision_app.cards.card import ModelCard, card_as_json
from vision_app.cards.lookup import ModelFile, incoming_dir, sha256, user_models_dir
from vision_app.cards.versions import embedded_card
from vision_app.catalogue.publishing import publish
from vision_app.engine.points import TaughtPicture, landmarks_of
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError, disk_reason
from vision_app.locking import model_lock
from vision_app.runtime import Session
from vision_app.sequences.model import SequenceModel, sequence_input
from vision_app.sequences.resampling import Row

_CHECK_WH = (320, 240)


def take_place(fresh: Path, card: ModelCard) -> ModelFile:
    """Move a model to its place in the user's folder, over an earlier one of its name.

    Args:
        fresh: the .onnx file, on the file system of the user's folder; it is gone afterwards.
        card: its card, which is also inside the file.

    Raises:
        ModelError: it cannot run, its own card is another one's, or the disk is full; then nothing has changed.
    """
    inside = embedded_card(fresh)
    if (inside.name, inside.labels) != (card.name, card.labels):
        raise ModelError(
            "{fresh}: the card inside is that of '{name}', not of '{card_name}'",
            fresh=fresh,
            name=inside.name,
            card_name=card.name,
        )
    file = ModelFile(card.name, fresh, card)
    _run_once(file)
    stated = {"bytes": fresh.stat().st_size, "sha256": sha256(fresh)}
    card = dataclasses.replace(card, download=None, extra={**card.extra, "weights": stated})
    new_card = fresh.with_suffix(".json")
    try:
        with model_lock(card.name):
            new_card.write_text(card_as_json(card), encoding="utf-8")
            weights = publish(fresh, new_card, user_models_dir(), card.name, carries_card=True)
    except OSError as error:
        place = user_models_dir() / f"{card.name}.onnx"
        raise ModelError(
            "{place}: the model cannot be saved: {reason}", place=place, reason=disk_reason(error)
        ) from error
    finally:
        new_card.unlink(missing_ok=True)
    return ModelFile(card.name, weights, card)


def _run_once(file: ModelFile) -> None:
    """Refuse a model that does not run."""
    card = file.card
    assert card is not None
    if sequence_input(card) is not None:
        model = SequenceModel(Session(file.path, "cpu"), card)
        model.step(model.start(), Row(0.0, np.zeros(model.input.width, np.float32), True))
        return
    taught = TaughtPicture if landmarks_of(card) is not None else LoadedModel
    taught(file, provider="cpu").warm_up(_CHECK_WH)


def second_name(file: Path, name: str) -> Path:
    """A file under another name in the folder of what is on its way, without a copy where the system can do that.

    Args:
        file: the file.
        name: the other name; one that is there is replaced.

    Raises:
        ModelError: the disk is full.
    """
    target = incoming_dir() / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(file, target)
        except OSError:  # no hard links on this file system
            shutil.copyfile(file, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise ModelError(
            "{target}: cannot be written: {reason}", target=target, reason=disk_reason(error)
        ) from error
    return target
