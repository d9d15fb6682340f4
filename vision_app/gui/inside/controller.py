"""Between the panel and a watched model: what its threads tell arrives in the window's thread, the newest only."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from vision_app.gui.pieces.background import Background
from vision_app.gui.session import Session
from vision_app.live.cuts import is_cut, sketch_of
from vision_app.live.status import ModelState, ModelStatus, Picture
from vision_app.messages import told

if TYPE_CHECKING:
    from vision_app.engine.predictors import LoadedModel
    from vision_app.explaining.live import LiveProbe, Watching
    from vision_app.explaining.probe import Probe
    from vision_app.results.values import FloatArray


class InsideController(QObject):
    """Looks into the model of one slot.

    Args:
        session: the live session.
        parent: Qt's owner.
    """

    models_changed = Signal()
    """Other models run, or another one is looked into."""
    ready = Signal(object)
    """A `Probe`: the roles of the tensors of the model are known."""
    seen = Signal(object, object, object)
    """What is watched, the `View` it was computed from, and what was computed."""
    outdated = Signal()
    """The picture is of another scene than what was seen last: it must not lie over it."""
    said = Signal(object, str)
    """What is watched, and why nothing can be computed."""

    _arrived = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background("inside", self)
        self.slot: int | None = None
        self.probe: Probe | None = None
        self._wanted: Watching | None = None
        self._model: LoadedModel | None = None
        self._live: LiveProbe | None = None
        self._ended: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._news: dict[str, tuple[object, ...]] = {}
        self._woken = False
        self._curious = False
        self._closed = False
        self._shown: FloatArray | None = None
        self._waits: tuple[object, ...] | None = None
        self._scene: int | None = None
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        session.models.connect(self._models_told)
        session.picture.connect(self._picture_came)

    @property
    def running(self) -> list[ModelStatus]:
        """The models that run."""
        return [m for m in self.session.model_statuses() if m.state is ModelState.READY]

    def use(self, slot: int | None) -> None:
        """Look into the model of another slot."""
        if slot != self.slot:
            self.slot = slot
            self._attach()
            self.models_changed.emit()

    def look(self, wanted: Watching | None) -> None:
        """Compute this from every run; None for nothing, which costs nothing."""
        self._wanted = wanted
        if wanted is not None and self._live is None:
            self._attach()
        if self._live is not None:
            self._live.look(wanted)
            if wanted is not None:
                self.session.refresh()  # a picture that stands still is run once more

    def use_probe(self) -> None:
        """Find the roles of the tensors of the model, though nothing is computed from its runs."""
        self._curious = True
        if self._live is None:
            self._attach()

    @property
    def wanted(self) -> Watching | None:
        """What is computed now."""
        return self._wanted

    def _models_told(self, _: object) -> None:
        slots = [m.slot for m in self.running]
        if self.slot not in slots:
            self.slot = slots[0] if slots else None
        if self._live is not None or self._wanted is not None or self._curious:
            self._attach()
        self.models_changed.emit()

    def _attach(self) -> None:
        """Look into what runs in the slot now; a model that was replaced is let go of."""
        from vision_app.explaining.live import LiveProbe

        model = None if self.slot is None else self.session.loaded_model(self.slot)
        if model is self._model:
            return
        if self._live is not None:
            self._live.close()
            self._ended.append(self._live.thread)
        self._model, self._live, self.probe = model, None, None
        if model is None and self._wanted is not None and self.slot in [m.slot for m in self.running]:
            self.said.emit(
                self._wanted, self.tr("This model sees parts of the picture only: no map covers all of it.")
            )
        if model is not None and not self._closed:
            self._live = LiveProbe(
                model,
                lambda wanted, view, thing: self._put("seen", wanted, view, thing),
                lambda wanted, words: self._put("said", wanted, words),
                lambda probe: self._put("ready", model, probe),
            )
            self._live.look(self._wanted)
            self.session.refresh()

    # from the probe's thread -----------------------------------------------------------------------------

    def _put(self, kind: str, *news: object) -> None:
        with self._lock:
            self._news[kind] = news
            wake = not (self._woken or self._closed)
            self._woken = True
        if wake:
            try:
                self._arrived.emit()
            except RuntimeError:  # Qt deleted this object while the thread was still ending
                self._closed = True

    def _deliver(self) -> None:
        with self._lock:
            news, self._news = self._news, {}
            self._woken = False
        if self._closed:
            return
        if "ready" in news and news["ready"][0] is self._model:
            self.probe = news["ready"][1]  # type: ignore[assignment]
            self.ready.emit(self.probe)
        if "said" in news and news["said"][0] is self._wanted:
            wanted, words = news["said"]
            self.said.emit(wanted, told(words))
        if "seen" in news and news["seen"][0] is self._wanted:
            self._see(news["seen"])

    # which picture it goes with ---------------------------------------------------------------------------

    def _see(self, seen: tuple[object, ...]) -> None:
        """Tell of what was computed, once the picture is of the same scene: pictures of a clip come later than that."""
        sketch = self._sketch_of_picture()
        own = sketch_of(seen[1].image)  # type: ignore[attr-defined]
        if sketch is not None and is_cut(own, sketch):
            self._waits = seen
            return
        self._shown, self._waits = own, None
        self.seen.emit(*seen)

    def _picture_came(self, picture: Picture) -> None:
        if picture.scene == self._scene:
            return
        self._scene = picture.scene
        sketch = self._sketch_of_picture()
        if sketch is None:
            return
        if self._shown is not None and is_cut(self._shown, sketch):
            self._shown = None
            self.outdated.emit()
        waits = self._waits
        if waits is not None and waits[0] is self._wanted:
            self._see(waits)

    def _sketch_of_picture(self) -> FloatArray | None:
        shot = self.session.on_screen()
        return None if shot is None else sketch_of(shot.frame.for_models)

    def close(self) -> None:
        """End it; the model runs as before."""
        self._closed = True
        if self._live is not None:
            self._live.close()
            self._ended.append(self._live.thread)
            self._live = None
        self.background.close()
        for thread in self._ended:
            thread.join(5)
