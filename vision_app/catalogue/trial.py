"""Runs a model that is to be added on a real picture and on one of noise, and judges what it says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision_app.cards.card import ModelCard
from vision_app.cards.lookup import ModelFile
from vision_app.cards.overrides import Settings, UnsaidError, complete
from vision_app.cards.recipes import RECIPE, RECIPE_FIELDS, RECIPES
from vision_app.engine.loading import saying_what_it_is
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.resources import demo_clip
from vision_app.results.maps import ClassMap, DepthMap, MadePicture
from vision_app.results.values import BoxResult, Classification, ImageU8, Result
from vision_app.runtime import Session
from vision_app.tasks import TaskOptions

_LOWEST = 0.001
_MOST_READINGS = 9
_ALIKE_PX = 1.0
_WORST_SCORE = 1.001


@dataclass(frozen=True, slots=True)
class Trial:
    """How a model did on a real picture and on one of noise.

    Attributes:
        result: what it says about the real picture, with its own thresholds.
        faults: why it cannot be right, a line each; such a model is not added.
        remarks: what looks odd, a line each.
    """

    result: Result
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def real_picture() -> ImageU8:
    """A photo: the first frame of the shipped clip."""
    from vision_app.sources import SourceOptions, open_source

    source = open_source(str(demo_clip()), SourceOptions(), lambda _: None)
    try:
        frame = source.read()
    finally:
        source.close()
    if frame is None:
        raise ModelError(
            "{demo_clip}: the shipped clip cannot be read; reinstall vision-app", demo_clip=demo_clip()
        )
    return frame.image


def noise(size_wh: tuple[int, int]) -> ImageU8:
    """A picture that shows nothing."""
    picture: ImageU8 = np.random.default_rng(0).integers(64, 192, (size_wh[1], size_wh[0], 3), np.uint8)
    return picture


def try_out(model: LoadedModel, picture: ImageU8 | None = None) -> Trial:
    """Run a model on a picture and on noise, and judge what comes.

    Args:
        model: the model.
        picture: a photo; None for the shipped one.

    Raises:
        ModelError: it does not run, or gives what its card does not allow.
    """
    image = real_picture() if picture is None else picture
    result, _ = model.predict(image)
    blank = noise((image.shape[1], image.shape[0]))
    with_all = model.with_options(TaskOptions(conf=_LOWEST)) if isinstance(result, BoxResult) else model
    seen, unseen = with_all.predict(image)[0], with_all.predict(blank)[0]
    verdict = _Verdict()
    _declared(model, verdict)
    if isinstance(seen, BoxResult) and isinstance(unseen, BoxResult):
        _judge_boxes(seen, unseen, verdict)
    elif isinstance(seen, Classification) and isinstance(unseen, Classification):
        _judge_classes(seen, unseen, verdict)
    else:
        _judge_map(seen, unseen, verdict)
    return Trial(result, tuple(verdict.faults), tuple(verdict.remarks))


@dataclass
class _Verdict:
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _declared(model: LoadedModel, verdict: _Verdict) -> None:
    """A file that takes one size only although it says that its sides are free."""
    if model.card.extra.get("fixed_size"):
        height, width = model.card.input.size_hw
        verdict.remarks.append(
            Message(
                "the file says that its sides are free, but runs at {width} x {height} only",
                width=width,
                height=height,
            )
        )


def _judge_boxes(seen: BoxResult, unseen: BoxResult, verdict: _Verdict) -> None:
    scores = np.concatenate([seen.detections.scores, unseen.detections.scores])
    if scores.size and float(scores.max()) > _WORST_SCORE:
        verdict.faults.append(
            Message(
                "its scores reach {float:.3g}, a score is at most 1; output.activation or output.layout "
                "is probably another",
                float=float(scores.max()),
            )
        )
    if not scores.size:
        verdict.remarks.append(
            Message(
                "it found nothing with any score, in a photo nor in noise; files that were made 8 bits wrongly are so: "
                "try it on a picture of what it knows (--try)"
            )
        )
        return
    boxes = seen.detections.xyxy
    sides = boxes[:, 2:] - boxes[:, :2]
    if len(boxes) > 2 and float(np.median(sides.min(axis=1))) < _ALIKE_PX:
        verdict.faults.append(
            Message(
                "most of its boxes are empty or outside the picture; output.layout, output.boxes or input.resize is "
                "probably another"
            )
        )
    elif len(boxes) > 2 and float(np.ptp(boxes, axis=0).max()) < _ALIKE_PX:
        verdict.remarks.append(Message("all its boxes are one and the same"))
    sure = float((unseen.detections.scores > 0.5).sum())
    if sure > 20:
        verdict.remarks.append(Message("it is sure of {sure:.0f} objects in a picture of noise", sure=sure))


def _judge_classes(seen: Classification, unseen: Classification, verdict: _Verdict) -> None:
    if np.allclose(seen.probabilities, unseen.probabilities, atol=1e-6):
        verdict.remarks.append(
            Message(
                "it says the same of a photo and of noise, so it may not see the picture; input.scale, mean and std "
                "may be others"
            )
        )


def _judge_map(seen: Result, unseen: Result, verdict: _Verdict) -> None:
    flat = {
        ClassMap: lambda r: float(np.ptp(r.ids)),
        DepthMap: lambda r: float(np.ptp(r.values)),
        MadePicture: lambda r: float(np.ptp(r.image)),
    }.get(type(seen))
    if flat is not None and flat(seen) == 0 and flat(unseen) == 0:
        verdict.remarks.append(
            Message("it gives one and the same value for every pixel, in a photo and in noise")
        )


# what a file may be ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read a file.

    Attributes:
        said: the fields that were chosen for it, for `--set`; empty where nothing was open.
        card: the card that follows.
    """

    said: Settings
    card: ModelCard


