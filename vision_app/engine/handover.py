"""How frames pass from the reader to the workers and, in order again, to the sinks.

`EVERY` loses no frame: the reader waits when the workers are behind. `LATEST` never waits: a frame that no
worker has taken when the next one comes is dropped and counted.
"""

from __future__ import annotations

import enum
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_READ_AHEAD = 2


class Policy(enum.Enum):
    """What happens to frames that come faster than they can be worked on."""

    EVERY = "every"
    LATEST = "latest"


class Handover(Generic[Item, Outcome]):
    """Items in, outcomes out in the order in which the items were taken.

    Args:
        policy: whether `put` waits or drops.
        in_flight: how many items may be taken whose outcomes have not been collected.
        limit: give out at most that many items, then end; None for no limit.
    """

    def __init__(self, policy: Policy, in_flight: int, limit: int | None = None) -> None:
        self._policy = policy
        self._in_flight = in_flight
        self._limit = limit
        # one lock, and a place to wait for each side: nobody is woken in vain, which costs as much as a small model's
        # own bookkeeping
        self._lock = threading.Lock()
        self._room, self._outcome = threading.Condition(self._lock), threading.Condition(self._lock)
        self._waiting: deque[Item] = deque()
        self._done: dict[int, Outcome | BaseException] = {}
        self._taken = 0
        self._collected = 0
        self._finished = False
        self._error: BaseException | None = None
        self._tell: Callable[[], None] = lambda: None
        self.dropped = 0

    def watch(self, tell: Callable[[], None]) -> None:
        """Have somebody told, from any thread, whenever `take` or `exhausted` may answer otherwise than before."""
        self._tell = tell

    def put(self, item: Item) -> bool:
        """Hand one item over.

        Returns:
            False once nobody wants any more.
        """
        with self._lock:
            if self._policy is Policy.EVERY:
                self._room.wait_for(lambda: self._finished or len(self._waiting) < _READ_AHEAD)
            elif self._waiting and not self._finished:
                self._waiting.popleft()
                self.dropped += 1
            if self._finished:
                return False
            self._waiting.append(item)
        self._tell()
        return True

    def finish(self, error: BaseException | None = None) -> None:
        """No more items come. What was put is still worked on; then `collect` raises the error, or ends."""
        with self._lock:
            self._finished = True
            self._error = self._error or error
            self._wake_all()
        self._tell()

    def stop(self) -> None:
        """No more items are given out. What was taken is still collected."""
        with self._lock:
            self._finished = True
            self._waiting.clear()
            self._wake_all()
        self._tell()

    def take(self) -> tuple[int, Item] | None:
        """An item, if one may be worked on now. Each must be followed by `complete`. Never waits."""
        with self._lock:
            if not self._waiting or self._taken - self._collected >= self._in_flight:
                return None
            item = self._waiting.popleft()
            number = self._taken
            self._taken += 1
            if last := self._taken == self._limit:
                self._finished = True
                self._waiting.clear()
            last = last or (self._finished and not self._waiting)
            self._room.notify_all()
        if last:
            self._tell()
        return number, item

    @property
    def exhausted(self) -> bool:
        """Whether `take` will never give anything again."""
        with self._lock:
            return self._finished and not self._waiting

    def complete(self, number: int, outcome: Outcome | BaseException) -> None:
        """Give the outcome of an item, or the error that it ended with."""
        with self._lock:
            self._done[number] = outcome
            if number == self._collected:
                self._outcome.notify_all()

    def collect(self) -> Outcome | None:
        """Wait for the next outcome in order; None at the end.

        Raises:
            BaseException: the error of that item, or the one given to `finish` after the last item.
        """
        with self._lock:
            self._outcome.wait_for(lambda: self._collected in self._done or self._drained())
            if self._collected not in self._done:
                if self._error is not None:
                    raise self._error
                return None
            outcome = self._done.pop(self._collected)
            self._collected += 1
            stood = bool(self._waiting)
            if self._drained():
                self._outcome.notify_all()
        if stood:
            self._tell()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _wake_all(self) -> None:
        self._room.notify_all()
        self._outcome.notify_all()

    def _drained(self) -> bool:
        return self._finished and not self._waiting and self._taken == self._collected
