"""Not looking at what has not changed: a picture that stands still costs no inference.

The picture is reduced to cells of about a sixty-fourth of its width, each the mean of its pixels, so that the noise of
a sensor goes away; it has changed once a cell differs by so many levels from the picture that the models saw last.
Comparing with that picture, and not with the one before, finds what moves slowly as well.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import Frame, ImageU8


@dataclass(frozen=True, slots=True)
class GateRules:
    """When the models look at a frame.

    Attributes:
        least_change: a cell has changed when its blue, green or red differs by so many of the 255 levels. Of noise
            with a standard deviation of 10 levels a pixel, as a camera in the dark has it, less than one level is left
            in the mean of a cell.
        cells: number of cells in a row.
        hold_s: after a change the models look for so long: what came to rest is seen at rest, and a tracker has
            frames enough to give it a number.
        hold_looks: they look at so many frames at least, however slow the stream is.
    """

    least_change: float = 8.0
    cells: int = 64
    hold_s: float = 0.5
    hold_looks: int = 3


class MotionGate:
    """Says of each frame of one stream whether the models have to look at it. Safe to use from many threads.

    Args:
        rules: when they have to.
    """

    def __init__(self, rules: GateRules | None = None) -> None:
        self._rules = rules or GateRules()
        self._lock = threading.Lock()
        self._seen: NDArray[np.int16] | None = None
        self._index = -1
        self._story: tuple[str, int] | None = None
        self._until_s = -math.inf
        self._looks_left = 0

    def reset(self) -> None:
        """Look at the next frame: the models are others, or are asked something else."""
        with self._lock:
            self._seen = None

    def opens(self, frame: Frame) -> bool:
        """Whether the models have to look at this frame; if so, it is what the next ones are compared with."""
        cells = self._cells(frame.for_models)
        time_s = frame.captured_s if frame.position_s is None else frame.position_s
        story = (frame.source_id, frame.epoch)
        with self._lock:
            if self._is_first(frame, cells, story) or self._changed(cells):
                self._until_s = time_s + self._rules.hold_s
                self._looks_left = self._rules.hold_looks
            elif not self._looks_left and time_s > self._until_s:
                return False
            self._looks_left = max(self._looks_left - 1, 0)
            if story != self._story or frame.index >= self._index:
                self._seen, self._story, self._index = cells, story, frame.index
            return True

    def _is_first(self, frame: Frame, cells: NDArray[np.int16], story: tuple[str, int]) -> bool:
        """Whether there is nothing that the frame can be compared with."""
        return (
            self._seen is None
            or frame.again
            or story != self._story
            or frame.index < self._index
            or cells.shape != self._seen.shape
        )

    def _changed(self, cells: NDArray[np.int16]) -> bool:
        assert self._seen is not None
        return int(np.abs(cells - self._seen).max()) >= self._rules.least_change

    def _cells(self, image: ImageU8) -> NDArray[np.int16]:
        height, width = image.shape[:2]
        columns = min(self._rules.cells, width)
        rows = max(1, min(round(columns * height / width), height))
        return cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.int16)
