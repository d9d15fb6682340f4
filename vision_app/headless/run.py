"""A run without a window: settings in, files and a summary out. Prints nothing itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from vision_app import limits, runtime
from vision_app.cancelling import Cancellation, CancelledError
from vision_app.cards.lookup import DEFAULT_MODEL
from vision_app.engine.build import Pool, Surroundings, build, resolve
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.gating import MotionGate
from vision_app.engine.handover import Policy
from vision_app.engine.pipeline import Pipeline, default_policy
from vision_app.engine.predictors import LoadedModel, Predictor
from vision_app.engine.request import AskedModel, ModelRequest
from vision_app.engine.workers import Workers
from vision_app.errors import ConfigError, VisionError
from vision_app.headless.output_plan import OutputPlan, named_sources, plan_outputs
from vision_app.headless.settings import PANEL, RunSettings
from vision_app.headless.summary import Stream, summary_of
from vision_app.messages import Message
from vision_app.paths import path_of
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
    """One run from its sources to its outputs. All sources share the models and the threads that run them.

    Args:
        settings: what was asked for.
        report: receives one-line messages for the user, from any thread.
    """

    def __init__(self, settings: RunSettings, report: Report) -> None:
        self._settings = settings
        self._notices: list[str] = []
        self._report_to_user = report
        self._plan = OutputPlan((), None, None)
        self._written: list[Path] = []
        self._created_s = time.perf_counter()
        self._workers: Workers | None = None
        self.streams: tuple[Stream, ...] = ()
        self.cancellation = Cancellation()

    def start(self) -> None:
        """Open the sources, load and warm up the models, open the sinks, and set all going.

        Raises:
            VisionError: something that was asked for cannot be had. Nothing is left behind.
            CancelledError: it was called off. Nothing is left behind.
        """
        with self.cancellation.scope():
            sources: list[Source] = []
            try:
                self._start(sources)
            except BaseException:
                for source in sources:
                    source.close()
                raise

    def _start(self, sources: list[Source]) -> None:
        s = self._settings
        if not s.source:
            raise ConfigError("no source was given: --source FILE, FOLDER, URL, camera number or name")
        limits.put_in_force(s.limit)
        for spec in s.source:
            sources.append(open_source(spec, _source_options(s), self._report))
            sources[-1] = _filtered(s, sources[-1])
            self.cancellation.check()
        infos = [source.info for source in sources]
        if s.gate and (photos := [info.source_id for info in infos if info.kind == "images"]):
            raise ConfigError(
                "--gate is for videos, cameras and streams; {photos} shows single pictures",
                photos=", ".join(photos),
            )
        policies = [default_policy(info) if s.policy == "auto" else Policy(s.policy) for info in infos]
        threads = _share_out(s, policies)
        cv2.setNumThreads(1)  # its pool would fight with ONNX Runtime's threads
        pool = Pool(threads.session)
        requests = self._requests(pool)
        predictors = [_predictors(requests, pool, threads.session, info) for info in infos]
        for line in _guesses(requests, pool):
            self._report(line)
        self.cancellation.check()
        named = named_sources(infos)
        self._plan = plan_outputs(s, named, self._report)
        workers = Workers(threads.workers)
        streams = []
        for name, source, models, policy, sinks in zip(
            named, sources, predictors, policies, self._plan.sinks, strict=True
        ):
            writer = SinkWriter(sinks, self._report, panel=PANEL[s.panel])
            pipeline = Pipeline(
                source,
                models,
                writer,
                policy,
                workers=workers,
                max_frames=s.max_frames,
                gate=MotionGate() if s.gate else None,
            )
            streams.append(Stream(name.name, name.info, pipeline, writer))
        self._open(streams)
        for stream in streams:
            stream.pipeline.start()
        self._workers, self.streams = workers, tuple(streams)

    def _open(self, streams: Sequence[Stream]) -> None:
        """Make all outputs ready before the first frame flows."""
        try:
            for stream in streams:
                stream.pipeline.open()
        except BaseException:
            for stream in streams:
                stream.pipeline.drop()
            if self._plan.folder is not None:
                self._plan.folder.rmdir()
            raise

    def _requests(self, pool: Pool) -> tuple[ModelRequest, ...]:
        s = self._settings
        asked = s.model or (AskedModel(DEFAULT_MODEL),)
        requests, unused = resolve(asked, s.options, pool, must_fit=s.flags)
        for name in unused:
            self._report(Message("{name} is set, but none of the models has it", name=name))
        return requests

    def stop(self) -> None:
        """End soon; all that was worked on is written. Returns at once. Before the first frame, call it off."""
        if not self.streams:
            self.cancellation.cancel()
        for stream in self.streams:
            stream.pipeline.stop()

    def cancel(self) -> None:
        """End, even if a model does not come to an end with a frame: what was finished before is written."""
        self.stop()
        self.cancellation.cancel()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait; True once all streams have ended. One that fails does not end the others.

        Raises:
            VisionError: what it ended with. The outputs hold everything before that.
        """
        if self._workers is None:
            raise RuntimeError("the run was not started")
        deadline_s = None if timeout_s is None else time.perf_counter() + timeout_s
        for wait in (False, True):
            for stream in self.streams:
                left_s = None if deadline_s is None else max(deadline_s - time.perf_counter(), 0.0)
                if not stream.ended and not self._has_ended(stream, left_s if wait else 0.0) and wait:
                    return False
        if not self._workers.join(deadline_s):
            return False
        self._raise_failures()
        return True

    def _has_ended(self, stream: Stream, timeout_s: float | None) -> bool:
        try:
            stream.ended = stream.pipeline.join(timeout_s)
        except Exception as error:  # noqa: BLE001  # raised again once all have ended
            stream.ended, stream.error = True, error
            called_off = isinstance(error, CancelledError)
            if len(self.streams) > 1 and not called_off:
                self._report(Message("{source}: {error}", source=stream.name, error=error))
        return stream.ended

    def _raise_failures(self) -> None:
        """Raise what the run ended with.

        Raises:
            VisionError: a stream failed.
        """
        failed = [stream for stream in self.streams if stream.error is not None]
        if not failed:
            return
        first = failed[0].error
        assert first is not None
        if len(self.streams) == 1 or not isinstance(first, VisionError) or isinstance(first, CancelledError):
            raise first
        names = ", ".join(stream.name for stream in failed)
        raise VisionError(
            "{count} of {streams_count} sources failed: {names}",
            count=len(failed),
            streams_count=len(self.streams),
            names=names,
        ) from first

    @property
    def started(self) -> bool:
        """Whether frames are flowing."""
        return bool(self.streams)

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """The models, as the first source has them: all have the same."""
        return self.streams[0].pipeline.predictors

    @property
    def uses_stdout(self) -> bool:
        """Whether an output goes to standard output."""
        s = self._settings
        return "-" in (s.json, s.csv, s.summary)

    @property
    def frames_expected(self) -> int | None:
        """How many frames there will be; None where that is unknown."""
        most = self._settings.max_frames
        counts = [stream.info.frame_count for stream in self.streams]
        known = [min(n for n in (count, most) if n is not None) for count in counts if count or most]
        return sum(known) if len(known) == len(counts) else None

    @property
    def failed(self) -> bool:
        """Whether an output could not be written."""
        return any(stream.writer.errors for stream in self.streams)

    def summary(self) -> dict[str, Any]:
        """What happened, as plain values: frames, rates, percentiles by stage, models, outputs."""
        summary = summary_of(self.streams, self._created_s, self._written, self._notices)
        return summary | ({"filter": str(self._settings.filter)} if self._settings.filter else {})

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
        file = LineFile(path_of(target), overwrite=overwrite)
        try:
            file.append(text + "\n")
        finally:
            self._written.extend(file.close())
        return False

    @property
    def folder(self) -> Path | None:
        """Folder that was made for this run; None when the user named the outputs."""
        return self._plan.folder

    def _report(self, message: str) -> None:
        if len(self._notices) < 100:
            self._notices.append(message)
        self._report_to_user(message)


