"""The filters over time, against their definitions."""

import math

import numpy as np

from vision_app.people.smoothing import LowPass, OneEuro, OneEuroSpec


def by_definition(values, times, spec, scale):
    """One coordinate, step by step as the paper has it."""
    smooth, speed = values[0], 0.0
    made = [smooth]
    for i in range(1, len(values)):
        rate = 1 / (times[i] - times[i - 1])
        share = 1 / (1 + rate / (2 * math.pi * spec.of_speed))
        speed = share * (values[i] - values[i - 1]) * scale * rate + (1 - share) * speed
        share = 1 / (1 + rate / (2 * math.pi * (spec.slowest + spec.beta * abs(speed))))
        smooth = share * values[i] + (1 - share) * smooth
        made.append(smooth)
    return made


def test_one_euro_is_its_definition() -> None:
    rng = np.random.default_rng(1)
    values = np.cumsum(rng.normal(0, 3, (40, 2)), axis=0).astype(np.float32)
    times = np.cumsum(rng.uniform(0.02, 0.05, 40))
    spec = OneEuroSpec(0.05, 80.0)
    filtered = OneEuro(spec)
    made = np.array([filtered(v, t, 0.004) for v, t in zip(values, times, strict=True)])
    for k in range(2):
        assert np.allclose(made[:, k], by_definition(values[:, k], times, spec, 0.004), atol=1e-3)


def test_a_second_look_at_the_same_time_changes_nothing() -> None:
    filtered = OneEuro(OneEuroSpec(1.0, 0.0))
    filtered(np.float32([0.0]), 0.0)
    once = filtered(np.float32([1.0]), 0.1)
    assert filtered(np.float32([9.0]), 0.1) == once


def test_reset_forgets() -> None:
    filtered, low = OneEuro(OneEuroSpec(0.1, 0.0)), LowPass(0.1)
    for one in (lambda v: filtered(v, 0.0), low):
        one(np.float32([5.0]))
    filtered.reset()
    low.reset()
    assert filtered(np.float32([1.0]), 9.0) == 1
    assert low(np.float32([1.0])) == 1


def test_low_pass() -> None:
    low = LowPass(0.25)
    low(np.float32([0.0]))
    assert low(np.float32([4.0])) == 1
