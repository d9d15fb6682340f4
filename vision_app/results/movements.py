"""What a model over time says about a frame: which movement is being made, and which ones have just ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from vision_app.results.affine import Affine
from vision_app.results.classes import Result
from vision_app.results.frames import FloatArray


@dataclass(frozen=True, slots=True)
class MovementEvent:
    """A movement that has ended. Each is reported once, with the frame at which it was known to have ended.

    Attributes:
        label: which movement.
        start_s: when it began, on the clock of the frames, seconds.
        end_s: when it ended.
        score: how sure the model was of it at best, in [0, 1].
    """

    label: str
    start_s: float
    end_s: float
    score: float

    def as_record(self) -> dict[str, Any]:
        """As an object of `results.jsonl`."""
        return {
            "label": self.label,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "score": round(self.score, 6),
        }


@dataclass(frozen=True, slots=True)
class Movements:
    """What is known of the movements of a stream at one frame.

    Attributes:
        model: name of the model.
        labels: C names.
        probabilities: (C,) float32, of the newest row that the model has seen; sum 1.
        idle: id of the class for what lies between movements; None where the model has none.
        current: the movement that is being made, with the time of this frame as its end; None for nothing.
        events: movements that were known at this frame to have ended.
        ended: the movement that ended last, for a moment after its end; None for none.
        history: (N, C) float32, the probabilities of the last rows, the newest last.
        rows_shown: how many rows a full history has.
        seen: what it was made of: hands, a body.
        top_k: how many classes `top()` and `as_record()` list.
        attention: (T,) float32, how much each of the last rows counted for the answer, the newest last, sum 1; None
            for a model that does not attend.
    """

    model: str
    labels: tuple[str, ...]
    probabilities: FloatArray
    idle: int | None
    current: MovementEvent | None
    events: tuple[MovementEvent, ...]
    ended: MovementEvent | None
    history: FloatArray
    rows_shown: int
    seen: tuple[Result, ...] = ()
    top_k: int = 5
    attention: FloatArray | None = None

    task = "movement"

    def __post_init__(self) -> None:
        count = len(self.labels)
        if self.probabilities.shape != (count,) or self.history.shape[1:] != (count,):
            raise ValueError(
                f"{count} labels need ({count},) probabilities and a history of (N, {count}), got "
                f"{self.probabilities.shape} and {self.history.shape}"
            )

        if self.attention is not None and self.attention.ndim != 1:
            raise ValueError(f"attention is one share a row, (T,), got {self.attention.shape}")

    def top(self) -> list[tuple[int, str, float]]:
        """The most probable classes as (class id, label, probability), best first."""
        order = np.argsort(-self.probabilities, kind="stable")[: self.top_k]
        return [(int(i), self.labels[i], float(self.probabilities[i])) for i in order]

    def as_record(self) -> dict[str, Any]:
        """The classes, the movement that is being made, the ones that have ended, and what was seen."""
        return {
            "model": self.model,
            "task": self.task,
            "classes": [
                {"class_id": i, "label": label, "probability": round(p, 6)} for i, label, p in self.top()
            ],
            "current": None if self.current is None else self.current.as_record(),
            "events": [event.as_record() for event in self.events],
            "seen": [one.as_record() for one in self.seen],
        }

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """The same, with what was seen where it comes to lie."""
        return replace(self, seen=tuple(one.mapped(to, within_wh) for one in self.seen))


def events_in(results: tuple[Result, ...]) -> Iterator[tuple[str, MovementEvent]]:
    """The movements that have just ended, each with the name of the model that says so."""
    for result in results:
        if isinstance(result, Movements):
            for event in result.events:
                yield result.model, event
