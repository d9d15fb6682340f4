"""A sequence: numbers that change over time, of one movement or of one stretch of a recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vision_app.results.frames import FloatArray

TimesS = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Rows of numbers with their times.

    Attributes:
        values: (T, F) float32, finite; a row that is not present holds what was known last, or zeros.
        times_s: (T,) float64, seconds, rising; only differences matter.
        present: (T,) bool, whether the row was seen: False where there was no hand, say.
        label: the class; "" where it is unknown.
        recording: what it was recorded in one go with; sequences of one recording never lie on both sides of a split.
        features: what the columns are: the name of a set of features (`hands`, `body`, `hands+body`), the name of a
            model and the hash of its file (`MODEL@SHA256`) for its embedding, or `table:F` for unnamed columns.
    """

    values: FloatArray
    times_s: TimesS
    present: Flags
    label: str = ""
    recording: str = ""
    features: str = ""

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.dtype != np.float32 or 0 in self.values.shape:
            raise ValueError(
                f"values are (T, F) float32 of at least one row, got {self.values.shape} {self.values.dtype}"
            )
        rows = (len(self.values),)
        if self.times_s.shape != rows or self.times_s.dtype != np.float64:
            raise ValueError(f"{rows[0]} rows need {rows} float64 times, got {self.times_s.shape}")
        if self.present.shape != rows or self.present.dtype != np.bool_:
            raise ValueError(
                f"{rows[0]} rows need {rows} flags, got {self.present.shape} {self.present.dtype}"
            )
        if not np.isfinite(self.values).all() or not np.isfinite(self.times_s).all():
            raise ValueError("values and times are finite numbers, got NaN or infinity")
        if (np.diff(self.times_s) <= 0).any():
            raise ValueError("times rise from row to row")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return int(self.values.shape[1])

    @property
    def duration_s(self) -> float:
        """Seconds from the first row to the last; 0 for one row."""
        return float(self.times_s[-1] - self.times_s[0])

    def part(self, from_s: float, to_s: float) -> Self | None:
        """The rows of a span of time, both ends included; None where there is none."""
        rows = (self.times_s >= from_s) & (self.times_s <= to_s)
        if not rows.any():
            return None
        return replace(self, values=self.values[rows], times_s=self.times_s[rows], present=self.present[rows])
