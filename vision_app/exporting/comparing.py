"""Whether the ONNX file computes what the library computes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision_app.exporting.base import Built, ExportError
from vision_app.results.values import FloatArray
from vision_app.runtime import Session

_SCORE_COLUMN = 4
_TIE = 1e-4
_SAME = 1e-6
_LEAST_CLEAR = 0.25  # a network that differs does so on every picture


class Difference(NamedTuple):
    """Largest absolute difference, and on how many pictures it was found."""

    largest: float
    pictures: int


def compare(session: Session, built: Built, tensors: Sequence[FloatArray]) -> Difference:
    """Run both on all pictures, one by one and two of them as a batch.

    Args:
        session: the exported file.
        built: the library's network.
        tensors: (1, 3, h, w) prepared pictures.

    Raises:
        ExportError: the outputs differ in number or shape, are not finite, do not depend on the picture, or the
            pictures prove nothing.
    """
    distance = _distance_of_rows if built.unordered else _distance
    worst, clear = 0.0, 0
    varies = False
    answers: dict[tuple[int, ...], NDArray[np.float32]] = {}
    for tensor in [*tensors, *_batch_of_two(tensors)]:
        ours = list(session.run({session.inputs[0].name: tensor}).values())
        theirs = built.forward(tensor)
        _check(session, ours, theirs)
        first = answers.setdefault(theirs[0].shape, theirs[0])
        varies = varies or float(np.abs(theirs[0] - first).max()) > _SAME
        if built.decided is not None and not built.decided():
            continue
        clear += len(tensor) == 1
        if built.units is not None:
            factors = built.units if built.unordered else built.units[:, None]
            ours[0], theirs[0] = ours[0] * factors, theirs[0] * factors
        worst = max([worst, *(distance(a, b) for a, b in zip(ours, theirs, strict=True))])
    if not varies:
        raise ExportError(
            "{name}: the same answer to every picture: the comparison proves nothing", name=session.path.name
        )
    if clear < _LEAST_CLEAR * len(tensors):
        raise ExportError(
            "{name}: the network chooses by rounding on {count} of {tensors_count} pictures; compare "
            "on more of them with --photos",
            name=session.path.name,
            count=len(tensors) - clear,
            tensors_count=len(tensors),
        )
    return Difference(worst, clear)


def _batch_of_two(tensors: Sequence[FloatArray]) -> list[FloatArray]:
    """Two pictures of one size as one batch, where the file has a free batch."""
    same = next(((a, b) for a, b in pairwise(sorted(tensors, key=np.size)) if a.shape == b.shape), None)
    return [np.concatenate(same)] if same else []


def _check(
    session: Session, ours: Sequence[NDArray[np.float32]], theirs: Sequence[NDArray[np.float32]]
) -> None:
    shapes = [o.shape for o in ours], [t.shape for t in theirs]
    if shapes[0] != shapes[1]:
        raise ExportError(
            "{name}: ONNX Runtime gives {shape}, the library gives {shape_2}",
            name=session.path.name,
            shape=shapes[0],
            shape_2=shapes[1],
        )
    if not all(np.isfinite(o).all() for o in (*ours, *theirs)):
        raise ExportError("{name}: the outputs hold NaN or infinite numbers", name=session.path.name)


def _distance(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    return float(np.abs(ours - theirs).max(initial=0.0))


def _distance_of_rows(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    """Of (N, K, columns) with the score in column 4: from each row to the nearest of the other side.

    Rows with the score of the last one are a tie: rounding decides which of them are among the best K.
    """
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        apart = np.abs(a[:, None].astype(np.float64) - b[None]).max(axis=2)
        lowest = max(a[:, _SCORE_COLUMN].min(), b[:, _SCORE_COLUMN].min()) + _TIE
        kept_a, kept_b = a[:, _SCORE_COLUMN] > lowest, b[:, _SCORE_COLUMN] > lowest
        worst = max(
            worst,
            float(apart[kept_a].min(axis=1).max(initial=0.0)),
            float(apart[:, kept_b].min(axis=0).max(initial=0.0)),
        )
    return worst
