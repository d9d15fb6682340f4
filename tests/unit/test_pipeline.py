"""The pipeline with small real sources, models and sinks behind the same contracts."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from vision_app.cancelling import CancelledError
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.handover import Policy
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.workers import Workers
from vision_app.errors import ModelError, SinkError, SourceError
from vision_app.results.values import Classification, Frame, Timings
from vision_app.sources.base import SourceInfo


class ListSource:
    """Gives frames from a list; an exception in the list is raised."""

    def __init__(self, items, live=False):
        self._items = iter(items)
        self.info = SourceInfo("list", "synthetic", (64, 48), 30.0, live, None)
        self.closed = threading.Event()

    def read(self):
        if self.closed.is_set():
            return None
        item = next(self._items, None)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self):
        self.closed.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class ListSink:
    """Keeps packets; fails at one of them when told to."""

    wants_annotated = False

    def __init__(self, name="list", fail_at=None, fail_open=False):
        self.name, self.packets, self.closed = name, [], 0
        self._fail_at, self._fail_open = fail_at, fail_open

    def open(self, info):
        if self._fail_open:
            raise SinkError(f"{self.name}: no room")

    def write(self, packet):
        if len(self.packets) == self._fail_at:
            raise SinkError(f"{self.name}: no room")
        self.packets.append(packet)

    def close(self):
        self.closed += 1
        return ()


class Brightness:
    """A predictor whose answer is the brightness of the frame; slower for some frames than for others."""

    name, task, provider = "brightness", "classify", "CPUExecutionProvider"

    def __init__(self, fail_at=None, value=0.0):
        self._fail_at, self._value = fail_at, value

    def predict(self, image):
        level = int(image[0, 0, 0])
        if level == self._fail_at:
            raise ModelError("too bright")
        time.sleep(0.001 * (level % 3))
        share = np.float32(level / 255)
        result = Classification(self.name, np.array([share, 1 - share], np.float32), ("bright", "dark"))
        return result, Timings(infer_s=0.001)


def frames(count):
    return [Frame(np.full((48, 64, 3), i % 250, np.uint8), i, time.perf_counter()) for i in range(count)]


def run(source, predictors, sinks, policy=Policy.EVERY, consumer=None, report=print, **more):
    pipeline = Pipeline(source, predictors, consumer or SinkWriter(sinks, report), policy, **more)
    pipeline.start()
    try:
        pipeline.join()
    finally:
        for thread in pipeline.threads:
            thread.join(5)
            assert not thread.is_alive()
    return pipeline


@pytest.mark.parametrize("workers", [1, 4])
def test_every_frame_comes_out_in_order_with_its_own_result(workers):
    source, sink = ListSource(frames(200)), ListSink()
    pipeline = run(source, [Brightness()], [sink], workers=workers)
    assert [p.frame.index for p in sink.packets] == list(range(200))
    for packet in sink.packets:
        assert packet.results[0].probabilities[0] == pytest.approx(packet.frame.image[0, 0, 0] / 255)
    assert (pipeline.stats.frames, pipeline.stats.dropped) == (200, 0)
    assert source.closed.is_set()
    assert sink.closed == 1


def test_results_follow_the_order_of_the_models():
    sink = ListSink()
    first, second = Brightness(), Brightness()
    second.name = "second"
    run(ListSource(frames(5)), [first, second], [sink])
    assert [[r.model for r in p.results] for p in sink.packets] == [["brightness", "second"]] * 5


def test_a_limit_of_frames():
    sink = ListSink()
    run(ListSource(frames(100)), [Brightness()], [sink], max_frames=7, workers=3)
    assert [p.frame.index for p in sink.packets] == list(range(7))


def test_a_models_error_is_raised_and_all_before_it_is_written():
    sink = ListSink()
    with pytest.raises(ModelError, match="frame 50: too bright"):
        run(ListSource(frames(100)), [Brightness(fail_at=50)], [sink], workers=4)
    assert [p.frame.index for p in sink.packets] == list(range(50))
    assert sink.closed == 1


def test_a_sources_error_is_raised_and_all_before_it_is_written():
    sink = ListSink()
    with pytest.raises(SourceError, match="cable"):
        run(ListSource([*frames(20), SourceError("cable")]), [Brightness()], [sink], workers=2)
    assert len(sink.packets) == 20


def test_a_failing_sink_is_detached_once_and_the_others_go_on():
    good, bad, told = ListSink("good"), ListSink("bad", fail_at=3), []
    writer = SinkWriter([good, bad], told.append)
    run(ListSource(frames(30)), [Brightness()], [], consumer=writer)
    assert len(good.packets) == 30
    assert told == ["bad: no room"]
    assert [str(e) for e in writer.errors] == told
    assert bad.closed == 1


def test_without_any_sink_left_it_ends():
    bad = ListSink("bad", fail_at=3)
    with pytest.raises(SinkError, match="no room"):
        run(ListSource(frames(1000)), [Brightness()], [bad])
    assert len(bad.packets) == 3


def test_a_sink_that_cannot_be_opened_closes_the_others_and_the_source():
    source, good = ListSource(frames(3)), ListSink()
    with pytest.raises(SinkError, match="no room"):
        run(source, [Brightness()], [good, ListSink("bad", fail_open=True)])
    assert good.closed == 1
    assert source.closed.is_set()


def test_stopping_writes_what_was_begun():
    def endless():
        i = 0
        while True:
            yield from frames(1)
            i += 1

    sink = ListSink()
    pipeline = Pipeline(ListSource(endless()), [Brightness()], SinkWriter([sink]), Policy.EVERY, workers=2)
    pipeline.start()
    while pipeline.stats.frames < 10:
        assert not pipeline.join(0.01)
    pipeline.stop()
    assert pipeline.join(5)
    assert len(sink.packets) == pipeline.stats.frames >= 10
    assert sink.closed == 1


def test_the_newest_frame_wins_when_the_model_is_slow():
    shown = threading.Event()

    class Slow(Brightness):
        def predict(self, image):
            shown.wait(5)
            return super().predict(image)

    class Signalling(ListSource):
        def read(self):
            frame = super().read()
            if frame is None:
                shown.set()
            return frame

    sink = ListSink()
    pipeline = run(Signalling(frames(50), live=True), [Slow()], [sink], Policy.LATEST)
    indices = [p.frame.index for p in sink.packets]
    assert indices[-1] == 49
    assert indices == sorted(indices)
    assert pipeline.stats.dropped == 50 - len(indices) > 40


class Watcher:
    """A consumer that writes everything down."""

    def __init__(self):
        self.frames, self.results, self.failed, self.ends, self.errors = [], [], [], [], []

    def on_frame(self, frame):
        self.frames.append(frame)

    def begin(self, info, stats):
        self.begun = info

    def on_answers(self, answers):
        self.results.append((answers.frame, answers.predictors, answers.results))
        return Timings()

    def on_model_failed(self, predictor, error):
        self.failed.append((predictor, str(error)))
        self.errors.append((predictor, error))

    def on_end(self, error):
        self.ends.append(error)


def test_models_are_replaced_between_two_frames():
    first, second = Brightness(), Brightness()
    second.name = "second"
    replaced = threading.Event()

    def stream():
        yield from frames(5)
        replaced.wait(5)
        yield from frames(5)

    sink = ListSink()
    pipeline = Pipeline(ListSource(stream()), [first], SinkWriter([sink]), Policy.EVERY)
    pipeline.start()
    pipeline.predictors = [second, first]
    replaced.set()
    assert pipeline.join(10)
    models = [[r.model for r in p.results] for p in sink.packets]
    assert all(names in (["brightness"], ["second", "brightness"]) for names in models)
    assert models[-4:] == [["second", "brightness"]] * 4


def test_a_consumer_sees_every_frame_and_each_result_with_its_model():
    watcher, first, second = Watcher(), Brightness(), Brightness()
    run(ListSource(frames(20)), [first, second], [], consumer=watcher)
    assert [f.index for f in watcher.frames] == list(range(20))
    assert [f.index for f, _, _ in watcher.results] == list(range(20))
    assert all(
        predictors == (first, second) and len(results) == 2 for _, predictors, results in watcher.results
    )
    assert watcher.ends == [None]


def test_under_a_consumer_that_lets_it_be_a_model_that_fails_is_taken_out_and_the_others_go_on():
    class Broken(Brightness):
        def predict(self, image):
            raise ZeroDivisionError("a bug")

    watcher, good, bad, broken = Watcher(), Brightness(), Brightness(fail_at=7), Broken()
    pipeline = run(ListSource(frames(30)), [bad, good, broken], [], consumer=watcher)
    assert pipeline.predictors == (good,)
    assert watcher.failed == [
        (broken, "a bug"),
        (bad, "frame 7: too bright"),
    ]
    assert [f.index for f, _, _ in watcher.results] == list(range(30))
    assert all(good in predictors for _, predictors, _ in watcher.results)
    assert watcher.results[-1][1] == (good,)


def test_the_consumer_is_told_the_error_that_the_source_ended_with():
    watcher = Watcher()
    with pytest.raises(SourceError, match="cable"):
        run(ListSource([*frames(3), SourceError("cable")]), [], [], consumer=watcher)
    assert [str(e) for e in watcher.ends] == ["cable"]


def test_the_newest_frame_goes_through_the_models_again():
    class Waiting(ListSource):
        def read(self):
            frame = super().read()
            if frame is None:
                self.closed.wait(10)
            return frame

    watcher, source = Watcher(), Waiting(frames(3), live=True)
    pipeline = Pipeline(source, [Brightness()], watcher, Policy.LATEST)
    pipeline.start()
    wait_for(lambda: watcher.results and watcher.results[-1][0].index == 2)
    before = len(watcher.results)
    pipeline.again()
    wait_for(lambda: len(watcher.results) == before + 1)
    assert watcher.results[-1][0].index == 2
    assert watcher.results[-1][0].captured_s > watcher.results[-2][0].captured_s
    assert len(watcher.frames) == 3

    turned = replace(watcher.frames[-1], image=np.full((64, 48, 3), 9, np.uint8))
    pipeline.again(replace(turned, index=1))
    pipeline.again(turned)
    wait_for(lambda: len(watcher.results) == before + 2)
    assert watcher.results[-1][0].size_wh == (48, 64)
    assert len(watcher.frames) == 4
    pipeline.stop()
    assert pipeline.join(5)


def test_joining_a_reader_that_hangs_ends_with_the_time_out():
    free = threading.Event()

    class Hanging(ListSource):
        def read(self):
            free.wait(20)

    pipeline = Pipeline(Hanging([]), [], SinkWriter([]), Policy.LATEST)
    pipeline.start()
    pipeline.stop()
    assert pipeline.join(0.05) is False
    free.set()
    assert pipeline.join(5) is True


def test_streams_share_the_workers_and_none_starves():
    workers, writers, pipelines = Workers(2), [], []
    for count in (60, 10, 30):
        sink = ListSink()
        writers.append(sink)
        pipelines.append(
            Pipeline(
                ListSource(frames(count)), [Brightness()], SinkWriter([sink]), Policy.EVERY, workers=workers
            )
        )
    for pipeline in pipelines:
        pipeline.start()
    assert len({t for p in pipelines for t in p.threads if t.name.startswith("worker")}) == 2
    for pipeline in pipelines:
        assert pipeline.join(20)
    assert workers.join(time.perf_counter() + 5)
    assert [[p.frame.index for p in s.packets] for s in writers] == [list(range(n)) for n in (60, 10, 30)]


def test_a_stream_that_fails_or_never_starts_leaves_the_others_alone():
    workers, good, told = Workers(2), ListSink("good"), []
    pipelines = [
        Pipeline(ListSource(frames(40)), [Brightness()], SinkWriter([good]), Policy.EVERY, workers=workers),
        Pipeline(
            ListSource(frames(40)),
            [Brightness(fail_at=5)],
            SinkWriter([ListSink()]),
            Policy.EVERY,
            workers=workers,
        ),
        Pipeline(
            ListSource(frames(40)),
            [Brightness()],
            SinkWriter([ListSink("bad", fail_open=True)], told.append),
            Policy.EVERY,
            workers=workers,
        ),
    ]
    with pytest.raises(SinkError, match="no room"):
        pipelines[2].start()
    for pipeline in pipelines[:2]:
        pipeline.start()
    with pytest.raises(ModelError, match="frame 5: too bright"):
        pipelines[1].join()
    assert pipelines[0].join(20)
    assert workers.join(time.perf_counter() + 5)
    assert len(good.packets) == 40


def test_a_model_that_was_called_off_is_taken_out_without_a_word():
    class Off(Brightness):
        def predict(self, image):
            raise CancelledError

    watcher, good, off = Watcher(), Brightness(), Off()
    pipeline = run(ListSource(frames(5)), [off, good], [], consumer=watcher)
    assert pipeline.predictors == (good,)
    assert [type(e).__name__ for _, e in watcher.errors] == ["CancelledError"]


def wait_for(condition):
    deadline = time.perf_counter() + 10
    while not condition():
        assert time.perf_counter() < deadline
        time.sleep(0.002)
