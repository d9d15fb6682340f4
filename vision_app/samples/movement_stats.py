"""What a set of movements is like, and whether a training on it can go well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vision_app.messages import Message
from vision_app.samples.movements import MovementSet
from vision_app.samples.sample import MovementFacts, Sample

FEW = 5
_LONG_S = 10.0
_HARDLY_SEEN = 0.5


@dataclass(frozen=True, slots=True)
class MovementClassStats:
    """Figures of one class of movements.

    Attributes:
        label: its name.
        count: movements.
        sessions: recordings that they come from.
        seconds: the shortest, the mean and the longest.
        seen: share of the frames in which anything was seen, in the mean.
        idle: it stands for what lies between movements.
    """

    label: str
    count: int
    sessions: int
    seconds: tuple[float, float, float]
    seen: float
    idle: bool

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples stats --json`."""
        return {
            "label": self.label,
            "samples": self.count,
            "sessions": self.sessions,
            "seconds": [round(s, 3) for s in self.seconds],
            "seen": round(self.seen, 3),
            "idle": self.idle,
        }


@dataclass(frozen=True, slots=True)
class MovementStats:
    """Figures of a set of movements.

    Attributes:
        classes: each class, in the order of the set.
        advice: what to do, a line each, the most pressing first.
    """

    classes: tuple[MovementClassStats, ...]
    advice: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """As an object of `samples stats --json`."""
        return {"classes": [c.as_record() for c in self.classes], "advice": list(self.advice)}


def movement_stats(movements: MovementSet) -> MovementStats:
    """Count, and say what would stand in the way of a good model."""
    classes = tuple(_of_class(movements, label) for label in movements.labels)
    return MovementStats(classes, tuple(_advice(movements, classes)))


def _facts(movements: MovementSet, samples: list[Sample]) -> list[MovementFacts]:
    return [movements.facts[s.id] for s in samples]


def _of_class(movements: MovementSet, label: str) -> MovementClassStats:
    samples = movements.of_label(label)
    facts = _facts(movements, samples)
    lengths = [f.seconds for f in facts] or [0.0]
    seen = sum(f.seen for f in facts) / max(len(facts), 1)
    return MovementClassStats(
        label,
        len(samples),
        len({s.session for s in samples}),
        (min(lengths), sum(lengths) / len(lengths), max(lengths)),
        seen,
        label == movements.idle,
    )


def _advice(movements: MovementSet, classes: tuple[MovementClassStats, ...]) -> Iterator[str]:
    real = [c for c in classes if not c.idle]
    filled = [c for c in real if c.count]
    if len([c for c in classes if c.count]) < 2:
        yield Message(
            "a model needs at least two classes of movements, or one and the idle class, to tell apart"
        )
    for c in real:
        if not c.count:
            yield Message("{label!r} has no movement yet", label=c.label)
        elif c.count < FEW:
            yield Message(
                "{label!r} has few movements ({count}); from {few} on a model becomes useful",
                label=c.label,
                count=c.count,
                few=FEW,
            )
    alone = [c.label for c in filled if c.sessions == 1 and c.count > 1]
    if alone:
        yield Message(
            "{labels}: recorded in one go only; without a second recording nobody can tell how well the model knows it",
            labels=", ".join(map(repr, alone)),
        )
    for c in filled:
        if c.seen < _HARDLY_SEEN:
            yield Message(
                "{label!r}: in {share:.0%} of its frames nothing was seen; come nearer, or make more light",
                label=c.label,
                share=1 - c.seen,
            )
        if c.seconds[2] > _LONG_S:
            yield Message(
                "{label!r}: the longest takes {seconds:.0f} s; one to three seconds are learnt best",
                label=c.label,
                seconds=c.seconds[2],
            )
    if movements.idle is None:
        yield Message(
            "no idle class: without samples of what lies between movements, the model takes everything for one of "
            "them; samples import --movement --idle brings some in, and the window fills it while nothing is recorded"
        )
