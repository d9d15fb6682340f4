"""Windows of sliced detection: how many are too many, what to do instead, and how they are called off."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace

import pytest

from tests import tiny_models as tiny
from tests.live import box_model, live_session
from vision_app.cancelling import Cancellation, CancelledError
from vision_app.engine.build import Surroundings, build
from vision_app.engine.request import ModelRequest
from vision_app.engine.windows import MOST_S, check_windows, count_windows, default_stride, windows
from vision_app.errors import ConfigError
from vision_app.live.status import ModelState
from vision_app.runtime import Session

HD = (1280, 720)


@pytest.mark.parametrize("size_wh", [HD, (64, 48), (33, 700), (5, 5)])
@pytest.mark.parametrize(("window", "stride"), [(4, 3), (32, 26), (640, 512), (33, 33)])
def test_the_count_is_that_of_the_windows(size_wh, window, stride):
    assert count_windows(size_wh, window, stride) == len(list(windows(size_wh, window, stride)))


def test_windows_of_four_pixels_are_refused_with_their_number_and_a_way_that_works():
    with pytest.raises(ConfigError) as caught:
        check_windows("net", HD, 4, 3)
    said = str(caught.value)
    assert said.startswith("102 480 windows of 4 px, 3 px apart, for every frame of 1280 x 720")
    side = int(re.search(r"windows of (\d+) px or more would do", said)[1])
    check_windows("net", HD, side, default_stride(side))
    with pytest.raises(ConfigError):
        check_windows("net", HD, side - 1, default_stride(side - 1))


def test_a_step_that_is_too_small_is_what_has_to_change():
    with pytest.raises(ConfigError) as caught:
        check_windows("net", HD, 320, 2)
    step = int(re.search(r"a step of (\d+) px or more would do", str(caught.value))[1])
    check_windows("net", HD, 320, step)


def test_a_slow_model_is_refused_with_its_minutes():
    seconds = 1.5
    with pytest.raises(ConfigError, match="with net a frame would take about 9 minutes") as caught:
        check_windows("net", HD, 64, 51, seconds=seconds)
    side = int(re.search(r"windows of (\d+) px or more", str(caught.value))[1])
    assert count_windows(HD, side, default_stride(side)) * seconds <= MOST_S
    check_windows("net", HD, side, default_stride(side), seconds=seconds)


def _sliced(folder, **more):
    return ModelRequest(box_model(folder), sliced=True, **more)


def test_a_predictor_is_not_built_for_frames_that_would_take_minutes(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="102 480 windows"):
        build(_sliced(tmp_path, slice_size=4), Surroundings(frame_wh=HD))
    run = Session.run
    monkeypatch.setattr(Session, "run", lambda *a, **k: (time.sleep(0.05), run(*a, **k))[1])
    with pytest.raises(ConfigError, match="minutes"):
        build(_sliced(tmp_path, slice_size=20), Surroundings(frame_wh=HD))


def test_a_larger_frame_later_is_judged_as_well(tmp_path, monkeypatch):
    small = build(_sliced(tmp_path, slice_size=16), Surroundings(frame_wh=(64, 48))).predictor
    with pytest.raises(ConfigError, match="windows of 16 px"):
        small.predict(tiny.solid((9, 9, 9), HD))
    run = Session.run
    monkeypatch.setattr(Session, "run", lambda *a, **k: (time.sleep(0.02), run(*a, **k))[1])
    started_s = time.perf_counter()
    with pytest.raises(ConfigError, match="minutes"):
        small.predict(tiny.solid((9, 9, 9), (960, 540)))
    assert time.perf_counter() - started_s < 2


def test_windows_are_called_off_between_two_of_them(tmp_path):
    predictor = build(_sliced(tmp_path, slice_size=16), Surroundings(frame_wh=(64, 48))).predictor
    cancellation = Cancellation()
    threading.Timer(0.1, cancellation.cancel).start()
    with cancellation.scope(), pytest.raises(CancelledError):
        while True:
            predictor.predict(tiny.solid((9, 9, 9), (640, 480)))


def test_in_a_session_they_are_refused_and_the_picture_goes_on(tmp_path):
    with live_session() as (session, told):
        session.open("synthetic:1280x720@30")
        plain = ModelRequest(box_model(tmp_path))
        slot = session.add_model(plain)
        told.until_ready(slot)
        told.until_picture(lambda p: p.result_age_s is not None)
        session.change_model(slot, replace(plain, sliced=True, slice_size=4))
        status = told.until_ready(slot)
        assert status.state is ModelState.READY
        assert status.request == plain
        assert "102 480 windows of 4 px" in status.error
        count = told.pictures
        told.until(lambda: told.pictures > count + 5)
        session.change_model(slot, plain)
        assert told.until_ready(slot).error == ""


@pytest.mark.parametrize("way", ["removed", "hidden", "switched off", "replaced", "closed"])
def test_a_frame_that_takes_long_holds_nobody_up(tmp_path, monkeypatch, way):
    run, busy = Session.run, threading.Event()

    def slow(*args, **more):
        if busy.is_set():
            time.sleep(0.03)
        return run(*args, **more)

    monkeypatch.setattr(Session, "run", slow)
    started_s = 0.0
    with live_session() as (session, told):
        session.open("synthetic:640x480@30")
        request = _sliced(tmp_path, slice_size=20)
        slot = session.add_model(request)
        told.until_ready(slot)
        busy.set()  # a frame of 1147 windows takes 34 s from here on
        time.sleep(0.3)
        started_s = time.perf_counter()
        if way == "removed":
            session.remove_model(slot)
        elif way == "hidden":
            session.change_model(slot, replace(request, shown=False))
        elif way == "switched off":
            session.change_model(slot, replace(request, sliced=False))
        elif way == "replaced":
            session.change_model(slot, ModelRequest(str(tiny.colour_model(tmp_path, "colours"))))
        if way in ("switched off", "replaced"):
            told.until(lambda: told.picture.result_age_s is not None and told.picture.result_age_s < 0.3)
            assert time.perf_counter() - started_s < 3
            assert told.until_ready(slot).error == ""
    assert time.perf_counter() - started_s < 4
    assert not [n for n in told.notices if "cancel" in n or "stopped" in n]
