"""Animated GIF, WebP, APNG and AVIF as clips."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

from vision_app import limits
from vision_app.errors import SourceError
from vision_app.pictures.animation import Animation
from vision_app.pictures.reading import UnreadableError, read_file
from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.base import Report, SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.quiet import quiet_opencv

_SAME_TIME_S = 0.0005


class AnimationSource(ClosesAtExit):
    """The frames of an animated picture, played once.

    Args:
        location: the file.
        options: start and end select frames with `start_s <= position_s < end_s`.
        report: told of what the user should know.

    Raises:
        SourceError: it cannot be read, or there is no frame at `start_s` or later.
    """

    def __init__(
        self, location: str, options: SourceOptions | None = None, report: Report | None = None
    ) -> None:
        quiet_opencv()
        self._id, options = location, options or SourceOptions()
        self._epoch = new_epoch()
        self._closed = False
        try:
            self._animation = Animation(read_file(Path(location)))
        except UnreadableError as reason:
            raise SourceError(
                "image {location} cannot be read: {reason}", location=location, reason=reason
            ) from None
        times = self._animation.times_s()
        end_s = math.inf if options.end_s is None else options.end_s
        chosen = [
            i for i, t in enumerate(times) if options.start_s - _SAME_TIME_S <= t < end_s - _SAME_TIME_S
        ]
        if not chosen:
            raise SourceError(
                "{location} lasts {duration_s:.3f} s and has no frame from {start_s:g} s on",
                location=location,
                duration_s=self._animation.duration_s,
                start_s=options.start_s,
            )
        self._times_s = times
        self._every = options.every
        self._begin, self._stop = chosen[0], chosen[-1] + 1
        self._number = self._begin
        self._frames: Iterator[ImageU8] = self._animation.frames(self._begin)
        self._first = self._read_next()
        size_wh = self._first.size_wh if self._first else (0, 0)
        count = math.ceil(len(chosen) / self._every)
        fps = self._animation.fps / self._every
        self._info = SourceInfo(location, "video", size_wh, fps, live=False, frame_count=count)

    @property
    def info(self) -> SourceInfo:
        """What is known about it."""
        return self._info

    @property
    def length_s(self) -> float | None:
        """How long it lasts, seconds."""
        return self._animation.duration_s

    def read(self) -> Frame | None:
        """The next frame, or None after the last.

        Raises:
            SourceError: the rest is damaged.
        """
        frame, self._first = self._first, None
        if self._closed:
            return None
        return frame or self._read_next()

    def close(self) -> None:
        """End here."""
        self._closed = True
        self._first = None

    def _read_next(self) -> Frame | None:
        started_s = time.perf_counter()
        while self._number < self._stop and not self._closed:
            number = self._number
            self._number += 1
            try:
                image = next(self._frames)
            except UnreadableError as reason:
                raise SourceError(
                    "{id} ended early: {number} of {count} frames could be read; {reason}",
                    id=self._id,
                    number=number,
                    count=self._animation.count,
                    reason=reason,
                ) from None
            if over := limits.excess_of_pixels("frame-pixels", (image.shape[1], image.shape[0])):
                raise SourceError("{id}: its frames have {over}", id=self._id, over=over)
            index = number - self._begin
            if index % self._every:
                continue
            now_s = time.perf_counter()
            return Frame(
                image, index, now_s, self._times_s[number], self._id, None, now_s - started_s, self._epoch
            )
        return None
