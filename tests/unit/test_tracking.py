"""Ids that stay with their object."""

import time
from dataclasses import replace

import numpy as np

from vision_app.engine.tracking import Tracked, Tracker
from vision_app.results.values import Classification, Detections, Frame, Timings

LABELS = ("person", "dog")
IMAGE = np.zeros((480, 640, 3), np.uint8)


def _frame(index: int) -> Frame:
    return Frame(IMAGE, index, index / 30, position_s=index / 30)


def _found(boxes, order=None, model="m") -> Detections:
    order = range(len(boxes)) if order is None else order
    rows = [boxes[i] for i in order]
    return Detections(
        model,
        np.array(rows, np.float32).reshape(-1, 4),
        np.linspace(0.9, 0.6, len(rows), dtype=np.float32),
        np.zeros(len(rows), np.int64),
        LABELS,
    )


def _two_walkers(index: int) -> list[list[float]]:
    """One walks right, one left; they never touch."""
    return [[20 + 4 * index, 100, 80 + 4 * index, 250], [560 - 4 * index, 300, 620 - 4 * index, 450]]


def test_each_keeps_its_id_whatever_the_order_of_the_boxes():
    tracker = Tracker(30.0)
    ids_of: list[set[int]] = [set(), set()]
    for index in range(40):
        order = (0, 1) if index % 2 else (1, 0)
        result = tracker.follow(_found(_two_walkers(index), order), _frame(index))
        assert result.track_ids is not None
        if index >= 2:
            for row, walker in enumerate(order):
                ids_of[walker].add(int(result.track_ids[row]))
    assert [len(ids) for ids in ids_of] == [1, 1]
    assert ids_of[0] != ids_of[1]
    assert ids_of[0] | ids_of[1] == {1, 2}


def test_an_object_that_is_missed_for_a_moment_gets_its_id_back():
    tracker = Tracker(30.0)
    before = after = None
    for index in range(30):
        seen = _two_walkers(index) if not 12 <= index < 16 else _two_walkers(index)[1:]
        result = tracker.follow(_found(seen), _frame(index))
        assert result.track_ids is not None
        if index == 11:
            before = int(result.track_ids[0])
        if index == 29:
            after = int(result.track_ids[0])
    assert before == after
    assert before is not None
    assert before >= 0


class Answer:
    """A predictor that always says the same."""

    name, task, provider = "m", "detect", "CPUExecutionProvider"

    def __init__(self, result):
        self._result = result

    def predict(self, image):
        return self._result, Timings()


def test_frames_without_objects_and_other_results_pass_through():
    classes = Classification("c", np.array([0.5, 0.5], np.float32), LABELS)
    tracked, other = Tracked(Answer(_found([])), Tracker(None)), Tracked(Answer(classes), Tracker(None))
    for index in range(3):
        empty = tracked.follow(tracked.predict(IMAGE)[0], _frame(index))
        assert isinstance(empty, Detections)
        assert len(empty) == 0
        assert other.follow(other.predict(IMAGE)[0], _frame(index)) is classes


def test_a_clip_that_is_played_again_is_tracked_afresh():
    tracker = Tracker(30.0)
    for _ in range(2):
        for index in range(5):
            result = tracker.follow(_found(_two_walkers(index)), _frame(index))
        assert result.track_ids is not None
        assert sorted(result.track_ids.tolist()) == [1, 2]


def test_another_source_is_tracked_afresh():
    tracker = Tracker(30.0)
    for source_id in ("one", "two"):
        for index in range(5):
            frame = replace(
                _frame(index), position_s=None, source_id=source_id, captured_s=time.perf_counter()
            )
            result = tracker.follow(_found(_two_walkers(index)), frame)
            assert result.track_ids is not None
            if index == 0:
                assert result.track_ids.tolist() == [-1, -1]
        assert sorted(result.track_ids.tolist()) == [1, 2]


def test_a_frame_that_is_looked_at_again_keeps_its_ids():
    tracker = Tracker(30.0)
    for index in range(5):
        before = tracker.follow(_found(_two_walkers(index)), _frame(index))
    fewer = tracker.follow(_found(_two_walkers(4)[:1]), _frame(4))
    assert before.track_ids is not None
    assert fewer.track_ids is not None
    assert fewer.track_ids.tolist() == before.track_ids.tolist()[:1]
    assert fewer.track_ids[0] > 0
