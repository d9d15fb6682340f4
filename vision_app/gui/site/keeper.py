"""The running site behind its window: everything that takes time is done by threads of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from vision_app.errors import VisionError
from vision_app.gui.pieces.images import copied_image
from vision_app.labels import label_names
from vision_app.messages import Message, spoken, told
from vision_app.overlay.style import Style
from vision_app.results.values import ImageU8
from vision_app.site.geometry import Point
from vision_app.site.plan import SitePlan
from vision_app.site.reading import load_site
from vision_app.site.run import SiteRun, check
from vision_app.site.sinks import StreamUpdate
from vision_app.site.writing import add_rule, remove_rule

_MOST_HZ = 15.0
_ENDS_IN_S = 20.0


class Pictures(threading.Thread):
    """Paints the newest frame of each stream at the size at which it is shown.

    Args:
        show: given the stream, its picture and all that is known; called by this thread.
    """

    def __init__(self, show: Callable[[str, QImage, StreamUpdate], None]) -> None:
        super().__init__(name="site pictures", daemon=True)
        self._show = show
        self._changed = threading.Condition()
        self._newest: dict[str, StreamUpdate] = {}
        self._widths: dict[str, int] = {}
        self._next_s: dict[str, float] = {}
        self._ending = False

    def put(self, update: StreamUpdate) -> None:
        """Take the newest frame of a stream; from any thread."""
        with self._changed:
            self._newest[update.stream] = update
            self._changed.notify()

    def size(self, stream: str, width: int) -> None:
        """Show a stream so many pixels wide; 0 for not at all."""
        self._widths[stream] = width

    def end(self) -> None:
        """End soon."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def run(self) -> None:
        """Paint until the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest or self._ending)
                if self._ending:
                    return
                updates, self._newest = list(self._newest.values()), {}
            for update in updates:
                self._paint(update)

    def _paint(self, update: StreamUpdate) -> None:
        width, now_s = self._widths.get(update.stream, 0), time.monotonic()
        if width and now_s >= self._next_s.get(update.stream, 0.0):
            self._next_s[update.stream] = now_s + 0.8 / _MOST_HZ
            self._show(update.stream, copied_image(_scaled(update.paint(), width)), update)


def _scaled(image: ImageU8, width: int) -> ImageU8:
    height_px, width_px = image.shape[:2]
    if width_px <= width:
        return image
    size = (width, max(1, round(height_px * width / width_px)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


class SiteKeeper(QObject):
    """Runs a site file, and runs it anew with what was drawn. No call waits.

    Attributes:
        planned: the site was read: its streams and rules.
        pictured: a stream has a new picture.
        failed: what went wrong, one line.
        said: what the site reports.
    """

    planned = Signal(object)
    pictured = Signal(str, QImage, object)
    failed = Signal(str)
    said = Signal(str)

    def __init__(self, path: Path, *, trusted: bool = False) -> None:
        super().__init__()
        self._path, self._trusted = path, trusted
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._run: SiteRun | None = None
        self.pictures = Pictures(self.pictured.emit)
        self._thread = threading.Thread(target=self._do, name="site keeper", daemon=True)

    @property
    def run(self) -> SiteRun | None:
        """The site at work; None while it is being started."""
        return self._run

    def start(self) -> None:
        """Read the file and run it."""
        self.pictures.start()
        self._thread.start()
        self._work.put(self._begin)

    def add(self, stream: str, kind: str, name: str, points: Sequence[Point]) -> None:
        """Write what was drawn into the file, and run it anew."""
        drawn = tuple(points)
        self._work.put(
            lambda: self._changed(add_rule(self._path, stream, kind, name, drawn, trusted=self._trusted))
        )

    def remove(self, stream: str, name: str) -> None:
        """Take a rule out of the file, and run it anew."""
        self._work.put(lambda: self._changed(remove_rule(self._path, stream, name, trusted=self._trusted)))

    def end(self) -> None:
        """Let all of it end; returns at once."""
        self._work.put(None)
        self.pictures.end()
        if self._run is not None:
            self._run.stop()

    @property
    def ended(self) -> bool:
        """Whether its threads have come to their end."""
        return not (self._thread.is_alive() or self.pictures.is_alive())

    def join(self) -> bool:
        """Wait for the end, once no window needs this thread; gives whether it has come."""
        self._thread.join(_ENDS_IN_S)
        self.pictures.join(_ENDS_IN_S)
        return self.ended

    def _do(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except VisionError as error:
                self.failed.emit(told(error))
            except Exception as error:  # noqa: BLE001 - a thread's boundary: the window says it
                self.failed.emit(
                    told(
                        Message(
                            "internal error: {kind}: {error}", kind=type(error).__name__, error=str(error)
                        )
                    )
                )
        self._stop()

    def _say(self, message: str) -> None:
        self.said.emit(told(message))

    def _begin(self) -> None:
        self._changed(load_site(self._path, trusted=self._trusted))

    def _changed(self, plan: SitePlan) -> None:
        checked = check(plan)
        self._stop()
        run = SiteRun(checked, self._say, self.pictures.put, Style(names=label_names(spoken())))
        run.start()
        self._run = run
        self.planned.emit(plan)

    def _stop(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.stop()
            run.join(_ENDS_IN_S)
