"""Numbers of a step at one place of the picture: pixel, neighbourhood, and what a kernel makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision_app.filters.chain import as_bgr
from vision_app.filters.filtered import Filtered
from vision_app.filters.operation import Mat

MOST = 7
"""Side of the largest neighbourhood that is shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a step sees and makes at one pixel.

    Attributes:
        x: column of the pixel.
        y: row of the pixel.
        before: the values before the step: one of a grey picture, blue, green and red of a colour picture.
        after: the values behind it.
        around: (S, S) the neighbourhood before the step: grey as the operation sees it, or green of a colour picture
            that it takes as it is; -1 outside the picture.
        green: whether it is the green channel.
        weights: (S, S) of a kernel; None for what has none, and for one that is too large to be shown.
        total: the sum of the products; None without weights, and at the rim.
    """

    x: int
    y: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    around: NDArray[np.int64]
    green: bool
    weights: NDArray[np.float64] | None
    total: float | None


def read_at(filtered: Filtered, number: int, x: int, y: int) -> Reading | None:
    """The numbers of a step at a pixel.

    Args:
        filtered: what became of a frame.
        number: the step among those that were done, from 0.
        x: column.
        y: row.

    Returns:
        None outside the picture, and when there is no such step.
    """
    if not 0 <= number < len(filtered.steps):
        return None
    before, after = filtered.stages[number], filtered.stages[number + 1]
    height, width = before.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        return None
    step = filtered.steps[number]
    weights = None
    if step.operation.kernel is not None:
        weights = np.asarray(step.operation.kernel(**step.values))
        if weights.shape[0] > MOST:
            weights = None
    side = 3 if weights is None else weights.shape[0]
    green = before.ndim == 3 and step.operation.takes != "grey"
    around = _around(before[..., 1] if green else before, x, y, side)
    total = None
    if weights is not None and (around >= 0).all():
        total = float((around * weights).sum())
    return Reading(x, y, _values(before, x, y), _values(after, x, y), around, green, weights, total)


def _around(image: Mat, x: int, y: int, side: int) -> NDArray[np.int64]:
    half, (height, width) = side // 2, image.shape[:2]
    top, left = y - half, x - half
    found = np.full((side, side), -1, np.int64)
    part = image[max(top, 0) : min(top + side, height), max(left, 0) : min(left + side, width)]
    grey = _grey(part)
    row, column = max(-top, 0), max(-left, 0)
    found[row : row + grey.shape[0], column : column + grey.shape[1]] = grey
    return found


def _grey(part: Mat) -> NDArray[np.int64]:
    import cv2

    if part.ndim == 3:
        part = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_BGR2GRAY)
    return part.astype(np.int64)


def _values(image: Mat, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in np.atleast_1d(image[y, x]))


def histogram(image: Mat) -> NDArray[np.float64]:
    """How many pixels have each brightness: (256,) float64."""
    import cv2

    grey = cv2.cvtColor(as_bgr(image), cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    return cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.float64)


def otsu_value(counts: NDArray[np.float64]) -> int:
    """Otsu's threshold of a histogram: the value that parts it so that both sides vary least within.

    Source: Otsu, "A threshold selection method from gray-level histograms", 1979.

    >>> otsu_value(np.bincount([10] * 5 + [200] * 5, minlength=256).astype(float))
    10
    """
    values = np.arange(256)
    below = np.cumsum(counts)
    above = counts.sum() - below
    sums = np.cumsum(counts * values)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        between = np.where((below > 0) & (above > 0), below * above * gap**2, 0.0)
    return int(np.argmax(between))
