"""Dynamic time warping: how far two movements are apart when each may be faster here and slower there.

With the nearest neighbour it is the measure that every head over time has to beat: nothing is learnt.
"""

from __future__ import annotations

import numpy as np

from vision_app.results.values import IntArray
from vision_app.temporal.batches import Batch
from vision_app.temporal.layers import Array

_AT_ONCE = 2_000_000


def distances(some: Batch, others: Batch, band: float = 0.2) -> Array:
    """Distances of each of some sequences to each of others.

    The squared differences along the cheapest way through both, which only goes forward; the root of their sum.

    Args:
        some: N sequences, standardised.
        others: M sequences, standardised alike.
        band: how far the way may leave the diagonal, as a share of the longer sequence.

    Returns:
        (N, M) float64.

    Source: Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word recognition, 1978.
    """
    step = max(1, _AT_ONCE // max(1, some.values.shape[1] * others.values.shape[1] * len(others)))
    parts = [
        _some_distances(some.part(np.arange(i, min(i + step, len(some)))), others, band)
        for i in range(0, len(some), step)
    ]
    return np.concatenate(parts)


def _some_distances(some: Batch, others: Batch, band: float) -> Array:
    """The table of the costs, one diagonal after the other: all pairs and all cells of a diagonal at once."""
    a, b = some.values[:, ::-1].astype(np.float64), others.values[:, ::-1].astype(np.float64)
    rows, columns = a.shape[1], b.shape[1]  # newest row first: padding lies at the end
    cost = _squares(a, b)
    la, lb = some.lengths[:, None], others.lengths[None]
    width = np.maximum(np.ceil(band * np.maximum(la, lb)), np.abs(la - lb))
    shape = (len(a), len(b), rows + 1)
    before2, before1 = np.full(shape, np.inf), np.full(shape, np.inf)
    before2[:, :, 0] = 0.0  # nothing of either has been gone through
    found = np.full(shape[:2], np.inf)
    for diagonal in range(2, rows + columns + 1):
        i = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        j = diagonal - i
        cheapest = np.minimum(np.minimum(before1[:, :, i - 1], before1[:, :, i]), before2[:, :, i - 1])
        here = cheapest + cost[:, :, i - 1, j - 1]
        # the diagonal of sequences of unequal length is steeper than one row a row
        off = np.abs(i * (lb / la)[:, :, None] - j)
        here = np.where(off <= width[:, :, None] * np.maximum(lb / la, 1)[:, :, None], here, np.inf)
        now = np.full(shape, np.inf)
        now[:, :, i] = here
        ends = la + lb == diagonal
        found = np.where(
            ends, np.take_along_axis(now, np.broadcast_to(la, ends.shape)[:, :, None], 2)[:, :, 0], found
        )
        before2, before1 = before1, now
    result: Array = np.sqrt(found)
    return result


def _squares(a: Array, b: Array) -> Array:
    """(N, M, T, S) squared distances of each row of one to each row of the other."""
    flat_a, flat_b = a.reshape(-1, a.shape[2]), b.reshape(-1, b.shape[2])
    made = (flat_a**2).sum(1)[:, None] + (flat_b**2).sum(1) - 2 * flat_a @ flat_b.T
    cube: Array = np.maximum(made, 0).reshape(len(a), a.shape[1], len(b), b.shape[1])
    return cube.transpose(0, 2, 1, 3)


def nearest(train: Batch, asked: Batch, band: float = 0.2) -> IntArray:
    """(N,) the class of the nearest sequence of `train`, for each that is asked about; both standardised alike."""
    result: IntArray = train.y[distances(asked, train, band).argmin(1)]
    return result
