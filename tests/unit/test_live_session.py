"""What a screen gets from a live session: pictures, states of the source, nothing that waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.clips import constant, read_code, write_clip
from tests.conftest import CHECKOUT
from tests.live import Bench, box_model, live_session
from tests.mjpeg_server import MjpegServer
from vision_app.cards import lookup
from vision_app.engine.request import ModelRequest
from vision_app.live.composer import resize_into
from vision_app.live.status import SourceState
from vision_app.overlay import Style
from vision_app.sources import SourceOptions
from vision_app.tasks import TaskOptions

CARD = "synthetic:320x240@60"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    made.release()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path))
    return tmp_path


def wait_until(condition) -> None:
    """Wait for something that nobody tells."""
    deadline_s = time.perf_counter() + 20
    while not condition():
        assert time.perf_counter() < deadline_s
        time.sleep(0.002)


def level(picture) -> int:
    """Brightness of a grey picture."""
    return int(picture.image[0, 0, 0])


# -- pictures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view_wh", "wanted_wh"),
    [(None, (320, 240)), ((1000, 600), (800, 600)), ((100, 400), (100, 75)), ((320, 240), (320, 240))],
)
def test_pictures_have_the_largest_size_that_fits(view_wh, wanted_wh):
    with live_session() as (session, told):
        if view_wh:
            session.set_view(view_wh)
        session.open(CARD)
        picture = told.until_picture(lambda p: True)
        assert picture.image.shape == (wanted_wh[1], wanted_wh[0], 4)
        assert picture.frame_wh == (320, 240)
        assert (picture.image[..., 3] == 255).all()
        assert picture.result_age_s is None
        assert [s.state for s in told.sources] == [SourceState.OPENING, SourceState.RUNNING]
        assert told.sources[-1].info is not None


@pytest.mark.parametrize(
    "size_wh", [(800, 450), (640, 360), (500, 281), (160, 90), (100, 56), (1600, 900), (7, 3)]
)
@pytest.mark.parametrize("odd", [0, 1])
def test_pictures_are_scaled_without_leaving_pixels_out(size_wh, odd):
    """A fine pattern becomes even grey: nearly so where it is made a little smaller, and wholly by half and less."""
    image = np.zeros((720 + odd, 1280 + odd, 3), np.uint8)
    image[::2, ::2] = image[1::2, 1::2] = 200
    canvas = np.empty((size_wh[1], size_wh[0], 3), np.uint8)
    resize_into(canvas, image)
    if size_wh[0] <= 640 and not odd:
        assert np.abs(canvas.astype(int) - 100).max() <= 2
    assert canvas.mean() == pytest.approx(100, abs=2)


def test_results_are_drawn_in_the_pixels_of_the_screen(folder):
    """A thin box on a picture four times as large: a scaled drawing would have soft edges."""
    with live_session() as (session, told):
        session.set_view((1280, 960))
        slot = session.add_model(ModelRequest(box_model(folder)))
        told.until_ready(slot)
        session.open("synthetic:320x240@30")
        picture = told.until_picture(lambda p: p.result_age_s is not None)
        row = picture.image[480, 300:330, :3].astype(int)
        steps = np.abs(np.diff(row, axis=0)).sum(axis=1)
        # the left edge is at a quarter of the width, to the pixel, and from there on it has its full colour
        assert steps[: 319 - 300].max() < 20
        assert steps[319 - 300] > 200


def test_the_picture_comes_at_the_rate_of_the_source_however_slow_the_model(folder, monkeypatch):
    from vision_app.runtime import Session

    run = Session.run
    monkeypatch.setattr(Session, "run", lambda *a, **k: (time.sleep(0.2), run(*a, **k))[1])
    with live_session() as (session, told):
        slot = session.add_model(ModelRequest(box_model(folder)))
        told.until_ready(slot)
        session.open(CARD)
        told.until_picture(lambda p: p.result_age_s is not None)
        count, start_s = told.pictures, time.perf_counter()
        ages = set()
        while time.perf_counter() - start_s < 1.0:
            ages.add(told.picture.result_age_s)
            time.sleep(0.005)
        figures = session.figures()
        assert told.pictures - count > 25  # of 60; the model alone would give 5
        assert None not in ages  # the last result stays drawn
        assert max(ages) > 0.1  # and its age is told
        assert figures.dropped > 20
        assert figures.inferred_fps < 8 < figures.shown_fps


def test_a_model_that_comes_to_a_stop_does_not_stop_the_picture(folder, monkeypatch):
    """At a rate so high that the next frame always comes before the results of the last one could."""
    from vision_app.runtime import Session

    stop, free = threading.Event(), threading.Event()
    run = Session.run

    def stopping(self, *fed):
        time.sleep(0.014)
        if stop.is_set():
            free.wait(20)
        return run(self, *fed)

    monkeypatch.setattr(Session, "run", stopping)
    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest(box_model(folder))))
        session.open("synthetic:64x48@200")
        told.until(lambda: told.pictures > 30)
        stop.set()
        time.sleep(0.1)
        count = told.pictures
        told.until(lambda: told.pictures > count + 5)
        free.set()


def test_never_more_pictures_than_asked_for():
    with live_session(max_fps=20.0) as (session, told):
        session.open("synthetic:64x48@200")
        told.until(lambda: told.pictures > 3)
        count, start_s = told.pictures, time.perf_counter()
        time.sleep(0.5)
        assert (told.pictures - count) / (time.perf_counter() - start_s) < 25


def test_without_anything_new_no_picture_is_made(bench):
    bench.device("cam").show(10)
    with live_session() as (session, told):
        session.open("fake:cam")
        told.until(lambda: told.pictures)
        time.sleep(0.1)
        count = told.pictures
        time.sleep(0.15)
        assert told.pictures == count
        session.set_style(Style(scale=2.0))
        told.until(lambda: told.pictures > count)
        session.set_view((32, 24))
        assert told.until_picture(lambda p: p.image.shape[0] == 24)
        bench.release()


def test_results_can_be_left_undrawn(folder):
    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest(box_model(folder))))
        session.open(CARD)
        told.until_picture(lambda p: p.result_age_s is not None)
        session.set_style(Style(), draw=False)
        told.until_picture(lambda p: p.result_age_s is None)


def test_the_newest_frame_and_its_results_can_be_had(folder):
    with live_session() as (session, told):
        assert session.newest() is None
        assert session.snapshot(annotated=True) is None
        told.until_ready(session.add_model(ModelRequest(box_model(folder))))
        session.open(CARD)
        session.set_view((100, 75))
        told.until_picture(lambda p: p.result_age_s is not None)
        newest = session.newest()
        assert newest is not None
        frame, results = newest
        assert frame.size_wh == (320, 240)
        assert [r.model for r in results] == ["boxes"]
        plain, annotated = session.snapshot(annotated=False), session.snapshot(annotated=True)
        assert plain is not None
        assert annotated is not None
        assert plain.shape == annotated.shape == (240, 320, 3)
        assert (plain != annotated).any()


# -- the filter ------------------------------------------------------------------------------------------


def test_a_filter_changes_every_picture_before_anything_is_drawn(folder):
    seen = []

    def grey(frame, results):
        seen.append(len(results))
        return np.full_like(frame.image, 77)

    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest(box_model(folder))))
        session.set_filter(grey)
        session.open(CARD)
        picture = told.until_picture(lambda p: p.result_age_s is not None)
        assert picture.image[0, -1, :3].tolist() == [77, 77, 77]
        assert (picture.image[..., :3] != 77).any()
        snapshot = session.snapshot(annotated=False)
        assert snapshot is not None
        assert (snapshot == 77).all()
        assert 1 in seen
        session.set_filter(None)
        told.until_picture(lambda p: p.image[0, -1, 0] != 77)


def test_where_a_filter_fails_nothing_is_shown_and_that_is_said_once(bench):
    def broken(frame, results):
        raise ZeroDivisionError("in the filter")

    bench.device("cam").show(10)
    with live_session() as (session, told):
        session.set_filter(broken)
        session.open("fake:cam")
        told.until(lambda: told.notices)
        for _ in range(3):
            session.refresh()
            time.sleep(0.03)
        assert told.pictures == 0
        assert told.notices == ["the picture cannot be made: in the filter"]
        session.set_filter(None)
        told.until_picture(lambda p: level(p) == 10)
        bench.release()


# -- sources ---------------------------------------------------------------------------------------------


def test_a_source_that_cannot_be_opened_leaves_the_running_one(tmp_path):
    with live_session() as (session, told):
        session.open(CARD)
        told.until_source(SourceState.RUNNING)
        session.open(str(tmp_path / "nothing.mp4"))
        failed = told.until_source(SourceState.FAILED)
        assert "nothing.mp4" in failed.message
        assert failed.running_id == CARD
        opening = told.sources[-2]
        assert (opening.state, opening.running_id) == (SourceState.OPENING, CARD)
        count = told.pictures
        told.until(lambda: told.pictures > count + 3)


def test_credentials_are_told_to_nobody(tmp_path):
    with live_session() as (session, told), MjpegServer() as server:
        session.open(server.url)
        told.until_source(SourceState.RUNNING)
        told.until(lambda: told.pictures > 2)
        server.kill()
        told.until_source(SourceState.LOST)
        server.start()
        told.until_source(SourceState.RUNNING)
        assert "s3cret" not in repr((told.sources, told.notices))
        assert session.playback is None
        session.close_source()


def test_a_camera_that_is_lost_keeps_its_last_picture_and_comes_back_by_itself(bench):
    device = bench.device("cam")
    device.show(10, 20)
    with live_session() as (session, told):
        session.open("fake:cam")
        told.until_picture(lambda p: level(p) == 20)
        device.away.set()
        device.lose()
        lost = told.until_source(SourceState.LOST)
        assert "trying to connect again" in lost.message
        session.set_view((32, 24))
        assert level(told.until_picture(lambda p: p.image.shape[0] == 24)) == 20
        device.away.clear()
        device.show(30)
        assert told.until_source(SourceState.RUNNING).message == ""
        told.until_picture(lambda p: level(p) == 30)
        bench.release()


def test_a_camera_that_gives_up_says_so_and_keeps_its_last_picture(bench):
    device = bench.device("cam")
    device.show(10)
    with live_session() as (session, told):
        session.open("fake:cam", SourceOptions(give_up_after_s=0.3))
        failed = told.until_source(SourceState.FAILED)
        assert "gave up" in failed.message
        session.set_view((32, 24))
        assert level(told.until_picture(lambda p: p.image.shape[0] == 24)) == 10
        bench.release()


def test_of_many_sources_that_are_opened_in_a_row_the_last_one_wins(bench):
    names = [f"cam{i}" for i in range(10)]
    bench.hold(*names)
    for i, name in enumerate(names):
        bench.device(name).show(10 * i + 5)
    with live_session() as (session, told):
        start_s = time.perf_counter()
        for name in names:
            session.open(f"fake:{name}")
        assert time.perf_counter() - start_s < 1
        for name in reversed(names):
            bench.gates[name].set()
        told.until_picture(lambda p: level(p) == 95)
        told.until(lambda: set(bench.closed) >= set(bench.opened) - {"cam9"})
        running = [s for s in told.sources if s.state is SourceState.RUNNING]
        assert {s.source_id for s in running} == {"fake:cam9"}
        assert told.sources[-1].state is SourceState.RUNNING
        assert "cam9" not in bench.closed
        bench.release()


def test_an_opening_that_hangs_holds_nothing_up(bench):
    bench.hold("hung")
    bench.device("hung").show(1, 2)
    with live_session() as (session, told):
        session.open("fake:hung")
        session.open(CARD)
        told.until_picture(lambda p: p.frame_wh == (320, 240))
        session.open("fake:hung")
        count = told.pictures
        told.until(lambda: told.pictures > count + 5)
        start_s = time.perf_counter()
        session.close()
        assert time.perf_counter() - start_s < 4
        bench.release()


def test_a_device_that_hangs_while_it_runs_does_not_hold_up_the_end(bench):
    bench.device("cam").show(10)  # and then `grab` waits for seconds
    with live_session() as (session, told):
        session.open("fake:cam")
        told.until(lambda: told.pictures)
        start_s = time.perf_counter()
        session.open(CARD)
        told.until_picture(lambda p: p.frame_wh == (320, 240))
        session.close()
        assert time.perf_counter() - start_s < 4
        bench.release()


def test_results_of_a_source_never_appear_on_the_next(folder, monkeypatch):
    """The model is slow, so that what it says about the first source comes when the second one runs."""
    from vision_app.runtime import Session

    run = Session.run
    monkeypatch.setattr(Session, "run", lambda *a, **k: (time.sleep(0.15), run(*a, **k))[1])
    tiny.colour_model(folder, "colours")
    red, blue = folder / "red.png", folder / "blue.png"
    cv2.imwrite(str(red), tiny.solid((0, 0, 255), (80, 60)))
    cv2.imwrite(str(blue), tiny.solid((255, 0, 0), (100, 60)))
    said = {(80, 60): set(), (100, 60): set()}

    def watch(frame, results):
        said[frame.size_wh] |= {r.top(1)[0][1] for r in results}
        return frame.image

    with live_session() as (session, told):
        session.set_filter(watch)
        told.until_ready(session.add_model(ModelRequest("colours")))
        for _ in range(3):
            for path in (red, blue):
                count = told.pictures
                session.open(str(path))
                told.until(lambda: told.pictures > count)  # noqa: B023
                time.sleep(0.03)
        told.until_picture(lambda p: p.frame_wh == (100, 60) and p.result_age_s is not None)
    assert said[100, 60] == {"blue"}
    assert said[80, 60] <= {"red"}


def test_closing_the_source_leaves_nothing_to_see(bench):
    bench.device("cam").show(10)
    with live_session() as (session, told):
        session.open("fake:cam")
        told.until_source(SourceState.RUNNING)
        told.until(lambda: told.pictures)
        session.close_source()
        assert told.sources[-1].state is SourceState.EMPTY
        assert session.newest() is None
        bench.hold("late")
        bench.device("late").show(20)
        session.open("fake:late")
        session.close_source()
        bench.gates["late"].set()
        wait_until(lambda: "late" in bench.closed)
        assert told.sources[-1].state is SourceState.EMPTY
        bench.release()


@pytest.fixture
def one_camera(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """All fakes are the same camera, which can be opened only once, as a real one."""
    bench.kind = "camera"
    monkeypatch.setattr("vision_app.live.opener.camera_of", lambda spec: 0)
    monkeypatch.setattr("vision_app.live.running.camera_of", lambda spec: 0)


@pytest.mark.usefixtures("one_camera")
def test_a_camera_is_let_go_of_before_it_is_opened_otherwise(bench):
    bench.device("small").show(10)
    bench.device("large", (96, 64)).show(20)
    with live_session() as (session, told):
        session.open("fake:small")
        told.until_picture(lambda p: level(p) == 10)
        bench.hold("large")
        session.open("fake:large")
        wait_until(lambda: "small" in bench.closed)
        assert bench.opened == ["small"]
        bench.gates["large"].set()
        told.until_picture(lambda p: level(p) == 20)
        bench.release()


@pytest.mark.usefixtures("one_camera")
def test_a_camera_that_cannot_be_opened_otherwise_is_opened_as_it_was(bench):
    bench.device("cam").show(10)
    bench.device("refused").away.set()
    with live_session() as (session, told):
        session.open("fake:cam")
        told.until_picture(lambda p: level(p) == 10)
        session.open("fake:refused")
        wait_until(lambda: "cam" in bench.closed)
        bench.device("cam").lose()
        bench.device("cam").show(20, 30)
        assert told.until_source(SourceState.RUNNING).source_id == "fake:cam"
        told.until_picture(lambda p: level(p) == 30)
        assert [s.state for s in told.sources[-3:]].count(SourceState.FAILED) == 1
        assert told.notices == ["fake device is away"]
        bench.release()


# -- turning ---------------------------------------------------------------------------------------------


def test_turning_shows_at_once_even_while_nothing_comes(bench, folder):
    bench.device("cam").show(10)
    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest(box_model(folder))))
        session.open("fake:cam")
        told.until_picture(lambda p: p.frame_wh == (64, 48) and p.result_age_s is not None)
        session.orient(mirror=True, rotate_deg=90)
        told.until_picture(lambda p: p.frame_wh == (48, 64) and p.result_age_s is not None)
        newest = session.newest()
        assert newest is not None
        assert newest[1][0].xyxy.tolist() == [[12, 16, 36, 48]]
        with pytest.raises(ValueError, match="45"):
            session.orient(mirror=False, rotate_deg=45)
        bench.device("next").show(20)
        session.open("fake:next")
        assert told.until_picture(lambda p: level(p) == 20).frame_wh == (48, 64)
        bench.release()


# -- playing ---------------------------------------------------------------------------------------------


def test_a_clip_is_played_paused_stepped_and_told_about(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", constant(50))
    with live_session() as (session, told):
        session.open(str(path))
        told.until(lambda: told.pictures > 2)
        assert session.playback is not None
        session.playback.pause()
        told.until_source(SourceState.PAUSED)
        session.playback.seek(0.8)
        told.until_picture(lambda p: p.frame_index == 20)
        session.playback.step(-1)
        picture = told.until_picture(lambda p: p.frame_index == 19)
        assert read_code(picture.image) == 19
        session.playback.set_speed(4)
        session.playback.resume()
        told.until_source(SourceState.RUNNING)
        told.until_source(SourceState.ENDED)
        told.until_picture(lambda p: p.frame_index == 49)
        time.sleep(0.05)
        assert session.figures().age_p95_ms < 1000


def test_a_threshold_that_is_changed_while_paused_is_seen(tmp_path, folder):
    path = write_clip(tmp_path / "clip.mp4", constant(50))
    rows = ((4, 4, 12, 12, 0.9, 1), (20, 20, 28, 28, 0.5, 2))
    request = ModelRequest(box_model(folder, rows=rows))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.open(str(path))
        told.until_picture(lambda p: p.result_age_s is not None)
        session.playback.pause()
        told.until_source(SourceState.PAUSED)

        def boxes() -> int:
            newest = session.newest()
            return -1 if newest is None or not newest[1] else len(newest[1][0])

        told.until(lambda: boxes() == 2)
        count = told.pictures
        session.change_model(slot, replace(request, options=TaskOptions(conf=0.6)))
        told.until(lambda: boxes() == 1 and told.pictures > count)
        session.change_model(slot, replace(request, shown=False))
        told.until_picture(lambda p: p.result_age_s is None)
        session.change_model(slot, request)
        told.until(lambda: boxes() == 2)
        session.remove_model(slot)
        told.until_picture(lambda p: p.result_age_s is None)


def test_figures_are_those_of_this_moment(bench):
    with live_session() as (session, told):
        assert session.figures().source_fps == 0
        session.open(CARD)
        told.until(lambda: told.pictures > 60)
        figures = session.figures()
        assert 20 < figures.source_fps < 70
        assert figures.inferred_fps == figures.dropped == 0
        assert 0 < figures.age_p50_ms <= figures.age_p95_ms < 2000
        assert {"read", "compose"} <= set(figures.stages_ms)
        bench.device("cam").show(1)
        session.open("fake:cam")
        told.until_picture(lambda p: p.frame_wh == (64, 48))
        assert session.figures().source_fps == 0
        bench.release()


def test_after_the_end_nothing_happens_any_more(tmp_path):
    with live_session() as (session, told):
        session.open(CARD)
        told.until(lambda: told.pictures)
        session.close()
        session.close()
        count = (told.pictures, len(told.sources))
        session.open(CARD)
        session.add_model(ModelRequest("efficientnet-lite0"))
        assert session.models == ()
        session.record(tmp_path / "a.mp4", annotated=True)
        session.refresh()
        session.close_source()
        time.sleep(0.05)
        assert (told.pictures, len(told.sources)) == count
        assert not list(tmp_path.iterdir())


_LEFT_OPEN = """
import sys
from tests.live import Told
from vision_app.live.session import LiveSession
from vision_app.engine.request import ModelRequest
told = Told()
session = LiveSession(told)
told.until_ready(session.add_model(ModelRequest("efficientnet-lite0")))
session.open("synthetic:640x480@120")
told.until(lambda: told.pictures > 5)
sys.exit(3)
"""


def test_a_program_that_ends_without_closing_it_ends_cleanly():
    done = subprocess.run(
        [sys.executable, "-c", _LEFT_OPEN],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "")
