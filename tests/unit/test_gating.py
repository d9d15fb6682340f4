"""Sparing the models what has not changed, and sharing the machine among streams."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_pipeline import Brightness, ListSink, ListSource
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.gating import GateRules, MotionGate
from vision_app.engine.handover import Handover, Policy
from vision_app.engine.memory import Track
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.stages import Flow
from vision_app.engine.workers import Workers
from vision_app.results.values import Detections, Frame, Timings

NOISE = 10.0
STILL = np.random.default_rng(0).integers(40, 200, (90, 160, 3)).astype(np.float32)


def noisy(seed: int, picture: np.ndarray = STILL) -> np.ndarray:
    """A picture as a camera in the dark would give it."""
    noise = np.random.default_rng(seed).normal(0, NOISE, (360, 640, 3))
    large = np.kron(picture, np.ones((4, 4, 1), np.float32))
    return np.clip(large + noise, 0, 255).astype(np.uint8)


def frame(i: int, image: np.ndarray, step_s: float = 0.1, **more) -> Frame:
    return Frame(image, i, i * step_s, i * step_s, "s", epoch=more.pop("epoch", 1), **more)


def test_noise_is_no_change_and_the_gate_stays_shut():
    gate = MotionGate()
    opened = [gate.opens(frame(i, noisy(i))) for i in range(40)]
    assert opened == [True] * 6 + [False] * 34


@settings(max_examples=25)
@given(st.integers(0, 63), st.integers(0, 35), st.sampled_from([-1, 1]))
def test_a_thing_of_ten_pixels_that_differs_by_a_twelfth_opens_it(column: int, row: int, sign: int) -> None:
    gate, plain = MotionGate(), np.full((360, 640, 3), 128, np.uint8)
    for i in range(10):
        gate.opens(frame(i, plain))
    changed = plain.copy()
    changed[row * 10 : row * 10 + 10, column * 10 : column * 10 + 10] += np.uint8(sign * 20 % 256)
    assert not gate.opens(frame(10, plain))
    assert gate.opens(frame(11, changed))


def test_a_change_of_colour_alone_opens_it():
    gate = MotionGate()
    red, green = np.zeros((36, 64, 3), np.uint8), np.zeros((36, 64, 3), np.uint8)
    red[..., 2], green[..., 1] = 100, 51  # of the same brightness
    opened = [gate.opens(frame(i, red)) for i in range(10)]
    assert not opened[-1]
    assert gate.opens(frame(10, green))


def test_what_creeps_is_seen_too():
    gate = MotionGate()
    opened = [gate.opens(frame(i, np.full((36, 64, 3), 50 + i // 5, np.uint8))) for i in range(400)]
    looks = sum(opened)
    assert 400 / 5 / 8 <= looks < 200


@pytest.mark.parametrize("more", [{"again": True}, {"epoch": 2}], ids=["looked at again", "after a jump"])
def test_some_frames_are_always_looked_at(more):
    gate, plain = MotionGate(), np.zeros((36, 64, 3), np.uint8)
    for i in range(10):
        gate.opens(frame(i, plain))
    assert gate.opens(frame(9, plain, **more))


def test_a_slow_stream_gets_its_looks_after_a_change():
    gate = MotionGate(GateRules(hold_s=0.5, hold_looks=3))
    opened = [gate.opens(frame(i, np.zeros((36, 64, 3), np.uint8), step_s=5.0)) for i in range(6)]
    assert opened == [True, True, True, False, False, False]


class Counting(Brightness):
    """Counts how often it is asked."""

    def __init__(self, name="brightness"):
        super().__init__()
        self.name, self.asked = name, 0

    def predict(self, image):
        self.asked += 1
        return super().predict(image)


class Restless(Counting):
    may_rest = False


def film(levels, size_hw=(36, 64), step_s=0.1):
    return [frame(i, np.full((*size_hw, 3), level, np.uint8), step_s) for i, level in enumerate(levels)]


def run(items, predictors, gate, during=lambda pipeline: None):
    sink = ListSink()
    pipeline = Pipeline(ListSource(items), predictors, SinkWriter([sink]), Policy.EVERY, gate=gate)
    during(pipeline)
    pipeline.start()
    assert pipeline.join(20)
    return sink.packets, pipeline


def test_a_still_picture_costs_no_inference_and_keeps_its_results():
    levels = [10] * 30 + [90] * 30
    spared, restless = Counting(), Restless("restless")
    packets, pipeline = run(film(levels), [spared, restless], MotionGate())
    plain, _ = run(film(levels), [Counting()], None)
    assert [p.frame.index for p in packets] == list(range(60))
    assert [p.results[0].probabilities.tolist() for p in packets] == [
        p.results[0].probabilities.tolist() for p in plain
    ]
    assert spared.asked == 2 * 6
    assert restless.asked == 60
    assert pipeline.stats.rested == 0  # the restless one has looked at each


def test_the_share_that_was_saved_is_known_and_the_stages_count_looks_only():
    spared = Counting()
    packets, pipeline = run(film([10] * 60), [spared], MotionGate())
    assert [p.looked for p in packets] == [True] * 6 + [False] * 54
    assert pipeline.stats.spared == pytest.approx(0.9)
    assert pipeline.stats.stages["infer"].count == 6
    assert pipeline.stats.age.count == 60


def test_a_model_that_comes_new_looks_at_once():
    first, second = Counting("first"), Counting("second")
    items = film([10] * 40)

    class Changing(ListSource):
        def read(self):
            given = super().read()
            if given is not None and given.index == 20:
                pipeline.predictors = (first, second)
            return given

    sink = ListSink()
    pipeline = Pipeline(Changing(items), [first], SinkWriter([sink]), Policy.EVERY, gate=MotionGate())
    pipeline.start()
    assert pipeline.join(20)
    assert second.asked >= 1
    assert all(len(p.results) == 2 for p in sink.packets[21:])


class Follows:
    """One box that stands still, with ids along time."""

    name, task, provider, may_rest = "follows", "detect", "CPUExecutionProvider", True

    def __init__(self):
        self._memory = Track(10.0)
        self._state = self._memory.start()

    def begin(self, frame):
        return Flow(frame.image, frame)

    def follow(self, begun, frame):
        begun.frame = frame
        begun.result = Detections(
            "m",
            np.array([[10, 10, 30, 30]], np.float32),
            np.ones(1, np.float32),
            np.zeros(1, np.int64),
            ("a",),
        )
        self._state = self._memory.recall(self._state, begun)
        return begun.result, Timings()

    def predict(self, image):
        raise AssertionError


def test_an_object_keeps_its_number_over_a_minute_in_which_nothing_moves():
    packets, pipeline = run(film([10] * 10 + [10] * 600 + [90] * 10), [Follows()], MotionGate())
    ids = [int(p.results[0].track_ids[0]) for p in packets]
    assert pipeline.stats.rested > 590
    assert set(ids[1:]) == {1}


# -- sharing ---------------------------------------------------------------------------------------------


class _Busy:
    """A stream that always has an item, each of which takes so long."""

    def __init__(self, workers: Workers, seconds: float, weight: float = 1.0) -> None:
        self.handover: Handover[int, int] = Handover(Policy.EVERY, in_flight=workers.count + 1)
        self.seconds, self.done, self.spent_s = seconds, 0, 0.0
        self._threads = [threading.Thread(target=self._collect), threading.Thread(target=self._feed)]
        workers.serve(self.handover, self._work, weight=weight)
        for thread in self._threads:
            thread.start()

    def _work(self, item: int, number: int) -> int:
        started = time.perf_counter()
        time.sleep(self.seconds)
        self.done += 1
        self.spent_s += time.perf_counter() - started
        return item

    def _collect(self) -> None:
        while self.handover.collect() is not None:
            pass

    def _feed(self) -> None:
        while self.handover.put(0):
            pass

    def end(self) -> None:
        self.handover.stop()
        for thread in self._threads:
            thread.join(5)


def _shared(workers: Workers, streams: list[_Busy]) -> list[float]:
    """What each stream has had of the machine while they were all at work."""
    workers.start()
    deadline = time.perf_counter() + 20
    while sum(one.spent_s for one in streams) < 1.5 and time.perf_counter() < deadline:
        time.sleep(0.02)
    for one in streams:
        one.end()
    workers.end()
    assert workers.join(time.perf_counter() + 5)
    return [one.spent_s for one in streams]


def test_a_stream_of_slow_models_takes_nothing_from_one_of_quick_models():
    workers = Workers(1)
    streams = [_Busy(workers, 0.03), _Busy(workers, 0.003)]
    slow, quick = _shared(workers, streams)
    assert 0.6 < slow / quick < 1.7
    assert streams[1].done > 4 * streams[0].done


def test_a_weight_says_who_gets_more():
    workers = Workers(1)
    heavy, light = _shared(workers, [_Busy(workers, 0.01, weight=3.0), _Busy(workers, 0.01)])
    assert 2.0 < heavy / light < 4.5


def test_streams_come_and_go_while_lasting_workers_run():
    workers = Workers(2, lasting=True)
    workers.start()
    for _ in range(3):
        sink = ListSink()
        pipeline = Pipeline(
            ListSource(film(range(20))), [Brightness()], SinkWriter([sink]), Policy.EVERY, workers=workers
        )
        pipeline.start()
        assert pipeline.join(10)
        assert len(sink.packets) == 20
    workers.end()
    assert workers.join(time.perf_counter() + 5)
