"""Live thumbnails of cameras that nobody uses, one camera after the other, in a thread of its own. No Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from vision_app.errors import SourceError
from vision_app.messages import told
from vision_app.results.values import ImageU8
from vision_app.sources.base import SourceOptions
from vision_app.sources.cameras import CameraDescription, Mode, probe_modes
from vision_app.sources.live import LiveDevice

WIDTH_PX = 320
"""Width of a thumbnail: that of a tile on a screen of high density."""
EVERY_S = 1 / 10
SLICE_S = 2.0
"""How long one camera is looked at while others wait."""
FIRST_SLICE_S = 0.7
RETRY_AFTER_S = 5.0
_IDLE_S = 0.2
_ASK_WH = (640, 480)

DeviceFor = Callable[[CameraDescription], LiveDevice]
ModesOf = Callable[[CameraDescription, Callable[[], bool]], tuple[Mode, ...]]


def camera_device(camera: CameraDescription) -> LiveDevice:
    """The camera, asked for a small picture."""
    from vision_app.sources.camera import CameraDevice

    options = SourceOptions(size_wh=_ASK_WH)
    return CameraDevice(lambda: (camera.index, (camera.backend,)), options, lambda _: None)


def modes_of(camera: CameraDescription, stopped: Callable[[], bool]) -> tuple[Mode, ...]:
    """What the camera can do; only a part of it once `stopped` says that the camera is wanted elsewhere.

    Raises:
        SourceError: the camera cannot be opened.
    """
    return probe_modes(camera, stopped=stopped)


def thumbnail_of(image: ImageU8, width_px: int = WIDTH_PX) -> ImageU8:
    """A small copy of a picture, (h, w, 3) uint8 BGR, contiguous; the aspect is kept."""
    import cv2

    height, width = image.shape[:2]
    wanted_wh = width_px, max(1, round(height * width_px / width))
    small = cv2.resize(
        image, wanted_wh, interpolation=cv2.INTER_AREA if width > width_px else cv2.INTER_LINEAR
    )
    return np.ascontiguousarray(small)


class Thumbnailer:
    """Looks at cameras in turn for as long as it is wanted. One of them is open at a time.

    Args:
        on_thumbnail: told of each small picture, (h, w, 3) uint8 BGR, from the thread.
        on_problem: told in one line why a camera shows nothing, from the thread.
        on_modes: told what a camera can do, once a camera.
        on_free: told that no camera is held any more, after `stop`.
        device_for: makes the device of a camera.
        modes: asks a camera for its modes.
    """

    def __init__(
        self,
        *,
        on_thumbnail: Callable[[CameraDescription, ImageU8], None],
        on_problem: Callable[[CameraDescription, str], None],
        on_modes: Callable[[CameraDescription, tuple[Mode, ...]], None],
        on_free: Callable[[], None],
        device_for: DeviceFor = camera_device,
        modes: ModesOf = modes_of,
    ) -> None:
        self._on_thumbnail, self._on_problem, self._on_modes = on_thumbnail, on_problem, on_modes
        self._on_free, self._device_for, self._modes = on_free, device_for, modes
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._cameras: tuple[CameraDescription, ...] = ()
        self._favourite: CameraDescription | None = None
        self._known_modes: set[CameraDescription] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether a camera may be held."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def watch(
        self, cameras: Sequence[CameraDescription], known_modes: Iterable[CameraDescription] = ()
    ) -> None:
        """Look at these cameras from now on.

        Args:
            cameras: those that nobody uses.
            known_modes: those that need not be asked what they can do.
        """
        with self._lock:
            self._cameras = tuple(cameras)
            self._known_modes.update(known_modes)
            if self._favourite not in self._cameras:
                self._favourite = None
        self._wake.set()
        if self._cameras and not self.running:
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._stop,), name="camera thumbnails", daemon=True
            )
            self._thread.start()

    def prefer(self, camera: CameraDescription | None) -> None:
        """Stay with this camera, once each has been seen; None for all in turn."""
        with self._lock:
            self._favourite = camera if camera in self._cameras else None
        self._wake.set()

    def stop(self) -> bool:
        """Let go of the camera soon; returns at once.

        Returns:
            Whether a camera may still be held; `on_free` is told when it no longer is.
        """
        with self._lock:
            self._cameras = ()
        self._stop.set()
        self._wake.set()
        return self.running

    def close(self) -> None:
        """Stop, and wait a little. A thread that is stuck in a driver is left behind."""
        self.stop()
        if self._thread is not None:
            self._thread.join(2.0)

    def _run(self, stop: threading.Event) -> None:
        seen: dict[CameraDescription, float] = {}
        failed_s: dict[CameraDescription, float] = {}
        try:
            while not stop.is_set():
                camera = self._next(seen, failed_s)
                if camera is None:
                    self._wake.wait(_IDLE_S)
                    self._wake.clear()
                    continue
                try:
                    self._look_at(camera, stop, first=camera not in seen)
                except SourceError as error:
                    failed_s[camera] = time.monotonic()
                    if not stop.is_set():
                        self._on_problem(camera, told(error))
                seen[camera] = time.monotonic()
        finally:
            self._on_free()

    def _next(
        self, seen: dict[CameraDescription, float], failed_s: dict[CameraDescription, float]
    ) -> CameraDescription | None:
        """Those that were never seen first, then the favourite, then the one that has waited longest."""
        now_s = time.monotonic()
        with self._lock:
            able = [c for c in self._cameras if now_s - failed_s.get(c, -RETRY_AFTER_S) >= RETRY_AFTER_S]
            favourite = self._favourite
        fresh = [c for c in able if c not in seen]
        if fresh:
            return favourite if favourite in fresh else fresh[0]
        return favourite if favourite in able else min(able, key=lambda c: seen[c], default=None)

    def _look_at(self, camera: CameraDescription, stop: threading.Event, *, first: bool) -> None:
        device = self._device_for(camera)
        try:
            device.open()
            began_s = told_s = time.monotonic()
            told = False
            while not stop.is_set() and self._stay(
                camera, time.monotonic() - began_s, first=first, told=told
            ):
                grabbed = device.grab()
                if grabbed is None:
                    raise SourceError("the camera gives no picture")
                now_s = time.monotonic()
                if (not told or now_s - told_s >= EVERY_S) and not stop.is_set():
                    told, told_s = True, now_s
                    self._on_thumbnail(camera, thumbnail_of(grabbed[0]))
        finally:
            device.close()
        if camera not in self._known_modes and not stop.is_set():
            self._ask_for_modes(camera, stop)

    def _ask_for_modes(self, camera: CameraDescription, stop: threading.Event) -> None:
        try:
            modes = self._modes(camera, stop.is_set)
        except SourceError:
            modes = ()  # it gives pictures: that it does not say what else it can do is no reason to complain
        if stop.is_set():
            return
        self._known_modes.add(camera)
        if modes:
            self._on_modes(camera, modes)

    def _stay(self, camera: CameraDescription, looked_s: float, *, first: bool, told: bool) -> bool:
        with self._lock:
            cameras, favourite = self._cameras, self._favourite
        if camera not in cameras:
            return False
        if camera not in self._known_modes:
            return not told or looked_s < FIRST_SLICE_S
        if len(cameras) == 1 or camera == favourite:
            return True
        return not told or looked_s < (FIRST_SLICE_S if first else SLICE_S)
