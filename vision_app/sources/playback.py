"""Files, folders and images played for a screen: at their own pace, with pause, step, seek, speed and loop."""

from __future__ import annotations

import enum
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from vision_app.errors import SourceError
from vision_app.messages import Message, message_of
from vision_app.results.values import Frame, new_epoch
from vision_app.sources.animation import AnimationSource
from vision_app.sources.base import Report, Source, SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.images import files_in_folder, files_of_pattern
from vision_app.sources.opening import find_opener, local_path, refuse_every_s, refuse_times, tidied
from vision_app.sources.reels import ImagesReel, PictureReel, Reel, VideoReel
from vision_app.sources.snapshot import PictureSource
from vision_app.sources.synthetic import NOMINAL_FPS, parse_synthetic
from vision_app.sources.video import VideoFileSource

SPEED_LIMITS = (0.25, 4.0)
_WINDOW_BYTES = 64 << 20
"""Frames around the present one that are kept while going back step by step."""
_LONGEST_STEP_BACK = 30
_LOOK_BACK_S = (1.0, 5.0, 25.0, 125.0)
_LATE_S = 0.1
_MOST_DAMAGED = 100


_NUMBER = re.compile(r"\d[\d.]*")


class PlayState(enum.Enum):
    """Where playing stands."""

    PLAYING = "playing"
    PAUSED = "paused"
    ENDED = "ended"


def open_playback(
    spec: str, options: SourceOptions | None = None, report: Report = lambda _: None, *, loop: bool = False
) -> Source:
    """Open whatever the user named for a screen: what has an end is played, what is live is shown as it comes.

    Args:
        spec: as for `open_source`.
        options: how to read it.
        report: told of what the user should know.
        loop: whether what has an end begins again.

    Returns:
        A `PlaybackSource`, or a live source.

    Raises:
        SourceError: it cannot be opened.
    """
    spec, options = tidied(spec), options or SourceOptions()
    row = find_opener(spec)
    if row.name != "address":
        refuse_every_s(spec, options, Message("no address"))
    if row.name in REELS:
        return PlaybackSource(REELS[row.name](spec, options, report), report, loop=loop)
    if row.name == "synthetic" and parse_synthetic(spec)[1] is None:
        spec = f"{spec}@{NOMINAL_FPS:g}"  # without a rate it is as fast as it is read
    source = row.open(spec, options, report)
    if isinstance(source, PictureSource):  # an address that serves one picture
        return PlaybackSource(PictureReel(source), report, loop=loop)
    if isinstance(source, VideoFileSource):  # an address that serves a whole file
        return PlaybackSource(VideoReel(spec, options, report, source), report, loop=loop)
    return source


def _folder(spec: str, options: SourceOptions, report: Report) -> Reel:
    refuse_times(spec, options, Message("a folder of images"))
    return ImagesReel(spec, files_in_folder(str(local_path(spec)), report), options, report)


def _pattern(spec: str, options: SourceOptions, report: Report) -> Reel:
    refuse_times(spec, options, Message("a pattern for images"))
    return ImagesReel(spec, files_of_pattern(str(local_path(spec)), report), options, report)


def _image(spec: str, options: SourceOptions, report: Report) -> Reel:
    refuse_times(spec, options, Message("an image"))
    return ImagesReel(spec, [str(local_path(spec))], options, report)


def _video(spec: str, options: SourceOptions, report: Report) -> Reel:
    return VideoReel(str(local_path(spec)), options, report)


def _animation(spec: str, options: SourceOptions, report: Report) -> Reel:
    return VideoReel(str(local_path(spec)), options, report, opener=AnimationSource)


REELS: dict[str, Callable[[str, SourceOptions, Report], Reel]] = {
    "folder": _folder,
    "pattern": _pattern,
    "image": _image,
    "animation": _animation,
    "video": _video,
}
"""Row of `opening.SOURCES` to how it is made ready to be played; what is not here is live."""