def _predictors(
    requests: Sequence[ModelRequest], pool: Pool, threads: ThreadPolicy, info: SourceInfo
) -> list[Predictor]:
    """What sees the frames of one source: sessions are those of the pool, what remembers frames is its own."""
    around = Surroundings(threads, info.size_wh, info.fps)
    return [build(request, around, pool=pool).predictor for request in requests]


def _guesses(requests: Sequence[ModelRequest], pool: Pool) -> Iterator[str]:
    """A line for each model whose file says too little of itself, with what was guessed."""
    for request in requests:
        model = pool.get_any(request.reference, request.provider, request.options)
        if isinstance(model, LoadedModel) and model.guesses:
            yield (
                Message(
                    "{name}: guessed {guesses}; vision-app models add FILE --try PHOTO shows what it sees, "
                    "and without --try keeps it",
                    name=model.name,
                    guesses=model.guesses,
                )
            )


def _filtered(s: RunSettings, source: Source) -> Source:
    """The source with the chain behind it.

    Raises:
        ConfigError: what the models see in the filtered picture cannot be drawn on the original.
    """
    if not s.filter:
        if s.show_original:
            raise ConfigError("show_original needs a filter: without one there is only the original")
        return source
    if s.show_original and s.filter.moves:
        names = ", ".join(step.operation.name for step in s.filter.active if step.operation.moves)
        raise ConfigError(
            "show_original cannot be had with {names}: things lie elsewhere in the filtered picture, "
            "so its results do not fit on the original",
            names=names,
        )
    from vision_app.filters.filtered import FilteredSource  # late: a run without filters starts sooner

    return FilteredSource(source, s.filter, keep_original=s.show_original)


def _source_options(s: RunSettings) -> SourceOptions:
    return SourceOptions(
        start_s=s.start,
        end_s=s.end,
        every=s.every,
        size_wh=s.size,
        fps=s.fps,
        give_up_after_s=s.give_up_after,
        every_s=s.every_s,
        insecure=s.insecure,
        fingerprint=s.fingerprint,
    )


def _share_out(s: RunSettings, policies: Sequence[Policy]) -> _Threads:
    """One frame a core; for a single live source one frame on all cores but one, which is the soonest."""
    if list(policies) == [Policy.LATEST]:
        workers = s.workers or 1
        session = ThreadPolicy.for_live()
    else:
        workers = s.workers or runtime.cpu_count()
        session = ThreadPolicy.for_files(workers)
    if s.threads:
        session = ThreadPolicy(intra_op=s.threads, at_once=workers)
    return _Threads(workers, session)
