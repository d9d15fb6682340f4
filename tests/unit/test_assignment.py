"""Pairs of tracks and boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from vision_app.engine.assignment import best_pairs


def pairs_of(worth):
    """Rows and columns of the best pairs of a whole table."""
    rows, columns = np.nonzero(worth)
    chosen = best_pairs(rows, columns, worth[rows, columns])
    return rows[chosen], columns[chosen]


values = st.one_of(st.just(0.0), st.floats(0.015625, 1, width=32))


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).flatmap(lambda s: arrays(np.float64, s, elements=values))
)
def test_the_sum_is_that_of_the_best_assignment_and_nobody_is_in_two_pairs(worth):
    rows, columns = pairs_of(worth)
    assert len(set(rows.tolist())) == len(rows) == len(set(columns.tolist())) == len(columns)
    assert (worth[rows, columns] > 0).all()
    assert rows.tolist() == sorted(rows.tolist())
    best = worth[linear_sum_assignment(worth, maximize=True)].sum()
    assert worth[rows, columns].sum() == pytest.approx(best)


def test_a_crowd_where_everybody_overlaps():
    worth = np.random.default_rng(0).random((120, 90))
    rows, columns = pairs_of(worth)
    assert worth[rows, columns].sum() == pytest.approx(
        worth[linear_sum_assignment(worth, maximize=True)].sum()
    )


def test_links_that_come_in_any_order_give_the_same_pairs():
    worth = np.random.default_rng(1).random((40, 40)) * (np.random.default_rng(2).random((40, 40)) < 0.08)
    rows, columns = np.nonzero(worth)
    shuffled = np.random.default_rng(3).permutation(len(rows))
    chosen = shuffled[best_pairs(rows[shuffled], columns[shuffled], worth[rows, columns][shuffled])]
    assert rows[chosen].tolist() == pairs_of(worth)[0].tolist()
    assert columns[chosen].tolist() == pairs_of(worth)[1].tolist()


def test_a_long_chain_is_one_group():
    n = 2000
    worth = np.concatenate([np.full(n, 0.5), np.full(n - 1, 0.5001)])
    rows = np.concatenate([np.arange(n), np.arange(1, n)])
    columns = np.concatenate([np.arange(n), np.arange(n - 1)])
    chosen = best_pairs(rows, columns, worth)
    assert len(chosen) == n
    assert worth[chosen].sum() == pytest.approx(0.5 * n)
