"""Pictures and clips of events: the seconds before are kept in memory as JPEG, what is written is written elsewhere.

One thread writes for all streams, so that a slow disk holds up none of them. A clip is written under another name and
renamed once it is whole.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision_app.errors import SinkError, VisionError, disk_reason
from vision_app.messages import Message, message_of
from vision_app.results.values import ImageU8
from vision_app.site.events import Event, iso_of
from vision_app.site.plan import MediaPlan
from vision_app.sources.base import Report

if TYPE_CHECKING:
    from vision_app.sinks.encoders import Encoder

FOLDER = "media"
LONGEST_S = 60.0
"""A clip that goes on because of further events ends after so long; the next event begins another."""
PART = ".part.mp4"
_QUALITY = (int(cv2.IMWRITE_JPEG_QUALITY), 85)
_MOST_WAITING = 600
_TICKS_PER_S = 90_000


@dataclass(frozen=True, slots=True)
class Shot:
    """One encoded frame."""

    time_s: float
    jpeg: bytes


class Ring:
    """The last seconds of a stream, bounded in time and memory.

    Args:
        seconds: how many.
        megabytes: no more memory than this, the newest ones count.
    """

    def __init__(self, seconds: float, megabytes: int) -> None:
        self._seconds, self._most_bytes = seconds, megabytes << 20
        self._shots: deque[Shot] = deque()
        self.bytes = 0

    def add(self, shot: Shot) -> None:
        """Add the newest frame."""
        if self._shots and shot.time_s < self._shots[-1].time_s:
            self.clear()  # a clip that has jumped
        self._shots.append(shot)
        self.bytes += len(shot.jpeg)
        while self._shots and (
            self.bytes > self._most_bytes or shot.time_s - self._shots[0].time_s > self._seconds
        ):
            self.bytes -= len(self._shots.popleft().jpeg)

    def clear(self) -> None:
        """Forget all."""
        self._shots.clear()
        self.bytes = 0

    def shots(self) -> tuple[Shot, ...]:
        """All of them, oldest first."""
        return tuple(self._shots)


def fitted(image: ImageU8, width: int) -> ImageU8:
    """A picture no wider than that, with even sides, as an encoder wants it."""
    height_px, width_px = image.shape[:2]
    scale = min(1.0, width / width_px)
    size = max(2, round(width_px * scale) // 2 * 2), max(2, round(height_px * scale) // 2 * 2)
    if size == (width_px, height_px):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg_of(image: ImageU8, width: int) -> bytes:
    """A picture as JPEG, no wider than that."""
    return cv2.imencode(".jpg", fitted(image, width), _QUALITY)[1].tobytes()


@dataclass(slots=True)
class _Open:
    """A clip that is being taken."""

    path: Path
    begun_s: float
    until_s: float


class Camera:
    """Takes the snapshots and clips of one stream.

    Args:
        plan: how long and how large.
        clips: whether any rule wants clips: else nothing is kept in memory.
        writer: writes them.
    """

    def __init__(self, plan: MediaPlan, clips: bool, writer: MediaWriter) -> None:
        self._plan, self._clips, self._writer = plan, clips, writer
        self._ring = Ring(plan.before_s, plan.megabytes)
        self._open: _Open | None = None

    def see(self, image: ImageU8, time_s: float) -> None:
        """Take the next frame of the stream."""
        if not self._clips:
            return
        shot = Shot(time_s, jpeg_of(image, self._plan.width))
        self._ring.add(shot)
        clip = self._open
        if clip is None:
            return
        if time_s > clip.until_s or time_s < clip.begun_s:
            self.end()
        else:
            self._writer.add(clip.path, shot)

    def keep(self, event: Event, time_s: float, picture: Callable[[], ImageU8] | None, clip: bool) -> None:
        """Hand an event on, with what is kept of it.

        Args:
            event: the event.
            time_s: when it was in the time of the frames.
            picture: makes its snapshot; None for none.
            clip: whether the seconds before and after are kept.
        """
        name = f"{FOLDER}/{iso_of(event.time_s)[:10]}/{event.id}"
        jpeg = None
        if picture is not None:
            jpeg = jpeg_of(picture(), self._plan.width)
            event = replace(event, snapshot=f"{name}.jpg")
        if clip and self._clips:
            path = self._clip(self._writer.folder / f"{name}.mp4", time_s)
            event = replace(event, clip=path.relative_to(self._writer.folder).as_posix())
        self._writer.hand_on(event, jpeg)

    def end(self) -> None:
        """Finish the clip that is being taken."""
        clip, self._open = self._open, None
        if clip is not None:
            self._writer.finish(clip.path)

    def cut(self) -> None:
        """The stream is broken: what was before does not belong to what comes."""
        self.end()
        self._ring.clear()

    def _clip(self, path: Path, time_s: float) -> Path:
        """The clip that shows the event: the one that is being taken, which then goes on, or a new one."""
        until_s = time_s + self._plan.after_s
        if self._open is not None and until_s - self._open.begun_s <= LONGEST_S:
            self._open.until_s = max(until_s, self._open.until_s)
            return self._open.path
        self.end()
        shots = self._ring.shots()
        self._open = _Open(path, shots[0].time_s if shots else time_s, until_s)
        self._writer.begin(path, shots)
        return path


class MediaWriter:
    """Writes pictures and clips of all streams in a thread of its own, and hands events on once theirs are there.

    Args:
        folder: of the site.
        publish: takes the events, in order.
        report: told what cannot be written.
    """

    def __init__(self, folder: Path, publish: Callable[[Event], None], report: Report) -> None:
        self.folder, self._publish, self._report = folder, publish, report
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._encoders: dict[Path, _Clip] = {}
        self.passed_over = 0
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)

    def start(self) -> None:
        """Begin; clips that an earlier run was killed over are as long as they had become, and play."""
        for part in (self.folder / FOLDER).glob(f"*/*{PART}"):
            with suppress(OSError):
                if part.stat().st_size:
                    part.replace(part.with_name(part.name.removesuffix(PART) + ".mp4"))
                else:
                    part.unlink()
        self._thread.start()

    def close(self, timeout_s: float) -> None:
        """Write what waits, finish all clips, and end; does nothing if it was not started or has ended."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(timeout_s)

    def hand_on(self, event: Event, jpeg: bytes | None) -> None:
        """Hand an event on, after its picture was written."""
        self._queue.put(lambda: self._event(event, jpeg))

    def begin(self, path: Path, shots: tuple[Shot, ...]) -> None:
        """Begin a clip with what was before."""
        self._queue.put(lambda: self._begin(path, shots))

    def add(self, path: Path, shot: Shot) -> None:
        """Add a frame to a clip; passed over when the disk is far behind."""
        if self._queue.qsize() > _MOST_WAITING:
            self.passed_over += 1
            return
        self._queue.put(lambda: self._add(path, shot))

    def finish(self, path: Path) -> None:
        """End a clip."""
        self._queue.put(lambda: self._finish(path))

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            self._try(work)
        for path in list(self._encoders):
            self._try(lambda path=path: self._finish(path))  # type: ignore[misc]

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            where = error.filename or self.folder
            self._report(
                Message("{where} cannot be written: {reason}", where=where, reason=disk_reason(error))
            )
        except VisionError as error:
            self._report(message_of(error))
        except Exception as error:  # noqa: BLE001 - a thread's boundary: one clip is lost, not the writer
            self._report(
                Message(
                    "internal error in a clip: {kind}: {error}", kind=type(error).__name__, error=str(error)
                )
            )

    def _event(self, event: Event, jpeg: bytes | None) -> None:
        try:
            if jpeg is not None and event.snapshot is not None:
                path = self.folder / event.snapshot
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_suffix(".part")
                part.write_bytes(jpeg)
                part.replace(path)
        except OSError:
            event = replace(event, snapshot=None)
            raise
        finally:
            self._publish(event)

    def _begin(self, path: Path, shots: tuple[Shot, ...]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._encoders[path] = clip = _Clip(path)
        for shot in shots:
            clip.add(shot)

    def _add(self, path: Path, shot: Shot) -> None:
        clip = self._encoders.get(path)
        if clip is None:
            return
        try:
            clip.add(shot)
        except (OSError, VisionError):
            del self._encoders[path]
            clip.discard()
            raise

    def _finish(self, path: Path) -> None:
        clip = self._encoders.pop(path, None)
        if clip is not None:
            clip.finish()


class _Clip:
    """One clip on its way to the disk."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(path.stem + PART)
        self._encoder: Encoder | None = None
        self._size_wh: tuple[int, int] | None = None
        self._begun_s = 0.0
        self._last_pts = -1

    def add(self, shot: Shot) -> None:
        from vision_app.sinks.encoders import CONTAINERS, PyAvEncoder

        image = cv2.imdecode(np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise SinkError("{path}: a frame cannot be read back", path=self._path)
        picture = np.asarray(image, np.uint8)
        size_wh = picture.shape[1], picture.shape[0]
        if self._encoder is None:
            self._encoder = PyAvEncoder(self._part, size_wh, CONTAINERS[".mp4"], 30.0)
            self._size_wh, self._begun_s = size_wh, shot.time_s
        if size_wh != self._size_wh:
            picture = np.asarray(cv2.resize(picture, self._size_wh), np.uint8)
        pts = max(round((shot.time_s - self._begun_s) * _TICKS_PER_S), self._last_pts + 1)
        self._last_pts = pts
        self._encoder.add(picture, pts)

    def finish(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return
        encoder.finish()
        self._part.replace(self._path)

    def discard(self) -> None:
        encoder, self._encoder = self._encoder, None
        with suppress(OSError):
            if encoder is not None:
                encoder.finish()
        with suppress(OSError):
            self._part.unlink()
