"""The live core as Qt signals: what happens in its threads arrives in the thread of the window."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance

from vision_app.engine.request import ModelRequest
from vision_app.live.status import (
    Figures,
    Listener,
    ModelStatus,
    OutputStatus,
    Picture,
    SourceStatus,
)
from vision_app.messages import told

if TYPE_CHECKING:
    from vision_app.engine.predictors import LoadedModel, Predictor
    from vision_app.filters.chain import FilterChain
    from vision_app.filters.filtered import Filtered
    from vision_app.live.bench import Bench
    from vision_app.live.scene import PictureFilter, Shot
    from vision_app.live.session import LiveSession, Tap
    from vision_app.overlay import Style
    from vision_app.results.values import Frame, ImageU8, Result
    from vision_app.sources.base import SourceOptions
    from vision_app.sources.playback import PlaybackSource

MakeLive = Callable[[Listener], "LiveSession"]


def _live_session(listener: Listener) -> LiveSession:
    from vision_app.live.session import LiveSession

    return LiveSession(listener)


class Session(QObject):
    """One live session as the widgets see it.

    Every signal is emitted in the thread of this object, so a plain function may be connected to it. Of the
    pictures only the newest is told: a busy window skips pictures instead of falling behind.
    """

    picture = Signal(object)
    """A `Picture` for the screen."""
    source = Signal(object)
    """A `SourceStatus`: the source changed its state."""
    models = Signal(object)
    """A tuple of `ModelStatus`: a model was added, loaded, changed, removed, or failed."""
    output = Signal(object)
    """An `OutputStatus`: a recording or log began, ended, or failed."""
    notice = Signal(str)
    """One line for the user."""

    _arrived = Signal()

    def __init__(self, make: MakeLive = _live_session, parent: QObject | None = None) -> None:
        """Start the live core.

        Args:
            make: makes it, told whom to tell; by default the real one, which is imported now.
            parent: Qt's owner of this object.
        """
        super().__init__(parent)
        self._lock = threading.Lock()
        self._pending: deque[tuple[SignalInstance, object]] = deque()
        self._newest: Picture | None = None
        self._woken = False
        self._closed = False
        self._source = SourceStatus()
        self.orientation = (False, 0)
        """Whether the pictures are mirrored, and by how many degrees they are turned clockwise."""
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._live = make(self)

    # what the live core tells, from any of its threads ---------------------------------------------------

    def on_picture(self, picture: Picture) -> None:
        """Keep the newest picture for the window."""
        with self._lock:
            self._newest = picture
            wake = self._wake()
        self._wake_if(wake)

    def on_source(self, status: SourceStatus) -> None:
        """Pass on that the source changed its state."""
        self._queue(self.source, status)

    def on_models(self, models: tuple[ModelStatus, ...]) -> None:
        """Pass on what has become of the models."""
        self._queue(self.models, models)

    def on_output(self, status: OutputStatus) -> None:
        """Pass on what has become of a recording or log."""
        self._queue(self.output, status)

    def on_notice(self, text: str) -> None:
        """Pass on one line for the user."""
        self._queue(self.notice, told(text))

    def _queue(self, signal: SignalInstance, value: object) -> None:
        with self._lock:
            self._pending.append((signal, value))
            wake = self._wake()
        self._wake_if(wake)

    def _wake(self) -> bool:
        wake = not (self._woken or self._closed)
        self._woken = True
        return wake

    def _wake_if(self, wake: bool) -> None:
        if not wake:
            return
        try:
            self._arrived.emit()
        except RuntimeError:  # Qt deleted this object while a thread of the core was still ending
            self._closed = True

    def _deliver(self) -> None:
        with self._lock:
            pending, self._pending = list(self._pending), deque()
            picture, self._newest = self._newest, None
            self._woken = False
        for signal, value in pending:
            if self._closed:
                return
            if isinstance(value, SourceStatus):
                self._source = value
            signal.emit(value)
        if picture is not None and not self._closed:
            self.picture.emit(picture)

    # source ----------------------------------------------------------------------------------------------

    @property
    def source_status(self) -> SourceStatus:
        """The last state of the source that was told."""
        return self._source

    def open(self, spec: str, options: SourceOptions | None = None, *, loop: bool = False) -> None:
        """Open a source; the running one goes on until the new one is open."""
        self._live.open(spec, options, loop=loop)

    def close_source(self) -> None:
        """Close the source."""
        self._live.close_source()

    @property
    def playback(self) -> PlaybackSource | None:
        """Controls of a file, folder or image; None for live sources."""
        return self._live.playback

    def orient(self, *, mirror: bool, rotate_deg: int) -> None:
        """Mirror and turn the pictures, clockwise by 0, 90, 180 or 270 degrees."""
        self._live.orient(mirror=mirror, rotate_deg=rotate_deg)
        self.orientation = (mirror, rotate_deg)

    # models ----------------------------------------------------------------------------------------------

    def add_model(self, request: ModelRequest) -> int:
        """Add a model; returns the number of its slot."""
        return self._live.add_model(request)

    def change_model(self, slot: int, request: ModelRequest) -> None:
        """Change what runs in a slot; what runs stays until the new one is ready."""
        self._live.change_model(slot, request)

    def reload_model(self, slot: int) -> None:
        """Load the file of a model once more: there is a new version of it."""
        self._live.reload_model(slot)

    def lead_model(self, slot: int) -> None:
        """Draw a model before all others."""
        self._live.lead_model(slot)

    def remove_model(self, slot: int) -> None:
        """Take a model off the screen."""
        self._live.remove_model(slot)

    def loaded_model(self, slot: int) -> LoadedModel | None:
        """The model that runs in a slot, for those who look into it; None where none does."""
        return self._live.loaded_model(slot)

    def model_statuses(self) -> tuple[ModelStatus, ...]:
        """All models as they stand now."""
        return self._live.models

    # screen ----------------------------------------------------------------------------------------------

    def set_view(self, size_wh: tuple[int, int]) -> None:
        """Say how large the area of the picture is, in device pixels."""
        self._live.set_view(size_wh)

    def set_filter(self, picture_filter: PictureFilter | None) -> None:
        """Change every picture before it is drawn on, shown or recorded; None for no change."""
        self._live.set_filter(picture_filter)

    def set_chain(self, chain: FilterChain) -> None:
        """Filter the pictures before anybody sees them; an empty chain for none."""
        self._live.set_chain(chain)

    def set_gate(self, *, on: bool) -> None:
        """Spare the models pictures of a live source in which nothing has changed."""
        self._live.set_gate(on=on)

    def set_bench(self, bench: Bench) -> None:
        """Filter the pictures for the models, and show what comes of it."""
        self._live.set_bench(bench)

    @property
    def filtered(self) -> Filtered | None:
        """What became of the newest frame in the filters; None without any."""
        return self._live.filtered

    def predictor(self, slot: int) -> Predictor | None:
        """What runs in a slot, to be asked of other pictures, in a thread."""
        return self._live.predictor(slot)

    def set_style(self, style: Style, *, draw: bool = True) -> None:
        """Choose the look of the results, or not to draw them."""
        self._live.set_style(style, draw=draw)

    def refresh(self) -> None:
        """Run the models and paint again on the current frame."""
        self._live.refresh()

    def set_tap(self, tap: Tap | None) -> None:
        """Show every frame with the newest results to somebody, from the reading thread; None for nobody."""
        self._live.set_tap(tap)

    def newest(self) -> tuple[Frame, tuple[Result, ...]] | None:
        """The newest frame with its results; None before there is one."""
        return self._live.newest()

    def on_screen(self) -> Shot | None:
        """The frame on the screen with the results on it; None before there is one."""
        return self._live.on_screen()

    def snapshot(self, *, annotated: bool) -> ImageU8 | None:
        """The current picture at full size, (H, W, 3) uint8 BGR; None before there is one."""
        return self._live.snapshot(annotated=annotated)

    # outputs and figures ---------------------------------------------------------------------------------

    def record(self, path: Path, *, annotated: bool) -> None:
        """Start a recording."""
        self._live.record(path, annotated=annotated)

    def log_results(self, path: Path) -> None:
        """Start a log of the results: .jsonl or .csv."""
        self._live.log_results(path)

    def stop_output(self, path: Path) -> None:
        """Finish a recording or log."""
        self._live.stop_output(path)

    def figures(self) -> Figures:
        """How fast it all is at the moment."""
        return self._live.figures()

    def close(self) -> None:
        """End everything; outputs are finished. Nothing is told afterwards."""
        with self._lock:
            if self._closed:
                return
        self._live.close()
        self._deliver()  # the last words: outputs that were finished
        with self._lock:
            self._closed = True
