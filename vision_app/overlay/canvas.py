"""The picture while it is drawn on: filled shapes, and which places are already taken."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.overlay.colours import Bgr
from vision_app.overlay.style import Metrics, Style, metrics_for
from vision_app.results.values import ImageU8

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]


class Rect(NamedTuple):
    """A rectangle in pixels: left and top inside it, right and bottom just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bottom - self.top


class Layer(IntEnum):
    """Order of drawing: what comes later lies on top."""

    GROUND = 0
    SHAPES = 1
    CARDS = 2
    CHIPS = 3


class Canvas:
    """A picture to draw on, owned by one `render`.

    Painters do not draw at once: they hand in drawings by layer with `later`, so that cards lie above all
    boxes, and so that labels, which come last, can keep clear of cards.

    Args:
        image: (H, W, 3) uint8 BGR; it is drawn on.
        style: the look.
        headers: whether cards name their model.

    Attributes:
        cards: how many cards of classes share the picture.
        cards_left_out: how many of them had no room.
    """

    def __init__(self, image: ImageU8, style: Style, *, headers: bool) -> None:
        self.image = image
        self.style = style
        self.headers = headers
        self.cards = self.cards_left_out = 0
        self.height, self.width = image.shape[:2]
        self.metrics: Metrics = metrics_for(self.width, self.height, style.scale)
        self._layers: dict[Layer, list[Callable[[], None]]] = {layer: [] for layer in Layer}
        # Taken places, on a grid of cells a quarter of a letter wide: one look costs 2 us for any number.
        self._cell_px = max(1, self.metrics.text_px // 4)
        cells_hw = (self.height // self._cell_px + 1, self.width // self._cell_px + 1)
        self._taken: NDArray[np.bool_] = np.zeros(cells_hw, np.bool_)

    def later(self, layer: Layer, draw: Callable[[], None]) -> None:
        """Draw when its layer's turn comes."""
        self._layers[layer].append(draw)

    def finish(self) -> None:
        """Draw everything that was handed in."""
        # The drawings hold this canvas: kept here, they would keep each picture until the garbage
        # collector comes round, and memory would rise by tens of megabytes.
        layers, self._layers = self._layers, {layer: [] for layer in Layer}
        for layer in Layer:
            for draw in layers[layer]:
                draw()

    def clamped(self, left: int, top: int, width: int, height: int) -> Rect:
        """A rectangle moved, and if need be cut, so that it lies inside the picture."""
        left = max(0, min(left, self.width - width))
        top = max(0, min(top, self.height - height))
        return Rect(left, top, min(left + width, self.width), min(top + height, self.height))

    def is_free(self, rect: Rect) -> bool:
        """Whether nothing was reserved here."""
        return not self._cells(rect).any()

    def reserve(self, rect: Rect) -> None:
        """Mark a place as taken."""
        self._cells(rect)[...] = True

    def _cells(self, rect: Rect) -> NDArray[np.bool_]:
        cell = self._cell_px
        return self._taken[
            rect.top // cell : (rect.bottom - 1) // cell + 1, rect.left // cell : (rect.right - 1) // cell + 1
        ]

    def place_card(self, width: int, height: int, corners: tuple[Corner, ...]) -> Rect | None:
        """Reserve room for a card in the first corner where it is free, below or above what is there.

        Returns:
            Where it may be drawn; None where it fits nowhere.
        """
        margin = self.metrics.margin_px
        if width + 2 * margin > self.width or height + 2 * margin > self.height:
            return None
        gap = max(1, margin // 2)
        for corner in corners:
            at_top = corner.startswith("top")
            left = margin if corner.endswith("left") else self.width - margin - width
            top = margin if at_top else self.height - margin - height
            while margin <= top <= self.height - margin - height:
                rect = Rect(left, top, left + width, top + height)
                if self.is_free(rect):
                    self.reserve(
                        Rect(left, max(top - gap, 0), rect.right, min(rect.bottom + gap, self.height))
                    )
                    return rect
                top += gap if at_top else -gap
        return None

    def fill(self, rect: Rect, colour: Bgr, radius_px: int = 0) -> None:
        """Fill a rectangle that lies inside the picture, with rounded corners."""
        corners = self._corners(rect, radius_px)
        cv2.rectangle(self.image, rect[:2], (rect.right - 1, rect.bottom - 1), colour, cv2.FILLED)
        self._restore(corners, radius_px)

    def shade(self, rect: Rect, radius_px: int = 0) -> None:
        """Darken a rectangle that lies inside the picture, so that white text can be read on it."""
        corners = self._corners(rect, radius_px)
        part = self.image[rect.top : rect.bottom, rect.left : rect.right]
        cv2.convertScaleAbs(part, dst=part, alpha=1.0 - self.style.shade, beta=8.0 * self.style.shade)
        self._restore(corners, radius_px)

    def _corners(self, rect: Rect, radius_px: int) -> tuple[list[ImageU8], ImageU8] | None:
        """The four corners: views of each, and a copy of what is there, (4, r, r, 3); None where none is round."""
        r = min(radius_px, rect.width // 2, rect.height // 2)
        if r < 2 or r != radius_px:
            return None
        rows, columns = (rect.top, rect.bottom - r), (rect.left, rect.right - r)
        views = [self.image[y : y + r, x : x + r] for y in rows for x in columns]
        return views, np.stack(views)

    def _restore(self, corners: tuple[list[ImageU8], ImageU8] | None, radius_px: int) -> None:
        if corners is None:
            return
        views, before = corners
        outside, inside = _corner_shares(radius_px)
        # In 1/256: before * outside + now * inside, which smooths the round edge.
        for view, mixed in zip(views, (before * outside + np.stack(views) * inside) >> 8, strict=True):
            view[...] = mixed


@lru_cache(maxsize=64)
def _corner_shares(radius_px: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """By pixel of each corner, how much of it lies outside the rounded one and inside, (4, r, r, 1) in 1/256."""
    centres = np.arange(radius_px) + 0.5
    distance = np.hypot(radius_px - centres[:, None], radius_px - centres[None, :])
    share = (np.clip(distance - radius_px + 0.5, 0, 1) * 255).astype(np.uint16)[..., None]
    outside = np.stack([share, share[:, ::-1], share[::-1], share[::-1, ::-1]])
    return outside, np.uint16(256) - outside
