"""What happened in a run, as plain values: of all sources together, and of each."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vision_app
from vision_app import runtime
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.timing import STAGES, Durations, PipelineStats
from vision_app.sources import SourceInfo


@dataclass(slots=True)
class Stream:
    """One source on its way through a run.

    Attributes:
        name: tells it from the others.
        info: of the source.
        pipeline: moves its frames.
        writer: writes what comes of them.
        ended: whether it has come to its end.
        error: what it ended with; None when all is well.
    """

    name: str
    info: SourceInfo
    pipeline: Pipeline
    writer: SinkWriter
    ended: bool = False
    error: Exception | None = None


def summary_of(
    streams: Sequence[Stream], created_s: float, written: Sequence[Path], notices: Sequence[str]
) -> dict[str, Any]:
    """The summary of a run, and where it has several sources, of each of them.

    Args:
        streams: the sources.
        created_s: when the run was asked for, monotonic clock, seconds.
        written: files of the run beside those of the sources.
        notices: what was told to the user.
    """
    stats = [stream.pipeline.stats for stream in streams]
    started_s = min(s.started_s for s in stats)
    seconds = max(s.ended_s or time.perf_counter() for s in stats) - started_s
    first_s = [s.started_s + s.first_result_s - created_s for s in stats if s.first_result_s is not None]
    live = [s for s, stream in zip(stats, streams, strict=True) if stream.info.live]
    summary: dict[str, Any] = {
        "version": vision_app.__version__,
        "source": ", ".join(stream.name for stream in streams),
        "kind": ", ".join(dict.fromkeys(stream.info.kind for stream in streams)),
        "live": bool(live),
        **_counts(sum(s.frames for s in stats), sum(s.dropped for s in stats), seconds),
        "first_result_s": round(min(first_s), 3) if first_s else None,
        **({"rested": sum(s.rested for s in stats)} if any(s.pipeline.gate for s in streams) else {}),
        **({"expected": expected} if (expected := sum(s.expected for s in stats)) else {}),
        "models": [
            {"model": p.name, "task": p.task, "provider": p.provider} for p in streams[0].pipeline.predictors
        ],
        "stages_ms": _stages_ms(stats),
        "outputs": [str(p) for stream in streams for p in stream.writer.outputs] + [str(p) for p in written],
        "notices": list(notices),
        "machine": {
            "cores": runtime.cpu_count(),
            "platform": platform.platform(),
            "onnxruntime": runtime.version(),
        },
    }
    if live:
        summary["age_ms"] = _age_ms([s.age for s in live])
    if len(streams) > 1:
        summary["streams"] = [_of_stream(stream) for stream in streams]
    return summary


def _of_stream(stream: Stream) -> dict[str, Any]:
    stats, info = stream.pipeline.stats, stream.info
    part = {
        "source": stream.name,
        "kind": info.kind,
        "live": info.live,
        **_counts(stats.frames, stats.dropped, stats.elapsed_s),
        "stages_ms": _stages_ms([stats]),
        "outputs": [str(p) for p in stream.writer.outputs],
        "error": None if stream.error is None else str(stream.error),
    }
    return part | ({"age_ms": _age_ms([stats.age])} if info.live else {})


def _counts(frames: int, dropped: int, seconds: float) -> dict[str, Any]:
    return {
        "frames": frames,
        "dropped": dropped,
        "seconds": round(seconds, 3),
        "fps": round(frames / seconds, 2) if seconds else 0.0,
    }


def _stages_ms(stats: Sequence[PipelineStats]) -> dict[str, dict[str, float]]:
    figures = {}
    for stage in STAGES:
        d = Durations.merged([s.stages[stage] for s in stats])
        figures[stage] = {
            "p50": round(d.percentile(0.5) * 1e3, 3),
            "p95": round(d.percentile(0.95) * 1e3, 3),
            "mean": round(d.total_s / d.count * 1e3, 3) if d.count else 0.0,
            "max": round(d.longest_s * 1e3, 3),
        }
    return figures


def _age_ms(ages: Sequence[Durations]) -> dict[str, float]:
    age = Durations.merged(ages)
    return {"p50": round(age.percentile(0.5) * 1e3, 3), "p95": round(age.percentile(0.95) * 1e3, 3)}
