"""One stream of a site: opened, watched, and opened again for as long as the site runs."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vision_app.engine.build import Pool, Surroundings, build
from vision_app.engine.gating import MotionGate
from vision_app.engine.pipeline import Pipeline, default_policy
from vision_app.engine.request import ModelRequest
from vision_app.engine.timing import PipelineStats
from vision_app.engine.workers import Workers
from vision_app.errors import VisionError
from vision_app.messages import Message, message_of, told
from vision_app.results.values import Frame
from vision_app.runtime import ThreadPolicy
from vision_app.site.plan import StreamPlan
from vision_app.site.sinks import StreamFacts
from vision_app.site.watching import Watcher
from vision_app.sources import Report, Source, SourceInfo, SourceOptions, open_source
from vision_app.sources.live import LiveSource, LiveState

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
HEALTHY_AFTER_S = 30.0
"""A stream that ran for so long begins with the first delay again when it fails."""


class NamedSource:
    """A source whose frames say the name of the stream, and come no faster than that.

    Args:
        source: the source; closed with this one.
        name: of the stream: an address can hold a secret.
        fps: at most so many frames a second; None for all.
    """

    def __init__(self, source: Source, name: str, fps: float | None) -> None:
        self._source, self._name = source, name
        self._step_s = 0.0 if fps is None else 1 / fps
        self._next_s = 0.0
        self._epoch: int | None = None
        rate = source.info.fps if fps is None or source.info.fps is None else min(fps, source.info.fps)
        self.info = dataclasses.replace(source.info, source_id=name, fps=rate or fps)

    def read(self) -> Frame | None:
        """The next frame that is due."""
        while (frame := self._source.read()) is not None:
            if self._is_due(frame):
                return dataclasses.replace(frame, source_id=self._name)
        return None

    def _is_due(self, frame: Frame) -> bool:
        if not self._step_s:
            return True
        time_s = frame.captured_s if frame.position_s is None else frame.position_s
        if frame.epoch != self._epoch:
            self._epoch, self._next_s = frame.epoch, time_s
        if time_s < self._next_s - self._step_s / 4:
            return False
        self._next_s = max(self._next_s + self._step_s, time_s)
        return True

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def __enter__(self) -> NamedSource:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Shared:
    """What the streams of a site have in common.

    Attributes:
        workers: threads that run the models.
        pool: loaded models; asked by one stream at a time.
        loading: held while it is asked.
        threads: thread policy of the sessions.
        spec: what a stream opens, with its secrets and within the fence.
        hosts: the only hosts that may be reached; None for any.
        report: receives messages.
        hide: takes secrets out of a text.
    """

    workers: Workers
    pool: Pool
    loading: threading.Lock
    threads: ThreadPolicy
    spec: Callable[[StreamPlan], str]
    hosts: frozenset[str] | None
    report: Report
    hide: Callable[[str], str]


class StreamRunner:
    """Keeps one stream running. What befalls it befalls no other.

    A stream that cannot be opened or fails is tried again after 1, 2, 4 … 60 seconds. A clip ends with its last frame.

    Args:
        plan: the stream.
        requests: its models.
        shared: what it has in common with the others.
        watcher: makes the consumer, given how the stream is doing.
    """

    def __init__(
        self,
        plan: StreamPlan,
        requests: Sequence[ModelRequest],
        shared: Shared,
        watcher: Callable[[Callable[[], StreamFacts]], Watcher],
    ) -> None:
        self.plan, self._requests, self._shared = plan, tuple(requests), shared
        self.watcher = watcher(self.facts)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._device: Source | None = None
        self._pipeline: Pipeline | None = None
        self._state, self._error = "connecting", ""
        self._lost_s: float | None = None
        self._before = (0, 0, 0, 0)
        self._thread = threading.Thread(target=self._run, name=f"stream {plan.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon; returns at once."""
        self._stop.set()
        with self._lock:
            if self._source is not None:
                self._source.close()
            if self._pipeline is not None:
                self._pipeline.stop()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; gives whether it has come."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def facts(self) -> StreamFacts:
        """How it is doing; from any thread."""
        stats = self.watcher.stats if self._pipeline is not None else PipelineStats()
        frames, rested, expected, dropped = self._before
        frames, rested, expected = frames + stats.frames, rested + stats.rested, expected + stats.expected
        dropped += stats.dropped + getattr(self._device, "dropped", 0)
        running = self._state == "running"
        return StreamFacts(
            self._state,
            stats.shown.per_second() if running else 0.0,
            stats.looked_at.per_second() if running else 0.0,
            stats.age.recent_percentile(0.5) * 1e3 if running else 0.0,
            stats.age.recent_percentile(0.95) * 1e3 if running else 0.0,
            frames,
            dropped,
            rested / frames if frames else 0.0,
            expected / frames if frames else 0.0,
            self._error,
        )

    def _run(self) -> None:
        delay_s = FIRST_DELAY_S
        while not self._stop.is_set():
            started_s = time.monotonic()
            try:
                self._run_once()
            except VisionError as error:
                self._failed(message_of(error))
            except Exception as error:  # noqa: BLE001 - a thread's boundary: the other streams go on
                self._failed(
                    Message("internal error: {kind}: {error}", kind=type(error).__name__, error=str(error))
                )
            else:
                self._state = "ended"
                return
            finally:
                self._let_go()
            if time.monotonic() - started_s > HEALTHY_AFTER_S:
                delay_s = FIRST_DELAY_S
            self._stop.wait(delay_s)
            delay_s = min(2 * delay_s, LONGEST_DELAY_S)
        self._state = "ended"

    def _run_once(self) -> None:
        """Open the source and let it run to its end.

        Raises:
            VisionError: it cannot be opened, or fails.
        """
        if not self._error:
            self._state = "connecting"
        opened = open_source(self._shared.spec(self.plan), self._options(), self._shared.report)
        source = NamedSource(opened, self.plan.name, self.plan.fps)
        try:
            with self._lock:
                self._source, self._device = source, opened
            pipeline = self._pipeline_of(source, source.info)
        except BaseException:
            source.close()
            raise
        with self._lock:
            self._pipeline = pipeline
            if self._stop.is_set():
                pipeline.drop()
                return
        pipeline.start()
        self._runs()
        if isinstance(opened, LiveSource):
            opened.watch(self._on_state)
        pipeline.join()
        if source.info.live and not self._stop.is_set():
            raise VisionError("{name}: the stream has ended", name=self.plan.name)

    def _pipeline_of(self, source: NamedSource, info: SourceInfo) -> Pipeline:
        around = Surroundings(self._shared.threads, info.size_wh, info.fps)
        with self._shared.loading:
            predictors = [
                build(request, around, pool=self._shared.pool).predictor for request in self._requests
            ]
        gated = self.plan.gate == "on" or (self.plan.gate == "auto" and info.live)
        return Pipeline(
            source,
            predictors,
            self.watcher,
            default_policy(info),
            workers=self._shared.workers,
            gate=MotionGate() if gated and info.kind != "images" else None,
            weight=self.plan.weight,
        )

    def _options(self) -> SourceOptions:
        return SourceOptions(
            size_wh=self.plan.size_wh,
            insecure=self.plan.insecure,
            fingerprint=self.plan.fingerprint,
            hosts=self._shared.hosts,
        )

    def _on_state(self, state: LiveState) -> None:
        if state is LiveState.LOST:
            self._lost(Message("no pictures come"))
        elif state is LiveState.RUNNING:
            self._runs()

    def _runs(self) -> None:
        self._state, self._error = "running", ""
        lost_s, self._lost_s = self._lost_s, None
        if lost_s is not None:
            self.watcher.befell("stream back", {"away_s": round(time.monotonic() - lost_s, 3)})

    def _lost(self, reason: str) -> None:
        """Keep why: for events in English, for the user in his language."""
        self._state, self._error = "lost", told(reason)
        if self._lost_s is None:
            self._lost_s = time.monotonic()
            self.watcher.befell("stream lost", {"reason": str(reason)})

    def _failed(self, reason: str) -> None:
        if self._stop.is_set():
            return
        reason = self._shared.hide(reason)
        if told(reason) != self._error:
            self._shared.report(reason)
        self._lost(reason)
        self._state = "failed"

    def _let_go(self) -> None:
        """Add what a pipeline has counted to what those before it have, and forget it."""
        with self._lock:
            stats, device = self.watcher.stats, self._device
            if self._pipeline is not None:
                frames, rested, expected, dropped = self._before
                self._before = (
                    frames + stats.frames,
                    rested + stats.rested,
                    expected + stats.expected,
                    dropped + stats.dropped + getattr(device, "dropped", 0),
                )
            self._source = self._device = self._pipeline = None
