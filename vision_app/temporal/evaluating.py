"""How good a model over time is: each movement by itself, and a stream of them with rest in between."""

from __future__ import annotations

import time
from collections.abc import Sequence as ListOf
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vision_app.cards.lookup import ModelFile
from vision_app.errors import ModelError, SampleError
from vision_app.learn.accounting import remarks_on
from vision_app.learn.matching import (
    HELD_OUT,
    LEARNT_FROM,
    Part,
    choose,
    known_before,
    leakage_notices,
    training_summary,
)
from vision_app.learn.metrics import Metrics, measure
from vision_app.messages import Message, listed
from vision_app.results.movements import MovementEvent
from vision_app.results.values import FloatArray
from vision_app.runtime import Session
from vision_app.samples.movements import MovementSet, read_movement
from vision_app.samples.sample import Sample
from vision_app.sequences.following import Follower
from vision_app.sequences.layouts import HAND_WIDTH
from vision_app.sequences.model import SequenceModel
from vision_app.sequences.recorded import Recorded, has_features, sequence_of
from vision_app.sequences.resampling import Row, resampled
from vision_app.sequences.sequence import Sequence

_REST_S = 0.8
_STEP_S = 1 / 30
_WAY_ROWS = 7
_FLAGS = {"hands": (0, HAND_WIDTH), "body": (0,)}
"""Columns of landmarks that say whether anything was seen."""
_FORGET_S = 1.0
"""As in a live stream: what follows so long a time without anything seen begins anew."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A movement of a stream, as it was labelled."""

    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Reported:
    """A movement that was found, and when that was said."""

    event: MovementEvent
    at_s: float


@dataclass(frozen=True, slots=True)
class EventMetrics:
    """What is found in a stream.

    Attributes:
        movements: how many there were.
        reported: how many were reported.
        found: how many of them were reported once with the right class while they lasted.
        delays_s: of each that was found, how long after its end it was reported; below zero before it. The way to what
            comes next, a quarter of a second, is in it.
        seconds: length of the streams.
    """

    movements: int
    reported: int
    found: int
    delays_s: tuple[float, ...] = ()
    seconds: float = 0.0

    @property
    def precision(self) -> float | None:
        """Share of the reports that are right; None without any."""
        return self.found / self.reported if self.reported else None

    @property
    def recall(self) -> float | None:
        """Share of the movements that were found; None without any."""
        return self.found / self.movements if self.movements else None

    @property
    def delay_s(self) -> float | None:
        """Middle of the delays; None without any."""
        return float(np.median(self.delays_s)) if self.delays_s else None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "movements": self.movements,
            "reported": self.reported,
            "found": self.found,
            "precision": _rounded(self.precision),
            "recall": _rounded(self.recall),
            "delay_s": _rounded(self.delay_s),
            "longest_delay_s": _rounded(max(self.delays_s, default=None)),
            "false_a_minute": _rounded(60 * (self.reported - self.found) / self.seconds)
            if self.seconds
            else None,
            "seconds": round(self.seconds, 1),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


