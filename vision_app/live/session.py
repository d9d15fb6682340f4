"""One picture source and any number of models behind a screen."""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2

from vision_app.engine.consumer import Answers
from vision_app.engine.predictors import LoadedModel, Predictor
from vision_app.engine.request import ModelRequest
from vision_app.errors import VisionError
from vision_app.filters.chain import FilterChain
from vision_app.filters.filtered import Filtered
from vision_app.live import figures as measured
from vision_app.live.bench import Bench, BenchPicture
from vision_app.live.composer import Composer
from vision_app.live.models import DEFAULT_FRAME_WH, Models, SlotModel
from vision_app.live.recordings import Recordings
from vision_app.live.running import CLOSE_S, SourceRunner
from vision_app.live.scene import PictureFilter, Scene, Shot
from vision_app.live.status import Figures, Listener, ModelStatus, OutputStatus, SourceStatus
from vision_app.messages import Message
from vision_app.overlay import Style
from vision_app.paths import path_of
from vision_app.results.values import Frame, ImageU8, Packet, Result
from vision_app.sources import SourceOptions
from vision_app.sources.playback import PlaybackSource

_log = logging.getLogger(__name__)

Tap = Callable[[Frame, tuple[Result, ...]], object]

_open: weakref.WeakSet[LiveSession] = weakref.WeakSet()


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
        self._flow = _Flow(listener, max_fps)
        self._scene, self._models = self._flow.scene, self._flow.models
        self._sources, self._outputs = self._flow.sources, self._flow.outputs
        self._flow.composer.start()
        _open.add(self)

    # source -----------------------------------------------------------------------------------------

    def open(self, spec: str, options: SourceOptions | None = None, *, loop: bool = False) -> None:
        """Open a source; the running one goes on until the new one is open, or if it cannot be opened.

        Args:
            spec: whatever `open_source` understands.
            options: how to read it.
            loop: play a file or folder again and again.
        """
        self._sources.open(spec, options, loop=loop)

    def close_source(self) -> None:
        """Let go of the source; the last picture is forgotten."""
        with self._flow.lock:
            self._sources.close_source()
            self._scene.begin(-1)
            self._scene.clear()

    @property
    def playback(self) -> PlaybackSource | None:
        """The controls of a file, folder or image; None for what is live."""
        running = self._sources.running
        return None if running is None else running.playback

    def orient(self, *, mirror: bool, rotate_deg: int) -> None:
        """Turn the pictures clockwise, then mirror them: for the screen, the models and all outputs.

        Raises:
            ValueError: the angle is not 0, 90, 180 or 270.
        """
        self._sources.orient(mirror=mirror, rotate_deg=rotate_deg)

    # models -----------------------------------------------------------------------------------------

    def add_model(self, request: ModelRequest) -> int:
        """Load a model beside those that run; gives the number of its slot at once."""
        return self._models.add(request)

    def change_model(self, slot: int, request: ModelRequest) -> None:
        """Want a model otherwise: at once where nothing has to be loaded, else as soon as the new one is ready."""
        self._models.change(slot, request)

    def reload_model(self, slot: int) -> None:
        """Load the file of a model once more, for it has been replaced; what runs stays until then."""
        self._models.reload(slot)

    def lead_model(self, slot: int) -> None:
        """Draw a model before all others."""
        self._models.lead(slot)

    def remove_model(self, slot: int) -> None:
        """Take a model off the screen, also while it is being loaded."""
        self._models.remove(slot)

    def loaded_model(self, slot: int) -> LoadedModel | None:
        """The model that runs in a slot, for those who look into it; None where none does."""
        return self._models.loaded_model(slot)

    @property
    def models(self) -> tuple[ModelStatus, ...]:
        """All models, in the order in which they are drawn."""
        return self._models.statuses

    # screen -----------------------------------------------------------------------------------------

    def set_view(self, size_wh: tuple[int, int]) -> None:
        """Make pictures of the largest size that fits, in the pixels of the screen."""
        view_wh = (max(size_wh[0], 1), max(size_wh[1], 1))
        if self._scene.look.view_wh != view_wh:
            self._scene.change_look(lambda look: replace(look, view_wh=view_wh))

    def set_filter(self, picture_filter: PictureFilter | None) -> None:
        """Change every picture before anything is drawn on it: on the screen, in snapshots and recordings."""
        self._scene.change_look(lambda look: replace(look, picture_filter=picture_filter))

    def set_chain(self, chain: FilterChain) -> None:
        """Filter every picture before anybody sees it: the models, the screen, recordings; an empty chain for none."""
        self._sources.set_chain(chain, keep_original=False)

    def set_gate(self, *, on: bool) -> None:
        """Spare the models pictures of a live source in which nothing has changed; their results stay."""
        self._sources.set_gate(on=on)

    def set_bench(self, bench: Bench) -> None:
        """Filter pictures for the models, and show what comes of it as the bench says.

        Taps and `newest` still give the pictures as they were read. It takes the place of `set_filter`.
        """
        with self._flow.lock:
            self._sources.set_chain(bench.chain, keep_original=True)
            before = self._scene.look.picture_filter
            shown = None
            if bench.changes:
                known = before if isinstance(before, BenchPicture) else None
                shown = BenchPicture(bench, known, self._flow.on_notice)
            result_map = bench.result_map if shown else None
            self._scene.change_look(lambda look: replace(look, picture_filter=shown, result_map=result_map))

    @property
    def filtered(self) -> Filtered | None:
        """What became of the newest frame in the filters; None without any."""
        running = self._sources.running
        return None if running is None else running.filtered.newest

    def predictor(self, slot: int) -> Predictor | None:
        """What runs in a slot, to be asked of other pictures; from any thread."""
        return next((model for model in self._models.running if model.slot == slot), None)

    def set_style(self, style: Style, *, draw: bool = True) -> None:
        """Draw otherwise, or draw no results on the screen."""
        self._scene.change_look(lambda look: replace(look, style=style, draw=draw))

    def refresh(self) -> None:
        """Paint, and run the models on the newest frame once more."""
        self._scene.repaint()
        running = self._sources.running
        if running is not None:
            running.pipeline.again()

    def set_tap(self, tap: Tap | None) -> None:
        """Show every frame to somebody as it comes, from the thread that reads; None for nobody.

        Args:
            tap: given each frame, unfiltered, with the newest results; must return at once and must not raise.
        """
        self._flow.tap = tap

    def newest(self) -> tuple[Frame, tuple[Result, ...]] | None:
        """The newest frame, unfiltered, and the results that go with it; None without a source."""
        shot = self._scene.now()
        return None if shot is None else (shot.frame, shot.results)

    def on_screen(self) -> Shot | None:
        """The frame that is on the screen, unfiltered, and the results on it; None without a source.

        Of a clip that plays it is a little older than the newest one.
        """
        return self._scene.on_screen()

    def snapshot(self, *, annotated: bool) -> ImageU8 | None:
        """The picture on the screen in the full size of its frame; drawn here and now, which takes milliseconds.

        Returns:
            (H, W, 3) uint8 BGR, not to be written; None without a source, and when the filter fails.
        """
        shot = self._scene.on_screen()
        try:
            return None if shot is None else shot.full_size(annotated=annotated)
        except Exception as error:  # noqa: BLE001  # the filter's boundary: what it hides must not come out
            _log.debug("no snapshot", exc_info=True)
            self._flow.on_notice(
                Message("the picture cannot be made: {name}: {error}", name=type(error).__name__, error=error)
            )
            return None

    # outputs ----------------------------------------------------------------------------------------

    def record(self, path: Path, *, annotated: bool) -> None:
        """Record what comes from the source, at its rate, until `stop_output`; also through other sources.

        Args:
            path: .mp4, .m4v, .mov or .mkv; nothing is written over.
            annotated: draw the newest results on it.
        """
        self._outputs.record(path_of(path), self._sources.info, annotated=annotated)

    def log_results(self, path: Path) -> None:
        """Write the results of every frame that goes through the models, until `stop_output`.

        Args:
            path: .jsonl or .csv; nothing is written over.
        """
        self._outputs.log(path_of(path), self._sources.info)

    def stop_output(self, path: Path) -> None:
        """Finish a recording or log; that it has ended is told once its file is whole."""
        self._outputs.stop(path_of(path))

    @property
    def outputs(self) -> tuple[OutputStatus, ...]:
        """What is being written now."""
        return self._outputs.statuses

    # figures ----------------------------------------------------------------------------------------

    def figures(self) -> Figures:
        """How fast it all is."""
        return measured.gather(
            self._flow.composer, self._sources.running, has_models=bool(self._models.running)
        )

    def close(self) -> None:
        """End everything; outputs are finished. Waits for its threads, at most about three seconds."""
        deadline_s = time.perf_counter() + CLOSE_S
        self._flow.closed = True
        writing, loading = self._outputs.close(), self._models.close()
        self._scene.close()
        opening = self._sources.close(deadline_s)
        own = threading.current_thread()
        for thread in (self._flow.composer.thread, *writing, *opening, *loading):
            if thread is not own:
                thread.join(max(deadline_s - time.perf_counter(), 0.01))


