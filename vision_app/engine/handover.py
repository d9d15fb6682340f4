"""How frames pass from the reader to the workers and, in order again, to the sinks.

`EVERY` loses no frame: the reader waits when the workers are behind. `LATEST` never waits: a frame that no
worker has taken when the next one comes is dropped and counted.
"""

from __future__ import annotations

import enum
import threading
from collections import deque
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
        self._changed = threading.Condition()
        self._waiting: deque[Item] = deque()
        self._done: dict[int, Outcome | BaseException] = {}
        self._taken = 0
        self._collected = 0
        self._finished = False
        self._error: BaseException | None = None
        self.dropped = 0

    def put(self, item: Item) -> bool:
        """Hand one item over.

        Returns:
            False once nobody wants any more.
        """
        with self._changed:
            if self._policy is Policy.EVERY:
                self._changed.wait_for(lambda: self._finished or len(self._waiting) < _READ_AHEAD)
            elif self._waiting and not self._finished:
                self._waiting.popleft()
                self.dropped += 1
            if self._finished:
                return False
            self._waiting.append(item)
            self._changed.notify_all()
            return True

    def finish(self, error: BaseException | None = None) -> None:
        """No more items come. What was put is still worked on; then `collect` raises the error, or ends."""
        with self._changed:
            self._finished = True
            self._error = self._error or error
            self._changed.notify_all()

    def stop(self) -> None:
        """No more items are given out. What was taken is still collected."""
        with self._changed:
            self._finished = True
            self._waiting.clear()
            self._changed.notify_all()

    def take(self) -> tuple[int, Item] | None:
        """Wait for an item; None when there are no more. Each must be followed by `complete`."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    (self._finished and not self._waiting)
                    or (self._waiting and self._taken - self._collected < self._in_flight)
                )
            )
            if not self._waiting:
                return None
            item = self._waiting.popleft()
            number = self._taken
            self._taken += 1
            if self._taken == self._limit:
                self._finished = True
                self._waiting.clear()
            self._changed.notify_all()
            return number, item

    def complete(self, number: int, outcome: Outcome | BaseException) -> None:
        """Give the outcome of an item, or the error that it ended with."""
        with self._changed:
            self._done[number] = outcome
            self._changed.notify_all()

    def collect(self) -> Outcome | None:
        """Wait for the next outcome in order; None at the end.

        Raises:
            BaseException: the error of that item, or the one given to `finish` after the last item.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._collected in self._done or self._drained())
            if self._collected not in self._done:
                if self._error is not None:
                    raise self._error
                return None
            outcome = self._done.pop(self._collected)
            self._collected += 1
            self._changed.notify_all()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _drained(self) -> bool:
        return self._finished and not self._waiting and self._taken == self._collected
