"""Pairs of tracks and boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from vision_app.engine.assignment import best_pairs

values = st.one_of(st.just(0.0), st.floats(0.015625, 1, width=32))


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).flatmap(lambda s: arrays(np.float64, s, elements=values))
)
def test_the_sum_is_that_of_the_best_assignment_and_nobody_is_in_two_pairs(worth):
    rows, columns = best_pairs(worth)
    assert len(set(rows.tolist())) == len(rows) == len(set(columns.tolist())) == len(columns)
    assert (worth[rows, columns] > 0).all()
    assert rows.tolist() == sorted(rows.tolist())
    best = worth[linear_sum_assignment(worth, maximize=True)].sum()
    assert worth[rows, columns].sum() == pytest.approx(best)


def test_a_crowd_where_everybody_overlaps():
    worth = np.random.default_rng(0).random((120, 90))
    rows, columns = best_pairs(worth)
    assert worth[rows, columns].sum() == pytest.approx(
        worth[linear_sum_assignment(worth, maximize=True)].sum()
    )
