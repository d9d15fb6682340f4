"""The models on the screen: each in a slot, loaded off the hot path, replaced only by one that works."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vision_app.cancelling import Cancellation, CancelledError
from vision_app.engine.build import Built, Surroundings, build
from vision_app.engine.predictors import Follower, LoadedModel, Predictor, Sparing
from vision_app.engine.request import ModelRequest
from vision_app.engine.timing import Durations
from vision_app.errors import VisionError
from vision_app.live.status import ModelState, ModelStatus
from vision_app.messages import Message, message_of
from vision_app.results.values import Frame, ImageU8, Result, Timings
from vision_app.runtime import ThreadPolicy

_log = logging.getLogger(__name__)

_LOADING_AT_ONCE = 2
_LAST_RESULT_S = 0.3
DEFAULT_FRAME_WH = (1280, 720)


class _Fading(Cancellation):
    """A cancellation that can also take effect a little later, without anybody waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._ends_s = math.inf

    def fade(self, seconds: float) -> None:
        """Let what is nearly done be done; it counts as called off after so long."""
        self._ends_s = min(self._ends_s, time.perf_counter() + seconds)

    @property
    def cancelled(self) -> bool:
        """Whether it was called off, or its time is over."""
        return super().cancelled or time.perf_counter() > self._ends_s


