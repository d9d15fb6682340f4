"""Every source keeps the contract of `vision_app.sources.base.Source`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.clips import constant, write_clip
from tests.fake_device import FakeDevice
from tests.mjpeg_server import MjpegServer
from vision_app.sources import LiveSource, Source, SourceOptions, open_source
from vision_app.sources.oriented import OrientedSource
from vision_app.sources.playback import PlaybackSource, open_playback

SECRET = "s3cret"
Maker = Callable[[Path, ExitStack], Source]


def video(folder: Path, stack: ExitStack) -> Source:
    return open_source(str(write_clip(folder / "clip.mp4", constant(12))))


def video_without_count(folder: Path, stack: ExitStack) -> Source:
    return open_source(str(write_clip(folder / "clip.mkv", constant(12))))


def images(folder: Path, stack: ExitStack) -> Source:
    for i in range(12):
        (folder / f"{i}.png").write_bytes(
            cv2.imencode(".png", np.full((24, 32, 3), i, np.uint8))[1].tobytes()
        )
    return open_source(str(folder))


def pattern(folder: Path, stack: ExitStack) -> Source:
    images(folder, stack).close()
    return open_source(str(folder / "*.png"))


def animation(folder: Path, stack: ExitStack) -> Source:
    frames = [Image.new("L", (32, 24), 20 * i) for i in range(12)]
    frames[0].save(folder / "a.gif", save_all=True, append_images=frames[1:], duration=40)
    return open_source(str(folder / "a.gif"))


def played_animation(folder: Path, stack: ExitStack) -> Source:
    animation(folder, stack).close()
    return open_playback(str(folder / "a.gif"))


def image(folder: Path, stack: ExitStack) -> Source:
    images(folder, stack).close()
    return open_source(str(folder / "3.png"))


def synthetic(folder: Path, stack: ExitStack) -> Source:
    return open_source("synthetic:64x48", SourceOptions(end_s=0.4))


def paced(folder: Path, stack: ExitStack) -> Source:
    return open_source("synthetic:64x48@200")


def stream(folder: Path, stack: ExitStack) -> Source:
    return open_source(stack.enter_context(MjpegServer(fps=100)).url)


def camera(folder: Path, stack: ExitStack) -> Source:
    device = FakeDevice()
    device.show(*range(200))
    stack.callback(device.release)
    return LiveSource(device, source_id="fake", kind="camera", report=lambda _: None)


def played(folder: Path, stack: ExitStack) -> Source:
    source = open_playback(str(write_clip(folder / "clip.mp4", constant(20))))
    assert isinstance(source, PlaybackSource)
    source.set_speed(4)
    return source


def slides(folder: Path, stack: ExitStack) -> Source:
    images(folder, stack).close()
    return open_playback(str(folder / "1.png"))


def turned(folder: Path, stack: ExitStack) -> Source:
    return OrientedSource(video(folder, stack), mirror=True, rotate_deg=90)


MAKERS: dict[str, Maker] = {
    m.__name__: m
    for m in (
        *(
            video,
            video_without_count,
            images,
            pattern,
            image,
            animation,
            played_animation,
            synthetic,
            paced,
            stream,
            camera,
        ),
        *(played, slides, turned),
    )
}


@pytest.fixture(params=MAKERS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    with ExitStack() as stack:
        made = MAKERS[request.param](tmp_path, stack)
        stack.callback(made.close)
        yield made


def test_frames_are_what_the_info_says(source: Source) -> None:
    frames = []
    with source as entered:
        assert entered is source
        info = source.info
        while len(frames) < 20 and (frame := source.read()) is not None:
            frames.append(frame)
            if isinstance(source, PlaybackSource) and len(frames) == info.frame_count:
                break  # it stays on its last frame
            if info.kind == "camera" and frame.index == 199:
                break
    assert frames
    assert all(f.size_wh == info.size_wh and f.source_id == info.source_id for f in frames)
    assert all(f.image.dtype == np.uint8 and f.image.shape[2] == 3 for f in frames)
    indices = [f.index for f in frames]
    assert indices == sorted(set(indices))
    assert indices[0] >= 0
    times = [f.captured_s for f in frames]
    assert times == sorted(times)
    assert all(f.read_s >= 0 for f in frames)
    assert info.fps is None or info.fps > 0
    if info.live:
        assert info.frame_count is None
        assert all(f.position_s is None for f in frames)
    else:
        assert info.frame_count in (None, len(frames))
    if info.kind == "images":
        assert all(f.file and Path(f.file).is_file() for f in frames)


def test_the_end_stays_the_end(source: Source) -> None:
    if source.info.live or isinstance(source, PlaybackSource):
        source.close()
    while source.read() is not None:
        pass
    assert source.read() is None
    assert source.read() is None


def test_close_twice_and_read_after_close(source: Source) -> None:
    assert source.read() is not None
    source.close()
    source.close()
    assert source.read() is None


def test_images_are_read_only_yet_taken_by_opencv(source: Source) -> None:
    frame = source.read()
    assert frame is not None
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0] = 0
    with pytest.raises(cv2.error):
        cv2.rectangle(frame.image, (0, 0), (5, 5), (0, 0, 0))
    assert cv2.resize(frame.image, (8, 8)).shape == (8, 8, 3)
    assert cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB).shape == frame.image.shape
    assert cv2.dnn.blobFromImage(frame.image).shape[:2] == (1, 3)


def test_no_credentials_anywhere(source: Source) -> None:
    frame = source.read()
    names = [thread.name for thread in threading.enumerate()]
    assert SECRET not in repr((source.info, source, frame, names))
