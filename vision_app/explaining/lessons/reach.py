"""The shipped numbers of the lesson of memory over time: how far back four networks look; see `temporal.lessons`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from vision_app.documents import read_json
from vision_app.resources import assets_dir


@dataclass(frozen=True, slots=True)
class ShippedReach:
    """How far back one network looks.

    Attributes:
        kind: `rnn`, `gru`, `lstm` or `transformer`.
        rows: frames of a sequence of the task.
        before: the gradient of the answer by each frame before training, the newest last, the largest 1.
        gradients: the same after it.
        accuracy: share of new sequences whose first frame is remembered; 0.5 is chance.
        gates: how far each gate of a GRU or LSTM is open at each frame after training, 0 to 1, by its name.
    """

    kind: str
    rows: int
    before: tuple[float, ...]
    gradients: tuple[float, ...]
    accuracy: float
    gates: Mapping[str, tuple[float, ...]]


@lru_cache(maxsize=1)
def _shipped() -> tuple[ShippedReach, ...]:
    data = read_json(assets_dir() / "lessons" / "memory.json")
    return tuple(
        ShippedReach(
            one["kind"],
            one["rows"],
            tuple(one["before"]),
            tuple(one["gradients"]),
            one["accuracy"],
            {name: tuple(values) for name, values in one["gates"].items()},
        )
        for one in data["networks"]
    )


def shipped_reaches(rows: int) -> tuple[ShippedReach, ...]:
    """The networks of one length of the task, as shipped in `assets/lessons/memory.json`; none for other lengths."""
    return tuple(one for one in _shipped() if one.rows == rows)
