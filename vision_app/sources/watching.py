"""Follows cameras being plugged in and out."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from vision_app.errors import VisionError
from vision_app.sources.cameras import CameraDescription, list_cameras

EVERY_S = 1.0
"""How long a change stays unseen at most."""
SETTLE_LOOKS = 2
"""Looks at a changed list after the first: the system gives a new device its name and rights a moment later."""

Cameras = tuple[CameraDescription, ...]
_DEVICES = Path("/dev")
_LOCATION_FOLDERS = ("v4l/by-id", "v4l/by-path")


def device_nodes() -> tuple[str, ...] | None:
    """Names of what the system has in place of its cameras: they differ when a camera came or went.

    Looking costs some microseconds; no camera is opened for it. None on systems without device nodes.
    """
    if platform.system() != "Linux":
        return None
    return tuple(sorted(_nodes()))


def _nodes() -> Iterator[str]:
    for path in _DEVICES.glob("video*"):
        try:
            node = path.stat()
        except OSError:  # it went in between
            continue
        # a camera that is plugged in again can get the node back, but made anew; its group arrives later
        yield f"{path.name} {node.st_ino} {node.st_mode:o} {node.st_gid}"
    for folder in _LOCATION_FOLDERS:
        for link in (_DEVICES / folder).glob("*"):
            yield f"{folder}/{link.name}"


class CameraWatcher:
    """Tells of the cameras of the system, and again whenever they change. A thread of its own, mostly asleep.

    Args:
        on_change: called from that thread with all cameras: once at the start, then after each change; must
            not raise.
        every_s: time between two looks, seconds.
        cameras: lists them all; takes longer than to ask for the nodes.
        nodes: what tells that something changed; where it gives None, the cameras are listed at each look.
    """

    def __init__(
        self,
        on_change: Callable[[Cameras], None],
        *,
        every_s: float = EVERY_S,
        cameras: Callable[[], Cameras] = list_cameras,
        nodes: Callable[[], tuple[str, ...] | None] = device_nodes,
    ) -> None:
        self._on_change, self._every_s = on_change, every_s
        self._list, self._nodes = cameras, nodes
        self._wake = threading.Event()
        self._stop = False
        self._known: Cameras | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="camera watcher", daemon=True)
        self._thread.start()

    @property
    def cameras(self) -> Cameras:
        """Those of the last look; none before the first."""
        return self._known or ()

    @property
    def problem(self) -> str:
        """Why the cameras could not be listed at the last look, in one line; "" when they could."""
        return self._problem

    def look(self) -> None:
        """Look at once instead of at the next turn."""
        self._wake.set()

    def close(self) -> None:
        """End the thread; one that is stuck in a driver is left behind after two seconds."""
        self._stop = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _run(self) -> None:
        seen: tuple[str, ...] | None = None
        looks_left = 1
        while not self._stop:
            asked = self._wake.is_set()
            self._wake.clear()
            nodes = self._nodes()
            if nodes != seen:
                seen, looks_left = nodes, 1 + SETTLE_LOOKS
            if nodes is None or looks_left or asked:
                looks_left = max(looks_left - 1, 0)
                self._look()
            self._wake.wait(self._every_s)

    def _look(self) -> None:
        try:
            found = self._list()
        except (VisionError, OSError, RuntimeError) as error:
            self._problem = str(error).splitlines()[0] if str(error) else type(error).__name__
            found = self._known or ()
        else:
            self._problem = ""
        if found != self._known and not self._stop:
            self._known = found
            self._on_change(found)
