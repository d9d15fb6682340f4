"""Frames of a hand of the shipped clip, moved about, and clips of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np

from vision_app.resources import demo_clip
from vision_app.results.values import ImageU8

_SHOWN_S = 20.0


@lru_cache(maxsize=1)
def hand() -> ImageU8:
    """(360, 640, 3): a hand in the middle of the picture."""
    with av.open(str(demo_clip())) as container:
        container.seek(int(_SHOWN_S * 1e6))
        picture = next(p for p in container.decode(video=0) if p.time is not None and p.time >= _SHOWN_S)
    image = picture.to_ndarray(format="bgr24")
    return cv2.resize(image, (640, 360), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def moved(aside_px: Callable[[float], float], seconds: float, rate_hz: float = 30.0) -> list[ImageU8]:
    """Frames in which the hand lies aside of the middle by so many pixels at each time."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return [np.roll(hand(), round(aside_px(float(t))), axis=1) for t in times]


def write_frames(path: Path, images: Sequence[ImageU8], rate_hz: int = 30) -> Path:
    """Write a clip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate_hz, options={"qscale": "2"})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path
