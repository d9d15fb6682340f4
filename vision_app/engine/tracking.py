"""Stable ids for detected objects: ByteTrack, started afresh where the pictures are no longer the same story."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from vision_app.engine.bytetrack import ByteTrack
from vision_app.engine.predictors import Predictor
from vision_app.results.values import BoxResult, Detections, Frame, ImageU8, IntArray, Result, Timings


class Tracker:
    """Gives each detection the id of the object that it is, frame after frame. Sees frames in order.

    A ByteTrack tracker of one model. A box has no id until it was seen in two frames. When the time goes back,
    as it does when a clip is played again, or the source is another, tracking starts afresh.

    Args:
        fps: frames a second of the source; None where it is unknown.

    """

    def __init__(self, fps: float | None) -> None:
        self._fps = fps or 30.0
        self._tracker = ByteTrack(self._fps)
        self._source_id: str | None = None
        self._last_s = -math.inf
        self._last: Detections | None = None

    def follow(self, found: Detections, frame: Frame) -> Detections:
        """The detections of the next frame, with ids."""
        time_s = frame.captured_s if frame.position_s is None else frame.position_s
        if frame.source_id != self._source_id:
            self._source_id, self._last_s = frame.source_id, math.inf
        if time_s == self._last_s and self._last is not None:
            return dataclasses.replace(found, track_ids=_ids_of_same_boxes(found, self._last))
        if time_s < self._last_s:
            self._tracker = ByteTrack(self._fps)
        ids = self._tracker.update(found.xyxy, found.scores, time_s)
        self._last_s, self._last = time_s, dataclasses.replace(found, track_ids=ids)
        return self._last


def _ids_of_same_boxes(found: Detections, before: Detections) -> IntArray:
    """Ids for a frame that is looked at again, with other thresholds perhaps: those that its boxes had."""
    assert before.track_ids is not None
    known = {box.tobytes(): int(i) for box, i in zip(before.xyxy, before.track_ids, strict=True)}
    return np.array([known.get(box.tobytes(), -1) for box in found.xyxy], np.int64).reshape(-1)


class Tracked:
    """A detector whose objects keep an id. A predictor; its results have to be followed in order.

    Args:
        detector: finds the objects.
        tracker: of this detector alone.
    """

    def __init__(self, detector: Predictor, tracker: Tracker) -> None:
        self.detector, self.tracker = detector, tracker

    name = property(lambda self: self.detector.name)
    provider = property(lambda self: self.detector.provider)
    task = property(lambda self: self.detector.task)

    def predict(self, image: ImageU8) -> tuple[Result, Timings]:
        """What the detector says; without ids, because frames may be worked on out of order."""
        return self.detector.predict(image)

    def follow(self, result: Result, frame: Frame) -> Result:
        """The result of the next frame, its boxes with ids."""
        if not isinstance(result, BoxResult):
            return result
        return result.with_detections(self.tracker.follow(result.detections, frame))