class SlotModel:
    """A predictor that knows its slot and how long its inference takes, and can be called off while it works."""

    def __init__(self, slot: int, predictor: Predictor, infer: Durations) -> None:
        self.slot, self.infer = slot, infer
        self._predictor = predictor
        self._cancellation = _Fading()

    name = property(lambda self: self._predictor.name)
    provider = property(lambda self: self._predictor.provider)
    task = property(lambda self: self._predictor.task)

    @property
    def may_rest(self) -> bool:
        """Whether it may be spared frames in which nothing has changed."""
        return getattr(self._predictor, "may_rest", True)

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """What the model says.

        Raises:
            CancelledError: it was called off.
        """
        with self._cancellation.scope():
            return self._noted(self._predictor.predict(image))

    def begin(self, frame: Frame) -> Any:
        """What the model says without the frames before.

        Raises:
            CancelledError: it was called off.
        """
        model = self._predictor
        with self._cancellation.scope():
            return model.begin(frame) if isinstance(model, Follower) else model.predict(frame.for_models)

    def follow(self, begun: Any, frame: Frame) -> tuple[Result, Timings]:
        """What it says of the next frame.

        Raises:
            CancelledError: it was called off.
        """
        model = self._predictor
        if not isinstance(model, Follower):
            return self._noted(begun)
        with self._cancellation.scope():
            return self._noted(model.follow(begun, frame))

    def spares(self, frame: Frame, in_flight: int) -> bool:
        """Whether it need not look at a frame."""
        model = self._predictor
        return isinstance(model, Sparing) and model.spares(frame, in_flight)

    def coast(self, frame: Frame) -> tuple[Result, Timings] | None:
        """What it expects on the next frame; None where it has nothing to go by."""
        model = self._predictor
        return model.coast(frame) if isinstance(model, Sparing) else None

    def _noted(self, answer: tuple[Result, Timings]) -> tuple[Result, Timings]:
        self.infer.add(answer[1].infer_s)
        return answer

    def call_off(self) -> None:
        """What it works on is not wanted any more, nor anything else of it."""
        self._cancellation.cancel()

    def give_way(self) -> None:
        """Another one takes its place: its last result is still welcome, so that none is missing, if it comes soon."""
        self._cancellation.fade(_LAST_RESULT_S)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What runs in a slot, with the parts that a change can use again."""

    built: Built
    predictor: SlotModel

    @property
    def request(self) -> ModelRequest:
        """What it is."""
        return self.built.request


@dataclass(slots=True)
class _Slot:
    """One place; changed only under the lock."""

    number: int
    request: ModelRequest
    attempt: int = 0
    loaded: Loaded | None = None
    pending: ModelRequest | None = None
    loading: Cancellation | None = None
    error: str = ""

    def stop_loading(self) -> None:
        """What is being loaded is not wanted any more."""
        self.attempt += 1
        self.pending = None
        if self.loading is not None:
            self.loading.cancel()
            self.loading = None

    def put(self, loaded: Loaded | None) -> None:
        """Let something else run, or nothing."""
        before, self.loaded = self.loaded, loaded
        if before is None:
            return
        if loaded is None or not loaded.request.shown:
            before.predictor.call_off()
        else:
            before.predictor.give_way()

    def status(self) -> ModelStatus:
        loaded = self.loaded
        if loaded is None:
            state = ModelState.LOADING if self.pending else ModelState.FAILED
            return ModelStatus(
                self.number, self.request, state, name=self.request.reference, error=self.error
            )
        infer = loaded.predictor.infer
        return ModelStatus(
            self.number,
            loaded.request,
            ModelState.READY,
            self.pending,
            loaded.built.model.name,
            loaded.built.model.task,
            loaded.built.model.labels,
            loaded.built.model.provider,
            loaded.built.model.fell_back_from,
            self.error,
            infer.recent_percentile(0.5) * 1e3 if infer.count else None,
            infer.recent_percentile(0.95) * 1e3 if infer.count else None,
        )


class Models:
    """All slots.

    Args:
        lock: guards them; that of the session, so that whoever holds it sees one state.
        on_change: told after every change, with the lock held.
        source_facts: gives the size of the source's frames in pixels, and its rate.
    """

    def __init__(
        self,
        lock: threading.RLock,
        on_change: Callable[[], None],
        source_facts: Callable[[], tuple[tuple[int, int], float | None]],
    ) -> None:
        self._lock, self._on_change, self._source_facts = lock, on_change, source_facts
        self._slots: dict[int, _Slot] = {}
        self._next = 0
        self._closed = False
        self._turns = threading.Semaphore(_LOADING_AT_ONCE)
        self._threads: set[threading.Thread] = set()

    def add(self, request: ModelRequest) -> int:
        """Make a slot and load into it; gives its number at once."""
        with self._lock:
            slot = _Slot(self._next, request)
            self._next += 1
            if not self._closed:
                self._slots[slot.number] = slot
                self._load(slot, request)
            return slot.number

    def change(self, number: int, request: ModelRequest) -> None:
        """Want it otherwise. Nothing happens when the slot is gone."""
        with self._lock:
            slot = self._slots.get(number)
            if slot is None or self._closed:
                return
            if slot.loaded is None or _needs_loading(slot.loaded.request, request):
                self._load(slot, request)
                return
            slot.stop_loading()
            slot.error = ""
            try:
                fresh = _built(slot.number, request, slot.loaded, self._source_facts())
                slot.put(fresh)
            except VisionError as error:
                slot.error = message_of(error)
            self._on_change()

    def reload(self, number: int) -> None:
        """Load its file once more, for it has been replaced; what runs stays until the new one is ready."""
        with self._lock:
            slot = self._slots.get(number)
            if slot is not None and not self._closed:
                self._load(
                    slot, slot.pending or (slot.loaded.request if slot.loaded else slot.request), afresh=True
                )

    def lead(self, number: int) -> None:
        """Put a slot before all others: its results are drawn first, where cards have the most room."""
        with self._lock:
            slot = self._slots.get(number)
            if slot is not None and next(iter(self._slots)) != number:
                self._slots = {number: slot, **self._slots}
                self._on_change()

    def remove(self, number: int) -> None:
        """Take it off the screen, also while it is being loaded."""
        with self._lock:
            slot = self._slots.pop(number, None)
            if slot is not None:
                slot.stop_loading()
                slot.put(None)
                self._on_change()

    def failed(self, predictor: Predictor, error: VisionError) -> None:
        """A model failed while it ran: its slot says so and runs no more."""
        with self._lock:
            for slot in self._slots.values():
                if slot.loaded is not None and slot.loaded.predictor is predictor:
                    slot.request, slot.loaded, slot.error = slot.loaded.request, None, message_of(error)
                    self._on_change()

    @property
    def statuses(self) -> tuple[ModelStatus, ...]:
        """All slots, in the order in which they are drawn: that in which they were made, unless one was put first."""
        with self._lock:
            return tuple(slot.status() for slot in self._slots.values())

    @property
    def running(self) -> tuple[SlotModel, ...]:
        """The models that are to see the frames."""
        with self._lock:
            loaded = [slot.loaded for slot in self._slots.values()]
            return tuple(one.predictor for one in loaded if one is not None and one.request.shown)

    def loaded_model(self, number: int) -> LoadedModel | None:
        """The model of a slot that sees whole frames; None where none runs, or it sees parts of them only."""
        with self._lock:
            slot = self._slots.get(number)
            if slot is None or slot.loaded is None or slot.loaded.request.sliced:
                return None
            model = slot.loaded.built.model
            return model if isinstance(model, LoadedModel) else model.of_whole_frames

    def close(self) -> tuple[threading.Thread, ...]:
        """Let go of everything; gives the threads that are still loading."""
        with self._lock:
            self._closed = True
            for slot in self._slots.values():
                slot.stop_loading()
                slot.put(None)
            self._slots.clear()
            return tuple(self._threads)

    def _load(self, slot: _Slot, request: ModelRequest, *, afresh: bool = False) -> None:
        slot.stop_loading()
        slot.pending, slot.error, slot.loading = request, "", Cancellation()
        if slot.loaded is None:
            slot.request = request
        thread = threading.Thread(
            target=self._run,
            args=(slot, slot.attempt, slot.loading, request, afresh),
            name=f"model-loader-{slot.number}",
            daemon=True,
        )
        self._threads.add(thread)
        thread.start()
        self._on_change()

    def _run(
        self, slot: _Slot, attempt: int, loading: Cancellation, request: ModelRequest, afresh: bool
    ) -> None:
        fresh: Loaded | None = None
        problem = ""
        try:
            with self._turns:
                with self._lock:
                    if slot.attempt != attempt:
                        return
                    before, facts = None if afresh else slot.loaded, self._source_facts()
                with loading.scope():
                    fresh = _built(slot.number, request, before, facts)
        except CancelledError:
            return
        except VisionError as error:
            problem = message_of(error)
        except Exception as error:  # noqa: BLE001  # a thread's boundary: told to the user
            _log.debug("%s cannot be loaded", request.reference, exc_info=True)
            problem = Message(
                "{reference} cannot be loaded: {name}: {error}",
                reference=request.reference,
                name=type(error).__name__,
                error=error,
            )
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
        with self._lock:
            if slot.attempt != attempt:
                return
            slot.pending, slot.loading, slot.error = None, None, problem
            if fresh is not None:
                slot.put(fresh)
            self._on_change()


def _needs_loading(before: ModelRequest, wanted: ModelRequest) -> bool:
    """Whether more changes than what is asked of the same loaded parts."""
    return replace(wanted, options=before.options, shown=before.shown) != before


def _work(request: ModelRequest) -> tuple[object, ...]:
    """What a picture costs: with windows, or with a classifier on its boxes, it is another figure."""
    return (
        request.sliced,
        request.slice_size,
        request.slice_stride,
        request.classify_boxes,
        request.detect_every,
    )


def _built(
    slot: int, request: ModelRequest, before: Loaded | None, facts: tuple[tuple[int, int], float | None]
) -> Loaded:
    """Make what a request wants, of the parts that are there already where they fit.

    Raises:
        VisionError: something cannot be had, or does not fit.
    """
    frame_wh, fps = facts
    around = Surroundings(ThreadPolicy.for_live(), frame_wh, fps)
    built = build(request, around, before=None if before is None else before.built)
    goes_on = before is not None and not built.loaded and _work(before.request) == _work(request)
    infer = before.predictor.infer if before is not None and goes_on else Durations()
    return Loaded(built, SlotModel(slot, built.predictor, infer))
