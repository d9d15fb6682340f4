"""Recording movements from live frames: while a key is held, or after a countdown; and what lies between them.

Frames are looked at in a thread of its own, only while something is recorded. A movement is counted once its file and
its line in the manifest are on the disk; one that is being made when the program is killed is not.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from vision_app.engine.rows import Looker, tracks_of
from vision_app.engine.stages import Flow
from vision_app.errors import SampleError, VisionError
from vision_app.messages import message_of
from vision_app.results.values import FloatArray, Frame
from vision_app.samples import clock
from vision_app.samples.labels import clean_label
from vision_app.samples.movement_cutting import IDLE_PIECE_S, LEAST_FRAMES, LONGEST_S
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.sample import Sample, new_movement
from vision_app.samples.store import SampleStore
from vision_app.sequences.recorded import Recorded

LEAD_S = 3.0
"""Countdown before the first movement of a class."""
TAKE_S = 2.0
"""Length of a movement that is recorded after a countdown."""
PAUSE_S = 1.5
"""Between two movements of one class."""
IDLE_EVERY_S = 4.0
"""Between two pieces of what lies between movements."""
_MOST_WAITING = 90
_JPEG_QUALITY = 85

Phase = Literal["idle", "countdown", "recording"]


@dataclass(frozen=True, slots=True)
class MovementProgress:
    """How a recording stands.

    Attributes:
        phase: nothing is recorded, a countdown runs, or a movement is recorded.
        label: the class that it is about.
        seconds: length of the movement so far.
        counted: movements that are on the disk, of this class in one go.
        wanted: how many there are to be; None while a key is held.
        left_s: whole seconds until the next movement, in a countdown.
        idle_counted: pieces of what lies between movements that are on the disk.
        dropped: frames that were not looked at, because that took too long.
        problem: why the last movement was not kept; None when all is well.
    """

    phase: Phase = "idle"
    label: str = ""
    seconds: float = 0.0
    counted: int = 0
    wanted: int | None = None
    left_s: int = 0
    idle_counted: int = 0
    dropped: int = 0
    problem: str | None = None


@dataclass(slots=True)
class _Take:
    """What is being recorded."""

    label: str
    session: str
    epoch: int | None = None
    source_id: str = ""
    looked: Any = None
    times: list[float] = field(default_factory=list)
    rows: dict[str, list[FloatArray]] = field(default_factory=dict)
    jpegs: list[bytes] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From its first frame to its last."""
        return self.times[-1] - self.times[0] if self.times else 0.0


@dataclass(slots=True)
class _Turns:
    """Movements that are recorded one after the other, each after a countdown."""

    labels: tuple[str, ...]
    count: int
    take_s: float
    begins_s: float
    done: int = 0


_Command = tuple[str, Any]


