"""The exponent that the benchmark of sizes states."""

import importlib.util
import math
import sys
from pathlib import Path

import pytest

_FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "growth.py"


@pytest.fixture(scope="module")
def growth():
    spec = importlib.util.spec_from_file_location("growth_of_costs", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("constant", [0.0, 2e-3], ids=["alone", "beside a constant part"])
def test_the_exponent_is_that_of_the_part_that_grows(growth, exponent, constant):
    found = growth.fit(SIZES, [constant + 1e-3 * n**exponent for n in SIZES])
    assert found.exponent == pytest.approx(exponent, abs=0.02)
    assert found.constant == pytest.approx(constant, abs=2e-4)


def test_what_hardly_rises_is_flat(growth):
    assert str(growth.fit(SIZES, [150 + math.log(n) for n in SIZES])) == "flat"


def test_three_sizes_tell_no_exponent(growth):
    assert growth.fit((1, 2, 3), [1.0, 2.0, 3.0]) is None


def test_what_grows_faster_than_linear_is_told_and_what_does_not_is_not(growth):
    axis = growth.Axis("boxes", "boxes", SIZES, SIZES, {})

    def line(name, exponent):
        return growth.Line(name, SIZES, tuple(growth.Cost(n**exponent, n**exponent, 100.0) for n in SIZES))

    told = growth.too_fast([axis], {"boxes": [line("drawing", 1.0), line("pairing", 2.0)]})
    assert told == ["boxes, pairing: processor time grows with exponent 2.00"]


def test_sizes_are_measured_in_turns_and_a_long_one_only_once(growth):
    asked = []

    def cost(size):
        asked.append(size)
        return growth.Cost(float(size), float(size))

    axis = growth.Axis("a", "a", (1, 2, 100), (1,), {"line": cost})
    measured = growth.measure([axis], quick=False, rounds=3, once_above_s=60, say=lambda _: None)
    assert asked == [1, 2, 100, 1, 2, 1, 2]
    assert [c.cpu_s for c in measured["a"][0].costs] == [1.0, 2.0, 100.0]
