"""A live device whose pictures and failures a test hands out one by one."""

from __future__ import annotations

import queue
import threading
import time

import numpy as np

from vision_app.errors import SourceError
from vision_app.results.values import ImageU8

LOST = object()
"""Put in the place of a picture: the connection breaks."""


class FakeDevice:
    """Gives what was put into `pictures`, waits when there is nothing, refuses while `away` is set."""

    def __init__(self, *, size_wh: tuple[int, int] = (32, 24), fps: float | None = 30.0) -> None:
        self.size_wh, self.fps = size_wh, fps
        self.pictures: queue.Queue[object] = queue.Queue()
        self.away = threading.Event()
        self.stuck = threading.Event()
        """While set, `open` hangs."""
        self.is_reachable: bool | None = None
        self.opened = self.closed = self.asked = 0
        self.open_times_s: list[float] = []
        self._free = threading.Event()
        self._connected = False

    def show(self, *levels: int) -> None:
        """Hand out grey pictures of these levels."""
        for level in levels:
            self.pictures.put(np.full((self.size_wh[1], self.size_wh[0], 3), level, np.uint8))

    def lose(self) -> None:
        """Break the connection after the pictures that are waiting."""
        self.pictures.put(LOST)

    def release(self) -> None:
        """Let a hanging `open` or `grab` come back, as a time-out does in a real device."""
        self._free.set()
        self.pictures.put(LOST)

    def open(self) -> float | None:
        self.open_times_s.append(time.perf_counter())
        if self.stuck.is_set():
            assert self._free.wait(20)
        if self.away.is_set():
            raise SourceError("fake device is away")
        self.opened += 1
        self._connected = True
        return self.fps

    def grab(self) -> tuple[ImageU8, float] | None:
        picture = self.pictures.get(timeout=20)
        return (picture, time.perf_counter()) if isinstance(picture, np.ndarray) else None

    def close(self) -> None:
        self.closed += self._connected
        self._connected = False

    def interrupt(self) -> None:
        pass

    def reachable(self) -> bool | None:
        self.asked += 1
        return self.is_reachable
