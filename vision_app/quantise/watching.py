"""Who is told how the making of an 8-bit version goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vision_app.messages import Message

EXTREMES = "extremes"
RANGE_WORDS: Mapping[str, str] = {
    EXTREMES: Message("all that was seen"),
    "percentile": Message("without the rarest"),
    "least squares": Message("by least squares"),
    "entropy": Message("by entropy"),
}
"""How wide the ranges of activations can be, and how that is called: what helped most often first."""

Say = Callable[[str], None]
Step = Callable[[int, int], None]
"""Told how much of what was said last is done, and of how much."""


def _nobody(*_: object) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Version:
    """One attempt.

    Attributes:
        path: its file, there for as long as its search is open.
        in_float: names of the layers that stayed in float.
        agreement: with the original on the held-out frames, from 0 to 1.
        speed_ratio: how many times as fast as the original.
        ranges: how wide the ranges of its activations are, a key of `RANGE_WORDS`.
    """

    path: Path
    in_float: tuple[str, ...]
    agreement: float
    speed_ratio: float
    ranges: str = EXTREMES


@dataclass(frozen=True, slots=True)
class Watch:
    """Functions that are called from the thread that does the work, and return at once.

    Attributes:
        say: told what is going on, a line each.
        step: told how far what was said last is.
        tried: told of each version once it has been compared.
    """

    say: Say = _nobody
    step: Step = _nobody
    tried: Callable[[Version], None] = _nobody
