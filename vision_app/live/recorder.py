"""Recordings and logs of results: each a sink with a bounded queue and a thread, so that no disk holds a picture up."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from vision_app.errors import ConfigError, SinkError, VisionError
from vision_app.live.scene import Shot
from vision_app.live.status import OutputStatus
from vision_app.messages import Message, message_of
from vision_app.results.values import Packet, Timings
from vision_app.sinks.base import Sink
from vision_app.sinks.formats import format_of
from vision_app.sinks.video import VideoSink
from vision_app.sources import SourceInfo

_log = logging.getLogger(__name__)

_MOST_BYTES = 96 << 20
_MOST_ITEMS = 256
_FEWEST_ITEMS = 2
_TELL_EVERY_S = 1.0
_STILL_S = 0.5
_NO_SOURCE = SourceInfo("", "synthetic", (1, 1), None, live=True, frame_count=None)


@dataclass(frozen=True, slots=True)
class OutputRow:
    """What is to be written once: made into a packet by the writing thread.

    Attributes:
        make: makes the packet, given the time that the frame shall have; None when it cannot be made.
        captured_s: when the frame was grabbed, monotonic clock, seconds.
        nbytes: memory that waits with it.
    """

    make: Callable[[float], Packet]
    captured_s: float
    nbytes: int


class Output:
    """One recording or log.

    Args:
        path: where it goes.
        kind: `video`, or the name of a format of logs.
        make_sink: makes its sink.
        info: of the source; None when there is none yet.
        on_status: told when it begins, about once a second, and when it has ended.
        report: told once when frames have to be left out.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        make_sink: Callable[[], Sink],
        *,
        info: SourceInfo | None,
        on_status: Callable[[OutputStatus], None],
        report: Callable[[str], None],
    ) -> None:
        self.path, self.kind = path, kind
        self._make_sink, self._info = make_sink, info or _NO_SOURCE
        self._on_status, self._report = on_status, report
        self._changed = threading.Condition()
        self._waiting: deque[OutputRow] = deque()
        self._bytes = 0
        self._stopping = False
        self._frames = 0
        self._left_out = 0
        self._started_s = time.perf_counter()
        self.thread = threading.Thread(target=self._run, name=f"output {path.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def offer(self, entry: OutputRow) -> None:
        """Hand one entry over; it is left out when the disk or the encoder is too far behind."""
        with self._changed:
            if self._stopping:
                return
            full = self._bytes + entry.nbytes > _MOST_BYTES or len(self._waiting) >= _MOST_ITEMS
            if full and len(self._waiting) >= _FEWEST_ITEMS:
                self._left_out += 1
                first = self._left_out == 1
            else:
                first = False
                self._waiting.append(entry)
                self._bytes += entry.nbytes
                self._changed.notify_all()
        if first:
            self._report(
                Message("{name}: writing cannot keep up, some frames are left out", name=self.path.name)
            )

    def stop(self) -> None:
        """Write what waits, then finish. Returns at once."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def status(self) -> OutputStatus:
        """How far it is."""
        return OutputStatus(self.path, self.kind, self._frames, time.perf_counter() - self._started_s)

    def _run(self) -> None:
        problem = ""
        sink: Sink | None = None
        try:
            sink = self._make_sink()
            sink.open(self._info)
            self._on_status(self.status())
            self._write_all(sink)
        except VisionError as error:
            problem = message_of(error)
        except Exception as error:  # noqa: BLE001  # a thread's boundary: told to the user
            _log.debug("%s failed", self.path, exc_info=True)
            problem = Message(
                "{path} cannot be written: {name}: {error}",
                path=self.path,
                name=type(error).__name__,
                error=error,
            )
        self.stop()
        files: tuple[Path, ...] = ()
        if sink is not None:
            try:
                files = sink.close()
            except SinkError as error:
                problem = problem or message_of(error)
                files = sink.close()  # the second call tells what there is all the same
        with self._changed:
            self._waiting.clear()
        self._on_status(replace(self.status(), ended=True, files=files, error=problem))

    def _write_all(self, sink: Sink) -> None:
        last: OutputRow | None = None
        told_s = time.perf_counter()
        while (entry := self._take()) is not None:
            sink.write(entry.make(entry.captured_s))
            self._frames += 1
            last = entry
            if time.perf_counter() - told_s >= _TELL_EVERY_S:
                told_s = time.perf_counter()
                self._on_status(self.status())
        now_s = time.perf_counter()
        if self.kind == "video" and last is not None and now_s - last.captured_s > _STILL_S:
            # a picture that stood still until now shall do so in the video too
            sink.write(last.make(now_s))
            self._frames += 1

    def _take(self) -> OutputRow | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            if not self._waiting:
                return None
            entry = self._waiting.popleft()
            self._bytes -= entry.nbytes
            return entry


def video_sink(path: Path) -> Callable[[], Sink]:
    """How the sink of a recording is made; what is drawn on the frames is none of its business."""
    return lambda: VideoSink(path, annotated=False)


def log_sink(path: Path) -> tuple[str, Callable[[], Sink]]:
    """Kind of a log, and how its sink is made.

    Raises:
        SinkError: the suffix is that of no log.
    """
    try:
        kind, form = format_of(path)
    except ConfigError as error:
        raise SinkError(message_of(error)) from None
    return kind, lambda: form.make(path, False)


def video_entry(shot: Shot, *, annotated: bool) -> OutputRow:
    """A frame for a recording: by the clock on the wall, so that pauses, jumps and other sources follow on."""

    def make(captured_s: float) -> Packet:
        image = shot.full_size(annotated=annotated)
        frame = replace(shot.frame, image=image, captured_s=captured_s, position_s=None, file=None)
        return Packet(frame, (), Timings())

    return OutputRow(make, shot.frame.captured_s, shot.frame.image.nbytes)


def log_entry(packet: Packet) -> OutputRow:
    """A frame with its results for a log."""
    return OutputRow(lambda _: packet, packet.frame.captured_s, packet.frame.image.nbytes)
