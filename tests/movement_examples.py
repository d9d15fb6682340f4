"""Movements for tests: two hands of which one goes round, or waves, or rests."""

from __future__ import annotations

import numpy as np

from vision_app.samples.sample import NewMovement, new_movement
from vision_app.sequences.layouts import HAND_POINTS, HAND_WIDTH
from vision_app.sequences.recorded import Recorded

_SHAPE = np.random.default_rng(4).normal([0, -0.1, 0], 0.06, (HAND_POINTS, 3))
_WAYS = {
    "circle": lambda t: np.stack([np.cos(6 * t) - 1, np.sin(6 * t), 0 * t], 1),
    "wave": lambda t: np.stack([np.sin(12 * t), 0 * t, 0 * t], 1),
    "lift": lambda t: np.stack([0 * t, -t, 0 * t], 1),
    "rest": lambda t: np.stack([0 * t, 0 * t, 0 * t], 1),
}
KINDS = tuple(_WAYS)


def movement(
    kind: str = "circle",
    number: int = 0,
    *,
    seconds: float = 1.2,
    rate_hz: float = 30.0,
    start_s: float = 0.0,
) -> Recorded:
    """A right hand that makes a movement, a little different for each number."""
    random = np.random.default_rng(number)
    times = np.arange(round(seconds * rate_hz) + 1) / rate_hz
    way = 0.15 * _WAYS[kind](times * random.uniform(0.9, 1.1)) * random.uniform(0.9, 1.1)
    points = 0.5 + random.uniform(-0.1, 0.1, 3) + way[:, None] + _SHAPE
    rows = np.zeros((len(times), 2, HAND_WIDTH), np.float32)
    rows[:, 1, 0] = 1
    rows[:, 1, 1:] = (points + random.normal(0, 0.002, points.shape)).reshape(len(times), -1)
    return Recorded(start_s + times, {"hands": rows.reshape(len(times), -1)})


def new(kind: str = "circle", number: int = 0, session: str = "one") -> NewMovement:
    """The same, to be kept."""
    return new_movement(kind, session, movement(kind, number), original=f"{kind}.mp4")
