"""Animated GIF, WebP, APNG and AVIF play as clips; in a folder their first frame is taken, and that is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision_app.cli import main
from vision_app.errors import SourceError
from vision_app.pictures.animation import Animation, is_animated
from vision_app.results.values import Frame
from vision_app.samples.importing import ImportRequest, import_samples
from vision_app.samples.store import SampleStore
from vision_app.sources import SourceOptions, open_source
from vision_app.sources.playback import PlaybackSource, open_playback

LEVELS = (40, 90, 140, 190, 240)
DURATIONS_MS = [100, 50, 200, 40, 110]
KINDS = {"gif": {}, "webp": {"lossless": True}, "png": {}, "apng": {}, "avif": {"quality": 95}}


def animated(path: Path, *, clear: bool = False, durations: list[int] | None = None) -> Path:
    """Five grey frames; with a transparent quarter perhaps."""
    frames = []
    for level in LEVELS:
        pixels = np.full((24, 32, 4 if clear else 3), level, np.uint8)
        if clear:
            pixels[..., 3] = 255
            pixels[:12, :16, 3] = 0
        frames.append(Image.fromarray(pixels))
    kind = path.suffix[1:]
    more = {"disposal": 2} if kind == "gif" and clear else {}
    frames[0].save(
        path,
        "PNG" if kind == "apng" else None,
        save_all=True,
        append_images=frames[1:],
        duration=durations or DURATIONS_MS,
        **KINDS[kind],
        **more,
    )
    return path


def read_all(path: Path, reports: list[str] | None = None, **options) -> list[Frame]:
    told = [] if reports is None else reports
    with open_source(str(path), SourceOptions(**options), told.append) as source:
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
    return frames


@pytest.mark.parametrize("kind", KINDS)
def test_frames_and_their_times(kind, tmp_path):
    path = animated(tmp_path / f"a.{kind}")
    with open_source(str(path)) as source:
        assert (source.info.kind, source.info.frame_count, source.info.size_wh) == ("video", 5, (32, 24))
        assert source.info.fps == pytest.approx(10)
    frames = read_all(path)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    assert [round(float(f.image.mean())) for f in frames] == pytest.approx(LEVELS, abs=3)
    assert [f.position_s for f in frames] == pytest.approx([0.0, 0.1, 0.15, 0.35, 0.39], abs=1e-3)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_what_is_transparent_in_a_frame_is_white(kind, tmp_path):
    for frame, level in zip(read_all(animated(tmp_path / f"a.{kind}", clear=True)), LEVELS, strict=True):
        assert frame.image[5, 5].tolist() == [255, 255, 255]
        assert np.abs(frame.image[20, 20].astype(int) - level).max() <= 3


def test_frames_as_fast_as_possible_take_a_tenth_of_a_second(tmp_path):
    frames = read_all(animated(tmp_path / "a.gif", durations=[0, 10, 20, 0, 0]))
    assert [f.position_s for f in frames] == pytest.approx([0, 0.1, 0.2, 0.22, 0.32])


def test_a_picture_for_those_who_cannot_play_it_is_no_frame(tmp_path):
    still = Image.new("RGB", (32, 24), (255, 0, 0))
    frames = [Image.new("RGB", (32, 24), (level,) * 3) for level in LEVELS]
    still.save(tmp_path / "a.png", save_all=True, append_images=frames, default_image=True, duration=100)
    assert [int(f.image[0, 0, 0]) for f in read_all(tmp_path / "a.png")] == list(LEVELS)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_a_part_of_it_and_every_second_frame(kind, tmp_path):
    path = animated(tmp_path / f"a.{kind}")
    part = read_all(path, start_s=0.1, end_s=0.39)
    assert [(f.index, round(float(f.image.mean()))) for f in part] == [(0, 90), (1, 140), (2, 190)]
    assert [f.index for f in read_all(path, every=2)] == [0, 2, 4]
    with pytest.raises(SourceError, match="has no frame from 9 s on"):
        read_all(path, start_s=9)


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "avif", "tiff"])
def test_a_picture_of_one_frame_is_no_clip(kind, tmp_path):
    Image.new("RGB", (32, 24)).save(tmp_path / f"a.{kind}")
    assert not is_animated((tmp_path / f"a.{kind}").read_bytes())
    assert read_all(tmp_path / f"a.{kind}")[0].position_s is None


def test_pages_are_no_film(tmp_path):
    pages = [Image.new("L", (32, 24), level) for level in LEVELS]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    told: list[str] = []
    assert len(read_all(tmp_path / "a.tiff", told)) == 1
    assert told == [f"{tmp_path / 'a.tiff'} has several pages: only the first is taken"]


def test_in_a_folder_the_first_frame_is_taken_and_that_is_said(tmp_path):
    animated(tmp_path / "a.gif")
    told: list[str] = []
    (frame,) = read_all(tmp_path, told)
    assert round(float(frame.image.mean())) == LEVELS[0]
    assert told == [f"{tmp_path / 'a.gif'} is animated: only its first frame is taken"]


def test_the_player_goes_to_any_place(tmp_path):
    source = open_playback(str(animated(tmp_path / "a.gif")))
    assert isinstance(source, PlaybackSource)
    with source:
        assert source.duration_s == pytest.approx(0.5)
        source.pause()
        source.seek(0.35)
        frame = source.read()
        assert frame is not None
        assert round(float(frame.image.mean())) == 190


def test_samples_are_taken_from_it_as_from_a_clip(tmp_path):
    path = animated(tmp_path / "a.webp", durations=[500] * 5)
    with SampleStore.open(tmp_path / "store") as store:
        done = import_samples(store, ImportRequest(path, "grey"))
    assert done.added == 5


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_damage_never_crashes(kind, tmp_path):
    rng = np.random.default_rng(0)
    whole = animated(tmp_path / f"a.{kind}", clear=True).read_bytes()
    for _ in range(60):
        data = bytearray(whole[: int(rng.integers(20, len(whole) + 1))])
        for at in rng.integers(0, len(data), 3):
            data[at] = rng.integers(256)
        (tmp_path / f"b.{kind}").write_bytes(bytes(data))
        try:
            frames = read_all(tmp_path / f"b.{kind}")
        except SourceError as error:
            assert "\n" not in str(error)
            continue
        assert len(frames) <= 5


def test_a_truncated_one_ends_early_and_says_so(tmp_path):
    noise = [
        Image.fromarray(np.random.default_rng(i).integers(0, 255, (40, 40, 3), np.uint8)) for i in range(5)
    ]
    noise[0].save(tmp_path / "a.gif", save_all=True, append_images=noise[1:], duration=100)
    data = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "a.gif").write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"ended early|is truncated or damaged"):
        read_all(tmp_path / "a.gif")


def test_a_limit_holds_for_its_frames(tmp_path, monkeypatch):
    path = animated(tmp_path / "a.gif")
    monkeypatch.setenv("VISION_APP_LIMIT", "frame-pixels=700")
    with pytest.raises(SourceError, match="its frames have 32 x 24 pixels; at most 700"):
        open_source(str(path))


def test_a_run_has_a_line_for_each_frame(tmp_path):
    path, out = animated(tmp_path / "a.gif"), tmp_path / "out.jsonl"
    assert main(["--source", str(path), "--json", str(out), "--quiet"]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 5


def test_times_are_those_of_the_file(tmp_path):
    animation = Animation(animated(tmp_path / "a.png").read_bytes())
    assert animation.duration_s == pytest.approx(0.5)
    assert animation.count == 5
