"""Order, dropping, limits and errors of the hand-over between threads."""

import threading

import pytest

from vision_app.engine.handover import Handover, Policy


def _finish(handover, work, collected=None):
    """Run three workers until the end and collect."""
    collected = [] if collected is None else collected

    def loop():
        while (taken := handover.take()) is not None:
            number, item = taken
            try:
                handover.complete(number, work(item))
            except ValueError as error:
                handover.complete(number, error)

    threads = [threading.Thread(target=loop) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        while (outcome := handover.collect()) is not None:
            collected.append(outcome)
    finally:
        handover.stop()
        for thread in threads:
            thread.join(5)
        assert not any(t.is_alive() for t in threads)
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
    handover.put("a")
    number, _ = handover.take()
    handover.put("b")
    waiting = threading.Event()
    taken = []

    def worker():
        waiting.set()
        taken.append(handover.take())

    thread = threading.Thread(target=worker)
    thread.start()
    assert waiting.wait(5)
    handover.put("c")
    assert taken == []
    handover.complete(number, "A")
    assert handover.collect() == "A"
    thread.join(5)
    assert taken == [(1, "c")]
    assert handover.dropped == 1


def test_stopping_wakes_everybody():
    handover = Handover(Policy.EVERY, in_flight=1)
    threads = [threading.Thread(target=handover.take), threading.Thread(target=handover.collect)]
    for thread in threads:
        thread.start()
    handover.stop()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert handover.put(1) is False
