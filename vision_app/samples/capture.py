"""Capturing samples from frames: bursts while a key is held, turns with a countdown, idle frames.

Frames are offered by whoever has them; offering never waits for the disk. One thread of its own encodes and
keeps them, a batch at a time, and only what is on the disk is counted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vision_app.errors import SampleError
from vision_app.messages import Message, message_of
from vision_app.results.values import Frame, ImageU8, Result
from vision_app.samples import clock
from vision_app.samples.crops import Crop, WholeFrame, cut
from vision_app.samples.labels import clean_label
from vision_app.samples.pacing import Pace
from vision_app.samples.pictures import check_size
from vision_app.samples.sample import Sample
from vision_app.samples.store import SampleStore
from vision_app.samples.writing import BatchWriter, Taken

DEFAULT_RATE_HZ = 10.0
IDLE_EVERY_S = 2.0
LEAD_S = 3.0

Phase = Literal["idle", "countdown", "recording", "saving"]
OnSaved = Callable[[Sequence[Sample], Sequence[ImageU8]], None]


@dataclass(frozen=True, slots=True)
class CaptureProgress:
    """How a capture stands.

    Attributes:
        phase: `idle`; `countdown` before a turn; `recording`; `saving`: nothing more is taken, some is on its way.
        label: the class of the burst; "" when idle.
        session: its session.
        counted: samples of this burst that are on the disk.
        taken: frames of this burst that were taken, counted or on their way.
        wanted: how many it shall be; None for as long as it runs.
        dropped: frames that could not be taken because the disk was too slow.
        without_part: frames in which there was nothing to crop.
        left_s: whole seconds until the turn begins, in a countdown.
        turn: number of the turn, from 1; 0 without turns.
        turns: how many turns there are.
        idle_counted: samples of idle frames on the disk, since the session was made.
        problem: why the capture stopped; None when all is well.
    """

    phase: Phase = "idle"
    label: str = ""
    session: str = ""
    counted: int = 0
    taken: int = 0
    wanted: int | None = None
    dropped: int = 0
    without_part: int = 0
    left_s: int = 0
    turn: int = 0
    turns: int = 0
    idle_counted: int = 0
    problem: str | None = None


OnProgress = Callable[[CaptureProgress], None]


@dataclass(frozen=True, slots=True)
class _Turns:
    """Classes that get their samples one after the other."""

    labels: tuple[str, ...]
    count: int
    lead_s: float


class CaptureSession:
    """Fills a store from the frames that it is offered. Every method may be called from any thread.

    Args:
        store: a writable store; it stays open when the session is closed.
        crop: which part of a frame becomes the sample.
        rate_hz: at most that many samples a second; of clip time where frames have one; None for every frame.
        on_progress: told whenever something changed, from any thread; must return soon.
        on_saved: given the samples that have just been counted, with their pictures, from the writing thread.
        monotonic_s: the clock.
    """

    def __init__(
        self,
        store: SampleStore,
        *,
        crop: Crop | None = None,
        rate_hz: float | None = DEFAULT_RATE_HZ,
        on_progress: OnProgress | None = None,
        on_saved: OnSaved | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._crop: Crop = crop or WholeFrame()
        self._pace = Pace(rate_hz)
        self._on_progress = on_progress
        self._on_saved = on_saved
        self._now_s = monotonic_s
        self._changed = threading.Condition()
        self._progress = CaptureProgress()
        self._turns: _Turns | None = None
        self._turn_begins_s = 0.0
        self._idle_label: str | None = None
        self._idle_session = ""
        self._idle_most: int | None = None
        self._idle_taken = 0
        self._idle_every_s = IDLE_EVERY_S
        self._idle_next_s = float("-inf")
        self._on_the_way = 0
        self._closed = False
        self._writer = BatchWriter(store, self._kept, self._lost)

    # -- what to capture ---------------------------------------------------------------------------------

    @property
    def progress(self) -> CaptureProgress:
        """How it stands."""
        with self._changed:
            return self._progress

    def set_crop(self, crop: Crop) -> None:
        """Choose another part of the frames, from the next on."""
        with self._changed:
            self._crop = crop

    def set_rate(self, rate_hz: float | None) -> None:
        """Take more or fewer samples a second, from the next on; None for every frame."""
        with self._changed:
            self._pace = Pace(rate_hz)

    def start_burst(self, label: str, count: int | None = None) -> str:
        """Take samples of a class from now on, in place of whatever was being taken.

        Args:
            label: the class; made when there is none.
            count: end after that many; None until `stop`.

        Returns:
            The session of the burst.

        Raises:
            SampleError: the label cannot be one.
        """
        label = clean_label(label)
        with self._changed:
            self._need_open()
            self._turns = None
            return self._begin(label, count)

    def start_turns(self, labels: Sequence[str], count: int, lead_s: float = LEAD_S) -> None:
        """For one person alone: for each class in turn count down, then take samples.

        Args:
            labels: the classes in the order of the turns.
            count: samples of each.
            lead_s: length of the countdown before each turn, seconds.

        Raises:
            SampleError: a label cannot be one.
        """
        cleaned = tuple(clean_label(label) for label in labels)
        if not cleaned or count < 1:
            raise ValueError(f"turns need classes and a count of at least 1, got {labels} and {count}")
        with self._changed:
            self._need_open()
            self._turns = _Turns(cleaned, count, lead_s)
            self._begin_countdown(1)

    def collect_idle(
        self, label: str | None, *, every_s: float = IDLE_EVERY_S, most: int | None = None
    ) -> None:
        """Take a frame now and then while nothing else is captured: samples of the background class.

        Args:
            label: the background class; None to end.
            every_s: seconds between two frames.
            most: end after that many.

        Raises:
            SampleError: the label cannot be one, or the class cannot be made.
        """
        if label is not None:
            label = self._store.add_class(label, background=True)
        with self._changed:
            self._need_open()
            self._idle_label, self._idle_every_s, self._idle_most = label, every_s, most
            self._idle_session, self._idle_taken = clock.new_session("idle-"), 0
            self._idle_next_s = self._now_s() + every_s

    def stop(self) -> None:
        """Take no more for the burst or the turns; what was taken is still kept."""
        with self._changed:
            self._turns = None
            self._end_burst()

    # -- frames ------------------------------------------------------------------------------------------

    def wants(self, frame: Frame) -> bool:
        """Whether a frame would be taken now, so that a model need not be run for those that would not."""
        with self._changed:
            if self._closed:
                return False
            self._count_down()
            phase = self._progress.phase
            if phase == "recording":
                return self._pace.is_due(self._time_of(frame))
            return phase == "idle" and self._idle_is_due()

    def offer(self, frame: Frame, results: Sequence[Result] = (), *, wait_s: float = 0.0) -> bool:
        """Show a frame to the capture; it is taken when one is due.

        Args:
            frame: its image must not be written again.
            results: what models said about it, for a crop that needs boxes.
            wait_s: how long to wait for room in the queue: 0 for a live source, which drops instead.

        Returns:
            Whether it was taken.

        Raises:
            SampleError: the frame, or the part of it, is too small for a sample.
        """
        with self._changed:
            if self._closed:
                return False
            self._count_down()
            taken = self._due(frame, results)
        if taken is None:
            return False
        if self._writer.put(taken, wait_s):
            return True
        with self._changed:
            self._not_taken(taken)
        return False

    def flush(self, timeout_s: float | None = None) -> bool:
        """Wait until all that was taken is on the disk, or was given up.

        Returns:
            Whether it is.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._on_the_way == 0, timeout_s)

    def close(self) -> None:
        """End; what was taken is kept first."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._turns, self._idle_label = None, None
            self._end_burst()
        self._writer.close()

    def __enter__(self) -> CaptureSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- parts; all of these hold the lock ---------------------------------------------------------------

    def _need_open(self) -> None:
        if self._closed:
            raise ValueError("the capture session is closed")

    def _begin(self, label: str, count: int | None, turn: int = 0) -> str:
        session = clock.new_session()
        turns = len(self._turns.labels) if self._turns else 0
        self._pace.reset()
        self._tell(
            CaptureProgress(
                "recording",
                label,
                session,
                wanted=count,
                turn=turn,
                turns=turns,
                idle_counted=self._progress.idle_counted,
            )
        )
        return session

    def _begin_countdown(self, turn: int) -> None:
        assert self._turns is not None
        self._turn_begins_s = self._now_s() + self._turns.lead_s
        self._tell(
            CaptureProgress(
                "countdown",
                self._turns.labels[turn - 1],
                wanted=self._turns.count,
                turn=turn,
                turns=len(self._turns.labels),
                left_s=_whole(self._turns.lead_s),
                idle_counted=self._progress.idle_counted,
            )
        )

    def _count_down(self) -> None:
        now, turns = self._progress, self._turns
        if now.phase != "countdown" or turns is None:
            return
        left_s = self._turn_begins_s - self._now_s()
        if left_s <= 0:
            self._begin(now.label, turns.count, now.turn)
        elif _whole(left_s) != now.left_s:
            self._tell(replace(now, left_s=_whole(left_s)))

    def _due(self, frame: Frame, results: Sequence[Result]) -> Taken | None:
        if self._progress.phase == "recording":
            return self._due_for_burst(frame, results)
        if self._progress.phase == "idle" and self._idle_label is not None:
            return self._due_idle(frame, results)
        return None

    def _due_for_burst(self, frame: Frame, results: Sequence[Result]) -> Taken | None:
        at_s = self._time_of(frame)
        if not self._pace.is_due(at_s):
            return None
        now = self._progress
        part = cut(frame.image, self._crop, results)
        if part is None:
            self._tell(replace(now, without_part=now.without_part + 1))
            return None
        image, record = part
        self._check(image, frame)
        self._pace.took(at_s)
        taken = Taken(now.label, now.session, image, record, frame.source_id, idle=False)
        self._on_the_way += 1
        after = replace(now, taken=now.taken + 1)
        full = after.wanted is not None and after.taken >= after.wanted
        self._tell(replace(after, phase="saving") if full else after)
        return taken

    def _time_of(self, frame: Frame) -> float:
        return self._now_s() if frame.position_s is None else frame.position_s

    def _idle_is_due(self) -> bool:
        enough = self._idle_most is not None and self._idle_taken >= self._idle_most
        return self._idle_label is not None and not enough and self._now_s() >= self._idle_next_s

    def _due_idle(self, frame: Frame, results: Sequence[Result]) -> Taken | None:
        assert self._idle_label is not None
        if not self._idle_is_due():
            return None
        part = cut(frame.image, self._crop, results)
        if part is None:  # no object to crop to: that is what an idle frame looks like
            part = cut(frame.image, WholeFrame())
        assert part is not None
        self._check(part[0], frame)
        self._idle_next_s = self._now_s() + self._idle_every_s
        self._idle_taken += 1
        self._on_the_way += 1
        return Taken(self._idle_label, self._idle_session, *part, frame.source_id, idle=True)

    def _check(self, image: ImageU8, frame: Frame) -> None:
        try:
            check_size(
                (image.shape[1], image.shape[0]),
                Message("of {source_id}", source_id=frame.source_id or Message("the source")),
            )
        except SampleError as error:
            self._fail(message_of(error))
            raise

    def _not_taken(self, taken: Taken) -> None:
        self._on_the_way -= 1
        now = self._progress
        if taken.idle:
            self._idle_taken -= 1
        elif now.session == taken.session:
            phase: Phase = "recording" if now.phase == "saving" else now.phase
            self._tell(replace(now, phase=phase, taken=now.taken - 1, dropped=now.dropped + 1))
        self._changed.notify_all()

    def _end_burst(self) -> None:
        now = self._progress
        if now.phase == "countdown":
            self._tell(CaptureProgress(idle_counted=now.idle_counted))
        elif now.phase == "recording":
            self._tell(replace(now, phase="saving", wanted=now.taken))
            self._settle()

    def _settle(self) -> None:
        """Pass from saving to the next turn, or to rest, once all that was taken is counted."""
        now = self._progress
        if now.phase != "saving" or now.counted < now.taken:
            return
        if self._turns is not None and now.turn < now.turns:
            self._begin_countdown(now.turn + 1)
            return
        self._turns = None
        self._tell(replace(now, phase="idle"))

    def _fail(self, problem: str) -> None:
        now = self._progress
        self._turns, self._idle_label = None, None
        self._tell(replace(now, phase="idle", taken=now.counted, problem=problem))

    def _tell(self, progress: CaptureProgress) -> None:
        self._progress = progress
        if self._on_progress is not None:
            self._on_progress(progress)

    # -- told by the writing thread ----------------------------------------------------------------------

    def _kept(self, batch: Sequence[Taken], samples: Sequence[Sample]) -> None:
        with self._changed:
            now = self._progress
            idle = sum(t.idle for t in batch)
            own = sum(t.session == now.session and not t.idle for t in batch)
            self._tell(replace(now, counted=now.counted + own, idle_counted=now.idle_counted + idle))
            self._settle()
        try:
            if self._on_saved is not None:
                self._on_saved(samples, [t.image for t in batch])
        except Exception as error:  # noqa: BLE001  # the samples are safe, and the thread must live
            with self._changed:
                self._fail(Message("the samples are kept, but: {error}", error=error))
        with self._changed:
            self._on_the_way -= len(batch)
            self._changed.notify_all()

    def _lost(self, batch: Sequence[Taken], problem: str) -> None:
        with self._changed:
            self._on_the_way -= len(batch)
            if self._progress.problem is None:
                self._fail(problem)
            self._changed.notify_all()


def _whole(seconds: float) -> int:
    return max(1, int(-(-seconds // 1)))
