"""Rewriting the graph of a model once and keeping what came of it; and making a wide input of a square one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from vision_app.cards.asking import TaskOptions
from vision_app.cards.lookup import ModelFile
from vision_app.engine import rewritten
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.rewritten import Record
from vision_app.errors import ConfigError, ModelError
from vision_app.messages import Message, message_of
from vision_app.results.values import ImageU8
from vision_app.runtime import ThreadPolicy

_PICTURE_WH = (640, 480)
_AS_IT_IS = TaskOptions(no_rewrite=True)
_SQUARE = 40


def rewrite(file: ModelFile, *, again: bool = False) -> Record:
    """Make the graph of a file faster on this machine's CPU, once; what is kept of it is loaded from then on.

    Args:
        file: the model.
        again: do it though there is a record.

    Raises:
        ModelError: the model cannot be used, or nothing can be written.
    """
    known = None if again else rewritten.find(file.path)
    if known is not None and known.fits(file.card):
        return known
    from vision_app.graph import load_model
    from vision_app.graph.rewrites.proving import improved

    model = _original(file)
    pictures = [_feeds(model, picture) for picture in _pictures()]
    # a file without a card is described by all that it gives: none of it may be missing
    read = model.read_names if file.card is not None else ()
    outcome = improved(load_model(file.path), pictures, read)
    content = outcome.content
    refused = outcome.left_alone
    if content is not None and (problem := _not_the_same_model(file, model, content)):
        content, refused = None, problem
    cut = any(step.kept and step.name == "outputs" for step in outcome.steps)
    record = Record(
        tuple(dataclasses.asdict(step) for step in outcome.steps),
        round(outcome.speed, 3),
        round(outcome.load, 3),
        outcome.difference,
        refused,
        card_sha256=rewritten.card_sha256(file.card) if cut else "",
    )
    return rewritten.keep(file.path, "graph", record, content)


def rectangle_of(file: ModelFile) -> Record:
    """The file with a free height and width, made once. Its record has no path where the graph does not allow it.

    Raises:
        ModelError: the model cannot be used, or nothing can be written.
    """
    known = rewritten.find(file.path, "rectangle")
    if known is not None and (known.path is None or known.content() is not None):
        return known
    from vision_app.graph import load_model
    from vision_app.graph.rewrites.freeing import FixedError, PictureAxes, freed
    from vision_app.graph.rewrites.proving import improved

    model = _original(file)
    feeds = [_feeds(model, picture) for picture in _pictures()]
    axes = (1, 2) if model.card.input.layout == "NHWC" else (2, 3)
    at = PictureAxes(model.picture_name, axes, model.card.input.stride)
    try:
        free = freed(load_model(file.path), at, feeds[-1], model.read_names)
    except FixedError as error:
        return rewritten.keep(file.path, "rectangle", Record(refused=message_of(error)), None)
    outcome = improved(free, feeds)
    steps = outcome.steps if outcome.content is not None else ()
    content = outcome.content or free.SerializeToString()
    record = Record(
        tuple(dataclasses.asdict(step) for step in steps),
        round(outcome.speed, 3) if steps else 1.0,
        round(outcome.load, 3) if steps else 1.0,
        outcome.difference if steps else 0.0,
    )
    return rewritten.keep(file.path, "rectangle", record, content)


def takes_rectangles(file: ModelFile) -> bool:
    """Whether the height and width of a model are free already. Its record is asked first, so as not to load it twice.

    Raises:
        ModelError: it cannot be used.
    """
    return rewritten.find(file.path, "rectangle") is None and _original(file).free_hw


def rectangle(file: ModelFile) -> ModelFile:
    """The same model with a free height and width.

    Raises:
        ConfigError: its graph does not allow that; says why.
        ModelError: as `rectangle_of`.
    """
    record = rectangle_of(file)
    if record.path is None:
        raise ConfigError(
            "{name}: no rectangles with this model: {reason}; leave the option rectangle away",
            name=file.name,
            reason=record.refused,
        )
    return dataclasses.replace(file, path=record.path)


def _original(file: ModelFile) -> LoadedModel:
    return LoadedModel(file, _AS_IT_IS, "cpu", ThreadPolicy(intra_op=1))


def _feeds(model: LoadedModel, picture: ImageU8) -> dict[str, Any]:
    return {name: np.array(value) for name, value in model.feeds(picture).items()}


def _pictures() -> tuple[ImageU8, ImageU8]:
    """Noise, and squares of many colours on a slope of light: both the same every time."""
    width, height = _PICTURE_WH
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    rows, columns = np.mgrid[:height, :width]
    squares = np.random.default_rng(1).integers(0, 160, (height // _SQUARE, width // _SQUARE, 3))
    shown = squares[rows // _SQUARE, columns // _SQUARE] + (rows * 90 // height)[..., None]
    return noise, shown.astype(np.uint8)


def _not_the_same_model(file: ModelFile, original: LoadedModel, content: bytes) -> str:
    """Why the program would read the rewritten file otherwise than the original; "" when it does not."""
    try:
        other = LoadedModel(file, _AS_IT_IS, "cpu", ThreadPolicy(intra_op=1), content=content)
    except (ModelError, ConfigError) as error:
        return Message("rewritten, it could not be used: {error}", error=error)
    same = other.card == original.card and other.output_names == original.output_names
    return "" if same else Message("rewritten, its outputs would be read otherwise")
