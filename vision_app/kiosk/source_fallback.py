"""Keeps a picture on the screen: the source is looked for again and again, the shipped clip helps out."""

from __future__ import annotations

from collections.abc import Callable

from vision_app.live.status import SourceState, SourceStatus
from vision_app.sources.base import SourceInfo
from vision_app.sources.urls import source_id

FIRST_RETRY_S = 3.0
LONGEST_RETRY_S = 15.0
LOST_BEFORE_FALLBACK_S = 4.0
PICTURES_STOP_S = 2.5
"""So long without a picture, and a placeholder screen is shown."""
_OPENING_TOO_LONG_S = 60.0
_SLOW_FPS = 2.0


class SourceFallback:
    """Decides which source is opened when.

    Args:
        main: the source of the programme.
        fallback: what is shown while that cannot be had; "" for nothing.
        open_source: opens a source; returns at once.
        clock: monotonic seconds.
    """

    def __init__(
        self, main: str, fallback: str, open_source: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self._main, self._fallback = main, "" if fallback == main else fallback
        self._open_source, self._clock = open_source, clock
        self._status = SourceStatus()
        self._info: SourceInfo | None = None
        self._asked = ""
        self._asked_s = clock()
        self._retry_s = FIRST_RETRY_S
        self._next_try_s: float | None = clock()
        self._lost_s: float | None = None
        self._picture_s: float | None = None

    @property
    def on_fallback(self) -> bool:
        """Whether the shipped clip helps out at the moment."""
        return bool(self._fallback) and self._status.running_id == source_id(self._fallback)

    @property
    def running_id(self) -> str:
        """The source whose pictures are shown."""
        return self._status.running_id

    @property
    def live(self) -> bool:
        """Whether the pictures are those of a camera or stream."""
        return self._info is not None and self._info.live and not self.on_fallback

    @property
    def pictures(self) -> bool:
        """Whether there are pictures to show."""
        if self._picture_s is None:
            return False
        return not self._moves or self._clock() - self._picture_s < PICTURES_STOP_S

    @property
    def wanted(self) -> bool:
        """Whether new pictures should be coming now; if none does, something hangs."""
        if self._status.state is SourceState.OPENING and not self._status.running_id:
            # an attempt to connect ends by itself, with a time-out; one that does not is a thread that hangs
            return self._clock() - self._asked_s > _OPENING_TOO_LONG_S
        return self._moves and (self._status.state is SourceState.RUNNING or self.on_fallback)

    @property
    def _moves(self) -> bool:
        """Whether the source gives picture after picture, unlike a photo or a very slow camera."""
        info = self._info
        if not self._status.running_id:
            return True
        return info is None or (info.kind != "images" and (info.fps is None or info.fps >= _SLOW_FPS))

    def picture(self) -> None:
        """A picture came."""
        self._picture_s = self._clock()

    def told(self, status: SourceStatus) -> None:
        """The source changed its state."""
        if status.info is not None or not status.running_id:
            self._info = status.info
        self._status = status
        now_s = self._clock()
        main_runs = status.running_id == source_id(self._main)
        if status.state is SourceState.RUNNING and main_runs:
            self._lost_s = self._next_try_s = None
            self._retry_s = FIRST_RETRY_S
        elif status.state is SourceState.LOST and main_runs:
            self._lost_s = now_s if self._lost_s is None else self._lost_s
        elif status.state in (SourceState.FAILED, SourceState.ENDED, SourceState.EMPTY):
            self._after_failure(status, now_s)
        elif status.state is SourceState.RUNNING and self.on_fallback:
            self._plan(now_s)

    def tick(self) -> None:
        """Open what has to be opened now."""
        now_s = self._clock()
        if self._lost_s is not None and self._fallback and now_s - self._lost_s > LOST_BEFORE_FALLBACK_S:
            # a lost camera looks for itself; while the clip plays, it is looked for from here
            self._lost_s = None
            self._ask(self._fallback)
            self._plan(now_s)
        elif self._next_try_s is not None and now_s >= self._next_try_s:
            self._next_try_s = None
            self._ask(self._main)

    def _after_failure(self, status: SourceStatus, now_s: float) -> None:
        helps = bool(self._fallback) and not self.on_fallback and self._asked == self._main
        if status.state is SourceState.FAILED and helps:
            self._ask(self._fallback)
        self._plan(now_s)

    def _plan(self, now_s: float) -> None:
        if self._next_try_s is None:
            self._next_try_s = now_s + self._retry_s
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)

    def _ask(self, spec: str) -> None:
        self._asked, self._asked_s = spec, self._clock()
        self._open_source(spec)
