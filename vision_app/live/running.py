"""The one source that runs: opened aside, put in the place of the one before it, watched while it runs."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from vision_app.cancelling import CancelledError
from vision_app.engine.consumer import Answers
from vision_app.engine.gating import MotionGate
from vision_app.engine.handover import Policy
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.predictors import Predictor
from vision_app.engine.timing import PipelineStats, Rate
from vision_app.errors import ModelError, VisionError
from vision_app.filters.chain import FilterChain
from vision_app.filters.filtered import FilteredSource
from vision_app.live.cutting import CutSource
from vision_app.live.opener import Opener, Wanted, camera_of
from vision_app.live.status import SourceState, SourceStatus
from vision_app.messages import Message
from vision_app.results.values import Frame, Timings
from vision_app.sources import LiveSource, LiveState, Source, SourceInfo, SourceOptions
from vision_app.sources.oriented import OrientedSource
from vision_app.sources.playback import PlaybackSource, PlayState

_log = logging.getLogger(__name__)

CLOSE_S = 3.0
"""How long the threads of a source are waited for. Those of a device that hangs end by its own time-outs."""

_STATES: dict[LiveState | PlayState, SourceState] = {
    LiveState.RUNNING: SourceState.RUNNING,
    LiveState.LOST: SourceState.LOST,
    PlayState.PLAYING: SourceState.RUNNING,
    PlayState.PAUSED: SourceState.PAUSED,
    PlayState.ENDED: SourceState.ENDED,
}


class Receiver(Protocol):
    """Takes what comes from the sources. Sources are numbered, so that what comes too late can be told apart."""

    def begin(self, number: int) -> Sequence[Predictor]:
        """Another source runs now; gives the models that are to see its frames. The lock is held."""
        ...

    def on_frame(self, number: int, frame: Frame) -> bool:
        """A frame; gives whether its source is the one that runs."""
        ...

    def on_answers(self, number: int, answers: Answers) -> None:
        """What the models say about a frame."""
        ...

    def on_model_failed(self, predictor: Predictor, error: VisionError) -> None:
        """A model failed while it ran."""
        ...

    def on_source(self, status: SourceStatus) -> None:
        """The source changed its state. The lock is held."""
        ...

    def on_notice(self, text: str) -> None:
        """One line for the user."""
        ...


@dataclass(slots=True)
class Running:
    """The source whose pictures are shown, with its pipeline. It is the consumer of that pipeline."""

    wanted: Wanted
    source: OrientedSource
    filtered: FilteredSource
    playback: PlaybackSource | None
    camera: int | None
    status: SourceStatus
    receiver: Receiver
    runner: SourceRunner
    pipeline: Pipeline = field(init=False)
    read: Rate = field(default_factory=Rate)

    def __post_init__(self) -> None:
        self.pipeline = Pipeline(self.filtered, (), self, Policy.LATEST)

    def set_gate(self, *, on: bool) -> None:
        """Spare the models pictures in which nothing has changed; of a live source only."""
        if on != (self.pipeline.gate is not None):
            self.pipeline.gate = MotionGate() if on and self.source.info.live else None

    def begin(self, info: SourceInfo, stats: PipelineStats) -> None:
        """A screen is always ready."""

    def on_frame(self, frame: Frame) -> None:
        """Pass a frame on."""
        if self.receiver.on_frame(self.wanted.number, frame):
            self.read.tick()

    def on_answers(self, answers: Answers) -> Timings:
        """Pass results on; drawing is the composer's, which has a thread of its own."""
        self.receiver.on_answers(self.wanted.number, answers)
        return Timings()

    def on_model_failed(self, predictor: Predictor, error: Exception) -> None:
        """Pass on which model runs no more. One that was called off has not failed."""
        if isinstance(error, CancelledError):
            return
        if not isinstance(error, VisionError):
            _log.debug("%s failed", predictor.name, exc_info=error)
            error = ModelError(
                "{name}: {type_name}: {error}",
                name=predictor.name,
                type_name=type(error).__name__,
                error=error,
            )
        self.receiver.on_model_failed(predictor, error)

    def on_end(self, error: BaseException | None) -> None:
        """The source gives nothing more."""
        if error is None:
            self.runner.change_state(self, SourceState.ENDED)
        else:
            text = str(error) if isinstance(error, VisionError) else f"{type(error).__name__}: {error}"
            self.runner.change_state(self, SourceState.FAILED, text)

    def retire(self, timeout_s: float = CLOSE_S) -> None:
        """End it, and wait for its threads."""
        self.pipeline.stop()
        with contextlib.suppress(Exception):  # it was told when it happened
            self.pipeline.join(max(timeout_s, 0))

    @property
    def flows(self) -> bool:
        """Whether new frames come by themselves."""
        return self.status.state is SourceState.RUNNING and self.read.per_second() > 1


