"""Which cameras there are, and what pictures they give."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from vision_app.errors import SourceError
from vision_app.sources.quiet import quiet_opencv

COMMON_SIZES_WH = (
    (320, 240),
    (640, 360),
    (640, 480),
    (800, 600),
    (1024, 768),
    (1280, 720),
    (1280, 960),
    (1600, 1200),
    (1920, 1080),
    (2560, 1440),
    (3840, 2160),
)
_BACKENDS = {"Linux": ("V4L2",), "Windows": ("MSMF", "DSHOW"), "Darwin": ("AVFOUNDATION",)}
"""The names of OpenCV's back ends in order of preference, by `platform.system()`."""
_COMPRESSED_FROM_WH = (1280, 720)
_DEVICE_NODE = re.compile(r"/dev/video(\d+)")


@dataclass(frozen=True, slots=True)
class CameraDescription:
    """One camera.

    Attributes:
        index: number by which its back end knows it.
        name: name of the product.
        backend: name of OpenCV's back end, such as `V4L2`.
        path: the system's name of the device, if it has one.
        vendor_id: USB vendor, if known.
        product_id: USB product, if known.
    """

    index: int
    name: str
    backend: str
    path: str | None = None
    vendor_id: int | None = None
    product_id: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Mode:
    """A size in pixels and the frames a second that a camera says it gives with it; None if it says none."""

    width: int
    height: int
    fps: float | None


class ModePort(Protocol):
    """The part of `cv2.VideoCapture` by which a camera is asked for its modes."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802
    def set(self, propId: int, value: float, /) -> bool: ...  # noqa: D102, N803
    def get(self, propId: int, /) -> float: ...  # noqa: D102, N803
    def release(self) -> None: ...  # noqa: D102


def preferred_backends() -> tuple[str, ...]:
    """Names of the camera back ends of this system, best first."""
    return _BACKENDS.get(platform.system(), ("ANY",))


def backend_id(name: str) -> int:
    """OpenCV's number of a back end."""
    import cv2

    return int(getattr(cv2, f"CAP_{name}"))


def list_cameras() -> tuple[CameraDescription, ...]:
    """All cameras of the system by index, each once, under the best back end that knows it."""
    from cv2_enumerate_cameras import enumerate_cameras, supported_backends

    quiet_opencv()
    found = [
        (name, camera)
        for name in preferred_backends()
        if backend_id(name) in supported_backends
        for camera in enumerate_cameras(backend_id(name))
    ]
    return without_duplicates(
        CameraDescription(c.index, c.name, name, c.path, c.vid, c.pid) for name, c in found
    )


def without_duplicates(cameras: Iterable[CameraDescription]) -> tuple[CameraDescription, ...]:
    """Each device once, under the back end that comes first; sorted by index."""
    unique: dict[object, CameraDescription] = {}
    for camera in cameras:
        # Two Windows back ends give one device the same path up to the interface class in braces.
        path = None if camera.path is None else camera.path.lower().split("#{", maxsplit=1)[0]
        key = path or (camera.name, camera.vendor_id, camera.product_id, camera.index)
        unique.setdefault(key, camera)
    return tuple(sorted(unique.values(), key=lambda c: (c.index, c.name)))


def match_camera(name: str, cameras: Iterable[CameraDescription]) -> CameraDescription | None:
    """The camera of that name, or the only one whose name contains it; case does not matter.

    Raises:
        SourceError: several cameras fit.
    """
    wanted = name.strip().casefold()
    if not wanted:
        return None
    cameras = tuple(cameras)
    fitting = [c for c in cameras if c.name.casefold() == wanted] or [
        c for c in cameras if wanted in c.name.casefold()
    ]
    if len(fitting) > 1:
        names = ", ".join(f"{c.index} ({c.name})" for c in fitting)
        raise SourceError("several cameras fit {name!r}: {names}; give the number", name=name, names=names)
    return fitting[0] if fitting else None


_MOST_DIGITS = 18
HIGHEST_INDEX = (1 << 31) - 1
"""OpenCV takes no higher number."""


def camera_index(spec: str) -> int | None:
    """The index that a spec of digits or a device node names, None for anything else.

    >>> camera_index("0"), camera_index("/dev/video2"), camera_index("2.mp4")
    (0, 2, None)
    """
    digits = spec if spec.isascii() and spec.isdecimal() else None
    node = _DEVICE_NODE.fullmatch(spec)
    text = digits or (node[1] if node else None)
    return None if text is None else int(text[:_MOST_DIGITS])


def ask_for(port: ModePort, backend: str, size_wh: tuple[int, int]) -> None:
    """Ask an open camera for a size. The camera may take another one."""
    import cv2

    large = size_wh[0] >= _COMPRESSED_FROM_WH[0] and size_wh[1] >= _COMPRESSED_FROM_WH[1]
    if backend == "V4L2" and large:
        # Raw pictures of this size do not fit through USB 2 at full rate. To be set before the size.
        port.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    port.set(cv2.CAP_PROP_FRAME_WIDTH, size_wh[0])
    port.set(cv2.CAP_PROP_FRAME_HEIGHT, size_wh[1])


def probe_modes(
    camera: CameraDescription,
    connect: Callable[[int, int], ModePort] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Mode, ...]:
    """Ask a camera for the common sizes and see what it takes, smallest first.

    Args:
        camera: which one; nobody else may be using it.
        connect: opens an index on a back end; OpenCV's capture if not given.
        stopped: asked before each size, for that takes a moment: whether to leave the rest unasked.

    Raises:
        SourceError: it cannot be opened.
    """
    import cv2

    quiet_opencv()
    open_port: Callable[[int, int], Any] = connect or cv2.VideoCapture
    port: ModePort = open_port(camera.index, backend_id(camera.backend))
    try:
        if not port.isOpened():
            raise SourceError(
                "camera {index} ({name}) cannot be opened; is it in use?",
                index=camera.index,
                name=camera.name,
            )
        modes = set()
        for size_wh in COMMON_SIZES_WH:
            if stopped():
                break
            ask_for(port, camera.backend, size_wh)
            width, height = port.get(cv2.CAP_PROP_FRAME_WIDTH), port.get(cv2.CAP_PROP_FRAME_HEIGHT)
            fps = port.get(cv2.CAP_PROP_FPS)
            modes.add((int(width), int(height), fps if 0 < fps < 1000 else None))
    finally:
        port.release()
    return tuple(Mode(*m) for m in sorted(modes, key=lambda m: (m[0] * m[1], m[0], m[2] or 0)) if m[0] > 0)
