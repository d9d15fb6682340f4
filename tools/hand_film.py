"""A hand that waves and counts, rendered from capsules: no photo or scan of anybody is in it.

The surface is the smooth union of capsules along the bones, found by sphere tracing; light, some shade between the
fingers, and a rim. Hand networks take it for a hand. Used by `make_demo_clip.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.results.values import ImageU8

Floats = NDArray[np.float64]
Capsule = tuple[Floats, Floats, float, float]

SIDE, SCALE = 560, 165.0
FPS = 30
_SKIN = np.array([135.0, 165.0, 218.0])
_RIM = np.array([20.0, 20.0, 45.0])
_BLEND = 0.045
_STEPS = 40
_NEAR = 0.002
_KNUCKLES = ((-0.42, 0.95), (-0.14, 1.02), (0.14, 0.98), (0.38, 0.86))
_BONES = ((0.46, 0.28, 0.22), (0.52, 0.32, 0.24), (0.48, 0.30, 0.23), (0.36, 0.22, 0.20))
_RADII = (
    (0.125, 0.11, 0.10, 0.085),
    (0.13, 0.115, 0.10, 0.088),
    (0.12, 0.108, 0.098, 0.083),
    (0.105, 0.095, 0.085, 0.075),
)
_SPREAD = (-0.19, -0.04, 0.08, 0.23)


@dataclass(frozen=True)
class Pose:
    """How the fingers are held.

    Attributes:
        bend: of thumb, index, middle, ring and little finger at each joint, radians towards the palm.
    """

    bend: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)


OPEN, TWO = Pose(), Pose((0.45, 0.0, 0.0, 1.25, 1.25))


def capsules(pose: Pose) -> list[Capsule]:
    """The bones of a right hand, its palm to the viewer's back, in widths of a palm; y points up."""
    made: list[Capsule] = []
    for (x, y), bones, radii, spread, bend in zip(
        _KNUCKLES, _BONES, _RADII, _SPREAD, pose.bend[1:], strict=True
    ):
        at, turned = np.array([x, y, 0.0]), 0.0
        for i, bone in enumerate(bones):
            turned += bend
            along = np.array(
                [np.sin(spread) * np.cos(turned), np.cos(spread) * np.cos(turned), np.sin(turned)]
            )
            made.append((at, at + along * bone, radii[i], radii[i + 1]))
            at = at + along * bone
        made.append((np.array([x * 0.55, 0.05, 0.0]), np.array([x, y, 0.0]), 0.19, 0.145))
    at, along = np.array([-0.30, 0.22, 0.05]), np.array([-0.75, 0.62, 0.18])
    along /= np.linalg.norm(along)
    for bone, r0, r1, more in ((0.38, 0.17, 0.145, 0.0), (0.34, 0.14, 0.12, 0.28), (0.28, 0.12, 0.09, 0.30)):
        angle = more + (pose.bend[0] if more else 0.0)
        cos, sin = np.cos(angle), np.sin(angle)
        along = np.array([along[0] * cos + along[1] * sin, -along[0] * sin + along[1] * cos, along[2]])
        made.append((at, at + along * bone, r0, r1))
        at = at + along * bone
    made.append((np.array([-0.22, 0.15, 0.04]), np.array([-0.36, 0.75, 0.0]), 0.20, 0.15))
    made.append((np.array([0.18, 0.12, 0.0]), np.array([0.34, 0.70, 0.0]), 0.20, 0.14))
    made.append((np.array([0.0, -2.4, 0.0]), np.array([0.0, -0.05, 0.0]), 0.28, 0.23))
    return made


def distance(points: Floats, parts: list[Capsule]) -> Floats:
    """(N,) distance of points to the smooth union of capsules. Source: Quilez, "Smooth minimum"."""
    best: Floats | None = None
    for a, b, r0, r1 in parts:
        way = b - a
        t = np.clip(((points - a) @ way) / (way @ way), 0, 1)
        near = np.linalg.norm(points - a - t[:, None] * way, axis=1) - (r0 + (r1 - r0) * t)
        if best is None:
            best = near
            continue
        share = np.clip(0.5 + 0.5 * (best - near) / _BLEND, 0, 1)
        best = best * (1 - share) + near * share - _BLEND * share * (1 - share)
    assert best is not None
    return best


