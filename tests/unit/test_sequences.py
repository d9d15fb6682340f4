"""Sequences: what they are checked for, and that any rate of frames gives the same rows."""

import math

import numpy as np
import pytest

from vision_app.sequences.resampling import GAP_S, Resampler, Row, resampled
from vision_app.sequences.sequence import Sequence


def movement(rate_hz: float, seconds: float = 2.0, start_s: float = 3.0) -> Sequence:
    """Two slow waves, sampled."""
    times = start_s + np.arange(int(seconds * rate_hz) + 1) / rate_hz
    values = np.stack([np.sin(2 * times), np.cos(times)], axis=1).astype(np.float32)
    return Sequence(values, times, np.ones(len(times), bool), "wave", "one", "table:2")


def streamed(sequence: Sequence, rate_hz: float) -> list[Row]:
    resampler, state, rows = Resampler(rate_hz), None, []
    for time_s, values, present in zip(sequence.times_s, sequence.values, sequence.present, strict=True):
        state, new = resampler.step(state, Row(float(time_s), values, bool(present)))
        rows += new
    return rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": np.zeros((3, 2), np.float64)}, "float32"),
        ({"values": np.zeros((0, 2), np.float32)}, "at least one row"),
        ({"values": np.full((3, 2), np.nan, np.float32)}, "finite"),
        ({"times_s": np.array([0.0, 1.0])}, "times"),
        ({"times_s": np.array([0.0, 1.0, 1.0])}, "rise"),
        ({"times_s": np.array([0.0, 1.0, math.inf])}, "finite"),
        ({"present": np.ones(2, bool)}, "flags"),
        ({"present": np.ones(3, np.float32)}, "flags"),
    ],
)
def test_wrong_arrays_are_refused(change: dict[str, np.ndarray], message: str) -> None:
    right = {
        "values": np.zeros((3, 2), np.float32),
        "times_s": np.arange(3.0),
        "present": np.ones(3, bool),
    }
    Sequence(**right)
    with pytest.raises(ValueError, match=message):
        Sequence(**(right | change))


def test_any_rate_of_frames_gives_the_same_rows() -> None:
    at_15 = resampled(movement(15), 15)
    np.testing.assert_allclose(at_15.values, movement(15).values, atol=1e-6)
    for rate_hz in (30, 60):
        other = resampled(movement(rate_hz), 15)
        np.testing.assert_allclose(other.values, at_15.values, atol=1e-5)
        np.testing.assert_allclose(other.times_s, at_15.times_s)
        assert other.present.all()
    np.testing.assert_allclose(resampled(movement(25), 15).values, at_15.values[:31], atol=2e-3)


@pytest.mark.parametrize("rate_hz", [12.0, 15.0, 29.97, 30.0, 60.0])
def test_row_by_row_is_the_whole_at_once(rate_hz: float) -> None:
    rng = np.random.default_rng(int(rate_hz))
    whole = movement(rate_hz, 4.0)
    kept = np.sort(rng.choice(len(whole), len(whole) - 7, replace=False))
    missing = rng.random(len(kept)) > 0.1
    holed = Sequence(whole.values[kept], whole.times_s[kept], missing, "wave", "one", "table:2")
    at_once, rows = resampled(holed, 15.0), streamed(holed, 15.0)
    np.testing.assert_allclose([r.time_s for r in rows], at_once.times_s)
    np.testing.assert_allclose(np.stack([r.values for r in rows]), at_once.values, atol=1e-5)
    assert [r.present for r in rows] == at_once.present.tolist()


def test_across_a_gap_nothing_is_invented() -> None:
    whole = movement(30, 3.0)
    kept = (whole.times_s < 4.0) | (whole.times_s > 4.5)
    holed = Sequence(whole.values[kept], whole.times_s[kept], np.ones(kept.sum(), bool))
    made = resampled(holed, 15)
    left, right = whole.times_s[whole.times_s < 4.0][-1], whole.times_s[whole.times_s > 4.5][0]
    in_gap = (made.times_s > left + 1e-3) & (made.times_s < right - 1e-3)
    assert in_gap.sum() >= 7
    assert not made.present[in_gap].any()
    last = whole.values[whole.times_s < 4.0][-1]
    np.testing.assert_array_equal(made.values[in_gap], np.broadcast_to(last, (in_gap.sum(), 2)))
    assert made.present[~in_gap].all()
    assert GAP_S < 0.5


def test_a_row_that_was_not_seen_is_not_mixed_with_one_that_was() -> None:
    values = np.array([[1.0], [0.0], [1.0]], np.float32)
    sequence = Sequence(values, np.array([0.0, 0.1, 0.2]), np.array([True, False, True]))
    made = resampled(sequence, 40)
    assert set(made.values[:, 0].tolist()) == {0.0, 1.0}
    assert (made.values[:, 0] == 1.0).tolist() == made.present.tolist()


def test_one_row_stays_one() -> None:
    one = Sequence(np.ones((1, 2), np.float32), np.array([5.0]), np.ones(1, bool))
    made = resampled(one, 15)
    assert len(made) == 1
    assert made.duration_s == 0


def test_a_row_that_is_not_later_is_passed_over() -> None:
    resampler = Resampler(15)
    row = Row(1.0, np.ones(1, np.float32), True)
    state, _ = resampler.step(None, row)
    assert resampler.step(state, row) == (state, ())


def test_a_part_holds_both_its_ends() -> None:
    part = movement(10).part(3.5, 4.0)
    assert part is not None
    assert part.times_s.round(6).tolist() == [3.5, 3.6, 3.7, 3.8, 3.9, 4.0]
    assert part.label == "wave"
    assert movement(10).part(8, 9) is None
