"""Sequences as arrays that a head learns from: padded, standardised, slightly changed."""

from __future__ import annotations

from collections.abc import Sequence as ListOf
from dataclasses import dataclass, replace

import numpy as np

from vision_app.learn.head import standardisation
from vision_app.results.values import IntArray
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.layers import Array


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Several sequences with their classes. Shorter ones begin later: what is in front of them is not real.

    Attributes:
        values: (N, T, F) rows; zeros where not real.
        present: (N, T) bool, whether the row was seen.
        real: (N, T) bool, False for padding.
        y: (N,) int64 class ids.
    """

    values: Array
    present: Array
    real: Array
    y: IntArray

    def __len__(self) -> int:
        return len(self.y)

    @property
    def lengths(self) -> IntArray:
        """(N,) rows that are real."""
        return np.asarray(self.real.sum(1), np.int64)

    @property
    def rows(self) -> Array:
        """(N, T, F + 1): the values, and 1 where the row was seen; what a network is given."""
        return np.concatenate([self.values, self.present[:, :, None].astype(self.values.dtype)], axis=2)

    def part(self, which: Array) -> Batch:
        """Some of the sequences, without rows that are padding in all of them."""
        real = self.real[which]
        first = int(real.any(0).argmax())
        return Batch(self.values[which, first:], self.present[which, first:], real[:, first:], self.y[which])


def batch_of(sequences: ListOf[Sequence], y: ListOf[int], rows: int) -> Batch:
    """Sequences of one rate as a batch.

    Args:
        sequences: of equal width.
        y: their class ids.
        rows: the most rows of one; of a longer sequence the last ones are taken.
    """
    rows = min(rows, max(len(s) for s in sequences))
    count, width = len(sequences), sequences[0].width
    values = np.zeros((count, rows, width), np.float32)
    present, real = np.zeros((count, rows), bool), np.zeros((count, rows), bool)
    for i, one in enumerate(sequences):
        kept = min(len(one), rows)
        values[i, rows - kept :] = one.values[len(one) - kept :]
        present[i, rows - kept :] = one.present[len(one) - kept :]
        real[i, rows - kept :] = True
    return Batch(values, present, real, np.asarray(y, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """What is subtracted from each number of a row, and what it is divided by after that; (F,) both."""

    mean: Array
    std: Array

    def applied(self, batch: Batch) -> Batch:
        """The batch with standardised values; padding stays zero."""
        values = (batch.values - self.mean) / self.std * batch.real[:, :, None]
        return replace(batch, values=values.astype(batch.values.dtype))


def scale_of(batch: Batch) -> Scale:
    """Of the rows that were seen; of all where none was."""
    seen = batch.present & batch.real
    return Scale(*standardisation(batch.values[seen if seen.any() else batch.real]))
