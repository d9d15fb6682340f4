"""Order, dropping, limits and errors of the hand-over between threads."""

import threading
import time

import pytest

from vision_app.engine.handover import Handover, Policy
from vision_app.engine.workers import Workers


def _finish(handover, work, collected=None):
    """Run three workers until the end and collect."""
    collected = [] if collected is None else collected
    workers = Workers(3)
    workers.serve(handover, lambda item, _: work(item))
    workers.start()
    try:
        while (outcome := handover.collect()) is not None:
            collected.append(outcome)
    finally:
        handover.stop()
        assert workers.join(time.perf_counter() + 5)
    return collected


def _feed(handover, items):
    def loop():
        for item in items:
            if not handover.put(item):
                return
        handover.finish()

    thread = threading.Thread(target=loop)
    thread.start()
    return thread


def test_every_item_comes_out_in_order():
    handover = Handover(Policy.EVERY, in_flight=4)
    feeder = _feed(handover, range(1, 500))
    assert _finish(handover, lambda x: x * 2) == [x * 2 for x in range(1, 500)]
    feeder.join(5)
    assert handover.dropped == 0


def test_a_limit_ends_it():
    handover = Handover(Policy.EVERY, in_flight=3, limit=7)
    feeder = _feed(handover, range(1, 1000))
    assert _finish(handover, lambda x: x) == list(range(1, 8))
    feeder.join(5)
    assert not feeder.is_alive()


def test_an_error_comes_after_everything_before_it():
    handover = Handover(Policy.EVERY, in_flight=4)
    _feed(handover, range(1, 100))

    def work(x):
        if x == 20:
            raise ValueError("twenty")
        return x

    seen = []
    with pytest.raises(ValueError, match="twenty"):
        _finish(handover, work, seen)
    assert seen == list(range(1, 20))


def test_the_readers_error_comes_last():
    handover = Handover(Policy.EVERY, in_flight=2)
    handover.put(1)
    handover.finish(OSError("cable"))
    assert handover.take() == (0, 1)
    handover.complete(0, 1)
    assert handover.collect() == 1
    with pytest.raises(OSError, match="cable"):
        handover.collect()


def test_latest_drops_what_nobody_took_and_never_waits():
    handover = Handover(Policy.LATEST, in_flight=1)
    for item in range(10):
        assert handover.put(item)
    assert handover.dropped == 9
    assert handover.take() == (0, 9)


def test_what_is_not_collected_holds_the_workers_back():
    handover = Handover(Policy.LATEST, in_flight=1)
    told = []
    handover.watch(lambda: told.append(None))
    handover.put("a")
    number, _ = handover.take()
    handover.put("b")
    handover.put("c")
    assert handover.take() is None
    handover.complete(number, "A")
    assert handover.take() is None
    count = len(told)
    assert handover.collect() == "A"
    assert len(told) > count  # somebody may take again
    assert handover.take() == (1, "c")
    assert handover.dropped == 1


def test_stopping_wakes_everybody():
    handover, workers = Handover(Policy.EVERY, in_flight=1), Workers(2)
    workers.serve(handover, lambda item, _: item)
    workers.start()
    collector = threading.Thread(target=handover.collect)
    collector.start()
    assert not workers.join(time.perf_counter() + 0.05)
    handover.stop()
    collector.join(5)
    assert not collector.is_alive()
    assert workers.join(time.perf_counter() + 5)
    assert handover.exhausted
    assert handover.put(1) is False
    with pytest.raises(RuntimeError, match="have begun"):
        workers.serve(handover, lambda item, _: item)
