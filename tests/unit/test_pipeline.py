"""The pipeline with small real sources, models and sinks behind the same contracts."""

import threading
import time

import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app import catalogue
from vision_app.datatypes import Classification, Frame, Timings
from vision_app.errors import ModelError, SinkError, SourceError
from vision_app.handover import Policy
from vision_app.pipeline import Pipeline
from vision_app.predictors import load_model
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


def run(source, predictors, sinks, policy=Policy.EVERY, **more):
    pipeline = Pipeline(source, predictors, sinks, policy, **more)
    pipeline.start()
    try:
        pipeline.join()
    finally:
        for thread in pipeline._threads:
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
    pipeline = run(ListSource(frames(30)), [Brightness()], [good, bad], report=told.append)
    assert len(good.packets) == 30
    assert told == ["bad: no room"]
    assert [str(e) for e in pipeline.sink_errors] == told
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
    pipeline = Pipeline(ListSource(endless()), [Brightness()], [sink], Policy.EVERY, workers=2)
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


def test_a_model_is_swapped_between_two_frames_and_a_bad_one_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(catalogue.MODELS_VARIABLE, str(tmp_path))
    tiny.colour_model(tmp_path, "first")
    tiny.colour_model(tmp_path, "second")
    swapped = threading.Event()

    def stream():
        yield from frames(5)
        swapped.wait(5)
        yield from frames(5)

    sink = ListSink()
    pipeline = Pipeline(ListSource(stream()), [load_model("first")], [sink], Policy.EVERY)
    pipeline.start()
    with pytest.raises(ModelError, match="no model is called 'third'"):
        pipeline.swap_model(0, lambda: load_model("third")).result(10)
    assert pipeline.predictors[0].name == "first"
    assert pipeline.swap_model(0, lambda: load_model("second")).result(10).name == "second"
    swapped.set()
    assert pipeline.join(10)
    models = [p.results[0].model for p in sink.packets]
    assert models[:5] == ["first"] * 5
    assert models[-4:] == ["second"] * 4
