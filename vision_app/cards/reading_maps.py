"""Kinds of files whose one output says something of every pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.readings import (
    Reading,
    Rule,
    Seen,
    are_scores,
    are_whole,
)
from vision_app.cards.recipes import RECIPE_FIELDS
from vision_app.messages import Message

_MAP_SCALES = (1, 2, 4, 8)
_MOST_ENLARGED = 8
_MOST_CLASSES_A_PIXEL = 254


def _maps(seen: Seen) -> Iterator[Reading]:
    """Maps as large as the input, a whole part of it, or a whole multiple."""
    if seen.only is None or seen.only[1].ndim not in (3, 4) or seen.only[1].shape[0] != 1:
        return
    array = seen.only[1][0]
    planes = array[None] if array.ndim == 2 else array
    if _size_of(planes.shape[1:], seen) is None and _size_of(planes.shape[:2], seen) is not None:
        planes = planes.transpose(2, 0, 1)
    times = _size_of(planes.shape[1:], seen)
    if times is None or not planes.size:
        return
    count = len(planes)
    if array.dtype.kind in "iub" or (count == 1 and are_whole(planes) and float(planes.max()) > 1):
        classes = int(planes.max()) + 1
        if count == 1 and float(planes.min()) >= 0 and classes <= _MOST_CLASSES_A_PIXEL:
            yield _semantic("class-ids", max(2, classes), "none", ("labels",))
    elif count == 1:
        yield from _one_map(planes[0], times)
    elif count == 3 and not bool(np.allclose(planes.sum(axis=0), 1, atol=1e-2)):
        yield from _picture_or_three_classes(planes, times)
    elif times <= 1 and count <= _MOST_CLASSES_A_PIXEL:
        yield _semantic("class-scores", count, "none", ())


def _size_of(hw: tuple[int, ...], seen: Seen) -> float | None:
    """How many times as large as the input a map is; None for one of another shape."""
    if len(hw) != 2:
        return None
    height, width = seen.size_hw
    for k in _MAP_SCALES:
        if abs(hw[0] * k - height) < k and abs(hw[1] * k - width) < k:
            return 1 / k
    for k in range(2, _MOST_ENLARGED + 1):
        if hw == (height * k, width * k):
            return float(k)
    return None


def _one_map(values: NDArray[Any], times: float) -> Iterator[Reading]:
    """One number a pixel: how sure it belongs to something, how far away it is, or how light it is."""
    low, high = float(values.min()), float(values.max())
    if times > 1:
        yield from _picture_of(values[None])
        return
    if are_scores(values):
        yield _semantic("class-scores", 1, "none", ())
        yield _depth("inverse-depth")
    elif low < 0 < high:
        yield _semantic("class-scores", 1, "sigmoid", ())
        yield _depth("inverse-depth")
    else:
        yield _depth("inverse-depth")
        yield _depth("metres")


def _depth(layout: str) -> Reading:
    return Reading(
        "depth", layout, 1, input={"resize": "squash"}, family=Message("depth network"), open=RECIPE_FIELDS
    )


def _semantic(layout: str, classes: int, activation: str, open_: tuple[str, ...]) -> Reading:
    return Reading(
        "semantic",
        layout,
        classes,
        output={"activation": activation},
        input={"resize": "squash"},
        family=Message("semantic segmentation"),
        open=(*RECIPE_FIELDS, *open_),
    )


def _picture_or_three_classes(planes: NDArray[Any], times: float) -> Iterator[Reading]:
    if times >= 1:
        yield from _picture_of(planes)
    if times <= 1:
        yield _semantic("class-scores", 3, "none", ())


def _picture_of(planes: NDArray[Any]) -> Iterator[Reading]:
    """A picture by the range of its pixels; the patches that were shown reach from 0 to 255."""
    low, high = np.percentile(planes, (1, 99))
    layout = "image-255" if high > 2.5 else "image-signed" if low < -0.25 else "image-unit"
    scale = {"image-255": 1.0, "image-unit": 1 / 255, "image-signed": 1 / 255}[layout]
    how: dict[str, Any] = {"scale": scale, "resize": "squash"}
    if layout == "image-signed":
        how |= {"mean": [0.5] * 3, "std": [0.5] * 3}
    yield Reading("image", layout, 1, input=how, family=Message("picture to picture"))


MAPS: tuple[Rule, ...] = (_maps,)
