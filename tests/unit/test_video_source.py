"""Video files: order, times, selection, rotation, damage."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import constant, presentation_times, read_code, variable, write_clip
from vision_app.errors import SourceError
from vision_app.results.values import Frame
from vision_app.sources import Source, SourceOptions, open_source


def frames_of(source: Source) -> Iterator[Frame]:
    while (frame := source.read()) is not None:
        yield frame


def read_all(path: Path, **options: object) -> list[Frame]:
    with open_source(str(path), SourceOptions(**options)) as source:  # type: ignore[arg-type]
        return list(frames_of(source))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def steady(folder: Path) -> Path:
    return write_clip(folder / "steady.mp4", constant(200))


@pytest.fixture(scope="module", params=["mp4", "mkv", "ts", "fragmented.mp4", "webm"])
def vfr(request: pytest.FixtureRequest, folder: Path) -> Path:
    codec = "libvpx" if request.param == "webm" else "libx264"
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if "frag" in request.param else {}
    path = folder / f"vfr.{request.param}"
    return write_clip(path, variable(140, start_ms=3000), codec=codec, container_options=flags)


def test_times_of_a_variable_rate_are_those_of_the_container(vfr: Path) -> None:
    frames = read_all(vfr)
    assert [read_code(f.image) for f in frames] == list(range(140))
    assert [f.position_s for f in frames] == pytest.approx(presentation_times(vfr), abs=1e-6)


@pytest.mark.parametrize("start_s", [0.7, 6.0, 9.123, 12.0])
def test_a_start_is_accurate_to_the_frame_and_pixel(vfr: Path, start_s: float) -> None:
    every_frame = read_all(vfr)
    expected = [f for f in every_frame if f.position_s is not None and f.position_s >= start_s]
    frames = read_all(vfr, start_s=start_s)
    assert [f.position_s for f in frames] == [f.position_s for f in expected]
    assert [f.index for f in frames] == list(range(len(expected)))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(frames, expected, strict=True))


def test_start_end_and_every_select_by_time(steady: Path) -> None:
    options = SourceOptions(start_s=5.4, end_s=6.0, every=4)
    with open_source(str(steady), options) as source:
        frames = list(frames_of(source))
        assert source.info.frame_count == len(frames)
        assert source.info.fps == pytest.approx(25 / 4)
    assert [read_code(f.image) for f in frames] == [135, 139, 143, 147]
    assert [f.index for f in frames] == [0, 4, 8, 12]
    assert [f.position_s for f in frames] == pytest.approx([5.4, 5.56, 5.72, 5.88])


@pytest.mark.parametrize("every", [1, 3, 7, 200, 1000])
def test_the_announced_count_is_what_comes(steady: Path, every: int) -> None:
    with open_source(str(steady), SourceOptions(every=every)) as source:
        assert source.info.frame_count == len(list(frames_of(source)))


@pytest.mark.parametrize("name", ["count.mkv", "count.ts", "count.avi"])
def test_an_unknown_count_is_none(folder: Path, name: str) -> None:
    path = write_clip(folder / name, constant(30), codec="mpeg4" if name.endswith("avi") else "libx264")
    with open_source(str(path)) as source:
        assert source.info.frame_count is None
        assert len(list(frames_of(source))) == 30


def test_the_count_of_a_part_of_a_variable_rate_is_none(folder: Path) -> None:
    path = write_clip(folder / "vfr_part.mp4", variable(60))
    with open_source(str(path), SourceOptions(end_s=2.0)) as source:
        assert source.info.frame_count is None


@pytest.mark.parametrize(("degrees", "size_wh"), [(90, (240, 320)), (180, (320, 240)), (270, (240, 320))])
def test_rotation_in_the_metadata_is_honoured(folder: Path, degrees: int, size_wh: tuple[int, int]) -> None:
    path = write_clip(folder / f"turned{degrees}.mp4", constant(5), rotation=degrees)
    with open_source(str(path)) as source:
        frames = list(frames_of(source))
        assert source.info.size_wh == size_wh
    upright = np.rot90(frames[3].image, k=-degrees // 90)
    assert {f.size_wh for f in frames} == {size_wh}
    assert read_code(upright) == 3


def test_a_start_after_the_end_says_how_long_the_clip_is(steady: Path) -> None:
    with pytest.raises(SourceError, match=r"8\.0 s long and has no frame at 60 s"):
        open_source(str(steady), SourceOptions(start_s=60))
    with pytest.raises(SourceError, match=r"no frame at 8\.5 s or later; its last frame is at 7\.960 s"):
        open_source(str(steady), SourceOptions(start_s=8.5))


def test_a_truncated_mp4_gives_its_good_frames_and_then_an_error(folder: Path) -> None:
    whole = write_clip(
        folder / "whole.mp4", constant(100), noise=True, container_options={"movflags": "faststart"}
    )
    data = whole.read_bytes()
    cut = folder / "cut.mp4"
    cut.write_bytes(data[: len(data) // 2])
    good = 0
    with open_source(str(cut)) as source:
        with pytest.raises(SourceError, match=r"ended early: \d+ of 100 frames could be read; .*truncated"):
            for _ in frames_of(source):
                good += 1
        assert 30 < good < 70
        assert source.read() is None
    assert len(read_all(cut, end_s=0.5)) == 13, "what was asked for is there, so nothing is wrong"


def test_a_truncated_mkv_is_noticed_by_its_duration(folder: Path) -> None:
    data = write_clip(folder / "whole.mkv", constant(100), noise=True).read_bytes()
    cut = folder / "cut.mkv"
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"ended early: .* of 4\.0 s could be read"):
        read_all(cut)
    with pytest.raises(SourceError, match="ended early"):
        read_all(cut, start_s=1.0)


def test_a_recording_that_was_killed_plays_what_is_there(folder: Path) -> None:
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    data = write_clip(folder / "rec.mp4", constant(100), noise=True, container_options=flags).read_bytes()
    cut = folder / "killed.mp4"
    cut.write_bytes(data[: len(data) * 2 // 3])
    assert 40 < len(read_all(cut)) < 90


def test_a_long_last_frame_and_empty_frames_are_no_damage(folder: Path) -> None:
    slides = write_clip(folder / "slides.mkv", [0, 3000, 6000, 9000])
    assert len(read_all(slides)) == 4
    sparse = write_clip(folder / "sparse.avi", [0, 5, *range(400, 4000, 200)], codec="mpeg4")
    assert len(read_all(sparse)) == 20


def test_a_header_that_counts_one_frame_too_many_is_no_damage(shared_data: Path) -> None:
    assert len(read_all(shared_data / "clips" / "intel_asl_yes.mkv")) == 65


@pytest.mark.parametrize("start_s", [0.0, 17.0])
def test_a_real_clip_matches_pyav(shared_data: Path, start_s: float) -> None:
    path = shared_data / "clips" / "intel_car-detection.mp4"
    expected = [t for t in presentation_times(path) if t >= start_s - 1e-4]
    frames = read_all(path, start_s=start_s)
    assert [f.position_s for f in frames] == pytest.approx(expected, abs=1e-6)


def test_frames_live_on_unchanged(steady: Path) -> None:
    with open_source(str(steady)) as source:
        first = source.read()
        assert first is not None
        copy = first.image.copy()
        others = list(frames_of(source))
    assert np.array_equal(first.image, copy)
    assert not any(np.shares_memory(first.image, other.image) for other in others)


def test_close_from_another_thread_while_reading(steady: Path) -> None:
    for _ in range(10):
        source = open_source(str(steady))
        reading = threading.Event()

        def consume(source: Source = source, reading: threading.Event = reading) -> None:
            while source.read() is not None:
                reading.set()

        thread = threading.Thread(target=consume)
        thread.start()
        assert reading.wait(5)
        source.close()
        thread.join(5)
        assert not thread.is_alive()
        assert source.read() is None


BAD_FILES = {
    "empty.mp4": (b"", "it is empty"),
    "text.mp4": (b"hello world\n" * 99, "not a video"),
    "noise.mkv": (bytes(range(256)) * 40, "not a video"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_video_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    content, reason = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=reason) as caught:
        open_source(str(tmp_path / name))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_mp4_without_its_index_is_incomplete(folder: Path, steady: Path) -> None:
    cut = folder / "no_index.mp4"
    cut.write_bytes(steady.read_bytes()[:4000])
    with pytest.raises(SourceError, match="incomplete"):
        open_source(str(cut))


def test_an_unknown_codec_is_named(folder: Path, steady: Path) -> None:
    odd = folder / "odd.mp4"
    odd.write_bytes(steady.read_bytes().replace(b"avc1", b"zzz9").replace(b"avcC", b"zzzC"))
    with pytest.raises(SourceError, match="cannot be decoded"):
        open_source(str(odd))


def test_sound_alone_is_no_video(folder: Path) -> None:
    import av

    path = folder / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(SourceError, match="no video in it, only sound"):
        open_source(str(path))


def test_unicode_and_odd_names(tmp_path: Path, steady: Path) -> None:
    path = tmp_path / "사람 é %03d.mp4"
    shutil.copy(steady, path)
    assert len(read_all(path, end_s=0.2)) == 5


def test_nothing_is_written_to_stderr(folder: Path) -> None:
    """OpenCV and FFmpeg speak past Python, so only a process of its own shows what they say."""
    data = write_clip(
        folder / "talk.mp4", constant(60), noise=True, container_options={"movflags": "faststart"}
    ).read_bytes()
    (folder / "talk_cut.mp4").write_bytes(data[: len(data) // 2])
    (folder / "talk_text.mp4").write_text("no video")
    (folder / "talk_bad.png").write_bytes(cv2.imencode(".png", np.eye(64, dtype=np.uint8))[1].tobytes()[:90])
    program = (
        "import sys\n"
        "from vision_app.errors import SourceError\n"
        "from vision_app.sources import open_source\n"
        "failed = 0\n"
        "for spec in sys.argv[1:]:\n"
        "    try:\n"
        "        source = open_source(spec)\n"
        "        while source.read() is not None: pass\n"
        "    except SourceError: failed += 1\n"
        "print(failed)"
    )
    specs = [str(folder / n) for n in ("talk_cut.mp4", "talk_text.mp4", "talk_bad.png")]
    specs += ["http://127.0.0.1:1/x", "97"]
    done = subprocess.run([sys.executable, "-c", program, *specs], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("5", "")


def test_a_clip_that_is_closed_in_the_middle_leaves_nothing_behind() -> None:
    """No reference cycle holds the decoder's pictures until the garbage collector comes."""
    import gc

    import psutil

    from vision_app.resources import demo_clip

    def use() -> int:
        with open_source(str(demo_clip())) as source:
            for _ in range(12):
                assert source.read() is not None
        return int(psutil.Process().memory_info().rss)

    gc.collect()
    gc.disable()
    try:
        use()
        before = use()
        for _ in range(8):
            after = use()
    finally:
        gc.enable()
    assert after - before < 40 << 20
