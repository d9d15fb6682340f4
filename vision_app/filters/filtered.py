"""A chain before the models: the frames of any source, filtered as they are read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, Step, Stream, as_bgr
from vision_app.filters.operation import Mat
from vision_app.messages import message_of
from vision_app.results.values import Frame, ImageU8
from vision_app.sources.base import Source, SourceInfo
from vision_app.sources.closing import ClosesAtExit


@dataclass(frozen=True, slots=True)
class Filtered:
    """What became of one frame on its way through a chain.

    Attributes:
        frame: the frame as it was read.
        steps: the steps that were done.
        stages: the picture itself, then that behind each step; none of them is written again.
        spent_s: seconds that it took.
    """

    frame: Frame
    steps: tuple[Step, ...]
    stages: tuple[Mat, ...]
    spent_s: float

    @property
    def image(self) -> ImageU8:
        """The picture behind the last step, BGR."""
        return as_bgr(self.stages[-1])


class FilteredSource(ClosesAtExit):
    """Gives the frames of another source, each filtered for the models.

    Frames are filtered where they are read, one after the other, so that operations that remember see them in
    their order. What remembers begins anew when the source jumps, at a cut, or when pictures change their size.

    Args:
        source: an open source; it belongs to this one from now on.
        chain: what to do.
        keep_original: whether `Frame.image` stays the picture that was read, and only the models look at the
            filtered one (`Frame.seen`); else the filtered picture takes its place.
        report: told in one line when a chain cannot be done, and the frame then goes on unfiltered; None to
            fail instead.

    Raises:
        ConfigError: a picture that a step needs cannot be read, and there is no `report`.
    """

    def __init__(
        self,
        source: Source,
        chain: FilterChain | None = None,
        *,
        keep_original: bool = False,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self._source, self._report = source, report
        self.keep_original = keep_original
        self._working = threading.Lock()
        self._wanted = chain or FilterChain()
        self._stream: Stream | None = None
        self._failed = ""
        self._last: Frame | None = None
        self._newest: Filtered | None = None
        self._done: Filtered | None = None  # what the stream of now has done last
        if report is None:
            self._stream = self._wanted.start()

    @property
    def info(self) -> SourceInfo:
        """What is known about the source: a chain changes no size."""
        return self._source.info

    @property
    def newest(self) -> Filtered | None:
        """What became of the newest frame; None before the first, and when the chain cannot be done."""
        return self._newest

    @property
    def chain(self) -> FilterChain:
        """What is done from the next frame on."""
        return self._wanted

    @chain.setter
    def chain(self, chain: FilterChain) -> None:
        self._wanted = chain

    def read(self) -> Frame | None:
        """The next frame, filtered; None at the end.

        Raises:
            SourceError: reading failed.
            ConfigError: a step cannot be done, and there is no `report`.
        """
        frame = self._source.read()
        if frame is None:
            return None
        with self._working:
            return self._filtered(frame)

    def again(self, frame: Frame | None = None) -> Frame | None:
        """The last frame that was read, as the chain of now makes it; None before the first.

        Args:
            frame: another version of it, such as one that was turned otherwise.
        """
        with self._working:
            frame = frame or self._last
            return None if frame is None else self._filtered(frame)

    def close(self) -> None:
        """Close the other source."""
        self._source.close()

    def _filtered(self, frame: Frame) -> Frame:
        chain, last, self._last = self._wanted, self._last, frame
        if (
            self._stream is not None
            and last is not None
            and (last.epoch, last.scene) != (frame.epoch, frame.scene)
        ):
            self._stream.reset()
        if not chain:
            self._stream, self._newest, self._done = None, None, None
            self._tell("")
            return frame
        started_s = time.perf_counter()
        try:
            if self._stream is None or self._stream.chain != chain:
                self._stream = Stream(chain, self._stream)
                self._done = None
            if self._done is not None and self._done.frame.image is frame.image:
                stages = self._done.stages  # the same picture once more: nothing has moved in it
            else:
                stages = tuple(self._stream.stages(frame.image))
        except ConfigError as error:
            self._newest = self._done = None
            if self._report is None:
                raise
            self._tell(message_of(error))
            return frame
        self._tell("")
        spent_s = time.perf_counter() - started_s
        self._newest = self._done = done = Filtered(frame, chain.active, stages, spent_s)
        image = _read_only(done.image)
        read_s = frame.read_s + spent_s
        if self.keep_original:
            return replace(frame, seen=image, read_s=read_s)
        return replace(frame, image=image, read_s=read_s)

    def _tell(self, failure: str) -> None:
        if failure != self._failed:
            self._failed = failure
            if failure and self._report is not None:
                self._report(failure)


def _read_only(image: ImageU8) -> ImageU8:
    image.flags.writeable = False
    return image
