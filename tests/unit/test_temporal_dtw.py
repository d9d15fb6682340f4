"""Dynamic time warping equals its definition, and finds what is only faster or slower."""

from __future__ import annotations

import numpy as np

from vision_app.sequences.sequence import Sequence
from vision_app.temporal.batches import batch_of
from vision_app.temporal.dtw import distances, nearest


def _defined(a: np.ndarray, b: np.ndarray) -> float:
    table = np.full((len(a) + 1, len(b) + 1), np.inf)
    table[0, 0] = 0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = float(((a[i - 1] - b[j - 1]) ** 2).sum())
            table[i, j] = cost + min(table[i - 1, j], table[i, j - 1], table[i - 1, j - 1])
    return float(np.sqrt(table[-1, -1]))


def _sequence(values: np.ndarray) -> Sequence:
    values = values.astype(np.float32)
    return Sequence(values, np.arange(len(values)) / 15, np.ones(len(values), bool))


def test_distances_are_those_of_the_definition() -> None:
    random = np.random.default_rng(0)
    some = [random.normal(size=(n, 3)) for n in (6, 9, 4)]
    others = [random.normal(size=(n, 3)) for n in (5, 9)]
    made = distances(
        batch_of([_sequence(a) for a in some], [0] * 3, 20),
        batch_of([_sequence(b) for b in others], [0] * 2, 20),
        band=2.0,
    )
    expected = [[_defined(a, b) for b in others] for a in some]
    np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_a_slower_movement_is_near_and_another_is_far() -> None:
    slow, fast = np.linspace(0, 2 * np.pi, 30)[:, None], np.linspace(0, 2 * np.pi, 20)[:, None]
    train = batch_of([_sequence(np.sin(slow)), _sequence(np.cos(slow))], [0, 1], 40)
    asked = batch_of([_sequence(np.cos(fast)), _sequence(np.sin(fast))], [1, 0], 40)
    assert nearest(train, asked).tolist() == [1, 0]
    apart = distances(asked, train)
    assert apart[0, 1] < 0.2 * apart[0, 0]


def test_a_narrow_band_allows_no_detour() -> None:
    bump = np.zeros((20, 1))
    early, late = bump.copy(), bump.copy()
    early[2], late[17] = 1, 1
    pair = batch_of([_sequence(early)], [0], 20), batch_of([_sequence(late)], [0], 20)
    assert distances(*pair, band=1.0)[0, 0] < 1e-6
    assert distances(*pair, band=0.1)[0, 0] > 1
