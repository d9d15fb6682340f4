"""What light, lens and camera do to a scene."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.domains import Domain
from sketches.surfaces import Canvas, fog

Rng = np.random.Generator


def light(canvas: Canvas, rng: Rng, domain: Domain) -> Canvas:
    """Brightness, a ramp, soft or hard shadows, colour of the light, glare."""
    hw = (canvas.shape[0], canvas.shape[1])
    y, x = np.mgrid[0 : hw[0], 0 : hw[1]].astype(np.float32)
    turn = rng.uniform(0, 2 * math.pi)
    ramp = (x / hw[1] - 0.5) * math.cos(turn) + (y / hw[0] - 0.5) * math.sin(turn)
    field = rng.uniform(*domain.light) * (1 + ramp * rng.uniform(0, 0.7))
    if rng.random() < 0.3:
        field = field * (1 - rng.uniform(0.15, 0.55) * _shadow(rng, hw))
    tint = 1 + rng.normal(0, 0.06, 3).astype(np.float32)
    lit = canvas * field[..., None] * tint
    if rng.random() < 0.15:
        centre = rng.uniform(0, 1, 2) * [hw[1], hw[0]]
        spread = rng.uniform(0.08, 0.3) * hw[1]
        spot = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * spread**2))
        lit = lit + rng.uniform(0.2, 0.8) * spot[..., None]
    return np.asarray(lit, np.float32)


def _shadow(rng: Rng, hw: tuple[int, int]) -> NDArray[np.float32]:
    if rng.random() < 0.5:
        return np.asarray(np.clip((fog(rng, hw, 3, 2) - 0.45) * 5, 0, 1), np.float32)
    mask = np.zeros(hw, np.float32)
    corners = (rng.uniform(-0.3, 1.3, (4, 2)) * [hw[1], hw[0]]).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1.0, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 10)), np.float32)


def camera(canvas: Canvas, rng: Rng, domain: Domain) -> NDArray[np.uint8]:
    """Blur, noise, exposure, JPEG: (H, W, 3) uint8 BGR."""
    if rng.random() < 0.3:
        canvas = _motion(canvas, rng, rng.uniform(2, domain.blur_px))
    if rng.random() < 0.3:
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.4)), np.float32)
    gamma = math.exp(rng.normal(0, 0.18))
    grey = np.clip(canvas, 0, 1) ** gamma * 255
    if rng.random() < 0.6:
        noise = rng.standard_normal(canvas.shape, np.float32) * rng.uniform(1, domain.noise)
        if rng.random() < 0.4:
            noise = cv2.GaussianBlur(noise, (3, 3), 0) * 1.6
        grey = grey + noise
    image: NDArray[np.uint8] = np.clip(grey, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(*domain.jpeg))
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image


def _motion(canvas: Canvas, rng: Rng, length_px: float) -> Canvas:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    turn = rng.uniform(0, math.pi)
    reach = size // 2
    a = (round(reach - reach * math.cos(turn)), round(reach - reach * math.sin(turn)))
    b = (round(reach + reach * math.cos(turn)), round(reach + reach * math.sin(turn)))
    cv2.line(kernel, a, b, 1.0, 1)
    return np.asarray(cv2.filter2D(canvas, -1, kernel / kernel.sum()), np.float32)
