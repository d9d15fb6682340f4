"""Live sources: a grab thread of their own, one slot where the newest frame wins, reconnection."""

from __future__ import annotations

import atexit
import enum
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

from vision_app.errors import SourceError
from vision_app.messages import Message
from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.base import Report, SourceInfo, SourceKind, SourceOptions
from vision_app.sources.closing import ClosesAtExit

READ_TIMEOUT_S = 2.0
"""A device that gives no picture for so long counts as lost."""
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 8.0
PROBE_EVERY_S = 0.5
"""While a lost device is known to be unreachable, it is looked for this often."""

_HEALTHY_JOIN_S = 0.25
_WAIT_STEP_S = 0.5
_at_work: dict[threading.Thread, LiveSource] = {}
"""The grab threads that have not ended yet."""


class LiveState(enum.Enum):
    """Where a live source stands."""

    CONNECTING = "connecting"
    RUNNING = "running"
    LOST = "lost"
    ENDED = "ended"


class LiveDevice(Protocol):
    """A camera or stream as its grab thread sees it. All calls but `interrupt` come from that one thread."""

    def open(self) -> float | None:
        """Connect, within the device's own time-out.

        Returns:
            The nominal frames a second, None where unknown.

        Raises:
            SourceError: it cannot be connected.
        """
        ...

    def grab(self) -> tuple[ImageU8, float] | None:
        """Wait for the next picture.

        Returns:
            (H, W, 3) uint8 BGR that nobody else holds, and the monotonic time in seconds at which it had
            arrived; None once the connection is lost.
        """
        ...

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        ...

    def interrupt(self) -> None:
        """Let a `grab` that waits come back soon, from any thread; the device is of no more use. May do nothing."""
        ...

    def reachable(self) -> bool | None:
        """Whether an attempt to connect makes sense now, found out within half a second; None if unknown."""
        ...


