"""A film of somebody who draws the ten signs on two sheets of paper: the second part of the demo clip."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches.film_pen import draw_pen
from sketches.pens import Mask, Pen, draw, shaken
from sketches.signs import LABELS, SIGNS, Drawing, Points, dense
from sketches.surfaces import PAPERS, SURFACES, Canvas, fog

Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]

WIDTH, HEIGHT = 1280, 720
FRAMES = 240
SEED = 6

_TABLE_WH = (2560, 1480)
_INKED = 0.12
"""A pixel with so much ink belongs to the sign, as in the scenes."""
_FIRST, _EACH = 18, 17
"""The first mark is begun at that frame, and every so many frames another."""
_PAN = (24.0, 142.0)
"""Frames between which the camera goes from the first view to the last."""
_FROM, _TO = (792.0, 690.0, 1500.0), (1280.0, 738.0, 2330.0)
"""Centre x, y and width of the first view and of the last, pixels of the table."""
_COMING, _AWAY = 11, np.array([900.0, 1300.0])
"""The pen comes in so many frames, from that far away, and goes so."""
_LIFTED = 0.35
"""A pen that is in the air needs that share of the time of one that draws."""


@dataclass(frozen=True, slots=True)
class FilmFrame:
    """A frame and the signs in it that are finished.

    Attributes:
        image: (720, 1280, 3) uint8 BGR.
        xyxy: (N, 4) float32 boxes around the ink, pixels, clipped to the picture.
        class_ids: (N,) int64, indices into `LABELS`.
    """

    image: Image
    xyxy: NDArray[np.float32]
    class_ids: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet on the table.

    Attributes:
        paper: kind of paper.
        size_wh: its size, pixels of the table.
        centre: where its middle lies, pixels of the table.
        lean_deg: how far it is turned.
    """

    paper: str
    size_wh: tuple[int, int]
    centre: tuple[float, float]
    lean_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that is drawn.

    Attributes:
        name: a sign, or the name of what is none.
        sheet: number of the sheet.
        place: centre x, y and half side, pixels of the table from the middle of the sheet.
        pen: kind of pen and width of its line, pixels of the table.
        bgr: colour, 0 to 1.
        frames: how long it takes; none: it is there from the start.
        variant: number of the drawing, chosen by eye.
        turn_deg: how far it is turned.
    """

    name: str
    sheet: int
    place: tuple[float, float, float]
    pen: tuple[str, float]
    bgr: tuple[float, float, float]
    frames: int = 12
    variant: int = 0
    turn_deg: float = 0.0


_BLACK, _BLUE, _RED = (0.1, 0.08, 0.08), (0.62, 0.22, 0.08), (0.14, 0.1, 0.72)
_GREEN, _VIOLET, _ORANGE = (0.2, 0.42, 0.08), (0.5, 0.12, 0.38), (0.06, 0.3, 0.78)

SHEETS = (
    Sheet(paper="white", size_wh=(1150, 1040), centre=(725, 740), lean_deg=-2.2),
    Sheet(paper="squared", size_wh=(900, 1090), centre=(1860, 748), lean_deg=3.0),
)

MARKS = (
    Mark(name="letters", sheet=0, place=(-355, -390, 62), pen=("marker", 9), bgr=_BLACK, frames=0),
    Mark(name="circle", sheet=0, place=(-365, -150, 150), pen=("marker", 17), bgr=_BLACK),
    Mark(name="triangle", sheet=0, place=(0, -150, 150), pen=("marker", 17), bgr=_BLACK),
    Mark(name="square", sheet=0, place=(365, -150, 145), pen=("marker", 17), bgr=_BLUE),
    Mark(name="star", sheet=0, place=(-365, 265, 160), pen=("marker", 15), bgr=_BLUE, frames=14, variant=4),
    Mark(name="heart", sheet=0, place=(0, 265, 150), pen=("brush", 17), bgr=_RED, variant=5),
    Mark(name="arrow", sheet=0, place=(365, 265, 155), pen=("marker", 17), bgr=_GREEN, turn_deg=-24),
    Mark(name="cross", sheet=1, place=(-215, -340, 140), pen=("marker", 19), bgr=_RED, variant=4),
    Mark(name="lightning", sheet=1, place=(205, -340, 155), pen=("crayon", 19), bgr=_ORANGE),
    Mark(name="smiley", sheet=1, place=(-215, 15, 150), pen=("marker", 14), bgr=_BLACK, frames=14, variant=8),
    Mark(name="cloud", sheet=1, place=(205, 15, 160), pen=("marker", 16), bgr=_BLUE, frames=14, variant=4),
    Mark(name="spiral", sheet=1, place=(-215, 360, 120), pen=("crayon", 14), bgr=_VIOLET),
    Mark(name="wave", sheet=1, place=(205, 360, 150), pen=("ballpoint", 9), bgr=_BLACK, frames=10),
)


def _letters() -> Drawing:
    """M, A and Y as a hand prints them. A C would be an open circle, an O a circle."""
    lines = (
        [[-2.7, 0.7], [-2.5, -0.75], [-2.0, 0.25], [-1.5, -0.75], [-1.3, 0.7]],
        [[-0.65, 0.7], [0.0, -0.75], [0.65, 0.7]],
        [[-0.4, 0.18], [0.4, 0.2]],
        [[1.4, -0.75], [2.0, -0.05]],
        [[2.65, -0.78], [2.0, -0.05], [1.95, 0.7]],
    )
    return Drawing(tuple(dense(np.array(line), closed=False) for line in lines))


def _spiral() -> Drawing:
    share = np.linspace(0.04, 1, 90)
    angle = share * 4.6 * math.pi
    return Drawing((np.stack([share * np.cos(angle), share * np.sin(angle)], axis=1),))


def _wave() -> Drawing:
    along = np.linspace(0, 1, 70)
    return Drawing((np.stack([2 * along - 1, 0.2 * np.sin(3.5 * 2 * math.pi * along)], axis=1),))


_OTHERS = {"letters": _letters, "spiral": _spiral, "wave": _wave}


@dataclass(frozen=True, slots=True)
class _Trace:
    """The ink of a mark and the way of the pen over it.

    Attributes:
        corner: x and y of the upper left of the ink on the table, pixels.
        ink: (h, w) from 0 to 1, the finished mark.
        bgr: colour.
        paths: strokes and dots in the order in which they are drawn, pixels of the ink.
        times: for each path the time of each of its points, 0 to 1.
        reach: for each path the width around it that its ink surely lies in, pixels.
        hull: outline of the ink, pixels of the table.
        class_id: index into `LABELS`, -1 for what is no sign.
    """

    corner: tuple[int, int]
    ink: Mask
    bgr: NDArray[np.float32]
    paths: tuple[Points, ...]
    times: tuple[NDArray[np.float64], ...]
    reach: tuple[int, ...]
    hull: Points
    class_id: int

    def part(self, time: float) -> Mask:
        """The ink that is there at a time from 0 to 1."""
        seen = np.zeros(self.ink.shape, np.uint8)
        for path, times, reach in zip(self.paths, self.times, self.reach, strict=True):
            if time <= times[0]:
                break
            end = [[np.interp(time, times, path[:, i]) for i in range(2)]]
            done = np.concatenate([path[times < time], end])
            cv2.polylines(seen, [np.round(done * 16).astype(np.int32)], False, 255, reach, cv2.LINE_AA, 4)
        return np.asarray(self.ink * (seen.astype(np.float32) / 255), np.float32)

    def tip(self, time: float) -> Points:
        """Where the pen is at a time, pixels of the table."""
        times, path = np.concatenate(self.times), np.concatenate(self.paths)
        return np.array([np.interp(time, times, path[:, i]) + self.corner[i] for i in range(2)])

    def lift(self, time: float) -> float:
        """How high the pen is, 0 while it draws, 1 at most."""
        for before, after in zip(self.times, self.times[1:], strict=False):
            if before[-1] < time < after[0]:
                return math.sin(math.pi * (time - before[-1]) / (after[0] - before[-1]))
        return 0.0


def _turned(degrees: float) -> Matrix:
    turn = math.radians(degrees)
    return np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])


def _ordered(drawing: Drawing, kind: str, width: float) -> tuple[list[Points], list[float]]:
    """Strokes and dots as a person draws them, the eyes before the mouth, and how far the ink of each may spread."""
    spread = [(1.6 if kind == "brush" else 1.06) * width + 2] * len(drawing.strokes)
    paths = list(drawing.strokes)
    if drawing.dots is not None:
        dots = [np.stack([dot, dot + np.array([0.01, 0])]) for dot in drawing.dots]
        paths[1:1], spread[1:1] = dots, [2.8 * width + 4] * len(dots)
    return paths, spread


def _timed(paths: list[Points], width: float) -> tuple[NDArray[np.float64], ...]:
    """When the pen is at each point. A dot takes as long as a short line."""
    times, now = [], 0.0
    for i, path in enumerate(paths):
        if i:
            now += _LIFTED * math.dist(paths[i - 1][-1], path[0])
        steps = np.hypot(*np.diff(path, axis=0).T)
        if steps.sum() < width:
            steps = steps * 2 * width / steps.sum()
        times.append(now + np.concatenate([[0], np.cumsum(steps)]))
        now = float(times[-1][-1])
    return tuple(t / now for t in times)


def _trace(mark: Mark, seed: int) -> _Trace:
    """Draw a mark once in full, by the same pens as the scenes."""
    rng = np.random.default_rng([seed, MARKS.index(mark), mark.variant])
    drawing = _OTHERS[mark.name]() if mark.name in _OTHERS else SIGNS[mark.name](rng, 0.5)
    strokes = tuple(shaken(stroke, rng, 0.009) for stroke in drawing.strokes)
    drawing = Drawing(strokes, (), drawing.dots)
    sheet, (x, y, half), (kind, width) = SHEETS[mark.sheet], mark.place, mark.pen
    middle = np.array(sheet.centre) + _turned(sheet.lean_deg) @ [x, y]
    rotation = _turned(sheet.lean_deg + mark.turn_deg) * half * 0.9
    points = np.concatenate(strokes) @ rotation.T + middle
    margin = 3 * width
    corner = np.floor(points.min(axis=0) - margin).astype(int)
    size = np.ceil(points.max(axis=0) + margin).astype(int) - corner
    matrix = np.concatenate([rotation, (middle - corner)[:, None]], axis=1)
    pen = Pen(kind, width, mark.bgr, 0.94, 0.0, 0.0)
    sharp = draw((int(size[1]), int(size[0])), drawing, matrix, pen, rng)
    ink = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 0.9), np.float32)  # it is shown at about half its size
    paths, spread = _ordered(drawing, kind, width)
    paths = [path @ matrix[:, :2].T + matrix[:, 2] for path in paths]
    rows, columns = np.nonzero(ink > _INKED)
    corners = np.concatenate([np.stack([columns + dx, rows + dy], axis=1) for dx in (0, 1) for dy in (0, 1)])
    hull = cv2.convexHull(corners.astype(np.int32))[:, 0].astype(np.float64) + corner
    return _Trace(
        (int(corner[0]), int(corner[1])),
        ink,
        np.array(mark.bgr, np.float32),
        tuple(paths),
        _timed(paths, width),
        tuple(math.ceil(s) for s in spread),
        hull,
        LABELS.index(mark.name) if mark.name in LABELS else -1,
    )


class _Table:
    """Wood, two sheets and what is drawn on them, in a light that does not change.

    Attributes:
        picture: (1480, 2560, 3) uint8 BGR as it is lit.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, len(MARKS)])
        width, height = _TABLE_WH
        wood = SURFACES["wood"](rng, (height // 4, width // 4))
        soft = cv2.resize(wood, _TABLE_WH, interpolation=cv2.INTER_CUBIC)
        calm = 0.5 * soft + 0.5 * soft.mean(axis=(0, 1))  # a strong grain draws the eye, and costs bytes
        self._bare: Canvas = np.asarray(cv2.GaussianBlur(calm, (0, 0), 3), np.float32)
        for sheet in SHEETS:
            self._lay(sheet, rng)
        self._light = self._lamp()
        self.picture: Image = np.zeros((height, width, 3), np.uint8)
        self._show((slice(0, height), slice(0, width)), self._bare)

    def _lay(self, sheet: Sheet, rng: np.random.Generator) -> None:
        width, height = sheet.size_wh
        small = PAPERS[sheet.paper](rng, (height // 2, width // 2))
        small = small + (fog(rng, (height // 2, width // 2), 5, 2)[..., None] - 0.5) * 0.03
        paper = cv2.resize(small, sheet.size_wh, interpolation=cv2.INTER_LINEAR)
        paper = cv2.GaussianBlur(paper, (0, 0), 0.8)
        turned = _turned(sheet.lean_deg)
        shift = np.array(sheet.centre) - turned @ [width / 2, height / 2]
        matrix = np.concatenate([turned, shift[:, None]], axis=1)
        cover = cv2.warpAffine(np.ones((height, width), np.float32), matrix, _TABLE_WH)
        fall = np.array([[1, 0, 7.0], [0, 1, 11.0]])
        shadow = cv2.GaussianBlur(cv2.warpAffine(cover, fall, _TABLE_WH), (0, 0), 9)
        self._bare *= 1 - 0.45 * shadow[..., None]
        laid = cv2.warpAffine(paper, matrix, _TABLE_WH, borderMode=cv2.BORDER_REPLICATE)
        self._bare += cover[..., None] * (laid - self._bare)

    @staticmethod
    def _lamp() -> Canvas:
        """Warm light from the upper left that falls off towards the lower right."""
        width, height = _TABLE_WH
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        away = np.hypot((x - 0.3 * width) / width, (y - 0.2 * height) / height)
        field = 1.1 - 0.26 * away**1.3
        return np.asarray(field[..., None] * np.array([0.93, 0.975, 1.0], np.float32), np.float32)

    def _show(self, at: tuple[slice, slice], canvas: Canvas) -> None:
        self.picture[at] = np.clip(canvas * self._light[at] * 255 + 0.5, 0, 255).astype(np.uint8)

    def ink(self, trace: _Trace, time: float) -> None:
        """Show a mark as far as it is drawn; a finished one stays."""
        height, width = trace.ink.shape
        x, y = trace.corner
        at = (slice(y, y + height), slice(x, x + width))
        share = (trace.ink if time >= 1 else trace.part(time))[..., None]
        marked = self._bare[at] * (1 - share) + share * trace.bgr
        if time >= 1:
            self._bare[at] = marked
        self._show(at, marked)


def _eased(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _camera(index: int) -> Matrix:
    """From the table to the picture at a frame: a slow move to the right and back, held in a hand."""
    go = _eased((index - _PAN[0]) / (_PAN[1] - _PAN[0]))
    x, y = (a + (b - a) * go for a, b in zip(_FROM[:2], _TO[:2], strict=True))
    now = index / 30
    width = _FROM[2] * (_TO[2] / _FROM[2]) ** go * (1 + 0.006 * math.sin(0.9 * now))
    x += width * (0.0035 * math.sin(1.1 * now) + 0.0015 * math.sin(2.7 * now + 1))
    y += width * (0.003 * math.sin(0.8 * now + 2) + 0.0015 * math.sin(2.3 * now))
    lean = 0.5 * math.sin(0.7 * now + 0.5)
    tilt = 0.03 + 0.012 * math.sin(0.6 * now)
    half = width / 2
    tall = half * HEIGHT / WIDTH
    far, near = half * (1 + tilt), half * (1 - tilt)
    corners = np.array([[-far, -tall], [far, -tall], [near, tall], [-near, tall]])
    seen = corners @ _turned(lean).T + [x, y]
    screen = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(seen.astype(np.float32), screen), np.float64)


def _projected(points: Points, matrix: Matrix) -> Points:
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], np.float64)


def _boxes(traces: list[_Trace], matrix: Matrix) -> NDArray[np.float32]:
    """Boxes around the ink of finished signs. A view keeps straight lines, so the outline is enough."""
    found = []
    for trace in traces:
        outline = _projected(trace.hull, matrix)
        found.append([*outline.min(axis=0), *outline.max(axis=0)])
    boxes = np.array(found, np.float32).reshape(-1, 4)
    return np.asarray(np.clip(boxes, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT]), np.float32)


@dataclass(frozen=True, slots=True)
class _PenAt:
    """Where the pen is: x and y on the table, its height from 0 to 1, the colour of its ink."""

    tip: Points
    lift: float
    bgr: tuple[float, float, float]


def _pen_path(marks: list[tuple[int, int, _Trace]]) -> dict[int, _PenAt]:
    """The pen at each frame in which it can be seen: it comes, draws, goes over from mark to mark, and goes."""
    path: dict[int, _PenAt] = {}
    at = marks[0][2].tip(0) + _AWAY
    left = marks[0][0] - _COMING
    for start, frames, trace in marks:
        bgr = (float(trace.bgr[0]), float(trace.bgr[1]), float(trace.bgr[2]))
        begin = trace.tip(0)
        for index in range(left, start):
            share = (index - left + 1) / (start - left + 1)
            path[index] = _PenAt(at + (begin - at) * _eased(share), math.sin(math.pi * share) ** 0.7, bgr)
        for index in range(start, start + frames):
            time = (index - start + 1) / frames
            path[index] = _PenAt(trace.tip(time), trace.lift(time), bgr)
        at, left = trace.tip(1), start + frames
    for index in range(left, left + _COMING):
        share = (index - left + 1) / _COMING
        path[index] = _PenAt(at + _AWAY * share * share, share, bgr)
    return path


def _show_pen(image: Image, pen: _PenAt, matrix: Matrix) -> None:
    """Draw the pen over the picture, as large as what lies around it."""
    tip, beside = _projected(np.stack([pen.tip, pen.tip + np.array([100.0, 0])]), matrix)
    draw_pen(image, tip, float(np.hypot(*(beside - tip))) / 100, pen.bgr, pen.lift)


def film_frames(seed: int = SEED) -> Iterator[FilmFrame]:
    """All frames in order, each with the signs that are finished in it. A seed always gives the same film."""
    table = _Table(seed)
    traces = [_trace(mark, seed) for mark in MARKS]
    waiting: list[tuple[int, int, _Trace]] = []
    for mark, trace in zip(MARKS, traces, strict=True):
        if mark.frames:
            waiting.append((_FIRST + _EACH * len(waiting), mark.frames, trace))
        else:
            table.ink(trace, 1)
    pen = _pen_path(waiting)
    finished: list[_Trace] = []
    for index in range(FRAMES):
        while waiting and index >= waiting[0][0]:
            start, frames, trace = waiting[0]
            time = (index - start + 1) / frames
            table.ink(trace, time)
            if time < 1:
                break
            waiting.pop(0)
            if trace.class_id >= 0:
                finished.append(trace)
        matrix = _camera(index)
        shown = cv2.warpPerspective(table.picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        image = np.ascontiguousarray(shown, np.uint8)
        if index in pen:
            _show_pen(image, pen[index], matrix)
        classes = np.array([t.class_id for t in finished], np.int64)
        yield FilmFrame(image, _boxes(finished, matrix), classes)
