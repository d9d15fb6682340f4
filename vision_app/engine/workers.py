"""Threads that do the work of any number of streams: N streams share the cores and the models of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
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


class _Served(Generic[Item, Outcome]):
    """One stream: where its items wait, what is done to each, and how much of the machine it has had.

    Attributes:
        due: where it stands in the queue, in seconds of work: the stream that is least due is served next.
        cost_s: what one of its items takes, as far as is known.
    """

    __slots__ = ("cost_s", "due", "handover", "order", "weight", "work")

    def __init__(
        self,
        handover: Handover[Item, Outcome],
        work: Callable[[Item, int], Any],
        order: InOrder,
        weight: float,
    ) -> None:
        self.handover, self.work, self.order, self.weight = handover, work, order, weight
        self.due = 0.0
        self.cost_s = 0.0


_FOLLOW_COST = 0.2
"""Share of the newest item in what one is thought to take."""


class Workers:
    """So many threads that share the machine out among streams, and end with the last stream.

    Each stream gets the same time of the machine as long as it has work, whatever its models take and however often
    its frames come; what one does not need goes to the others. One that has waited owes nothing and is owed nothing.

    Source: Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996.

    Args:
        count: how many items are worked on at the same time.
        lasting: go on without any stream until `end`: streams may come at any time.
    """

    def __init__(self, count: int, *, lasting: bool = False) -> None:
        self.count = count
        self._lasting = lasting
        self._served: tuple[_Served[Any, Any], ...] = ()
        self._news = threading.Condition()
        self._version = 0
        self._now_due = 0.0
        self._started = False
        self.threads = [
            threading.Thread(target=self._run, name=f"worker-{i}", daemon=True) for i in range(count)
        ]

    def serve(
        self,
        handover: Handover[Item, Outcome],
        work: Callable[[Item, int], Any],
        finish: Callable[[Any], Outcome] = lambda done: done,
        *,
        weight: float = 1.0,
    ) -> None:
        """Take the items of a stream as well. All streams come before the first `start`, unless they are lasting.

        Args:
            handover: gives the items; gets what `work` makes of each, or the error that it raised.
            work: given an item and its number, from 0; called by any of the threads, several at once.
            finish: makes the outcome of what `work` has made, in the order of the items, one at a time.
            weight: of two streams that have more work than can be done, how much more of the machine this one gets.
        """
        if self._started and not self._lasting:
            raise RuntimeError("the workers have begun")
        served = _Served(handover, work, InOrder(finish, handover.complete), weight)
        with self._news:
            served.due = self._now_due
            self._served = (*(s for s in self._served if not s.handover.exhausted), served)
        handover.watch(self._tell)
        self._tell()

    def start(self) -> None:
        """Begin; a second call does nothing."""
        with self._news:
            if self._started:
                return
            self._started = True
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Let lasting workers end with the last stream."""
        self._lasting = False
        with self._news:
            self._version += 1
            self._news.notify_all()

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
            if not self._lasting and all(served.handover.exhausted for served in self._served):
                with self._news:
                    self._version += 1
                    self._news.notify_all()
                return
            with self._news:
                if self._version == version:
                    self._served = tuple(s for s in self._served if not s.handover.exhausted)
                    self._news.wait()

    def _work_once(self) -> bool:
        """Work on an item of the stream that has had the least of those that have one."""
        with self._news:
            queue = sorted(self._served, key=lambda served: max(served.due, self._now_due))
        for served in queue:
            taken = served.handover.take()
            if taken is None:
                continue
            number, item = taken
            with self._news:
                self._now_due = max(served.due, self._now_due)
                expected_s = served.cost_s
                served.due = self._now_due + expected_s / served.weight
            started_s = time.perf_counter()
            try:
                outcome: Any = served.work(item, number)
            except BaseException as error:  # noqa: BLE001  # a thread's boundary: raised again by `collect`
                outcome = error
            served.order.put(number, outcome)
            spent_s = time.perf_counter() - started_s
            with self._news:
                served.due += (spent_s - expected_s) / served.weight
                served.cost_s += _FOLLOW_COST * (spent_s - served.cost_s)
            return True
        return False
