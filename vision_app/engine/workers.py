"""Threads that do the work of any number of streams: N streams share the cores and the models of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vision_app.engine.handover import Handover

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class InOrder:
    """Does the second half of items in the order of their numbers, whoever has done the first half.

    Nobody waits: a thread that comes too early leaves its item for the one that is at work, and takes another.

    Args:
        finish: the second half; given what the first half made, or the error that it raised.
        complete: told of each number and what became of it.
    """

    def __init__(self, finish: Callable[[Any], Any], complete: Callable[[int, Any], None]) -> None:
        self._finish, self._complete = finish, complete
        self._lock = threading.Lock()
        self._ready: dict[int, Any] = {}
        self._next = 0
        self._busy = False

    def put(self, number: int, begun: Any) -> None:
        """Take an item whose first half is done, and do what is due now."""
        with self._lock:
            self._ready[number] = begun
            if self._busy:
                return
            self._busy = True
        while True:
            with self._lock:
                if self._next not in self._ready:
                    self._busy = False
                    return
                number, begun = self._next, self._ready.pop(self._next)
                self._next += 1
            try:
                outcome = begun if isinstance(begun, BaseException) else self._finish(begun)
            except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by `collect`
                outcome = error
            self._complete(number, outcome)


@dataclass(frozen=True, slots=True)
class _Served(Generic[Item, Outcome]):
    """One stream: where its items wait, and what is done to each."""

    handover: Handover[Item, Outcome]
    work: Callable[[Item], Any]
    order: InOrder


class Workers:
    """So many threads; they take an item from each stream in turn, so that none starves, and end with the last stream.

    Args:
        count: how many items are worked on at the same time.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._served: list[_Served[Any, Any]] = []
        self._news = threading.Condition()
        self._version = 0
        self._turn = 0
        self._started = False
        self.threads = [
            threading.Thread(target=self._run, name=f"worker-{i}", daemon=True) for i in range(count)
        ]

    def serve(
        self,
        handover: Handover[Item, Outcome],
        work: Callable[[Item], Any],
        finish: Callable[[Any], Outcome] = lambda done: done,
    ) -> None:
        """Take the items of a stream as well. All streams come before the first `start`.

        Args:
            handover: gives the items; gets what `work` makes of each, or the error that it raised.
            work: called by any of the threads, several at once.
            finish: makes the outcome of what `work` has made, in the order of the items, one at a time.
        """
        if self._started:
            raise RuntimeError("the workers have begun")
        self._served.append(_Served(handover, work, InOrder(finish, handover.complete)))
        handover.watch(self._tell)

    def start(self) -> None:
        """Begin; a second call does nothing."""
        with self._news:
            if self._started:
                return
            self._started = True
        for thread in self.threads:
            thread.start()

    def join(self, deadline_s: float | None) -> bool:
        """Wait until all streams have ended, or until a time of the monotonic clock; gives whether they have."""
        for thread in self.threads:
            if not self._started:
                return True
            thread.join(None if deadline_s is None else max(deadline_s - time.perf_counter(), 0.0))
            if thread.is_alive():
                return False
        return True

    def _tell(self) -> None:
        with self._news:
            self._version += 1
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                version = self._version
            if self._work_once():
                continue
            if all(served.handover.exhausted for served in self._served):
                with self._news:
                    self._version += 1
                    self._news.notify_all()
                return
            with self._news:
                if self._version == version:
                    self._news.wait()

    def _work_once(self) -> bool:
        """Work on an item of the first stream that has one, beginning with the one whose turn it is."""
        with self._news:
            first, self._turn = self._turn, self._turn + 1
        for i in range(len(self._served)):
            served = self._served[(first + i) % len(self._served)]
            taken = served.handover.take()
            if taken is None:
                continue
            number, item = taken
            try:
                outcome: Any = served.work(item)
            except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by `collect`
                outcome = error
            served.order.put(number, outcome)
            return True
        return False