class MovementCapture:
    """Fills a store with movements from the frames that it is offered. Every method may be called from any thread.

    Args:
        store: a writable store; it stays open when this is closed.
        base: what is looked at: `hands`, `body`, `hands+body`, or the name of a classifier.
        load: makes what looks at frames for a base.
        on_progress: told whenever something changed, from the thread that records; must return soon.
        on_saved: given each movement that has just been counted; nothing, where only a class was made.
        monotonic_s: the clock of countdowns.
    """

    def __init__(
        self,
        store: SampleStore,
        base: str = "hands",
        *,
        load: Callable[[str], Looker] = lambda base: Looker(tracks_of(base)),
        on_progress: Callable[[MovementProgress], None] = lambda _: None,
        on_saved: Callable[[Sequence[Sample]], None] = lambda _: None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._base, self._load = store, base, load
        self._on_progress, self._on_saved, self._now_s = on_progress, on_saved, monotonic_s
        self._lock = threading.Lock()
        self._progress = MovementProgress()
        self._commands: queue.Queue[_Command] = queue.Queue()
        self._waiting = 0
        self._wants_frames = False
        self._pictures = self._busy = False
        self._closed = False
        self._looker: Looker | None = None
        self._take: _Take | None = None
        self._turns: _Turns | None = None
        self._idle: str | None = None
        self._idle_take: _Take | None = None
        self._idle_next_s = -np.inf
        self._thread = threading.Thread(target=self._run, name="movements", daemon=True)
        self._thread.start()

    # what to record -------------------------------------------------------------------------------------

    @property
    def progress(self) -> MovementProgress:
        """How it stands."""
        with self._lock:
            return self._progress

    @property
    def busy(self) -> bool:
        """Whether a movement was begun, or a countdown, and not ended."""
        return self._busy

    def prepare(self) -> None:
        """Load what looks at frames, so that the first movement need not wait for it."""
        self._commands.put(("prepare", None))

    def set_base(self, base: str) -> None:
        """Look at something else from now on."""
        self._commands.put(("base", base))

    def keep_pictures(self, keep: bool) -> None:
        """Keep the pictures of movements from now on, or no more."""
        self._pictures = keep

    def begin(self, label: str) -> None:
        """A movement begins.

        Raises:
            SampleError: the label cannot be one.
        """
        label = clean_label(label)
        self._wants_frames = self._busy = True
        self._commands.put(("begin", label))

    def end(self) -> None:
        """The movement has ended: keep it. Ends a countdown too."""
        self._busy = False
        self._commands.put(("end", None))

    def start_turns(
        self, labels: Sequence[str], count: int, lead_s: float = LEAD_S, take_s: float = TAKE_S
    ) -> None:
        """For one person alone: for each class count down, then record, again and again.

        Args:
            labels: the classes in the order of the turns.
            count: movements of each.
            lead_s: length of the countdown before each class, seconds.
            take_s: length of each movement, seconds.

        Raises:
            SampleError: a label cannot be one.
        """
        cleaned = tuple(clean_label(label) for label in labels)
        if not cleaned or count < 1:
            raise ValueError(f"turns need classes and a count of at least 1, got {labels} and {count}")
        self._wants_frames = self._busy = True
        self._commands.put(("turns", (_Turns(cleaned, count, take_s, self._now_s() + lead_s), lead_s)))

    def collect_idle(self, label: str | None) -> None:
        """Record what lies between movements while nothing else is recorded; None to end."""
        self._wants_frames = self._wants_frames or label is not None
        self._commands.put(("idle", None if label is None else clean_label(label)))

    def offer(self, frame: Frame) -> bool:
        """Show a frame; its image must not be written again.

        Returns:
            Whether it will be looked at.
        """
        if not self._wants_frames or self._closed:
            return False
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                self._progress = replace(self._progress, dropped=self._progress.dropped + 1)
                return False
            self._waiting += 1
        self._commands.put(("frame", frame))
        return True

    def flush(self, timeout_s: float = 60.0) -> bool:
        """Wait until all that was asked before is done.

        Returns:
            Whether it is.
        """
        done = threading.Event()
        self._commands.put(("flush", done))
        return done.wait(timeout_s)

    def close(self) -> None:
        """End. A movement that is being made is not kept."""
        if not self._closed:
            self._closed = True
            self._commands.put(("close", None))
            self._thread.join(30)

    def __enter__(self) -> MovementCapture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            what, more = self._commands.get()
            if what == "close":
                return
            try:
                self._do(what, more)
            except VisionError as error:
                self._fail(error.message)
            except Exception as error:  # noqa: BLE001  # a thread's boundary: it is told, and the thread must live
                self._fail(message_of(error))
            wanted = self._take is not None or self._turns is not None or self._idle is not None
            self._wants_frames = wanted or not self._commands.empty()

    def _do(self, what: str, more: Any) -> None:
        if what == "frame":
            with self._lock:
                self._waiting -= 1
            self._frame(more)
        elif what == "begin":
            self._turns = self._idle_take = None
            self._start(more)
        elif what == "end":
            self._turns = None
            self._finish()
            self._tell(replace(self.progress, phase="idle", left_s=0))
        elif what == "turns":
            self._take = self._idle_take = None
            self._turns, lead_s = more
            left_s = _whole(lead_s)
            self._tell(self._fresh("countdown", self._turns.labels[0], self._turns.count, left_s))
        elif what == "idle":
            self._idle, self._idle_take = more, None
            if more is not None:
                self._store.add_class(more, background=True, movement=True)
                self._on_saved([])
                self._idle_next_s = self._now_s()
        elif what == "base":
            if more != self._base:
                self._base, self._looker, self._take, self._idle_take = more, None, None, None
        elif what == "prepare":
            self._looking()
        elif what == "flush":
            more.set()

    def _looking(self) -> Looker:
        if self._looker is None:
            self._looker = self._load(self._base)
        return self._looker

    def _frame(self, frame: Frame) -> None:
        turns, now_s = self._turns, self._now_s()
        if turns is not None and self._take is None:
            left_s = turns.begins_s - now_s
            if left_s > 0:
                if _whole(left_s) != self.progress.left_s:
                    self._tell(replace(self.progress, left_s=_whole(left_s)))
                return
            self._start(turns.labels[0], keep_count=True)
        if self._take is not None:
            self._look(self._take, frame)
            if turns is not None and self._take is not None and self._take.seconds >= turns.take_s:
                self._turn_over(turns)
        elif self._idle is not None and turns is None:
            self._look_idle(self._idle, frame, now_s)

    def _turn_over(self, turns: _Turns) -> None:
        """One movement of a turn is done: keep it, and go on to the next."""
        before = self.progress.counted
        self._finish()
        turns.done += self.progress.counted - before
        if self.progress.problem is not None:
            self._turns = None
            self._tell(replace(self.progress, phase="idle"))
            return
        pause_s = PAUSE_S
        if turns.done >= turns.count:
            turns.labels, turns.done, pause_s = turns.labels[1:], 0, LEAD_S
            if not turns.labels:
                self._turns = None
                self._tell(replace(self.progress, phase="idle"))
                return
            self._tell(self._fresh("countdown", turns.labels[0], turns.count, _whole(pause_s)))
        else:
            self._tell(replace(self.progress, phase="countdown", left_s=_whole(pause_s)))
        turns.begins_s = self._now_s() + pause_s

    def _start(self, label: str, *, keep_count: bool = False) -> None:
        self._take = _Take(label, clock.new_session())
        if keep_count:
            self._tell(replace(self.progress, phase="recording", seconds=0.0, left_s=0, problem=None))
            return
        same = self.progress.label == label
        fresh = self._fresh("recording", label, None, 0)
        self._tell(replace(fresh, counted=self.progress.counted if same else 0))

    def _fresh(self, phase: Phase, label: str, wanted: int | None, left_s: int) -> MovementProgress:
        now = self.progress
        return MovementProgress(phase, label, wanted=wanted, left_s=left_s, idle_counted=now.idle_counted)

    def _look(self, take: _Take, frame: Frame) -> None:
        """Add a frame to what is recorded."""
        if take.epoch is None:
            take.epoch, take.source_id, take.looked = frame.epoch, frame.source_id, self._looking().start()
        elif take.epoch != frame.epoch:
            self._take = None
            raise SampleError("the source jumped or was changed: this movement was not kept")
        flow = Flow(frame.for_models, frame)
        if take.times and flow.time_s <= take.times[-1]:
            return
        take.looked, looked = self._looking().look(take.looked, flow)
        take.times.append(flow.time_s)
        for name, row in looked.rows.items():
            take.rows.setdefault(name, []).append(row)
        if self._pictures:
            take.jpegs.append(encode_jpeg(frame.image, _JPEG_QUALITY))
        if take is self._take:
            self._tell(replace(self.progress, seconds=take.seconds))
            if take.seconds > LONGEST_S:
                self._take = None
                raise SampleError(
                    "a movement lasts at most {longest:g} s: this one was not kept", longest=LONGEST_S
                )

    def _look_idle(self, label: str, frame: Frame, now_s: float) -> None:
        if now_s < self._idle_next_s:
            return
        take = self._idle_take
        if take is None or take.epoch not in (None, frame.epoch):
            take = self._idle_take = _Take(label, clock.new_session("idle-"))
        self._look(take, frame)
        if take.seconds < IDLE_PIECE_S:
            return
        self._idle_take, self._idle_next_s = None, now_s + IDLE_EVERY_S
        found = _recorded(take)
        if found is not None and found.seen > 0:  # nobody asks a model about what was not seen
            self._keep(take, found)
            self._tell(replace(self.progress, idle_counted=self.progress.idle_counted + 1))

    def _finish(self) -> None:
        """Keep the movement that was being made."""
        take, self._take = self._take, None
        if take is None:
            return
        found = _recorded(take)
        if found is None or len(found) < LEAST_FRAMES:
            raise SampleError("that was too short for a movement: hold the key while you make it")
        if found.seen == 0:
            raise SampleError("nothing of {base} was seen: this movement was not kept", base=self._base)
        self._keep(take, found)
        self._tell(replace(self.progress, counted=self.progress.counted + 1, problem=None))

    def _keep(self, take: _Take, found: Recorded) -> None:
        saved = self._store.add(new_movement(take.label, take.session, found, source_id=take.source_id))
        self._on_saved([saved])

    def _fail(self, problem: str) -> None:
        self._take = self._turns = self._idle_take = None
        self._tell(replace(self.progress, phase="idle", left_s=0, problem=problem))

    def _tell(self, progress: MovementProgress) -> None:
        with self._lock:
            self._progress = replace(progress, dropped=self._progress.dropped)
        self._on_progress(self._progress)


def _recorded(take: _Take) -> Recorded | None:
    if not take.times:
        return None
    jpegs: tuple[bytes, ...] = tuple(take.jpegs) if len(take.jpegs) == len(take.times) else ()
    return Recorded(
        np.array(take.times, np.float64), {name: np.stack(rows) for name, rows in take.rows.items()}, jpegs
    )


def _whole(seconds: float) -> int:
    return max(1, int(-(-seconds // 1)))
