"""The felt pen that is seen in the film, over the picture."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float64]

_LEAN_DEG, _SHADOW_DEG = 57.0, 30.0
"""Directions of the pen and of its shadow from the tip, clockwise from the right."""
_SHADOW = 0.3
_STRIPS = 12
"""A round barrel is drawn as so many strips of different brightness."""

_Profile = tuple[tuple[float, float], ...]
_NIB: _Profile = ((-3, 7), (0, 9), (26, 13))
_COLLAR: _Profile = ((24, 24), (34, 28), (82, 46))
_BARREL: _Profile = ((80, 50), (400, 54))
_CAP: _Profile = ((398, 54), (452, 54), (462, 46))
"""Distance from the tip and width there, pixels of the table."""


def _strip(profile: _Profile, left: float, right: float) -> Points:
    """Outline of the part of a profile between two shares of its half width, -1 to 1."""
    along = np.array([p[0] for p in profile])
    half = np.array([p[1] for p in profile]) / 2
    a = np.stack([along, left * half], axis=1)
    b = np.stack([along, right * half], axis=1)[::-1]
    return np.concatenate([a, b])


def _placed(outline: Points, tip: Points, scale: float, lean_deg: float) -> NDArray[np.int32]:
    turn = math.radians(lean_deg)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return np.asarray(np.round((outline * scale @ rotation.T + tip) * 16), np.int32)


def _shade(image: Image, tip: Points, scale: float, lift: float) -> None:
    shadow = np.zeros(image.shape[:2], np.uint8)
    away = tip + np.array([16.0, 10.0]) * scale * lift
    for profile in (_NIB, _COLLAR, _BARREL, _CAP):
        cv2.fillPoly(shadow, [_placed(_strip(profile, -1, 1), away, scale, _SHADOW_DEG)], 255, cv2.LINE_AA, 4)
    x, y, width, height = cv2.boundingRect(shadow)
    if not width:
        return
    margin = int(30 * scale)
    at = (
        slice(max(0, y - margin), y + height + margin),
        slice(max(0, x - margin), x + width + margin),
    )
    soft = cv2.GaussianBlur(shadow[at], (0, 0), (7 + 6 * lift) * scale).astype(np.float32) / 255
    image[at] = (image[at] * (1 - _SHADOW * soft[..., None])).astype(np.uint8)


def draw_pen(image: Image, tip: Points, scale: float, bgr: tuple[float, float, float], lift: float) -> None:
    """Draw a felt pen and its shadow into a picture.

    Args:
        image: (H, W, 3) uint8 BGR, changed.
        tip: x and y of the point of the paper below its nib, pixels of the picture.
        scale: pixels of the picture for one of the table.
        bgr: colour of its ink, 0 to 1.
        lift: height above the paper, 0 to 1.
    """
    _shade(image, tip, scale, lift)
    above = tip + np.array([-6.0, -22.0]) * scale * lift
    colour = np.array(bgr) * 255
    parts = ((_NIB, colour), (_COLLAR, np.array([58.0, 56, 56])), (_BARREL, np.array([226.0, 228, 230])))
    for profile, tone in (*parts, (_CAP, colour * 0.85 + 25)):
        edges = np.linspace(-1, 1, _STRIPS + 1)
        for left, right in itertools.pairwise(edges):
            middle = (left + right) / 2
            bright = 0.62 + 0.42 * math.sqrt(max(0.0, 1 - ((middle - 0.3) / 1.35) ** 2))
            strip = _placed(_strip(profile, left, min(1.0, right + 0.04)), above, scale, _LEAN_DEG)
            cv2.fillPoly(image, [strip], np.clip(tone * bright, 0, 255).tolist(), cv2.LINE_AA, 4)
