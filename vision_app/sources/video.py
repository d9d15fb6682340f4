"""Video files, on disk or behind an HTTP address that serves a whole file."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.results.values import Frame
from vision_app.sources.base import SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.container import announced, can_seek, has_exact_count, is_fragmented, why_unreadable
from vision_app.sources.quiet import quiet_opencv
from vision_app.sources.urls import scheme_of, source_id

if TYPE_CHECKING:
    import cv2

SAME_TIME_S = 0.0005
"""Times this close are equal: a time given by hand has milliseconds, the container's ticks may be finer."""
ENDED_EARLY = 0.95
"""A file that ends before this share of its frames and of its duration is truncated."""
FEW_FRAMES = 5
"""So many missing frames are a matter of rounding, not of damage."""
HIGHEST_FPS = 480.0
"""A nominal rate above it is a time base that the container passes off as a rate."""

_SEEK_FROM_S = 1.0
_SEEK_BACK_S = (0.25, 2.0, 10.0, 40.0)
_ONE_THREAD_PX = 1920 * 1088
_REMOTE_TIMEOUT_MS = 10_000


class VideoFileSource(ClosesAtExit):
    """Frames of a video file in order of presentation, with the container's own times.

    `Frame.position_s` counts from the first frame of the file. With `start_s` the indices still begin at 0.

    Args:
        location: path or http(s) address.
        options: start and end select frames with `start_s <= position_s < end_s`.

    Raises:
        SourceError: it is no video, it is damaged, or there is no frame at `start_s` or later.
    """

    def __init__(self, location: str, options: SourceOptions | None = None) -> None:
        quiet_opencv()
        self._options = options or SourceOptions()
        self._id = source_id(location)
        self._remote = scheme_of(location) is not None
        self._location = location
        self._lock = threading.Lock()
        self._closed = self._done = False
        self._grabbed = self._offset = 0
        self._sought = False
        self._position_s, self._longest_gap_s = -1.0, 0.0
        self._held: float | None = None
        self._capture = self._open()
        try:
            self._go_to_start()
            started = time.perf_counter()
            self._first = self._decode_next(started)
            if self._first is None and not self._closed:
                raise self._no_picture()
            self._info = self._describe()
        except BaseException:
            self._capture.release()
            raise

    @property
    def info(self) -> SourceInfo:
        """What is known about the file."""
        return self._info

    def read(self) -> Frame | None:
        """The next frame, or None at the end.

        Raises:
            SourceError: the file ended long before the end that its header announces.
        """
        with self._lock:
            frame = None
            if not self._closed:
                frame, self._first = self._first, None
                frame = frame or self._decode_next(time.perf_counter())
        if self._closed:
            self._release()
            return None
        return frame

    def close(self) -> None:
        """Release the file: now, or when a `read` in another thread is done with it."""
        self._closed = True
        self._first = None
        self._release()

    def _release(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._capture.release()
            finally:
                self._lock.release()

    def _open(self) -> cv2.VideoCapture:
        import cv2

        # One decoding thread costs a tenth less CPU at 720p and is no slower there; large pictures need more.
        capture = self._capture_with(cv2.CAP_PROP_N_THREADS, 1)
        pixels = capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if capture.isOpened() and pixels > _ONE_THREAD_PX:
            capture.release()
            capture = self._capture_with()
        if not capture.isOpened():
            capture.release()
            raise self._unreadable()
        return capture

    def _capture_with(self, *parameters: int) -> cv2.VideoCapture:
        import cv2

        settings: Sequence[int] = parameters
        if self._remote:
            timeouts = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC)
            settings = [*settings, *(v for name in timeouts for v in (name, _REMOTE_TIMEOUT_MS))]
        return cv2.VideoCapture(self._location, cv2.CAP_FFMPEG, list(settings))

    def _unreadable(self) -> SourceError:
        if self._remote:
            return SourceError(f"{self._id}: no video can be read from there")
        try:
            reason = why_unreadable(Path(self._location))
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
        return SourceError(f"{self._id} cannot be read as a video: {reason}")

    def _no_picture(self) -> SourceError:
        if self._options.start_s == 0 and self._options.end_s is None:
            return self._unreadable()
        until = "" if self._options.end_s is None else f" and before {self._options.end_s:g} s"
        return SourceError(
            f"{self._id} has no frame at {self._options.start_s:g} s or later{until}; "
            f"its last frame is at {max(self._position_s, 0):.3f} s"
        )

    def _go_to_start(self) -> None:
        """Grab the first frame at or after `start_s` and hold it."""
        start_s = self._options.start_s
        if start_s > _SEEK_FROM_S and not self._remote:
            self._check_inside(start_s)
            if can_seek(Path(self._location)):
                self._seek_before(start_s)
        while start_s > 0 and not self._closed:
            position_s = self._advance()
            if position_s is None:
                return
            if position_s >= start_s - SAME_TIME_S:
                self._held = position_s
                return

    def _check_inside(self, start_s: float) -> None:
        """Refuse a start far past the end at once instead of decoding the whole file first."""
        import cv2

        count, fps = self._capture.get(cv2.CAP_PROP_FRAME_COUNT), self._capture.get(cv2.CAP_PROP_FPS)
        if (
            count > 0
            and fps > 0
            and has_exact_count(Path(self._location))
            and start_s > 1.1 * count / fps + 1
        ):
            raise SourceError(
                f"{self._id} is {count / fps:.1f} s long and has no frame at {start_s:g} s or later"
            )

    def _seek_before(self, start_s: float) -> None:
        """Jump to some frame before the start, or stay at the beginning of the file.

        OpenCV turns the time into a frame number by the nominal rate, so that with a variable rate it lands
        seconds away. The time that it tells of the frame it landed on is right, so that can be checked.
        """
        import cv2

        for back_s in _SEEK_BACK_S:
            target_s = start_s - back_s
            if target_s <= 0:
                break
            self._sought = True
            self._capture.set(cv2.CAP_PROP_POS_MSEC, target_s * 1e3)
            position_s = self._advance()
            if position_s is not None and position_s <= start_s:
                self._held = position_s
                return
        self._capture.release()
        self._capture = self._open()
        self._sought, self._grabbed = False, 0
        self._position_s, self._longest_gap_s = -1.0, 0.0

    def _advance(self) -> float | None:
        """Step to the next frame without converting it; its time in seconds, None at the end."""
        import cv2

        if self._held is not None:
            position_s, self._held = self._held, None
            return position_s
        if not self._capture.grab():
            return None
        position_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
        if self._grabbed:
            self._longest_gap_s = max(self._longest_gap_s, position_s - self._position_s)
        self._position_s = position_s
        self._grabbed += 1
        return position_s

    def _decode_next(self, started_s: float) -> Frame | None:
        while not (self._closed or self._done):
            position_s = self._advance()
            if position_s is None:
                self._done = True
                self._check_complete()
                return None
            if self._options.end_s is not None and position_s >= self._options.end_s - SAME_TIME_S:
                self._done = True
                return None
            index = self._offset
            self._offset += 1
            if index % self._options.every == 0:
                return self._frame(index, position_s, started_s)
        return None

    def _frame(self, index: int, position_s: float, started_s: float) -> Frame:
        ok, image = self._capture.retrieve()
        if not ok:
            raise SourceError(f"{self._id}: the frame at {position_s:.3f} s cannot be decoded")
        image.flags.writeable = False
        now_s = time.perf_counter()
        return Frame(image, index, now_s, position_s, self._id, None, now_s - started_s)  # type: ignore[arg-type]

    def _describe(self) -> SourceInfo:
        import cv2

        fps: float | None = self._capture.get(cv2.CAP_PROP_FPS)
        if fps is None or not math.isfinite(fps) or not 0 < fps <= HIGHEST_FPS:
            fps = None
        count = self._frame_count(fps)
        size_wh = self._first.size_wh if self._first else (0, 0)
        rate = None if fps is None else fps / self._options.every
        return SourceInfo(self._id, "video", size_wh, rate, live=False, frame_count=count)

    def _frame_count(self, fps: float | None) -> int | None:
        import cv2

        if self._remote or not has_exact_count(Path(self._location)):
            return None
        options = self._options
        first, last = 0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if options.start_s > 0 or options.end_s is not None:
            if fps is None or not announced(Path(self._location)).constant_rate:
                return None
            first = math.ceil((options.start_s - SAME_TIME_S) * fps)
            if options.end_s is not None:
                last = min(last, math.ceil((options.end_s - SAME_TIME_S) * fps))
        return math.ceil(max(last - max(first, 0), 0) / options.every)

    def _check_complete(self) -> None:
        """Raise if the header announces much more than could be read."""
        import cv2

        if self._remote or self._grabbed == 0:
            return
        count, fps = self._capture.get(cv2.CAP_PROP_FRAME_COUNT), self._capture.get(cv2.CAP_PROP_FPS)
        reached_s = self._position_s + self._longest_gap_s
        if count > 0 and fps > 0 and not self._is_early(int(count), count / fps, reached_s):
            return
        if is_fragmented(Path(self._location)):
            return  # A recording that was killed: its length is that of the fragments that are there.
        # OpenCV's count may be an estimate from another track's duration: ask the header itself.
        try:
            header = announced(Path(self._location))
        except (OSError, ValueError):
            return
        if header.duration_s is None or not self._is_early(header.frames, header.duration_s, reached_s):
            return
        read = f"{reached_s:.1f} of {header.duration_s:.1f} s"
        if header.frames is not None and not self._sought:
            read = f"{self._grabbed} of {header.frames} frames"
        raise SourceError(f"{self._id} ended early: {read} could be read; the file is truncated or damaged")

    def _is_early(self, frames: int | None, duration_s: float, reached_s: float) -> bool:
        if reached_s >= ENDED_EARLY * duration_s:
            return False
        if frames is None or self._sought:
            return True
        return self._grabbed < ENDED_EARLY * frames and frames - self._grabbed > FEW_FRAMES
