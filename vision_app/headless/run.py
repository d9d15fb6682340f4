"""A run without a window: settings in, files and a summary out. Prints nothing itself."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

import vision_app
from vision_app import limits, runtime
from vision_app.cancelling import Cancellation
from vision_app.cards.lookup import DEFAULT_MODEL
from vision_app.engine.build import Pool, Surroundings, build, resolve
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.handover import Policy
from vision_app.engine.pipeline import Pipeline, default_policy
from vision_app.engine.predictors import Predictor
from vision_app.engine.request import AskedModel
from vision_app.errors import ConfigError, VisionError
from vision_app.filters.filtered import FilteredSource
from vision_app.headless.output_plan import OutputPlan, plan_outputs
from vision_app.headless.settings import PANEL, RunSettings
from vision_app.runtime import ThreadPolicy
from vision_app.showing import safe_json
from vision_app.sinks.lines import LineFile
from vision_app.sources import Report, Source, SourceInfo, SourceOptions, open_source


@dataclass(frozen=True, slots=True)
class _Threads:
    """How the cores are shared out."""

    workers: int
    session: ThreadPolicy


class HeadlessRun:
    """One run from a source to its outputs.

    Args:
        settings: what was asked for.
        report: receives one-line messages for the user, from any thread.
    """

    def __init__(self, settings: RunSettings, report: Report) -> None:
        self._settings = settings
        self._notices: list[str] = []
        self._report_to_user = report
        self._pipeline: Pipeline | None = None
        self._plan = OutputPlan((), None, None)
        self.writer = SinkWriter((), report)
        self.info: SourceInfo | None = None
        self._created_s = time.perf_counter()
        self.cancellation = Cancellation()

    def start(self) -> None:
        """Open the source, load and warm up the models, open the sinks, and set all going.

        Raises:
            VisionError: something that was asked for cannot be had. Nothing is left behind.
            CancelledError: it was called off. Nothing is left behind.
        """
        with self.cancellation.scope():
            self._start()

    def _start(self) -> None:
        s = self._settings
        if not s.source:
            raise ConfigError("no source was given: --source FILE, FOLDER, URL, camera number or name")
        limits.put_in_force(s.limit)
        source = open_source(s.source, _source_options(s), self._report)
        try:
            self.info = source.info
            policy = default_policy(source.info) if s.policy == "auto" else Policy(s.policy)
            threads = _share_out(s, policy)
            cv2.setNumThreads(1)  # its pool would fight with ONNX Runtime's threads
            source = _filtered(s, source)
            predictors = self._predictors(threads.session, source.info)
            self.cancellation.check()
            self._start_pipeline(source, predictors, policy, threads)
        except BaseException:
            source.close()
            raise

    def _predictors(self, threads: ThreadPolicy, info: SourceInfo) -> list[Predictor]:
        s, pool = self._settings, Pool(threads)
        asked = s.model or (AskedModel(DEFAULT_MODEL),)
        requests, unused = resolve(asked, s.options, pool, must_fit=s.flags)
        for name in unused:
            self._report(f"{name} is set, but none of the models has it")
        around = Surroundings(threads, info.size_wh, info.fps)
        return [build(request, around, pool=pool).predictor for request in requests]

    def _start_pipeline(
        self,
        source: Source,
        predictors: list[Predictor],
        policy: Policy,
        threads: _Threads,
    ) -> None:
        self._plan = plan_outputs(self._settings, source.info)
        self.writer = SinkWriter(self._plan.sinks, self._report, panel=PANEL[self._settings.panel])
        pipeline = Pipeline(
            source,
            predictors,
            self.writer,
            policy,
            workers=threads.workers,
            max_frames=self._settings.max_frames,
        )
        try:
            pipeline.start()
        except VisionError:
            if self._plan.folder is not None:
                self._plan.folder.rmdir()
            raise
        self._pipeline = pipeline

    def stop(self) -> None:
        """End soon; all that was worked on is written. Returns at once. Before the first frame, call it off."""
        if self._pipeline is not None:
            self._pipeline.stop()
        else:
            self.cancellation.cancel()

    def cancel(self) -> None:
        """End, even if a model does not come to an end with a frame: what was finished before is written."""
        self.stop()
        self.cancellation.cancel()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait; True once the run has ended.

        Raises:
            VisionError: what it ended with. The outputs hold everything before that.
        """
        return self.pipeline.join(timeout_s)

    @property
    def pipeline(self) -> Pipeline:
        """The running pipeline.

        Raises:
            RuntimeError: the run was not started.
        """
        if self._pipeline is None:
            raise RuntimeError("the run was not started")
        return self._pipeline

    @property
    def started(self) -> bool:
        """Whether frames are flowing."""
        return self._pipeline is not None

    @property
    def uses_stdout(self) -> bool:
        """Whether an output goes to standard output."""
        s = self._settings
        return "-" in (s.json, s.csv, s.summary)

    @property
    def frames_expected(self) -> int | None:
        """How many frames there will be; None where that is unknown."""
        assert self.info is not None
        known = [n for n in (self.info.frame_count, self._settings.max_frames) if n is not None]
        return min(known) if known else None

    @property
    def failed(self) -> bool:
        """Whether an output could not be written."""
        return bool(self.writer.errors)

    def summary(self) -> dict[str, Any]:
        """What happened, as plain values: frames, rates, percentiles by stage, models, outputs."""
        stats, info = self.pipeline.stats, self.info
        assert info is not None
        summary: dict[str, Any] = {
            "version": vision_app.__version__,
            "source": info.source_id,
            "kind": info.kind,
            "live": info.live,
            "frames": stats.frames,
            "dropped": stats.dropped,
            "seconds": round(stats.elapsed_s, 3),
            "fps": round(stats.frames / stats.elapsed_s, 2) if stats.elapsed_s else 0.0,
            "first_result_s": _rounded(stats.first_result_s, stats.started_s - self._created_s),
            "models": [
                {"model": p.name, "task": p.task, "provider": p.provider} for p in self.pipeline.predictors
            ],
            "stages_ms": {
                stage: {
                    "p50": round(d.percentile(0.5) * 1e3, 3),
                    "p95": round(d.percentile(0.95) * 1e3, 3),
                    "mean": round(d.total_s / d.count * 1e3, 3) if d.count else 0.0,
                    "max": round(d.longest_s * 1e3, 3),
                }
                for stage, d in stats.stages.items()
            },
            "outputs": [str(p) for p in self.writer.outputs],
            "notices": self._notices,
            "machine": {
                "cores": runtime.cpu_count(),
                "platform": platform.platform(),
                "onnxruntime": runtime.version(),
            },
        }
        if self._settings.filter:
            summary["filter"] = str(self._settings.filter)
        if info.live:
            summary["age_ms"] = {
                "p50": round(stats.age.percentile(0.5) * 1e3, 3),
                "p95": round(stats.age.percentile(0.95) * 1e3, 3),
            }
        return summary

    def write_summary(self, show: Callable[[dict[str, Any]], None]) -> bool:
        """Write the summary where the settings want it.

        Args:
            show: writes it to standard output, if it is to go there.

        Returns:
            Whether it went to standard output.

        Raises:
            SinkError: the file cannot be written.
        """
        target = self._plan.summary
        if target is None:
            return False
        if target == "-":
            show(self.summary())
            return True
        text = safe_json(json.dumps(self.summary(), indent=2, ensure_ascii=False))
        overwrite = self._settings.overwrite or self._plan.folder is not None
        file = LineFile(Path(target).expanduser(), overwrite=overwrite)
        try:
            file.append(text + "\n")
        finally:
            self.writer.outputs.extend(file.close())
        return False

    @property
    def folder(self) -> Path | None:
        """Folder that was made for this run; None when the user named the outputs."""
        return self._plan.folder

    def _report(self, message: str) -> None:
        if len(self._notices) < 100:
            self._notices.append(message)
        self._report_to_user(message)


