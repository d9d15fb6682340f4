"""The ten signs as pen strokes: lists of points in a square from -1 to 1, x to the right and y down."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(P, 2): one stroke."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sign before the pen shakes.

    Attributes:
        strokes: what the pen follows.
        areas: closed outlines that may be filled in.
        dots: centres of small filled dots, (D, 2).
    """

    strokes: tuple[Points, ...]
    areas: tuple[Points, ...] = ()
    dots: Points | None = None


def arc(
    centre: tuple[float, float], radius: tuple[float, float], start_deg: float, sweep_deg: float
) -> Points:
    """Points of a part of an ellipse."""
    steps = max(6, int(abs(sweep_deg) / 9))
    angles = np.radians(np.linspace(start_deg, start_deg + sweep_deg, steps))
    return np.stack([centre[0] + radius[0] * np.cos(angles), centre[1] + radius[1] * np.sin(angles)], axis=1)


def dense(corners: Points, *, closed: bool, gap: float = 0.08) -> Points:
    """Straight lines between corners as points at most `gap` apart."""
    ends = np.roll(corners, -1, axis=0) if closed else corners[1:]
    parts = []
    for a, b in zip(corners, ends, strict=False):
        steps = max(2, int(np.hypot(*(b - a)) / gap))
        parts.append(a + (b - a) * np.linspace(0, 1, steps, endpoint=False)[:, None])
    last = corners[:1] if closed else corners[-1:]
    return np.concatenate([*parts, last])


def _moved(corners: Points, rng: np.random.Generator, by: float) -> Points:
    return corners + rng.normal(0, by, corners.shape)


def circle(rng: np.random.Generator, vary: float) -> Drawing:
    """A round line that may not quite close, or overshoot."""
    radius = (1.0, float(np.clip(rng.normal(1, 0.1 * vary), 0.75, 1.3)))
    line = arc((0, 0), radius, rng.uniform(0, 360), 360 + rng.normal(0, 9 * vary))
    return Drawing((line,), (line,))


def _polygon(corners: Points, rng: np.random.Generator) -> Drawing:
    """An outline in one go, or side by side as separate strokes that need not meet."""
    start = int(rng.integers(len(corners)))
    corners = np.roll(corners, -start, axis=0)
    outline = dense(corners, closed=True)
    if rng.random() < 0.3:
        ends = np.roll(corners, -1, axis=0)
        over = rng.normal(0, 0.05, len(corners))
        strokes = tuple(
            dense(np.stack([a - (b - a) * o, b + (b - a) * o]), closed=False)
            for a, b, o in zip(corners, ends, over, strict=True)
        )
        return Drawing(strokes, (outline,))
    return Drawing((outline,), (outline,))


def triangle(rng: np.random.Generator, vary: float) -> Drawing:
    """Three corners, the point up."""
    corners = np.array([[0, -1], [0.95, 0.75], [-0.95, 0.75]])
    return _polygon(_moved(corners, rng, 0.1 * vary), rng)


def square(rng: np.random.Generator, vary: float) -> Drawing:
    """Four corners."""
    aspect = float(np.clip(rng.normal(1, 0.12 * vary), 0.7, 1.4))
    corners = np.array([[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]]) * [1, aspect]
    return _polygon(_moved(corners, rng, 0.06 * vary), rng)


def star(rng: np.random.Generator, vary: float) -> Drawing:
    """Five points: as an outline, or as one line that crosses itself."""
    angles = np.radians(-90 + 72 * np.arange(5))
    tips = _moved(np.stack([np.cos(angles), np.sin(angles)], axis=1), rng, 0.06 * vary)
    if rng.random() < 0.4:
        order = tips[[0, 2, 4, 1, 3]]
        return Drawing((dense(order, closed=True),))
    inner = rng.uniform(0.36, 0.5)
    between = np.radians(-54 + 72 * np.arange(5))
    dents = _moved(inner * np.stack([np.cos(between), np.sin(between)], axis=1), rng, 0.04 * vary)
    return _polygon(np.stack([tips, dents], axis=1).reshape(-1, 2), rng)


def heart(rng: np.random.Generator, vary: float) -> Drawing:
    """The curve x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, one side fuller than the other."""
    t = np.linspace(0, 2 * math.pi, 56) + math.pi
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    line = np.stack([x / 17, (y + 2.5) / 15], axis=1)
    line[:, 0] *= np.where(line[:, 0] > 0, 1 + rng.normal(0, 0.07 * vary), 1)
    line[:, 1] *= np.clip(rng.normal(1, 0.1 * vary), 0.75, 1.3)
    if rng.random() < 0.2:  # two strokes that meet at the point
        half = len(line) // 2
        return Drawing((line[: half + 1], line[half:]), (line,))
    return Drawing((line,), (line,))


