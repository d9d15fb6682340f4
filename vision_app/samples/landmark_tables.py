"""Movements from a CSV of landmarks or of any other numbers over time.

The first line names the columns. `time_s` (seconds) or `frame` (a number, by a rate that is given) is needed. `class`,
`recording` and `sequence` are optional: rows one after the other that agree in all three are one movement. Landmarks
are `left_hand_0_x` to `right_hand_20_z` and `body_0_x` to `body_32_visibility`; x and y in any unit, the same for both.
Where there is none of these, every other column is a number of a table. An empty cell was not seen.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from vision_app.errors import SampleError
from vision_app.results.values import FloatArray
from vision_app.sequences.layouts import BODY_POINTS, BODY_WIDTH, HAND_POINTS, HAND_WIDTH, HANDS_WIDTH
from vision_app.sequences.recorded import TABLE, Recorded

_KEYS = ("class", "recording", "sequence")
_NAME = re.compile(r"(left_hand|right_hand|body)_(\d+)_(x|y|z|visibility)")
_MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class TableMovement:
    """One movement of a table.

    Attributes:
        label: what its column `class` says; "" without one.
        recording: what its column `recording` says; "" without one.
        line: number of its first line.
        recorded: the numbers.
    """

    label: str
    recording: str
    line: int
    recorded: Recorded


def read_table(path: Path, rate_hz: float | None = None) -> Iterator[TableMovement]:
    """The movements of a CSV, one after the other.

    Args:
        path: the file.
        rate_hz: frames a second, for a column `frame`.

    Raises:
        SampleError: the file cannot be read, or a line of it is not what the first one says.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _movements(path, csv.reader(file), rate_hz)
    except OSError as error:
        raise SampleError(
            "table {path} cannot be read: {reason}", path=path, reason=error.strerror or error
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SampleError("table {path} is no CSV in UTF-8: {reason}", path=path, reason=error) from None


def _movements(path: Path, lines: Iterator[list[str]], rate_hz: float | None) -> Iterator[TableMovement]:
    head = [name.strip() for name in next(lines, [])]
    columns = _Columns(path, head, rate_hz)
    key: tuple[str, ...] | None = None
    first = 0
    times: list[float] = []
    rows: list[Mapping[int, float | None]] = []
    for number, cells in enumerate(lines, 2):
        if number > _MOST_ROWS:
            raise SampleError("table {path} has more than {most} lines", path=path, most=_MOST_ROWS)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            raise SampleError(
                "table {path}, line {line}: {came} cells, the first line names {wanted} columns",
                path=path,
                line=number,
                came=len(cells),
                wanted=len(head),
            )
        own = columns.key(cells)
        if own != key and rows:
            yield columns.movement(first, times, rows, key or ())
        if own != key:
            key, first, times, rows = own, number, [], []
        times.append(columns.time_s(cells, number))
        rows.append(columns.values(cells, number))
    if not rows:
        raise SampleError("table {path} has no line of numbers", path=path)
    yield columns.movement(first, times, rows, key or ())


class _Columns:
    """What the columns of a table are."""

    def __init__(self, path: Path, head: Sequence[str], rate_hz: float | None) -> None:
        self._path, self._rate_hz = path, rate_hz
        at = {name.lower(): i for i, name in enumerate(head)}
        self._keys = [at.get(name) for name in _KEYS]
        self._time = next((at[name] for name in ("time_s", "time") if name in at), None)
        self._frame = at.get("frame") if self._time is None else None
        if self._time is None and self._frame is None:
            raise SampleError(
                "table {path}: its first line has to name the columns, 'time_s' (seconds) or 'frame' among them; "
                "it begins with {came}",
                path=path,
                came=", ".join(head[:4]) or "nothing",
            )
        if self._frame is not None and rate_hz is None:
            raise SampleError(
                "table {path} counts frames: give their rate with --rate, or a column 'time_s'", path=path
            )
        taken = {i for i in (*self._keys, self._time, self._frame) if i is not None}
        rest = [i for i in range(len(head)) if i not in taken]
        self._landmarks = {i: found for i in rest if (found := _place(head[i].lower())) is not None}
        self._others = rest if not self._landmarks else []
        if not rest:
            raise SampleError("table {path} has no column of numbers beside the times", path=path)

    def key(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Class, recording and sequence of a line."""
        return tuple("" if i is None else cells[i].strip() for i in self._keys)

    def time_s(self, cells: Sequence[str], line: int) -> float:
        """When a line was, seconds."""
        if self._time is not None:
            return self._number(cells[self._time], line, "a time")
        assert self._frame is not None
        assert self._rate_hz is not None
        return self._number(cells[self._frame], line, "a frame") / self._rate_hz

    def values(self, cells: Sequence[str], line: int) -> Mapping[int, float | None]:
        """The numbers of a line; None for what was not seen."""
        chosen = self._others or list(self._landmarks)
        return {i: self._number(cells[i], line, "a number") if cells[i].strip() else None for i in chosen}

    def _number(self, cell: str, line: int, wanted: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise SampleError(
                "table {path}, line {line}: {wanted} was expected, got '{cell}'; leave a cell empty where nothing was "
                "seen",
                path=self._path,
                line=line,
                wanted=wanted,
                cell=cell[:40],
            )
        return value

    def movement(
        self,
        line: int,
        times: Sequence[float],
        rows: Sequence[Mapping[int, float | None]],
        key: tuple[str, ...],
    ) -> TableMovement:
        """What some lines add up to."""
        if any(b <= a for a, b in pairwise(times)):
            raise SampleError(
                "table {path}: the times of the movement that begins in line {line} do not rise; a column 'sequence' "
                "tells movements apart",
                path=self._path,
                line=line,
            )
        tracks = {TABLE: self._table(rows)} if self._others else self._tracks(rows)
        label, recording = (*key, "", "")[:2]
        return TableMovement(label, recording, line, Recorded(np.array(times, np.float64), tracks))

    def _table(self, rows: Sequence[Mapping[int, float | None]]) -> FloatArray:
        made = np.zeros((len(rows), len(self._others)), np.float32)
        for t, row in enumerate(rows):  # what is missing is as it was before
            for k, i in enumerate(self._others):
                value = row[i]
                made[t, k] = value if value is not None else made[t - 1, k] if t else 0.0
        return made

    def _tracks(self, rows: Sequence[Mapping[int, float | None]]) -> dict[str, FloatArray]:
        found = {track for track, _, _ in self._landmarks.values()}
        made = {
            track: np.zeros((len(rows), HANDS_WIDTH if track == "hands" else BODY_WIDTH), np.float32)
            for track in found
        }
        for t, row in enumerate(rows):
            for i, (track, flag, column) in self._landmarks.items():
                value = row[i]
                if value is not None:
                    made[track][t, column] = value
                    made[track][t, flag] = 1
        if "body" in made:
            named = {column for track, _, column in self._landmarks.values() if track == "body"}
            for k in range(BODY_POINTS):  # a file without visibilities has seen what it has
                if 1 + 4 * k in named and 4 + 4 * k not in named:
                    made["body"][:, 4 + 4 * k] = made["body"][:, 0]
        return made


def _place(name: str) -> tuple[str, int, int] | None:
    """Track, column of its flag and column of the number that a landmark's column is; None for another one."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    what, number, axis = found[1], int(found[2]), found[3]
    if what == "body":
        if number >= BODY_POINTS:
            return None
        return "body", 0, 1 + number * 4 + ("x", "y", "z", "visibility").index(axis)
    if number >= HAND_POINTS or axis == "visibility":
        return None
    start = HAND_WIDTH * (what == "right_hand")
    return "hands", start, start + 1 + number * 3 + "xyz".index(axis)
