"""The painted picture of one stream as a camera of this machine, for meetings, OBS and whatever takes a camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import cv2
import numpy as np

from vision_app.errors import ConfigError, SinkError
from vision_app.kiosk.reading import text, whole
from vision_app.results.values import ImageU8
from vision_app.site.events import Event
from vision_app.site.sinks import EventSink, SinkKind, SiteFacts, StreamUpdate, Surroundings


class Device(Protocol):
    """What `pyvirtualcam.Camera` does."""

    def send(self, frame: ImageU8) -> None:
        """Show a picture, (H, W, 3) uint8 BGR."""
        ...

    def close(self) -> None:
        """Take the camera away."""
        ...


Opener = Callable[[int, int, int], Device]
"""Makes a camera of a width, height and rate."""


class CameraOut:
    """Shows the newest picture of a stream, fitted into a size that stays, as a camera's does.

    Args:
        stream: name of the stream.
        size_wh: size of the camera, pixels.
        fps: rate that the camera states.
        opener: makes the camera.
    """

    def __init__(self, stream: str, size_wh: tuple[int, int], fps: int, opener: Opener | None = None) -> None:
        self._stream, self._size_wh, self._fps = stream, size_wh, fps
        self._opener = opener or _open_device
        self._device: Device | None = None

    @property
    def name(self) -> str:
        """Which stream it shows."""
        return f"virtual camera of {self._stream}"

    def open(self, site: SiteFacts) -> None:
        """Make the camera.

        Raises:
            SinkError: the package or the driver for it is not there, or the site has no such stream.
        """
        if self._stream not in site.streams:
            raise SinkError(
                "{name}: the site has no such stream, it has {streams}",
                name=self.name,
                streams=", ".join(site.streams),
            )
        try:
            self._device = self._opener(*self._size_wh, self._fps)
        except ImportError as error:
            raise SinkError(
                "a virtual camera needs pyvirtualcam: pip install 'vision-app[virtualcam]'"
            ) from error
        except (RuntimeError, ValueError, OSError) as error:
            raise SinkError(
                "{name}: {reason}; install OBS (Windows, macOS) or load v4l2loopback (Linux)",
                name=self.name,
                reason=error,
            ) from error

    def on_event(self, event: Event) -> None:
        """A camera shows no events."""

    def on_update(self, update: StreamUpdate) -> None:
        """Show it, if it is of this stream.

        Raises:
            SinkError: the camera takes no picture any more.
        """
        if update.stream != self._stream or self._device is None:
            return
        try:
            self._device.send(fitted(update.paint(), self._size_wh))
        except (RuntimeError, OSError) as error:
            raise SinkError("{name}: {reason}", name=self.name, reason=error) from error

    def close(self) -> None:
        """Take the camera away."""
        device, self._device = self._device, None
        if device is not None:
            device.close()


def fitted(image: ImageU8, size_wh: tuple[int, int]) -> ImageU8:
    """A picture in a size, with black around it where the shape is another one.

    Args:
        image: (H, W, 3) uint8.
        size_wh: width and height, pixels.
    """
    width, height = size_wh
    if image.shape[:2] == (height, width):
        return image
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_wh = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    made = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner_wh[0]) // 2, (height - inner_wh[1]) // 2
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    made[top : top + inner_wh[1], left : left + inner_wh[0]] = cv2.resize(image, inner_wh, interpolation=how)
    return made


def _open_device(width: int, height: int, fps: int) -> Device:
    import pyvirtualcam

    return pyvirtualcam.Camera(width, height, fps, fmt=pyvirtualcam.PixelFormat.BGR)  # type: ignore[no-any-return]


def _make(values: Mapping[str, Any], around: Surroundings) -> EventSink:
    width, height = values.get("width", 1280), values.get("height", 720)
    if width % 2 or height % 2:
        raise ConfigError(
            "camera: width and height must be even, got {width} x {height}", width=width, height=height
        )
    return CameraOut(values["stream"], (width, height), values.get("fps", 30))


KIND = SinkKind(
    {"stream": text, "width": whole(16, 7680), "height": whole(16, 4320), "fps": whole(1, 120)},
    ("stream",),
    _make,
)
