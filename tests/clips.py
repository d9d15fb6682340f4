"""Small real video files, written with PyAV, whose pictures tell which frame they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 8
CLIP_SIZE_WH = (320, 240)
_TICK = Fraction(1, 1000)


def code_image(code: int, size_wh: tuple[int, int] = CLIP_SIZE_WH) -> np.ndarray:
    """A dark picture with one bright square for each bit of the number that is set."""
    image = np.full((size_wh[1], size_wh[0], 3), 40, np.uint8)
    for bit in range(BITS):
        if code >> bit & 1:
            image[20:60, 20 + bit * 28 : 44 + bit * 28] = 230
    return image


def read_code(image: np.ndarray) -> int:
    """The number in a picture made by `code_image`."""
    return sum(1 << bit for bit in range(BITS) if image[40, 32 + bit * 28, 0] > 128)


def write_clip(
    path: Path,
    times_ms: Sequence[int],
    *,
    codec: str = "libx264",
    rotation: int | None = None,
    noise: bool = False,
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """Write one frame for each time; frame i shows the number i.

    Args:
        path: its suffix decides the container.
        times_ms: presentation times.
        codec: encoder; libx264 with B frames and a keyframe every 12 frames.
        rotation: counter-clockwise degrees that a player shall turn the pictures by.
        noise: fill the lower half with noise, so that the file has some size.
        container_options: options of the muxer.
    """
    rng = np.random.default_rng(0)
    rate = 1000 // max(times_ms[1] - times_ms[0], 1) if len(times_ms) > 1 else 25
    with av.open(str(path), "w", options=dict(container_options or {})) as container:
        options = {"bf": "2", "g": "12", "preset": "ultrafast", "b-adapt": "0"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height = CLIP_SIZE_WH
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = _TICK
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for i, time_ms in enumerate(times_ms):
            image = code_image(i)
            if noise:
                image[120:] = rng.integers(0, 255, (120, CLIP_SIZE_WH[0], 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(image, "bgr24")
            frame.pts, frame.time_base = int(time_ms), _TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def constant(count: int, step_ms: int = 40) -> list[int]:
    """Times of a constant rate."""
    return [i * step_ms for i in range(count)]


def variable(count: int, start_ms: int = 0) -> list[int]:
    """Times with gaps between 10 and 200 ms, always the same ones."""
    gaps = np.random.default_rng(3).integers(10, 200, count)
    return [int(t) for t in start_ms + np.cumsum(gaps) - gaps[0]]


def presentation_times(path: Path) -> list[float]:
    """Seconds of each frame as PyAV tells them, counted from the first."""
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [t - times[0] for t in times]
