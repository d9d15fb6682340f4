"""What was recorded of a movement: landmarks or embeddings frame by frame, and how features are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vision_app.results.frames import FloatArray
from vision_app.sequences.features import FEATURE_SETS, track_width, was_seen
from vision_app.sequences.sequence import Sequence, TimesS

EMBEDDING = "embedding:"
"""How tracks of embeddings begin: `embedding:MODEL@SHA256`."""

TABLE = "table"
"""Track of columns that nobody has explained, from a CSV."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One stretch of frames, as numbers.

    Attributes:
        times_s: (T,) float64, rising.
        tracks: name to (T, F) float32, finite: `hands` and `body` as `layouts` has them, `embedding:MODEL@SHA256`,
            `table`.
        jpegs: the pictures, one a row, where they were wanted; else empty.
    """

    times_s: TimesS
    tracks: Mapping[str, FloatArray]
    jpegs: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        rows = len(self.times_s)
        if self.times_s.ndim != 1 or not rows or self.times_s.dtype != np.float64:
            raise ValueError(f"a recording has (T,) float64 times, got {self.times_s.shape}")
        if not np.isfinite(self.times_s).all() or (np.diff(self.times_s) <= 0).any():
            raise ValueError("the times of a recording are finite and rise")
        if not self.tracks:
            raise ValueError("a recording has landmarks or embeddings")
        for name, values in self.tracks.items():
            width = track_width(name)
            wanted = (rows, values.shape[-1] if width is None else width)
            if values.ndim != 2 or values.shape != wanted or values.dtype != np.float32:
                raise ValueError(f"{name}: expected {wanted} float32, got {values.shape} {values.dtype}")
            if not np.isfinite(values).all():
                raise ValueError(f"{name}: a value is no finite number")
        if self.jpegs and len(self.jpegs) != rows:
            raise ValueError(f"{rows} rows need as many pictures, got {len(self.jpegs)}")

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def duration_s(self) -> float:
        """Seconds from the first row to the last."""
        return float(self.times_s[-1] - self.times_s[0])

    @property
    def seen(self) -> float:
        """Share of the rows in which anything was seen, from 0 to 1."""
        flags = np.any([was_seen(name, rows) for name, rows in self.tracks.items()], axis=0)
        return float(flags.mean())

    def part(self, from_s: float, to_s: float) -> Recorded | None:
        """The rows of a span of time, both ends included; None where there is none."""
        rows = np.flatnonzero((self.times_s >= from_s) & (self.times_s <= to_s))
        if not len(rows):
            return None
        chosen = slice(int(rows[0]), int(rows[-1]) + 1)
        return Recorded(
            self.times_s[chosen], {name: v[chosen] for name, v in self.tracks.items()}, self.jpegs[chosen]
        )


def has_features(tracks: Mapping[str, object], features: str) -> bool:
    """Whether features can be made of what was recorded."""
    made = FEATURE_SETS.get(features)
    if made is not None:
        return all(track in tracks for track in made.tracks)
    return _track_of(features) in tracks


def _track_of(features: str) -> str:
    return TABLE if features.startswith(f"{TABLE}:") else EMBEDDING + features


def sequence_of(recorded: Recorded, features: str, label: str = "", recording: str = "") -> Sequence:
    """A sequence to learn from.

    Args:
        recorded: what was recorded.
        features: a name of `FEATURE_SETS`, `MODEL@SHA256` of an embedding, or `table:F`.
        label: the class.
        recording: see `Sequence`.

    Raises:
        KeyError: it has no such track.
    """
    made = FEATURE_SETS.get(features)
    if made is None:
        values = recorded.tracks[_track_of(features)]
        return Sequence(values, recorded.times_s, np.ones(len(values), bool), label, recording, features)
    out = np.empty((len(recorded), made.width), np.float32)
    present = np.empty(len(recorded), bool)
    state = made.start()
    for i, time_s in enumerate(recorded.times_s.tolist()):
        rows = {track: recorded.tracks[track][i] for track in made.tracks}
        state, out[i], present[i] = made.step(state, time_s, rows)
    return Sequence(out, recorded.times_s, present, label, recording, features)