def _rounded(after_start_s: float | None, before_start_s: float) -> float | None:
    return None if after_start_s is None else round(after_start_s + before_start_s, 3)


def _filtered(s: RunSettings, source: Source) -> Source:
    """The source with the chain behind it.

    Raises:
        ConfigError: what the models see in the filtered picture cannot be drawn on the original.
    """
    if s.show_original and not s.filter:
        raise ConfigError("show_original needs a filter: without one there is only the original")
    if s.show_original and s.filter.moves:
        names = ", ".join(step.operation.name for step in s.filter.active if step.operation.moves)
        raise ConfigError(
            f"show_original cannot be had with {names}: things lie elsewhere in the filtered picture, so its "
            "results do not fit on the original"
        )
    return FilteredSource(source, s.filter, keep_original=s.show_original) if s.filter else source


def _source_options(s: RunSettings) -> SourceOptions:
    return SourceOptions(
        start_s=s.start,
        end_s=s.end,
        every=s.every,
        size_wh=s.size,
        fps=s.fps,
        give_up_after_s=s.give_up_after,
    )


def _share_out(s: RunSettings, policy: Policy) -> _Threads:
    """One frame a core for files; one frame on all cores but one for live sources."""
    if policy is Policy.LATEST:
        workers = s.workers or 1
        session = ThreadPolicy.for_live()
    else:
        workers = s.workers or runtime.cpu_count()
        session = ThreadPolicy.for_files(workers)
    if s.threads:
        session = ThreadPolicy(intra_op=s.threads, at_once=workers)
    return _Threads(workers, session)
