"""The time of a frame as outputs give it."""

from __future__ import annotations

from vision_app.results.values import Frame


class Clock:
    """Gives `time_s`: the position in a clip, 0 for an image, seconds since the first frame when live."""

    def __init__(self) -> None:
        self._first_captured_s: float | None = None

    def time_s(self, frame: Frame) -> float:
        """Seconds. Call it for each frame, in order."""
        if frame.position_s is not None:
            return frame.position_s
        if frame.file is not None:
            return 0.0
        if self._first_captured_s is None:
            self._first_captured_s = frame.captured_s
        return frame.captured_s - self._first_captured_s
