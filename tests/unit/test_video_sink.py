"""A recording plays everywhere, keeps times, sizes and colours, and outlives a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vision_app.errors import SinkError
from vision_app.results.values import Frame, ImageU8, Packet, Timings
from vision_app.sinks.encoders import read_back
from vision_app.sinks.video import VideoSink
from vision_app.sources.base import SourceInfo

CHECKOUT = Path(__file__).resolve().parents[2]


def info(fps: float | None = 30.0, source_id: str = "somewhere") -> SourceInfo:
    return SourceInfo(source_id, "video", (64, 48), fps, False, None)


def packet(image: ImageU8, index: int = 0, position_s: float | None = 0.0, **more: object) -> Packet:
    frame = Frame(image, index, captured_s=float(more.pop("captured_s", 0.0)), position_s=position_s, **more)  # type: ignore[arg-type]
    return Packet(frame, (), Timings(), image)


def plain(width: int, height: int, colour: tuple[int, int, int] = (90, 90, 90)) -> ImageU8:
    return np.full((height, width, 3), colour, np.uint8)


def record(path: Path, packets: list[Packet], *, fps: float | None = 30.0) -> Path:
    sink = VideoSink(path)
    sink.open(info(fps))
    for one in packets:
        sink.write(one)
    assert sink.close() == (path,)
    return path


def decoded(path: Path) -> tuple[list[float], list[ImageU8]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(f.time or 0.0) for f in frames], [f.to_ndarray(format="bgr24") for f in frames]


@pytest.mark.parametrize("suffix", [".mp4", ".m4v", ".mov", ".mkv", ".MP4"])
def test_uneven_times_are_kept(suffix: str, tmp_path: Path) -> None:
    times = [5.0, 5.033, 5.1, 5.11, 7.5, 7.533]
    packets = [packet(plain(64, 48), i, t) for i, t in enumerate(times)]
    found, _ = decoded(record(tmp_path / f"clip{suffix}", packets))
    assert found == pytest.approx([t - 5.0 for t in times], abs=0.0011)


def test_live_frames_are_timed_by_their_capture(tmp_path: Path) -> None:
    captured = [1000.0, 1000.04, 1000.5]
    packets = [packet(plain(64, 48), i, None, captured_s=t) for i, t in enumerate(captured)]
    found, _ = decoded(record(tmp_path / "clip.mp4", packets, fps=None))
    assert found == pytest.approx([0.0, 0.04, 0.5], abs=0.001)


def test_pictures_follow_at_the_nominal_rate(tmp_path: Path) -> None:
    packets = [packet(plain(64, 48), 7 * i, None, file=f"{i}.png") for i in range(4)]
    found, _ = decoded(record(tmp_path / "clip.mp4", packets, fps=10.0))
    assert found == pytest.approx([0.0, 0.1, 0.2, 0.3], abs=0.001)


def test_times_that_stand_still_or_jump_back_still_rise(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.1, 0.05, 0.2]
    packets = [packet(plain(64, 48), i, t) for i, t in enumerate(times)]
    found, _ = decoded(record(tmp_path / "clip.mp4", packets))
    assert len(found) == 5
    assert all(later > sooner for sooner, later in pairwise(found))
    assert found[-1] == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize(("width", "height"), [(65, 49), (64, 49), (65, 48), (1, 1), (3, 200), (641, 361)])
def test_an_odd_size_is_made_even_by_repeating_the_border(width: int, height: int, tmp_path: Path) -> None:
    image = cv2.resize(np.array([[[40] * 3, [200] * 3]], np.uint8), (width, height))
    _, (frame, *_) = decoded(record(tmp_path / "clip.mp4", [packet(image, i, i / 30) for i in range(3)]))
    assert frame.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(frame[:height, :width].astype(int) - image).mean() < 6
    assert np.abs(frame[-1, -1].astype(int) - image[-1, -1]).max() < 20


@pytest.mark.parametrize("size", [(640, 120), (32, 200), (64, 49), (63, 47), (1, 1)])
def test_a_frame_of_another_size_is_fitted_in(size: tuple[int, int], tmp_path: Path) -> None:
    packets = [packet(plain(64, 48), 0, 0.0), packet(plain(*size, (250, 250, 250)), 1, 0.1)]
    _, (first, second) = decoded(record(tmp_path / "clip.mp4", packets))
    assert first.shape == second.shape == (48, 64, 3)
    assert (second > 200).mean() == pytest.approx(
        min(64 * size[1] / (48 * size[0]), 48 * size[0] / (64 * size[1])), abs=0.08
    )


@pytest.mark.parametrize("height", range(46, 54, 2))
def test_every_row_comes_back_at_any_even_height(height: int, tmp_path: Path) -> None:
    rows = np.linspace(20, 235, height).round().astype(np.uint8)
    image = np.repeat(np.repeat(rows[:, None, None], 64, axis=1), 3, axis=2)
    image[: height // 2, :, 0] = 0  # chroma that changes from top to bottom shows a shifted plane
    _, (frame, *_) = decoded(record(tmp_path / "clip.mp4", [packet(image, i, i / 30) for i in range(3)]))
    difference = np.abs(frame.astype(int) - image)
    difference[height // 2 - 3 : height // 2 + 3] = 0  # colour is stored at half the resolution
    assert difference.max() <= 12


@pytest.mark.parametrize(
    "colour",
    [(0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0), (30, 120, 200)],
    ids=["red", "green", "blue", "white", "black", "brown"],
)
def test_colours_come_back(colour: tuple[int, int, int], tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", [packet(plain(64, 48, colour), i, i / 30) for i in range(3)])
    _, frames = decoded(path)
    assert np.abs(frames[0].astype(int) - colour).max() <= 4
    ok, read = cv2.VideoCapture(str(path)).read()
    assert ok
    assert np.abs(read.astype(int) - colour).max() <= 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.color_range, context.colorspace) == (1, 6)  # limited, BT.601


def test_a_real_clip_comes_back_close_to_itself(shared_data: Path, tmp_path: Path) -> None:
    capture = cv2.VideoCapture(str(shared_data / "clips" / "intel_asl_yes.mkv"))
    images = [capture.read()[1] for _ in range(40)]
    _, frames = decoded(record(tmp_path / "clip.mp4", [packet(m, i, i / 30) for i, m in enumerate(images)]))
    assert len(frames) == 40
    assert max(np.abs(f.astype(int) - m).mean() for f, m in zip(frames, images, strict=True)) < 4


def test_there_is_a_key_frame_about_every_second_at_any_rate(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", [packet(plain(64, 48), i, i / 8) for i in range(40)])
    with av.open(str(path)) as container:
        keys = [f.time for f in container.decode(video=0) if f.key_frame]
    assert keys == pytest.approx([0, 1, 2, 3, 4], abs=0.13)


def test_without_drawing_the_frame_itself_is_written(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "raw.mp4", annotated=False)
    assert not sink.wants_annotated
    sink.open(info())
    frame = Frame(plain(64, 48, (200, 200, 200)), 0, 0.0, 0.0)
    sink.write(Packet(frame, (), Timings(), plain(64, 48, (0, 0, 0))))
    (path,) = sink.close()
    assert decoded(path)[1][0].mean() == pytest.approx(200, abs=4)


def test_another_suffix_is_refused_with_those_that_are_allowed() -> None:
    with pytest.raises(SinkError, match=r"\.mp4, \.m4v, \.mov, \.mkv, got '\.avi'"):
        VideoSink("clip.avi")
    with pytest.raises(SinkError, match="no suffix"):
        VideoSink("clip")


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", [packet(plain(64, 48))])
    (tmp_path / "link.mp4").symlink_to(path)
    before = path.read_bytes()
    for target in (path, tmp_path / "link.mp4"):
        with pytest.raises(SinkError, match="the input itself"):
            VideoSink(target, overwrite=True).open(info(source_id=str(path)))
    assert path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    sink = VideoSink(tmp_path / "pipe.mp4", overwrite=True)
    with pytest.raises(SinkError, match="needs a file"):
        sink.open(info())
    assert sink.close() == ()
    assert (tmp_path / "pipe.mp4").is_fifo()


def test_a_part_left_by_an_earlier_run_is_not_touched(tmp_path: Path) -> None:
    left = tmp_path / "clip.part.mp4"
    left.write_bytes(b"left by a killed run")
    record(tmp_path / "clip.mp4", [packet(plain(64, 48))])
    assert left.read_bytes() == b"left by a killed run"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.mp4", "clip.part.mp4"]


def test_a_file_that_is_not_what_was_written_is_not_given_its_name(tmp_path: Path) -> None:
    other = record(tmp_path / "other.mp4", [packet(plain(64, 48), i, i / 30) for i in range(3)])
    sink = VideoSink(tmp_path / "clip.mp4")
    sink.open(info())
    for i in range(5):
        sink.write(packet(plain(64, 48), i, i / 30))
    part = tmp_path / "clip.part.mp4"
    part.unlink()
    part.write_bytes(other.read_bytes())  # the encoder goes on writing to the removed file
    with pytest.raises(SinkError, match=r"5 frames of 64 x 48, but holds 3 of 64 x 48"):
        sink.close()
    assert not (tmp_path / "clip.mp4").exists()


def test_reading_back_something_else_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(SinkError, match="cannot be read back"):
        read_back(tmp_path / "text.mp4")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_without_pyav_opencv_writes(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"clip{suffix}"
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "av", None)  # what `import av` finds where PyAV is not installed
        record(path, [packet(plain(65, 48, (10, 200, 90)), i, i / 30) for i in range(12)])
    _, frames = decoded(path)
    assert len(frames) == 12
    assert frames[0].shape == (48, 66, 3)
    assert np.abs(frames[5].astype(int) - (10, 200, 90)).max() < 12


_ENDLESS = """
import itertools, sys
import numpy as np
from vision_app.results.values import Frame, Packet, Timings
from vision_app.sinks.video import VideoSink
from vision_app.sources.base import SourceInfo

sink = VideoSink(sys.argv[1])
sink.open(SourceInfo("s", "synthetic", (160, 120), 30.0, False, None))
for i in itertools.count():
    image = np.full((120, 160, 3), i % 256, np.uint8)
    sink.write(Packet(Frame(image, i, 0.0, position_s=i / 30), (), Timings(), image))
    print(i + 1, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_kill_loses_at_most_the_last_second(suffix: str, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, str(tmp_path / f"clip{suffix}")],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == "140":
                child.send_signal(signal.SIGKILL)
                break
        child.stdout.read()
    times, frames = decoded(tmp_path / f"clip.part{suffix}")
    assert len(frames) >= 140 - 30
    assert times == pytest.approx([i / 30 for i in range(len(frames))], abs=0.001)
    assert not (tmp_path / f"clip{suffix}").exists()
