"""From what a model says row by row to movements, each reported once: when it began, when it ended, how sure.

A movement is on once the smoothed probability of its class has been at `ON` for a moment, and over when it falls below
`OFF`, when another class takes over, when nothing is seen any more, or when what moves has come to rest: a model
that looks at a window sees a movement for as long as it is in there, and an answer must not wait for that. The class
of a movement that was reported has to fall below `OFF` before it can be reported again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision_app.results.frames import FloatArray
from vision_app.results.movements import MovementEvent
from vision_app.sequences.resampling import Row

ON, OFF = 0.6, 0.35
CONFIRM_S = 0.1
"""So long a class has to be on before it counts: two rows of fifteen a second."""
REST_S = 0.13
"""What has moved less than `REST_SHARE` of its most for so long has come to rest."""
REST_SHARE = 0.25
LEAST_S = 0.15
PAUSE_S = 0.33
"""A shorter rest is a pause within a movement: when it began is looked for behind it."""
SWITCH_S = 0.5
"""A class that was on for less when another one takes over was only how that one began."""
LONGEST_S = 10.0
_SMOOTH_S = 0.07
_LOOK_BACK_S = 4.0
_UNSEEN_S = 0.35


@dataclass(frozen=True, slots=True)
class _Open:
    """A movement that is being made."""

    label: int
    since_s: float
    on_s: float
    score: float
    most: float
    loud_s: float


@dataclass(frozen=True, slots=True)
class EventState:
    """Where a stream stands.

    Attributes:
        smooth: (C,) the smoothed probabilities.
        last: the last row.
        before: the one before it: what moves shows across two rows, noise shows as much across one.
        seen_s: when something was seen last.
        activity: time and how much moved, of the last seconds.
        open: the movement that is being made.
        spent: class that was reported and has not fallen since.
    """

    smooth: FloatArray
    last: Row
    seen_s: float
    activity: tuple[tuple[float, float], ...] = ()
    before: Row | None = None
    open: _Open | None = None
    spent: int | None = None


class EventFinder:
    """Finds movements in what a model says. It keeps no state of its own.

    Args:
        labels: names of the classes.
        idle: id of the class that is no movement; None for none.
        least: a probability below which nothing counts, where the model wants more than `ON`.
    """

    def __init__(self, labels: Sequence[str], idle: int | None, least: float = 0.0) -> None:
        self._labels, self._idle, self._on = tuple(labels), idle, max(ON, min(least, 0.95))

    def step(
        self, state: EventState | None, row: Row, probabilities: FloatArray
    ) -> tuple[EventState, MovementEvent | None]:
        """Take what the model says of the next row.

        Args:
            state: as given back for the row before; None for the first.
            row: the row that the model was given, with its features.
            probabilities: (C,) what it said.

        Returns:
            The state for the next row, and a movement that has ended.
        """
        if state is None:
            seen_s = row.time_s if row.present else -np.inf
            return EventState(probabilities, row, float(seen_s)), None
        state = self._taken(state, row, probabilities)
        if state.open is None:
            return self._opened(state), None
        return self._followed(state)

    def current(self, state: EventState | None) -> MovementEvent | None:
        """The movement that is being made, once it counts."""
        if state is None or state.open is None or state.last.time_s - state.open.on_s < CONFIRM_S:
            return None
        one = state.open
        return MovementEvent(self._labels[one.label], one.since_s, state.last.time_s, one.score)

    def _taken(self, state: EventState, row: Row, probabilities: FloatArray) -> EventState:
        step_s = max(row.time_s - state.last.time_s, 1e-6)
        share = np.float32(1 - np.exp(-step_s / _SMOOTH_S))
        smooth = state.smooth + share * (probabilities - state.smooth)
        first_s = row.time_s - _LOOK_BACK_S
        kept = [one for one in state.activity if one[0] > first_s]
        spent = state.spent
        if spent is not None and smooth[spent] < OFF:
            spent = None
        return replace(
            state,
            smooth=smooth,
            last=row,
            before=state.last,
            seen_s=row.time_s if row.present else state.seen_s,
            activity=(*kept, (row.time_s, moved_by(state, row))),
            spent=spent,
        )

    def _opened(self, state: EventState) -> EventState:
        """A movement may begin."""
        top = int(np.argmax(state.smooth))
        now_s = state.last.time_s
        if top in (self._idle, state.spent) or state.smooth[top] < self._on or not state.last.present:
            return state
        most = max(moved for _, moved in state.activity)
        loud = _loud(state.activity, most)
        since_s = _last_run(loud, now_s)
        one = _Open(top, since_s, now_s, float(state.smooth[top]), most, max(loud, default=now_s))
        return replace(state, open=one, spent=None)

    def _followed(self, state: EventState) -> tuple[EventState, MovementEvent | None]:
        """A movement goes on, or ends."""
        one = state.open
        assert one is not None
        now_s, moved = state.activity[-1]
        most = max(one.most, moved)
        since_s = one.since_s
        if moved > one.most:  # what seemed to move before was little beside this
            since_s = max(since_s, min(_last_run(_loud(state.activity, most), now_s), one.on_s))
        one = replace(
            one,
            since_s=since_s,
            score=max(one.score, float(state.smooth[one.label])),
            most=most,
            loud_s=now_s if moved >= REST_SHARE * most > 0 else one.loud_s,
        )
        top = int(np.argmax(state.smooth))
        fallen = state.smooth[one.label] < OFF
        other = top not in (one.label, self._idle) and state.smooth[top] >= self._on
        if other and now_s - one.on_s < SWITCH_S and now_s - one.loud_s < REST_S:
            return replace(state, open=replace(one, label=top, score=float(state.smooth[top]))), None
        unseen = now_s - state.seen_s >= _UNSEEN_S
        rested = now_s - one.loud_s >= REST_S and now_s - one.on_s >= CONFIRM_S
        if not (fallen or other or unseen or rested or now_s - one.since_s >= LONGEST_S):
            return replace(state, open=one), None
        end_s = min(one.loud_s, state.seen_s) if rested or unseen else now_s
        spent = None if fallen else one.label
        state = replace(state, open=None, spent=spent)
        long_enough = end_s - one.since_s >= LEAST_S and now_s - one.on_s >= CONFIRM_S
        event = MovementEvent(self._labels[one.label], one.since_s, max(end_s, one.since_s), one.score)
        if other:  # the other one begins where this one ended
            state = self._opened(state)
        return state, event if long_enough else None


def moved_by(state: EventState, row: Row) -> float:
    """How much has moved up to a row, root mean square of the numbers a second; 0 where anything was not seen."""
    since = state.before or state.last
    if not (row.present and since.present and state.last.present):
        return 0.0
    return float(np.sqrt(np.mean((row.values - since.values) ** 2))) / max(row.time_s - since.time_s, 1e-6)


def _loud(activity: Sequence[tuple[float, float]], most: float) -> list[float]:
    """When something moved that is not little beside the most."""
    return [time_s for time_s, moved in activity if moved >= REST_SHARE * most > 0]


def _last_run(loud: Sequence[float], now_s: float) -> float:
    """When the last run of movement began: one that is over by now, where a model is sure only after it."""
    since_s = loud[-1] if loud else now_s
    for time_s in reversed(loud):
        if since_s - time_s > PAUSE_S:
            break
        since_s = time_s
    return since_s
