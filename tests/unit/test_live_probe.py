"""Looking into a model while it runs: the same answers, nothing paid by those who do not look, no stop."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from vision_app.engine.predictors import load_model
from vision_app.errors import ConfigError
from vision_app.explaining.base import Choice
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.live import LiveProbe, MapOf

IMAGE = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)


class Told:
    def __init__(self):
        self.seen: list[tuple[object, object]] = []
        self.said: list[str] = []
        self.changed = threading.Condition()

    def on_seen(self, wanted, view, thing):
        with self.changed:
            self.seen.append((wanted, thing))
            self.changed.notify_all()

    def on_said(self, wanted, words):
        with self.changed:
            self.said.append(words)
            self.changed.notify_all()


@pytest.fixture
def looked():
    model = load_model("sketch-cnn", provider="cpu")
    told = Told()
    probe = LiveProbe(model, told.on_seen, told.on_said)
    yield model, told, probe
    probe.close()
    probe.thread.join(10)
    assert not probe.thread.is_alive()


def run_until(model, condition, timeout_s=20.0):
    """Frames go on through the model until something has come."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "nothing came"
        model.predict(IMAGE)
        time.sleep(0.005)


def test_a_model_that_is_watched_says_the_same_and_gives_its_map(looked):
    model, told, probe = looked
    before = model.predict(IMAGE)[0]
    assert model.watch is None
    wanted = MapOf("cam", Choice(class_id=3))
    probe.look(wanted)
    run_until(model, lambda: told.seen)
    assert told.seen[0][0] is wanted
    found = told.seen[0][1]
    assert isinstance(found, Heatmap)
    assert (found.method, found.class_id, found.frame_wh) == ("cam", 3, (120, 90))
    np.testing.assert_allclose(model.predict(IMAGE)[0].probabilities, before.probabilities, atol=1e-5)
    probe.look(None)
    assert model.watch is None
    count = len(told.seen)
    for _ in range(3):
        model.predict(IMAGE)
    time.sleep(0.05)
    assert len(told.seen) <= count + 1  # what was in work when it was called off


def test_the_model_never_waits_for_what_is_computed(looked):
    model, told, probe = looked
    probe.look(MapOf("cam"))
    run_until(model, lambda: told.seen)
    with told.changed:  # whoever is told takes his time
        started = time.perf_counter()
        for _ in range(20):
            model.predict(IMAGE)
        assert time.perf_counter() - started < 5


def test_what_does_not_fit_is_said_once_and_something_else_can_be_asked(looked):
    model, told, probe = looked
    probe.look(MapOf("rollout"))
    run_until(model, lambda: told.said)
    assert told.said == ["sketch-cnn: has no attention inside; take the method cam or features"]
    assert model.watch is None
    probe.look(MapOf("cam", Choice(class_id=77)))
    run_until(model, lambda: len(told.said) > 1)
    assert "class 77" in told.said[1]
    probe.look(MapOf("eigen"))
    run_until(model, lambda: told.seen)


def test_a_method_that_goes_on_gives_way_to_another(looked):
    model, told, probe = looked
    probe.look(MapOf("rise"))
    run_until(model, lambda: len(told.seen) > 1)
    assert told.seen[1][1].progress < 1
    later = MapOf("cam")
    probe.look(later)
    run_until(model, lambda: told.seen[-1][0] is later)


def test_what_is_called_off_while_it_is_made_ready_is_never_put_in_place(looked):
    model, told, probe = looked
    probe.look(MapOf("eigen"))
    run_until(model, lambda: told.seen)  # the roles are known: what follows takes a session only
    for layer in ("1", "2", "3"):
        probe.look(MapOf("features", Choice(layer=layer)))
        time.sleep(0.002)
        probe.look(None)
        for _ in range(10):
            time.sleep(0.02)
            assert model.watch is None


def test_an_unknown_method_is_refused_at_once():
    with pytest.raises(ConfigError, match="method 'x' is none of"):
        MapOf("x").needs(None)


def test_who_stops_looking_leaves_alone_who_has_come_since(looked):
    model, told, probe = looked
    first = LiveProbe(model, lambda *_: None, lambda *_: None)
    first.look(MapOf("cam"))
    run_until(model, lambda: model.watch is not None)
    before = model.watch
    probe.look(MapOf("cam"))
    run_until(model, lambda: model.watch is not before)
    first.close()
    first.thread.join(10)
    told.seen.clear()
    run_until(model, lambda: told.seen)