class PlaybackSource(ClosesAtExit):
    """Plays a reel. The controls may be called from any thread and only say what is wanted: `read` does it.

    No frame is left out at any speed; when reading is slower than that, playing is. At the end it stays on the
    last frame, unless it loops; to resume then is to begin again. A part that cannot be read is passed over and
    reported once.

    Args:
        reel: what is played; it belongs to this source.
        report: told in one line of what cannot be read.
        loop: begin again at the end.
        paused: show the first frame only.
    """

    def __init__(self, reel: Reel, report: Report, *, loop: bool = False, paused: bool = False) -> None:
        self._reel, self._report = reel, report
        self._changed = threading.Condition()
        single = reel.info.frame_count == 1
        self._state = PlayState.PAUSED if paused or single else PlayState.PLAYING
        self._on_state: Callable[[PlayState], None] = lambda _: None
        self._loop, self._speed = loop, 1.0
        self._closed = False
        self._seek_s: float | None = None
        self._steps = 0
        self._again = False
        self._window: list[Frame] = []
        self._at = -1
        self._anchor = (0.0, 0.0)
        self._new_anchor = True
        self._said: set[str] = set()
        self._epoch = new_epoch()

    # what is known ----------------------------------------------------------------------------------

    @property
    def info(self) -> SourceInfo:
        """What is known about what is played."""
        return self._reel.info

    @property
    def state(self) -> PlayState:
        """Where playing stands."""
        return self._state

    @property
    def paused(self) -> bool:
        """Whether it stands still: on purpose, or at the end."""
        return self._state is not PlayState.PLAYING

    @property
    def speed(self) -> float:
        """How many times as fast as usual."""
        return self._speed

    @property
    def loop(self) -> bool:
        """Whether it begins again at the end."""
        return self._loop

    @property
    def can_seek(self) -> bool:
        """Whether any place can be gone to."""
        return self._reel.can_seek

    @property
    def duration_s(self) -> float | None:
        """Seconds that it lasts at usual speed; None where that is unknown, and for a single image."""
        return self._reel.duration_s

    @property
    def frame_count(self) -> int | None:
        """Number of frames; None where it is unknown."""
        return self._reel.info.frame_count

    @property
    def position_s(self) -> float:
        """Place of the frame that was given last, seconds from the start of what is played."""
        with self._changed:
            return self._reel.place_s(self._window[self._at]) - self._reel.start_s if self._at >= 0 else 0.0

    def watch(self, on_state: Callable[[PlayState], None]) -> None:
        """Tell of the present state now, and of each change from now on."""
        with self._changed:
            self._on_state = on_state
            state = self._state
        on_state(state)

    # controls ---------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stand still."""
        with self._changed:
            ended = self._state is PlayState.ENDED
        if not ended:
            self._go(PlayState.PAUSED)

    def resume(self) -> None:
        """Go on; from the start when the end was reached. A single image has nothing to play."""
        with self._changed:
            if self.frame_count == 1:
                return
            if self._state is PlayState.ENDED:
                self._seek_s = self._reel.start_s
            self._new_anchor = True
        self._go(PlayState.PLAYING)

    def step(self, frames: int) -> None:
        """Stand still so many frames further on; a negative number goes back."""
        self._go(PlayState.PAUSED)
        with self._changed:
            self._steps += frames
            self._changed.notify_all()

    def seek(self, position_s: float) -> None:
        """Go to the first frame at that place or later, seconds from the start of what is played."""
        if position_s > 0 and not self.can_seek:
            self._say(Message("{source_id} can only be played from its start", source_id=self.info.source_id))
            return
        with self._changed:
            ended = self._state is PlayState.ENDED
        if ended:
            self._go(PlayState.PAUSED)
        with self._changed:
            self._seek_s = self._reel.start_s + max(position_s, 0.0)
            self._steps = 0
            self._changed.notify_all()

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast, within 0.25 to 4."""
        with self._changed:
            self._speed = min(max(speed, SPEED_LIMITS[0]), SPEED_LIMITS[1])
            self._new_anchor = True
            self._changed.notify_all()

    def set_loop(self, on: bool) -> None:
        """Whether to begin again at the end."""
        with self._changed:
            self._loop = on
            self._changed.notify_all()

    def refresh(self) -> None:
        """Give the present frame once more."""
        with self._changed:
            self._again = True
            self._changed.notify_all()

    # frames -----------------------------------------------------------------------------------------

    def read(self) -> Frame | None:
        """Wait for the next frame that is due; None only once it is closed."""
        while not self._closed:
            with self._changed:
                seek_s, self._seek_s = self._seek_s, None
                steps, self._steps = self._steps, 0
                again, self._again = self._again, False
            once_more = False
            if seek_s is not None:
                frame = self._sought(seek_s)
            elif steps or self._at < 0:
                if steps not in (0, 1):
                    self._epoch = new_epoch()
                frame = self._stepped(steps or 1)
            elif again:
                frame, once_more = self._window[self._at], True
            elif self._state is PlayState.PLAYING:
                frame = self._played()
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or not self._idle())
                continue
            if frame is not None and not self._closed:
                return replace(frame, captured_s=time.perf_counter(), epoch=self._epoch, again=once_more)
        self._reel.close()
        return None

    def close(self) -> None:
        """Release the file."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._reel.close()

    def _idle(self) -> bool:
        """Whether there is nothing to do but to wait."""
        asked = self._seek_s is not None or self._steps or self._again
        return not asked and self._state is not PlayState.PLAYING

    def _go(self, state: PlayState) -> None:
        with self._changed:
            if self._state is state:
                self._changed.notify_all()
                return
            self._state = state
            self._changed.notify_all()
            told = self._on_state
        told(state)

    def _played(self) -> Frame | None:
        """The next frame once it is due; None when something else was asked for first, or at the end."""
        frame = self._ahead()
        now_s = time.perf_counter()
        with self._changed:
            here_s = self._reel.place_s(self._window[self._at])
            if self._new_anchor:
                self._anchor, self._new_anchor = (now_s, here_s), False
            place_s = here_s + self._reel.frame_time_s if frame is None else self._reel.place_s(frame)
            due_s = self._anchor[0] + (place_s - self._anchor[1]) / self._speed
            if now_s - due_s > _LATE_S:
                self._anchor = (now_s, place_s)
            while (left_s := due_s - time.perf_counter()) > 0:
                if self._closed or self._interrupted():
                    return None
                self._changed.wait(left_s)
            if self._closed or self._interrupted():
                return None
            if frame is not None:
                self._advance()
                return frame
            again = self._loop and self.frame_count != 1
        if not again:
            self._go(PlayState.ENDED)
            return None
        return self._sought(self._reel.start_s)

    def _interrupted(self) -> bool:
        asked = self._seek_s is not None or self._steps or self._again or self._new_anchor
        return bool(asked) or self._state is not PlayState.PLAYING

    def _ahead(self) -> Frame | None:
        """The frame after the present one, without going there."""
        if self._at + 1 == len(self._window):
            frame = self._next_readable()
            if frame is None:
                return None
            with self._changed:
                self._window.append(frame)
        return self._window[self._at + 1]

    def _advance(self) -> None:
        with self._changed:
            self._at += 1
            if self._state is PlayState.PLAYING:
                del self._window[: self._at]
                self._at = 0
            while self._at > 0 and sum(f.image.nbytes for f in self._window) > _WINDOW_BYTES:
                del self._window[0]
                self._at -= 1

    def _next_readable(self) -> Frame | None:
        for _ in range(_MOST_DAMAGED):
            try:
                return self._reel.next()
            except SourceError as error:
                self._say(message_of(error))
        return None

    def _say(self, message: str) -> None:
        kind = _NUMBER.sub("", message)  # one damaged place is told, not each of a hundred
        if kind not in self._said:
            self._said.add(kind)
            self._report(message)

    def _stepped(self, steps: int) -> Frame | None:
        if steps < 0:
            return self._stepped_back(-steps)
        moved = 0
        while moved < steps and not self._closed and self._ahead() is not None:
            self._advance()
            moved += 1
        if moved < steps and self._at >= 0:
            self._go(PlayState.ENDED)
        elif self._at < 0:  # nothing can be read at all
            self._go(PlayState.ENDED)
            with self._changed:
                self._changed.wait_for(lambda: self._closed)
            return None
        return self._window[self._at] if moved else None

    def _stepped_back(self, steps: int) -> Frame | None:
        if steps <= self._at:
            with self._changed:
                self._at -= steps
            return self._window[self._at]
        here = self._window[self._at]
        here_s = self._reel.place_s(here)
        if here_s <= self._reel.start_s:
            return None
        if not self._reel.can_seek:
            self._say(Message("{source_id} can only be played forwards", source_id=self.info.source_id))
            return None
        if steps > _LONGEST_STEP_BACK:
            return self._sought(max(here_s - steps * self._reel.frame_time_s, self._reel.start_s))
        for back_s in (*_LOOK_BACK_S, here_s):
            before = self._frames_before(here_s, max(back_s, 2 * steps * self._reel.frame_time_s), steps)
            if before is None:
                return None
            frames, from_start = before
            if len(frames) > steps or (from_start and frames):
                with self._changed:
                    self._window, self._at = frames, max(len(frames) - 1 - steps, 0)
                return self._window[self._at]
        return None

    def _frames_before(self, here_s: float, back_s: float, steps: int) -> tuple[list[Frame], bool] | None:
        """The last frames up to and with the present one, and whether they begin at the start."""
        from_s = max(here_s - back_s, self._reel.start_s)
        try:
            self._reel.go_to(from_s)
        except SourceError as error:
            self._say(message_of(error))
            return None
        frames: list[Frame] = []
        from_start = from_s <= self._reel.start_s
        while not self._closed and (frame := self._next_readable()) is not None:
            frames.append(frame)
            if len(frames) > steps + 1 and len(frames) * frame.image.nbytes > _WINDOW_BYTES:
                del frames[0]
                from_start = False
            if self._reel.place_s(frame) >= here_s - 1e-4:
                break
        return frames, from_start

    def _sought(self, place_s: float) -> Frame | None:
        """Go to a place; past the end, to the last frame."""
        start_s, duration_s = self._reel.start_s, self._reel.duration_s
        if duration_s is not None:
            place_s = min(place_s, start_s + max(duration_s - self._reel.frame_time_s / 2, 0))
        for back_s in (0.0, *_LOOK_BACK_S):
            from_s = max(place_s - back_s, start_s)
            try:
                self._reel.go_to(from_s)
            except SourceError as error:
                if from_s > start_s:
                    continue
                self._say(message_of(error))
                self._go(PlayState.ENDED)
                return None
            frame = last = self._next_readable()
            while back_s and last is not None and not self._closed:
                frame, last = last, self._next_readable()
            if frame is not None:
                self._epoch = new_epoch()
                with self._changed:
                    self._window, self._at, self._new_anchor = [frame], 0, True
                return frame
        return None
