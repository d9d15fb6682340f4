"""How wide the ranges of activations are taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.unit.test_quantise import error, small_network, tensors, work_folder
from vision_app.quantise.network import Network
from vision_app.quantise.ranges import (
    RULES,
    Ends,
    Histogram,
    entropy,
    extremes,
    histograms,
    least_squares,
    percentile,
)
from vision_app.quantise.watching import EXTREMES, RANGE_WORDS
from vision_app.runtime import Session

NARROW = {name: rule for name, rule in RULES.items() if name != EXTREMES}


def seen(values: np.ndarray, bins: int = 2048) -> Histogram:
    low, high = float(values.min()), float(values.max())
    return Histogram(np.histogram(values, bins, (low, high))[0], low, high)


def rounded(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """What 8 bits make of the values."""
    step = (high - low) / 255
    zero = round(-low / step)
    return (np.clip(np.round(values / step) + zero, 0, 255) - zero) * step


@pytest.fixture(scope="module")
def with_outliers() -> np.ndarray:
    """A bell around 1, and one value of 500 000 that is twice as large as any other."""
    values = np.random.default_rng(2).normal(1, 1, 500_000)
    values[0] = 12
    return values


def test_every_way_has_a_rule_and_words() -> None:
    assert list(RULES) == list(RANGE_WORDS)


def test_the_extremes_are_all_that_was_seen(with_outliers: np.ndarray) -> None:
    low, high = extremes(seen(with_outliers))
    assert (low, high) == (with_outliers.min(), with_outliers.max())


@pytest.mark.parametrize("rule", NARROW.values(), ids=NARROW)
def test_a_value_that_comes_once_is_cut_off_and_the_others_are_finer(
    rule: Callable[[Histogram], Ends], with_outliers: np.ndarray
) -> None:
    low, high = rule(seen(with_outliers))
    assert -5 <= low <= 0
    assert 2 < high < 9
    usual = with_outliers[1:]
    fine = np.abs(rounded(usual, low, high) - usual)
    coarse = np.abs(rounded(usual, with_outliers.min(), with_outliers.max()) - usual)
    assert np.median(fine) < np.median(coarse) / 1.2


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("sign", [1, -1])
def test_zero_can_always_be_said(rule: Callable[[Histogram], Ends], sign: int) -> None:
    """Borders are zeros: a range without it would shift all of them."""
    low, high = rule(seen(sign * np.random.default_rng(0).uniform(5, 6, 10_000)))
    if rule is not extremes:  # there the quantiser puts it in
        assert low <= 0 <= high


def test_the_share_that_a_percentile_keeps_is_kept() -> None:
    values = np.random.default_rng(1).normal(0, 1, 200_000)
    low, high = percentile(seen(values), 0.9)
    assert np.mean((values < low) | (values > high)) == pytest.approx(0.1, abs=0.005)
    assert low == pytest.approx(-1.645, abs=0.02)
    assert high == pytest.approx(1.645, abs=0.02)


def test_the_least_squares_are_the_least_of_those_that_rounding_makes() -> None:
    values = np.random.default_rng(3).laplace(0, 1, 100_000)
    low, high = least_squares(seen(values))
    best = np.mean((rounded(values, low, high) - values) ** 2)
    for width in (0.2, 0.4, 0.6, 0.8, 1.0):
        other = np.mean((rounded(values, values.min() * width, values.max() * width) - values) ** 2)
        assert best <= 1.02 * other


def test_what_is_spread_evenly_is_kept_whole() -> None:
    values = np.random.default_rng(4).uniform(0, 1, 100_000)
    for rule in (entropy, least_squares):
        low, high = rule(seen(values))
        assert low == 0
        assert high > 0.97


def test_each_value_of_each_frame_is_counted(tmp_path: Path) -> None:
    path = small_network(tmp_path / "a.onnx")
    inputs = [Session(path, "cpu").run_single(t) for t in tensors(3)()]
    ends = {"logits": (np.float32([np.min(inputs)]), np.float32([np.max(inputs)]))}
    found = histograms(path, ends, "images", tensors(3)())
    assert found["logits"].counts.sum() == 9
    assert found["logits"].counts[0] >= 1
    assert found["logits"].counts[-1] >= 1
    assert found["logits"].high == np.max(inputs)


def test_an_activation_that_never_changes_has_no_histogram(tmp_path: Path) -> None:
    path = small_network(tmp_path / "a.onnx")
    assert histograms(path, {"logits": (np.float32([1]), np.float32([1]))}, "images", tensors(2)()) == {}


def test_a_version_is_written_with_the_ranges_that_were_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "percentile", lambda one: (one.low / 2, one.high / 2))
    network = Network(small_network(tmp_path / "a.onnx"), tensors(), work_folder(tmp_path / "w"))
    scales = []
    for ranges in (EXTREMES, "percentile", EXTREMES):
        network.write(tmp_path / "b.onnx", (), ranges)
        model = onnx.load(tmp_path / "b.onnx")
        made = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        scales.append(float(made["first.c_scale"]))
    assert scales[1] == pytest.approx(scales[0] / 2, rel=1e-6)
    assert scales[2] == scales[0]


@pytest.mark.parametrize("rule", RULES)
def test_a_version_by_each_rule_computes_nearly_the_same(tmp_path: Path, rule: str) -> None:
    path = small_network(tmp_path / "a.onnx")
    network = Network(path, tensors(), work_folder(tmp_path / "w"))
    network.write(tmp_path / "b.onnx", (), rule)
    assert error(path, tmp_path / "b.onnx") < 0.1


def test_zeros_behind_a_relu_do_not_narrow_the_range_by_entropy() -> None:
    """They are exact in any range; counted, they would drive it down to where most others are cut off."""
    values = np.maximum(np.random.default_rng(6).normal(-0.5, 1, 200_000), 0)
    _, high = entropy(seen(values))
    assert np.mean(values[values > 0] > high) < 0.02
