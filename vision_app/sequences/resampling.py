"""Sequences at a fixed rate: 15, 30 and 60 frames a second come out as the same rows.

A row of the grid between two rows that were seen lies on the line between them; of two of which one was not seen it is
the nearer one. Across a gap the last row is repeated and counts as not seen. What a stream gives row by row is
what the whole sequence gives at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from vision_app.results.frames import FloatArray
from vision_app.sequences.sequence import Sequence

RATE_HZ = 15.0
"""Rows a second that models over time see unless their card says otherwise: the least that cameras give."""

GAP_S = 0.25
"""Rows further apart than this have a gap between them: nothing is known of what lies there."""

_CLOSE_S = 1e-6


def resampled(sequence: Sequence, rate_hz: float = RATE_HZ) -> Sequence:
    """A sequence at a fixed rate, from its first row on.

    Args:
        sequence: rows at any times.
        rate_hz: rows a second.

    Returns:
        Rows at `times_s[0] + k / rate_hz`, up to the last one.

    >>> times = np.arange(5) / 30
    >>> line = Sequence(times[:, None].astype(np.float32), times, np.ones(5, bool))
    >>> resampled(line, 15).values[:, 0].round(3).tolist()
    [0.0, 0.067, 0.133]
    """
    times = sequence.times_s
    count = int(np.floor((times[-1] - times[0] + _CLOSE_S) * rate_hz)) + 1
    grid = times[0] + np.arange(count) / rate_hz
    after = np.minimum(np.searchsorted(times, grid - _CLOSE_S), len(times) - 1)
    before = np.maximum(after - 1, 0)
    span = times[after] - times[before]
    share = np.divide(grid - times[before], span, out=np.ones_like(grid), where=span > 0)
    share = np.clip(share, 0.0, 1.0)
    seen_before, seen_after = sequence.present[before], sequence.present[after]
    exact = np.abs(grid - times[after]) <= _CLOSE_S
    gap = (span > GAP_S) & ~exact
    nearer = np.where(share >= 0.5, 1.0, 0.0)
    share = np.where(exact, 1.0, np.where(gap, 0.0, np.where(seen_before & seen_after, share, nearer)))
    weight = share[:, None].astype(np.float32)
    values = sequence.values[before] * (1 - weight) + sequence.values[after] * weight
    present = np.where(share >= 0.5, seen_after, seen_before) & ~gap
    return replace(sequence, values=values.astype(np.float32), times_s=grid, present=present)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sequence on its way.

    Attributes:
        time_s: when it was.
        values: (F,) float32.
        present: whether it was seen.
    """

    time_s: float
    values: FloatArray
    present: bool


@dataclass(frozen=True, slots=True)
class ResamplerState:
    """Where a stream stands: when it began, how many rows of the grid were given, and the last row that came."""

    start_s: float
    given: int
    last: Row


class Resampler:
    """The same row by row, for a stream. It keeps no state of its own.

    Args:
        rate_hz: rows a second.
    """

    def __init__(self, rate_hz: float = RATE_HZ) -> None:
        self.rate_hz = rate_hz

    def step(self, state: ResamplerState | None, row: Row) -> tuple[ResamplerState, tuple[Row, ...]]:
        """Take the next row.

        Args:
            state: as it was given back for the row before; None for the first one.
            row: later than the one before; one that is not is passed over.

        Returns:
            The state for the next row, and the rows of the grid up to this one.
        """
        if state is None:
            return ResamplerState(row.time_s, 1, row), (row,)
        if row.time_s <= state.last.time_s:
            return state, ()
        made = tuple(self._between(state, row))
        return ResamplerState(state.start_s, state.given + len(made), row), made

    def _between(self, state: ResamplerState, row: Row) -> Iterator[Row]:
        last, number = state.last, state.given
        span = row.time_s - last.time_s
        while (at_s := state.start_s + number / self.rate_hz) <= row.time_s + _CLOSE_S:
            number += 1
            if abs(at_s - row.time_s) <= _CLOSE_S:
                yield replace(row, time_s=at_s)
            elif span > GAP_S:
                yield Row(at_s, last.values, False)
            else:
                yield _mixed(last, row, at_s, min(max((at_s - last.time_s) / span, 0.0), 1.0))


def _mixed(before: Row, after: Row, at_s: float, share: float) -> Row:
    if not (before.present and after.present):
        return replace(after if share >= 0.5 else before, time_s=at_s)
    weight = np.float32(share)
    values = before.values * (np.float32(1) - weight) + after.values * weight
    return Row(at_s, values.astype(np.float32), True)
