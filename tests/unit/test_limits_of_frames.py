"""Frames of a video or stream that are larger than the limit: refused, also when they come in the middle."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import constant, write_clip
from tests.mjpeg_server import MjpegServer
from vision_app import limits
from vision_app.errors import SourceError
from vision_app.sources import open_source
from vision_app.sources.playback import open_playback


def raw_h264(size_wh: tuple[int, int], count: int) -> bytes:
    """A stream without a container, which may be put behind another one."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = size_wh
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    encoder.options = {"preset": "ultrafast"}
    parts = []
    for i in range(count):
        image = np.full((size_wh[1], size_wh[0], 3), 20 * i, np.uint8)
        parts += encoder.encode(av.VideoFrame.from_ndarray(image, format="bgr24"))
    parts += encoder.encode(None)
    return b"".join(bytes(p) for p in parts)


@pytest.mark.parametrize("opener", [open_source, open_playback])
def test_a_clip_of_too_large_frames_is_refused(opener, tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mp4", constant(5))
    with opener(str(path)) as source:
        width, height = source.info.size_wh
    monkeypatch.setenv(limits.VARIABLE, f"frame-pixels={width * height - 1}")
    with pytest.raises(SourceError, match=rf"its frames have {width} x {height} pixels; at most"):
        opener(str(path))
    monkeypatch.setenv(limits.VARIABLE, f"frame-pixels={width * height}")
    opener(str(path)).close()


def test_frames_that_grow_in_the_middle_are_left_out(tmp_path: Path, monkeypatch):
    small, large = raw_h264((320, 240), 10), raw_h264((1280, 720), 5)
    (tmp_path / "x.h264").write_bytes(small + large + small)

    def sizes() -> list[tuple[int, int]]:
        found = []
        with open_source(str(tmp_path / "x.h264")) as source:
            while (frame := source.read()) is not None:
                found.append(frame.size_wh)
        return found

    assert set(sizes()) == {(320, 240), (1280, 720)}
    monkeypatch.setenv(limits.VARIABLE, "frame-pixels=400K")
    assert set(sizes()) == {(320, 240)}
    assert len(sizes()) >= 18


def test_a_stream_of_too_large_frames_is_refused(monkeypatch):
    monkeypatch.setenv(limits.VARIABLE, "frame-pixels=100")
    with MjpegServer(fps=50) as server, pytest.raises(SourceError, match="its frames have"):
        open_source(server.url)
