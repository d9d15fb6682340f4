"""From masks to their outlines, and to masks of another size. Pure image maths."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Contour = NDArray[np.int32]


def outer_contours(inside: NDArray[np.bool_], left_top: tuple[int, int]) -> list[Contour]:
    """The outlines of a mask, one a connected part; holes are not told.

    Args:
        inside: (h, w) bool.
        left_top: where its first pixel lies in the frame.

    Returns:
        Each (P, 2) int32: x and y of the outermost pixels. `cv2.fillPoly` of them gives the mask back, its
        holes filled.

    >>> [c.tolist() for c in outer_contours(np.ones((2, 3), bool), (10, 20))]
    [[[10, 20], [10, 21], [12, 21], [12, 20]]]
    """
    picture = np.ascontiguousarray(inside).view(np.uint8)
    found, _ = cv2.findContours(picture, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=left_top)
    return [contour.reshape(-1, 2).astype(np.int32, copy=False) for contour in found]


def simplified(contour: Contour, tolerance_px: float) -> Contour:
    """Fewer corners, none of the old ones further than the tolerance from the new outline; at least three.

    Source: Douglas and Peucker, "Algorithms for the reduction of the number of points", 1973.
    """
    short = cv2.approxPolyDP(contour.reshape(-1, 1, 2), tolerance_px, closed=True).reshape(-1, 2)
    if len(short) < 3:  # a line or a dot: a polygon all the same, for those who read it as one
        short = np.concatenate([short, np.repeat(short[-1:], 3 - len(short), axis=0)])
    return short.astype(np.int32, copy=False)


def resized(inside: NDArray[np.bool_], size_wh: tuple[int, int]) -> NDArray[np.bool_]:
    """A mask at another size, each pixel as the nearest one was.

    >>> resized(np.array([[True, False]]), (4, 1)).tolist()
    [[True, True, False, False]]
    """
    picture = np.ascontiguousarray(inside).view(np.uint8)
    return cv2.resize(picture, size_wh, interpolation=cv2.INTER_NEAREST).view(np.bool_)
