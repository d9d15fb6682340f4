"""The pipeline: one reader, workers that run the models, one finisher that draws and writes in order.

    source -> reader thread -> handover -> worker threads -> (in order) finisher thread -> sinks

All front ends stand on it. It owns its threads; whoever made the source and the sinks gives them away to it.
A screen watches it as an `Observer`: it sees every frame before any model does, and lives with a model that fails.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from vision_app import overlay
from vision_app.engine.handover import Handover, Policy
from vision_app.engine.predictors import Follower, Predictor
from vision_app.engine.timing import Durations, Rate
from vision_app.errors import ModelError, SinkError, VisionError
from vision_app.results.values import Frame, Packet, Result, Timings
from vision_app.sinks.base import Sink
from vision_app.sources.base import Report, Source, SourceInfo

_log = logging.getLogger(__name__)

STAGES = ("read", "prepare", "infer", "decode", "draw", "write")


class Observer(Protocol):
    """Watches a pipeline. Each method is called from one of its threads, must return soon and must not raise."""

    def on_frame(self, frame: Frame) -> None:
        """A frame was read; no model has seen it yet, and perhaps none will."""
        ...

    def on_results(
        self, frame: Frame, predictors: tuple[Predictor, ...], results: tuple[Result, ...], timings: Timings
    ) -> None:
        """What the models say about a frame, in the order of the frames; `results[i]` is of `predictors[i]`."""
        ...

    def on_model_failed(self, predictor: Predictor, error: VisionError) -> None:
        """A model failed to run and was taken out; the others go on."""
        ...

    def on_end(self, error: BaseException | None) -> None:
        """No more frames come: the source ended, failed, or was closed."""
        ...


@dataclass(frozen=True, slots=True)
class _Worked:
    """What a worker makes of a frame: a result of each of its predictors."""

    frame: Frame
    predictors: tuple[Predictor, ...]
    results: tuple[Result, ...]
    timings: Timings


class PipelineStats:
    """What is known about a run while it goes on. Every value may be read from any thread."""

    def __init__(self) -> None:
        self.stages = {stage: Durations() for stage in STAGES}
        self.age = Durations()
        self.shown = Rate()
        self.frames = 0
        self.dropped = 0
        self.started_s = time.perf_counter()
        self.first_result_s: float | None = None
        self.ended_s: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start, or of the whole run once it has ended."""
        return (self.ended_s or time.perf_counter()) - self.started_s

    def count(self, timings: Timings, age_s: float) -> None:
        """Add one frame that went all the way."""
        if self.first_result_s is None:
            self.first_result_s = time.perf_counter() - self.started_s
        self.frames += 1
        self.shown.tick()
        self.age.add(age_s)
        for stage, durations in self.stages.items():
            durations.add(getattr(timings, f"{stage}_s"))


