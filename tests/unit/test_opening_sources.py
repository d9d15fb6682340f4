"""What the user typed leads to the right source, or to one clear line."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import constant, write_clip
from vision_app.errors import SourceError
from vision_app.sources import SourceOptions, open_source


def write_image(path: Path) -> None:
    path.write_bytes(cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes())


@pytest.mark.parametrize("name", ["0.png", "clip.mp4", "no_suffix", "clip.data"])
def test_an_existing_file_is_opened_by_what_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("png"):
        write_image(path)
    else:
        write_clip(tmp_path / "x.mp4", constant(3)).rename(path)
    with open_source(str(path)) as source:
        assert source.info.kind == ("images" if name.endswith("png") else "video")
        assert source.info.source_id == str(path)


def test_a_missing_file_names_those_that_are_nearly_called_so(tmp_path: Path) -> None:
    (tmp_path / "Holiday_2024.mp4").touch()
    (tmp_path / "unrelated.txt").touch()
    with pytest.raises(SourceError, match="no such file") as caught:
        open_source(str(tmp_path / "holiday2024.mp4"))
    assert str(caught.value).endswith(f"did you mean {tmp_path / 'Holiday_2024.mp4'}?")


def test_a_missing_file_without_neighbours_says_what_a_source_can_be(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such file .*synthetic:1280x720@30"):
        open_source(str(tmp_path / "x.mp4"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{0}/nowhere/x.mp4", "folder .*nowhere does not exist"),
        ("{0}", "holds no images"),
        ("{0}/*.png", "matches no file"),
        ("{0}/*.txt", "none of them an image"),
        ("", "no source was given"),
        ("gopher://host/x", "addresses must begin with one of http://"),
        ("a\0b", "null character"),
        ("x" * 5000, "no such file"),
        ("97", "camera 97 cannot be opened"),
        ("/dev/video97", "camera 97 cannot be opened"),
        ("4294967296", "no camera has a number as high as 4294967296"),
        ("9" * 5000, "no camera has a number as high as 9999"),
        ("~nouser/x.mp4", "no such file"),
        ("rtsp://admin:12/34@127.0.0.1/x", r"rtsp://\*\*\*@127.0.0.1/x cannot be opened.*written as %40"),
        ("http://admin:p#w@127.0.0.1/x", r"http://\*\*\*@127.0.0.1/x cannot be opened.*written as %40"),
        ("no such camera", "no such file or camera"),
        ("rtsp://127.0.0.1:1/x", "nobody answers at 127.0.0.1 port 1"),
    ],
)
def test_what_cannot_be_opened_is_explained_in_one_line(tmp_path: Path, spec: str, message: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SourceError, match=message) as caught:
        open_source(spec.format(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        open_source(str(tmp_path / "pipe"))


@pytest.mark.parametrize("spec", ["{0}", "{0}/a.png", "{0}/*.png", "synthetic:64x48@30", "0"])
def test_times_are_refused_where_there_are_none(tmp_path: Path, spec: str) -> None:
    write_image(tmp_path / "a.png")
    with pytest.raises(SourceError, match="needs a video file"):
        open_source(spec.format(tmp_path), SourceOptions(start_s=1))


@pytest.mark.parametrize(
    "name", ["2026-01-05T12:30:05.mp4", "~x.mp4", "ends with a space ", " x.mp4", "100%d.mp4", "-x.mp4"]
)
def test_odd_names_are_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write_clip(tmp_path / "x.mp4", constant(3)).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with open_source(name) as source:
        assert source.info.kind == "video"
        assert source.read() is not None


@pytest.mark.parametrize(
    "spec", ["rtsp://admin:12/34@127.0.0.1/x", "rtsp://admin:p#w@127.0.0.1/x", "http://me:a?b@127.0.0.1/"]
)
def test_nothing_of_an_unescaped_password_is_said(spec: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(spec)
    assert not any(
        part in str(caught.value)
        for part in ("admin", "12", "34", "p#w", "me:", "a?b")
        if part not in "127.0.0.1"
    )


def test_demo_is_the_shipped_clip_unless_something_here_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_source("demo") as source:
        assert source.info.frame_count == 735
    (tmp_path / "demo").mkdir()
    cv2.imwrite("demo/one.png", np.zeros((4, 6, 3), np.uint8))
    with open_source("demo") as source:
        assert source.info.frame_count == 1
