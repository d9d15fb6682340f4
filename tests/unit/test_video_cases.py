"""Files as people bring them, right to the frame and time; each kind also with a file made here."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.clips import code_image, constant, read_code, write_clip
from vision_app.errors import SourceError
from vision_app.results.values import Frame
from vision_app.sources import SourceOptions, open_source


def read_all(path: Path, told: list[str] | None = None, **options: object) -> list[Frame]:
    frames = []
    with open_source(
        str(path), SourceOptions(**options), (told or []).append if told is None else told.append
    ) as s:  # type: ignore[arg-type]
        while (frame := s.read()) is not None:
            frames.append(frame)
    return frames


def steps(count: int, fps: Fraction | float, without: tuple[int, ...] = ()) -> list[float]:
    return [float(i / fps) for i in range(count) if i not in without]


@dataclass(frozen=True)
class Case:
    """What a file has to give: times, sizes, and what is said."""

    times: list[float]
    sizes: list[tuple[int, int]]
    said: tuple[str, ...] = ()
    fps: float | None = None
    extra: dict[str, object] = field(default_factory=dict)


CASES = {
    "one_zeroed_frame.mp4": Case(
        steps(200, 25, (100,)), [(320, 180)], ("1 of 200 frames could not be decoded",)
    ),
    "mjpeg_one_frame_zeroed.avi": Case(
        steps(40, 10, (15,)), [(320, 180)], ("1 of 40 frames could not be decoded",)
    ),
    "raspivid_raw.h264": Case(
        steps(100, 25), [(320, 180)], ("no times; they are counted at 25 frames a second",), 25
    ),
    "h264_bframes_direct.avi": Case(steps(60, 30), [(320, 180)], (), 30),
    "mpeg2_ps.mpg": Case(steps(60, 30), [(320, 180)], (), 30),
    "ts_reset_in_middle.ts": Case(steps(120, 30), [(320, 180)], ("clock starts again in the middle",), 30),
    "webrtc_phone_turned_vp8.webm": Case(
        steps(10, 10),
        [(640, 360)] * 5 + [(360, 640)] * 5,
        ("changes from 640 x 360 to 360 x 640 at 0.500 s",),
        10,
    ),
    "cover_art_mutagen_stream0.mp4": Case(steps(30, Fraction(30000, 1001)), [(320, 180)], (), 30000 / 1001),
    "matrix_hflip_selfie.mp4": Case(steps(4, 10), [(360, 640)], (), 10),
    "pal_16x9_anamorphic.mp4": Case(steps(10, Fraction(30000, 1001)), [(512, 288)], (), 30000 / 1001),
    "c_av1.mp4": Case(steps(3, 10), [(640, 360)], (), 10),
    "colon_in_name_rename_to_12-30-05.mp4": Case(
        steps(30, Fraction(30000, 1001)), [(320, 180)], (), 30000 / 1001
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_as_people_bring_it(shared_data: Path, name: str) -> None:
    case, told = CASES[name], []
    path = shared_data / "cases" / name
    frames = read_all(path, told)
    assert [f.position_s for f in frames] == pytest.approx(case.times, abs=1e-4)
    sizes = case.sizes * len(frames) if len(case.sizes) == 1 else case.sizes
    assert [f.size_wh for f in frames] == sizes
    assert len(told) == len(case.said)
    assert all(words in line for words, line in zip(case.said, told, strict=True))
    with open_source(str(path)) as source:
        assert case.fps is None or source.info.fps == pytest.approx(case.fps)


@pytest.mark.parametrize(
    "name",
    [
        "raspivid_raw.h264",
        "h264_bframes_direct.avi",
        "mpeg2_ps.mpg",
        "one_zeroed_frame.mp4",
        "ts_reset_in_middle.ts",
    ],
)
def test_a_start_in_such_a_file_gives_the_same_frames(shared_data: Path, name: str) -> None:
    path = shared_data / "cases" / name
    expected = [f for f in read_all(path) if f.position_s is not None and f.position_s >= 1.5 - 1e-4]
    frames = read_all(path, start_s=1.5)
    assert [f.position_s for f in frames] == pytest.approx([f.position_s for f in expected])
    assert all(np.array_equal(a.image, b.image) for a, b in zip(frames, expected, strict=True))


def test_a_sound_file_with_a_cover_is_no_video(shared_data: Path) -> None:
    with pytest.raises(SourceError, match="there is no video in it, only sound"):
        read_all(shared_data / "cases" / "song_with_cover.m4a")


def test_a_mirrored_clip_comes_as_its_player_shows_it(shared_data: Path) -> None:
    path = shared_data / "cases" / "matrix_hflip_selfie.mp4"
    with av.open(str(path)) as container:
        stored = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert np.array_equal(read_all(path)[0].image, stored[:, ::-1])


# -- the same kinds, made here -----------------------------------------------------------------------------


def packets_of(path: Path) -> list[tuple[int, int]]:
    """Offset and size of each packet of the video in the file."""
    with av.open(str(path)) as container:
        return [(p.pos, p.size) for p in container.demux(video=0) if p.size]


def zeroed(path: Path, *which: int) -> Path:
    """The same file with the content of some packets overwritten with zeros."""
    data = bytearray(path.read_bytes())
    packets = packets_of(path)
    for i in which:
        start, size = packets[i]
        start = data.find(b"\xff\xd8", start) if path.suffix == ".avi" else start
        data[start : start + size - 8] = bytes(size - 8)
    target = path.with_stem(path.stem + "_zeroed")
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("which", [(7,), (0,), (59,), (20, 21, 40)])
def test_packets_that_cannot_be_decoded_cost_their_own_frames(tmp_path: Path, which: tuple[int, ...]) -> None:
    clip = write_clip(tmp_path / "x.avi", constant(60), codec="mjpeg")
    told: list[str] = []
    frames = read_all(zeroed(clip, *which), told)
    assert [read_code(f.image) for f in frames] == [i for i in range(60) if i not in which]
    assert [f.position_s for f in frames] == pytest.approx(
        [i / 25 - (which == (0,)) / 25 for i in range(60) if i not in which]
    )
    assert [t.split(": ")[1] for t in told] == [
        f"{len(which)} of 60 frames could not be decoded and are missing"
    ]


@pytest.mark.parametrize("bframes", [0, 2])
def test_raw_pictures_without_times_are_counted_by_the_rate(tmp_path: Path, bframes: int) -> None:
    path = write_clip(tmp_path / "x.h264", constant(50))
    told: list[str] = []
    frames = read_all(path, told)
    assert [read_code(f.image) for f in frames] == list(range(50))
    assert [f.position_s for f in frames] == pytest.approx(steps(50, 25))
    assert "it holds no times; they are counted at 25 frames a second" in told[0]
    assert [read_code(f.image) for f in read_all(path, start_s=1.2, end_s=1.4)] == [30, 31, 32, 33, 34]


def test_pieces_with_clocks_of_their_own_go_on(tmp_path: Path) -> None:
    pieces = [write_clip(tmp_path / f"{i}.ts", constant(40)) for i in range(3)]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(p.read_bytes() for p in pieces))
    told: list[str] = []
    frames = read_all(path, told)
    assert [f.position_s for f in frames] == pytest.approx(steps(120, 25), abs=0.001)
    assert "its clock starts again in the middle" in told[0]


def test_b_frames_in_avi_rise(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "b.avi", constant(40))
    frames = read_all(path)
    assert [read_code(f.image) for f in frames] == list(range(40))
    assert [f.position_s for f in frames] == pytest.approx(steps(40, 25))


def write_turned(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """A clip whose display matrix is replaced in the file."""
    write_clip(path, constant(4))
    data = path.read_bytes()
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (v << 16 for v in matrix)
    path.write_bytes(data[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[at + 36 :])
    return path


TURNS = {
    (1, 0, 0, 1): lambda i: i,
    (-1, 0, 0, 1): lambda i: i[:, ::-1],
    (1, 0, 0, -1): lambda i: i[::-1],
    (-1, 0, 0, -1): lambda i: i[::-1, ::-1],
    (0, 1, -1, 0): lambda i: np.rot90(i, -1),
    (0, -1, 1, 0): lambda i: np.rot90(i, 1),
    (0, 1, 1, 0): lambda i: i.transpose(1, 0, 2),
    (0, -1, -1, 0): lambda i: np.rot90(i.transpose(1, 0, 2), 2),
}


@pytest.mark.parametrize("matrix", TURNS)
def test_every_display_matrix_is_heeded(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    plain = read_all(write_clip(tmp_path / "plain.mp4", constant(4)))
    turned = read_all(write_turned(tmp_path / "turned.mp4", matrix))
    assert all(np.array_equal(t.image, TURNS[matrix](p.image)) for t, p in zip(turned, plain, strict=True))


@pytest.mark.parametrize(
    ("aspect", "width"), [("4:3", 427), ("8:9", 284), ("1:1", 320), ("1001:1000", 320), ("1:100", 320)]
)
def test_pixels_become_square(tmp_path: Path, aspect: str, width: int) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(*map(int, aspect.split(":")))
        for i in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(code_image(i), "bgr24")))
        container.mux(stream.encode())
    assert {f.size_wh for f in read_all(path)} == {(width, 240)}


def test_a_cover_is_not_the_film(tmp_path: Path) -> None:
    path = tmp_path / "cover.mkv"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 600, 600, "yuvj420p"
        cover.disposition = 1 << 10
        film = container.add_stream("libx264", rate=25)
        film.width, film.height, film.pix_fmt = 320, 240, "yuv420p"
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((600, 600, 3), np.uint8), "bgr24")))
        for i in range(10):
            container.mux(film.encode(av.VideoFrame.from_ndarray(code_image(i), "bgr24")))
        for stream in (cover, film):
            container.mux(stream.encode())
    assert [f.size_wh for f in read_all(path)] == [(320, 240)] * 10


def test_a_change_of_size_is_shown_and_said(tmp_path: Path) -> None:
    parts = []
    for i, size_wh in enumerate([(320, 240), (240, 320), (160, 120)]):
        part = tmp_path / f"{i}.ts"
        with av.open(str(part), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = *size_wh, "yuv420p"
            for _ in range(5):
                picture = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
            container.mux(stream.encode())
        parts.append(part.read_bytes())
    path = tmp_path / "all.ts"
    path.write_bytes(b"".join(parts))
    told: list[str] = []
    frames = read_all(path, told)
    assert [f.size_wh for f in frames] == [(320, 240)] * 5 + [(240, 320)] * 5 + [(160, 120)] * 5
    assert [t.split(": ")[1].split(" at ")[0] for t in told[:2]] == [
        "the picture changes from 320 x 240 to 240 x 320",
        "the picture changes from 240 x 320 to 160 x 120",
    ]


def test_a_codec_that_is_not_there_is_named(tmp_path: Path) -> None:
    data = write_clip(tmp_path / "x.mp4", constant(5)).read_bytes()
    for tag, name in ((b"evc1", "evc"), (b"zzz9", "zzz9")):
        (tmp_path / "odd.mp4").write_bytes(data.replace(b"avc1", tag).replace(b"avcC", b"free"))
        with pytest.raises(SourceError, match=rf"\(codec {name}\) cannot be decoded"):
            read_all(tmp_path / "odd.mp4")


@pytest.mark.parametrize(
    "codec", ["libsvtav1", "libvpx-vp9", "libx265", "mpeg2video", "prores_ks", "ffv1", "gif"]
)
def test_what_ffmpeg_decodes_is_read(tmp_path: Path, codec: str) -> None:
    suffix = {"gif": "gif", "prores_ks": "mov"}.get(codec, "mkv")
    path = tmp_path / f"x.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = 320, 240
        stream.pix_fmt = {"gif": "rgb8", "prores_ks": "yuv422p10le"}.get(codec, "yuv420p")
        for i in range(6):
            frame = av.VideoFrame.from_ndarray(code_image(i), "bgr24").reformat(format=stream.pix_fmt)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if codec == "gif":
        path = path.rename(tmp_path / "x.clip")  # a GIF by its name is a picture
    assert [read_code(f.image) for f in read_all(path)] == list(range(6))


# -- equality with OpenCV's reader on ordinary files ----------------------------------------------------------


def opencv_frames(path: Path) -> list[tuple[float, np.ndarray]]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while capture.grab():
        frames.append((capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3, capture.retrieve()[1]))
    capture.release()
    return frames


COLOURS = {
    "plain": ("libx264", "yuv420p", {}),
    "bt709": ("libx264", "yuv420p", {"colorspace": 1, "color_primaries": 1, "color_trc": 1}),
    "full range": ("libx264", "yuv420p", {"color_range": 2}),
    "10 bit": ("libx265", "yuv420p10le", {}),
    "HDR PQ": ("libx265", "yuv420p10le", {"colorspace": 9, "color_primaries": 9, "color_trc": 16}),
    "HDR HLG": ("libx265", "yuv420p10le", {"colorspace": 9, "color_primaries": 9, "color_trc": 18}),
    "wide SDR": ("libx264", "yuv420p", {"colorspace": 9, "color_primaries": 9, "color_trc": 14}),
    "P3": ("libx264", "yuv420p", {"colorspace": 1, "color_primaries": 12, "color_trc": 13}),
    "4:4:4": ("libx264", "yuv444p", {}),
    "grey": ("ffv1", "gray", {}),
    "RGB": ("ffv1", "bgr0", {}),
}


SLOW = ("HDR HLG", "wide SDR", "P3")  # swscale makes a table of a million colours for each
ODD = [("plain", 322), ("10 bit", 322), ("4:4:4", 322)]


@pytest.mark.parametrize(
    ("name", "width"),
    [*((pytest.param(n, 320, marks=pytest.mark.slow) if n in SLOW else (n, 320)) for n in COLOURS), *ODD],
)
def test_pixels_are_those_of_opencv(tmp_path: Path, name: str, width: int) -> None:
    codec, pix_fmt, tags = COLOURS[name]
    rng = np.random.default_rng(1)
    path = tmp_path / "x.mkv"
    with av.open(str(path), "w") as container:
        options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, 240, pix_fmt
        for tag, value in tags.items():
            setattr(stream.codec_context, tag, value)
        for _ in range(2):
            noise = cv2.resize(rng.integers(0, 255, (24, 32, 3), np.uint8), (width, 240))
            frame = av.VideoFrame.from_ndarray(noise, "bgr24").reformat(format=pix_fmt)
            for tag, value in tags.items():
                setattr(frame, tag, value)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    expected = opencv_frames(path)
    frames = read_all(path)
    assert len(frames) == len(expected) == 2
    for frame, (time_s, image) in zip(frames, expected, strict=True):
        assert frame.position_s == pytest.approx(time_s - expected[0][0], abs=1e-6)
        assert np.array_equal(frame.image, image)


def test_an_import_of_samples_says_what_is_missing_and_has_the_times(tmp_path: Path) -> None:
    from vision_app.samples.importing import ImportRequest, import_samples
    from vision_app.samples.store import SampleStore

    clip = zeroed(write_clip(tmp_path / "x.avi", constant(60), codec="mjpeg"), 20)
    with SampleStore.open(tmp_path / "samples") as store:
        done = import_samples(store, ImportRequest(clip, "a", every=10))
    assert any("1 of 60 frames could not be decoded" in line for line in done.messages)
