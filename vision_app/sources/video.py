"""Video files, on disk or behind an HTTP address that serves a whole file."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.messages import Message, cause_of
from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.base import Report, SoundTrack, SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.container import facts_of, main_video, open_container, why_unreadable
from vision_app.sources.decoding import Decoded, Decoder
from vision_app.sources.served import Served
from vision_app.sources.timeline import Timeline
from vision_app.sources.upright import Upright
from vision_app.sources.urls import scheme_of, source_id

if TYPE_CHECKING:
    import av.container

SAME_TIME_S = 0.0005
"""Times this close are equal: a time given by hand has milliseconds, the container's ticks may be finer."""
ENDED_EARLY = 0.95
"""A file that ends before this share of its frames and of its duration is truncated."""
FEW_FRAMES = 5
"""So many missing frames are a matter of rounding, not of damage."""

_SEEK_FROM_S = 1.0
_SEEK_BACK_S = (0.25, 2.0, 10.0, 40.0)
_MOST_SIZE_NOTICES = 5


def _no_report(_: str) -> None:
    """Keep the message to oneself."""


class VideoFileSource(ClosesAtExit):
    """Frames of a video file in order of presentation, with the container's own times made to rise.

    `Frame.position_s` counts from the first frame of the file. With `start_s` the indices still begin at 0.
    Pictures are upright and have square pixels; one that changes its size in the middle comes in its own size.

    Args:
        location: path or http(s) address.
        options: start and end select frames with `start_s <= position_s < end_s`.
        report: told of frames that are lost, of times that had to be counted, of a change of size.
        served: what the address gave, if it was opened already.

    Raises:
        SourceError: it is no video, it is damaged, or there is no frame at `start_s` or later.
    """

    def __init__(
        self,
        location: str,
        options: SourceOptions | None = None,
        report: Report = _no_report,
        served: Served | None = None,
    ) -> None:
        self._options, self._report = options or SourceOptions(), report
        self._id = source_id(location)
        self._epoch = new_epoch()
        self._remote = scheme_of(location) is not None
        self._location = location
        self._lock = threading.Lock()
        self._closed = self._done = self._said = False
        self._taken = self._offset = 0
        self._sought = False
        self._longest_gap_s = 0.0
        self._held: tuple[Decoded, float] | None = None
        self._size_wh = (0, 0)
        self._sizes_told = 0
        self._upright = Upright()
        self._served = served or self._open()
        try:
            self._start()
        except BaseException:
            self._served.close()
            raise

    def _start(self) -> None:
        self._stream = main_video(self._container, self._id)
        self._facts = facts_of(self._container, self._stream)
        self._begin()
        self._go_to_start()
        self._first = self._decode_next(time.perf_counter())
        if self._first is None and not self._closed:
            raise self._no_picture()
        self._info = self._describe()

    def _begin(self) -> None:
        facts = self._facts
        self._decoder = Decoder(self._container, self._stream, decoding_times=facts.decoding_times)
        self._timeline = Timeline(facts.count_hz, facts.cut_together)

    @property
    def info(self) -> SourceInfo:
        """What is known about the file."""
        return self._info

    @property
    def length_s(self) -> float | None:
        """How long the file is as far as can be told, seconds; None where that is unknown."""
        return self._facts.length_s

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
                self._say_losses()
                self._held = None
                if hasattr(self, "_decoder"):
                    self._decoder.close()
                self._served.close()
            finally:
                self._lock.release()

    # -- opening and going to the start ------------------------------------------------------------------

    @property
    def _container(self) -> av.container.InputContainer:
        assert self._served.container is not None
        return self._served.container

    def _open(self) -> Served:
        import av

        if self._remote:
            from vision_app.sources.address import (
                Address,  # late: a file needs nothing that speaks to servers
            )

            served = Address(self._location, self._options).open()
            if served.container is None:
                raise SourceError("{id}: no video can be read from there", id=self._id)
            return served
        try:
            return Served(open_container(Path(self._location)), is_file=True)
        except (av.FFmpegError, OSError, ValueError):
            reason = why_unreadable(Path(self._location))
            raise SourceError(
                "{id} cannot be read as a video: {reason}", id=self._id, reason=reason
            ) from None

    def _no_picture(self) -> SourceError:
        last_s = self._timeline.last_s
        if last_s is None:
            return SourceError(
                "{id} cannot be read as a video: not one picture of its video track (codec {codec}) can "
                "be decoded; it is damaged or incomplete",
                id=self._id,
                codec=self._facts.codec,
            )
        until = (
            ""
            if self._options.end_s is None
            else Message(" and before {end_s:g} s", end_s=self._options.end_s)
        )
        return SourceError(
            "{id} has no frame at {start_s:g} s or later{until}; its last frame is at {last_s:.3f} s",
            id=self._id,
            start_s=self._options.start_s,
            until=until,
            last_s=last_s,
        )

    def _go_to_start(self) -> None:
        """Decode up to the first frame at or after `start_s` and hold it."""
        start_s, promised_s = self._options.start_s, self._facts.duration_s
        if start_s <= 0:
            return
        if promised_s is not None and start_s > 1.1 * promised_s + 1:
            # At once, instead of decoding the whole file first.
            raise SourceError(
                "{id} is {promised_s:.1f} s long and has no frame at {start_s:g} s or later",
                id=self._id,
                promised_s=promised_s,
                start_s=start_s,
            )
        self._held = self._advance()
        if start_s > _SEEK_FROM_S and self._facts.indexed and not self._remote:
            self._seek_before(start_s)
        while not self._closed and (picture := self._advance()) is not None:
            if picture[1] >= start_s - SAME_TIME_S:
                self._held = picture
                break
        self._decoder.forget_losses()

    def _seek_before(self, start_s: float) -> None:
        """Jump to a key frame before the start, or stay at the beginning of the file."""
        origin_s = self._timeline.origin_s
        if origin_s is None:
            return
        for back_s in _SEEK_BACK_S:
            if start_s - back_s <= 0:
                break
            if self._decoder.seek(origin_s + start_s - back_s):
                decoded = self._decoder.next()
                if (
                    decoded is not None
                    and decoded.time_s is not None
                    and decoded.time_s <= origin_s + start_s
                ):
                    self._sought = True
                    self._timeline.resume(decoded.time_s)
                    self._held = decoded, self._timeline.next(decoded.time_s)
                    return
        self._served.close()
        self._served = self._open()
        self._stream = main_video(self._container, self._id)
        self._begin()
        self._held = None

    # -- reading -----------------------------------------------------------------------------------------

    def _advance(self) -> tuple[Decoded, float] | None:
        """The next picture, not yet converted, and its seconds from the first one; None at the end."""
        if self._held is not None:
            held, self._held = self._held, None
            return held
        decoded = self._decoder.next()
        if decoded is None:
            return None
        before_s = self._timeline.last_s
        position_s = self._timeline.next(decoded.time_s)
        if before_s is not None:
            self._longest_gap_s = max(self._longest_gap_s, position_s - before_s)
        self._taken += 1
        return decoded, position_s

    def _decode_next(self, started_s: float) -> Frame | None:
        while not (self._closed or self._done):
            picture = self._advance()
            if picture is None:
                self._done = True
                self._check_complete()
                self._say_losses()
                return None
            decoded, position_s = picture
            if self._options.end_s is not None and position_s >= self._options.end_s - SAME_TIME_S:
                self._done = True
                self._say_losses()
                return None
            index = self._offset
            self._offset += 1
            if index % self._options.every:
                continue
            image = self._image(decoded)
            if image is not None:
                self._note_size(image, position_s)
                now_s = time.perf_counter()
                return Frame(image, index, now_s, position_s, self._id, None, now_s - started_s, self._epoch)
        return None

    def _image(self, decoded: Decoded) -> ImageU8 | None:
        import av

        try:
            return self._upright.image(decoded.frame, self._stream.sample_aspect_ratio)
        except av.FFmpegError:
            self._decoder.lost += 1
            return None

    def _note_size(self, image: ImageU8, position_s: float) -> None:
        size_wh = (image.shape[1], image.shape[0])
        if self._size_wh not in ((0, 0), size_wh) and self._sizes_told < _MOST_SIZE_NOTICES:
            self._sizes_told += 1
            self._report(
                Message(
                    "{id}: the picture changes from {width} x {height} to {width_2} x {height_2} at "
                    "{position_s:.3f} s",
                    id=self._id,
                    width=self._size_wh[0],
                    height=self._size_wh[1],
                    width_2=size_wh[0],
                    height_2=size_wh[1],
                    position_s=position_s,
                )
            )
        self._size_wh = size_wh

    def _say_losses(self) -> None:
        """Tell what the user should know of the frames that came, once."""
        if self._said or not hasattr(self, "_decoder"):
            return
        self._said = True
        lost, damaged = self._decoder.lost, self._decoder.damaged
        if lost:
            all_of_them = self._offset + lost
            self._report(
                Message(
                    "{id}: {lost} of {all_of_them} frames could not be decoded and are missing",
                    id=self._id,
                    lost=lost,
                    all_of_them=all_of_them,
                )
            )
        if damaged:
            self._report(
                Message(
                    "{id}: {damaged} frames are damaged and only partly right", id=self._id, damaged=damaged
                )
            )
        nested = self._served.nested
        if nested is not None and nested.failed:
            self._report(
                Message(
                    "{id}: {failed} pieces could not be fetched; {problem}",
                    id=self._id,
                    failed=nested.failed,
                    problem=nested.problem,
                )
            )
        notice = self._timeline.notice()
        if notice is not None:
            self._report(f"{self._id}: {notice}")

    # -- what is known -----------------------------------------------------------------------------------

    def _describe(self) -> SourceInfo:
        fps = self._facts.rate_hz
        size_wh = self._first.size_wh if self._first else (0, 0)
        rate = None if fps is None else fps / self._options.every
        origin_s = self._timeline.origin_s
        has_more = any(s.type in ("audio", "subtitle", "data") for s in self._container.streams)
        sound = None
        if has_more and origin_s is not None and not self._remote:
            sound = SoundTrack(self._location, origin_s)
        count = self._frame_count(fps)
        return SourceInfo(self._id, "video", size_wh, rate, live=False, frame_count=count, sound=sound)

    def _frame_count(self, fps: float | None) -> int | None:
        last, options = self._facts.frames, self._options
        if self._remote or last is None:
            return None
        first = 0
        if options.start_s > 0 or options.end_s is not None:
            if fps is None or not self._facts.constant_rate:
                return None
            first = math.ceil((options.start_s - SAME_TIME_S) * fps)
            if options.end_s is not None:
                last = min(last, math.ceil(min((options.end_s - SAME_TIME_S) * fps, last)))
        return math.ceil(max(last - max(first, 0), 0) / options.every)

    def _check_complete(self) -> None:
        """Raise if the header announces much more than could be read."""
        decoder, facts = self._decoder, self._facts
        if decoder.read_error is not None:
            raise SourceError(
                "{id} ended early: after {last_s:.1f} s it cannot be read on ({reason})",
                id=self._id,
                last_s=self._timeline.last_s or 0,
                reason=cause_of(decoder.read_error),
            )
        origin_s = self._timeline.origin_s or 0.0
        reached_s = max((self._timeline.last_s or 0) + self._longest_gap_s, decoder.end_s - origin_s)
        promised_s = facts.duration_s
        if promised_s is None:
            promised_s, reached_s = facts.whole_s, max(reached_s, decoder.others_end_s - origin_s)
        if promised_s is None or not self._is_early(promised_s, reached_s):
            return
        read = Message("{max:.1f} of {promised_s:.1f} s", max=max(reached_s, 0), promised_s=promised_s)
        if facts.frames is not None and not self._sought:
            read = Message("{taken} of {frames} frames", taken=self._taken, frames=facts.frames)
        self._said = decoder.lost <= 1  # one is the picture that the file was cut in
        raise SourceError(
            "{id} ended early: {read} could be read; the file is truncated or damaged", id=self._id, read=read
        )

    def _is_early(self, promised_s: float, reached_s: float) -> bool:
        missing_s = promised_s - reached_s
        if reached_s >= ENDED_EARLY * promised_s or missing_s <= FEW_FRAMES / self._facts.count_hz:
            return False
        frames, packets = self._facts.frames, self._decoder.packets
        return frames is None or self._sought or packets < ENDED_EARLY * frames
