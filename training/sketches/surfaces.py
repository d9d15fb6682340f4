"""What lies below: sheets of paper and the surfaces they lie on, (H, W, 3) float32 BGR from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]
Rng = np.random.Generator


def _colour(rng: Rng, value: tuple[float, float], saturation: tuple[float, float]) -> NDArray[np.float32]:
    hsv = np.array([[[rng.uniform(0, 360), rng.uniform(*saturation), rng.uniform(*value)]]], np.float32)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0], np.float32)


def _plain(shape_hw: tuple[int, int], bgr: NDArray[np.float32] | tuple[float, float, float]) -> Canvas:
    return np.full((*shape_hw, 3), bgr, np.float32)


def fog(rng: Rng, shape_hw: tuple[int, int], cells: int, octaves: int = 3) -> NDArray[np.float32]:
    """Smooth noise of several sizes, (H, W) from 0 to 1."""
    height, width = shape_hw
    total = np.zeros(shape_hw, np.float32)
    weight, share = 0.0, 1.0
    for _ in range(octaves):
        grid = rng.random((min(cells, height) + 1, min(cells, width) + 1), np.float32)
        total += share * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight, share, cells = weight + share, share / 2, cells * 2
    return np.asarray(np.clip(total / weight, 0, 1), np.float32)


def _lines(
    canvas: Canvas, rng: Rng, gap: float, bgr: tuple[float, ...], *, vertical: bool, width: int
) -> None:
    height, length = canvas.shape[:2]
    end = length if vertical else height
    for at in np.arange(rng.uniform(0, gap), end, gap):
        a, b = ((int(at), 0), (int(at), height)) if vertical else ((0, int(at)), (length, int(at)))
        cv2.line(canvas, a, b, bgr, width, cv2.LINE_AA)


def _paper_white(rng: Rng, hw: tuple[int, int]) -> Canvas:
    tone = rng.uniform(0.86, 1.0)
    return _plain(hw, (tone, tone * rng.uniform(0.98, 1), tone * rng.uniform(0.97, 1)))


def _paper_cream(rng: Rng, hw: tuple[int, int]) -> Canvas:
    tone = rng.uniform(0.82, 0.97)
    return _plain(hw, (tone * rng.uniform(0.78, 0.92), tone * 0.97, tone))


def _paper_kraft(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _plain(hw, (0.42, 0.58, 0.74)) * rng.uniform(0.8, 1.1)
    sheet += (rng.random((*hw, 1), np.float32) - 0.5) * 0.1
    return np.asarray(sheet + (fog(rng, hw, 6)[..., None] - 0.5) * 0.08, np.float32)


def _paper_colour(rng: Rng, hw: tuple[int, int]) -> Canvas:
    return _plain(hw, _colour(rng, (0.75, 1.0), (0.08, 0.5)))


def _paper_squared(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _paper_white(rng, hw)
    gap, tone = rng.uniform(9, 22), rng.uniform(0.55, 0.85)
    bgr = (min(1.0, tone * 1.15), tone, tone * rng.uniform(0.8, 1.0))
    for vertical in (False, True):
        _lines(sheet, rng, gap, bgr, vertical=vertical, width=1)
    return sheet


def _paper_lined(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _paper_white(rng, hw)
    tone = rng.uniform(0.5, 0.8)
    _lines(sheet, rng, rng.uniform(12, 26), (min(1.0, tone * 1.2), tone, tone * 0.9), vertical=False, width=1)
    if rng.random() < 0.5:
        x = int(hw[1] * rng.uniform(0.06, 0.16))
        cv2.line(sheet, (x, 0), (x, hw[0]), (0.5, 0.5, 0.9), 1, cv2.LINE_AA)
    return sheet


def _paper_whiteboard(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _plain(hw, (0.95, 0.94, 0.93)) * rng.uniform(0.85, 1.05)
    smear = fog(rng, hw, 3, 2)[..., None]
    return np.asarray(sheet - smear * rng.uniform(0, 0.12), np.float32)


def _paper_board(rng: Rng, hw: tuple[int, int]) -> Canvas:
    base = np.array([0.22, 0.3, 0.2] if rng.random() < 0.6 else [0.17, 0.17, 0.17], np.float32)
    return np.asarray(
        _plain(hw, base * rng.uniform(0.7, 1.3)) + fog(rng, hw, 4)[..., None] * 0.09, np.float32
    )


def _paper_dotted(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _paper_white(rng, hw)
    gap = int(rng.integers(9, 18))
    sheet[gap // 2 :: gap, gap // 2 :: gap] *= rng.uniform(0.5, 0.75)
    return sheet


def _paper_grey(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _plain(hw, (1.0, 1.0, 1.0)) * rng.uniform(0.6, 0.82)
    return np.asarray(sheet + (rng.random((*hw, 1), np.float32) - 0.5) * 0.06, np.float32)


def _paper_sticky(rng: Rng, hw: tuple[int, int]) -> Canvas:
    tints = ((0.45, 0.95, 1.0), (0.75, 0.65, 1.0), (0.6, 0.95, 0.7), (0.95, 0.85, 0.55))
    sheet = _plain(hw, tints[int(rng.integers(len(tints)))])
    return np.asarray(sheet * np.linspace(1.0, rng.uniform(0.85, 1), hw[0], dtype=np.float32)[:, None, None])


def _paper_card(rng: Rng, hw: tuple[int, int]) -> Canvas:
    sheet = _plain(hw, _colour(rng, (0.7, 0.95), (0.05, 0.35)))
    return np.asarray(sheet + (fog(rng, hw, 40, 1)[..., None] - 0.5) * 0.07, np.float32)


PAPERS: dict[str, Callable[[Rng, tuple[int, int]], Canvas]] = {
    "white": _paper_white,
    "cream": _paper_cream,
    "kraft": _paper_kraft,
    "colour": _paper_colour,
    "squared": _paper_squared,
    "lined": _paper_lined,
    "whiteboard": _paper_whiteboard,
    "board": _paper_board,
    "dotted": _paper_dotted,
    "grey": _paper_grey,
    "sticky": _paper_sticky,
    "card": _paper_card,
}
DARK_PAPERS = frozenset({"board"})


def _wood(rng: Rng, hw: tuple[int, int]) -> Canvas:
    y, x = np.mgrid[0 : hw[0], 0 : hw[1]].astype(np.float32)
    turn = rng.uniform(0, math.pi)
    along = x * math.cos(turn) + y * math.sin(turn)
    grain = np.sin(along / rng.uniform(2, 9) + 6 * fog(rng, hw, 4)) * 0.5 + 0.5
    base = np.array([0.25, 0.42, 0.62], np.float32) * rng.uniform(0.5, 1.35)
    return np.asarray(base * (0.78 + 0.3 * grain[..., None]), np.float32)


def _cloth(rng: Rng, hw: tuple[int, int]) -> Canvas:
    y, x = np.mgrid[0 : hw[0], 0 : hw[1]].astype(np.float32)
    period = rng.uniform(3, 14)
    weave = (np.sin(x * 6.28 / period) + np.sin(y * 6.28 / period)) * 0.07
    folds = (fog(rng, hw, 3) - 0.5) * 0.3
    return np.asarray(
        _plain(hw, _colour(rng, (0.2, 0.9), (0.1, 0.8))) * (1 + weave + folds)[..., None], np.float32
    )


def _wall(rng: Rng, hw: tuple[int, int]) -> Canvas:
    a, b = _colour(rng, (0.3, 1.0), (0.0, 0.35)), _colour(rng, (0.3, 1.0), (0.0, 0.35))
    ramp = np.linspace(0, 1, hw[0], dtype=np.float32)[:, None, None]
    wall = a * (1 - ramp) + b * ramp
    return np.asarray(np.broadcast_to(wall, (*hw, 3)) + (fog(rng, hw, 8)[..., None] - 0.5) * 0.08, np.float32)


def _things(canvas: Canvas, rng: Rng, count: int) -> None:
    """Boxes, cups, cables and books: closed shapes with edges, but not drawn with a pen."""
    height, width = canvas.shape[:2]
    for _ in range(count):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        # none is as regular as a sign that is filled in: that would be one
        long, narrow = rng.uniform(0.1, 0.4) * width, rng.uniform(0.25, 0.65)
        size = (int(long), int(long * narrow)) if rng.random() < 0.5 else (int(long * narrow), int(long))
        bgr = _colour(rng, (0.1, 1.0), (0.0, 0.9)).tolist()
        edge = [v * rng.uniform(0.5, 0.9) for v in bgr]
        kind = rng.random()
        if kind < 0.4:
            corners = cv2.boxPoints((at, size, rng.uniform(0, 180))).astype(np.int32)
            cv2.fillPoly(canvas, [corners], bgr, cv2.LINE_AA)
            if rng.random() < 0.5:
                inner = cv2.boxPoints((at, (size[0] * 0.8, size[1] * 0.8), 0)).astype(np.int32)
                cv2.fillPoly(canvas, [inner], edge, cv2.LINE_AA)
        elif kind < 0.65:
            cv2.ellipse(
                canvas, at, (size[0] // 2, size[1] // 2), rng.uniform(0, 180), 0, 360, bgr, -1, cv2.LINE_AA
            )
            if rng.random() < 0.4:
                cv2.ellipse(canvas, at, (size[0] // 3, size[1] // 3), 0, 0, 360, edge, -1, cv2.LINE_AA)
        elif kind < 0.85:
            points = rng.normal(0, 1, (4, 2)) * size + at
            curve = cv2.ellipse2Poly(
                at,
                (max(1, size[0]), max(1, size[1])),
                int(rng.uniform(0, 360)),
                0,
                int(rng.uniform(60, 220)),
                8,
            )
            line = np.asarray(curve if rng.random() < 0.5 else points, np.int32)
            cv2.polylines(canvas, [line], False, bgr, int(rng.integers(2, 8)), cv2.LINE_AA)
        else:
            cv2.fillPoly(
                canvas,
                [(rng.normal(0, 0.6, (int(rng.integers(5, 9)), 2)) * size + at).astype(np.int32)],
                bgr,
                cv2.LINE_AA,
            )


def _clutter(rng: Rng, hw: tuple[int, int]) -> Canvas:
    canvas = np.ascontiguousarray(_wall(rng, hw))
    _things(canvas, rng, int(rng.integers(6, 22)))
    return canvas


def _controller(rng: Rng, hw: tuple[int, int]) -> Canvas:
    base = (_wood, _cloth, _wall)[int(rng.integers(3))]
    canvas = np.ascontiguousarray(base(rng, hw))
    _things(canvas, rng, int(rng.integers(2, 8)))
    return canvas


def _clouds(rng: Rng, hw: tuple[int, int]) -> Canvas:
    """Large soft patches of colour with detail in them, as an unsharp photograph has."""
    layers = [fog(rng, hw, int(rng.integers(2, 7)), 4)[..., None] for _ in range(2)]
    a, b, c = (_colour(rng, (0.05, 1.0), (0.0, 0.8)) for _ in range(3))
    mixed = a * layers[0] + b * (1 - layers[0])
    return np.asarray(mixed * layers[1] + c * (1 - layers[1]), np.float32)


def _collage(rng: Rng, hw: tuple[int, int]) -> Canvas:
    """Shapes of all sizes over each other, shaded and grained: it has the edges and the spectrum of a photograph.

    Source: Lee, Mumford, Huang, "Occlusion Models for Natural Images", 2001 (dead leaves with sizes by a power law).
    """
    height, width = hw
    canvas = np.ascontiguousarray(_clouds(rng, hw))
    palette = [_colour(rng, (0.05, 1.0), (0.0, 0.8)) for _ in range(int(rng.integers(3, 8)))]
    largest, power = rng.uniform(0.25, 0.6) * min(hw), rng.uniform(0.4, 1.0)
    for _ in range(int(rng.integers(60, 220))):
        radius = max(2.0, largest * float(rng.random()) ** (1 / power))
        at = rng.random(2) * [width, height]
        turn, corners = rng.uniform(0, 6.28), int(rng.integers(5, 11))
        angle = np.sort(rng.uniform(0, 6.28, corners)) if rng.random() < 0.5 else np.linspace(0, 6.28, 40)
        reach = radius * rng.uniform(0.45, 1.0, corners) if corners == len(angle) else np.full(40, radius)
        flat = rng.uniform(0.25, 0.7)
        x, y = reach * np.cos(angle), reach * flat * np.sin(angle)
        outline = np.stack(
            [x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)], axis=1
        )
        bgr = palette[int(rng.integers(len(palette)))] * rng.uniform(0.5, 1.3) + rng.normal(0, 0.04, 3)
        cv2.fillPoly(canvas, [(outline + at).astype(np.int32)], bgr.tolist(), cv2.LINE_AA)
    shade = 0.75 + 0.5 * fog(rng, hw, int(rng.integers(3, 12)), 4)[..., None]
    grained = canvas * shade * (1 + (fog(rng, hw, 40, 2)[..., None] - 0.5) * rng.uniform(0, 0.5))
    return np.asarray(cv2.GaussianBlur(grained, (0, 0), rng.uniform(0.4, 1.6)), np.float32)


def _shelves(rng: Rng, hw: tuple[int, int]) -> Canvas:
    canvas = _plain(hw, _colour(rng, (0.2, 0.7), (0.1, 0.6)))
    top = 0
    while top < hw[0]:
        shelf = int(rng.uniform(0.15, 0.4) * hw[0])
        left = 0
        while left < hw[1]:
            book = int(rng.uniform(0.03, 0.1) * hw[1]) + 2
            rise = int(rng.uniform(0, 0.3) * shelf)
            cv2.rectangle(
                canvas,
                (left, top + rise),
                (left + book, top + shelf - 6),
                _colour(rng, (0.1, 1.0), (0.0, 0.9)).tolist(),
                -1,
            )
            left += book + int(rng.integers(0, 3))
        top += shelf
    return canvas


def _stripes(rng: Rng, hw: tuple[int, int]) -> Canvas:
    canvas = _plain(hw, _colour(rng, (0.3, 1.0), (0.0, 0.6)))
    bgr = tuple(_colour(rng, (0.1, 1.0), (0.0, 0.8)).tolist())
    for vertical in (True, False)[: int(rng.integers(1, 3))]:
        _lines(canvas, rng, rng.uniform(10, 50), bgr, vertical=vertical, width=int(rng.integers(1, 8)))
    return canvas


def _bricks(rng: Rng, hw: tuple[int, int]) -> Canvas:
    canvas = _plain(hw, (0.7, 0.72, 0.74)) * rng.uniform(0.7, 1)
    tall, wide = int(rng.uniform(14, 30)), int(rng.uniform(34, 70))
    base = np.array([0.25, 0.32, 0.6], np.float32) * rng.uniform(0.7, 1.3)
    for row, top in enumerate(range(0, hw[0], tall)):
        for left in range(-(row % 2) * wide // 2, hw[1], wide):
            bgr = (base * rng.uniform(0.8, 1.2)).tolist()
            cv2.rectangle(canvas, (left + 1, top + 1), (left + wide - 2, top + tall - 2), bgr, -1)
    return canvas


def _marble(rng: Rng, hw: tuple[int, int]) -> Canvas:
    veins = np.abs(fog(rng, hw, 4, 5) - 0.5) ** 0.4
    return np.asarray(
        _plain(hw, _colour(rng, (0.6, 1.0), (0.0, 0.15))) * (0.6 + 0.5 * veins[..., None]), np.float32
    )


def _tiles(rng: Rng, hw: tuple[int, int]) -> Canvas:
    gap = int(rng.uniform(26, 80))
    canvas = _plain(hw, _colour(rng, (0.5, 1.0), (0.0, 0.4)))
    other = _colour(rng, (0.2, 1.0), (0.0, 0.5))
    for row, top in enumerate(range(0, hw[0], gap)):
        for column, left in enumerate(range(0, hw[1], gap)):
            if (row + column) % 2:
                canvas[top : top + gap, left : left + gap] = other
    return canvas


def _leaves(rng: Rng, hw: tuple[int, int]) -> Canvas:
    canvas = _plain(hw, (0.1, 0.25, 0.12))
    for _ in range(int(rng.integers(60, 140))):
        bgr = (np.array([0.15, 0.5, 0.25]) * rng.uniform(0.4, 1.6)).tolist()
        at = (int(rng.integers(hw[1])), int(rng.integers(hw[0])))
        axes = (int(rng.integers(8, 26)), int(rng.integers(3, 9)))
        cv2.ellipse(canvas, at, axes, rng.uniform(0, 180), 0, 360, bgr, -1, cv2.LINE_AA)
    return canvas


SURFACES: dict[str, Callable[[Rng, tuple[int, int]], Canvas]] = {
    "wood": _wood,
    "cloth": _cloth,
    "wall": _wall,
    "clutter": _clutter,
    "controller": _controller,
    "clouds": _clouds,
    "collage": _collage,
    "shelves": _shelves,
    "stripes": _stripes,
    "bricks": _bricks,
    "marble": _marble,
    "tiles": _tiles,
    "leaves": _leaves,
}
