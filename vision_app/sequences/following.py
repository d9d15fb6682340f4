"""A model over time on a stream, row by row: what it says, and which movements have ended.

A movement begins where something moves after a rest. There the model starts afresh: it then sees what it has learnt
from, one movement from its beginning, and nothing of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vision_app.results.frames import FloatArray
from vision_app.results.movements import MovementEvent
from vision_app.sequences.events import REST_SHARE, EventFinder, EventState, moved_by
from vision_app.sequences.model import SequenceModel, State
from vision_app.sequences.resampling import Row

FORGET_S = 1.0
"""Where nothing was seen for so long, what follows is a new movement."""
LULL_S = 0.4
"""What moves after so long a rest begins something new."""
YOUNG_S = 0.25
"""So long after a beginning an answer says little, and counts as none."""


@dataclass(frozen=True, slots=True)
class FollowState:
    """Where a stream stands.

    Attributes:
        head: state of the model.
        events: state of the finder of movements.
        seen_s: when something was seen last.
        begun_s: when the model started afresh.
        answer: (C,) what counts as said of the last row.
        attention: (T,) how much each row of the window counted; None without.
    """

    head: State
    events: EventState | None
    seen_s: float
    begun_s: float
    answer: FloatArray
    attention: FloatArray | None = None


class Follower:
    """Follows streams with a model. It keeps no state of its own.

    Args:
        model: the model.
    """

    def __init__(self, model: SequenceModel) -> None:
        self.model, self.labels = model, model.labels
        output = model.card.output
        self.idle = None if output.background is None else self.labels.index(output.background)
        self._finder = EventFinder(self.labels, self.idle, output.reject_below or 0.0)
        count = len(self.labels)
        self.nothing = np.full(count, 1 / count, np.float32)
        if self.idle is not None:
            self.nothing = np.eye(count, dtype=np.float32)[self.idle]

    def start(self) -> FollowState:
        """Nothing was seen."""
        return FollowState(self.model.start(), None, -np.inf, -np.inf, self.nothing)

    def step(self, state: FollowState, row: Row) -> tuple[FollowState, MovementEvent | None]:
        """Take the next row at the rate of the model.

        Args:
            state: as given back for the row before.
            row: the row.

        Returns:
            The state for the next row, and a movement that has ended.

        Raises:
            ModelError: the row has another width, or ONNX Runtime failed.
        """
        seen_s = row.time_s if row.present else state.seen_s
        if row.time_s - seen_s > FORGET_S:
            state = replace(
                state, head=self.model.start(), answer=self.nothing, attention=None, begun_s=row.time_s
            )
        else:
            if self.model.input.form == "step" and begins(state.events, row):
                state = replace(state, head=self.model.start(), begun_s=row.time_s)
            head, said = self.model.step(state.head, row)
            young = row.time_s - state.begun_s < YOUNG_S
            answer = self.nothing if young else said.probabilities
            state = replace(state, head=head, answer=answer, attention=said.attention)
        events, event = self._finder.step(state.events, row, state.answer)
        return replace(state, events=events, seen_s=seen_s), event

    def current(self, state: FollowState) -> MovementEvent | None:
        """The movement that is being made."""
        return self._finder.current(state.events)


def begins(events: EventState | None, row: Row) -> bool:
    """Whether something begins to move with this row, after a rest."""
    if events is None or not row.present or not events.last.present or not events.activity:
        return False
    moved = moved_by(events, row)
    most = max(moved, *(m for _, m in events.activity))
    lately = [m for time_s, m in events.activity if time_s >= row.time_s - LULL_S]
    return moved >= REST_SHARE * most > 0 and all(m < REST_SHARE * most for m in lately)
