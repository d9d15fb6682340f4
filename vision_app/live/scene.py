"""What there is to see: the newest frame, the newest results, and how they are to be drawn."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vision_app import overlay
from vision_app.live.cuts import sketch_of
from vision_app.live.pairing import Answered, Pairing
from vision_app.overlay.style import DEFAULT_STYLE, Style
from vision_app.results.affine import Affine
from vision_app.results.values import Frame, ImageU8, Result

PictureFilter = Callable[[Frame, tuple[Result, ...]], ImageU8]
"""Makes the picture that is shown instead of the frame's: (H, W, 3) uint8 BGR, of any size; it may blur faces, say.
The frame's own image must not be written."""

ResultMap = Callable[[tuple[int, int], tuple[int, int]], Affine | None]
"""From a frame of a size to the picture of another size that is shown of it; None where no result fits on it."""

_LONGEST_HOLD_S = 0.025
_MARGIN_S = 0.003
_HOLD_FACTOR = 1.25
_LONGEST_AHEAD_S = 0.5
_PLAYS_S = 1.5
_MOST_WAITING_BYTES = 64 << 20
_SMOOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Look:
    """How things are drawn.

    Attributes:
        view_wh: size of the area on the screen, in its own pixels; None for the size of the frame.
        style: text and lines.
        draw: whether results are drawn at all.
        picture_filter: what is done to a frame before anything is drawn.
        result_map: where results lie in the picture that it makes; None where it only scales.
    """

    view_wh: tuple[int, int] | None = None
    style: Style = DEFAULT_STYLE
    draw: bool = True
    picture_filter: PictureFilter | None = None
    result_map: ResultMap | None = None

    def placed(
        self, results: tuple[Result, ...], frame_wh: tuple[int, int], picture_wh: tuple[int, int]
    ) -> tuple[Result, ...]:
        """The results in the pixels of a picture of the frame; none where they do not fit on it."""
        if self.result_map is not None:
            map_ = self.result_map(frame_wh, picture_wh)
            return () if map_ is None else tuple(result.mapped(map_) for result in results)
        if frame_wh == picture_wh:
            return results
        map_ = Affine.scale(picture_wh[0] / frame_wh[0], picture_wh[1] / frame_wh[1])
        return tuple(result.mapped(map_) for result in results)


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame with the results that go with it, at one moment.

    Attributes:
        frame: the newest frame.
        results: of the models that are on the screen, in the order of their slots.
        result_frame: the frame that the results are of; None when there are none.
        look: how they are to be drawn.
        fresh: whether this frame has not been painted before.
        scene: number of the scene that the results are of: with another one, what is smoothed over time begins anew.
            None when there are none.
    """

    frame: Frame
    results: tuple[Result, ...]
    result_frame: Frame | None
    look: Look
    fresh: bool
    scene: int | None = None

    @property
    def result_age_s(self) -> float | None:
        """How much older than the frame the frame of the results is, seconds; None without results."""
        if self.result_frame is None:
            return None
        return max(self.frame.captured_s - self.result_frame.captured_s, 0.0)

    def filtered(self) -> ImageU8:
        """The picture as the filter wants it, else the frame's own."""
        picture_filter = self.look.picture_filter
        return self.frame.image if picture_filter is None else picture_filter(self.frame, self.results)

    def full_size(self, *, annotated: bool) -> ImageU8:
        """The picture in the pixels of the frame, filtered; with the results on it if wanted. Not to be written."""
        image = self.filtered()
        if not annotated:
            return image
        results = self.look.placed(self.results, self.frame.size_wh, (image.shape[1], image.shape[0]))
        return overlay.render(image, results, style=self.look.style)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A frame that has not been painted.

    Attributes:
        frame: the frame.
        since_s: since when, monotonic clock, seconds.
        ahead: whether it waits until it, or a later one, is answered.
        rare: whether the frame before it came longer ago than that takes.
    """

    frame: Frame
    since_s: float
    ahead: bool = False
    rare: bool = False


class Scene:
    """Holds it; safe from every thread. One painter at a time waits for something new.

    A live frame is worth a picture at once, unless its own results are so near that waiting for them costs less than
    a frame time: then boxes lie where the objects are, and each frame is drawn once instead of twice. Frames of a
    clip that plays wait longer, all for the same time, so that results of later frames are known too (decision 0044).
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._epoch = 0
        self._frame: Frame | None = None
        self._arrived_s = 0.0
        self._painted: _Waiting | None = None
        self._waiting: deque[_Waiting] = deque()
        self._pairing = Pairing()
        self._slots: frozenset[int] = frozenset()
        self._look = Look()
        self._work_s = 0.0
        self._repaint_s: float | None = None
        self._closed = False

    def begin(self, epoch: int) -> None:
        """A new source: what still comes from the ones before it is no longer heeded."""
        with self._changed:
            self._epoch = epoch
            self._pairing.begin()
            self._work_s = 0.0
            while len(self._waiting) > 1:
                self._waiting.popleft()

    def clear(self) -> None:
        """Nothing to see any more."""
        with self._changed:
            self._frame = self._painted = self._repaint_s = None
            self._waiting.clear()
            self._pairing.begin()

    def put_frame(self, epoch: int, frame: Frame) -> bool:
        """The newest frame; False when it is of a source that has been replaced."""
        with self._changed:
            if epoch != self._epoch or self._closed:
                return False
            if self._slots:
                self._pairing.see(frame)
            self._queue(frame, time.perf_counter())
            self._changed.notify_all()
            return True

    def _queue(self, frame: Frame, now_s: float) -> None:
        """Let it wait to be painted."""
        gap_s, before = now_s - self._arrived_s, self._frame
        self._frame, self._arrived_s = frame, now_s
        plays = frame.position_s is not None and not frame.again and gap_s < _PLAYS_S
        ahead = plays and before is not None and (before.file, before.epoch) == (frame.file, frame.epoch)
        since_s = now_s
        if not ahead and self._waiting and not self._waiting[-1].ahead:
            # else a model that has come to a stop would hold back frame after frame
            since_s = self._waiting.pop().since_s
        self._waiting.append(_Waiting(frame, since_s, ahead, gap_s > self._ahead_s()))
        while len(self._waiting) > 1 and self._waiting_bytes() > 2 * _MOST_WAITING_BYTES:
            self._waiting.popleft()

    def put_answers(
        self, epoch: int, frame: Frame, answers: tuple[tuple[int, Result], ...], work_s: float
    ) -> bool:
        """Results by slot, and how long the models worked; False when they are of a replaced source."""
        said = Answered(frame, answers, sketch_of(frame.image))
        with self._changed:
            if epoch != self._epoch or self._closed:
                return False
            now_s = time.perf_counter()
            self._work_s += _SMOOTHING * (work_s - self._work_s)
            self._pairing.answer(said, now_s, self._work_s)
            self._forget()
            if self._waiting and self._waiting[0].ahead:
                self._changed.notify_all()
            elif answers or self._slots:
                self._ask_for_paint(now_s + (0 if self._waiting else _LONGEST_HOLD_S))
            return True

    def set_slots(self, slots: Iterable[int]) -> None:
        """Which models are on the screen: results of others vanish."""
        with self._changed:
            self._slots = frozenset(slots)
            self._ask_for_paint(time.perf_counter())

    @property
    def look(self) -> Look:
        """How things are drawn."""
        return self._look

    def change_look(self, change: Callable[[Look], Look]) -> None:
        """Draw otherwise from now on."""
        with self._changed:
            self._look = change(self._look)
            self._ask_for_paint(time.perf_counter())

    def repaint(self) -> None:
        """Make a picture even though nothing has changed."""
        with self._changed:
            self._ask_for_paint(time.perf_counter())

    def close(self) -> None:
        """Nothing will be painted any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def now(self) -> Shot | None:
        """The newest frame with what is known of it; None when there is no frame."""
        with self._changed:
            return (
                None
                if self._frame is None
                else self._shot(_Waiting(self._frame, 0), fresh=bool(self._waiting))
            )

    def on_screen(self) -> Shot | None:
        """What was painted last; the newest frame before anything was. None when there is no frame."""
        with self._changed:
            return self.now() if self._painted is None else self._shot(self._painted, fresh=False)

    def wait_for_paint(self, earliest_s: float) -> Shot | None:
        """Wait until a picture is due, not before `earliest_s` on the monotonic clock; None at the end."""
        with self._changed:
            while not self._closed:
                due_s = self._due_s()
                now_s = time.perf_counter()
                if due_s is not None:
                    due_s = max(due_s, earliest_s)
                    if due_s <= now_s:
                        return self._take(now_s)
                self._changed.wait(None if due_s is None else max(due_s - now_s, 0))
            return None

    def _ask_for_paint(self, due_s: float) -> None:
        self._repaint_s = due_s if self._repaint_s is None else min(self._repaint_s, due_s)
        self._changed.notify_all()

    def _due_s(self) -> float | None:
        if self._frame is None:
            return None
        wanted = [] if self._repaint_s is None else [self._repaint_s]
        if self._waiting:
            wanted.append(self._due_of(self._waiting[0]))
        return min(wanted, default=None)

    def _due_of(self, waiting: _Waiting) -> float:
        """When a frame is to be painted: not before its results are there, where those are near enough."""
        if not self._slots:
            return waiting.since_s
        if not waiting.ahead:
            return waiting.since_s + self._hold_s(waiting.frame)
        known_early = waiting.rare and self._pairing.has_own(waiting.frame)
        if known_early or self._waiting_bytes() > _MOST_WAITING_BYTES:
            return waiting.since_s
        hold_s = self._ahead_s()
        if not self._pairing.is_decided(waiting.frame):
            hold_s = min(2 * hold_s, _LONGEST_AHEAD_S)
        return waiting.since_s + hold_s

    def _hold_s(self, frame: Frame) -> float:
        """How long a new frame waits for its own results."""
        if self._work_s == 0.0 or self._pairing.has_own(frame):
            return 0.0
        hold_s = _HOLD_FACTOR * self._work_s + _MARGIN_S
        return hold_s if hold_s <= _LONGEST_HOLD_S else 0.0

    def _ahead_s(self) -> float:
        """How long each frame of a clip waits; 0 where models take so long that nobody would wait for them."""
        lag_s = self._pairing.lag_s
        if lag_s is None or _HOLD_FACTOR * lag_s > _LONGEST_AHEAD_S:
            return 0.0
        return min(_HOLD_FACTOR * lag_s + _MARGIN_S, _LONGEST_AHEAD_S)

    def _waiting_bytes(self) -> int:
        return sum(waiting.frame.image.nbytes for waiting in self._waiting)

    def _take(self, now_s: float) -> Shot:
        """The frame that is due, or the one from before once more."""
        waiting, again = self._waiting, self._painted
        fresh = bool(waiting) and (again is None or not waiting[0].ahead or self._due_of(waiting[0]) <= now_s)
        if fresh:
            while len(waiting) > 1 and self._due_of(waiting[1]) <= now_s:
                waiting.popleft()
            self._painted = again = waiting.popleft()
            self._forget()
        assert again is not None, "something is due, so there is a frame"
        self._repaint_s = None
        return self._shot(again, fresh=fresh)

    def _forget(self) -> None:
        """Keep only those answers that frames from the one on the screen on can need."""
        oldest = self._frame if self._painted is None else self._painted.frame
        if oldest is not None:
            self._pairing.forget_before(oldest)

    def _shot(self, shown: _Waiting, *, fresh: bool) -> Shot:
        frame = shown.frame
        said = self._pairing.of(frame, late=shown.ahead and self._ahead_s() > 0)
        results: tuple[Result, ...] = ()
        if said is not None:
            results = tuple(result for slot, result in said.answers if slot in self._slots)
        if said is None or not results:
            return Shot(frame, (), None, self._look, fresh)
        return Shot(frame, results, said.frame, self._look, fresh, said.scene)
