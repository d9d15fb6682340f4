"""OSC to a real socket, and a virtual camera behind the contract of its package."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import numpy as np
import pytest

from vision_app.errors import ConfigError, SinkError
from vision_app.results.values import Frame, ImageU8
from vision_app.site.camera_out import CameraOut, fitted
from vision_app.site.events import Event
from vision_app.site.osc import Osc, osc_message
from vision_app.site.sinks import (
    SITE_SINKS,
    EventSink,
    SiteFacts,
    StreamFacts,
    StreamUpdate,
    Surroundings,
    UpdateSink,
)


def facts(folder: Path) -> SiteFacts:
    return SiteFacts("shop", folder, ("yard",), dict, lambda _: None)


def read(data: bytes) -> list[object]:
    """A message taken apart by the specification."""

    def string(at: int) -> tuple[str, int]:
        end = data.index(b"\0", at)
        return data[at:end].decode(), (end // 4 + 1) * 4

    address, at = string(0)
    tags, at = string(at)
    values: list[object] = [address]
    for tag in tags[1:]:
        if tag == "s":
            value, at = string(at)
            values.append(value)
        else:
            values.append(struct.unpack(f">{tag}", data[at : at + 4])[0])
            at += 4
    assert at == len(data)
    return values


def test_a_listener_gets_each_event(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(20)
        sink = Osc("127.0.0.1", listener.getsockname()[1])
        sink.open(facts(tmp_path))
        values = {"in": 3, "share": 0.5, "direction": "in"}
        for label, track in (("컵", 7), (None, None)):
            sink.on_event(
                Event(
                    id="i",
                    site="s",
                    stream="front yard",
                    rule="gate/1",
                    kind="crossed",
                    time_s=1.0,
                    label=label,
                    track=track,
                    values=values,
                )
            )
        got = [read(listener.recv(4096)) for _ in range(2)]
        sink.close()
    assert got[0] == ["/vision-app/front-yard/gate-1/crossed", "컵", 7, 3, 0.5]
    assert got[1][1:3] == ["", -1]
    assert isinstance(sink, EventSink)


def test_numbers_too_large_for_osc_become_floats() -> None:
    assert read(osc_message("/a", 2**40, True)) == ["/a", float(2**40), 1]


def test_a_host_that_is_not_known_is_said(tmp_path: Path) -> None:
    sink = Osc("no-such-host.invalid", 9)
    with pytest.raises(SinkError, match=r"OSC no-such-host\.invalid:9"):
        sink.on_event(Event(id="i", site="s", stream="y", rule="g", kind="crossed", time_s=1.0))


class Camera:
    """A camera that keeps what it is shown, as strict as `pyvirtualcam.Camera` is about sizes."""

    def __init__(self, width: int, height: int, fps: int) -> None:
        self.size, self.fps = (height, width, 3), fps
        self.shown: list[ImageU8] = []
        self.closed = False

    def send(self, frame: ImageU8) -> None:
        if frame.shape != self.size or frame.dtype != np.uint8:
            raise ValueError(f"unexpected frame shape: {frame.shape}")
        self.shown.append(frame)

    def close(self) -> None:
        self.closed = True


def update(image: ImageU8, stream: str = "yard") -> StreamUpdate:
    return StreamUpdate(stream, Frame(image, 0, 0.0), (), {}, True, StreamFacts(), lambda: image)


def test_a_camera_shows_its_stream_in_one_size(tmp_path: Path) -> None:
    cameras: list[Camera] = []

    def opener(width: int, height: int, fps: int) -> Camera:
        cameras.append(Camera(width, height, fps))
        return cameras[-1]

    sink = CameraOut("yard", (64, 48), 25, opener)
    sink.open(facts(tmp_path))
    white = np.full((90, 160, 3), 255, np.uint8)
    sink.on_update(update(white))
    sink.on_update(update(white, "cellar"))
    sink.on_update(update(np.full((48, 64, 3), 9, np.uint8)))
    sink.close()
    (camera,) = cameras
    assert (camera.fps, camera.closed, len(camera.shown)) == (25, True, 2)
    rows = camera.shown[0].max(axis=(1, 2))
    assert (rows[0], rows[24], rows[-1]) == (0, 255, 0)
    assert isinstance(sink, UpdateSink)


@pytest.mark.parametrize("size", [(1, 1), (3000, 7), (7, 3000), (64, 48)])
def test_any_picture_fits(size: tuple[int, int]) -> None:
    assert fitted(np.zeros((*size, 3), np.uint8), (64, 48)).shape == (48, 64, 3)


def broken(*_: int) -> Camera:
    raise RuntimeError("no such device")


def absent(*_: int) -> Camera:
    raise ImportError


@pytest.mark.parametrize(
    ("stream", "opener", "words"),
    [
        ("cellar", Camera, "no such stream, it has yard"),
        ("yard", broken, "v4l2loopback"),
        ("yard", absent, "pip install"),
    ],
)
def test_a_camera_that_cannot_be_is_said(stream: str, opener: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=words):
        CameraOut(stream, (64, 48), 25, opener).open(facts(tmp_path))  # type: ignore[arg-type]


def test_a_camera_has_an_even_size(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, str, lambda _: None)
    with pytest.raises(ConfigError, match="even"):
        SITE_SINKS["camera"]().make({"stream": "yard", "width": 641}, around)
