"""Clips with random bytes overwritten: nothing crashes or hangs, and as many frames come as FFmpeg's own tool gives."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.clips import constant, write_clip
from vision_app.errors import SourceError
from vision_app.sources import open_source

CONTAINERS = {"mp4": "libx264", "mkv": "libx264", "avi": "mpeg4", "ts": "libx264", "webm": "libvpx"}
LONGEST_S = 20.0
ALLOWANCE = 0.98

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg command")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return {
        suffix: write_clip(
            folder / f"x.{suffix}", constant(60), codec=codec, noise=suffix != "webm"
        ).read_bytes()
        for suffix, codec in CONTAINERS.items()
    }


def damaged(data: bytes, seed: int) -> bytes:
    """The same with some bytes overwritten, few or many, by themselves or in rows."""
    rng, damaged = random.Random(seed), bytearray(data)
    for _ in range(rng.choice((1, 3, 10, 40, 200))):
        at = rng.randrange(len(damaged))
        size = min(rng.choice((1, 4, 64, 1024)), len(damaged) - at)
        damaged[at : at + size] = rng.randbytes(size)
    return bytes(damaged)


def frames_by_ffmpeg(path: Path) -> int:
    """What `ffmpeg -err_detect ignore_err` gives."""
    command = ["ffmpeg", "-v", "quiet", "-err_detect", "ignore_err", "-i", str(path), "-map", "0:v:0"]
    done = subprocess.run(
        [*command, "-fps_mode", "passthrough", "-f", "framecrc", "-"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return sum(not line.startswith(b"#") for line in done.stdout.splitlines())


def frames_here(path: Path) -> int:
    count, started_s = 0, time.perf_counter()
    try:
        with open_source(str(path)) as source:
            while source.read() is not None:
                count += 1
    except SourceError as error:
        assert "\n" not in str(error)
    assert time.perf_counter() - started_s < LONGEST_S
    return count


def check(whole: dict[str, bytes], folder: Path, suffix: str, seeds: range) -> None:
    for seed in seeds:
        path = folder / f"damaged.{suffix}"
        path.write_bytes(damaged(whole[suffix], seed))
        assert frames_here(path) >= ALLOWANCE * frames_by_ffmpeg(path), f"{suffix}, seed {seed}"


@needs_ffmpeg
@pytest.mark.parametrize("suffix", CONTAINERS)
def test_a_damaged_clip_gives_what_is_there(whole: dict[str, bytes], tmp_path: Path, suffix: str) -> None:
    check(whole, tmp_path, suffix, range(4))


@needs_ffmpeg
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("suffix", CONTAINERS)
def test_sixty_damaged_clips_of_each_container(whole: dict[str, bytes], tmp_path: Path, suffix: str) -> None:
    check(whole, tmp_path, suffix, range(4, 64))
