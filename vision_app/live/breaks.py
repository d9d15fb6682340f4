"""Where a picture changes everywhere at once: a cut within one room, or the beginning of a fade."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from vision_app.live.cuts import GRID_WH, is_flat, sketch_of_grid
from vision_app.results.values import FloatArray, ImageU8

_REMEMBERED = 8
_LEAST_REMEMBERED = 5
_LEAST_GREY = 2.0
_CELL_FACTOR = 4.0
_SHARE = 0.3
_FACTOR = 5.0
_LEAST_USUAL_GREY = 0.2
_STILL_FACTOR = 2.5
_LONGEST_FADE = 30
_LEAST_SHIFT_PX = 0.3
_LEAST_COMMON = 0.3
_OUTLINE_SIGMA = 2.0
_SAME_OUTLINES = 0.92


class Breaks:
    """Compares each change from one frame to the next with the ones just before it.

    What moves changes a part of the picture; what a cut or a fade changes is nearly everywhere, and much more than it
    was a moment ago. A camera that begins to move does that too: the frame before is moved as far, and compared again.
    """

    def __init__(self) -> None:
        self._grid: ImageU8 | None = None
        self._sketch: FloatArray | None = None
        self._changes: deque[FloatArray] = deque(maxlen=_REMEMBERED)
        self._usual_before, self._goes_on_for = 0.0, 0

    def see(self, grid: ImageU8, sketch: FloatArray) -> bool:
        """Another frame, in the order of their capture; gives whether it is a break, or one that still goes on.

        Args:
            grid: (72, 128, 3) uint8 BGR, as `grid_of` gives it.
            sketch: (18, 32) float32, of the same frame.
        """
        if is_flat(sketch):
            return False
        before, last = self._grid, self._sketch
        self._grid, self._sketch = grid, sketch
        if before is None or last is None:
            return False
        change = _change(last, sketch)
        found = self._is_unusual(change) and not self._is_moved(before, grid, sketch)
        if found and not self._goes_on_for:
            self._usual_before, self._goes_on_for = self._usual, _LONGEST_FADE
        elif self._goes_on_for:
            found = float(change.mean()) >= _STILL_FACTOR * self._usual_before
            self._goes_on_for = self._goes_on_for - 1 if found else 0
        self._changes.append(change)
        return found

    @property
    def _usual(self) -> float:
        """How much a frame changes here, grey levels."""
        return max(float(np.median([one.mean() for one in self._changes])), _LEAST_USUAL_GREY)

    def _is_unusual(self, change: FloatArray, where: np.ndarray | None = None) -> bool:
        """Whether nearly all cells change much more than they did, in all of the picture or a part."""
        if len(self._changes) < _LEAST_REMEMBERED:
            return False
        now = change if where is None else change[where]
        if float(now.mean()) < _FACTOR * self._usual:
            return False
        least = np.maximum(_LEAST_GREY, _CELL_FACTOR * np.median(np.array(self._changes), axis=0))
        return float((now >= (least if where is None else least[where])).mean()) >= _SHARE

    def _is_moved(self, before: ImageU8, grid: ImageU8, sketch: FloatArray) -> bool:
        """Whether the frame before, moved as a whole, explains this one."""
        one, other = (cv2.cvtColor(g, cv2.COLOR_BGR2GRAY).astype(np.float32) for g in (before, grid))
        window = cv2.createHanningWindow(GRID_WH, cv2.CV_32F)
        (x, y), _ = cv2.phaseCorrelate(one, other, window)
        if max(abs(x), abs(y)) <= _LEAST_SHIFT_PX:
            return False
        by = np.array([[1, 0, x], [0, 1, y]], np.float32)
        moved = np.asarray(cv2.warpAffine(before, by, GRID_WH, borderMode=cv2.BORDER_REPLICATE), np.uint8)
        inside = cv2.warpAffine(np.full_like(before, 255), by, GRID_WH)
        common = sketch_of_grid(np.asarray(inside, np.uint8)) >= 254
        if float(common.mean()) < _LEAST_COMMON:
            return False
        return not self._is_unusual(_change(sketch_of_grid(moved), sketch), common)


def _change(before: FloatArray, after: FloatArray) -> FloatArray:
    """How much each cell has changed, grey levels; what all have in common is a lamp."""
    change = after - before
    return np.asarray(np.abs(change - np.median(change)), np.float32)


def has_same_outlines(a: FloatArray, b: FloatArray) -> bool:
    """Whether two sketches show the same things, in whatever light."""
    one, other = (s - cv2.GaussianBlur(s, (0, 0), _OUTLINE_SIGMA) for s in (a, b))
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) >= _SAME_OUTLINES * norms
