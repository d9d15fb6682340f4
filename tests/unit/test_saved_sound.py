"""The sound of a clip goes with the video that is saved of it, copied."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import code_image
from vision_app.results.values import Packet, Timings
from vision_app.sinks.video import VideoSink
from vision_app.sources import SourceOptions, open_source


def write_with_sound(path: Path, codec: str = "aac", *, tracks: int = 1, seconds: int = 4) -> Path:
    """A clip of 25 pictures a second whose sound is as long as it is."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        sounds = [container.add_stream(codec, rate=48000, layout="mono") for _ in range(tracks)]
        for i in range(25 * seconds):
            container.mux(video.encode(av.VideoFrame.from_ndarray(code_image(i % 256), "bgr24")))
        container.mux(video.encode())
        for sound in sounds:
            size = 1024
            for i in range(48000 * seconds // size):
                wave = np.sin(np.arange(i * size, (i + 1) * size) / 20)[None]
                kind = "fltp" if codec == "aac" else "s16"
                data = wave.astype(np.float32) if kind == "fltp" else (wave * 9000).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(data, kind, "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48000, i * size, Fraction(1, 48000)
                container.mux(sound.encode(frame))
            container.mux(sound.encode())
    return path


def saved(clip: Path, target: Path, **options: object) -> list[str]:
    told: list[str] = []
    with open_source(str(clip), SourceOptions(**options)) as source:  # type: ignore[arg-type]
        sink = VideoSink(target, annotated=False, report=told.append)
        sink.open(source.info)
        while (frame := source.read()) is not None:
            sink.write(Packet(frame, (), Timings()))
        assert sink.close() == (target,)
    return told


def sound_of(path: Path) -> tuple[list[bytes], float, float]:
    """Packets of the sound, and when the first begins and the last ends."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(audio=0) if p.size and p.pts is not None]
        base = float(packets[0].time_base or 0)
        return (
            [bytes(p) for p in packets],
            float(packets[0].pts or 0) * base,
            float(packets[-1].pts or 0) * base,
        )


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_sound_is_copied(tmp_path: Path, suffix: str) -> None:
    clip = write_with_sound(tmp_path / "clip.mp4")
    assert saved(clip, tmp_path / f"out{suffix}") == []
    before, after = sound_of(clip), sound_of(tmp_path / f"out{suffix}")
    kept = [data for data in after[0] if data in set(before[0])]
    assert len(kept) == len(after[0]) >= 0.97 * len(before[0]), "the same packets, not encoded again"
    assert after[2] == pytest.approx(before[2], abs=0.06)


def test_a_part_of_a_clip_has_its_own_part_of_the_sound(tmp_path: Path) -> None:
    clip = write_with_sound(tmp_path / "clip.mp4")
    saved(clip, tmp_path / "out.mp4", start_s=1.6, end_s=3.0)
    packets, first_s, last_s = sound_of(tmp_path / "out.mp4")
    assert 0 <= first_s < 0.05
    assert last_s == pytest.approx(1.36, abs=0.06)
    whole = sound_of(clip)[0]
    at = whole.index(packets[0])
    assert at * 1024 / 48000 == pytest.approx(1.6, abs=0.06)
    assert packets == whole[at : at + len(packets)]


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    two = write_with_sound(tmp_path / "two.mkv", tracks=2)
    assert ["1 more sound tracks" in line for line in saved(two, tmp_path / "two.mp4")] == [True]


def test_a_clip_without_sound_says_nothing(tmp_path: Path) -> None:
    from tests.clips import constant, write_clip

    clip = write_clip(tmp_path / "clip.mp4", constant(10))
    assert saved(clip, tmp_path / "out.mp4") == []
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [s.type for s in container.streams] == ["video"]


def test_the_saved_video_is_about_as_large_as_its_source(shared_data: Path, tmp_path: Path) -> None:
    from vision_app.resources import demo_clip

    with av.open(str(demo_clip())) as container:
        source = sum(p.size for p in container.demux(video=0) if (p.pts or 0) * (p.time_base or 0) < 1)
    saved(demo_clip(), tmp_path / "out.mp4", end_s=1.0)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert 0.4 < sum(p.size for p in container.demux(video=0)) / source < 1.5


def test_sizes_that_change_are_fitted_into_the_first(shared_data: Path, tmp_path: Path) -> None:
    saved(shared_data / "cases" / "webrtc_phone_turned_vp8.webm", tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = [f.to_ndarray(format="bgr24") for f in container.decode(video=0)]
    assert {f.shape for f in frames} == {(360, 640, 3)}
    assert len(frames) == 10
    assert frames[-1][:, :200].max() < 24, "black beside the upright picture"


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("raspivid_raw.h264", 3.96), ("ts_reset_in_middle.ts", 119 / 30), ("h264_bframes_direct.avi", 59 / 30)],
)
def test_saved_video_lasts_as_long_as_its_source(
    shared_data: Path, tmp_path: Path, name: str, seconds: float
) -> None:
    saved(shared_data / "cases" / name, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        times = [f.time for f in container.decode(video=0)]
    assert times[-1] == pytest.approx(seconds, abs=0.001)
