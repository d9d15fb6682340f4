"""Heat maps as colours over the picture, with a legend that says what they are.

The colours are those of a perceptual map: equal steps of the numbers look like equal steps. What does not matter
stays as it is, so that a map is never taken for a mask, which has one colour and a sharp edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.explaining.features import FeatureMaps
from vision_app.explaining.heatmap import Heatmap, normalised
from vision_app.messages import Message
from vision_app.overlay.style import metrics_for
from vision_app.overlay.text import clean, draw_line, fitted, line_height, width_of
from vision_app.results.values import FloatArray, ImageU8

STRENGTH = 0.72
"""How much of the picture the strongest colour hides."""
METHOD_WORDS: Mapping[str, str] = {
    "cam": Message("class activation map"),
    "eigen": "Eigen-CAM",
    "recipro": "ReciproCAM",
    "rollout": Message("attention rollout"),
    "attention": "attention",
    "features": Message("feature map"),
    "occlusion": "occlusion",
    "rise": "RISE",
    "similarity": "similarity",
    "routing": Message("capsule routing"),
}


@lru_cache(maxsize=1)
def colours() -> NDArray[np.uint8]:
    """The colour map, (256, 3) uint8 BGR, dark to bright.

    Source: "inferno" of Smith and van der Walt, 2015, https://bids.github.io/colormap, as OpenCV has it.
    """
    ramp = np.arange(256, dtype=np.uint8).reshape(-1, 1)
    return np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_INFERNO), np.uint8).reshape(256, 3)


def coloured(values: FloatArray) -> ImageU8:
    """Numbers from 0 to 1 as colours, (h, w, 3) uint8 BGR."""
    levels = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    return colours()[levels]


def paint(image: ImageU8, found: Heatmap, *, legend: str = "", strength: float = STRENGTH) -> ImageU8:
    """A copy of a picture with a map over it.

    Args:
        image: (H, W, 3) uint8 BGR of the size that the map says.
        found: the map.
        legend: what is written over the scale of colours; "" to say it in English.
        strength: how much of the picture the strongest colour hides, 0 to 1.
    """
    if found.frame_wh != (image.shape[1], image.shape[0]):
        raise ValueError(f"a map of a {found.frame_wh} frame does not fit a picture of {image.shape[1::-1]}")
    painted = image.copy()
    values, (left, top, right, bottom) = found.on_frame()
    part = painted[top:bottom, left:right]
    hidden = (np.sqrt(values) * strength)[:, :, None]
    part[...] = (part * (1 - hidden) + coloured(values) * hidden).astype(np.uint8)
    _frame_of_seen(painted, (left, top, right, bottom))
    draw_legend(painted, found, legend or words_for(found))
    return painted


def words_for(found: Heatmap) -> str:
    """What a map is, in a few English words."""
    words = METHOD_WORDS.get(found.method, found.method)
    if found.label:
        words = f"{words}: {found.label}"
    elif found.layer:
        words = f"{words}: {found.layer}"
    return words


def _frame_of_seen(image: ImageU8, box: tuple[int, int, int, int]) -> None:
    """A thin line around what the network sees, where that is not the whole picture."""
    left, top, right, bottom = box
    if (left, top, right, bottom) != (0, 0, image.shape[1], image.shape[0]):
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), (200, 200, 200), 1)


def draw_legend(image: ImageU8, found: Heatmap, words: str) -> None:
    """Write what the colours mean into the lower left corner: words, scale, and the numbers at its ends."""
    height, width = image.shape[:2]
    m = metrics_for(width, height, 1.0)
    room = width - 4 * m.margin_px
    text = fitted(clean(words), room, m.small_px)
    low, high = number(found.low), number(found.high)
    wide = min(room, max(width_of(text, m.small_px), 9 * m.text_px))
    line, bar = line_height(m.small_px), max(4, m.text_px // 2)
    tall = 2 * line + bar + 2 * m.pad_px
    left, top = m.margin_px, height - m.margin_px - tall
    if wide < 4 * m.text_px or top < 0:
        return
    ground = image[top : top + tall, left : left + wide + 2 * m.pad_px]
    ground[...] = (ground * 0.3).astype(np.uint8)
    x, y = left + m.pad_px, top + m.pad_px
    draw_line(image, text, x, y, size_px=m.small_px, colour=(255, 255, 255))
    y += line
    image[y : y + bar, x : x + wide] = coloured(np.linspace(0, 1, wide, dtype=np.float32))[None]
    y += bar
    draw_line(image, low, x, y, size_px=m.small_px, colour=(228, 228, 228))
    end = x + wide - width_of(high, m.small_px)
    draw_line(image, high, end, y, size_px=m.small_px, colour=(228, 228, 228))


def number(value: float) -> str:
    """A number as short as it can be read.

    >>> number(19.3137), number(0.00137), number(0.0)
    ('19.3', '0.00137', '0')
    """
    return f"{value:.3g}"


def feature_grid(found: FeatureMaps, size_wh: tuple[int, int]) -> ImageU8:
    """The channels of a layer side by side, each from its least to its largest response.

    Args:
        found: the channels, all of one size.
        size_wh: width and height of the picture, pixels.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    count = len(found.maps)
    width, height = size_wh
    columns = max(1, round((count * width / height) ** 0.5))
    rows = -(-count // columns)
    grid = np.full((height, width, 3), 24, np.uint8)
    for i, one in enumerate(found.maps):
        row, column = divmod(i, columns)
        x0, x1 = (round(width * c / columns) for c in (column, column + 1))
        y0, y1 = (round(height * r / rows) for r in (row, row + 1))
        if x1 - x0 < 3 or y1 - y0 < 3:
            continue
        values = normalised(one, from_zero=False)[0]
        grid[y0 : y1 - 1, x0 : x1 - 1] = cv2.resize(
            coloured(values), (x1 - x0 - 1, y1 - y0 - 1), interpolation=cv2.INTER_NEAREST
        )
    return grid


def kernel_pictures(weights: FloatArray) -> ImageU8 | None:
    """The kernels of a first layer as pictures in their own colours, in a grid.

    Args:
        weights: (K, 3 or 1, h, w) float32, in the colour order of the picture: BGR.

    Returns:
        (h, w, 3) uint8 BGR, a pixel for each number; None for a layer that does not read colours.
    """
    count, colours_in, tall, wide = weights.shape
    if colours_in not in (1, 3) or tall * wide < 4:
        return None
    columns = max(1, round(count**0.5))
    rows = -(-count // columns)
    grid = np.full((rows * (tall + 1) + 1, columns * (wide + 1) + 1, 3), 24, np.uint8)
    for i, kernel in enumerate(weights):
        largest = float(np.abs(kernel).max()) or 1.0
        picture = np.clip(127.5 + 127.5 * kernel / largest, 0, 255).astype(np.uint8).transpose(1, 2, 0)
        row, column = divmod(i, columns)
        y, x = row * (tall + 1) + 1, column * (wide + 1) + 1
        grid[y : y + tall, x : x + wide] = picture
    return grid
