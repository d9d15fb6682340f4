"""Runs a file that says nothing of itself once, so that what it gives can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.inputs import PictureInput, known_inputs
from vision_app.cards.readings import Seen
from vision_app.errors import ModelError
from vision_app.runtime import Session

_SIZES = (640, 416, 320, 224, 256, 512)
"""Sides that are tried where a file leaves its size open."""
_SEED = 7


def look(session: Session, picture: PictureInput, size_hw: tuple[int, int] | None = None) -> Seen:
    """What a file gives for a picture of patches and edges, in the 0 to 255 that reach the widest ranges.

    Args:
        session: the loaded model.
        picture: its input.
        size_hw: height and width to take; None for those of the file, or the first of the usual ones that runs.

    Raises:
        ModelError: it does not run.
    """
    first: ModelError | None = None
    for size in [size_hw] if size_hw else _candidates(picture):
        try:
            feeds = {picture.name: shaped(patches(size, picture.channels), picture)}
            feeds |= {one.name: _value(one, size) for one in known_inputs(session)}
            return Seen(session.run(feeds), size)
        except ModelError as error:
            first = first or error
    assert first is not None
    raise first


def _candidates(picture: PictureInput) -> list[tuple[int, int]]:
    height, width = picture.size_hw
    if height and width:
        return [(height, width)]
    return [(height or side, width or side) for side in _SIZES]


def runs_at(session: Session, picture: PictureInput, size_hw: tuple[int, int]) -> bool:
    """Whether a file runs on a picture of that size."""
    try:
        look(session, picture, size_hw)
    except ModelError:
        return False
    return True


def _value(one: Any, size_hw: tuple[int, int]) -> NDArray[Any]:
    if one.kind == "size":
        return np.array([size_hw if one.order == "hw" else size_hw[::-1]], np.float64)
    values = np.array(one.values, np.float64)
    return np.broadcast_to(values, one.shape) if len(values) == 1 else values.reshape(one.shape)


def patches(size_hw: tuple[int, int], channels: int) -> NDArray[np.float32]:
    """(H, W, C) float32 from 0 to 255: coarse and fine patches, as photos have; the same every time."""
    rng = np.random.default_rng(_SEED)
    height, width = size_hw
    picture = np.zeros((height, width, channels))
    for cells, weight in ((4, 0.5), (16, 0.3), (64, 0.2)):
        rows = np.minimum(np.arange(height) * cells // height, cells - 1)
        columns = np.minimum(np.arange(width) * cells // width, cells - 1)
        picture += weight * rng.integers(0, 256, (cells, cells, channels))[np.ix_(rows, columns)]
    return picture.astype(np.float32)


def shaped(picture: NDArray[np.float32], of: PictureInput) -> NDArray[np.float32]:
    """(H, W, C) pixels in the axes that a file wants, as many times as it wants them."""
    if of.layout == "NCHW":
        tensor = picture.transpose(2, 0, 1)[None]
    elif of.layout == "NHWC":
        tensor = picture[None]
    elif of.layout == "NHW":
        tensor = picture[None, :, :, 0]
    else:
        tensor = picture.transpose(2, 0, 1).reshape(1, -1)
    return np.repeat(tensor, of.batch, axis=0) if of.batch > 1 else tensor
