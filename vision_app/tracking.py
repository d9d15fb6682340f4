"""Stable ids for detected objects, through the library `trackers` (the extra `track`)."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import numpy as np

from vision_app.datatypes import BoxResult, Detections, Frame, Result
from vision_app.errors import ConfigError

_KEEP_LOST_FRAMES = 30
# Source: ultralytics cfg/trackers/bytetrack.yaml, track_high_thresh and new_track_thresh
_HIGH_SCORE = 0.25
_NEW_TRACK_SCORE = 0.25


class TrackStage:
    """Gives each detection the id of the object that it is, frame after frame. Sees frames in order.

    One ByteTrack tracker a model. A box has no id until it was seen in two frames.

    Args:
        fps: frames a second of the source; None where it is unknown.

    Raises:
        ConfigError: the tracking library is not installed.

    Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", 2022.
    """

    def __init__(self, fps: float | None) -> None:
        try:
            self._trackers = importlib.import_module("trackers")
            self._supervision = importlib.import_module("supervision")
        except ImportError as error:
            raise ConfigError(
                f"--track needs the tracking library: pip install 'vision-app[track]' ({error})"
            ) from error
        self._fps = fps or 30.0
        self._by_model: dict[str, Any] = {}

    def apply(self, results: tuple[Result, ...], frame: Frame) -> tuple[Result, ...]:
        """The results, boxes with ids."""
        time_s = frame.captured_s if frame.position_s is None else frame.position_s
        return tuple(
            r.with_detections(self._track(r.detections, time_s)) if isinstance(r, BoxResult) else r
            for r in results
        )

    def _track(self, found: Detections, time_s: float) -> Detections:
        tracker = self._by_model.get(found.model)
        if tracker is None:
            tracker = self._by_model[found.model] = self._trackers.ByteTrackTracker(
                lost_track_buffer=_KEEP_LOST_FRAMES,
                frame_rate=self._fps,
                track_activation_threshold=_NEW_TRACK_SCORE,
                high_conf_det_threshold=_HIGH_SCORE,
            )
        tracked = tracker.update(
            self._supervision.Detections(
                xyxy=found.xyxy,
                confidence=found.scores,
                class_id=found.class_ids,
                data={"row": np.arange(len(found))},
            ),
            timestamp=time_s,
        )
        ids = np.full(len(found), -1, np.int64)
        if len(tracked):
            given = np.asarray(tracked.tracker_id)
            ids[tracked.data["row"]] = np.where(given < 0, -1, given + 1)  # the library counts from 0
        return dataclasses.replace(found, track_ids=ids)
