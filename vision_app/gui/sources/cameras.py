"""The cameras of this computer for the window: a list that follows the cables, and live thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage

from vision_app.gui.pieces.images import copied_image
from vision_app.gui.sources.thumbnails import DeviceFor, ModesOf, Thumbnailer, camera_device, modes_of
from vision_app.results.values import ImageU8
from vision_app.sources.cameras import CameraDescription, Mode, list_cameras
from vision_app.sources.watching import Cameras, CameraWatcher

_PATIENCE_MS = 3000


class CameraController(QObject):
    """Knows the cameras, and looks through those that nobody uses while it is asked to.

    Args:
        list_them: lists the cameras of the system.
        device_for: makes the device of a camera, for its thumbnail.
        modes: asks a camera what it can do.
        parent: Qt's owner.
    """

    changed = Signal(object)
    """A tuple of all cameras: at the start, and whenever one comes or goes."""
    thumbnail = Signal(object, QImage)
    """A camera and its newest small picture."""
    problem = Signal(object, str)
    """A camera, and in one line why it shows nothing."""
    modes_found = Signal(object, object)
    """A camera, and a tuple of its modes."""

    _came = Signal(object)
    _freed = Signal()

    def __init__(
        self,
        *,
        list_them: Callable[[], Cameras] | None = None,
        device_for: DeviceFor = camera_device,
        modes: ModesOf = modes_of,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._closed = False
        self._then: Callable[[], None] | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._go_on)
        self.cameras: Cameras = ()
        self.listed = False
        """Whether the system has answered yet."""
        queued = Qt.ConnectionType.QueuedConnection
        self._came.connect(self._follow, queued)
        self._freed.connect(self._go_on, queued)
        self._thumbnailer = Thumbnailer(
            on_thumbnail=self._on_thumbnail,
            on_problem=self._on_problem,
            on_modes=self._on_modes,
            on_free=self._on_free,
            device_for=device_for,
            modes=modes,
        )
        # looked up now, so that a test can put another list in its place
        self._watcher = CameraWatcher(self._on_cameras, cameras=list_them or list_cameras)

    def look(self) -> None:
        """Ask the system for its cameras now."""
        self._watcher.look()

    def watch(
        self, cameras: Sequence[CameraDescription], known_modes: Sequence[CameraDescription] = ()
    ) -> None:
        """Show thumbnails of these cameras, which nobody uses."""
        if self._then is None:
            self._thumbnailer.watch(cameras, known_modes)

    def prefer(self, camera: CameraDescription | None) -> None:
        """Stay with this camera."""
        self._thumbnailer.prefer(camera)

    def stop(self, then: Callable[[], None] | None = None) -> None:
        """End the thumbnails, and then do something: at once when no camera is held, else as soon as it is free.

        A driver that does not let go of its camera is waited for a few seconds only: what is to be done may have
        nothing to do with it.
        """
        self._then = then
        if not self._thumbnailer.stop():
            self._go_on()
        elif then is not None:
            self._patience.start()

    def close(self) -> None:
        """End both threads."""
        self._closed = True
        self._then = None
        self._patience.stop()
        self._watcher.close()
        self._thumbnailer.close()

    # from the threads ------------------------------------------------------------------------------------

    def _on_cameras(self, cameras: Cameras) -> None:
        if not self._closed:
            self._came.emit(cameras)

    def _on_thumbnail(self, camera: CameraDescription, picture: ImageU8) -> None:
        image = copied_image(picture)
        if not self._closed:
            self.thumbnail.emit(camera, image)

    def _on_problem(self, camera: CameraDescription, text: str) -> None:
        if not self._closed:
            self.problem.emit(camera, text)

    def _on_modes(self, camera: CameraDescription, modes: tuple[Mode, ...]) -> None:
        if not self._closed:
            self.modes_found.emit(camera, modes)

    def _on_free(self) -> None:
        if not self._closed:
            self._freed.emit()

    # here ------------------------------------------------------------------------------------------------

    def _follow(self, cameras: Cameras) -> None:
        if not self._closed:
            self.cameras, self.listed = cameras, True
            self.changed.emit(cameras)

    def _go_on(self) -> None:
        self._patience.stop()
        then, self._then = self._then, None
        if then is not None and not self._closed:
            then()
