"""Which INT8 version is taken, where a user wants so much agreement or so much speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from vision_app.errors import ConfigError
from vision_app.quantise.agreement import MEASURES
from vision_app.quantise.choosing import DisagreementError, Tried, Version, best_version
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
    ) -> None:
        self._fragile, self._first = fragile, first or {0: (0.5, 2.0), 3: (0.5, 1.9)}
        self.made: list[Version] = []
        self.notes: list[str] = []

    def make(self, in_float: Sequence[str]) -> Version:
        known = next((v for v in self.made if set(v.in_float) == set(in_float)), None)
        if known is not None:
            return known
        figures = self._fragile if in_float and in_float[0] == FRAGILE[0] else self._first
        agreement, speed = figures[len(in_float)]
        self.made.append(Version(Path("v"), tuple(in_float), agreement, speed))
        return self.made[-1]

    def note(self, text: str) -> None:
        self.notes.append(text)


def counts(shelf: Shelf) -> list[int]:
    return [len(v.in_float) for v in shelf.made]


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


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e6, float("nan")])
def test_a_speed_that_is_none_is_refused_before_any_work(speed: float) -> None:
    with pytest.raises(ConfigError, match="the least speed is a ratio"):
        Request("m", "0", min_speed=speed)


def test_what_was_tried_is_listed_by_the_layers_in_float() -> None:
    from vision_app.quantise.choosing import Attempts

    shelf = Shelf({1: (0.96, 1.5)}, {0: (0.9, 2.0), 3: (0.5, 1.0)})
    best = taken(shelf, 0.95)
    listed = Attempts.tried(shelf, best)  # type: ignore[arg-type]
    assert listed == (Tried(0, 2.0, 0.9, False), Tried(1, 1.5, 0.96, True), Tried(3, 1.0, 0.5, False))
