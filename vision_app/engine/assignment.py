"""Pairs rows with columns so that the sum of what the pairs are worth is highest. Pure array maths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import IntArray

Worth = NDArray[np.floating[Any]]


def best_pairs(worth: Worth) -> tuple[IntArray, IntArray]:
    """The one-to-one pairs of rows and columns with the highest sum; a pair that is worth nothing is none.

    Rows and columns that share no pair of any worth, even over others, are settled apart: what is left of
    boxes in a picture are mostly groups of one or two.

    Args:
        worth: (R, C) float64, none negative.

    Returns:
        Rows and columns of the pairs, ordered by row.

    >>> best_pairs(np.array([[0.9, 0.8], [0.8, 0.0]]))
    (array([0, 1]), array([1, 0]))
    """
    pairs: list[tuple[int, int]] = []
    for rows, columns in _groups(worth > 0):
        if len(rows) == 1 or len(columns) == 1:
            block = worth[np.ix_(rows, columns)]
            best = int(np.argmax(block))
            pairs.append((int(rows[best // len(columns)]), int(columns[best % len(columns)])))
            continue
        for row, column in _assigned(worth[np.ix_(rows, columns)]):
            if worth[rows[row], columns[column]] > 0:
                pairs.append((int(rows[row]), int(columns[column])))
    pairs.sort()
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _groups(linked: NDArray[np.bool_]) -> list[tuple[IntArray, IntArray]]:
    """Rows and columns of each connected part that has a link."""
    groups = []
    free = linked.any(axis=1)
    while free.any():
        rows: NDArray[np.bool_] = np.zeros(len(linked), np.bool_)
        rows[int(np.argmax(free))] = True
        while True:
            columns = linked[rows].any(axis=0)
            more = np.asarray(linked[:, columns].any(axis=1))
            if np.array_equal(more, rows):
                break
            rows = more
        groups.append((np.flatnonzero(rows), np.flatnonzero(columns)))
        free &= ~rows
    return groups


def _assigned(worth: Worth) -> list[tuple[int, int]]:
    """A complete assignment of the shorter side with the highest sum: shortest augmenting paths.

    Source: Crouse, "On implementing 2D rectangular assignment algorithms", 2016.
    """
    turned = worth.shape[0] > worth.shape[1]
    cost = -(worth.T if turned else worth)
    height, width = cost.shape
    row_price, column_price = np.zeros(height), np.zeros(width)
    row_of = np.full(width, -1, np.int64)
    for start in range(height):
        shortest = np.full(width, np.inf)
        via = np.full(width, start, np.int64)
        settled = np.zeros(width, np.bool_)
        reached_rows, row, length = [start], start, 0.0
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
            reached_rows.append(row)
        row_price[start] += length
        for other in reached_rows[1:]:
            row_price[other] += length - shortest[row_of == other][0]
        column_price[settled] -= length - shortest[settled]
        while True:
            row = int(via[column])
            row_of[column], column = row, _column_of(row_of, row, column)
            if row == start:
                break
    pairs = [(int(row), column) for column, row in enumerate(row_of) if row >= 0]
    return [(column, row) for row, column in pairs] if turned else pairs


def _column_of(row_of: IntArray, row: int, other_than: int) -> int:
    """The column that a row had before; -1 for a row that had none."""
    columns = np.flatnonzero(row_of == row)
    columns = columns[columns != other_than]
    return int(columns[0]) if len(columns) else -1
