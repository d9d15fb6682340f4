"""The pictures on which an export is compared with its library: of the shipped clip, and of the user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vision_app.cards.card import InputSpec
from vision_app.resources import demo_clip
from vision_app.results.values import FloatArray, ImageU8
from vision_app.sources import Report, open_source
from vision_app.tasks.preprocess import Preprocessor, smallest_rectangle

FROM_CLIP = 8
_MOST_PHOTOS = 64


def pictures(photos: Path | None, report: Report) -> tuple[ImageU8, ...]:
    """Eight frames spread over the shipped clip, and the user's photos.

    Args:
        photos: a folder of pictures; None for the clip alone.
        report: told of pictures that cannot be read.

    Raises:
        SourceError: a photo or the clip cannot be read.
    """
    found = _from_clip(report)
    if photos is not None:
        found += list(_frames(str(photos), report))[:_MOST_PHOTOS]
    return tuple(found)


def _frames(spec: str, report: Report) -> Iterator[ImageU8]:
    with open_source(spec, report=report) as source:
        while (frame := source.read()) is not None:
            yield frame.image


def _from_clip(report: Report) -> list[ImageU8]:
    """The first frame, the last, and others at equal distances. It is read twice: all at once would fill 1.5 GB."""
    spec = str(demo_clip())
    count = sum(1 for _ in _frames(spec, report))
    chosen = set(np.linspace(0, count - 1, FROM_CLIP).round().astype(int).tolist())
    return [image for i, image in enumerate(_frames(spec, report)) if i in chosen]


def tensors(images: Sequence[ImageU8], spec: InputSpec, *, free_hw: bool) -> list[FloatArray]:
    """One (1, 3, h, w) tensor a picture, as the engine makes it.

    Every second picture of a model of free size gets the smallest rectangle instead of the full size, so
    that both are compared.
    """
    preprocessor = Preprocessor(spec)
    made = []
    for i, image in enumerate(images):
        size_hw = spec.size_hw
        if free_hw and i % 2:
            size_hw = smallest_rectangle(spec, (image.shape[1], image.shape[0]), size_hw)
        made.append(preprocessor.prepare(image, size_hw)[0].copy())
    return made


def batch_of(images: Sequence[ImageU8], spec: InputSpec) -> FloatArray:
    """The first eight pictures as one (N, 3, h, w) tensor of the full size."""
    return np.concatenate(tensors(images[:FROM_CLIP], spec, free_hw=False))