def arrow(rng: np.random.Generator, vary: float) -> Drawing:
    """Points to the right: a line with a head, a filled head, or a block."""
    length = rng.uniform(0.3, 0.55)
    spread = rng.uniform(0.35, 0.6) + 0.05 * rng.normal() * vary
    kind = rng.random()
    tip = np.array([1.0, 0.0])
    wings = np.array([[1 - length, -spread], [1 - length, spread]])
    if kind < 0.6:
        bend = rng.normal(0, 0.06 * vary)
        along = np.linspace(0, 1, 16)
        shaft = np.stack([-1 + 2 * along, bend * np.sin(math.pi * along)], axis=1)
        head = dense(np.stack([wings[0], tip, wings[1]]), closed=False)
        if kind < 0.15:  # two separate strokes for the head
            return Drawing(
                (
                    shaft,
                    dense(np.stack([wings[0], tip]), closed=False),
                    dense(np.stack([wings[1], tip]), closed=False),
                )
            )
        return Drawing((shaft, head))
    if kind < 0.75:
        head = dense(np.stack([wings[0], tip, wings[1]]), closed=True)
        shaft = dense(np.array([[-1, 0], [1 - length, 0]]), closed=False)
        return Drawing((shaft, head), (head,))
    thick = spread * rng.uniform(0.35, 0.55)
    block = np.array(
        [[-1, -thick], [1 - length, -thick], wings[0], tip, wings[1], [1 - length, thick], [-1, thick]]
    )
    return _polygon(_moved(block, rng, 0.03 * vary), rng)


def cross(rng: np.random.Generator, vary: float) -> Drawing:
    """Two lines that cross at right angles, upright or aslant, or a block cross."""
    if rng.random() < 0.3:
        t = rng.uniform(0.24, 0.38)
        corners = np.array(
            [
                [-t, -1],
                [t, -1],
                [t, -t],
                [1, -t],
                [1, t],
                [t, t],
                [t, 1],
                [-t, 1],
                [-t, t],
                [-1, t],
                [-1, -t],
                [-t, -t],
            ]
        )
        return _polygon(_moved(corners, rng, 0.03 * vary), rng)
    lines = np.array([[[-1.0, 0], [1, 0]], [[0, -1], [0, 1]]])
    if rng.random() < 0.5:
        turn = math.sqrt(0.5) * np.array([[1, -1], [1, 1]])
        lines = lines @ turn.T * 1.15
    lines = lines + rng.normal(0, 0.07 * vary, lines.shape)
    return Drawing(tuple(dense(line, closed=False) for line in lines))


def lightning(rng: np.random.Generator, vary: float) -> Drawing:
    """A bolt: a jagged outline, or one line with two turns and a point."""
    if rng.random() < 0.25:
        line = np.array([[0.35, -1], [-0.4, 0.1], [0.4, -0.1], [-0.35, 1]])
        return Drawing((dense(_moved(line, rng, 0.05 * vary), closed=False),))
    corners = np.array(
        [[0.15, -1], [-0.6, 0.12], [-0.08, 0.12], [-0.3, 1], [0.6, -0.22], [0.06, -0.22], [0.5, -1]]
    )
    return _polygon(_moved(corners, rng, 0.05 * vary), rng)


def smiley(rng: np.random.Generator, vary: float) -> Drawing:
    """A face: a round line, two eyes, a smile, sometimes a nose. Filled in it would be a disc."""
    face = circle(rng, vary).strokes[0]
    up, apart = rng.uniform(-0.38, -0.18), rng.uniform(0.28, 0.42)
    eyes = np.array([[-apart, up], [apart, up]]) + rng.normal(0, 0.03 * vary, (2, 2))
    width, depth = rng.uniform(0.4, 0.62), rng.uniform(0.25, 0.5)
    mouth = arc((0, rng.uniform(0.05, 0.22)), (width, depth), 15, 150)
    strokes = [face, mouth]
    if rng.random() < 0.2:
        strokes.append(dense(np.array([[0, -0.1], [rng.normal(0, 0.06), 0.12]]), closed=False))
    if rng.random() < 0.35:  # eyes as strokes
        up_down = np.array([0.0, rng.uniform(0.1, 0.2)])
        strokes += [dense(np.stack([e - up_down, e + up_down]), closed=False) for e in eyes]
        return Drawing(tuple(strokes))
    return Drawing(tuple(strokes), dots=eyes)


