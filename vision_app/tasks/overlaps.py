"""Which boxes of many have anything in common, without a look at every pair. Pure array maths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import FloatArray, IntArray

Numbers = NDArray[np.float64]
Boxes = FloatArray | Numbers

_FEW_PAIRS = 4096
"""Up to so many pairs it is quicker to look at all of them."""
_LEVELS = 12
_AT_ONCE = 1_000_000


def overlapping_pairs(some: Boxes, others: Boxes) -> tuple[IntArray, IntArray, Numbers]:
    """All pairs of one of some boxes and one of others that share an area, and how much of it.

    Args:
        some: (N, 4) xyxy; those that are empty or not finite overlap none.
        others: (M, 4) xyxy.

    Returns:
        (P,) indices of some, in order; (P,) indices of others; (P,) intersection over union, in (0, 1].

    >>> pairs = overlapping_pairs(np.array([[0.0, 0, 2, 2]]), np.array([[5.0, 5, 6, 6], [1, 0, 3, 2]]))
    >>> [column.round(3).tolist() for column in pairs]
    [[0], [1], [0.333]]
    """
    none = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    i, j, iou = (np.concatenate(column) for column in zip(none, *overlaps(some, others), strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], iou[order]


def overlaps(some: Boxes, others: Boxes) -> Iterator[tuple[IntArray, IntArray, Numbers]]:
    """The same pairs, at most about a million at a time, in no order.

    Many boxes are put on grids, each on the one whose cells are about as large as it: what a box may overlap is looked
    for in the cells that it touches. As long as a box overlaps as many others, more boxes take proportionally longer.
    """
    a, b = (np.asarray(boxes, np.float64) for boxes in (some, others))
    a_rows, b_rows = (np.flatnonzero(_real(boxes)) for boxes in (a, b))
    a, b = a[a_rows], b[b_rows]
    a_areas, b_areas = _areas(a), _areas(b)
    for near in _candidates(a, b):
        i, j = near
        sides = np.minimum(a[i, 2:], b[j, 2:]) - np.maximum(a[i, :2], b[j, :2])
        touching = (sides > 0).all(axis=1)
        i, j = i[touching], j[touching]
        inter = np.prod(sides[touching], axis=1)
        yield a_rows[i], b_rows[j], inter / (a_areas[i] + b_areas[j] - inter)


def _real(boxes: Numbers) -> NDArray[np.bool_]:
    real = np.asarray(np.isfinite(boxes).all(axis=1))
    real[real] = (boxes[real, :2] < boxes[real, 2:]).all(axis=1)
    return real


def _areas(boxes: Numbers) -> Numbers:
    areas: Numbers = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return areas


def _candidates(a: Numbers, b: Numbers) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs among which all that overlap are, some at a time."""
    if len(a) * len(b) <= _FEW_PAIRS:
        if len(a) and len(b):
            yield np.repeat(np.arange(len(a)), len(b)), np.tile(np.arange(len(b)), len(a))
        return
    sides = (b[:, 2:] - b[:, :2]).max(axis=1)
    levels = np.maximum(np.ceil(np.log2(sides)), np.ceil(np.log2(sides.max())) - _LEVELS)
    for level in np.unique(levels):
        rows = np.flatnonzero(levels == level)
        for i, j in _on_a_grid(a, b[rows], 2.0**level):
            yield i, rows[j]


def _on_a_grid(a: Numbers, b: Numbers, cell: float) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs whose boxes may overlap, where no box of b has a side longer than a cell.

    The boxes of b lie sorted by the row of cells of their top, and by their left side within it.
    """
    row_of = np.floor(b[:, 1] / cell)
    rows, numbers = np.unique(row_of, return_inverse=True)
    left = b[:, 0].min() - cell
    span = b[:, 0].max() - left + 2 * cell
    keys = numbers * span + (b[:, 0] - left)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    # a box of b that reaches into one of a begins at most a cell above it and to its left
    first = np.searchsorted(rows, np.floor(a[:, 1] / cell) - 1)
    last = np.searchsorted(rows, np.floor(a[:, 3] / cell), "right")
    from_x, to_x = (np.clip(x - left, 0, span) for x in (a[:, 0] - cell, a[:, 2]))
    for part in _in_parts(last - first):
        i, row = _spread(first[part], last[part])
        i += part.start
        starts = np.searchsorted(keys, row * span + from_x[i])
        ends = np.searchsorted(keys, row * span + to_x[i], "right")
        for few in _in_parts(ends - starts):
            k, place = _spread(starts[few], ends[few])
            yield i[few][k], order[place]


def _spread(starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Each number of each range with the index of its range.

    >>> [part.tolist() for part in _spread(np.array([3, 9, 5]), np.array([5, 9, 6]))]
    [[0, 0, 2], [3, 4, 5]]
    """
    counts = np.maximum(ends - starts, 0)
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[index]


def _in_parts(counts: IntArray) -> Iterator[slice]:
    """Slices of ranges that together hold about a million numbers, so that memory stays flat."""
    total = np.cumsum(np.maximum(counts, 0))
    if not len(total):
        return
    cuts = np.searchsorted(total, np.arange(_AT_ONCE, total[-1], _AT_ONCE), "right")
    for start, stop in zip([0, *cuts], [*cuts, len(counts)], strict=True):
        if stop > start:
            yield slice(int(start), int(stop))
