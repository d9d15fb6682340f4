"""The part of a live device that is the same for everything that OpenCV captures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vision_app.results.values import ImageU8

if TYPE_CHECKING:
    import cv2


class CaptureDevice:
    """Grabs from a `cv2.VideoCapture` and releases it; who derives from it connects."""

    def __init__(self) -> None:
        self._capture: cv2.VideoCapture | None = None

    def grab(self) -> tuple[ImageU8, float] | None:
        """The next picture and the monotonic seconds at which it had arrived; None if none came in time."""
        if self._capture is None or not self._capture.grab():
            return None
        arrived_s = time.perf_counter()
        ok, image = self._capture.retrieve()
        return (image, arrived_s) if ok else None  # type: ignore[return-value]

    def interrupt(self) -> None:
        """A picture comes in a moment, or the driver cannot be interrupted."""

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