def cloud(rng: np.random.Generator, vary: float) -> Drawing:
    """Bumps above a flat or bumpy base."""
    bumps = int(rng.integers(3, 6))
    edges = np.linspace(-1, 1, bumps + 1) + np.concatenate([[0], rng.normal(0, 0.05 * vary, bumps - 1), [0]])
    base = rng.uniform(0.35, 0.5)
    parts = []
    for i in range(bumps):
        left, right = edges[i], edges[i + 1]
        middle = (left + right) / 2
        lift = 0.55 * (1 - abs(middle)) + rng.uniform(0, 0.12)
        tilt = (edges[i] + edges[i + 1]) * 22
        parts.append(
            arc(
                (middle, base - 0.35 - lift),
                ((right - left) / 1.75, rng.uniform(0.3, 0.4)),
                180 + tilt - 12,
                204,
            )
        )
    top = np.concatenate(parts)
    left_end = arc((top[0, 0], (top[0, 1] + base) / 2), (0.22, (base - top[0, 1]) / 2), 90, 180)
    right_end = arc((top[-1, 0], (top[-1, 1] + base) / 2), (0.22, (base - top[-1, 1]) / 2), -90, 180)
    if rng.random() < 0.6:
        bottom = dense(np.array([right_end[-1], left_end[0]]), closed=False)
    else:
        lumps = int(rng.integers(2, 4))
        xs = np.linspace(right_end[-1, 0], left_end[0, 0], lumps + 1)
        bottom = np.concatenate(
            [arc(((a + b) / 2, base), (abs(b - a) / 2, 0.16), 0, 180) for a, b in itertools.pairwise(xs)]
        )
    line = np.concatenate([left_end, top, right_end, bottom])
    line = (line - (line.min(0) + line.max(0)) / 2) / (np.ptp(line, axis=0).max() / 2)
    return Drawing((line,), (line,))


SIGNS: dict[str, Callable[[np.random.Generator, float], Drawing]] = {
    "circle": circle,
    "triangle": triangle,
    "square": square,
    "star": star,
    "heart": heart,
    "arrow": arrow,
    "cross": cross,
    "lightning": lightning,
    "smiley": smiley,
    "cloud": cloud,
}
LABELS = tuple(SIGNS)

ANY_TURN = frozenset({"circle", "arrow", "cross", "square"})
"""Signs that people draw at any angle; the others stand upright, more or less."""


def doodle(rng: np.random.Generator) -> Drawing:
    """A mark that is none of the signs: spiral, wave, scribble, tally, ladder, grid, drop, arcs."""
    kind = int(rng.integers(8))
    t = np.linspace(0, 1, 60)
    if kind == 0:
        angle = t * rng.uniform(4, 7) * math.pi
        return Drawing((np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1),))
    if kind == 1:
        waves, height = rng.uniform(1.5, 4), rng.uniform(0.15, 0.4)
        return Drawing((np.stack([2 * t - 1, height * np.sin(waves * 2 * math.pi * t)], axis=1),))
    if kind == 2:
        knots = rng.uniform(-1, 1, (int(rng.integers(6, 12)), 2))
        at = np.linspace(0, len(knots) - 1, 90)
        line = np.stack([np.interp(at, np.arange(len(knots)), knots[:, i]) for i in range(2)], axis=1)
        kernel = np.ones(9) / 9
        return Drawing((np.stack([np.convolve(line[:, i], kernel, "valid") for i in range(2)], axis=1),))
    if kind == 3:
        xs = np.linspace(-0.7, 0.7, int(rng.integers(2, 6)))
        lines = [dense(np.array([[x, -0.8], [x + rng.normal(0, 0.05), 0.8]]), closed=False) for x in xs]
        return Drawing(tuple(lines))
    if kind == 4:
        rows = np.linspace(-0.8, 0.8, int(rng.integers(4, 7)))
        rungs = [dense(np.array([[-0.4, y], [0.4, y]]), closed=False) for y in rows]
        rails = [dense(np.array([[x, -1.0], [x, 1.0]]), closed=False) for x in (-0.4, 0.4)]
        return Drawing((*rungs, *rails))
    if kind == 5:
        at = np.linspace(-0.9, 0.9, int(rng.integers(3, 5)))
        lines = [np.array([[-1, v], [1, v]]) for v in at] + [np.array([[v, -1], [v, 1]]) for v in at]
        return Drawing(tuple(dense(line, closed=False) for line in lines))
    if kind == 6:
        turns = int(rng.integers(4, 8))
        xs = np.linspace(-1, 1, turns)
        ys = np.where(np.arange(turns) % 2, 0.35, -0.35) + rng.normal(0, 0.06, turns)
        return Drawing((dense(np.stack([xs, ys], axis=1), closed=False),))
    arcs = [arc((0, 0.6), (r, r), 200, 140) for r in np.linspace(0.4, 1.2, int(rng.integers(2, 4)))]
    return Drawing(tuple(arcs))
