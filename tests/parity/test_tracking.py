"""The ids of the tracker beside those of the library `trackers`, on the same detections."""

from pathlib import Path

import numpy as np
import pytest

from vision_app.engine.bytetrack import ByteTrack
from vision_app.engine.predictors import load_model
from vision_app.results.values import Detections
from vision_app.sources import SourceOptions, open_source
from vision_app.tasks import TaskOptions

trackers = pytest.importorskip("trackers", reason="the comparison needs the extra `dev`")
supervision = pytest.importorskip("supervision")


class Pair:
    """Both trackers; says where they differ."""

    def __init__(self, fps: float):
        self.ours = ByteTrack(fps)
        self.theirs = trackers.ByteTrackTracker(
            lost_track_buffer=30,
            frame_rate=fps,
            track_activation_threshold=0.25,
            high_conf_det_threshold=0.25,
        )
        self.boxes = self.with_id = 0

    def step(self, xyxy, scores, time_s):
        ids = self.ours.update(xyxy, scores, time_s)
        told = self.theirs.update(
            supervision.Detections(
                xyxy=xyxy,
                confidence=scores,
                class_id=np.zeros(len(xyxy), int),
                data={"row": np.arange(len(xyxy))},
            ),
            timestamp=time_s,
        )
        expected = np.full(len(xyxy), -1, np.int64)
        if len(told):
            given = np.asarray(told.tracker_id)
            expected[told.data["row"]] = np.where(given < 0, -1, given + 1)
        np.testing.assert_array_equal(ids, expected)
        self.boxes += len(xyxy)
        self.with_id += int((ids > 0).sum())


@pytest.mark.parametrize("fps", [30.0, 25.0, 12.5])
@pytest.mark.parametrize("steady", [True, False], ids=["steady", "gaps"])
def test_crowds_that_walk(fps, steady):
    pair = Pair(fps)
    rng = np.random.default_rng(7)
    place, size = rng.random((25, 2)) * [1200, 650], rng.random((25, 2)) * 100 + 40
    speed = rng.normal(0, 4, (25, 2))
    time_s = 0.0
    for _ in range(200):
        time_s += (1.0 if steady else rng.choice([0.5, 1, 1, 1, 2, 40])) / fps
        place += speed + rng.normal(0, 0.5, place.shape)
        seen = rng.random(25) > 0.1
        boxes = np.concatenate([place, place + size], axis=1) + rng.normal(0, 1.5, (25, 4))
        scores = rng.random(25) * 0.8 + 0.15
        pair.step(boxes[seen].astype(np.float32), scores[seen].astype(np.float32), time_s)
    assert pair.with_id > 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    "clip", ["intel_one-by-one-person-detection.mp4", "intel_car-detection.mp4", "intel_bottle-detection.mp4"]
)
def test_real_clips(shared_data: Path, shared_models: Path, clip: str):
    model = load_model(str(shared_models / "yolov8n_640_dynint8.onnx"), TaskOptions(conf=0.1))
    source = open_source(str(shared_data / "clips" / clip), SourceOptions(), print)
    pair = Pair(source.info.fps or 30.0)
    try:
        while (frame := source.read()) is not None and frame.index < 250:
            found = model.predict(frame.image)[0]
            assert isinstance(found, Detections)
            pair.step(found.xyxy, found.scores, frame.position_s)
    finally:
        source.close()
    assert pair.with_id > 20, f"{pair.boxes} boxes"
