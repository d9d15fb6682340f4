"""Opens sources in threads of their own, so that one that hangs holds nothing up. The last one wins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from vision_app.errors import VisionError
from vision_app.messages import Message, message_of
from vision_app.sources import Source, SourceOptions, list_cameras, source_id
from vision_app.sources.cameras import camera_index, match_camera
from vision_app.sources.live import READ_TIMEOUT_S
from vision_app.sources.opening import find_opener
from vision_app.sources.playback import open_playback

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source that is to be opened.

    Attributes:
        number: later ones have higher numbers.
        spec: what the user asked for, perhaps with credentials.
        options: how to read it.
        loop: play it again and again, if it can be played.
    """

    number: int
    spec: str
    options: SourceOptions
    loop: bool

    @property
    def source_id(self) -> str:
        """Its name without credentials."""
        return source_id(self.spec.strip())


class Opener:
    """Starts a thread for each source that is wanted.

    Args:
        on_open: receives a source that is open and still wanted; it belongs to the receiver.
        on_failed: receives the one line why a source that is still wanted cannot be opened.
        release: called before a camera is opened, with its index: whoever uses it must let go of it, for a
            camera can be opened only once. Gives whether it had to.
        report: receives one-line messages of the source, with its number.
    """

    def __init__(
        self,
        on_open: Callable[[Wanted, Source], None],
        on_failed: Callable[[Wanted, str], None],
        release: Callable[[int], None],
        report: Callable[[int, str], None],
    ) -> None:
        self._on_open, self._on_failed, self._release, self._report = on_open, on_failed, release, report
        self._lock = threading.Lock()
        self._newest = 0
        self._threads: dict[threading.Thread, int | None] = {}

    def open(self, spec: str, options: SourceOptions | None, *, loop: bool) -> Wanted:
        """Begin; gives what was begun."""
        with self._lock:
            self._newest += 1
            wanted = Wanted(self._newest, spec, options or SourceOptions(), loop)
            thread = threading.Thread(
                target=self._run, args=(wanted,), name=f"opener-{wanted.number}", daemon=True
            )
            self._threads[thread] = None
            thread.start()
            return wanted

    def cancel(self) -> None:
        """What is being opened is no longer wanted."""
        with self._lock:
            self._newest += 1

    def is_wanted(self, wanted: Wanted) -> bool:
        """Whether nothing else was asked for since."""
        return wanted.number == self._newest

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """The threads that are at work."""
        with self._lock:
            return tuple(self._threads)

    def _run(self, wanted: Wanted) -> None:
        try:
            source = self._opened(wanted)
        except VisionError as error:
            self._fail(wanted, message_of(error))
        except Exception as error:  # noqa: BLE001  # a thread's boundary: told to the user
            _log.debug("%s cannot be opened", wanted.source_id, exc_info=True)
            self._fail(
                wanted,
                Message(
                    "{source_id} cannot be opened: {name}",
                    source_id=wanted.source_id,
                    name=type(error).__name__,
                ),
            )
        else:
            if source is not None:
                self._on_open(wanted, source)
        finally:
            with self._lock:
                del self._threads[threading.current_thread()]

    def _fail(self, wanted: Wanted, message: str) -> None:
        if self.is_wanted(wanted):
            self._on_failed(wanted, message)

    def _opened(self, wanted: Wanted) -> Source | None:
        camera = camera_of(wanted.spec)
        if camera is not None:
            self._wait_for_turn(camera, wanted)
        if not self.is_wanted(wanted):
            return None
        if camera is not None:
            self._release(camera)

        def report(message: str) -> None:
            self._report(wanted.number, message)

        source = open_playback(wanted.spec, wanted.options, report, loop=wanted.loop)
        if self.is_wanted(wanted):
            return source
        source.close()
        return None

    def _wait_for_turn(self, camera: int, wanted: Wanted) -> None:
        """Wait for those that are opening the same camera: two at once would take it from each other."""
        own = threading.current_thread()
        with self._lock:
            before = [t for t, index in self._threads.items() if index == camera and t is not own]
            self._threads[own] = camera
        deadline_s = time.perf_counter() + wanted.options.open_timeout_s + READ_TIMEOUT_S
        for thread in before:
            thread.join(max(deadline_s - time.perf_counter(), 0))


def camera_of(spec: str) -> int | None:
    """Index of the camera that a spec names; None when it names something else.

    >>> camera_of("2"), camera_of("/dev/video1"), camera_of("synthetic:64x48@30")
    (2, 1, None)
    """
    spec = spec.strip()
    index = camera_index(spec)
    if index is not None:
        return index
    try:
        row = find_opener(spec)
    except VisionError:
        return None
    if row.name != "camera by name":
        return None
    found = match_camera(spec, list_cameras())
    return None if found is None else found.index
