"""What there is to see: the newest frame, the newest results, and how they are to be drawn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vision_app import overlay
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
_SMOOTHING = 0.2
_JUMP_S = 2.0


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
    """

    frame: Frame
    results: tuple[Result, ...]
    result_frame: Frame | None
    look: Look
    fresh: bool

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


class Scene:
    """Holds it; safe from every thread. One painter at a time waits for something new.

    A frame is worth a picture at once, unless its own results are so near that waiting for them costs less than
    a frame time: then boxes lie where the objects are, and each frame is drawn once instead of twice.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._epoch = 0
        self._frame: Frame | None = None
        self._fresh_s = 0.0
        self._answers: tuple[tuple[int, Result], ...] = ()
        self._answered: Frame | None = None
        self._slots: frozenset[int] = frozenset()
        self._look = Look()
        self._work_s = 0.0
        self._fresh = False
        self._repaint_s: float | None = None
        self._closed = False

    def begin(self, epoch: int) -> None:
        """A new source: what still comes from the ones before it is no longer heeded."""
        with self._changed:
            self._epoch = epoch
            self._answers, self._answered = (), None
            self._work_s = 0.0

    def clear(self) -> None:
        """Nothing to see any more."""
        with self._changed:
            self._frame = self._answered = None
            self._answers = ()
            self._fresh, self._repaint_s = False, None

    def put_frame(self, epoch: int, frame: Frame) -> bool:
        """The newest frame; False when it is of a source that has been replaced."""
        with self._changed:
            if epoch != self._epoch or self._closed:
                return False
            if not self._fresh:  # else a model that has come to a stop would hold back frame after frame
                self._fresh_s = time.perf_counter()
            self._frame, self._fresh = frame, True
            self._changed.notify_all()
            return True

    def put_answers(
        self, epoch: int, frame: Frame, answers: tuple[tuple[int, Result], ...], work_s: float
    ) -> bool:
        """Results by slot, and how long the models worked; False when they are of a replaced source."""
        with self._changed:
            if epoch != self._epoch or self._closed:
                return False
            self._answers, self._answered = answers, frame
            self._work_s += _SMOOTHING * (work_s - self._work_s)
            if answers or self._slots:
                self._ask_for_paint(time.perf_counter() + (0 if self._fresh else _LONGEST_HOLD_S))
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
        """What there is to see at this moment; None when there is no frame."""
        with self._changed:
            return self._shot(fresh=self._fresh)

    def wait_for_paint(self, earliest_s: float) -> Shot | None:
        """Wait until a picture is due, not before `earliest_s` on the monotonic clock; None at the end."""
        with self._changed:
            while not self._closed:
                due_s = self._due_s()
                now_s = time.perf_counter()
                if due_s is not None:
                    due_s = max(due_s, earliest_s)
                    if due_s <= now_s and (shot := self._shot(fresh=self._fresh)) is not None:
                        self._fresh, self._repaint_s = False, None
                        return shot
                self._changed.wait(None if due_s is None else max(due_s - now_s, 0))
            return None

    def _ask_for_paint(self, due_s: float) -> None:
        self._repaint_s = due_s if self._repaint_s is None else min(self._repaint_s, due_s)
        self._changed.notify_all()

    def _due_s(self) -> float | None:
        if self._frame is None:
            return None
        wanted = [] if self._repaint_s is None else [self._repaint_s]
        if self._fresh:
            wanted.append(self._fresh_s + self._hold_s())
        return min(wanted, default=None)

    def _hold_s(self) -> float:
        """How long a new frame waits for its own results."""
        if not self._slots or self._answered is self._frame or self._work_s == 0.0:
            return 0.0
        hold_s = _HOLD_FACTOR * self._work_s + _MARGIN_S
        return hold_s if hold_s <= _LONGEST_HOLD_S else 0.0

    def _shot(self, *, fresh: bool) -> Shot | None:
        if self._frame is None:
            return None
        results: tuple[Result, ...] = ()
        if self._answered is not None and _go_together(self._answered, self._frame, self._work_s):
            results = tuple(result for slot, result in self._answers if slot in self._slots)
        answered = self._answered if results else None
        return Shot(self._frame, results, answered, self._look, fresh)


def _go_together(answered: Frame, shown: Frame, work_s: float) -> bool:
    """Whether results of one frame may be drawn on another: not across images, a jump in a clip, or a turn."""
    if (answered.file, answered.epoch) != (shown.file, shown.epoch):
        return False
    if answered.position_s is None or shown.position_s is None:
        return True
    return 0 <= shown.position_s - answered.position_s <= _JUMP_S + 4 * work_s
