"""Cameras of a computer that a test plugs in and out. Only the system's list and the driver are not real."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from vision_app.errors import SourceError
from vision_app.results.values import ImageU8
from vision_app.sources.base import Report, SourceOptions
from vision_app.sources.cameras import CameraDescription, Mode

FRONT = CameraDescription(0, "Front", "V4L2", "/dev/video0", 0x46D, 0x82D)
BACK = CameraDescription(2, "Back", "V4L2", "/dev/video2", 0x46D, 0x82E)
SIDE = CameraDescription(4, "Side", "V4L2", "/dev/video4", 0x46D, 0x82F)
SIZE_WH = (64, 48)
MODES = (Mode(640, 480, 30.0), Mode(1280, 720, 30.0))


class FakeCameras:
    """Each can be opened by one at a time, as real ones. Their pictures are dark on the left, bright on the right."""

    def __init__(self, *cameras: CameraDescription) -> None:
        self.plugged = cameras
        self.lock = threading.Lock()
        self.open_now: set[int] = set()
        self.opened: list[int] = []
        self.asked: list[SourceOptions] = []
        self.broken: set[int] = set()
        self.stuck = threading.Event()
        """While set, a driver does not come back."""

    def list(self) -> tuple[CameraDescription, ...]:
        return self.plugged

    def unplug(self, camera: CameraDescription) -> None:
        self.plugged = tuple(c for c in self.plugged if c != camera)

    def plug(self, camera: CameraDescription) -> None:
        self.plugged = tuple(sorted((*self.plugged, camera), key=lambda c: c.index))

    def is_plugged(self, index: int) -> bool:
        return any(c.index == index for c in self.plugged)


class FakeCamera:
    """Stands where `CameraDevice` does."""

    def __init__(
        self,
        cameras: FakeCameras,
        locate: Callable[[], tuple[int, tuple[str, ...]]],
        options: SourceOptions,
        report: Report,
    ) -> None:
        self._cameras, self._locate, self._options = cameras, locate, options
        self._index: int | None = None

    def open(self) -> float | None:
        index, _ = self._locate()
        with self._cameras.lock:
            if not self._cameras.is_plugged(index):
                raise SourceError(f"camera {index} is not there")
            if index in self._cameras.open_now or index in self._cameras.broken:
                raise SourceError(f"camera {index} cannot be opened: another program is using it")
            self._cameras.open_now.add(index)
            self._cameras.opened.append(index)
            self._cameras.asked.append(self._options)
        self._index = index
        return 30.0

    def grab(self) -> tuple[ImageU8, float] | None:
        time.sleep(0.02)
        while self._cameras.stuck.is_set():
            time.sleep(0.01)
        if self._index is None or not self._cameras.is_plugged(self._index):
            return None
        picture = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
        picture[:, SIZE_WH[0] // 2 :] = 200
        return picture, time.perf_counter()

    def close(self) -> None:
        with self._cameras.lock:
            self._cameras.open_now.discard(self._index if self._index is not None else -1)
        self._index = None

    def interrupt(self) -> None:
        pass

    def reachable(self) -> bool | None:
        try:
            return self._cameras.is_plugged(self._locate()[0])
        except SourceError:
            return False


def install(monkeypatch: pytest.MonkeyPatch, *plugged: CameraDescription) -> FakeCameras:
    """Let the program see these cameras and no others."""
    cameras = FakeCameras(*plugged)
    for module in ("sources.opening", "sources.camera", "live.opener", "gui.sources.cameras"):
        monkeypatch.setattr(f"vision_app.{module}.list_cameras", cameras.list)
    monkeypatch.setattr(
        "vision_app.sources.camera.CameraDevice",
        lambda locate, options, report: FakeCamera(cameras, locate, options, report),
    )
    return cameras
