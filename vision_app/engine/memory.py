"""What a stream remembers from frame to frame: ids, an answer along a track, where something was, a network's state.

A memory sees the frames of one stream in order. It never changes a state that it was given but makes a new one, so
that a frame can be looked at once more, with other options, from where the frame before had left things.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from vision_app.engine.bytetrack import ByteTrack
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.stages import Flow, Stage
from vision_app.results.regions import Place, region_at
from vision_app.results.values import BoxResult, Classification, FloatArray, Timings
from vision_app.tasks.nms import iou_one_to_many

_RATE_HZ = 30.0


@runtime_checkable
class Memory(Protocol):
    """One step that depends on the frames before.

    One that may be spared frames in which nothing has changed has `may_rest = True`; their time does not count for it.
    """

    name: str
    """Kind of memory: where a chain is put together anew, one of the same name goes on with its state."""

    def start(self) -> Any:
        """The state before the first frame, and after a jump."""
        ...

    def recall(self, state: Any, flow: Flow) -> Any:
        """Its step at its place in the chain: use the state for this frame; gives the state so far."""
        ...

    def remember(self, state: Any, flow: Flow) -> Any:
        """After the last step of the chain: gives the state for the next frame."""
        ...


@runtime_checkable
class GoesOnCounting(Protocol):
    """A memory that gives numbers: after a cut it knows nothing any more, but gives none a second time."""

    def after_cut(self, state: Any) -> Any:
        """The state before the first frame of the next scene."""
        ...


@dataclass(frozen=True, slots=True)
class Tracked:
    """What is known of the objects of a stream.

    Attributes:
        tracker: their tracks.
        found: what was found on the newest frame, with ids; None before there was one.
        time_s: when that was.
        index: index of that frame.
    """

    tracker: ByteTrack
    found: BoxResult | None = None
    time_s: float = -math.inf
    index: int = 0


class Track:
    """Gives each object an id that it keeps.

    A box has no id until it was seen in two frames.

    Args:
        fps: frames a second of the source; None where it is unknown.
    """

    name = "track"
    may_rest = True

    def __init__(self, fps: float | None = None) -> None:
        self._fps = fps or _RATE_HZ

    def start(self) -> Tracked:
        """Nothing was seen."""
        return Tracked(ByteTrack(self._fps))

    def after_cut(self, state: Tracked) -> Tracked:
        """Nothing was seen; ids that were given are not given again."""
        return Tracked(state.tracker.emptied())

    def recall(self, state: Tracked, flow: Flow) -> Tracked:
        """Give the ids."""
        if not isinstance(flow.result, BoxResult):
            return state
        time_s = self._time_s(state, flow)
        tracker = state.tracker.copied()
        found = flow.result.detections
        ids = tracker.update(found.xyxy, found.scores, time_s)
        flow.result = flow.result.with_detections(dataclasses.replace(found, track_ids=ids))
        return Tracked(tracker, flow.result, time_s, 0 if flow.frame is None else flow.frame.index)

    def remember(self, state: Tracked, flow: Flow) -> Tracked:
        """As it is."""
        return state

    def expected(self, state: Tracked, flow: Flow) -> tuple[BoxResult, FloatArray] | None:
        """What was found last, and where its boxes are on a later frame if all go on as they did.

        Returns:
            The objects, and (N, 4) pixels of the frame, not clipped to it; None where nothing is known.
        """
        if state.found is None:
            return None
        last = state.found.detections
        ids = np.full(len(last), -1, np.int64) if last.track_ids is None else last.track_ids
        return state.found, state.tracker.expected(last.xyxy, ids, self._time_s(state, flow))

    def _time_s(self, state: Tracked, flow: Flow) -> float:
        """The time of a frame; a source whose times stand still or go back without a mark is one that has no times."""
        if flow.time_s > state.time_s:
            return flow.time_s
        index = state.index + 1 if flow.frame is None else flow.frame.index
        return state.time_s + max(index - state.index, 1) / self._fps


@dataclass(frozen=True, slots=True)
class _Said:
    """What a classifier has said along one track."""

    model: str
    probabilities: FloatArray
    time_s: float


class Steady:
    """Smooths what classifiers say about an object along its track.

    Probabilities follow the newest ones with a time constant; the first answer counts as it is.

    Args:
        over_s: time constant, seconds.
    """

    name = "steady"
    may_rest = True
    FORGET_AFTER_S = 5.0

    def __init__(self, over_s: float = 0.5) -> None:
        self._over_s = over_s

    def start(self) -> Mapping[tuple[int, int], _Said]:
        """Nothing was said."""
        return {}

    def recall(self, state: Mapping[tuple[int, int], _Said], flow: Flow) -> Mapping[tuple[int, int], _Said]:
        """Replace each classification that is attached to an object with an id by the smoothed one."""
        result = flow.result
        if not isinstance(result, BoxResult):
            return state
        found = result.detections
        if found.attached is None or found.track_ids is None:
            return state
        now_s = flow.time_s
        after = {k: said for k, said in state.items() if now_s - said.time_s <= self.FORGET_AFTER_S}
        rows = []
        for track_id, row in zip(found.track_ids.tolist(), found.attached, strict=True):
            smooth = list(row)
            for place, one in enumerate(row):
                if track_id < 0 or not isinstance(one, Classification):
                    continue
                said = self._followed(after.get((track_id, place)), one, now_s)
                after[track_id, place] = said
                smooth[place] = dataclasses.replace(one, probabilities=said.probabilities)
            rows.append(tuple(smooth))
        flow.result = result.with_detections(found.replaced(attached=tuple(rows)))
        return after

    def _followed(self, before: _Said | None, now: Classification, now_s: float) -> _Said:
        values = now.probabilities
        if before is not None and before.model == now.model and before.probabilities.shape == values.shape:
            share = 1 - math.exp(-max(now_s - before.time_s, 0.0) / self._over_s)
            values = np.asarray(
                before.probabilities + np.float32(share) * (values - before.probabilities), np.float32
            )
        return _Said(now.model, values, now_s)

    def remember(self, state: Mapping[tuple[int, int], _Said], flow: Flow) -> Mapping[tuple[int, int], _Said]:
        """As it is."""
        return state


class Followed:
    """Looks where something was in the frame before, and searches the frame only while there is room for more.

    Args:
        search: the steps that find where to look; they leave regions in the flow.
        following: where to look in the next frame, by the result of this one.
        most: how many are followed at once.
        overlap: of two places that overlap by more than this (intersection over union), the one that is followed
            stays, and of two that are followed the later.
    """

    name = "followed"
    may_rest = True

    def __init__(
        self,
        search: Sequence[Stage],
        following: Callable[[Flow], Sequence[Place]],
        most: int = 1,
        overlap: float = 0.5,
    ) -> None:
        self.search, self._following = tuple(search), following
        self._most, self._overlap = most, overlap

    def start(self) -> tuple[Place, ...]:
        """Nothing is followed."""
        return ()

    def recall(self, state: tuple[Place, ...], flow: Flow) -> tuple[Place, ...]:
        """Leave in the flow the regions to look at."""
        found = []
        if len(state) < self._most:
            for stage in self.search:
                stage.run(flow)
            found = [(region, _box_of(region.to_frame, region.image.shape)) for region in flow.regions or ()]
        followed = [(region_at(flow.image, place), place.xyxy) for place in state]
        kept: list[tuple[Any, FloatArray]] = []
        for region, box in (*found, *followed):
            if kept:
                overlaps = iou_one_to_many(box, np.array([b for _, b in kept], np.float32))
                kept = [k for k, iou in zip(kept, overlaps, strict=True) if iou <= self._overlap]
            kept.append((region, box))
        flow.regions = [dataclasses.replace(region, of=None) for region, _ in kept[-self._most :]]
        return state

    def remember(self, state: tuple[Place, ...], flow: Flow) -> tuple[Place, ...]:
        """Where to look next."""
        return tuple(self._following(flow))


def _box_of(to_frame: Any, shape: tuple[int, ...]) -> FloatArray:
    """The upright box of a region's own sides round its middle, whatever it is turned by."""
    height, width = shape[:2]
    m = to_frame.matrix
    sides = np.hypot(m[0, :2], m[1, :2]) * (width, height)
    x, y = to_frame.points(np.array([width / 2, height / 2], np.float32)).tolist()
    return Place((x, y), (float(sides[0]), float(sides[1]))).xyxy


class Recurrent:
    """A network with a state of its own: what it says depends on the frames before.

    Args:
        model: a model whose card has inputs of the kind `state`.
    """

    name = "recurrent"

    def __init__(self, model: LoadedModel) -> None:
        self.model = model

    def start(self) -> Any:
        """The state that its card says."""
        return None

    def recall(self, state: Any, flow: Flow) -> Any:
        """Ask it about the frame."""
        answer = self.model.answer(flow.image, state=state)
        started = time.perf_counter()
        flow.result, flow.regions = answer.result, None
        flow.timings = flow.timings + answer.timings + Timings(decode_s=time.perf_counter() - started)
        return answer.state

    def remember(self, state: Any, flow: Flow) -> Any:
        """As it is."""
        return state