class SourceRunner:
    """Keeps one source running: a new one takes its place once it is open, and only then.

    Args:
        lock: guards the state; that of the session.
        receiver: takes what comes.
    """

    def __init__(self, lock: threading.RLock, receiver: Receiver) -> None:
        self._lock, self._receiver = lock, receiver
        self._status = SourceStatus()
        self._running: Running | None = None
        self._released: Wanted | None = None
        self._orientation = (False, 0)
        self._chain, self._keep_original = FilterChain(), False
        self._gated = False
        self._stale: tuple[Running, Frame | None] | None = None
        self._looker: threading.Thread | None = None
        self._closers: set[threading.Thread] = set()
        self._closed = False
        self._opener = Opener(self._opened, self._not_opened, self._release_camera, self._says)

    @property
    def running(self) -> Running | None:
        """The source that runs now."""
        with self._lock:
            return self._running

    @property
    def info(self) -> SourceInfo | None:
        """What is known about the source that runs."""
        running = self.running
        return None if running is None else running.source.info

    def open(self, spec: str, options: SourceOptions | None, *, loop: bool) -> None:
        """Open another source aside."""
        with self._lock:
            if not self._closed:
                wanted = self._opener.open(spec, options, loop=loop)
                self._tell(SourceStatus(SourceState.OPENING, wanted.source_id, running_id=self._running_id))

    def close_source(self) -> None:
        """Let go of the source, and of one that is being opened."""
        with self._lock:
            self._opener.cancel()
            running, self._running, self._released = self._running, None, None
            self._tell(SourceStatus())
            if running is None:
                return
            thread = threading.Thread(
                target=self._retire_aside, args=(running,), name="source-closer", daemon=True
            )
            self._closers.add(thread)
            thread.start()

    def orient(self, *, mirror: bool, rotate_deg: int) -> None:
        """Turn and mirror this source and all that come after it.

        Raises:
            ValueError: the angle is not 0, 90, 180 or 270.
        """
        if rotate_deg not in (0, 90, 180, 270):
            raise ValueError(f"rotate_deg must be 0, 90, 180 or 270, got {rotate_deg}")
        with self._lock:
            self._orientation = (mirror, rotate_deg)
            running = self._running
            if running is None:
                return
            turned = running.source.orient(mirror=mirror, rotate_deg=rotate_deg)
            running.status = replace(running.status, info=running.source.info)
            if turned is not None:
                self._look_again(running, turned)

    def set_chain(self, chain: FilterChain, *, keep_original: bool) -> None:
        """Filter this source and all that come after it; the newest frame at once, if no other follows."""
        with self._lock:
            self._chain, self._keep_original = chain, keep_original
            running = self._running
            if running is not None and (running.filtered.chain, running.filtered.keep_original) != (
                chain,
                keep_original,
            ):
                running.filtered.chain, running.filtered.keep_original = chain, keep_original
                if not running.flows:
                    self._look_again(running, None)

    def set_gate(self, *, on: bool) -> None:
        """Spare the models pictures of this source, if it is live, and of later ones in which nothing has changed."""
        with self._lock:
            self._gated = on
            if self._running is not None:
                self._running.set_gate(on=on)

    def _look_again(self, running: Running, frame: Frame | None) -> None:
        """Filter a picture that stands still once more, in a thread: a slider moves faster than that. Lock held."""
        self._stale = (running, frame or (self._stale[1] if self._stale else None))
        if self._looker is None and not self._closed:
            self._looker = threading.Thread(target=self._look, name="filters", daemon=True)
            self._looker.start()

    def _look(self) -> None:
        while True:
            with self._lock:
                stale, self._stale = self._stale, None
                if stale is None or self._closed:
                    self._looker = None
                    return
            running, frame = stale
            made = running.filtered.again(frame)
            if made is not None:
                running.pipeline.again(made)

    def set_models(self, predictors: Sequence[Predictor]) -> None:
        """Let these models see the frames from now on; the newest one at once, if no other follows."""
        with self._lock:
            running = self._running
            if running is None or running.pipeline.predictors == tuple(predictors):
                return
            running.pipeline.predictors = tuple(predictors)
            if not running.flows:
                running.pipeline.again()

    def close(self, deadline_s: float) -> tuple[threading.Thread, ...]:
        """End for good, waiting until the deadline at most; gives the threads that may still be at work."""
        with self._lock:
            self._closed = True
            self._opener.cancel()
            running, self._running = self._running, None
        if running is not None:
            running.retire(deadline_s - time.perf_counter())
        with self._lock:
            looking = () if self._looker is None else (self._looker,)
            return (*self._closers, *looking, *self._opener.threads)

    def change_state(self, running: Running, state: SourceState, message: str = "") -> None:
        """The source that runs changed its state. While another one is being opened, that is kept to oneself."""
        with self._lock:
            if running is not self._running:
                return
            if state is SourceState.LOST:
                message = Message(
                    "{source_id}: the connection is lost; trying to connect again",
                    source_id=running.status.source_id,
                )
            if (running.status.state, running.status.message) == (state, message):
                return
            running.status = replace(running.status, state=state, message=message)
            if self._status.state is not SourceState.OPENING:
                self._tell(running.status)

    @property
    def _running_id(self) -> str:
        return "" if self._running is None else self._running.status.source_id

    def _tell(self, status: SourceStatus) -> None:
        self._status = status
        self._receiver.on_source(status)

    def _opened(self, wanted: Wanted, source: Source) -> None:
        """Put it in the place of the running one. Called by the thread that opened it."""
        mirror, rotate_deg = self._orientation
        oriented = OrientedSource(CutSource(source), mirror=mirror, rotate_deg=rotate_deg)
        info = oriented.info
        filtered = FilteredSource(
            oriented,
            self._chain,
            keep_original=self._keep_original,
            report=lambda text: self._says(wanted.number, text),
        )
        running = Running(
            wanted,
            oriented,
            filtered,
            playback=source if isinstance(source, PlaybackSource) else None,
            camera=camera_of(wanted.spec) if info.kind == "camera" else None,
            status=SourceStatus(SourceState.RUNNING, wanted.source_id, info, running_id=wanted.source_id),
            receiver=self._receiver,
            runner=self,
        )
        before: Running | None = None
        with self._lock:
            wins = self._opener.is_wanted(wanted) and not self._closed
            if wins:
                before, self._running, self._released = self._running, running, None
                filtered.chain, filtered.keep_original = self._chain, self._keep_original
                running.pipeline.predictors = self._receiver.begin(wanted.number)
                running.set_gate(on=self._gated)
                self._tell(running.status)
                running.pipeline.start()
        if not wins:
            oriented.close()
            return
        if isinstance(source, LiveSource | PlaybackSource):
            source.watch(lambda state: self._watched(running, state))
        if before is not None:
            before.retire()

    def _watched(self, running: Running, state: LiveState | PlayState) -> None:
        if state in _STATES:
            self.change_state(running, _STATES[state])

    def _not_opened(self, wanted: Wanted, message: str) -> None:
        with self._lock:
            if not self._opener.is_wanted(wanted):
                return
            failed = SourceState.FAILED
            self._tell(SourceStatus(failed, wanted.source_id, message=message, running_id=self._running_id))
            released, self._released = self._released, None
            if released is not None and self._running is None:
                # the camera had to be let go of to be opened otherwise, and would not: as it was, then
                self._receiver.on_notice(message)
                self._opener.open(released.spec, released.options, loop=False)

    def _says(self, number: int, message: str) -> None:
        """A source has something to say: heeded unless a later one runs."""
        with self._lock:
            if self._running is None or self._running.wanted.number <= number:
                self._receiver.on_notice(message)

    def _release_camera(self, camera: int) -> None:
        """The camera that runs is to be opened otherwise: let go of it, keeping the last picture."""
        with self._lock:
            running = self._running
            if running is None or running.camera != camera:
                return
            self._running, self._released = None, running.wanted
        running.retire()

    def _retire_aside(self, running: Running) -> None:
        running.retire()
        with self._lock:
            self._closers.discard(threading.current_thread())
