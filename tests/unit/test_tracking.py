"""Ids that stay with their object, as a memory of a chain."""

from dataclasses import replace

import numpy as np
import pytest

from vision_app.engine.memory import Track
from vision_app.engine.stages import Flow
from vision_app.results.values import Classification, Detections, Frame

LABELS = ("person", "dog")
IMAGE = np.zeros((480, 640, 3), np.uint8)


def _frame(index: int, **more) -> Frame:
    return Frame(IMAGE, index, index / 30, position_s=index / 30, **more)


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


class Following:
    """A memory with its state, asked frame after frame."""

    def __init__(self, fps=30.0):
        self.memory = Track(fps)
        self.state = self.memory.start()

    def follow(self, found, frame):
        flow = Flow(frame.image, frame)
        flow.result = found
        self.state = self.memory.remember(self.memory.recall(self.state, flow), flow)
        return flow.result


def test_each_keeps_its_id_whatever_the_order_of_the_boxes():
    tracker = Following()
    ids_of: list[set[int]] = [set(), set()]
    for index in range(40):
        order = (0, 1) if index % 2 else (1, 0)
        result = tracker.follow(_found(_two_walkers(index), order), _frame(index))
        if index >= 2:
            for row, walker in enumerate(order):
                ids_of[walker].add(int(result.track_ids[row]))
    assert [len(ids) for ids in ids_of] == [1, 1]
    assert ids_of[0] | ids_of[1] == {1, 2}


def test_an_object_that_is_missed_for_a_moment_gets_its_id_back():
    tracker = Following()
    before = after = None
    for index in range(30):
        seen = _two_walkers(index) if not 12 <= index < 16 else _two_walkers(index)[1:]
        result = tracker.follow(_found(seen), _frame(index))
        if index == 11:
            before = int(result.track_ids[0])
        if index == 29:
            after = int(result.track_ids[0])
    assert before == after
    assert before is not None
    assert before >= 0


def test_frames_without_objects_and_other_results_pass_through():
    classes = Classification("c", np.array([0.5, 0.5], np.float32), LABELS)
    tracker = Following(None)
    for index in range(3):
        assert len(tracker.follow(_found([]), _frame(index))) == 0
        assert tracker.follow(classes, _frame(index)) is classes


@pytest.mark.parametrize("step_s", [0.0, -1.0])
def test_times_that_stand_still_or_go_back_are_one_frame_further(step_s):
    """A source from elsewhere may know no times."""
    tracker = Following()
    for index in range(5):
        frame = replace(_frame(index), position_s=9 + step_s * index)
        result = tracker.follow(_found(_two_walkers(index)), frame)
    assert sorted(result.track_ids.tolist()) == [1, 2]


def test_a_state_is_never_changed():
    """A second look begins where the frame before had left things."""
    memory = Track(30.0)
    states = [memory.start()]
    flows = []
    for index in range(4):
        flow = Flow(IMAGE, _frame(index))
        flow.result = _found(_two_walkers(index))
        states.append(memory.recall(states[-1], flow))
        flows.append(flow)
    again = Flow(IMAGE, _frame(2))
    again.result = _found(_two_walkers(2))
    before = states[2].tracker._tracks.place.copy(), states[2].tracker._last_s
    memory.recall(states[2], again)
    assert np.array_equal(states[2].tracker._tracks.place, before[0])
    assert states[2].tracker._last_s == before[1]
    assert again.result.track_ids.tolist() == flows[2].result.track_ids.tolist()
