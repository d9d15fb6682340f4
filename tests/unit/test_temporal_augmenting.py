"""Sequences are changed as far as it is asked for, and no further."""

from __future__ import annotations

import numpy as np
import pytest

from vision_app.temporal.augmenting import Changes, Room, changed, with_context
from vision_app.temporal.batches import Batch

NOTHING = Changes(speed=0, warp=0, shift=0, scale=0, jitter=0, drop=0, context=0)
ROWS = 20


def _ramps() -> Batch:
    """Four sequences that rise by 1 a row, from 0, 100, 200, 300; the last two are shorter."""
    lengths = np.array([20, 20, 12, 5])
    back = np.arange(ROWS - 1, -1, -1)
    real = back < lengths[:, None]
    at = lengths[:, None] - 1 - back
    values = ((at + 100 * np.arange(4)[:, None]) * real)[:, :, None].astype(np.float32)
    return Batch(values, real.copy(), real, np.arange(4))


def _changed(**changes: float) -> Batch:
    from dataclasses import replace

    return changed(_ramps(), replace(NOTHING, **changes), np.random.default_rng(1), Room(30, 30))


def test_nothing_asked_for_changes_nothing() -> None:
    before, after = _ramps(), _changed()
    np.testing.assert_array_equal(before.values, after.values)
    np.testing.assert_array_equal(before.real, after.real)


def test_speed_changes_the_number_of_rows_and_keeps_both_ends() -> None:
    after = _changed(speed=0.3)
    lengths = after.lengths
    assert lengths.tolist() != [20, 20, 12, 5]
    assert all(n / 1.31 - 1 <= m <= n * 1.31 + 1 for n, m in zip([20, 20, 12, 5], lengths, strict=True))
    for i, last in enumerate([19, 119, 211, 304]):
        rows = after.values[i, after.real[i], 0]
        assert rows[0] == 100 * i and rows[-1] == last
        assert (np.diff(rows) > 0).all()
    assert not after.values[~after.real].any()


def test_a_sequence_never_becomes_longer_than_is_allowed() -> None:
    made = changed(_ramps(), Changes(speed=3.0, context=1.0), np.random.default_rng(2), Room(22, 24))
    assert made.real.shape[1] <= 24


def test_warping_bends_time_between_the_ends() -> None:
    rows = _changed(warp=0.1).values[0, :, 0]
    assert (rows[0], rows[-1]) == (0, 19)
    assert np.abs(np.diff(rows) - 1).max() > 0.05


def test_dropped_rows_hold_the_row_before_and_are_marked() -> None:
    after = _changed(drop=0.4)
    gone = after.real & ~after.present
    assert 5 < gone.sum() < 40
    for i, t in zip(*np.nonzero(gone), strict=True):
        assert after.values[i, t, 0] == after.values[i, t - 1, 0]
    assert after.present[np.arange(4), after.real.argmax(1)].all()


@pytest.mark.parametrize("change", ["shift", "scale", "jitter"])
def test_values_are_moved_scaled_and_noisy(change: str) -> None:
    before, after = _ramps(), _changed(**{change: 0.1})
    difference = after.values - before.values
    assert difference[before.real].any() and not after.values[~after.real].any()
    of_first = difference[0, :, 0]
    if change == "shift":
        assert np.ptp(of_first) < 1e-5
    if change == "scale":
        assert of_first[10] == pytest.approx(of_first[5] * 2, rel=1e-4)


def test_context_comes_before_and_leaves_the_sequence_as_it_is() -> None:
    before = _ramps()
    after = with_context(before, 1.0, np.random.default_rng(3), 30)
    added = after.lengths - before.lengths
    assert (added > 0).any() and after.real.shape[1] <= 30
    for i, length in enumerate(before.lengths):
        own = after.values[i, -length:, 0]
        np.testing.assert_array_equal(own, before.values[i, -length:, 0])
        if added[i] > 7:  # longer than any seam: its first rows are the last ones of another sequence
            first = after.values[i, after.real[i].argmax(), 0]
            assert int(first) // 100 != i or first < own[-1]
    jumps = np.abs(np.diff(after.values[0, after.real[0], 0]))
    assert jumps.max() < 300 / 2  # a way leads from one to the other


def test_rest_is_often_a_few_rows_behind_something_else() -> None:
    before = _ramps()
    made = [
        changed(
            before, Changes(speed=0, warp=0, context=0.01), np.random.default_rng(i), Room(30, 30), idle=0
        )
        for i in range(40)
    ]
    own = [_rows_of(m.values[0, m.real[0], 0], 0) for m in made]
    assert min(own) < 12 <= max(own)
    behind = sum(_rows_of(m.values[0, m.real[0], 0], 1) < m.lengths[0] for m in made)
    assert behind > 15
    assert all(m.lengths[1] == 20 for m in made[:5])  # the others stay whole


def _rows_of(values: np.ndarray, hundreds: int) -> int:
    """How many rows are those of one of the ramps, whatever was added to them."""
    return int((np.abs(values - 100 * hundreds) < 40).sum())
