"""Network streams through FFmpeg."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.messages import Message
from vision_app.results.values import ImageU8
from vision_app.sources.address import Address
from vision_app.sources.base import Report
from vision_app.sources.container import facts_of, main_video
from vision_app.sources.decoding import Decoded, Decoder
from vision_app.sources.pacing import Pace, ReadAhead
from vision_app.sources.served import Served
from vision_app.sources.upright import Upright

if TYPE_CHECKING:
    import av.video.stream

_SHOWN_BEFORE_S = 60.0
"""After a new connection pictures that lie at most so far behind the last one were shown already."""


class StreamDevice:
    """A stream as a `LiveDevice`: the newest picture as it comes, or at its own pace where it comes in bursts.

    Args:
        address: where it is.
        served: what it gave when it was first opened; None if it was not yet.
        report: told of pictures that cannot be decoded, once at the end.
    """

    def __init__(self, address: Address, served: Served | None, report: Report) -> None:
        self._address, self._report = address, report
        self._first: Served | None = served
        self._served: Served | None = None
        self._decoder: Decoder | None = None
        self._ahead: ReadAhead | None = None
        self._stream: av.video.stream.VideoStream | None = None
        self._upright = Upright()
        self._pace = Pace()
        self._last_s: float | None = None
        self._skip_to_s: float | None = None
        self._stop = threading.Event()
        self._lost = 0

    def open(self) -> float | None:
        """Connect; gives the nominal frames a second.

        Raises:
            SourceError: nobody answers there, or no video comes.
        """
        served, self._first = self._first or self._address.open(), None
        if served.container is None or (served.is_file and served.is_hls):
            served.close()
            raise SourceError("{source_id}: the broadcast there has ended", source_id=self._address.source_id)
        self._served = served
        try:
            self._stream = main_video(served.container, self._address.source_id)
            facts = facts_of(served.container, self._stream)
            self._decoder = Decoder(served.container, self._stream, live=True)
        except BaseException:
            self.close()
            raise
        if served.is_hls:
            self._ahead = ReadAhead(self._decoder.demuxed())
            self._decoder.take_from(iter(self._ahead))
            self._pace, self._skip_to_s = Pace(), self._last_s
        return facts.rate_hz

    def grab(self) -> tuple[ImageU8, float] | None:
        """The next picture and the monotonic seconds at which it had arrived; None once the connection is lost."""
        import av

        while self._decoder is not None and self._stream is not None and not self._stop.is_set():
            decoded = self._decoder.next()
            if decoded is None:
                return None
            arrived_s = self._paced(decoded) if self._ahead is not None else time.perf_counter()
            if arrived_s is None:
                continue
            try:
                return self._upright.image(decoded.frame, self._stream.sample_aspect_ratio), arrived_s
            except av.FFmpegError:
                self._decoder.lost += 1
        return None

    def _paced(self, decoded: Decoded) -> float | None:
        """Wait until a picture of a burst is due; when it was taken at the latest, None if it was shown before."""
        ahead, time_s = self._ahead, decoded.time_s
        assert ahead is not None
        if time_s is None:
            return time.perf_counter()
        if self._skip_to_s is not None:
            if 0 <= self._skip_to_s - time_s < _SHOWN_BEFORE_S:
                return None
            self._skip_to_s = None
        waiting_s = (ahead.newest_end_s or time_s) - time_s
        left_s = self._pace.due_s(time_s, waiting_s) - time.perf_counter()
        if left_s > 0:
            self._stop.wait(left_s)
        self._last_s = time_s
        offset_s = ahead.offset_s
        now_s = time.perf_counter()
        return now_s if offset_s is None else min(time_s + offset_s, now_s)

    def interrupt(self) -> None:
        """Let a `grab` that waits in another thread come back; the device is of no use after that."""
        self._stop.set()
        if self._ahead is not None:
            self._ahead.close()

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        served, self._served = self._served or self._first, None
        decoder, self._decoder = self._decoder, None
        self._first = None
        if decoder is not None:
            self._lost += decoder.lost
            decoder.close()
        if self._ahead is not None:
            # The container belongs to the thread that reads ahead, and goes with it.
            self._ahead.close()
            if served is not None:
                if served.nested is not None:
                    served.nested.closed = True
                served.close_more()
            self._ahead, served = None, None
        if served is not None:
            served.close()
        if self._stop.is_set() and self._lost:
            self._report(
                Message(
                    "{source_id}: {lost} pictures could not be decoded",
                    source_id=self._address.source_id,
                    lost=self._lost,
                )
            )
            self._lost = 0

    def reachable(self) -> bool | None:
        """Whether the server takes TCP connections; None for what is not carried by TCP."""
        return self._address.reachable()
