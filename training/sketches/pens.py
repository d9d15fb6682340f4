"""From strokes to ink: a hand that shakes, pens of many kinds, and where the ink lies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.signs import Drawing, Points

Mask = NDArray[np.float32]
_SUBPIXEL = 4
"""Fractional bits of the coordinates handed to OpenCV."""


@dataclass(frozen=True, slots=True)
class Pen:
    """A pen and the hand that holds it.

    Attributes:
        kind: marker, ballpoint, pencil, crayon or brush.
        width_px: width of a line, pixels.
        bgr: its colour.
        strength: how much it covers, 0 to 1.
        shake: how far the hand strays, in parts of the sign.
        break_share: share of the strokes that have a gap.
    """

    kind: str
    width_px: float
    bgr: tuple[float, float, float]
    strength: float
    shake: float
    break_share: float


def shaken(stroke: Points, rng: np.random.Generator, by: float) -> Points:
    """A stroke as an unsteady hand draws it: slow drift and a finer tremble."""
    n = len(stroke)
    if n < 3 or by <= 0:
        return stroke
    knots = max(3, n // 8)
    at = np.linspace(0, knots - 1, n)
    drift = np.stack([np.interp(at, np.arange(knots), rng.normal(0, by, knots)) for _ in range(2)], axis=1)
    return stroke + drift + rng.normal(0, by * 0.15, stroke.shape)


def broken(stroke: Points, rng: np.random.Generator) -> list[Points]:
    """A stroke with a gap somewhere."""
    n = len(stroke)
    if n < 12:
        return [stroke]
    gap = max(2, int(n * rng.uniform(0.03, 0.1)))
    start = int(rng.integers(3, n - gap - 3)) if n - gap - 3 > 3 else n // 2
    return [stroke[:start], stroke[start + gap :]]


def draw(
    shape_hw: tuple[int, int],
    drawing: Drawing,
    matrix: NDArray[np.float64],
    pen: Pen,
    rng: np.random.Generator,
    *,
    filled: bool = False,
) -> Mask:
    """Ink of a drawing.

    Args:
        shape_hw: size of the sheet, pixels.
        drawing: what is drawn.
        matrix: (2, 3) from the drawing's square to pixels of the sheet.
        pen: with what.
        rng: source of all chance.
        filled: fill in what is closed.

    Returns:
        (H, W) float32, share of the pen's colour at each pixel, 0 to 1.
    """
    mask = np.zeros(shape_hw, np.uint8)
    if filled:
        for area in drawing.areas:
            cv2.fillPoly(mask, [_pixels(area, matrix)], 255, cv2.LINE_AA, _SUBPIXEL)
        if rng.random() < 0.5:
            mask = _hatched(mask, pen, rng)
    strokes: list[Points] = []
    for stroke in drawing.strokes:
        line = shaken(stroke, rng, pen.shake)
        strokes += broken(line, rng) if rng.random() < pen.break_share else [line]
    for stroke in strokes:
        _stroke(mask, stroke, matrix, pen, rng)
    if drawing.dots is not None:
        radius = max(1, round(pen.width_px * rng.uniform(0.6, 1.3)))
        for x, y in drawing.dots @ matrix[:, :2].T + matrix[:, 2]:
            cv2.circle(mask, (round(x), round(y)), radius, 255, cv2.FILLED, cv2.LINE_AA)
    return _textured(np.asarray(mask / 255, np.float32), pen, rng)


def _pixels(points: Points, matrix: NDArray[np.float64]) -> NDArray[np.int32]:
    at = points @ matrix[:, :2].T + matrix[:, 2]
    return np.round(at * (1 << _SUBPIXEL)).astype(np.int32)


def _stroke(
    mask: NDArray[np.uint8], stroke: Points, matrix: NDArray[np.float64], pen: Pen, rng: np.random.Generator
) -> None:
    at = _pixels(stroke, matrix)
    width = max(1, round(pen.width_px))
    if pen.kind != "brush":
        cv2.polylines(mask, [at], False, 255, width, cv2.LINE_AA, _SUBPIXEL)
        return
    swell = np.interp(np.linspace(0, 1, len(at)), np.linspace(0, 1, 5), rng.uniform(0.5, 1.4, 5))
    for a, b, w in zip(at, at[1:], swell[1:], strict=False):
        cv2.line(mask, a.tolist(), b.tolist(), 255, max(1, round(width * w)), cv2.LINE_AA, _SUBPIXEL)


def _hatched(mask: NDArray[np.uint8], pen: Pen, rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = mask.shape
    lines = np.zeros_like(mask)
    gap = max(3.0, pen.width_px * rng.uniform(1.2, 2.5))
    lean = rng.uniform(-0.8, 0.8)
    for x in np.arange(-height, width + height, gap):
        jitter = rng.normal(0, gap * 0.15, 2)
        cv2.line(
            lines,
            (int(x + jitter[0]), 0),
            (int(x + lean * height + jitter[1]), height),
            255,
            max(1, round(pen.width_px * 0.8)),
            cv2.LINE_AA,
        )
    return np.asarray(cv2.bitwise_and(mask, lines), np.uint8)


def _textured(mask: Mask, pen: Pen, rng: np.random.Generator) -> Mask:
    if pen.kind in ("pencil", "crayon"):
        rough = 0.35 if pen.kind == "pencil" else 0.75
        height, width = mask.shape
        grain = rng.random((height // 2 + 1, width // 2 + 1), np.float32)
        fine = cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)
        mask = np.asarray(mask * np.clip(1 - rough + 1.6 * rough * fine, 0, 1), np.float32)
    return np.asarray(mask * pen.strength, np.float32)
