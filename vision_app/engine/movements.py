"""Models over time live: the last stage of a chain that looks at hands, a body, or the embedding of a classifier.

Frame by frame: landmarks, features, rows at the model's rate, what the model says, movements. All of it is state of one
memory, which starts afresh where the frame's mark says so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vision_app.cards.lookup import ModelFile
from vision_app.engine.chain import Chain
from vision_app.engine.finding import Part
from vision_app.engine.rows import EmbeddingTrack, Looked, Looker, Networks, tracks_of
from vision_app.engine.stages import Flow
from vision_app.errors import ModelError
from vision_app.results.movements import MovementEvent, Movements
from vision_app.results.values import FloatArray, Timings
from vision_app.sequences.features import FEATURE_SETS
from vision_app.sequences.following import FORGET_S, Follower, FollowState
from vision_app.sequences.model import SequenceModel
from vision_app.sequences.resampling import Resampler, ResamplerState, Row
from vision_app.tasks import TaskOptions

HISTORY_S = 4.0
"""So much of what was said is shown."""
_ENDED_S = 2.0
"""So long after its end a movement is still named on the picture."""


@dataclass(frozen=True, slots=True)
class _Memory:
    """Where a stream stands.

    Attributes:
        looked: state of what looks at the frames.
        features: state of the features.
        grid: state of the resampling.
        follow: state of the model and of the finder of movements.
        history: (N, C) what it has said.
        ended: the movement that was reported last.
    """

    looked: Any
    features: Any
    grid: ResamplerState | None
    follow: FollowState
    history: FloatArray
    ended: MovementEvent | None = None


class MovementStage:
    """Says which movement is being made. A memory, and the step whose answer is the chain's.

    Args:
        model: the model over time.
        own: its network.
        looker: looks at the frames.
        top_k: how many classes it lists.
    """

    name = "movements"
    task = "movement"
    finds_boxes = False

    def __init__(self, model: SequenceModel, own: Part, looker: Looker, top_k: int = 5) -> None:
        self.model, self._looker, self._top_k = model, looker, top_k
        self.parts = (*looker.parts, own)
        self.labels = model.labels
        self._follower = Follower(model)
        self._features = FEATURE_SETS.get(model.input.features)
        self._resampler = Resampler(model.input.rate_hz)
        self._rows_shown = max(1, round(HISTORY_S * model.input.rate_hz))

    def start(self) -> _Memory:
        """Nothing was seen."""
        features = None if self._features is None else self._features.start()
        history = np.zeros((0, len(self.labels)), np.float32)
        looked = self._looker.start()
        return _Memory(looked, features, None, self._follower.start(), history)

    def recall(self, state: _Memory, flow: Flow) -> _Memory:
        """Look at the frame, and say what is known with it."""
        started, spent = time.perf_counter(), flow.timings
        looked_state, looked = self._looker.look(state.looked, flow)
        of_looking = time.perf_counter() - started
        state = replace(state, looked=looked_state)
        state, row = self._row(state, flow.time_s, looked)
        grid, rows = self._resampler.step(state.grid, row)
        state = replace(state, grid=grid)
        events = []
        for one in rows:
            state, event = self._said(state, one)
            if event is not None:
                events.append(event)
                state = replace(state, ended=event)
        if state.ended is not None and flow.time_s - state.ended.end_s > _ENDED_S:
            state = replace(state, ended=None)
        flow.result, flow.regions = self._result(state, tuple(events), looked), None
        of_head = time.perf_counter() - started - of_looking
        if flow.timings is spent:
            flow.timings = spent + Timings(infer_s=of_looking)
        flow.timings = flow.timings + Timings(infer_s=of_head)
        return state

    def remember(self, state: _Memory, flow: Flow) -> _Memory:
        """As it is."""
        return state

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run every network once."""
        self._looker.warm_up(frame_wh)
        row = Row(0.0, np.zeros(self.model.input.width, np.float32), True)
        self.model.step(self.model.start(), row)

    def _row(self, state: _Memory, now_s: float, looked: Looked) -> tuple[_Memory, Row]:
        """The features of a frame."""
        if state.grid is not None and now_s - state.grid.last.time_s > FORGET_S:
            # a stream that stood still: the rows in between are nobody's, and a new grid begins
            state = replace(state, grid=None, follow=self._follower.start())
            if self._features is not None:
                state = replace(state, features=self._features.start())
        if self._features is None:
            (values,) = looked.rows.values()
            return state, Row(now_s, values, True)
        features, values, present = self._features.step(state.features, now_s, looked.rows)
        return replace(state, features=features), Row(now_s, values, present)

    def _said(self, state: _Memory, row: Row) -> tuple[_Memory, MovementEvent | None]:
        """What the model says of a row of the grid."""
        follow, event = self._follower.step(state.follow, row)
        history = np.concatenate([state.history[-(self._rows_shown - 1) :], follow.answer[None]])
        return replace(state, follow=follow, history=history), event

    def _result(self, state: _Memory, events: tuple[MovementEvent, ...], looked: Looked) -> Movements:
        return Movements(
            self.model.card.name,
            self.labels,
            state.follow.answer,
            self._follower.idle,
            self._follower.current(state.follow),
            events,
            state.ended,
            state.history,
            self._rows_shown,
            looked.seen,
            self._top_k,
            state.follow.attention,
        )


def movement_chain(
    file: ModelFile, own: Part, networks: Networks | None = None, asked: TaskOptions | None = None
) -> Chain:
    """The chain of a model over time.

    Args:
        file: the model, with its card.
        own: its network.
        networks: where those that it stands on come from; loaded anew when None.
        asked: thresholds, and how many classes are listed.

    Raises:
        ModelError: what it stands on is not there, or has changed.
    """
    assert file.card is not None
    asked = asked or TaskOptions()
    model = SequenceModel(own.session, file.card)
    features = model.input.features
    base = features if features in FEATURE_SETS else features.partition("@")[0]
    if base.startswith("table:"):
        raise ModelError(
            "{name} was taught on a table of numbers, and no picture has those; it can be evaluated on such a table, "
            "not run on a source",
            name=file.card.name,
        )
    tracks = tracks_of(base, networks, asked)
    for track in tracks:
        if isinstance(track, EmbeddingTrack) and track.features != features:
            raise ModelError(
                "{name} was taught on another file of '{base}' than the one that is on this disk now; teach it anew",
                name=file.card.name,
                base=base,
            )
    return Chain([MovementStage(model, own, Looker(tracks), asked.top_k)], file.card.name)