class Pipeline:
    """Moves frames from a source through models to sinks.

    Args:
        source: an open source; closed at the end.
        predictors: warmed-up models; each sees every frame.
        sinks: outputs; opened by `start`, closed at the end.
        policy: whether every frame counts or only the newest.
        workers: frames worked on at the same time.
        max_frames: end after that many frames.
        observer: is told of every frame and result; with it, a model that fails is taken out. Without it, the
            run ends with that model's error.
        report: receives one-line messages for the user.
    """

    def __init__(
        self,
        source: Source,
        predictors: Sequence[Predictor],
        sinks: Sequence[Sink],
        policy: Policy,
        *,
        workers: int = 1,
        max_frames: int | None = None,
        observer: Observer | None = None,
        report: Report = _log.warning,
    ) -> None:
        self._source = source
        self._predictors = tuple(predictors)
        self._sinks = list(sinks)
        self._changing = threading.Lock()
        self._observer = observer
        self._offering = threading.Lock()
        self._newest: Frame | None = None
        self._report = report
        self._handover: Handover[tuple[Frame, tuple[Predictor, ...]], _Worked] = Handover(
            policy, in_flight=workers + 1, limit=max_frames
        )
        self._threads = [threading.Thread(target=self._read, name="reader", daemon=True)]
        self._threads += [
            threading.Thread(target=self._work, name=f"worker-{i}", daemon=True) for i in range(workers)
        ]
        self._finisher = threading.Thread(target=self._finish, name="finisher", daemon=True)
        self._error: BaseException | None = None
        self.stats = PipelineStats()
        self.outputs: list[Path] = []
        self.sink_errors: list[SinkError] = []

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """The models in use. They may be replaced while frames flow: between two frames, never within one."""
        return self._predictors

    @predictors.setter
    def predictors(self, predictors: Sequence[Predictor]) -> None:
        with self._changing:
            self._predictors = tuple(predictors)

    def start(self) -> None:
        """Open the sinks and start all threads.

        Raises:
            SinkError: a sink cannot be opened; those that were opened are closed again.
        """
        opened: list[Sink] = []
        try:
            for sink in self._sinks:
                opened.append(sink)
                sink.open(self._source.info)
        except BaseException:
            for sink in opened:
                sink.close()
            self._source.close()
            raise
        self.stats = PipelineStats()
        for thread in (*self._threads, self._finisher):
            thread.start()

    def stop(self) -> None:
        """End soon: frames that are being worked on are still written. Returns at once."""
        self._handover.stop()
        self._source.close()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end.

        Returns:
            Whether the pipeline has ended.

        Raises:
            VisionError: what a thread failed with; everything before it has been written.
        """
        deadline_s = None if timeout_s is None else time.perf_counter() + timeout_s
        for thread in (self._finisher, *self._threads):
            thread.join(None if deadline_s is None else max(deadline_s - time.perf_counter(), 0.0))
            if thread.is_alive():
                return False
        if self._error is not None:
            raise self._error
        return True

    def again(self, frame: Frame | None = None) -> None:
        """Let the models see the newest frame once more, after they or what they are asked have changed.

        For the policy `LATEST`, which never waits.

        Args:
            frame: another version of the newest frame, to take its place; nothing happens if a newer one has come.
        """
        with self._offering:
            newest = self._newest
            if newest is None or (frame is not None and frame.index != newest.index):
                return
            # as if it came now: the age of a result is that of the look, not that of a picture that stands still
            self._newest = replace(frame or newest, captured_s=time.perf_counter())
            if frame is not None and self._observer is not None:
                self._observer.on_frame(self._newest)
            self._handover.put((self._newest, self._predictors))

    def _read(self) -> None:
        try:
            while (frame := self._source.read()) is not None:
                if not self._offer(frame):
                    break
            self._handover.finish()
        except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by join
            self._handover.finish(error)
        finally:
            self._source.close()

    def _offer(self, frame: Frame) -> bool:
        if self._observer is None:
            return self._handover.put((frame, self._predictors))
        with self._offering:
            self._newest = frame
            self._observer.on_frame(frame)
            return self._handover.put((frame, self._predictors))

    def _work(self) -> None:
        while (taken := self._handover.take()) is not None:
            number, (frame, predictors) = taken
            try:
                outcome: _Worked | BaseException = self._predict(frame, predictors)
            except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by join
                outcome = error
            self._handover.complete(number, outcome)

    def _predict(self, frame: Frame, predictors: tuple[Predictor, ...]) -> _Worked:
        timings = Timings(read_s=frame.read_s)
        answered, results = [], []
        for predictor in predictors:
            try:
                result, spent = predictor.predict(frame.image)
            except VisionError as error:
                told = type(error)(f"frame {frame.index}: {error}")
                if self._observer is None:
                    raise told from error
                self._take_out(predictor, told)
            except Exception as error:
                if self._observer is None:
                    raise
                _log.debug("%s failed", predictor.name, exc_info=True)
                self._take_out(predictor, ModelError(f"{predictor.name}: {type(error).__name__}: {error}"))
            else:
                answered.append(predictor)
                results.append(result)
                timings = timings + spent
        return _Worked(frame, tuple(answered), tuple(results), timings)

    def _take_out(self, predictor: Predictor, error: VisionError) -> None:
        assert self._observer is not None
        with self._changing:
            known = predictor in self._predictors
            self._predictors = tuple(p for p in self._predictors if p is not predictor)
        if known:  # frames that were already on their way with it are not worth a second message
            self._observer.on_model_failed(predictor, error)

    def _finish(self) -> None:
        try:
            while (worked := self._handover.collect()) is not None:
                self._write(worked)
                if self.sink_errors and not self._sinks:
                    raise self.sink_errors[-1]
        except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by join
            self._error = error
        finally:
            self._handover.stop()
            self._source.close()
            for sink in list(self._sinks):
                self._close(sink)
            self.stats.ended_s = time.perf_counter()
            if self._observer is not None:
                self._observer.on_end(self._error)

    def _write(self, worked: _Worked) -> None:
        frame = worked.frame
        started = time.perf_counter()
        results = tuple(
            predictor.follow(result, frame) if isinstance(predictor, Follower) else result
            for predictor, result in zip(worked.predictors, worked.results, strict=True)
        )
        tracked = time.perf_counter()
        annotated = None
        if any(sink.wants_annotated for sink in self._sinks):
            annotated = overlay.render(frame.image, results, self._panel())
        drawn = time.perf_counter()
        timings = worked.timings + Timings(decode_s=tracked - started, draw_s=drawn - tracked)
        if self._observer is not None:
            self._observer.on_results(frame, worked.predictors, results, timings)
        packet = Packet(frame, results, timings, annotated)
        for sink in list(self._sinks):
            try:
                sink.write(packet)
            except SinkError as error:
                self._detach(sink, error)
        ended = time.perf_counter()
        self.stats.dropped = self._handover.dropped
        self.stats.count(timings + Timings(write_s=ended - drawn), ended - frame.captured_s)

    def _panel(self) -> tuple[str, ...]:
        infer_ms = self.stats.stages["infer"].recent_percentile(0.5) * 1e3
        rate = self.stats.shown.per_second()
        first = f"{rate:.1f} fps  {infer_ms:.1f} ms" if rate else "starting"
        models = (f"{p.name} · {short_provider(p.provider)}" for p in self._predictors)
        return (first, *models)

    def _detach(self, sink: Sink, error: SinkError) -> None:
        self._sinks.remove(sink)
        self.sink_errors.append(error)
        self._report(str(error))
        self._close(sink, quiet=True)

    def _close(self, sink: Sink, *, quiet: bool = False) -> None:
        try:
            self.outputs.extend(sink.close())
        except SinkError as error:
            self.sink_errors.append(error)
            if not quiet:
                self._report(str(error))


def short_provider(provider: str) -> str:
    """`CPUExecutionProvider` as `CPU`.

    >>> short_provider("CUDAExecutionProvider")
    'CUDA'
    """
    return provider.removesuffix("ExecutionProvider")


def default_policy(info: SourceInfo) -> Policy:
    """The newest frame for live sources, every frame for all others."""
    return Policy.LATEST if info.live else Policy.EVERY
