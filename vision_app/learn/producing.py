"""From a trained head to a model of the catalogue: one ONNX file, compared with what was trained, versions kept."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from vision_app.cards.card import CARD_NAME, METADATA_KEY, ModelCard, OutputSpec, card_as_json
from vision_app.cards.lookup import ModelFile, card_paths, incoming_dir, user_models_dir, weights_path
from vision_app.cards.parts import Part
from vision_app.cards.versions import current_version, older_versions, versions_dir
from vision_app.catalogue.place import name_of
from vision_app.engine.points import LANDMARKS
from vision_app.errors import ConfigError, ModelError, TrainingError, disk_reason
from vision_app.graph import Backbone, save_bytes
from vision_app.learn.calibration import Calibration
from vision_app.learn.head import Head
from vision_app.learn.placing import take_place
from vision_app.locking import model_lock
from vision_app.messages import Message
from vision_app.results.values import FloatArray, ImageU8
from vision_app.runtime import Session
from vision_app.tasks.preprocess import Preprocessor

TRAINING_KEY = "vision_app.training"
"""Key of the ONNX metadata entry with the summary of a training, as JSON."""
LARGEST_DIFFERENCE = 1e-4


def check_name(name: str) -> None:
    """Refuse a name that cannot be that of a new model, before anything is trained.

    A model that was trained here gets a new version; other models are not replaced.

    Raises:
        ConfigError: it has other characters than a name may have, or is too long.
        ModelError: it is the name of a model that was not trained here.
    """
    if CARD_NAME.fullmatch(name) is None:
        raise ConfigError(
            "the name of a model must be lower-case letters, digits, dots, dashes and underscores, "
            "at most 100, got '{name}'; for instance {name_of}",
            name=name,
            name_of=name_of(Path(name + ".onnx")),
        )
    there = weights_path(name)
    if there is None:
        if name in card_paths():
            raise ModelError(
                "'{name}' is the name of another model of the catalogue{flags}",
                name=name,
                flags=Message("; choose another --name"),
            )
        return
    if current_version(name) is None:
        raise ModelError(
            "there is a model '{name}' that was not trained here: {there}{flags}",
            name=name,
            there=there,
            flags=Message("; choose another --name"),
        )


MOST_OLDER_VERSIONS = 20
"""So many versions of a model are kept beside the current one; the oldest goes when another one comes."""


def next_version(name: str) -> int:
    """Number of the version that would be made next."""
    return max([*older_versions(name), current_version(name) or 0]) + 1


def card_of(
    base: ModelCard,
    name: str,
    labels: Sequence[str],
    *,
    calibration: Calibration,
    background: str | None,
    training: Mapping[str, Any],
    title: str = "",
    region: Part | None = None,
) -> ModelCard:
    """The card of a model whose head was trained here.

    Args:
        base: card of the model whose backbone it has; licence and preprocessing are its.
        name: of the new model.
        labels: its classes.
        calibration: temperature and rejection.
        background: the class that means none of the others.
        training: what the card says of the training.
        title: for people; made of the names when empty.
        region: the part of a frame that the samples were cut out of, at which it has to look.
    """
    blocks = training.get("unfrozen_blocks", 0)
    layers = (
        Message("the layers of {name}, the last {blocks} blocks trained on,", name=base.name, blocks=blocks)
        if blocks
        else ""
    )
    notes = Message(
        "Trained here on {samples} samples of {count} classes: {layers} with a new {head} head. "
        "The licence is that of {name}; the labels are yours.",
        samples=training["samples"],
        count=len(labels),
        layers=layers or Message("the frozen layers of {name}", name=base.name),
        head=training["head"],
        name=base.name,
    )
    temperature = None if calibration.temperature == 1.0 else round(calibration.temperature, 6)
    reject_below = calibration.reject_below
    output = OutputSpec(
        "classes",
        "none",
        reject_below=None if reject_below is None else round(reject_below, 6),
        background=background,
        temperature=temperature,
    )
    kept = {key: base.extra[key] for key in ("backbone", LANDMARKS) if key in base.extra}
    return dataclasses.replace(
        base,
        input=dataclasses.replace(base.input, region=region),
        name=name,
        title=title or name,
        output=output,
        labels=tuple(labels),
        download=None,
        published=None,
        keypoints=None,
        notes=notes,
        extra={**kept, "made_from": base.name, "training": dict(training)},
    )


def model_content(
    backbone: Backbone, head: Head, calibration: Calibration, card: ModelCard, summary: Mapping[str, Any]
) -> bytes:
    """The new model as one ONNX file, card and summary of the training inside.

    Args:
        backbone: everything up to the embedding.
        head: what was trained, without temperature.
        calibration: temperature and familiarity.
        card: its card.
        summary: everything that is to be known of the training.

    Raises:
        ModelError: the head cannot be said in the operators of the base model's version.
    """
    scaled = dataclasses.replace(head, temperature=calibration.temperature)
    metadata = {METADATA_KEY: card_as_json(card), TRAINING_KEY: json.dumps(summary, ensure_ascii=False)}
    return backbone.with_head(scaled.layers(), metadata, calibration.familiarity)


def check_content(
    content: bytes,
    base: ModelFile,
    card: ModelCard,
    images: Sequence[ImageU8],
    expected: FloatArray,
    *,
    tensor_of: Callable[[ImageU8], FloatArray] | None = None,
) -> float:
    """Run a new model on pictures and compare it with what was trained.

    Args:
        content: the ONNX file.
        base: the model that it was made of.
        card: its card.
        images: (H, W, 3) uint8 BGR pictures.
        expected: (N, C) probabilities that head and calibration give for them.
        tensor_of: makes of a picture what the model is given; None for the preprocessing of the card.

    Returns:
        The largest difference.

    Raises:
        TrainingError: it is not the same model.
    """
    session = Session(base.path, "cpu", content=content)
    preprocessor = Preprocessor(card.input)
    largest = 0.0
    for image, wanted in zip(images, expected, strict=True):
        tensor = tensor_of(image) if tensor_of else preprocessor.prepare(image, card.input.size_hw)[0]
        got = session.run_single(tensor)
        if got.shape != (1, len(wanted)) or not np.isfinite(got).all():
            raise TrainingError(
                "the finished model gives {shape}, expected (1, {count}) finite numbers",
                shape=got.shape,
                count=len(wanted),
            )
        largest = max(largest, float(np.abs(got[0] - wanted).max()))
    if largest > LARGEST_DIFFERENCE:
        raise TrainingError(
            "the finished model differs from what was trained by {largest:.1e} in a probability; at "
            "most {largest_difference:g} is allowed: nothing was registered",
            largest=largest,
            largest_difference=LARGEST_DIFFERENCE,
        )
    return largest


def publish(content: bytes, card: ModelCard) -> ModelFile:
    """Put a finished model into the catalogue; the version that was there is kept beside it.

    At each moment there is a whole model of that name: the old one, then the new one.

    Args:
        content: the ONNX file, with this card inside.
        card: its card, whose `extra.training.version` is the number of the version.

    Raises:
        ModelError: the disk is full, or the name is that of another model.
    """
    folder = incoming_dir()
    fresh = folder / f"trained-{card.name}-{os.getpid()}.onnx"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(
            "{folder}: cannot be written: {reason}", folder=folder, reason=disk_reason(error)
        ) from error
    _clear_leftovers(folder)
    try:
        save_bytes(content, fresh)
        check_name(card.name)
        with model_lock(card.name):
            keep_current(card.name)
        return take_place(fresh, card)
    finally:
        fresh.unlink(missing_ok=True)


def keep_current(name: str) -> Path | None:
    """Give the current version a second place among the older ones. It stays where it is.

    Returns:
        Where it is kept; None when there is no version to keep.

    Raises:
        ModelError: the disk is full.
    """
    version = current_version(name)
    if version is None:
        return None
    source, folder = user_models_dir() / f"{name}.onnx", versions_dir(name)
    target = folder / f"{version}.onnx"
    if target.is_file():
        return target
    part = folder / f".{version}.onnx.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)  # no second copy: the new model takes the name, not the file
        except FileExistsError:
            pass
        except OSError:  # no hard links on this file system
            shutil.copyfile(source, part)
            part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ModelError(
            "{folder}: the old version cannot be kept: {reason}", folder=folder, reason=disk_reason(error)
        ) from error
    for path in _older_than_the_newest(folder, MOST_OLDER_VERSIONS):
        with suppress(OSError):
            path.unlink()
    return target


def _older_than_the_newest(folder: Path, count: int) -> list[Path]:
    """Older versions beyond so many of the newest."""
    numbered = [(int(p.stem), p) for p in folder.glob("*.onnx") if p.stem.isdecimal()]
    return [path for _, path in sorted(numbered)[:-count]]


def _clear_leftovers(folder: Path) -> None:
    """Remove what trainings that were killed have left; those that run now are let alone."""
    for path in [*folder.glob("trained-*"), *folder.glob(".trained-*")]:
        owner = re.search(r"-(\d+)\.(?:onnx|json)", path.name)
        if owner is not None and not _is_running(int(owner[1])):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name == "nt":
        return False  # a file that is in use cannot be deleted there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
