"""Live video that comes in bursts, shown at its own pace: HTTP live streaming."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

    _Packet = av.Packet[Any]

_MOST_BYTES = 128 << 20
_CATCH_UP = 0.9
"""Share of a frame's time that it is shown while too much is waiting."""
_TOO_MUCH_S = 30.0


class ReadAhead:
    """Packets read by a thread of its own as soon as they are there.

    Args:
        packets: what to read; ends, or raises, when the connection is lost.
    """

    def __init__(self, packets: Iterator[_Packet]) -> None:
        self._packets = packets
        self._changed = threading.Condition()
        self._queue: deque[_Packet] = deque()
        self._bytes = 0
        self._ended = self._stop = False
        self.newest_end_s: float | None = None
        """Where the newest packet ends, by the stream's clock."""
        self.offset_s: float | None = None
        """What to add to the stream's clock for the monotonic time at which a picture was taken, at the latest.

        A picture of a burst was taken before the burst came; the least difference seen tells by how much.
        """
        self._thread = threading.Thread(target=self._run, name="read ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[_Packet]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._ended or self._stop)
                if self._stop or not self._queue:
                    return
                packet = self._queue.popleft()
                self._bytes -= packet.size
                self._changed.notify_all()
            yield packet

    def close(self) -> None:
        """Stop reading; the thread ends with what it waits for."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            for packet in self._packets:
                with self._changed:
                    self._changed.wait_for(lambda: self._stop or self._bytes < _MOST_BYTES)
                    if self._stop:
                        return
                    self._note(packet)
                    self._queue.append(packet)
                    self._bytes += packet.size
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _note(self, packet: _Packet) -> None:
        ticks = packet.pts if packet.pts is not None else packet.dts
        if ticks is None or packet.time_base is None:
            return
        end_s = float((ticks + (packet.duration or 0)) * packet.time_base)
        offset_s = time.perf_counter() - end_s
        if self.newest_end_s is not None and end_s < self.newest_end_s - 10:
            self.offset_s = None  # the clock of the stream was set anew
        self.newest_end_s = end_s
        self.offset_s = offset_s if self.offset_s is None else min(offset_s, self.offset_s)


class Pace:
    """When each picture of a live stream is due, so that bursts are spread out and a gap shifts what follows."""

    def __init__(self) -> None:
        self._due_s: float | None = None
        self._time_s = 0.0

    def due_s(self, time_s: float, waiting_s: float) -> float:
        """Monotonic seconds at which a picture is to be shown.

        Args:
            time_s: of the picture, by the stream's clock.
            waiting_s: how much more of the stream has been read already.
        """
        now_s = time.perf_counter()
        step_s = time_s - self._time_s
        self._time_s = time_s
        if self._due_s is None or not 0 < step_s < 5:
            self._due_s = now_s
            return now_s
        share = _CATCH_UP if waiting_s > _TOO_MUCH_S else 1.0
        # Later than it was due: what follows keeps its distance to it.
        self._due_s = max(self._due_s + step_s * share, now_s - step_s)
        return self._due_s
