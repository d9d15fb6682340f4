"""All recordings and logs of a live session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from vision_app.errors import SinkError
from vision_app.live.recorder import Output, log_entry, log_sink, video_entry, video_sink
from vision_app.live.scene import Shot
from vision_app.live.status import OutputStatus
from vision_app.messages import Message, message_of
from vision_app.results.values import Packet
from vision_app.sinks.base import Sink
from vision_app.sources import SourceInfo


class Recordings:
    """Begins them, feeds them and ends them. Every method returns at once.

    Args:
        on_status: told when one begins, about once a second, and when it has ended.
        report: receives one line for the user.
    """

    def __init__(self, on_status: Callable[[OutputStatus], None], report: Callable[[str], None]) -> None:
        self._tell, self._report = on_status, report
        self._lock = threading.RLock()  # a listener may ask back
        self._logs: dict[Path, Output] = {}
        self._recordings: dict[Path, tuple[Output, bool]] = {}
        self._closed = False

    def record(self, path: Path, info: SourceInfo | None, *, annotated: bool) -> None:
        """Begin a recording, with or without the results drawn on it."""
        output = self._output(path, "video", video_sink(path), info)
        with self._lock:
            if self._is_new(path):
                self._recordings[path] = (output, annotated)
                output.start()

    def log(self, path: Path, info: SourceInfo | None) -> None:
        """Begin a log."""
        try:
            kind, make = log_sink(path)
        except SinkError as error:
            self._tell(OutputStatus(path, path.suffix.removeprefix("."), ended=True, error=message_of(error)))
            return
        output = self._output(path, kind, make, info)
        with self._lock:
            if self._is_new(path):
                self._logs[path] = output
                output.start()

    def stop(self, path: Path) -> None:
        """Finish one."""
        for output in self._all():
            if output.path == path:
                output.stop()

    @property
    def recording(self) -> bool:
        """Whether anybody wants frames."""
        return bool(self._recordings)

    def offer_shot(self, shot: Shot) -> None:
        """A frame for the recordings."""
        for output, annotated in tuple(self._recordings.values()):
            output.offer(video_entry(shot, annotated=annotated))

    def offer_packet(self, packet: Packet) -> None:
        """Results for the logs."""
        for output in tuple(self._logs.values()):
            output.offer(log_entry(packet))

    @property
    def statuses(self) -> tuple[OutputStatus, ...]:
        """What is being written now."""
        return tuple(output.status() for output in self._all())

    def close(self) -> tuple[threading.Thread, ...]:
        """Finish all; gives their threads."""
        with self._lock:
            self._closed = True
        outputs = self._all()
        for output in outputs:
            output.stop()
        return tuple(output.thread for output in outputs)

    def _output(self, path: Path, kind: str, make: Callable[[], Sink], info: SourceInfo | None) -> Output:
        return Output(path, kind, make, info=info, on_status=self._on_status, report=self._report)

    def _is_new(self, path: Path) -> bool:
        if self._closed:
            return False
        if path in self._logs or path in self._recordings:
            self._report(Message("{path} is being written already", path=path))
            return False
        return True

    def _all(self) -> tuple[Output, ...]:
        with self._lock:
            return (*(output for output, _ in self._recordings.values()), *self._logs.values())

    def _on_status(self, status: OutputStatus) -> None:
        if status.ended:
            with self._lock:
                self._recordings.pop(status.path, None)
                self._logs.pop(status.path, None)
        self._tell(status)
