"""One picture source and any number of models behind a screen."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2

from vision_app.datatypes import Frame, ImageU8, Packet, Result, Timings
from vision_app.errors import SinkError, VisionError
from vision_app.handover import Policy
from vision_app.live import figures as measured
from vision_app.live.composer import Composer
from vision_app.live.models import DEFAULT_FRAME_WH, Models, SlotModel
from vision_app.live.opener import Opener, Wanted, camera_of
from vision_app.live.recorder import Output, log_entry, log_sink, video_entry, video_sink
from vision_app.live.scene import PictureFilter, Scene
from vision_app.live.status import (
    Figures,
    Listener,
    ModelRequest,
    ModelStatus,
    OutputStatus,
    SourceState,
    SourceStatus,
)
from vision_app.overlay import Style
from vision_app.pipeline import Pipeline
from vision_app.predictors import Predictor
from vision_app.sinks.base import Sink
from vision_app.sources import LiveSource, LiveState, Source, SourceInfo, SourceOptions
from vision_app.sources.oriented import OrientedSource
from vision_app.sources.playback import PlaybackSource, PlayState
from vision_app.timing import Rate

_CLOSE_S = 3.0
_STATES: dict[LiveState | PlayState, SourceState] = {
    LiveState.RUNNING: SourceState.RUNNING,
    LiveState.LOST: SourceState.LOST,
    PlayState.PLAYING: SourceState.RUNNING,
    PlayState.PAUSED: SourceState.PAUSED,
    PlayState.ENDED: SourceState.ENDED,
}


@dataclass(slots=True)
class _Running:
    """The source whose pictures are shown."""

    wanted: Wanted
    source: OrientedSource
    playback: PlaybackSource | None
    status: SourceStatus
    pipeline: Pipeline = field(init=False)
    camera: int | None = None
    read: Rate = field(default_factory=Rate)


class LiveSession:
    """One picture source, any number of models, for a screen.

    Every method returns at once: what takes time is done by threads, and what comes of it is told to the
    listener. All methods may be called from any thread. After `close` they do nothing.

    Args:
        listener: told of all that happens, from any thread.
        max_fps: most pictures a second.
    """

    def __init__(self, listener: Listener, *, max_fps: float = 60.0) -> None:
        cv2.setNumThreads(1)  # its pool would fight with ONNX Runtime's threads
        self._listener = listener
        self._lock = threading.RLock()
        self._closed = False
        self._status = SourceStatus()
        self._running: _Running | None = None
        self._released: Wanted | None = None
        self._orientation = (False, 0)
        self._outputs: dict[Path, tuple[Output, bool]] = {}
        self._helpers: set[threading.Thread] = set()
        self._scene = Scene()
        self._composer = Composer(self._scene, listener.on_picture, self._notice, max_fps)
        self._models = Models(self._lock, self._on_models, self._source_facts)
        self._opener = Opener(self._opened, self._not_opened, self._release_camera, self._source_says)
        self._composer.start()

    # source -----------------------------------------------------------------------------------------

    def open(self, spec: str, options: SourceOptions | None = None, *, loop: bool = False) -> None:
        """Open a source; the running one goes on until the new one is open, or if it cannot be opened.

        Args:
            spec: whatever `open_source` understands.
            options: how to read it.
            loop: play a file or folder again and again.
        """
        with self._lock:
            if self._closed:
                return
            wanted = self._opener.open(spec, options, loop=loop)
            self._tell(SourceStatus(SourceState.OPENING, wanted.source_id, running_id=self._running_id))

    def close_source(self) -> None:
        """Let go of the source; the last picture is forgotten."""
        with self._lock:
            self._opener.cancel()
            running, self._running = self._running, None
            self._scene.begin(-1)
            self._scene.clear()
            self._tell(SourceStatus())
        self._retire_aside(running)

    @property
    def playback(self) -> PlaybackSource | None:
        """The controls of a file, folder or image; None for what is live."""
        with self._lock:
            return None if self._running is None else self._running.playback

    def orient(self, *, mirror: bool, rotate_deg: int) -> None:
        """Turn the pictures clockwise, then mirror them: for the screen, the models and all outputs.

        Raises:
            ValueError: the angle is not 0, 90, 180 or 270.
        """
        with self._lock:
            running = self._running
            if rotate_deg not in (0, 90, 180, 270):
                raise ValueError(f"rotate_deg must be 0, 90, 180 or 270, got {rotate_deg}")
            self._orientation = (mirror, rotate_deg)
            if running is None:
                return
            turned = running.source.orient(mirror=mirror, rotate_deg=rotate_deg)
            running.status = replace(running.status, info=running.source.info)
        if turned is not None:
            running.pipeline.again(turned)

    # models -----------------------------------------------------------------------------------------

    def add_model(self, request: ModelRequest) -> int:
        """Load a model beside those that run; gives the number of its slot at once."""
        return self._models.add(request)

    def change_model(self, slot: int, request: ModelRequest) -> None:
        """Want a model otherwise: at once where nothing has to be loaded, else as soon as the new one is ready."""
        self._models.change(slot, request)

    def remove_model(self, slot: int) -> None:
        """Take a model off the screen, also while it is being loaded."""
        self._models.remove(slot)

    @property
    def models(self) -> tuple[ModelStatus, ...]:
        """All models, in the order in which they were added."""
        return self._models.statuses

    # screen -----------------------------------------------------------------------------------------

    def set_view(self, size_wh: tuple[int, int]) -> None:
        """Make pictures of the largest size that fits, in the pixels of the screen; nothing below 1 x 1."""
        view_wh = (max(size_wh[0], 1), max(size_wh[1], 1))
        if self._scene.look.view_wh != view_wh:
            self._scene.change_look(lambda look: replace(look, view_wh=view_wh))

    def set_filter(self, picture_filter: PictureFilter | None) -> None:
        """Change every picture before anything is drawn on it: on the screen, in snapshots and recordings."""
        self._scene.change_look(lambda look: replace(look, picture_filter=picture_filter))

    def set_style(self, style: Style, *, draw: bool = True) -> None:
        """Draw otherwise, or draw no results on the screen."""
        self._scene.change_look(lambda look: replace(look, style=style, draw=draw))

    def refresh(self) -> None:
        """Paint, and run the models on the newest frame once more."""
        with self._lock:
            running = self._running
        self._scene.repaint()
        if running is not None:
            running.pipeline.again()

    def newest(self) -> tuple[Frame, tuple[Result, ...]] | None:
        """The newest frame, unfiltered, and the results that go with it; None without a source."""
        shot = self._scene.now()
        return None if shot is None else (shot.frame, shot.results)

    def snapshot(self, *, annotated: bool) -> ImageU8 | None:
        """The newest picture in the full size of its frame; drawn here and now, which takes milliseconds.

        Returns:
            (H, W, 3) uint8 BGR, not to be written; None without a source.
        """
        shot = self._scene.now()
        return None if shot is None else shot.full_size(annotated=annotated)

    # outputs ----------------------------------------------------------------------------------------

    def record(self, path: Path, *, annotated: bool) -> None:
        """Record what comes from the source, at its rate, until `stop_output`.

        Args:
            path: .mp4, .m4v, .mov or .mkv; nothing is written over.
            annotated: draw the newest results on it.
        """
        path = path.expanduser()
        self._begin(path, "video", video_sink(path), annotated)

    def log_results(self, path: Path) -> None:
        """Write the results of every frame that went through the models, until `stop_output`.

        Args:
            path: .jsonl or .csv; nothing is written over.
        """
        path = path.expanduser()
        try:
            kind, make = log_sink(path)
        except SinkError as error:
            self._on_output(OutputStatus(path, "jsonl", ended=True, error=str(error)))
            return
        self._begin(path, kind, make, False)

    def stop_output(self, path: Path) -> None:
        """Finish a recording or log; that it has ended is told once its file is whole."""
        with self._lock:
            found = self._outputs.get(path.expanduser())
        if found is not None:
            found[0].stop()

    @property
    def outputs(self) -> tuple[OutputStatus, ...]:
        """What is being written now."""
        with self._lock:
            return tuple(output.status() for output, _ in self._outputs.values())

    # figures ----------------------------------------------------------------------------------------

    def figures(self) -> Figures:
        """How fast it all is."""
        with self._lock:
            running = self._running
        read = running.read if running else Rate()
        stats = running.pipeline.stats if running else None
        return measured.gather(self._composer, read, stats, has_models=bool(self._models.running))

    def close(self) -> None:
        """End everything; outputs are finished. Waits for its threads, at most about three seconds."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._opener.cancel()
            running, self._running = self._running, None
            outputs = [output for output, _ in self._outputs.values()]
            loading = self._models.close()
            helpers = tuple(self._helpers)
        self._scene.close()
        for output in outputs:
            output.stop()
        deadline_s = time.perf_counter() + _CLOSE_S
        if running is not None:
            running.pipeline.stop()
            _join_pipeline(running.pipeline, deadline_s - time.perf_counter())
        own = threading.current_thread()
        threads = (
            self._composer.thread,
            *(o.thread for o in outputs),
            *helpers,
            *self._opener.threads,
            *loading,
        )
        for thread in threads:
            if thread is not own:
                thread.join(max(deadline_s - time.perf_counter(), 0.01))

    # what the parts tell ----------------------------------------------------------------------------

    @property
    def _running_id(self) -> str:
        return "" if self._running is None else self._running.status.source_id

    def _tell(self, status: SourceStatus) -> None:
        """Tell a new state of the source; the lock keeps the order."""
        with self._lock:
            self._status = status
            if not self._closed:
                self._listener.on_source(status)

    def _notice(self, text: str) -> None:
        if not self._closed:
            self._listener.on_notice(text)

    def _source_facts(self) -> tuple[tuple[int, int], float | None]:
        info = self._info
        return (DEFAULT_FRAME_WH, None) if info is None else (info.size_wh, info.fps)

    @property
    def _info(self) -> SourceInfo | None:
        with self._lock:
            return None if self._running is None else self._running.source.info

    def _opened(self, wanted: Wanted, source: Source) -> None:
        """A source is open: put it in the place of the running one. Called by the thread that opened it."""
        mirror, rotate_deg = self._orientation
        oriented = OrientedSource(source, mirror=mirror, rotate_deg=rotate_deg)
        playback = source if isinstance(source, PlaybackSource) else None
        status = SourceStatus(
            SourceState.RUNNING, wanted.source_id, oriented.info, running_id=wanted.source_id
        )
        running = _Running(wanted, oriented, playback, status)
        if oriented.info.kind == "camera":
            running.camera = camera_of(wanted.spec)
        running.pipeline = Pipeline(
            oriented, (), (), Policy.LATEST, observer=_Tap(self, running), report=self._notice
        )
        with self._lock:
            wins = self._opener.is_wanted(wanted) and not self._closed
            if wins:
                before, self._running, self._released = self._running, running, None
                running.pipeline.predictors = self._models.running
                self._scene.begin(wanted.number)
                self._tell(status)
                running.pipeline.start()
        if not wins:
            oriented.close()
            return
        if isinstance(source, LiveSource | PlaybackSource):
            source.watch(lambda state: self._source_state(running, _STATES.get(state)))
        _retire(before)

    def _not_opened(self, wanted: Wanted, message: str) -> None:
        with self._lock:
            if not self._opener.is_wanted(wanted):
                return
            self._tell(
                SourceStatus(
                    SourceState.FAILED, wanted.source_id, message=message, running_id=self._running_id
                )
            )
            released, self._released = self._released, None
            if released is not None and self._running is None:
                # the camera had to be let go of to be opened otherwise, and would not: as it was, then
                self._notice(message)
                self._opener.open(released.spec, released.options, loop=False)

    def _source_state(self, running: _Running, state: SourceState | None, message: str = "") -> None:
        """The running source changed its state. While another one is being opened, that is kept to oneself."""
        with self._lock:
            if state is None or running is not self._running:
                return
            lost = "the connection is lost; trying to connect again"
            if state is SourceState.LOST:
                message = message or f"{running.status.source_id}: {lost}"
            if (running.status.state, running.status.message) == (state, message):
                return
            running.status = replace(running.status, state=state, message=message)
            if self._status.state is not SourceState.OPENING:
                self._tell(running.status)

    def _source_says(self, number: int, message: str) -> None:
        with self._lock:
            if self._running is None or self._running.wanted.number <= number:
                self._notice(message)

    def _release_camera(self, camera: int) -> None:
        """The camera that runs is to be opened otherwise: let go of it, keeping the last picture."""
        with self._lock:
            running = self._running
            if running is None or running.camera != camera:
                return
            self._running, self._released = None, running.wanted
        _retire(running)

    def _retire_aside(self, running: _Running | None) -> None:
        if running is None:
            return

        def work() -> None:
            _retire(running)
            with self._lock:
                self._helpers.discard(threading.current_thread())

        thread = threading.Thread(target=work, name="source-closer", daemon=True)
        with self._lock:
            self._helpers.add(thread)
            thread.start()

    def _on_models(self) -> None:
        """The models have changed; called with the lock held."""
        models = self._models.running
        self._scene.set_slots(model.slot for model in models)
        running = self._running
        if running is not None and running.pipeline.predictors != models:
            running.pipeline.predictors = models
            if not _flows(running):
                running.pipeline.again()
        if not self._closed:
            self._listener.on_models(self._models.statuses)

    def _on_frame(self, running: _Running, frame: Frame) -> None:
        if not self._scene.put_frame(running.wanted.number, frame):
            return
        running.read.tick()
        for output, annotated in tuple(self._outputs.values()):
            if output.kind == "video" and (shot := self._scene.now()) is not None:
                output.offer(video_entry(shot, annotated=annotated))

    def _on_results(
        self,
        running: _Running,
        frame: Frame,
        predictors: tuple[Predictor, ...],
        results: tuple[Result, ...],
        timings: Timings,
    ) -> None:
        work_s = timings.prepare_s + timings.infer_s + timings.decode_s
        answers = tuple(
            (p.slot, result)
            for p, result in zip(predictors, results, strict=True)
            if isinstance(p, SlotModel)
        )
        if not self._scene.put_answers(running.wanted.number, frame, answers, work_s) or not predictors:
            return
        for output, _ in tuple(self._outputs.values()):
            if output.kind != "video":
                output.offer(log_entry(Packet(frame, results, timings)))

    def _on_end(self, running: _Running, error: BaseException | None) -> None:
        if error is None:
            self._source_state(running, SourceState.ENDED)
        else:
            text = str(error) if isinstance(error, VisionError) else f"{type(error).__name__}: {error}"
            self._source_state(running, SourceState.FAILED, text)

    def _begin(self, path: Path, kind: str, make_sink: Callable[[], Sink], annotated: bool) -> None:
        output = Output(
            path, kind, make_sink, info=self._info, on_status=self._on_output, report=self._notice
        )
        with self._lock:
            if self._closed:
                return
            if path in self._outputs:
                self._notice(f"{path} is being written already")
                return
            self._outputs[path] = (output, annotated)
            output.start()

    def _on_output(self, status: OutputStatus) -> None:
        with self._lock:
            if status.ended:
                self._outputs.pop(status.path, None)
            self._listener.on_output(status)


