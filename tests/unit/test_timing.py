"""Percentiles and rates."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.engine.timing import Durations, Rate
from vision_app.results.values import Timings


@given(st.lists(st.floats(1e-5, 100), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 1.0]))
def test_percentiles_are_exact_to_one_percent(values, share):
    durations = Durations()
    for value in values:
        durations.add(value)
    exact = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    assert durations.percentile(share) == pytest.approx(exact, rel=0.011)


def test_the_recent_ones_forget_the_start():
    durations = Durations()
    for _ in range(500):
        durations.add(9.0)
    for _ in range(120):
        durations.add(1.0)
    assert durations.recent_percentile(0.95) == 1.0
    assert durations.percentile(0.95) == pytest.approx(9.0, rel=0.011)
    assert durations.count == 620
    assert durations.longest_s == 9.0


def test_memory_stays_flat():
    durations = Durations()
    for value in np.random.default_rng(0).exponential(0.01, 20_000):
        durations.add(float(value))
    assert len(durations._buckets) < 1000


def test_no_durations_give_zero():
    assert Durations().percentile(0.5) == Durations().recent_percentile(0.5) == 0.0


def test_the_rate_of_a_steady_stream():
    rate = Rate(window_s=2.0)
    for i in range(200):
        rate.tick(i / 30)
    assert rate.per_second(200 / 30) == pytest.approx(30, rel=0.01)


def test_what_has_stopped_has_no_rate():
    rate = Rate(window_s=2.0)
    for i in range(30):
        rate.tick(i / 30)
    assert rate.per_second(2.9) > 0
    assert rate.per_second(3.1) == 0.0


def test_slow_events_have_a_rate_all_the_time():
    rate = Rate(window_s=2.0)
    for i in range(3):
        rate.tick(5.0 * i)
    assert rate.per_second(14.0) == 0.2


def test_one_event_has_no_rate():
    rate = Rate()
    rate.tick(1.0)
    assert rate.per_second(1.5) == 0.0


def test_timings_are_added_stage_by_stage_and_said_in_milliseconds():
    stages = [field.name for field in fields(Timings)]
    first, second = Timings(*range(1, len(stages) + 1)), Timings(*(10.0 * i for i in range(len(stages))))
    summed = first + second
    assert [getattr(summed, stage) for stage in stages] == [11.0 * i + 1 for i in range(len(stages))]
    said = summed.as_milliseconds()
    assert said == {s.removesuffix("_s"): 1e3 * getattr(summed, s) for s in stages if s != "write_s"}