def candidates(session: Session, name: str, settings: Settings) -> list[Candidate]:
    """All ways to read a file that its open questions leave, up to nine.

    Raises:
        UnsaidError: a question is open that has no few answers, such as the names of the classes.
        ModelError: it is no model for pictures.
    """
    try:
        with saying_what_it_is(session.path):
            return [Candidate({}, complete(session, name, settings))]
    except UnsaidError as error:
        found = list(itertools.islice(_answers(session, name, settings, error), _MOST_READINGS))
        if not found:
            raise
        return found


def _answers(session: Session, name: str, settings: Settings, error: UnsaidError) -> Iterator[Candidate]:
    choices: dict[str, Sequence[Any]] = {f: v for f, v in error.choices.items() if f in error.fields}
    if any(f in error.fields for f in RECIPE_FIELDS):
        choices[RECIPE] = [n for n in RECIPES if n != "negative"]
    if "labels" in error.fields and error.classes:
        choices["labels"] = [_shipped_or_numbers(error.classes)]
    choices["input.resize"] = (
        choices.get("input.resize", ["crop"])[:1] if "input.resize" in error.fields else []
    )
    choices = {f: v for f, v in choices.items() if v}
    for values in itertools.product(*choices.values()):
        said = dict(zip(choices, values, strict=True))
        fields = {k: v for k, v in said.items() if k != RECIPE} | dict(RECIPES.get(str(said.get(RECIPE)), {}))
        try:
            card = complete(session, name, {**settings, **fields})
        except ModelError:
            continue
        shown = {f: v for f, v in said.items() if f != "labels" and len(choices[f]) > 1}
        yield Candidate(shown, card)


def _shipped_or_numbers(classes: int) -> Any:
    shipped = {1000: "imagenet-1k", 80: "coco-80"}
    return shipped.get(classes, [f"class {i}" for i in range(classes)])


def contact_sheet(file: Path, found: Sequence[Candidate], picture: ImageU8, most_px: int = 640) -> ImageU8:
    """A picture with what each way of reading a file sees on a photo, a tile each.

    Args:
        file: the .onnx file.
        found: the ways.
        picture: the photo.
        most_px: longer side of a tile, pixels.
    """
    from vision_app.overlay import render

    factor = min(1.0, most_px / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    tiles = []
    for one in found:
        said = ", ".join(f"{k}={v}" for k, v in one.said.items())
        try:
            model = LoadedModel(ModelFile(one.card.name, file, one.card), provider="cpu")
            result, _ = model.predict(picture)
            scaled = result.mapped(_scale(size, picture))
            tile = render(small, [scaled], (said,) if said else ())
        except ModelError as error:
            tile = render(small, [], (said, str(error).rpartition(": ")[2][:70]))
        tiles.append(tile)
    columns = int(np.ceil(np.sqrt(len(tiles))))
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    rows[-1] += [np.zeros_like(small)] * (columns - len(rows[-1]))
    sheet: ImageU8 = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    return sheet


def _scale(size: tuple[int, int], picture: ImageU8) -> Any:
    from vision_app.results.affine import Affine

    return Affine.scale(size[0] / picture.shape[1], size[1] / picture.shape[0])
