"""What a kiosk file says reaches the camera and the drawing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vision_app.kiosk.programme import load_programme
from vision_app.kiosk.stations import source_options, source_spec, station_style
from vision_app.resources import demo_clip
from vision_app.sources.base import SourceOptions

FINGERPRINT = "ab" * 32
FILE = f"""\
source = "rtsps://cam/x"
size = "800x600"
fps = 12.5
insecure = false
fingerprint = "{FINGERPRINT}"
rotate = 90
mirror = true

[[station]]
title = "Cats"
models = ["efficientnet-lite0"]
text_scale = 2.5
shade = 0.25
"""


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_the_camera_is_asked_for_what_the_file_says(kiosk: Path) -> None:
    programme = load_programme(kiosk)
    asked = source_options(programme)
    assert (asked.size_wh, asked.fps) == ((800, 600), 12.5)
    assert (asked.insecure, asked.fingerprint) == (False, programme.fingerprint)
    assert programme.fingerprint.replace(":", "").lower() == FINGERPRINT
    assert (programme.rotate_deg, programme.mirror) == (90, True)


def test_any_certificate_only_where_the_file_says_so(kiosk: Path) -> None:
    text = FILE.replace("insecure = false", "insecure = true").replace(f'"{FINGERPRINT}"', '""')
    kiosk.write_text(text.replace('fingerprint = ""\n', ""), encoding="utf-8")
    assert source_options(load_programme(kiosk)).insecure


def test_a_file_that_says_nothing_asks_a_camera_for_nothing(kiosk: Path) -> None:
    kiosk.write_text(FILE[FILE.index("[[station]]") :], encoding="utf-8")
    assert source_options(load_programme(kiosk)) == SourceOptions()


def test_results_are_drawn_as_the_station_says(kiosk: Path) -> None:
    style = station_style(load_programme(kiosk).stations[0], {"cat": "고양이"})
    assert (style.scale, style.shade, style.names) == (2.5, 0.25, {"cat": "고양이"})


def test_the_demo_is_the_clip_that_comes_with_it() -> None:
    assert source_spec("demo") == str(demo_clip())
    assert source_spec("rtsp://cam/x") == "rtsp://cam/x"
