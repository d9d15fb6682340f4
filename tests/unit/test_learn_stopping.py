"""Early stopping, by what has to hold for any row of scores."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.learn.stopping import EarlyStopping

ANY = st.floats(allow_nan=True, allow_infinity=True, width=32)
FINITE = st.floats(-1e6, 1e6, width=32)
MODES = st.sampled_from(["min", "max"])
DELTAS = st.sampled_from([0.0, 1e-3, 0.5, 100.0])
PATIENCE = st.integers(1, 6)


def feed(stopping: EarlyStopping, scores: list[float]) -> list:
    """All decisions until it says stop."""
    decisions = []
    for score in scores:
        decisions.append(stopping.step(score))
        if decisions[-1].stop:
            break
    return decisions


def better(mode: str, a: float, b: float) -> bool:
    return a < b if mode == "min" else a > b


@given(MODES, DELTAS, PATIENCE, st.lists(ANY, max_size=40))
def test_it_never_passes_over_a_better_score(mode, delta, patience, scores):
    stopping = EarlyStopping(mode=mode, min_delta=delta, patience=patience)
    seen = scores[: len(feed(stopping, scores))]
    finite = [s for s in seen if math.isfinite(s)]
    if not finite:
        assert stopping.best_score is None
        assert stopping.best_step is None
        return
    best = min(finite) if mode == "min" else max(finite)
    assert stopping.best_score == best
    assert stopping.best_step == seen.index(best)  # the first of equals


@given(MODES, DELTAS, PATIENCE, st.lists(ANY, max_size=40))
def test_what_is_not_finite_is_never_an_improvement(mode, delta, patience, scores):
    stopping = EarlyStopping(mode=mode, min_delta=delta, patience=patience)
    for score, decision in zip(scores, feed(stopping, scores), strict=False):
        if not math.isfinite(score):
            assert not decision.best
            assert not decision.improved


@given(MODES, DELTAS, PATIENCE, st.lists(ANY, max_size=40))
def test_patience_is_exact(mode, delta, patience, scores):
    stopping = EarlyStopping(mode=mode, min_delta=delta, patience=patience)
    waited = 0
    for decision in feed(stopping, scores):
        waited = 0 if decision.improved else waited + 1
        assert decision.stop == (waited == patience)
        assert waited <= patience


@given(MODES, DELTAS, PATIENCE, st.lists(FINITE, min_size=1, max_size=40))
def test_an_improvement_is_larger_than_min_delta_and_each_such_one_is_one(mode, delta, patience, scores):
    stopping = EarlyStopping(mode=mode, min_delta=delta, patience=patience)
    reference = None
    for score, decision in zip(scores, feed(stopping, scores), strict=False):
        gain = math.inf if reference is None else (reference - score) * (1 if mode == "min" else -1)
        assert decision.improved == (gain > delta)
        if decision.improved:
            reference = score


@given(DELTAS, PATIENCE, st.lists(ANY, max_size=30))
def test_max_is_min_of_the_negative(delta, patience, scores):
    low = EarlyStopping(mode="min", min_delta=delta, patience=patience)
    high = EarlyStopping(mode="max", min_delta=delta, patience=patience)
    assert feed(low, scores) == feed(high, [-s for s in scores])


@given(MODES, DELTAS, PATIENCE, st.lists(ANY, max_size=20), st.lists(ANY, max_size=20))
def test_reset_leaves_nothing(mode, delta, patience, before, after):
    used = EarlyStopping(mode=mode, min_delta=delta, patience=patience)
    feed(used, before)
    used.reset()
    fresh = EarlyStopping(mode=mode, min_delta=delta, patience=patience)
    assert vars(used) == vars(fresh)
    assert feed(used, after) == feed(fresh, after)


def test_a_first_nan_is_not_the_unbeatable_best():
    stopping = EarlyStopping(mode="min", patience=3)
    decisions = feed(stopping, [float("nan"), 5.0])
    assert decisions[1].best
    assert stopping.best_score == 5.0


def test_small_steps_add_up():
    stopping = EarlyStopping(mode="min", min_delta=0.1, patience=3)
    decisions = feed(stopping, [1.0, 0.96, 0.92, 0.88, 0.84, 0.80])
    assert [d.improved for d in decisions] == [True, False, False, True, False, False]
    assert all(d.best for d in decisions)
    assert not decisions[-1].stop


def test_after_a_stop_it_wants_a_reset():
    stopping = EarlyStopping(mode="min", patience=1)
    feed(stopping, [1.0, 2.0])
    with pytest.raises(ValueError, match="reset"):
        stopping.step(0.5)
    stopping.reset()
    assert stopping.step(0.5).best


@pytest.mark.parametrize(
    "wrong", [{"mode": "auto"}, {"min_delta": -1}, {"min_delta": float("nan")}, {"patience": 0}]
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EarlyStopping(**{"mode": "min", **wrong})