@dataclass(frozen=True, slots=True, eq=False)
class MovementEvaluation:
    """How good a model over time is.

    Attributes:
        model: its name.
        model_path: its file.
        labels: its classes.
        metrics: each movement by itself, the answer at its end.
        probabilities: (N, C) of them.
        samples: the movements.
        events: the same movements as a stream.
        part: which movements were taken.
        left_out: how many were not, because the model has learnt from them.
        notices: what the user should know, a line each.
        remarks: why the training told another share, a line each.
        learnt: how many of the movements the model has learnt from.
        seconds: how long it took.
    """

    model: str
    model_path: Path
    labels: tuple[str, ...]
    metrics: Metrics
    probabilities: FloatArray
    samples: tuple[Sample, ...]
    events: EventMetrics
    part: Part
    left_out: int
    notices: tuple[str, ...] = field(default=())
    remarks: tuple[Message, ...] = ()
    learnt: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As the object that `vision-app evaluate --json` prints."""
        return {
            "model": self.model,
            "model_path": str(self.model_path),
            "part": self.part,
            "left_out": self.left_out,
            "notices": list(self.notices),
            "remarks": list(self.remarks),
            "metrics": self.metrics.to_json(),
            "events": self.events.to_json(),
            "seconds": round(self.seconds, 3),
        }


def evaluate_movements(
    file: ModelFile, movements: MovementSet, part: Part = "held-out", provider: str = "auto"
) -> MovementEvaluation:
    """Run a model over time on movements and measure it.

    Args:
        file: the model.
        movements: labelled ones.
        part: which of them; `held-out` for those that it has not learnt from.
        provider: wanted provider of ONNX Runtime.

    Raises:
        ModelError: the model cannot be used, or knows none of the classes.
        SampleError: there is nothing to evaluate on, or it was recorded for something else.
    """
    started_s = time.perf_counter()
    if file.card is None:
        raise ModelError("{name} takes pictures, not movements", name=file.name)
    model = SequenceModel(Session(file.path, provider), file.card)
    training = training_summary(model.session.metadata)
    chosen, taken, left_out = choose(movements, part, training)
    known = [s for s in chosen if s.label in model.labels]
    if not known:
        raise ModelError(
            "{name} knows {labels}; the movements are {wanted}",
            name=file.name,
            labels=listed(model.labels),
            wanted=listed(sorted({s.label for s in chosen})),
        )
    recorded = [_read(s, model.input.features) for s in known]
    sequences = [
        sequence_of(r, model.input.features, s.label, s.session) for r, s in zip(recorded, known, strict=True)
    ]
    probabilities = np.stack([model.whole(one).probabilities for one in sequences])
    targets = np.array([model.labels.index(s.label) for s in known], np.int64)
    background = file.card.output.background
    idle = None if background is None else model.labels.index(background)
    metrics = measure(probabilities, targets, model.labels, background=idle)
    before = known_before(known, training, HELD_OUT)
    right = (probabilities.argmax(axis=1) == targets).tolist()
    judged = [(s.id in before, one) for s, one in zip(known, right, strict=True)]
    return MovementEvaluation(
        model=file.name,
        model_path=file.path,
        labels=model.labels,
        metrics=metrics,
        probabilities=probabilities,
        samples=tuple(known),
        events=found_in_streams(model, known, recorded, background),
        part=taken,
        left_out=left_out,
        notices=(*movements.notices, *leakage_notices(known, training)),
        remarks=remarks_on(metrics, training, judged, says_unknown=False),
        learnt=len(known_before(known, training, LEARNT_FROM)),
        seconds=time.perf_counter() - started_s,
    )


def _read(sample: Sample, features: str) -> Recorded:
    recorded = read_movement(sample.path)
    if not has_features(recorded.tracks, features):
        raise SampleError(
            "movement {name} was recorded with {tracks}; the model takes '{features}'",
            name=sample.path,
            tracks=" and ".join(sorted(recorded.tracks)),
            features=features,
        )
    return recorded


def found_in_streams(
    model: SequenceModel, samples: ListOf[Sample], recorded: ListOf[Recorded], idle: str | None
) -> EventMetrics:
    """The movements one after the other, with rest before each and at the end, as a stream.

    Rest is one of the idle class's stretches, each in turn; without any, nothing is seen for 0.8 s.

    Args:
        model: the model.
        samples: the movements, and stretches of the idle class.
        recorded: what was recorded of each.
        idle: the idle class.
    """
    pairs = list(zip(samples, recorded, strict=True))
    moving = [(s, r) for s, r in pairs if s.label != idle]
    resting = [r for s, r in pairs if s.label == idle]
    stream = Stream(model.input.features)
    for i, (sample, one) in enumerate(moving):
        stream.add(resting[i % len(resting)] if resting else None, "")
        stream.add(one, sample.label)
    stream.add(resting[0] if resting else None, "")
    joined = stream.sequence()
    index = None if idle is None else model.labels.index(idle)
    reported = reported_in(model, joined, index)
    return matched(stream.truths, reported, joined.duration_s)


class Stream:
    """Recordings one after the other, as if they were one.

    Nobody jumps from where one recording ended to where the next began: a way of a quarter of a second lies between.

    Args:
        features: what a row is to be.
    """

    def __init__(self, features: str) -> None:
        self._features = features
        self._joined: list[Recorded] = []
        self._now_s, self._gap = 0.0, False
        self.truths: list[Truth] = []

    def add(self, recorded: Recorded | None, label: str) -> None:
        """Go on with a recording.

        Args:
            recorded: the recording; None for a while in which nothing is seen.
            label: the movement that it is; "" for none.
        """
        if recorded is None:
            self._now_s += _REST_S
            self._gap = True
            return
        if self._joined and not self._gap:
            self._joined.append(_way(self._joined[-1], recorded, self._now_s))
            self._now_s += _WAY_ROWS * _STEP_S
        self._gap = False
        times = recorded.times_s - recorded.times_s[0] + self._now_s
        self._joined.append(Recorded(times, recorded.tracks))
        if label:
            self.truths.append(Truth(label, float(times[0]), float(times[-1])))
        self._now_s = float(times[-1]) + _STEP_S

    def sequence(self) -> Sequence:
        """All of it; features are made of what was joined, so that nothing jumps that would not jump live."""
        names = self._joined[0].tracks
        joined = Recorded(
            np.concatenate([r.times_s for r in self._joined]),
            {name: np.concatenate([r.tracks[name] for r in self._joined]) for name in names},
        )
        return sequence_of(joined, self._features)


def _way(before: Recorded, after: Recorded, now_s: float) -> Recorded:
    """From the last row of one recording to the first of another."""
    share = (np.arange(_WAY_ROWS) + 1)[:, None] / (_WAY_ROWS + 1)
    tracks = {}
    for name, rows in before.tracks.items():
        last, first = rows[-1], after.tracks[name][0]
        flags = list(_FLAGS.get(name, ()))
        if (last[flags] != first[flags]).any():  # what was not seen has no place to go from
            tracks[name] = np.where(share < 0.5, last, first).astype(np.float32)
        else:
            tracks[name] = (last * (1 - share) + first * share).astype(np.float32)
    return Recorded(np.asarray(now_s + np.arange(_WAY_ROWS) * _STEP_S, np.float64), tracks)


def reported_in(model: SequenceModel, sequence: Sequence, idle: int | None) -> list[Reported]:
    """What is reported of a stream, as live.

    Args:
        model: the model.
        sequence: the stream.
        idle: id of the class for what lies between movements.
    """
    follower = Follower(model)
    rows = resampled(sequence, model.input.rate_hz)
    state, reported = follower.start(), []
    for time_s, values, present in zip(rows.times_s.tolist(), rows.values, rows.present, strict=True):
        state, event = follower.step(state, Row(time_s, values, bool(present)))
        if event is not None:
            reported.append(Reported(event, time_s))
    return reported


def matched(truths: ListOf[Truth], reported: ListOf[Reported], seconds: float) -> EventMetrics:
    """Which movements were found: each counts once, for the first report of its class that overlaps it.

    >>> truth = [Truth("wave", 1.0, 2.0)]
    >>> twice = [Reported(MovementEvent("wave", a, b, 0.9), b) for a, b in ((1.0, 1.5), (1.6, 2.2))]
    >>> made = matched(truth, twice, 5.0)
    >>> made.found, made.reported, made.precision, made.delay_s
    (1, 2, 0.5, -0.5)
    """
    left = list(reported)
    delays = []
    for truth in truths:
        for one in left:
            event = one.event
            overlaps = event.start_s <= truth.end_s and event.end_s >= truth.start_s
            if event.label == truth.label and overlaps:
                left.remove(one)
                delays.append(one.at_s - truth.end_s)
                break
    return EventMetrics(len(truths), len(reported), len(delays), tuple(delays), seconds)
