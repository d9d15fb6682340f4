"""What the teach panel does, without its widgets: samples, capturing, training. Nothing here waits."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import platformdirs
from PySide6.QtCore import QObject, Qt, Signal

from vision_app.cancelling import CancelledError
from vision_app.cards.parts import Fit
from vision_app.engine.request import ModelRequest
from vision_app.errors import SampleError, VisionError
from vision_app.gui.pieces.background import Background, one_line
from vision_app.gui.session import Session
from vision_app.gui.teach.alone import Alone
from vision_app.gui.teach.doubts import Doubts
from vision_app.gui.teach.movement_taking import MovementTaking
from vision_app.learn.options import TrainingOptions, TrainingProgress, TrainingResult
from vision_app.messages import told
from vision_app.paths import path_of
from vision_app.results.values import Frame, Result
from vision_app.samples.capture import CaptureProgress, CaptureSession
from vision_app.samples.crops import Crop
from vision_app.samples.dataset import open_samples
from vision_app.samples.sample import Sample
from vision_app.samples.store import SampleStore

if TYPE_CHECKING:
    from vision_app.learn.embedding import Embedder
    from vision_app.learn.training import Trainer
    from vision_app.temporal.options import TemporalOptions
    from vision_app.temporal.training import MovementTrainer

_MOST_WAITING = 2000
"""Samples that may wait for their embedding; what is more is embedded by the training."""


def usual_folder() -> Path:
    """Where samples are kept unless another folder is chosen; `VISION_APP_SAMPLES` overrides it."""
    override = os.environ.get("VISION_APP_SAMPLES")
    return path_of(override) if override else platformdirs.user_data_path("vision-app") / "samples"


class TeachController(QObject):
    """Samples, capturing and training for one window.

    All signals are emitted in the thread of this object.
    """

    store_changed = Signal()
    """Another store, or something else in it."""
    capture_changed = Signal(object)
    """A `CaptureProgress`."""
    progress = Signal(object)
    """A `TrainingProgress`."""
    trained = Signal(object)
    """A `TrainingResult`: the model is in the catalogue, and on the picture."""
    training_failed = Signal(str)
    """One line: why no model was made."""
    ended = Signal()
    """No training runs any more, whatever came of it."""
    told = Signal(str)
    """One line for the user."""
    failed = Signal(str)
    """One line: what could not be done, and why."""

    _from_thread = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background("samples", self)
        self._store: SampleStore | None = None
        self._capture: CaptureSession | None = None
        self.movements = MovementTaking(self)
        self.movements.saved.connect(self.store_changed)
        self._trainer: Trainer | MovementTrainer | None = None
        self._training: threading.Thread | None = None
        self._wishing = threading.Lock()
        self._wish = ""
        self._newest: TrainingProgress | None = None
        self._ahead = _Ahead()
        self.doubts = Doubts()
        self.alone = Alone(session, self)
        self._closed = False
        self._from_thread.connect(self._call, Qt.ConnectionType.QueuedConnection)

    # the store -------------------------------------------------------------------------------------------

    @property
    def store(self) -> SampleStore | None:
        """The open store."""
        return self._store

    def open_store(self, folder: Path) -> None:
        """Open another store; the one that is open stays if that fails."""
        if self._store is not None and self._store.folder == path_of(folder).absolute():
            return

        def opened(store: SampleStore) -> None:
            self._let_go()
            self._store = store
            self._capture = CaptureSession(store, on_progress=self._told_capture, on_saved=self.saved)
            self.movements.open(store)
            self._session.set_tap(self._offer)
            for notice in store.notices:
                self.told.emit(told(notice))
            self.store_changed.emit()

        self._background.run(lambda: SampleStore.open(folder), opened, self.failed.emit)

    def undo(self) -> None:
        """Take the last edit back, and say which."""
        self._replay(SampleStore.undo, self.tr("Taken back: {what}"))

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._replay(SampleStore.redo, self.tr("Done again: {what}"))

    def _replay(self, how: Callable[[SampleStore], str | None], words: str) -> None:
        store = self._store
        if store is None:
            return

        def done(what: str | None) -> None:
            self.told.emit(
                words.format(what=told(what)) if what else self.tr("There is nothing to take back.")
            )
            self.store_changed.emit()

        self._background.run(lambda: how(store), done, self._change_failed)

    def change(self, work: Callable[[SampleStore], object], told: str = "") -> None:
        """Change the store in the background.

        Args:
            work: what is done with it.
            told: what to say when it is done.
        """
        store = self._store
        if store is None:
            self.failed.emit(self.tr("No samples are open; choose a folder for them first."))
            return

        def done(_: object) -> None:
            if told:
                self.told.emit(told)
            self.store_changed.emit()

        self._background.run(lambda: work(store), done, self._change_failed)

    def _change_failed(self, text: str) -> None:
        self.failed.emit(text)
        self.store_changed.emit()

    # capturing -------------------------------------------------------------------------------------------

    @property
    def capture(self) -> CaptureSession | None:
        """What takes samples from the picture."""
        return self._capture

    def start_burst(self, label: str) -> None:
        """Take samples of a class until `stop_burst`; of a class of movements, one movement."""
        if self._capture is None:
            return
        try:
            if not self.movements.begin(label):
                self._capture.start_burst(label)
        except SampleError as error:
            self.failed.emit(one_line(error))

    def stop_burst(self) -> None:
        """Take no more."""
        if self._capture is not None:
            self._capture.stop()
        self.movements.end()

    def start_turns(self, labels: Sequence[str], count: int) -> None:
        """Count down, then take samples, for one class after the other."""
        if self._capture is None:
            return
        try:
            self._capture.start_turns(labels, count)
        except SampleError as error:
            self.failed.emit(one_line(error))

    def set_crop(self, crop: Crop) -> None:
        """Choose the part of the picture that becomes the sample."""
        if self._capture is not None:
            self._capture.set_crop(crop)

    def set_rate(self, rate_hz: float) -> None:
        """Choose how many samples a second are taken."""
        if self._capture is not None:
            self._capture.set_rate(rate_hz)

    def collect_idle(self, label: str | None) -> None:
        """Take a picture of the empty scene now and then; None to end."""
        capture = self._capture
        if capture is not None:
            self.change(lambda _: capture.collect_idle(label))

    def _offer(self, frame: Frame, results: tuple[Result, ...]) -> None:
        capture = self._capture
        if capture is not None:
            with suppress(SampleError):  # it is told of in the progress
                capture.offer(frame, results)
        self.movements.offer(frame)
        self.doubts.offer(frame, results)

    def _told_capture(self, _: CaptureProgress) -> None:
        self._later(self._tell_capture)

    def _tell_capture(self) -> None:
        """How it stands now: what a thread told a moment ago may be over."""
        if self._capture is not None:
            self.capture_changed.emit(self._capture.progress)

    def saved(self, samples: Sequence[Sample], _: object = ()) -> None:
        """Samples have come into the store: called from any thread."""
        self._ahead.put(samples)
        self._later(self.store_changed.emit)

    # training --------------------------------------------------------------------------------------------

    def set_base(self, name: str, fit: Fit | None = None) -> None:
        """Embed what is captured from now on with this network already, so that the training finds it done."""
        self._ahead.use(name, fit)

    def warm_up(self) -> None:
        """Load the base and embed what is not yet embedded: somebody is about to train."""
        store = self._store
        if store is not None and not self.is_training:
            self._ahead.put([sample for sample in store.samples() if not sample.movement])

    @property
    def is_training(self) -> bool:
        """Whether a training runs."""
        return self._training is not None

    def train(self, base: str, name: str, options: TrainingOptions | TemporalOptions) -> None:
        """Train a model and put it on the picture.

        Args:
            base: a classifier or landmarks; of movements, the features that a row has.
            name: of the model.
            options: how; those of a head over time for movements.
        """
        store = self._store
        if store is None or self.is_training:
            return
        self._wish = ""
        self._training = threading.Thread(
            target=self._train, args=(store.folder, base, name, options), name="training", daemon=True
        )
        self._training.start()

    def stop_training(self) -> None:
        """End after this epoch; the best one becomes the model."""
        self._want("stop")

    def cancel_training(self) -> None:
        """End; no model is made."""
        self._want("cancel")

    def _want(self, wish: Literal["stop", "cancel"]) -> None:
        with self._wishing:
            self._wish = wish
            if self._trainer is not None:
                getattr(self._trainer, wish)()

    def _trainer_for(
        self, folder: Path, base: str, name: str, options: TrainingOptions | TemporalOptions
    ) -> Trainer | MovementTrainer:
        from vision_app.learn.landmarks import base_of
        from vision_app.learn.training import Trainer

        if not isinstance(options, TrainingOptions):
            from vision_app.samples.movements import open_movements
            from vision_app.temporal.training import MovementTrainer

            return MovementTrainer(
                open_movements(folder), base, name, options, on_progress=self._told_progress
            )
        trainer = Trainer(open_samples(folder), base_of(base), name, options, on_progress=self._told_progress)
        trainer.check()
        trainer.embedder = self._ahead.loaded(base, options.fit)
        return trainer

    def _train(self, folder: Path, base: str, name: str, options: TrainingOptions | TemporalOptions) -> None:
        outcome: Callable[[], None]
        self._ahead.pause()
        try:
            trainer = self._trainer_for(folder, base, name, options)
            with self._wishing:
                self._trainer = trainer
                if self._wish:
                    getattr(trainer, self._wish)()
            result = trainer.run()
        except CancelledError:
            outcome = self._ended
        except VisionError as error:
            text = one_line(error)
            outcome = lambda: self._ended(text)  # noqa: E731
        except Exception as error:  # noqa: BLE001  # a thread's boundary: the window tells of it
            text = f"{type(error).__name__}: {error}"
            outcome = lambda: self._ended(text)  # noqa: E731
        else:
            outcome = lambda: self._ended(result=result)  # noqa: E731
        finally:
            self._ahead.resume()
        self._later(outcome)

    def _ended(self, problem: str = "", result: TrainingResult | None = None) -> None:
        with self._wishing:
            self._trainer = self._training = None
        if result is not None:
            self.show_model(result.name)
            self.trained.emit(result)
        if problem:
            self.training_failed.emit(problem)
        self.ended.emit()

    def show_model(self, name: str) -> None:
        """Run a model on the picture, before all others: the newest version of it, instead of an older one."""
        for status in self._session.model_statuses():
            if (status.pending or status.request).reference == name:
                self._session.reload_model(status.slot)
                self._session.lead_model(status.slot)
                return
        self._session.lead_model(self._session.add_model(ModelRequest(name)))

    def _told_progress(self, progress: TrainingProgress) -> None:
        """Epochs may come faster than they can be drawn: only the newest one is told."""
        with self._wishing:
            waits, self._newest = self._newest is not None, progress
        if not waits:
            self._later(self._tell_progress)

    def _tell_progress(self) -> None:
        with self._wishing:
            progress, self._newest = self._newest, None
        if progress is not None:
            self.progress.emit(progress)

    # the end ---------------------------------------------------------------------------------------------

    def _later(self, call: Callable[[], None]) -> None:
        if not self._closed:
            with suppress(RuntimeError):  # Qt deleted this object while a thread was still ending
                self._from_thread.emit(call)

    def _call(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()

    def _let_go(self) -> None:
        self._session.set_tap(None)
        self.movements.close()
        if self._capture is not None:
            self._capture.close()
            self._capture = None
        if self._store is not None:
            self._store.close()
            self._store = None

    def close(self) -> None:
        """End everything; what was captured is kept, a training is cancelled."""
        self._closed = True
        self._want("cancel")
        if self._training is not None:
            self._training.join(10)
        self._background.close()
        self._ahead.close()
        self._let_go()


class _Ahead:
    """Embeds samples in a thread of its own while more are being captured."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Sample | None] = queue.Queue(_MOST_WAITING)
        self._go = threading.Event()
        self._go.set()
        self._lock = threading.Lock()
        self._base: tuple[str, Fit | None] = ("", None)
        self._embedders: dict[tuple[str, Fit | None], Embedder] = {}
        self._thread: threading.Thread | None = None
        self._ending = False

    def use(self, base: str, fit: Fit | None) -> None:
        """Embed with this network from now on, to which pictures are fitted so."""
        self._base = base, fit

    def put(self, samples: Sequence[Sample]) -> None:
        """Embed these, soon."""
        if not self._base[0] or self._ending:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
            self._thread.start()
        for sample in samples:
            with suppress(queue.Full):
                self._waiting.put_nowait(sample)

    def pause(self) -> None:
        """Leave the cores to a training."""
        self._go.clear()

    def resume(self) -> None:
        """Go on."""
        self._go.set()

    def loaded(self, base: str, fit: Fit | None) -> Embedder:
        """The network, loaded: once for embedding and training.

        Raises:
            ModelError: it cannot be loaded, is no classifier, or has no embedding.
        """
        from vision_app.learn.landmarks import base_of, embedder_of

        with self._lock:
            if (base, fit) not in self._embedders:
                for other in self._embedders.values():
                    other.close()
                self._embedders = {}
                self._embedders[base, fit] = embedder_of(base_of(base), fit=fit)
            return self._embedders[base, fit]

    def _run(self) -> None:
        while (sample := self._waiting.get()) is not None:
            self._go.wait()
            if self._ending:
                return
            with suppress(VisionError):  # the training says what is wrong with it
                self.loaded(*self._base).embed_one(sample)

    def close(self) -> None:
        """End; what waits is embedded by the training."""
        self._ending = True
        self._go.set()
        if self._thread is not None:
            with suppress(queue.Full):
                self._waiting.put_nowait(None)
            self._thread.join(10)
        with self._lock:
            for embedder in self._embedders.values():
                embedder.close()
