"""Threads between the streams of a site and its sinks: a sink that waits for a network holds up nobody."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from vision_app.errors import VisionError
from vision_app.messages import Message, message_of
from vision_app.site.events import Event
from vision_app.site.sinks import EventSink, SiteFacts, StreamUpdate, UpdateSink
from vision_app.sources.base import Report

MOST_WAITING = 10_000
SAME_MESSAGE_EVERY_S = 60.0


class Outlet:
    """Hands events and updates to one sink, by a thread of its own.

    Args:
        sink: the sink.
        report: told what it fails with, the same not more than once a minute.
        clock: monotonic seconds.
    """

    def __init__(self, sink: EventSink, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        self.sink, self._report, self._clock = sink, report, clock
        self.wants_updates = isinstance(sink, UpdateSink)
        self._changed = threading.Condition()
        self._events: deque[Event] = deque()
        self._updates: dict[str, StreamUpdate] = {}
        self._ending = False
        self._told: dict[str, float] = {}
        self.taken = self.lost = 0
        self._thread = threading.Thread(target=self._run, name=f"outlet {sink.name}", daemon=True)

    def start(self, site: SiteFacts) -> None:
        """Open the sink and begin.

        Raises:
            SinkError: it can never work as it is configured.
        """
        self.sink.open(site)
        self._thread.start()

    def event(self, event: Event) -> None:
        """Hand an event over; returns at once."""
        with self._changed:
            if len(self._events) >= MOST_WAITING:
                self._events.popleft()
                self.lost += 1
            self._events.append(event)
            self._changed.notify()

    def update(self, update: StreamUpdate) -> None:
        """Hand the newest frame of a stream over, in place of the one before; returns at once."""
        if self.wants_updates:
            with self._changed:
                self._updates[update.stream] = update
                self._changed.notify()

    def close(self, timeout_s: float) -> bool:
        """Let it take what waits, and close the sink; gives whether all was taken within the time."""
        with self._changed:
            self._ending = True
            self._updates.clear()
            self._changed.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            waiting = len(self._events)
            if waiting:
                self._tell(
                    Message(
                        "{name}: {waiting} events could not be handed on before the end",
                        name=self.sink.name,
                        waiting=waiting,
                    )
                )
            return False
        return True

    def _run(self) -> None:
        try:
            while (work := self._next()) is not None:
                work()
                if self.lost:
                    lost, self.lost = self.lost, 0
                    self._tell(
                        Message(
                            "{name}: {lost} events are lost, it takes them too slowly",
                            name=self.sink.name,
                            lost=lost,
                        )
                    )
        finally:
            self._try(self.sink.close)

    def _next(self) -> Callable[[], None] | None:
        """What is to be done next: events come before pictures; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._updates or self._ending)
            if self._events:
                event = self._events.popleft()
                return lambda: self._take(event)
            if self._updates:
                update = self._updates.pop(next(iter(self._updates)))
                return lambda: self._show(update)
            return None

    def _take(self, event: Event) -> None:
        if self._try(lambda: self.sink.on_event(event)):
            self.taken += 1

    def _show(self, update: StreamUpdate) -> None:
        sink = self.sink
        if isinstance(sink, UpdateSink):
            self._try(lambda: sink.on_update(update))

    def _try(self, call: Callable[[], None]) -> bool:
        try:
            call()
        except VisionError as error:
            self._tell(message_of(error))
        except Exception as error:  # noqa: BLE001 - a thread's boundary: one event is lost, not the sink
            self._tell(
                Message(
                    "{name}: internal error: {kind}: {error}",
                    name=self.sink.name,
                    kind=type(error).__name__,
                    error=str(error),
                )
            )
        else:
            return True
        return False

    def _tell(self, message: str) -> None:
        now_s = self._clock()
        if now_s - self._told.get(message, -SAME_MESSAGE_EVERY_S) >= SAME_MESSAGE_EVERY_S:
            self._told = {m: s for m, s in self._told.items() if now_s - s < SAME_MESSAGE_EVERY_S}
            self._told[message] = now_s
            self._report(message)
