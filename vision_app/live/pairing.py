"""Which results go with which frame: a model answers late, and not on every frame."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from vision_app.live.breaks import has_same_outlines
from vision_app.live.cuts import distance, is_cut, is_flat, sketch_of
from vision_app.results.values import FloatArray, Frame, Result

_JUMP_S = 2.0
_SMOOTHING = 0.1
_LONGEST_SAMPLE_S = 1.0
_MOST_UNANSWERED = 512


@dataclass(frozen=True, slots=True)
class Answered:
    """What the models said of a frame.

    Attributes:
        frame: the frame.
        answers: results by slot.
        sketch: the picture in small.
        scene: another number than that of the answer before when the two pictures are of different scenes, or too
            unlike to tell: at a cut, behind a fade, once a camera has turned. Smoothing over time then begins anew.
    """

    frame: Frame
    answers: tuple[tuple[int, Result], ...]
    sketch: FloatArray
    scene: int = 0


class Pairing:
    """Keeps the latest answers and finds the ones for a frame. Not safe from threads: the scene's lock guards it.

    A frame without results of its own is given those of the frame before or after it, whichever it is more like.
    At a cut that is the one on its own side, in a fade the one that is nearer in the mixture, and in one scene the
    one that is nearer in time. While nothing later has been answered, there is only the one before: it is taken
    unless a cut was seen in between.
    """

    def __init__(self) -> None:
        self._said: deque[Answered] = deque()
        self._first: Answered | None = None
        self._scene = 0
        self._unanswered_s: deque[float] = deque(maxlen=_MOST_UNANSWERED)
        self._lag_s: float | None = None
        self._work_s = 0.0

    @property
    def newest(self) -> Answered | None:
        """What was said last."""
        return self._said[-1] if self._said else None

    @property
    def lag_s(self) -> float | None:
        """Seconds until a frame, or a later one, is answered, smoothed; None before there is a measurement."""
        return self._lag_s

    def begin(self) -> None:
        """Another source: nothing from before it goes with its frames."""
        self._said.clear()
        self._first = None
        self._unanswered_s.clear()
        self._lag_s = None

    def see(self, frame: Frame) -> None:
        """Another frame, in the order of their capture."""
        self._unanswered_s.append(frame.captured_s)

    def answer(self, said: Answered, now_s: float, work_s: float) -> None:
        """Another answer, in the order of the frames; `work_s` is what models take, seconds."""
        if self._first is None or not self._is_same_scene(self._first, said):
            self._first, self._scene = said, self._scene + 1
        self._said.append(replace(said, scene=self._scene))
        self._work_s = work_s
        if not self.is_decided_at(self._unanswered_s[0] if self._unanswered_s else None):
            return
        waited_s = min(now_s - self._unanswered_s[0], _LONGEST_SAMPLE_S)
        while self._unanswered_s and self._unanswered_s[0] <= said.frame.captured_s:
            self._unanswered_s.popleft()
        known_s = waited_s if self._lag_s is None else self._lag_s
        self._lag_s = known_s + _SMOOTHING * (waited_s - known_s)

    def is_decided(self, frame: Frame) -> bool:
        """Whether it, or a later frame, was answered: nothing better will come for it."""
        return self.is_decided_at(frame.captured_s)

    def is_decided_at(self, captured_s: float | None) -> bool:
        """The same of a frame of that time; False for None."""
        return captured_s is not None and bool(self._said) and self._said[-1].frame.captured_s >= captured_s

    def has_own(self, frame: Frame) -> bool:
        """Whether it was itself answered."""
        return any(said.frame.captured_s == frame.captured_s for said in self._said)

    def forget_before(self, shown: Frame) -> None:
        """Let go of answers that no frame from this one on can need."""
        while len(self._said) > 1 and self._said[1].frame.captured_s <= shown.captured_s:
            self._said.popleft()

    def of(self, frame: Frame, *, late: bool = False) -> Answered | None:
        """What goes with a frame; None where nothing does.

        Args:
            frame: the frame.
            late: a later answer should have been there by now: the one before is taken only if the two pictures are
                alike, for in a fade no two pictures in a row are unlike.
        """
        before = after = None
        for said in self._said:
            if not self._go_together(said.frame, frame):
                continue
            if said.frame.index <= frame.index:
                before = said
            elif after is None:
                after = said
        if before is not None and before.frame.index == frame.index:
            return before
        if before is None:
            return after
        if after is None:
            return before if self._goes_on(before, frame, late=late) else None
        sketch = sketch_of(frame.image)
        return before if distance(before.sketch, sketch) <= distance(after.sketch, sketch) else after

    @staticmethod
    def _goes_on(before: Answered, shown: Frame, *, late: bool) -> bool:
        """Whether an old answer is still right where nothing later is known.

        Until the picture breaks, whatever moves in it; then for as long as it has the same outlines.
        """
        broken = _is_broken(before.frame, shown)
        if not (broken or late):
            return True
        sketch = sketch_of(shown.image)
        if broken and not has_same_outlines(before.sketch, sketch):
            return False
        return not (late and is_cut(before.sketch, sketch))

    @staticmethod
    def _is_same_scene(first: Answered, said: Answered) -> bool:
        """Whether an answer goes on with the scene of another one. A picture with nothing in it belongs to any."""
        if _stretch(first.frame) != _stretch(said.frame) or is_flat(first.sketch):
            return False
        if is_flat(said.sketch):
            return True
        if _is_broken(first.frame, said.frame) and not has_same_outlines(first.sketch, said.sketch):
            return False
        return not is_cut(first.sketch, said.sketch)

    def _go_together(self, answered: Frame, shown: Frame) -> bool:
        """Whether results of one frame may be drawn on another: not across images, jumps in a clip, turns, cuts."""
        if _stretch(answered) != _stretch(shown):
            return False
        if answered.position_s is None or shown.position_s is None:
            return True
        return abs(shown.position_s - answered.position_s) <= _JUMP_S + 4 * self._work_s


def _is_broken(before: Frame, after: Frame) -> bool:
    """Whether the picture has changed everywhere at once since a frame."""
    return after.broken_s is not None and after.broken_s > before.captured_s


def _stretch(frame: Frame) -> tuple[str | None, int, int]:
    """What is the same for pictures between which nothing was changed, skipped or cut."""
    return frame.file, frame.epoch, frame.scene
