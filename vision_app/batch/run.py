"""A batch from its clips to their results: what is done is kept, what is missing is done, what is whole is joined."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vision_app import __version__
from vision_app.batch.clips import WHOLE, Clip, Span, cut
from vision_app.batch.engines import ENGINES, EngineOptions
from vision_app.batch.parcels import digest, pack
from vision_app.batch.task import Answer, Task
from vision_app.cards.lookup import DEFAULT_MODEL
from vision_app.documents import parse_json
from vision_app.engine.build import Pool, Surroundings, build, resolve
from vision_app.engine.request import AskedModel
from vision_app.errors import ConfigError, SinkError, disk_reason
from vision_app.headless.settings import RunSettings
from vision_app.messages import Message
from vision_app.runtime import ThreadPolicy
from vision_app.showing import safe_json
from vision_app.sources import Report

_PARTS = ".parts"
_LONGEST_LINE = 64_000_000


@dataclass(slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        clips: how many there are.
        spans: how many tasks.
        done_clips: how many are written.
        done_spans: how many are done, by this run or an earlier one.
        frames: how many frames this run has been through.
        failed: what is wrong with clips that could not be done, by source.
    """

    clips: int = 0
    spans: int = 0
    done_clips: int = 0
    done_spans: int = 0
    frames: int = 0
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Job:
    """A clip on its way."""

    clip: Clip
    tasks: list[Task]
    left: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """Changes with anything that its results depend on."""
        return hashlib.sha256("\0".join(task.key for task in self.tasks).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run.

    Attributes:
        out: folder of the results; made when it is not there.
        engine: name of an engine.
        address: of its scheduler.
        span_s: about how long the spans are that clips are cut into, seconds.
        overwrite: whether results that are not of this batch may be replaced.
    """

    out: Path
    engine: str = "local"
    address: str = ""
    span_s: float = 60.0
    overwrite: bool = False


class BatchRun:
    """Results of many clips, by this machine or by several.

    Args:
        clips: the clips.
        settings: what is asked of the models.
        options: how it is run.
        report: receives one-line messages for the user.
        on_progress: told whenever something is done.

    Raises:
        ConfigError: there is no such engine.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        settings: RunSettings,
        options: BatchOptions,
        report: Report = lambda _: None,
        on_progress: Callable[[Progress], object] = lambda _: None,
    ) -> None:
        if options.engine not in ENGINES:
            names = ", ".join(ENGINES)
            raise ConfigError("--engine must be one of {names}, got {got}", names=names, got=options.engine)
        self._clips, self._options, self._out = clips, options, options.out
        self._settings = settings if settings.model else replace(settings, model=(AskedModel(DEFAULT_MODEL),))
        self._report, self._on_progress = report, on_progress
        self._done: dict[str, str] = {}
        self._stopped = False
        self.progress = Progress()

    def stop(self) -> None:
        """End soon; what is done stays done."""
        self._stopped = True

    def run(self) -> Progress:
        """Do what is missing.

        Raises:
            VisionError: nothing can be done: a model is missing, the engine cannot be had, the folder not be written.
        """
        remembers = self._check_models()
        parcels, contents = ((), {}) if self._options.engine == "local" else pack(self._settings.model)
        self._prepare()
        engine = ENGINES[self._options.engine](
            EngineOptions(self._options.address, contents, self._report, lambda: self._stopped)
        )
        try:
            cuts = engine.cuts and self._may_cut(remembers)
            models = digest(self._settings.model)
            jobs = []
            for clip in self._clips:
                if not self._stopped:
                    spans = cut(clip, self._options.span_s) if cuts and not clip.stored else [WHOLE]
                    jobs.append(self._job(clip, spans, models, parcels))
            self.progress.clips, self.progress.spans = len(jobs), sum(len(job.tasks) for job in jobs)
            self._work(engine, jobs)
        finally:
            engine.close()
        return self.progress

    # before ------------------------------------------------------------------------------------------------------

    def _check_models(self) -> bool:
        """Load the models once, so that what is wrong is said before anything is sent; whether one remembers frames."""
        pool = Pool(ThreadPolicy())
        requests, unused = resolve(
            self._settings.model, self._settings.options, pool, must_fit=self._settings.flags
        )
        for name in unused:
            self._report(Message("{name} is set, but none of the models has it", name=name))
        around = Surroundings(ThreadPolicy(), (1280, 720), 30.0)
        built = [build(request, around, pool=pool).predictor for request in requests]
        return any(getattr(predictor, "remembers", False) for predictor in built)

    def _may_cut(self, remembers: bool) -> bool:
        s = self._settings
        asked = {
            str(Message("a model that remembers frames")): remembers,
            "--gate": s.gate,
            "--every": s.every != 1,
            "--max-frames": s.max_frames is not None,
            "--start, --end": s.start > 0 or s.end is not None,
            "--filter": bool(s.filter),
        }
        if reasons := [name for name, is_there in asked.items() if is_there]:
            self._report(
                Message(
                    "clips are not cut because of {reasons}: each is one task", reasons=", ".join(reasons)
                )
            )
        return not reasons

    def _prepare(self) -> None:
        try:
            (self._out / _PARTS).mkdir(parents=True, exist_ok=True)
            for part in (self._out / _PARTS).glob("*.part"):
                part.unlink()
            log = self._out / "batch.json"
            if log.is_file():
                said = parse_json(log.read_bytes(), str(log))
                done = said.get("done", {}) if isinstance(said, dict) else {}
                self._done = {str(k): str(v) for k, v in done.items()}
        except OSError as error:
            raise SinkError("{out}: {reason}", out=self._out, reason=disk_reason(error)) from error

    def _job(self, clip: Clip, spans: Sequence[Span], models: str, parcels: Any) -> _Job:
        s = replace(self._settings, source=(), save=None, json=None, csv=None, log=(), summary=None)
        asked = [__version__, models, clip.key, clip.source, repr(sorted(s.options.items())), repr(s.model)]
        asked += [
            str(s.filter),
            repr((s.start, s.end, s.every, s.max_frames, s.gate, s.show_original, s.size)),
        ]
        base = hashlib.sha256("\0".join(asked).encode("utf-8", "surrogateescape"))
        tasks = []
        for span in spans:
            one = base.copy()
            one.update(repr(span).encode())
            threads = 0 if self._options.engine == "local" else 1
            tasks.append(Task(one.hexdigest()[:40], clip.source, span, s, tuple(parcels), threads))
        return _Job(clip, tasks)

    # work ------------------------------------------------------------------------------------------------------------

    def _work(self, engine: Any, jobs: list[_Job]) -> None:
        progress = self.progress
        by_task: dict[str, _Job] = {}
        todo: list[Task] = []
        for job in jobs:
            if self._is_written(job):
                progress.done_clips += 1
                progress.done_spans += len(job.tasks)
                continue
            self._refuse_foreign(job)
            job.left = {task.key for task in job.tasks if not self._part(task).is_file()}
            progress.done_spans += len(job.tasks) - len(job.left)
            todo += [task for task in job.tasks if task.key in job.left]
            by_task |= {task.key: job for task in job.tasks}
            if not job.left:
                self._join(job)
        self._on_progress(progress)
        again: list[_Job] = []

        def take(task: Task, answer: Answer) -> None:
            job = by_task[task.key]
            self._take(job, task, answer)
            job.left.discard(task.key)
            if not job.left and job.clip.source not in progress.failed and not self._join(job):
                again.append(job)
            self._on_progress(progress)

        engine.run(todo, take)
        if again and not self._stopped:
            self._work(engine, self._as_wholes(again))

    def _as_wholes(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Clips whose spans do not fit together, each as one task."""
        made = []
        for job in jobs:
            self._report(
                f"{job.clip.source}: its spans do not fit together (a damaged place?); it is done once more as a whole"
            )
            task = job.tasks[0]
            key = hashlib.sha256(f"{task.key}\0whole".encode()).hexdigest()[:40]
            made.append(_Job(job.clip, [replace(task, key=key, span=WHOLE)]))
        self.progress.spans += len(made)
        return made

    def _take(self, job: _Job, task: Task, answer: Answer) -> None:
        for notice in answer.notices:
            self._report(Message("{source}: {notice}", source=job.clip.source, notice=notice))
        self.progress.done_spans += 1
        self.progress.frames += answer.lines.count(b"\n")
        if answer.error and not (answer.lines and task.span == WHOLE):
            self._fail(job, answer.error)
            return
        if answer.error:
            self._report(Message("{source}: {notice}", source=job.clip.source, notice=answer.error))
        self._write(self._part(task), answer.lines)

    def _fail(self, job: _Job, error: str) -> None:
        if job.clip.source not in self.progress.failed:
            self.progress.failed[job.clip.source] = error
            self._report(Message("{source}: {notice}", source=job.clip.source, notice=error))

    # results -----------------------------------------------------------------------------------------------------

    def _part(self, task: Task) -> Path:
        return self._out / _PARTS / f"{task.key}.jsonl"

    def _result(self, job: _Job) -> Path:
        return self._out / f"{job.clip.name}.jsonl"

    def _is_written(self, job: _Job) -> bool:
        return self._done.get(job.clip.name) == job.key and self._result(job).is_file()

    def _refuse_foreign(self, job: _Job) -> None:
        if self._result(job).exists() and not self._options.overwrite:
            raise SinkError(
                "{path} is there and not of this batch (other clips, models or settings?); "
                "--overwrite replaces it, or give another folder",
                path=self._result(job),
            )

    def _join(self, job: _Job) -> bool:
        """Write the results of a clip whose spans are all there; False when the spans do not fit together."""
        lines: list[str] = []
        for task in job.tasks:
            part = self._part(task)
            count = 0
            for line in part.read_bytes().splitlines():
                record = parse_json(line, str(part), _LONGEST_LINE)
                count = max(count, record["frame"] + 1)
                record["frame"] += task.span.first_frame
                record["source"] = job.clip.source if job.clip.stored else record["source"]
                lines.append(safe_json(json.dumps(record, ensure_ascii=False, allow_nan=False)))
            if task.span.frames is not None and count != task.span.frames:
                for each in job.tasks:
                    self._part(each).unlink(missing_ok=True)
                return False
        self._write(
            self._result(job), "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
        )
        self._done[job.clip.name] = job.key
        log = {"version": __version__, "done": self._done}
        self._write(self._out / "batch.json", json.dumps(log, indent=1).encode())
        for task in job.tasks:
            self._part(task).unlink(missing_ok=True)
        self.progress.done_clips += 1
        return True

    def _write(self, path: Path, data: bytes) -> None:
        """Under its name only when it is whole and on the disk."""
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise SinkError("{path}: {reason}", path=path, reason=disk_reason(error)) from error
