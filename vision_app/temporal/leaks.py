"""Sequences that are cut out of each other, or are the same: what makes an accuracy too good to be true."""

from __future__ import annotations

from collections.abc import Sequence as ListOf

import numpy as np

from vision_app.messages import Message
from vision_app.results.values import IntArray
from vision_app.sequences.sequence import Sequence
from vision_app.temporal.layers import Array

_SAME = 1e-3
_LIKE = 0.02
_ROWS_COMPARED = 16
_FEWEST_SHIFTED = 0.05
_MOST_PAIRS = 4_000_000


def chains_of_shifted(sequences: ListOf[Sequence]) -> IntArray:
    """(N,) number of the chain that each sequence belongs to.

    A sequence is in the chain of the one before it where it is that one, shifted by one row: both are windows that
    slide over one recording. What is subtracted from a whole sequence does not matter: changes from row to row are
    compared.

    >>> times = np.arange(3) / 15.0
    >>> rows = np.array([0.0, 1.0, 3.0, 2.0, 7.0], np.float32)[:, None]
    >>> windows = [Sequence(rows[i : i + 3], times, np.ones(3, bool)) for i in (0, 1, 2, 0)]
    >>> chains_of_shifted(windows).tolist()
    [0, 0, 0, 1]
    """
    chains = np.zeros(len(sequences), np.int64)
    for i in range(1, len(sequences)):
        chains[i] = chains[i - 1] + (not _is_shifted(sequences[i - 1], sequences[i]))
    return chains


def _is_shifted(before: Sequence, after: Sequence) -> bool:
    if before.values.shape != after.values.shape or len(before) < 3 or before.label != after.label:
        return False
    first, second = np.diff(before.values, axis=0), np.diff(after.values, axis=0)
    span = max(float(np.abs(first).max()), float(np.abs(second).max()))
    return span > 0 and float(np.abs(first[1:] - second[:-1]).max()) <= _SAME * span


def shifted_notice(chains: IntArray) -> Message | None:
    """What to say of sequences that are cut out of each other; None where hardly any are."""
    if not len(chains):
        return None
    share = 1 - (int(chains[-1]) + 1) / len(chains)
    if share < _FEWEST_SHIFTED:
        return None
    return Message(
        "{share} of the sequences are the one before, shifted by one row: windows of one recording; they are kept on "
        "one side of the split, for a random split would test the memory alone",
        share=f"{share:.0%}",
    )


def duplicate_notice(sequences: ListOf[Sequence], train: IntArray, validation: IntArray) -> Message | None:
    """What to say of held-out sequences that are nearly the same as one that is learnt from; None without any.

    Args:
        sequences: all of them, of one width.
        train: indices of those that are learnt from.
        validation: indices of those that are held out.
    """
    if not len(train) or not len(validation):
        return None
    known, asked = (_compared([sequences[i] for i in side]) for side in (train, validation))
    spread = max(float(known.std()), 1e-9) * np.sqrt(known.shape[1])
    step = -(-len(known) * len(asked) // _MOST_PAIRS)
    known = known[::step]
    squares = (asked**2).sum(1)[:, None] + (known**2).sum(1) - 2 * asked @ known.T
    near = int((np.sqrt(np.maximum(squares.min(1), 0)) < _LIKE * spread).sum())
    if not near:
        return None
    return Message(
        "{count} of {all} held-out sequences are nearly the same as one that is learnt from: the accuracy is too good "
        "to be true; record once more",
        count=near,
        all=len(asked),
    )


def _compared(sequences: ListOf[Sequence]) -> Array:
    """(N, rows * F) float64: each stretched to as many rows."""
    made = []
    for one in sequences:
        at = np.linspace(0, len(one) - 1, _ROWS_COMPARED)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, len(one) - 1)
        share = (at - low)[:, None]
        made.append((one.values[low] * (1 - share) + one.values[high] * share).ravel())
    return np.asarray(made, np.float64)