def _end_all() -> None:
    """End the threads before the interpreter does.

    A thread that comes back from OpenCV or ONNX Runtime while Python (before 3.14) shuts down is unwound through
    C++ code, which aborts the process: an exception in the window's thread would end in a core dump.
    """
    for session in tuple(_open):
        session.close()


atexit.register(_end_all)


class _Flow:
    """Where everything goes: frames and results to the scene and the outputs, states to the listener.

    The lock holds the states of source and models together, and keeps what is told in order.
    """

    def __init__(self, listener: Listener, max_fps: float) -> None:
        self._listener = listener
        self.lock = threading.RLock()
        self.closed = False
        self.tap: Tap | None = None
        self._logged: tuple[int, int, float | None, str | None] | None = None
        self.scene = Scene()
        self.composer = Composer(self.scene, listener.on_picture, self.on_notice, max_fps)
        self.outputs = Recordings(listener.on_output, self.on_notice)
        self.sources = SourceRunner(self.lock, self)
        self.models = Models(self.lock, self._on_models, self._source_facts)

    def begin(self, number: int) -> Sequence[Predictor]:
        """Another source runs now: nothing of the one before it may be seen on its pictures."""
        self.scene.begin(number)
        return self.models.running

    def on_frame(self, number: int, frame: Frame) -> bool:
        """To the screen and the recordings."""
        if not self.scene.put_frame(number, frame):
            return False
        tap = self.tap
        if not (self.outputs.recording or tap):
            return True
        shot = self.scene.now()
        if shot is not None:
            if self.outputs.recording:
                self.outputs.offer_shot(shot)
            if tap is not None:
                tap(shot.frame, shot.results)
        return True

    def on_answers(self, number: int, answers: Answers) -> None:
        """To the screen and the logs."""
        frame, timings = answers.frame, answers.timings
        work_s = timings.prepare_s + timings.infer_s + timings.decode_s
        both = zip(answers.predictors, answers.results, strict=True)
        by_slot = tuple((p.slot, result) for p, result in both if isinstance(p, SlotModel))
        if not self.scene.put_answers(number, frame, by_slot, work_s) or not answers.predictors:
            return
        place = (number, frame.index, frame.position_s, frame.file)
        if place != self._logged:  # a frame that stands still is looked at again after each change
            self._logged = place
            self.outputs.offer_packet(Packet(frame, answers.results, timings, looked=answers.looked))

    def on_model_failed(self, predictor: Predictor, error: VisionError) -> None:
        """To its slot."""
        self.models.failed(predictor, error)

    def on_source(self, status: SourceStatus) -> None:
        """To the listener."""
        if not self.closed:
            self._listener.on_source(status)

    def on_notice(self, text: str) -> None:
        """To the listener."""
        if not self.closed:
            self._listener.on_notice(text)

    def _on_models(self) -> None:
        """The models have changed; the lock is held."""
        models = self.models.running
        self.scene.set_slots(model.slot for model in models)
        self.sources.set_models(models)
        if not self.closed:
            self._listener.on_models(self.models.statuses)

    def _source_facts(self) -> tuple[tuple[int, int], float | None]:
        info = self.sources.info
        return (DEFAULT_FRAME_WH, None) if info is None else (info.size_wh, info.fps)
