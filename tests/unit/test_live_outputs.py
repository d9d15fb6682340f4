"""Recordings and logs of a live session, read back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.clips import constant, presentation_times, write_clip
from tests.conftest import CHECKOUT
from tests.live import Bench, box_model, live_session
from vision_app.cards import lookup
from vision_app.engine.request import ModelRequest
from vision_app.live.status import SourceState
from vision_app.overlay.colours import index_colour
from vision_app.tasks import TaskOptions

CARD = "synthetic:320x240@60"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    made.release()


def pictures_of(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    pictures = []
    while (read := capture.read())[0]:
        pictures.append(read[1])
    capture.release()
    return pictures


def frames_written(told, path: Path) -> int:
    return max((o.frames for o in told.outputs if o.path == path), default=0)


def recorded(session, told, path: Path, seconds: float):
    time.sleep(seconds)
    session.stop_output(path)
    return told.until_ended(path)


@pytest.mark.parametrize("annotated", [True, False])
def test_a_recording_has_the_frames_of_the_source_and_their_times(folder, annotated):
    path = folder / "out.mp4"
    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest(box_model(folder / "models"))))
        session.open(CARD)
        session.set_view((160, 120))
        told.until_picture(lambda p: p.result_age_s is not None)
        session.record(path, annotated=annotated)
        told.until(lambda: told.outputs)
        assert (told.outputs[0].kind, told.outputs[0].ended) == ("video", False)
        assert [o.path for o in session.outputs] == [path]
        status = recorded(session, told, path, 1.0)
        assert (status.files, status.error) == ((path,), "")
        assert session.outputs == ()
    pictures = pictures_of(path)
    assert len(pictures) == status.frames > 25
    assert {p.shape for p in pictures} == {(240, 320, 3)}
    assert presentation_times(path)[-1] == pytest.approx(1.0, abs=0.35)
    # the left edge of the box, a quarter into the picture, in the colour of its class
    colour = np.array(index_colour(1))
    drawn = sum(np.abs(p[80:160, 80:82].mean(axis=(0, 1)) - colour).max() < 40 for p in pictures)
    assert drawn > 0.9 * len(pictures) if annotated else drawn == 0


def test_a_recording_goes_on_through_turns_other_sources_and_pauses(folder, bench):
    bench.device("cam", (96, 64)).show(200)
    clip = write_clip(folder / "clip.mp4", constant(50))
    path = folder / "out.mkv"
    with live_session() as (session, told):
        session.open(CARD)
        told.until(lambda: told.pictures > 2)
        session.record(path, annotated=True)
        told.until(lambda: told.outputs)
        time.sleep(0.2)
        session.orient(mirror=False, rotate_deg=90)
        told.until_picture(lambda p: p.frame_wh == (240, 320))
        time.sleep(0.2)
        session.open("fake:cam")
        told.until_picture(lambda p: p.frame_wh == (64, 96))
        session.open(str(clip))
        told.until_picture(lambda p: p.frame_index > 3)
        session.playback.pause()
        told.until_source(SourceState.PAUSED)
        status = recorded(session, told, path, 0.8)
        assert (status.files, status.error) == ((path,), "")
        bench.release()
    pictures = pictures_of(path)
    assert len(pictures) == status.frames
    assert {p.shape for p in pictures} == {(240, 320, 3)}
    times = presentation_times(path)
    assert times == sorted(times)
    assert times[-1] - times[-2] > 0.5  # it stands still at the end, as long as it was paused
    assert any(
        (p[:, :60] < 8).all() and (p[:, 130:190] > 20).any() for p in pictures
    )  # upright, with borders


def test_a_recording_may_begin_before_there_is_a_source(folder):
    path = folder / "out.mp4"
    with live_session() as (session, told):
        session.record(path, annotated=False)
        told.until(lambda: told.outputs)
        session.open(CARD)
        told.until(lambda: told.pictures > 10)
        assert recorded(session, told, path, 0).files == (path,)
    assert pictures_of(path)


def test_closing_the_session_finishes_what_is_written(folder):
    tiny.colour_model(folder / "models", "colours")
    video, log = folder / "out.mp4", folder / "out.jsonl"
    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest("colours")))
        session.open(CARD)
        session.record(video, annotated=True)
        session.log_results(log)
        told.until(lambda: told.pictures > 30)
        session.close()
        assert {o.path for o in told.outputs if o.ended and not o.error} == {video, log}
    assert pictures_of(video)
    assert log.read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_a_log_has_one_entry_for_each_frame_that_went_through_the_models(folder, name):
    tiny.colour_model(folder / "models", "colours")
    path = folder / name
    with live_session() as (session, told):
        session.open(CARD)
        session.log_results(path)
        told.until(lambda: told.outputs)
        time.sleep(0.1)
        told.until_ready(session.add_model(ModelRequest("colours")))
        status = recorded(session, told, path, 0.5)
        assert status.files == (path,)
        assert status.kind == path.suffix[1:]
    if path.suffix == ".jsonl":
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert len(records) == status.frames > 5
        assert all(len(r["results"]) == 1 and r["width"] == 320 for r in records)
        indices = [r["frame"] for r in records]
        assert indices == sorted(set(indices))
        assert records[0]["time_s"] == 0
    else:
        rows = path.read_text(encoding="utf-8-sig").splitlines()
        assert rows[0].startswith("frame,time_s,file,source,model")
        assert len(rows) == 1 + 3 * status.frames


def test_a_frame_that_stands_still_is_logged_once(folder):
    request = ModelRequest(box_model(folder / "models"))
    picture, path = folder / "still.png", folder / "out.jsonl"
    cv2.imwrite(str(picture), tiny.solid((9, 9, 9)))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.log_results(path)
        told.until(lambda: told.outputs)
        session.open(str(picture))
        told.until_picture(lambda p: p.result_age_s is not None)
        for i in range(5):
            count = told.pictures
            session.change_model(slot, replace(request, options=TaskOptions(conf=0.3 + i / 100)))
            told.until(lambda: told.pictures > count)  # noqa: B023
        assert recorded(session, told, path, 0).frames == 1


def test_what_cannot_be_written_is_told_and_nothing_else_stops(folder):
    there = folder / "there.mp4"
    there.write_bytes(b"precious")
    with live_session() as (session, told):
        session.open(CARD)
        told.until(lambda: told.pictures)
        for path, why in (
            (there, "exists"),
            (folder / "out.xyz", "a video is one of"),
            (folder / "models", "a video is one of"),
        ):
            session.record(path, annotated=True)
            status = told.until_ended(path)
            assert why in status.error
            assert status.files == ()
        session.log_results(folder / "out.txt")
        assert "results are written as .jsonl, .csv" in told.until_ended(folder / "out.txt").error
        count = told.pictures
        told.until(lambda: told.pictures > count + 3)
        assert session.outputs == ()
    assert there.read_bytes() == b"precious"


def test_one_file_is_not_written_twice_at_once(folder):
    path = folder / "out.mp4"
    with live_session() as (session, told):
        session.open(CARD)
        told.until(lambda: told.pictures)
        session.record(path, annotated=False)
        session.record(path, annotated=False)
        assert told.notices == [f"{path} is being written already"]
        told.until(lambda: told.outputs)
        assert recorded(session, told, path, 0.2).files == (path,)


def test_an_encoder_that_cannot_keep_up_leaves_frames_out_and_says_so_once(folder, monkeypatch):
    from vision_app.live import recorder
    from vision_app.sinks.video import VideoSink

    write = VideoSink.write
    monkeypatch.setattr(recorder, "_MOST_ITEMS", 2)
    monkeypatch.setattr(VideoSink, "write", lambda self, packet: (time.sleep(0.06), write(self, packet))[1])
    path = folder / "out.mp4"
    with live_session() as (session, told):
        session.open(CARD)
        told.until(lambda: told.pictures)
        session.record(path, annotated=False)
        told.until(lambda: told.notices)
        count = told.pictures
        status = recorded(session, told, path, 0.6)
        assert told.pictures - count > 15  # the screen does not wait for it
        assert status.files == (path,)
        assert told.notices == ["out.mp4: writing cannot keep up, some frames are left out"]
    assert presentation_times(path)[-1] > 0.3


_FULL_DISK = """
import resource, signal, sys, time
from pathlib import Path
from tests.live import live_session
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
video, log = Path(sys.argv[1]), Path(sys.argv[2])
with live_session() as (session, told):
    from vision_app.engine.request import ModelRequest
    told.until_ready(session.add_model(ModelRequest("efficientnet-lite0")))
    session.open("synthetic:640x480@60")
    told.until(lambda: told.pictures > 5)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    session.record(video, annotated=True)
    session.log_results(log)
    for path in (video, log):
        status = told.until_ended(path)
        print(status.error)
        print(*status.files)
    count = told.pictures
    told.until(lambda: told.pictures > count + 5)
    print("goes on")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_ends_an_output_and_keeps_what_was_written(tmp_path):
    video, log = tmp_path / "out.mkv", tmp_path / "out.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(video), str(log)],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
        timeout=120,
    )
    said = done.stdout.splitlines()
    assert done.stderr == ""
    for i, part in enumerate((tmp_path / "out.part.mkv", tmp_path / "out.part.jsonl")):
        assert "cannot be written" in said[2 * i]
        assert said[2 * i + 1] == str(part)
        assert part.stat().st_size > 1000
    assert said[4] == "goes on"
    assert all(json.loads(line) for line in (tmp_path / "out.part.jsonl").read_text("utf-8").splitlines())
