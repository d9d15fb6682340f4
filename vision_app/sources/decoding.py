"""Packets in, pictures out: what cannot be decoded costs its own frames and no more."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision_app.sources.container import decoder_threads
from vision_app.sources.timeline import DecodingTimes

if TYPE_CHECKING:
    import av
    import av.container
    import av.video.stream

    _Packet = av.Packet[Any]

_MOST_READ_ERRORS = 20
"""So many in a row and the reader does not get over the place."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One picture as the decoder gave it.

    Attributes:
        frame: it.
        time_s: when it is shown by the container's own clock, seconds; None where it has none.
    """

    frame: av.VideoFrame
    time_s: float | None


class Decoder:
    """The pictures of one video stream in order of presentation.

    Args:
        container: open; it belongs to the caller.
        stream: one of its video streams.
        decoding_times: whether the container says when pictures are decoded instead of shown.
        live: whether the first error of reading means that the connection is lost.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        stream: av.video.stream.VideoStream,
        *,
        decoding_times: bool = False,
        live: bool = False,
    ) -> None:
        self._container, self._stream = container, stream
        decoder_threads(stream)
        self._time_base = float(stream.time_base or 0)
        # as floats: PyAV makes a Fraction of each at every look, and sums of them cost more than a small packet
        self._time_bases = {s.index: float(s.time_base or 0) for s in container.streams}
        self._times = DecodingTimes() if decoding_times else None
        self._most_errors = 1 if live else _MOST_READ_ERRORS
        self._ready: deque[Decoded] = deque()
        self._packets = self.demuxed()
        self._flushed = False
        self._after_ticks: int | None = None
        self.lost = 0
        """Packets of which no picture came."""
        self.damaged = 0
        """Pictures that came, but are not whole."""
        self.packets = 0
        """Packets of the stream that were read, whatever came of them."""
        self.end_s = self.others_end_s = -math.inf
        """Where the latest packet of this stream, and of any other one, ends by the container's clock."""
        self.read_error: Exception | None = None
        """What ended reading before the end; None when that was the end of the file."""

    def next(self) -> Decoded | None:
        """The next picture, None at the end."""
        while not self._ready and not self._flushed:
            packet = next(self._packets, None)
            if packet is None:
                self._flushed = True
            self._decode(packet)
        return self._ready.popleft() if self._ready else None

    def seek(self, time_s: float) -> bool:
        """Go to the last key frame at this time of the container's clock or before.

        Returns:
            Whether such a key frame was found; if not, the place is undefined.
        """
        import av

        try:
            self._container.seek(int(time_s / self._time_base), stream=self._stream)
        except av.FFmpegError:
            return False
        self._ready.clear()
        self._flushed, self._after_ticks = False, None
        self.forget_losses()
        if self._times is not None:
            self._times.clear()
        self._packets = self.demuxed()
        for packet in self._packets:
            ticks = _shown(packet)
            if packet.is_keyframe and ticks is not None:
                # What is shown before this key frame leans on pictures before it.
                self._after_ticks = ticks if self._times is None else None
                self._decode(packet)
                return ticks * self._time_base <= time_s
        return False

    def close(self) -> None:
        """Let go of what is held: a reader that stands in the middle refers to this decoder, which refers to it."""
        self._packets = iter(())
        self._ready.clear()
        self._flushed = True

    def take_from(self, packets: Iterator[_Packet]) -> None:
        """Take the packets from elsewhere: from somebody who reads ahead."""
        self._packets = packets

    def forget_losses(self) -> None:
        """Count what is lost or damaged from here on."""
        self.lost = self.damaged = 0

    def demuxed(self) -> Iterator[_Packet]:
        """The packets of the stream; a read error is got over where the container can be read on."""
        import av

        errors = 0
        while True:
            try:
                for packet in self._container.demux():
                    if packet.size == 0:
                        continue
                    errors = 0
                    if packet.stream_index == self._stream.index:
                        self.packets += 1
                        self.end_s = max(self.end_s, self._end_s(packet))
                        yield packet
                    else:
                        self.others_end_s = max(self.others_end_s, self._end_s(packet))
                return
            except (av.FFmpegError, OSError) as error:
                errors += 1
                if errors >= self._most_errors:
                    self.read_error = error
                    return

    def _decode(self, packet: _Packet | None) -> None:
        """Give a packet to the decoder, None for the end, and take what is ready."""
        import av

        time_s = None if packet is None or packet.dts is None else packet.dts * self._time_base
        if self._times is not None:
            self._times.add(time_s)
        try:
            frames = self._stream.codec_context.decode(packet)
        except av.EOFError:
            return
        except av.FFmpegError:
            if packet is not None:
                self.lost += 1
                if self._times is not None:
                    self._times.drop(time_s)
            return
        for frame in frames:
            self._take(frame)

    def _take(self, frame: av.VideoFrame) -> None:
        ticks = frame.pts
        if self._after_ticks is not None and ticks is not None and ticks < self._after_ticks:
            return
        self.damaged += bool(frame.is_corrupt)
        time_s = None if ticks is None else ticks * self._time_base
        if self._times is not None:
            time_s = self._times.next()
        self._ready.append(Decoded(frame, time_s))

    def _end_s(self, packet: _Packet) -> float:
        ticks = _shown(packet)
        time_base = self._time_bases.get(packet.stream_index, 0.0)
        if ticks is None or not time_base:
            return -math.inf
        return (ticks + (packet.duration or 0)) * time_base


def _shown(packet: _Packet) -> int | None:
    return packet.pts if packet.pts is not None else packet.dts
