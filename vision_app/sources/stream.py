"""Network streams through OpenCV's FFmpeg back end."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from vision_app.errors import SourceError
from vision_app.sources.capture import CaptureDevice
from vision_app.sources.live import READ_TIMEOUT_S
from vision_app.sources.quiet import quiet_opencv
from vision_app.sources.urls import endpoint, source_id

if TYPE_CHECKING:
    pass

_PROBE_TIMEOUT_S = 0.5


class StreamDevice(CaptureDevice):
    """A stream as a `LiveDevice`. OpenCV asks RTSP servers for TCP by itself.

    Args:
        url: the address, with credentials.
        open_timeout_s: how long connecting may take.
    """

    def __init__(self, url: str, open_timeout_s: float) -> None:
        super().__init__()
        quiet_opencv()
        self._url = url
        self._open_timeout_s = open_timeout_s
        self._is_whole_file = False

    @property
    def is_whole_file(self) -> bool:
        """Whether the address that was opened serves something with an end, so not live at all."""
        return self._is_whole_file

    def open(self) -> float | None:
        """Connect; gives the nominal frames a second.

        Raises:
            SourceError: nobody answers there, or no video comes.
        """
        import cv2

        # Without the explicit back end the time-outs are ignored.
        capture = cv2.VideoCapture(
            self._url,
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                int(self._open_timeout_s * 1e3),
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                int(READ_TIMEOUT_S * 1e3),
            ],
        )
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"{source_id(self._url)} cannot be opened: {self._why_not()}")
        self._capture = capture
        self._is_whole_file = capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
        fps: float = capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps <= 480 else None

    def reachable(self) -> bool | None:
        """Whether the server takes TCP connections; None for what is not carried by TCP."""
        address = endpoint(self._url)
        return None if address is None else _accepts_connections(address)

    def _why_not(self) -> str:
        address = endpoint(self._url)
        if address is None:
            return f"no video came within {self._open_timeout_s:g} s"
        host, port = address
        if _accepts_connections(address):
            return f"{host} port {port} answers, but sends no video; check the path, user and password"
        return f"nobody answers at {host} port {port}"


def _accepts_connections(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, _PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False