class LiveSource(ClosesAtExit):
    """The newest frame of a camera or stream.

    A lost connection is taken up again by itself: after 0.5, 1, 2, 4, 8, 8… seconds. If the device has proved
    that `reachable` works for it, it is asked every half second in between, and connected as soon as it is
    back, however long it was away.

    Args:
        device: what to read from; it belongs to this source from now on.
        source_id: its name, credentials removed.
        kind: camera or stream.
        options: `open_timeout_s`, `give_up_after_s` and `every` are heeded here.
        report: told in one line when the connection is lost or back.
        on_state: told of each change of state, from the grab thread or from `close`.

    Raises:
        SourceError: the first connection failed.
    """

    def __init__(
        self,
        device: LiveDevice,
        *,
        source_id: str,
        kind: SourceKind,
        report: Report,
        options: SourceOptions | None = None,
        on_state: Callable[[LiveState], None] | None = None,
    ) -> None:
        self._device, self._id, self._report = device, source_id, report
        self._options = options or SourceOptions()
        self._on_state = on_state or (lambda _: None)
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._state = LiveState.CONNECTING
        self._slot: Frame | None = None
        self._error: Exception | None = None
        self._index = -1
        self._epoch = new_epoch()
        self._dropped = 0
        self._fps: float | None = None
        self._size_wh: tuple[int, int] | None = None
        self._newest_s = time.perf_counter()
        self._probe_works = False
        self._away = False
        self._thread = threading.Thread(target=self._run, name=f"live {source_id}", daemon=True)
        self._on_state(LiveState.CONNECTING)
        _at_work[self._thread] = self
        self._thread.start()
        try:
            self._info = self._wait_for_first(kind)
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> SourceInfo:
        """What is known since the first frame."""
        return self._info

    @property
    def state(self) -> LiveState:
        """Where the connection stands."""
        return self._state

    @property
    def dropped(self) -> int:
        """How many frames were replaced by a newer one before anybody read them."""
        return self._dropped

    def watch(self, on_state: Callable[[LiveState], None]) -> None:
        """Tell of the present state now, and of each change from now on, in place of whoever was told before."""
        with self._changed:
            self._on_state = on_state
            state = self._state
        on_state(state)

    def read(self) -> Frame | None:
        """Wait for a frame that has not been read yet; None once the source is closed.

        Raises:
            SourceError: there was no frame for `give_up_after_s`.
        """
        with self._changed:
            while self._slot is None and self._error is None and self._state is not LiveState.ENDED:
                patience_s = self._patience_s()
                if patience_s <= 0:
                    limit_s = self._options.give_up_after_s
                    self._error = SourceError(
                        "{id}: no frame for {limit_s:g} s, gave up", id=self._id, limit_s=limit_s
                    )
                    break
                # In steps, because Windows cannot interrupt a longer wait with Ctrl-C.
                self._changed.wait(min(_WAIT_STEP_S, patience_s))
            frame, self._slot = self._slot, None
            error = None
            if frame is None:
                error, self._error = self._error, None
        if error is not None:
            self.close()
            raise error
        return frame

    def close(self) -> None:
        """End at once, even while the device is stuck in connecting: its thread ends within the time-out."""
        healthy = self._state is LiveState.RUNNING
        self._stop.set()
        self._device.interrupt()
        with self._changed:
            self._slot = None
            self._error = None
        self._go(LiveState.ENDED)
        if healthy and self._thread is not threading.current_thread():
            # One frame time later the device is free for whoever opens it next.
            self._thread.join(_HEALTHY_JOIN_S)

    def _end_with_process(self) -> None:
        self.close()
        self._thread.join(self._options.open_timeout_s + READ_TIMEOUT_S)

    def _patience_s(self) -> float:
        limit_s = self._options.give_up_after_s
        return math.inf if limit_s is None else limit_s - (time.perf_counter() - self._newest_s)

    def _wait_for_first(self, kind: SourceKind) -> SourceInfo:
        limit_s = self._options.open_timeout_s + READ_TIMEOUT_S
        deadline_s = time.perf_counter() + limit_s
        with self._changed:
            while self._size_wh is None and self._error is None:
                left_s = deadline_s - time.perf_counter()
                if left_s <= 0:
                    raise SourceError("{id}: no picture within {limit_s:g} s", id=self._id, limit_s=limit_s)
                self._changed.wait(min(left_s, _WAIT_STEP_S))
            if self._error is not None:
                raise self._error
            assert self._size_wh is not None
            fps = None if self._fps is None else self._fps / self._options.every
            return SourceInfo(self._id, kind, self._size_wh, fps, live=True, frame_count=None)

    def _go(self, state: LiveState) -> None:
        with self._changed:
            if self._state in (state, LiveState.ENDED):
                return
            self._state = state
            self._changed.notify_all()
        self._on_state(state)

    def _run(self) -> None:
        try:
            self._grab_until_stopped()
        except Exception as error:  # noqa: BLE001 - a thread boundary: `read` raises it again
            with self._changed:
                self._error = None if self._stop.is_set() else error
                self._changed.notify_all()
        finally:
            self._device.close()
            self._go(LiveState.ENDED)
            _at_work.pop(threading.current_thread(), None)

    def _grab_until_stopped(self) -> None:
        delay_s = FIRST_DELAY_S
        while not self._stop.is_set():
            frames_before = self._index
            try:
                self._fps = self._device.open() or self._fps
                self._grab_until_lost()
            except SourceError:
                if self._index < 0:
                    raise
            self._device.close()
            if self._stop.is_set():
                return
            if self._index < 0:
                raise SourceError("{id}: connected, but no picture came", id=self._id)
            if self._index > frames_before:
                self._go(LiveState.LOST)
                self._report(Message("{id}: connection lost, trying to connect again", id=self._id))
                delay_s = FIRST_DELAY_S
            came_back = self._wait_before_retry(delay_s)
            delay_s = FIRST_DELAY_S if came_back else min(2 * delay_s, LONGEST_DELAY_S)

    def _grab_until_lost(self) -> None:
        first_of_connection = True
        while not self._stop.is_set():
            grabbed = self._device.grab()
            if grabbed is None:
                return
            image, captured_s = grabbed
            image.flags.writeable = False
            self._publish(image, captured_s)
            if first_of_connection:
                first_of_connection = False
                self._connected()

    def _connected(self) -> None:
        was_lost = self._state is LiveState.LOST
        self._away = False
        self._go(LiveState.RUNNING)
        if was_lost:
            self._report(Message("{id}: connected again", id=self._id))
        self._probe_works = self._probe_works or self._device.reachable() is True

    def _publish(self, image: ImageU8, captured_s: float) -> None:
        self._index += 1
        if self._index % self._options.every:
            return
        frame = Frame(
            image,
            self._index,
            captured_s,
            None,
            self._id,
            read_s=max(time.perf_counter() - captured_s, 0.0),
            epoch=self._epoch,
        )
        with self._changed:
            if self._stop.is_set():
                return
            self._newest_s = captured_s
            self._size_wh = self._size_wh or frame.size_wh
            self._dropped += self._slot is not None
            self._slot = frame
            self._changed.notify_all()

    def _wait_before_retry(self, delay_s: float) -> bool:
        """Wait out the delay, less if the device comes back, more as long as it is known to be away.

        A probe that never said yes (behind a proxy, say) cannot hold back an attempt to connect.

        Returns:
            Whether the device was away and is back.
        """
        deadline_s = time.perf_counter() + delay_s
        while not self._stop.is_set():
            left_s = deadline_s - time.perf_counter()
            if left_s <= 0 and not (self._away and self._probe_works):
                return False
            self._stop.wait(PROBE_EVERY_S if left_s <= 0 else min(PROBE_EVERY_S, left_s))
            if self._stop.is_set():
                return False
            was_away, reachable = self._away, self._device.reachable()
            self._away = reachable is False
            if reachable:
                self._probe_works = True
                if was_away:
                    return True
        return False


def _end_all() -> None:
    """Let the grab threads end before the interpreter does.

    A thread that comes back from OpenCV while Python (before 3.14) shuts down is unwound through C++ code,
    which aborts the process. So a stuck one is waited for, at most for its time-outs.
    """
    for source in list(_at_work.values()):
        source._end_with_process()


atexit.register(_end_all)
