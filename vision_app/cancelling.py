"""Work that can be called off from another thread: a model that runs for ever, a download, a training.

A `Cancellation` is handed to nobody: whoever starts the work opens its scope, and what is made or done in that
scope obeys it. A session of `runtime` that was loaded there obeys it for as long as it lives, in every thread.

    cancellation = Cancellation()
    with cancellation.scope():
        predictor = build(request)       # raises CancelledError soon after
    ...
    cancellation.cancel()                # this, in any other thread

Python runs the handlers of signals in the main thread, and only between two of its own instructions: while a
model runs there, no Ctrl-C is heard. `interruptible` does such work elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, TypeVar

from vision_app.errors import VisionError
from vision_app.messages import Message

T = TypeVar("T")

_POLL_S = 0.1
_IDLE_S = 0.5
_GIVE_UP_AFTER_S = 2.0
"""How long work that was called off may take to end before it is left to itself."""


class CancelledError(VisionError):
    """The work was called off before it was done."""

    def __init__(self, text: str = Message("stopped before it was done"), /, **values: object) -> None:
        super().__init__(text, **values)


class Cancellation:
    """Calls off whatever obeys it. All methods may be called from any thread, also from a signal's handler."""

    def __init__(self) -> None:
        self._cancelled = False  # no Event: its lock is not for signal handlers
        self._lock = threading.RLock()  # a signal's handler may come while this thread holds it
        self._stops: dict[int, Callable[[], None]] = {}
        self._count = 0

    @property
    def cancelled(self) -> bool:
        """Whether it was called off. That stays so."""
        return self._cancelled

    def cancel(self) -> None:
        """Call it off. Returns at once; the work ends as soon as it can."""
        self._cancelled = True
        with self._lock:
            stops = list(self._stops.values())
        for stop in stops:
            stop()

    def check(self) -> None:
        """Go on, unless it was called off.

        Raises:
            CancelledError: it was.
        """
        if self.cancelled:
            raise CancelledError

    @contextmanager
    def calling(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the block runs, a call to `cancel` calls `stop`; at once when it came before.

        Args:
            stop: returns at once, may be called from any thread and more than once.
        """
        with self._lock:
            self._count += 1
            number = self._count
            self._stops[number] = stop
        try:
            if self.cancelled:
                stop()
            yield
        finally:
            with self._lock:
                del self._stops[number]

    @contextmanager
    def scope(self) -> Iterator[Cancellation]:
        """What this thread makes and does in the block obeys it."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)


_current: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def current() -> Cancellation | None:
    """The cancellation in whose scope this thread is; None when there is none."""
    return _current.get()


def check() -> None:
    """Go on, unless the work of this thread was called off; for loops that take long.

    Raises:
        CancelledError: it was.
    """
    cancellation = current()
    if cancellation is not None:
        cancellation.check()


class _Job:
    """One piece of work on its way to another thread and back."""

    def __init__(self, work: Callable[[], Any], cancellation: Cancellation) -> None:
        self._work, self._cancellation = work, cancellation
        self.done = threading.Lock()  # held until it is done; an Event may be torn by a signal
        self.done.acquire()
        self.result: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            with self._cancellation.scope():
                self.result = self._work()
        except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by whoever waits
            self.error = error
        finally:
            self.done.release()


class _Helper(threading.Thread):
    """Does one job after the other, and goes when there is none for a while."""

    _idle: ClassVar[list[_Helper]] = []
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        super().__init__(name="interruptible", daemon=True)
        self._jobs: SimpleQueue[_Job] = SimpleQueue()

    @classmethod
    def give(cls, job: _Job) -> None:
        with cls._lock:
            helper = cls._idle.pop() if cls._idle else None
            if helper is not None:
                helper._jobs.put(job)
                return
        helper = cls()
        helper._jobs.put(job)
        helper.start()

    def run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_IDLE_S)
            except Empty:
                with self._lock:
                    if self in self._idle:
                        self._idle.remove(self)
                        return
                continue
            job()
            del job
            with self._lock:
                self._idle.append(self)


def interruptible(work: Callable[[], T], cancellation: Cancellation | None = None) -> T:
    """Do work in another thread, so that a signal is heard while it lasts.

    What a signal's handler raises here (`KeyboardInterrupt`) calls the work off. Work that does not obey within
    two seconds is left to itself: `left_behind` says so, and the process must then end without a farewell.

    Args:
        work: what to do; it is in the scope of the cancellation.
        cancellation: calls it off; None for the one of this thread, or one of its own.

    Returns:
        What the work gives.

    Raises:
        CancelledError: it was called off.
    """
    cancellation = cancellation or current() or Cancellation()
    job = _Job(work, cancellation)
    called_off_s: float | None = None
    try:
        _Helper.give(job)
        while not job.done.acquire(timeout=_POLL_S):
            if cancellation.cancelled:
                called_off_s = called_off_s or time.monotonic()
                if time.monotonic() - called_off_s > _GIVE_UP_AFTER_S:
                    _left_behind.append(job)
                    raise CancelledError
    except CancelledError:
        raise
    except BaseException:
        cancellation.cancel()
        if not job.done.acquire(timeout=_GIVE_UP_AFTER_S):
            _left_behind.append(job)
        raise
    if job.error is not None:
        raise job.error
    return job.result  # type: ignore[no-any-return]


def in_main_thread() -> bool:
    """Whether signals are handled here, and nothing else may take long."""
    return threading.current_thread() is threading.main_thread()


_left_behind: list[_Job] = []


def left_behind() -> bool:
    """Whether work that was called off still runs; a process that ends regularly would wait for it, or abort."""
    return any(job.done.locked() for job in _left_behind)
