"""Which INT8 version is taken, where a user wants so much agreement or so much speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from vision_app.errors import ConfigError
from vision_app.quantise.agreement import MEASURES
from vision_app.quantise.choosing import DisagreementError, Tried, Version, best_version
from vision_app.quantise.watching import EXTREMES, RANGE_WORDS
from vision_app.quantise.writing import Request

LAYERS = tuple("abcdefghijklmnopqrstuvwxyz")
FRAGILE = tuple(reversed(LAYERS))


class Shelf:
    """Versions whose figures are known: by how many of the most fragile, or else of the first layers are in float."""

    name, layers, fragile = "m", LAYERS, FRAGILE
    measure = MEASURES["classify"]

    def __init__(
        self,
        fragile: Mapping[int, tuple[float, float]],
        first: Mapping[int, tuple[float, float]] | None = None,
        gain: Mapping[str, float] | None = None,
    ) -> None:
        self._fragile, self._first = fragile, first or {0: (0.5, 2.0), 3: (0.5, 1.9)}
        self._gain = gain or {}
        self.ranges, self.one_frame = EXTREMES, 1 / 64
        self.made: list[Version] = []
        self.notes: list[str] = []

    def make(self, in_float: Sequence[str], ranges: str | None = None) -> Version:
        ranges = ranges or self.ranges
        asked = (set(in_float), ranges)
        known = next((v for v in self.made if (set(v.in_float), v.ranges) == asked), None)
        if known is not None:
            return known
        figures = self._fragile if in_float and in_float[0] == FRAGILE[0] else self._first
        agreement, speed = figures[len(in_float)]
        agreement += self._gain.get(ranges, 0.0)
        self.made.append(Version(Path("v"), tuple(in_float), agreement, speed, ranges))
        return self.made[-1]

    def note(self, text: str) -> None:
        self.notes.append(text)


def counts(shelf: Shelf) -> list[int]:
    return [len(v.in_float) for v in shelf.made if v.ranges == shelf.ranges]


def taken(shelf: Shelf, agreement: float | None = None, speed: float | None = None) -> Version:
    versions: Any = shelf
    return best_version(versions, agreement, speed)


def test_the_fastest_that_agrees_is_taken_without_looking_further() -> None:
    shelf = Shelf({}, {0: (0.96, 2.0), 3: (0.99, 1.9)})
    assert taken(shelf).in_float == ()
    assert taken(shelf, 0.98).in_float == LAYERS[:3]
    assert counts(shelf) == [0, 3]


def test_more_stay_in_float_until_it_agrees_and_then_fewer_are_tried() -> None:
    shelf = Shelf({1: (0.6, 1.9), 2: (0.7, 1.8), 4: (0.9, 1.7), 6: (0.98, 1.65), 8: (0.99, 1.5)})
    best = taken(shelf, 0.97)
    assert counts(shelf) == [0, 3, 1, 2, 4, 8, 6]
    assert (best.in_float, best.speed_ratio) == (FRAGILE[:6], 1.65)


def test_with_a_speed_the_best_agreement_that_is_so_fast_is_taken() -> None:
    shelf = Shelf({1: (0.6, 1.95), 2: (0.97, 1.9), 4: (0.96, 1.8), 8: (0.99, 1.5), 13: (1.0, 1.2)})
    assert taken(shelf, speed=1.75).in_float == FRAGILE[:2]
    assert counts(shelf) == [0, 3, 1, 2, 4, 8]
    assert taken(shelf, 0.97, 1.75).in_float == FRAGILE[:2]
    with pytest.raises(DisagreementError, match=r"0\.970 at best, 0\.98 was wanted"):
        taken(shelf, 0.98, 1.75)


def test_a_speed_that_none_has_is_refused_at_once() -> None:
    shelf = Shelf({})
    with pytest.raises(DisagreementError, match=r"is 3 times as fast .* 2\.00 times at best"):
        taken(shelf, speed=3.0)
    assert counts(shelf) == [0, 3]


def test_nothing_that_agrees_is_refused_and_says_what_there_was() -> None:
    shelf = Shelf(dict.fromkeys((1, 2, 4, 8, 13), (0.8, 1.1)))
    with pytest.raises(DisagreementError, match=r"0\.800 at best,.*--agreement"):
        taken(shelf, 0.95)


def test_other_ranges_are_tried_before_any_layer_goes_back_to_float() -> None:
    shelf = Shelf({}, {0: (0.9, 2.0), 3: (0.92, 1.9)}, {"percentile": 0.05})
    best = taken(shelf, 0.96)
    assert (best.in_float, best.ranges) == (LAYERS[:3], "percentile")
    assert {len(v.in_float) for v in shelf.made} == {0, 3}
    assert [v.ranges for v in shelf.made] == [EXTREMES, EXTREMES, "percentile"]  # that is enough


def test_with_a_speed_all_ranges_are_tried_for_there_is_no_enough() -> None:
    shelf = Shelf({1: (0.6, 1.0)}, {0: (0.9, 2.0), 3: (0.92, 1.9)}, {"percentile": 0.02, "entropy": 0.04})
    assert taken(shelf, speed=1.5).ranges == "entropy"
    assert {v.ranges for v in shelf.made if len(v.in_float) == 3} == set(RANGE_WORDS)


def test_where_the_first_ones_agree_no_other_ranges_are_tried() -> None:
    shelf = Shelf({}, {0: (0.96, 2.0), 3: (0.99, 1.9)}, {"percentile": 0.05})
    assert taken(shelf).ranges == EXTREMES
    assert {v.ranges for v in shelf.made} == {EXTREMES}


@pytest.mark.parametrize(("gain", "usual"), [(0.02, "percentile"), (0.01, EXTREMES)])
def test_ranges_that_are_better_by_more_than_a_frame_hold_from_then_on(gain: float, usual: str) -> None:
    """One frame of 64 is chance: it does not decide."""
    shelf = Shelf({1: (0.6, 1.9), 2: (0.98, 1.8)}, gain={"percentile": gain})
    best = taken(shelf, 0.97)
    assert (best.in_float, best.ranges) == (FRAGILE[:2], usual)


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e6, float("nan")])
def test_a_speed_that_is_none_is_refused_before_any_work(speed: float) -> None:
    with pytest.raises(ConfigError, match="the least speed is a ratio"):
        Request("m", "0", min_speed=speed)


def test_what_was_tried_is_listed_by_the_layers_in_float() -> None:
    from vision_app.quantise.choosing import Attempts

    shelf = Shelf({1: (0.96, 1.5)}, {0: (0.9, 2.0), 3: (0.5, 1.0)}, {"entropy": -0.5})
    best = taken(shelf, 0.95)
    listed = Attempts.tried(shelf, best)  # type: ignore[arg-type]
    assert [one for one in listed if one.ranges == EXTREMES] == [
        Tried(0, 2.0, 0.9, False),
        Tried(1, 1.5, 0.96, True),
        Tried(3, 1.0, 0.5, False),
    ]
    assert Tried(0, 2.0, 0.4, False, "entropy") in listed
