"""Cameras through OpenCV's back end for the system."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.messages import Message
from vision_app.sources.base import Report, SourceOptions
from vision_app.sources.cameras import ask_for, backend_id, list_cameras, preferred_backends
from vision_app.sources.capture import CaptureDevice
from vision_app.sources.quiet import quiet_opencv

if TYPE_CHECKING:
    import cv2

Locate = Callable[[], tuple[int, tuple[str, ...]]]
"""Gives the index of a camera and the back ends to try; raises SourceError while it is not there."""


def at_index(index: int) -> Locate:
    """A camera that is known by its index."""
    return lambda: (index, preferred_backends())


class CameraDevice(CaptureDevice):
    """A camera as a `LiveDevice`.

    Args:
        locate: asked before each connection, because an index can change when a camera is plugged in again.
        options: `size_wh` and `fps` are asked for, `open_timeout_s` is kept where the back end can.
        report: told if the camera takes another size than it was asked for.
    """

    def __init__(self, locate: Locate, options: SourceOptions, report: Report) -> None:
        super().__init__()
        quiet_opencv()
        # The hardware transforms of Media Foundation make opening take tens of seconds.
        os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
        self._locate, self._options, self._report = locate, options, report
        self._told = False

    def open(self) -> float | None:
        """Open the camera and ask for size and rate; gives the rate that it says it took.

        Raises:
            SourceError: it is not there, in use, or not permitted.
        """
        import cv2

        index, backends = self._locate()
        for backend in backends:
            capture = cv2.VideoCapture(index, backend_id(backend))
            if capture.isOpened():
                self._capture = capture
                return self._configure(capture, index, backend)
            capture.release()
        raise SourceError("camera {index} cannot be opened: {reason}", index=index, reason=_why_not(index))

    def reachable(self) -> bool | None:
        """Whether the system lists the device; None where it has no device nodes."""
        try:
            index, backends = self._locate()
        except SourceError:
            return False
        return _node(index).exists() if backends[0] == "V4L2" else None

    def _configure(self, capture: cv2.VideoCapture, index: int, backend: str) -> float | None:
        import cv2

        wanted_wh = self._options.size_wh
        if wanted_wh is not None:
            ask_for(capture, backend, wanted_wh)
        if self._options.fps is not None:
            capture.set(cv2.CAP_PROP_FPS, self._options.fps)
        got = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if wanted_wh is not None and got != wanted_wh and not self._told:
            self._told = True
            self._report(
                Message(
                    "camera {index} gives {got_width:g}x{got_height:g} instead of {width}x{height}",
                    index=index,
                    got_width=got[0],
                    got_height=got[1],
                    width=wanted_wh[0],
                    height=wanted_wh[1],
                )
            )
        fps: float = capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps < 1000 else None


def _node(index: int) -> Path:
    return Path(f"/dev/video{index}")


def _why_not(index: int) -> str:
    node = _node(index)
    if node.exists() and not os.access(node, os.R_OK | os.W_OK):
        return Message(
            "no permission for {node}; add your user to the group that owns it (usually `video`)", node=node
        )
    cameras = list_cameras()
    if any(c.index == index for c in cameras):
        return Message("it is there, but perhaps another program is using it")
    found = ", ".join(f"{c.index} ({c.name})" for c in cameras)
    return (
        Message("the cameras here are {found}", found=found)
        if found
        else Message("no camera is connected to this computer")
    )
