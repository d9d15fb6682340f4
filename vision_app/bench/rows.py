"""What is measured of a model: one row."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MEASURED = (
    *("load_ms", "infer_p50_ms", "infer_p95_ms", "frame_p50_ms"),
    *("fps_live", "fps_file", "memory_mb", "memory_peak_mb"),
)
"""Figures that differ from run to run: of several runs, the median is taken."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model on one provider. What is unknown, or was not reached because of an error, is None.

    Attributes:
        name: name of the model.
        provider: the provider that was asked for, then the one that was used.
        family: the family of the card.
        task: the task of the card.
        input_hw: height and width of the input tensor.
        params: parameters, counted in the file.
        macs: multiply-accumulates for one picture, counted in the file.
        file_bytes: size of the file.
        load_ms: from the file to a session that is ready.
        infer_p50_ms: median time of the network alone, live policy (all cores but one, one frame at a time).
        infer_p95_ms: the time that 95 % do not exceed.
        frame_p50_ms: median time of a frame from picture to result.
        fps_live: frames a second, live policy.
        fps_file: frames a second, file policy (a frame on every core, one thread each), with reading the source.
        memory_mb: resident memory of the process after the live run, 10^6 bytes.
        memory_peak_mb: the most that it ever had until then.
        published: accuracy and sizes of the card, with their source.
        error: why there are no figures; "" when there are.
    """

    name: str
    provider: str
    family: str | None = None
    task: str | None = None
    input_hw: tuple[int, int] | None = None
    params: int | None = None
    macs: int | None = None
    file_bytes: int | None = None
    load_ms: float | None = None
    infer_p50_ms: float | None = None
    infer_p95_ms: float | None = None
    frame_p50_ms: float | None = None
    fps_live: float | None = None
    fps_file: float | None = None
    memory_mb: float | None = None
    memory_peak_mb: float | None = None
    published: dict[str, Any] | None = None
    error: str = ""

    @property
    def top1(self) -> float | None:
        """Published top-1 accuracy on ImageNet, per cent."""
        return (self.published or {}).get("top1")

    @property
    def ap(self) -> float | None:
        """Published average precision on COCO, from 0 to 100."""
        return (self.published or {}).get("ap")

    def as_record(self) -> dict[str, Any]:
        """The row as plain values, for JSON."""
        record = dataclasses.asdict(self)
        return {**record, "input_hw": list(self.input_hw) if self.input_hw else None}


def row_from_record(record: dict[str, Any]) -> Row:
    """The row that `as_record` made plain values of."""
    size = record.get("input_hw")
    return Row(**{**record, "input_hw": tuple(size) if size else None})


def median_row(rows: Sequence[Row]) -> Row:
    """One row of several of the same model: the medians of what was measured.

    Rows with an error do not count, unless all have one.
    """
    good = [row for row in rows if not row.error]
    if not good:
        return rows[0]
    medians: dict[str, Any] = {}
    for name in MEASURED:
        values = [value for row in good if (value := getattr(row, name)) is not None]
        medians[name] = round(statistics.median(values), 3) if values else None
    return dataclasses.replace(good[0], **medians)
