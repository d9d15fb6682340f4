"""Figures of an evaluation: known answers, and what must hold for any of them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.learn.metrics import (
    confusion_matrix,
    expected_calibration_error,
    mcnemar,
    measure,
    paired_difference,
    reliability,
    top_k_accuracy,
    wilson,
)


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    seed, count, classes = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 60)), draw(st.integers(1, 7))
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.full(classes, draw(st.sampled_from([0.1, 1.0, 10.0]))), count).astype(np.float32)
    return p, random.integers(0, classes, count)


class TestWilson:
    @pytest.mark.parametrize(
        ("successes", "count", "low", "high"),
        # Source: Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_published_values(self, successes: int, count: int, low: float, high: float) -> None:
        found = wilson(successes, count)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))

    @given(st.integers(0, 500), st.integers(0, 500))
    def test_holds_the_share_and_stays_in_bounds(self, a: int, b: int) -> None:
        successes, count = min(a, b), max(a, b)
        found = wilson(successes, count)
        assert 0 <= found.low <= found.high <= 1
        if count:
            assert found.low <= successes / count <= found.high

    def test_nothing_leaves_everything_open(self) -> None:
        assert wilson(0, 0).to_json() == [0.0, 1.0]

    def test_more_than_all(self) -> None:
        with pytest.raises(ValueError, match="successes"):
            wilson(3, 2)


class TestMeasure:
    @given(outcomes())
    @settings(max_examples=60, deadline=None)
    def test_holds_together(self, drawn: tuple[np.ndarray, np.ndarray]) -> None:
        p, y = drawn
        classes = p.shape[1]
        found = measure(p, y, [f"c{i}" for i in range(classes)])
        assert found.confusion.sum() == len(y)
        assert np.trace(found.confusion) == round(found.accuracy * len(y))
        assert sum(c.support for c in found.classes) == sum(c.predicted for c in found.classes) == len(y)
        assert found.top_k[1] == pytest.approx(found.accuracy)
        assert list(found.top_k.values()) == sorted(found.top_k.values())
        assert 0 <= found.ece <= 1
        assert sum(b.count for b in found.reliability) == len(y)
        json.dumps(found.to_json(), allow_nan=False)

    def test_unknown_and_background(self) -> None:
        p = np.array([[0.9, 0.05, 0.05], [0.4, 0.3, 0.3], [0.1, 0.1, 0.8], [0.2, 0.6, 0.2]], np.float32)
        y = np.array([0, 0, 2, 1])
        unknown = np.array([False, True, True, False])
        found = measure(p, y, ["a", "b", "none"], unknown=unknown, background=2)
        assert found.rejected == pytest.approx(1 / 3)  # of the three real ones
        assert found.background_found == 1.0
        assert found.accuracy_when_known == 1.0
        assert found.unknown_by_class.tolist() == [1, 0, 1]

    def test_classes_that_do_not_occur_do_not_count(self) -> None:
        p = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]], np.float32)
        found = measure(p, np.array([0, 1]), ["a", "b", "c"])
        assert found.macro_f1 == found.balanced_accuracy == 1.0

    @pytest.mark.parametrize(
        ("p", "y"),
        [
            (np.empty((0, 2), np.float32), np.empty(0, np.int64)),
            (np.ones((2, 3), np.float32), np.zeros(2, np.int64)),
        ],
        ids=["no samples", "other classes"],
    )
    def test_a_callers_mistake(self, p: np.ndarray, y: np.ndarray) -> None:
        with pytest.raises(ValueError, match="expected"):
            measure(p, y, ["a", "b"])


class TestCalibrationError:
    def test_of_honest_probabilities_is_small(self) -> None:
        random = np.random.default_rng(0)
        confidence = random.uniform(0.2, 1, 50_000).astype(np.float32)
        right = random.random(50_000) < confidence
        assert expected_calibration_error(reliability(confidence, right)) < 0.01

    def test_of_a_boaster(self) -> None:
        bins = reliability(np.full(100, 1.0, np.float32), np.arange(100) < 70)
        assert expected_calibration_error(bins) == pytest.approx(0.3)
        assert [b.count for b in bins] == [0] * 14 + [100]

    def test_edges_belong_to_the_lower_bin(self) -> None:
        bins = reliability(np.array([0.25, 0.26], np.float32), np.array([True, True]), bins=4)
        assert [b.count for b in bins][:2] == [1, 1]


def test_top_k_takes_the_first_of_equal_ones() -> None:
    p = np.full((1, 4), 0.25, np.float32)
    assert top_k_accuracy(p, np.array([1]), 1) == 0.0
    assert top_k_accuracy(p, np.array([1]), 2) == 1.0


def test_confusion_of_nothing_said() -> None:
    assert confusion_matrix(np.array([1]), np.array([1]), 3).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


class TestPaired:
    def test_known_answer(self) -> None:
        # Source: Agresti, Categorical Data Analysis, ch. 10, approval of the prime minister: 794, 150, 86, 570
        first = np.repeat([True, True, False, False], [794, 150, 86, 570])
        second = np.repeat([True, False, True, False], [794, 150, 86, 570])
        found = paired_difference(first, second)
        assert (found.both, found.only_first, found.only_second, found.neither) == (794, 150, 86, 570)
        assert found.difference == pytest.approx(0.04)
        assert found.interval.low == pytest.approx(0.020, abs=0.002)
        assert found.interval.high == pytest.approx(0.060, abs=0.002)
        assert found.p_value < 1e-4 and found.decided

    @given(st.integers(0, 2**32 - 1), st.integers(1, 80))
    @settings(max_examples=60, deadline=None)
    def test_holds_the_difference_and_turns_around(self, seed: int, count: int) -> None:
        random = np.random.default_rng(seed)
        first, second = random.random(count) < 0.8, random.random(count) < 0.7
        one, two = paired_difference(first, second), paired_difference(second, first)
        assert one.interval.low - 1e-12 <= one.difference <= one.interval.high + 1e-12
        assert one.difference == pytest.approx(-two.difference)
        assert one.p_value == pytest.approx(two.p_value)
        assert -1 <= one.interval.low <= one.interval.high <= 1
        json.dumps(one.to_json(), allow_nan=False)

    def test_interval_covers_as_often_as_it_says(self) -> None:
        random = np.random.default_rng(1)
        held = 0
        true = 0.85 - float(np.clip(0.75 - random.normal(0, 0.2, 1_000_000), 0, 1).mean())
        for _ in range(400):
            shared = random.random(60)
            first, second = shared < 0.85, (shared + random.normal(0, 0.2, 60)) < 0.75
            interval = paired_difference(first, second).interval
            held += interval.low <= true <= interval.high
        assert held / 400 > 0.9

    def test_exact_and_approximate_agree(self) -> None:
        exact, near = mcnemar(480, 520), mcnemar(481, 520)
        assert exact == pytest.approx(near, abs=0.02)
        assert mcnemar(0, 0) == 1.0 and math.isfinite(mcnemar(10_000, 9_000))
