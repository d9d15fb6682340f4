"""Pictures in an order that can be gone through from any place: what `PlaybackSource` plays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from vision_app.errors import SourceError
from vision_app.messages import Message
from vision_app.results.values import Frame
from vision_app.sources.base import Report, Source, SourceInfo, SourceOptions
from vision_app.sources.images import read_image
from vision_app.sources.snapshot import PictureSource
from vision_app.sources.urls import scheme_of
from vision_app.sources.video import SAME_TIME_S, VideoFileSource

SLIDE_S = 3.0
"""How long an image is shown in a slide show, seconds."""
_DEFAULT_FPS = 30.0


class Reel(Protocol):
    """Frames on a time line. All calls but `close` come from one thread."""

    @property
    def info(self) -> SourceInfo:
        """What is known about it."""
        ...

    @property
    def start_s(self) -> float:
        """Place of the first frame, seconds."""
        ...

    @property
    def duration_s(self) -> float | None:
        """Seconds from the first place to the end of the last frame; None where unknown."""
        ...

    @property
    def frame_time_s(self) -> float:
        """How long a frame is shown, where nothing else is known: seconds."""
        ...

    @property
    def can_seek(self) -> bool:
        """Whether any place can be gone to; the start always can."""
        ...

    def place_s(self, frame: Frame) -> float:
        """Place of a frame on the time line, seconds."""
        ...

    def next(self) -> Frame | None:
        """The next frame, None at the end.

        Raises:
            SourceError: it cannot be read; the next call may be luckier.
        """
        ...

    def go_to(self, place_s: float) -> None:
        """Let the first frame at this place or later be the next one.

        Raises:
            SourceError: there is no such frame; then nothing has changed.
        """
        ...

    def close(self) -> None:
        """Release what is held, from any thread; `next` then gives None."""
        ...


class Clip(Source, Protocol):
    """A source with a time line that is opened anew to go to another place."""

    @property
    def length_s(self) -> float | None:
        """How long the whole of it lasts, seconds; None where that is unknown."""
        ...


class VideoReel:
    """A video file, on disk or behind an HTTP address, or an animated picture.

    Args:
        location: path or address.
        options: the part of the file that is played, and every how many frames.
        report: told of frames that are lost, and the like.
        source: the same, open at its start, if there is one already.
        opener: opens it.

    Raises:
        SourceError: it cannot be read.
    """

    def __init__(
        self,
        location: str,
        options: SourceOptions,
        report: Report,
        source: Clip | None = None,
        opener: Callable[[str, SourceOptions, Report], Clip] = VideoFileSource,
    ) -> None:
        self._location, self._options, self._report = location, options, report
        self._opener = opener
        self._source: Clip = source or opener(location, options, report)
        self._closed = False
        self._first_index: int | None = 0
        self._remote = scheme_of(location) is not None
        self.info = self._source.info
        self.start_s = options.start_s
        self.frame_time_s = 1 / (self.info.fps or _DEFAULT_FPS)
        self.can_seek = not self._remote
        self.duration_s = None if self._remote else self._duration_s()

    def place_s(self, frame: Frame) -> float:
        """The container's own time."""
        assert frame.position_s is not None
        return frame.position_s

    def next(self) -> Frame | None:
        """The next frame; its index counts from the start of what is played."""
        source = self._source
        frame = source.read()
        if frame is None or self._closed:
            return None
        if self._first_index is None:
            per_s = (self.info.fps or _DEFAULT_FPS) * self._options.every
            self._first_index = round((self.place_s(frame) - self.start_s) * per_s)
        return replace(frame, index=self._first_index + frame.index)

    def go_to(self, place_s: float) -> None:
        """Open the file anew at that place: exact, whatever the container."""
        at_start = place_s <= self.start_s + SAME_TIME_S
        options = self._options if at_start else replace(self._options, start_s=place_s)
        fresh = self._opener(self._location, options, self._report)
        self._source, before = fresh, self._source
        before.close()
        self._first_index = 0 if at_start else None
        if self._closed:
            fresh.close()

    def close(self) -> None:
        """Release the file."""
        self._closed = True
        self._source.close()

    def _duration_s(self) -> float | None:
        info, end_s = self.info, self._options.end_s
        if info.frame_count is not None and info.fps:
            return info.frame_count / info.fps
        whole_s = self._source.length_s
        if whole_s is None:
            return None if end_s is None else end_s - self.start_s
        return (whole_s if end_s is None else min(whole_s, end_s)) - self.start_s


class PictureReel:
    """One picture that is here already.

    Args:
        source: gives it; belongs to this reel.
    """

    start_s = 0.0
    duration_s = None
    frame_time_s = SLIDE_S
    can_seek = False

    def __init__(self, source: PictureSource) -> None:
        self.info = source.info
        self._frame: Frame | None = source.frame
        self._given = False

    def place_s(self, frame: Frame) -> float:
        """The start: it is the only one."""
        return 0.0

    def next(self) -> Frame | None:
        """The picture, once."""
        if self._given:
            return None
        self._given = True
        return self._frame

    def go_to(self, place_s: float) -> None:
        """Give it once more."""
        self._given = False

    def close(self) -> None:
        """End here."""
        self._frame = None


class ImagesReel:
    """Images one after the other, each for `SLIDE_S`. Those that cannot be read are left out and reported.

    Args:
        source_id: what the user asked for.
        paths: the files; each is passed on as `Frame.file`.
        options: `every` counts files.
        report: told of each image that is left out, once.

    Raises:
        SourceError: none of them can be read.
    """

    start_s = 0.0
    frame_time_s = SLIDE_S

    def __init__(self, source_id: str, paths: Sequence[str], options: SourceOptions, report: Report) -> None:
        self._id, self._report = source_id, report
        self._paths = tuple(paths)[:: options.every]
        self._every = options.every
        self._told: set[str] = set()
        self._next = 0
        self._closed = False
        self._held: Frame | None = None
        self._held = first = self.next()
        if first is None:
            raise SourceError(
                "{source_id}: none of the {count} images can be read",
                source_id=source_id,
                count=len(self._paths),
            )
        count = len(self._paths)
        self.info = SourceInfo(source_id, "images", first.size_wh, None, live=False, frame_count=count)
        self.can_seek = count > 1
        self.duration_s = count * SLIDE_S if count > 1 else None

    def place_s(self, frame: Frame) -> float:
        """Its turn in the slide show."""
        return frame.index // self._every * SLIDE_S

    def next(self) -> Frame | None:
        """The next image that can be read."""
        held, self._held = self._held, None
        if held is not None and not self._closed:
            return held
        while self._next < len(self._paths) and not self._closed:
            turn, path = self._next, self._paths[self._next]
            self._next += 1
            try:
                image = read_image(Path(path))
            except SourceError as error:
                if len(self._paths) == 1:
                    raise
                if path not in self._told:
                    self._told.add(path)
                    self._report(Message("left out: {error}", error=error))
                continue
            return Frame(image, turn * self._every, 0.0, None, self._id, path)
        return None

    def go_to(self, place_s: float) -> None:
        """Begin with the image whose turn it is then."""
        turn = math.floor(place_s / SLIDE_S + 1e-6)
        if turn >= len(self._paths):
            raise SourceError("{id} has {count} images", id=self._id, count=len(self._paths))
        self._next, self._held = max(turn, 0), None

    def close(self) -> None:
        """End here."""
        self._closed = True
