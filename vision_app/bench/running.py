"""Measures models one after the other, each in a process of its own, so that its memory is its own."""

from __future__ import annotations

import dataclasses
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vision_app import runtime
from vision_app.bench import openvino
from vision_app.bench.measuring import Job
from vision_app.bench.rows import Row, median_row, row_from_record
from vision_app.cards.lookup import card_paths, entries, find_model, weights_path
from vision_app.errors import ConfigError, ModelError
from vision_app.messages import Message
from vision_app.resources import demo_clip
from vision_app.sources import open_source

DEFAULT_FRAMES = 60
_FEWEST_FRAMES = 2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    Attributes:
        models: names or files; empty for all models that are on this disk.
        source: whatever `open_source` understands; None for the shipped clip.
        providers: wanted providers.
        frames: frames of each run.
        rounds: how often each model is measured, in turns; the medians count.
    """

    models: tuple[str, ...] = ()
    source: str | None = None
    providers: tuple[str, ...] = ("cpu",)
    frames: int = DEFAULT_FRAMES
    rounds: int = 1

    def __post_init__(self) -> None:
        if self.frames < _FEWEST_FRAMES:
            raise ConfigError(
                "at least {fewest_frames} frames are needed to measure a rate, got {frames}",
                fewest_frames=_FEWEST_FRAMES,
                frames=self.frames,
            )
        if self.rounds < 1:
            raise ConfigError("at least one round is needed, got {rounds}", rounds=self.rounds)
        if not self.providers:
            raise ConfigError("no provider was given: --providers cpu,cuda")


def run_bench(plan: Plan, say: Say) -> list[Row]:
    """Measure all models on all providers.

    Args:
        plan: what to measure.
        say: told what is going on, a line each.

    Returns:
        Rows in the order of the models, then of the providers. A model that cannot be measured has a row that
        says why.

    Raises:
        ModelError: a model is unknown, or none of them is on this disk.
        SourceError: the source cannot be opened.
    """
    models = _on_this_disk(plan.models, say) if plan.models else _installed()
    if not models:
        raise ModelError(
            "none of the models is on this disk; vision-app models list shows how each can be had"
        )
    source = plan.source or str(demo_clip())
    with open_source(source):
        pass  # a source that cannot be opened is said once, not by every model
    jobs = [Job(m, p, source, plan.frames) for m in models for p in plan.providers]
    rows: dict[Job, list[Row]] = {job: [] for job in jobs}
    for round_number in range(plan.rounds):
        for number, job in enumerate(jobs, 1):
            in_round = (
                Message(
                    ", round {round_number} of {rounds}", round_number=round_number + 1, rounds=plan.rounds
                )
                if plan.rounds > 1
                else ""
            )
            say(
                Message(
                    "{number}/{count} {model} on {provider}{in_round}",
                    number=number,
                    count=len(jobs),
                    model=job.model,
                    provider=job.provider,
                    in_round=in_round,
                )
            )
            rows[job].append(_measured_apart(job))
    return [median_row(rows[job]) for job in jobs]


def openvino_line(plan: Plan, rows: Sequence[Row], say: Say) -> Message:
    """What `auto` would gain from OpenVINO for the models that were measured.

    Args:
        plan: what was measured.
        rows: what came of it.
        say: told what is going on.
    """
    if not openvino.is_here():
        return openvino.not_here()
    models = list(plan.models) or [row.name for row in rows if not row.error]
    say(Message("{count} models with the CPU provider and OpenVINO, in both orders", count=len(models)))
    source = plan.source or str(demo_clip())
    return openvino.line(openvino.gains(models, source, plan.frames, _measured_apart))


def _installed() -> list[str]:
    return [e.name for e in entries() if e.weights is not None]


def _on_this_disk(models: Sequence[str], say: Say) -> Iterator[str] | list[str]:
    known, found = card_paths(), []
    for model in dict.fromkeys(models):
        if model in known and weights_path(model) is None:
            say(Message("skipped {model}: it is not on this disk", model=model))
            continue
        find_model(model)
        found.append(model)
    return found


def _measured_apart(job: Job) -> Row:
    """Whatever happens to the process, there is a row."""
    done = subprocess.run(
        [sys.executable, "-m", "vision_app.bench.worker"],
        input=json.dumps(dataclasses.asdict(job)),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return row_from_record(json.loads(done.stdout))
    except (ValueError, TypeError):
        lines = done.stderr.strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        why = Message(
            "the process that measured it ended with code {returncode}{said}",
            returncode=done.returncode,
            said=said,
        )
        return Row(job.model, job.provider, error=why)


def machine() -> str:
    """Processor, cores, system and versions in one line: figures mean nothing without it."""
    return Message(
        "{processor}, {cpu_count} cores, {system}, Python {python_version}, ONNX Runtime {version}",
        processor=_processor(),
        cpu_count=runtime.cpu_count(),
        system=platform.system(),
        python_version=platform.python_version(),
        version=runtime.version(),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