def rendered(pose: Pose) -> tuple[ImageU8, Floats]:
    """The hand, (SIDE, SIDE, 3) BGR, and how much of each pixel is hand; the wrist lies in the middle below."""
    parts = capsules(pose)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    flat = np.stack([(columns - SIDE / 2) / SCALE, 0.75 - (rows - SIDE / 2) / SCALE], -1).reshape(-1, 2)
    points = np.concatenate([flat, np.full((len(flat), 1), 1.2)], axis=1)
    hit, going = np.zeros(len(points), bool), np.arange(len(points))
    for _ in range(_STEPS):
        near = distance(points[going], parts)
        points[going, 2] -= near
        hit[going[near < _NEAR]] = True
        going = going[(near >= _NEAR) & (points[going, 2] > -1)]
        if not len(going):
            break
    seen = points[hit]
    eye = np.eye(3) * 0.004
    normals = np.stack([distance(seen + e, parts) - distance(seen - e, parts) for e in eye], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light = np.array([-0.4, 0.5, 0.77]) / np.linalg.norm([-0.4, 0.5, 0.77])
    lit = np.clip(normals @ light, 0, 1)
    rim = (1 - np.clip(normals[:, 2], 0, 1)) ** 2
    open_air = np.clip(distance(seen + normals * 0.12, parts) / 0.12, 0, 1)
    colours = _SKIN * (0.38 + 0.62 * lit)[:, None] * (0.55 + 0.45 * open_air)[:, None] + _RIM * rim[:, None]
    image = np.zeros((SIDE * SIDE, 3))
    image[hit] = colours
    share = cv2.GaussianBlur(hit.reshape(SIDE, SIDE).astype(np.float64), (0, 0), 0.9)
    filled = cv2.dilate(np.clip(image, 0, 255).astype(np.uint8).reshape(SIDE, SIDE, 3), np.ones((5, 5)))
    solid = hit.reshape(SIDE, SIDE)
    made = np.where(solid[..., None], np.clip(image, 0, 255).reshape(SIDE, SIDE, 3), filled)
    return np.asarray(cv2.GaussianBlur(made.astype(np.uint8), (0, 0), 0.7), np.uint8), np.asarray(
        share, np.float64
    )


def hand_frames(width: int, height: int, seconds: float = 4.0) -> Iterator[ImageU8]:
    """The film: the hand comes up, waves, shows two, and waves again."""
    poses = {pose: rendered(pose) for pose in (OPEN, TWO)}
    rows = np.linspace(0, 1, height)[:, None]
    wall = np.broadcast_to(
        205 - 40 * rows[..., None] + np.array([4.0, 2.0, -4.0]), (height, width, 3)
    ).astype(np.float64)
    count = round(seconds * FPS)
    for i in range(count):
        t = i / FPS
        pose = TWO if 1.9 <= t < 3.0 else OPEN
        angle = 14 * np.sin(2 * np.pi * t * 0.9)
        rise = max(0.0, 1 - t / 0.5) ** 2
        image, share = poses[pose]
        wrist = (SIDE / 2, SIDE * 0.78)
        turn = cv2.getRotationMatrix2D(wrist, angle, 1.12)
        turn[0, 2] += width / 2 - wrist[0] + 40 * np.sin(1.7 * t)
        turn[1, 2] += height * 0.82 + rise * height - wrist[1]
        laid = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR).astype(np.float64)
        kept = cv2.warpAffine(share, turn, (width, height), flags=cv2.INTER_LINEAR)[..., None]
        yield np.clip(wall * (1 - kept) + laid * kept, 0, 255).astype(np.uint8)
