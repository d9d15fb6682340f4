"""Which pixels belong to an object."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.results.affine import Affine
from vision_app.results.contours import Contour, outer_contours, resized, simplified

_OUTLINE_TOLERANCE_PX = 1.0


@dataclass(frozen=True, slots=True)
class BoxMask:
    """Which pixels of the frame belong to one object: a cut-out, not a whole frame, for small objects are many.

    Attributes:
        left: column of the frame where the cut-out begins; below 0 only before it is cut off at the frame.
        top: row of the frame where it begins.
        inside: (h, w) bool, in frame pixels.
    """

    left: int
    top: int
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.inside.ndim != 2 or self.inside.dtype != np.bool_:
            raise ValueError(f"a mask is (h, w) bool, got {self.inside.shape} {self.inside.dtype}")

    @property
    def contours(self) -> list[Contour]:
        """Outlines of its connected parts, each (P, 2) int32 pixels of the frame."""
        return outer_contours(self.inside, (self.left, self.top))

    def polygons(self) -> list[list[int]]:
        """Its outlines as COCO writes them, each `[x1, y1, x2, y2, ...]`, at most a pixel off."""
        return [simplified(c, _OUTLINE_TOLERANCE_PX).ravel().tolist() for c in self.contours]

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> BoxMask:
        """The mask where it comes to lie; never empty, unless it leaves the frame.

        Args:
            to: the map.
            within_wh: size of the frame that it is cut off at; None not to cut it.
        """
        moved = self._moved(to) if to.upright else self._turned(to)
        return moved if within_wh is None else moved._cut(within_wh)

    def _moved(self, to: Affine) -> BoxMask:
        height, width = self.inside.shape
        (x0, y0), (x1, y1) = to.points(
            np.array([[self.left, self.top], [self.left + width, self.top + height]], np.float32)
        ).tolist()
        left, right, top, bottom = round(x0), round(x1), round(y0), round(y1)
        return BoxMask(left, top, resized(self.inside, (max(right - left, 1), max(bottom - top, 1))))

    def _turned(self, to: Affine) -> BoxMask:
        height, width = self.inside.shape
        box = np.array([[self.left, self.top, self.left + width, self.top + height]], np.float32)
        left, top = np.floor(to.boxes(box)[0, :2]).astype(int).tolist()
        right, bottom = np.ceil(to.boxes(box)[0, 2:]).astype(int).tolist()
        here = Affine.shift(-left, -top).after(to).after(Affine.shift(self.left, self.top))
        # a pixel's middle lies half a pixel from its corner
        centred = Affine.shift(-0.5, -0.5).after(here).after(Affine.shift(0.5, 0.5))
        size_wh = (max(right - left, 1), max(bottom - top, 1))
        fine = cv2.warpAffine(self.inside.astype(np.float32), centred.matrix, size_wh, flags=cv2.INTER_LINEAR)
        return BoxMask(left, top, np.asarray(fine > 0.5))

    def _cut(self, within_wh: tuple[int, int]) -> BoxMask:
        height, width = self.inside.shape
        left, top = min(max(self.left, 0), within_wh[0]), min(max(self.top, 0), within_wh[1])
        right, bottom = min(self.left + width, within_wh[0]), min(self.top + height, within_wh[1])
        inside = self.inside[
            top - self.top : max(bottom, top) - self.top, left - self.left : max(right, left) - self.left
        ]
        return BoxMask(left, top, inside)

    def union(self, other: BoxMask) -> BoxMask:
        """The pixels of both."""
        if self.inside.size == 0 or other.inside.size == 0:
            return other if self.inside.size == 0 else self
        left, top = min(self.left, other.left), min(self.top, other.top)
        right = max(self.left + self.inside.shape[1], other.left + other.inside.shape[1])
        bottom = max(self.top + self.inside.shape[0], other.top + other.inside.shape[0])
        both = np.zeros((bottom - top, right - left), np.bool_)
        for one in (self, other):
            y, x = one.top - top, one.left - left
            both[y : y + one.inside.shape[0], x : x + one.inside.shape[1]] |= one.inside
        return BoxMask(left, top, both)

    def on_frame(self, frame_wh: tuple[int, int]) -> NDArray[np.bool_]:
        """The mask as (H, W) bool of the whole frame."""
        whole = np.zeros((frame_wh[1], frame_wh[0]), np.bool_)
        height, width = self.inside.shape
        whole[self.top : self.top + height, self.left : self.left + width] = self.inside
        return whole
