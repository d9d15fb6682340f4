"""Recording movements for the teach panel, without its widgets. Nothing here waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal

from vision_app.results.values import Frame
from vision_app.samples.movement_capture import MovementCapture, MovementProgress
from vision_app.samples.store import SampleStore


class MovementTaking(QObject):
    """What is recorded of the movements of one window. All signals are emitted in the thread of this object."""

    changed = Signal(object)
    """A `MovementProgress`."""
    saved = Signal()
    """A movement has come into the store."""

    _told, _kept = Signal(), Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._capture: MovementCapture | None = None
        self._store: SampleStore | None = None
        self._base, self._pictures = "hands", False
        self._told.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._kept.connect(self.saved, Qt.ConnectionType.QueuedConnection)

    def open(self, store: SampleStore) -> None:
        """Record into this store from now on."""
        self.close()
        self._store = store
        self._capture = MovementCapture(
            store,
            self._base,
            on_progress=lambda _: _emit(self._told.emit),
            on_saved=lambda _: _emit(self._kept.emit),
        )
        self._capture.keep_pictures(self._pictures)

    def close(self) -> None:
        """End; a movement that is being made is not kept."""
        if self._capture is not None:
            self._capture.close()
        self._capture = self._store = None

    @property
    def progress(self) -> MovementProgress:
        """How it stands."""
        return MovementProgress() if self._capture is None else self._capture.progress

    def prepare(self) -> None:
        """Load what looks at frames: somebody is about to record a movement."""
        if self._capture is not None:
            self._capture.prepare()

    def choose(self, base: str, *, keep_pictures: bool) -> None:
        """Choose what is looked at, and whether the pictures are kept."""
        self._base, self._pictures = base, keep_pictures
        if self._capture is not None:
            self._capture.set_base(base)
            self._capture.keep_pictures(keep_pictures)

    def begin(self, label: str) -> bool:
        """A movement begins.

        Returns:
            Whether that is a class of movements.

        Raises:
            SampleError: the label cannot be one.
        """
        if self._capture is None or self._store is None:
            return False
        if not any(c.label == label and c.movement for c in self._store.classes):
            return False
        self._capture.begin(label)
        return True

    def end(self) -> None:
        """The movement has ended; ends a countdown too."""
        if self._capture is not None and self._capture.busy:
            self._capture.end()

    def start_turns(self, labels: Sequence[str], count: int) -> None:
        """Count down, then record movements, for one class after the other."""
        if self._capture is not None and labels:
            self._capture.start_turns(labels, count)

    def collect_idle(self, label: str | None) -> None:
        """Record what lies between movements; None to end."""
        if self._capture is not None:
            self._capture.collect_idle(label)

    def offer(self, frame: Frame) -> None:
        """Show a frame, from any thread."""
        capture = self._capture
        if capture is not None:
            capture.offer(frame)

    def _tell(self) -> None:
        if self._capture is not None:
            self.changed.emit(self._capture.progress)


def _emit(emit: Callable[[], None]) -> None:
    try:
        emit()
    except RuntimeError:  # Qt deleted the object while the thread was still ending
        return