class _Tap:
    """What a pipeline tells, with the name of the source that it is about."""

    def __init__(self, session: LiveSession, running: _Running) -> None:
        self._session, self._running = session, running

    def on_frame(self, frame: Frame) -> None:
        """A frame for the screen."""
        self._session._on_frame(self._running, frame)

    def on_results(
        self, frame: Frame, predictors: tuple[Predictor, ...], results: tuple[Result, ...], timings: Timings
    ) -> None:
        """Results for the screen and the logs."""
        self._session._on_results(self._running, frame, predictors, results, timings)

    def on_model_failed(self, predictor: Predictor, error: VisionError) -> None:
        """A model runs no more."""
        self._session._models.failed(predictor, error)

    def on_end(self, error: BaseException | None) -> None:
        """The source gives nothing more."""
        self._session._on_end(self._running, error)


def _flows(running: _Running) -> bool:
    """Whether new frames come by themselves."""
    return running.status.state is SourceState.RUNNING and running.read.per_second() > 1


def _retire(running: _Running | None) -> None:
    if running is not None:
        running.pipeline.stop()
        _join_pipeline(running.pipeline, _CLOSE_S)


def _join_pipeline(pipeline: Pipeline, timeout_s: float) -> None:
    with contextlib.suppress(Exception):  # it was told when it happened
        pipeline.join(max(timeout_s, 0))
