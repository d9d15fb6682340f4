"""Pairs rows with columns so that the sum of what the pairs are worth is highest. Pure array maths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import IntArray

Numbers = NDArray[np.float64]


def best_pairs(rows: IntArray, columns: IntArray, worth: Numbers) -> IntArray:
    """The one-to-one pairs of rows and columns with the highest sum, out of those that are worth anything.

    Only what is linked, even over others, is settled together, and only where two rows want one column most: where
    each has a favourite of its own, the favourites are the best pairs.

    Args:
        rows: (P,) of each possible pair its row.
        columns: (P,) its column; no pair comes twice.
        worth: (P,) what it is worth, above 0.

    Returns:
        Indices of the pairs, ordered by row.

    >>> best_pairs(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.8, 0.9]))
    array([1, 2])
    """
    if not len(rows):
        return np.empty(0, np.int64)
    _, row = np.unique(rows, return_inverse=True)
    _, column = np.unique(columns, return_inverse=True)
    order = np.lexsort((column, -worth, row))
    favourite = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    wanted = np.bincount(column[favourite])
    group = _groups(row, column)
    contested = np.zeros(len(group), np.bool_)
    contested[group[wanted[column[favourite]] > 1]] = True
    found = [favourite[~contested[group]]]
    left = np.flatnonzero(contested[group[row]])
    left = left[np.argsort(group[row[left]], kind="stable")]
    starts = np.flatnonzero(np.diff(group[row[left]], prepend=-1))
    for links in np.split(left, starts[1:]) if len(left) else ():
        found.append(links[_settled(row[links], column[links], worth[links])])
    pairs = np.concatenate(found)
    return pairs[np.argsort(rows[pairs])]


def _groups(row: IntArray, column: IntArray) -> IntArray:
    """For each row the least row that it is linked with, be it over others."""
    group = np.arange(row.max() + 1)
    while True:
        of_column = np.full(column.max() + 1, len(group))
        np.minimum.at(of_column, column, group[row])
        lower = group.copy()
        np.minimum.at(lower, row, of_column[column])
        np.minimum.at(lower, group, lower.copy())  # the row that names a group goes with its members
        lower = lower[lower]
        if np.array_equal(lower, group):
            return group
        group = lower


def _settled(row: IntArray, column: IntArray, worth: Numbers) -> IntArray:
    """Indices of the best pairs of one group."""
    rows, r = np.unique(row, return_inverse=True)
    columns, c = np.unique(column, return_inverse=True)
    if len(rows) > len(columns):
        rows, r, columns, c = columns, c, rows, r
    block, link = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
    block[r, c], link[r, c] = worth, np.arange(len(worth))
    found = link[np.arange(len(rows)), _assigned(block)]
    real: IntArray = found[found >= 0]
    return real


def _assigned(worth: Numbers) -> IntArray:
    """For each row a column of its own, so that the sum is highest: shortest augmenting paths.

    A row whose favourite nobody else has taken gets it at once; only the others need a path.

    Args:
        worth: (H, W), no more rows than columns.

    Source: Crouse, "On implementing 2D rectangular assignment algorithms", 2016; the start is that of Jonker and
    Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems", 1987.
    """
    cost = -worth
    height, width = cost.shape
    favourite = cost.argmin(axis=1)
    row_price, column_price = cost[np.arange(height), favourite], np.zeros(width)
    row_of, column_of = np.full(width, -1), np.full(height, -1)
    first_columns, first_rows = np.unique(favourite, return_index=True)
    row_of[first_columns], column_of[first_rows] = first_rows, first_columns
    for start in np.flatnonzero(column_of < 0).tolist():
        shortest, via = np.full(width, np.inf), np.full(width, start)
        settled = np.zeros(width, np.bool_)
        reached, row, length = [], start, 0.0
        while True:
            through = length + cost[row] - row_price[row] - column_price
            better = ~settled & (through < shortest)
            shortest[better], via[better] = through[better], row
            column = int(np.argmin(np.where(settled, np.inf, shortest)))
            length = float(shortest[column])
            settled[column] = True
            if row_of[column] < 0:
                break
            row = int(row_of[column])
            reached.append(row)
        row_price[start] += length
        row_price[reached] += length - shortest[column_of[reached]]
        column_price[settled] -= length - shortest[settled]
        row = -1
        while row != start:
            row = int(via[column])
            row_of[column] = row
            column_of[row], column = column, int(column_of[row])
    return column_of
