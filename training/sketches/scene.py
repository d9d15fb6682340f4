"""A whole scene from a seed: a surface, sheets with signs and other marks, hands, light, a camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from sketches import effects
from sketches.domains import Domain
from sketches.pens import Mask, Pen, draw
from sketches.signs import ANY_TURN, LABELS, SIGNS, Drawing, doodle
from sketches.surfaces import DARK_PAPERS, PAPERS, SURFACES, Canvas

Rng = np.random.Generator
_LEAST_FILLED_PX = 14.0
_INKED = 0.12
"""A pixel with so much ink belongs to the sign."""
_LEAST_VISIBLE, _GONE = 0.75, 0.12
"""Of a sign that is covered or cut off; between the two nobody can say for sure whether it is there."""
_LEAST_SIDES_PX = (7.0, 18.0)
_LEAST_CONTRAST = 18.0
"""Grey levels between a sign and the paper around it, in the channel where they differ most."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is drawn in it.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        xyxy: (N, 4) float32 boxes around the ink, pixels, clipped to the picture.
        class_ids: (N,) int64, indices into `LABELS`.
        unclear_xyxy: (M, 4) float32, what is left of signs that are too small, too faint, or mostly covered or cut
            off: to find them is neither right nor wrong.
        unclear_ids: (M,) int64.
    """

    image: NDArray[np.uint8]
    xyxy: NDArray[np.float32]
    class_ids: NDArray[np.int64]
    unclear_xyxy: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    unclear_ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(slots=True)
class Sheet:
    """Paper that is drawn on.

    Attributes:
        canvas: (H, W, 3) float32 BGR from 0 to 1.
        marks: class and ink of each sign.
        dark: the paper is dark, the ink is light.
    """

    canvas: Canvas
    marks: list[tuple[int, Mask]]
    dark: bool


def make_scene(domain: Domain, index: int, size_wh: tuple[int, int] = (320, 320)) -> Scene:
    """The scene of a number: always the same one.

    Args:
        domain: what it may look like.
        index: its number.
        size_wh: width and height of the picture, pixels.
    """
    rng = np.random.default_rng([domain.seed, index])
    hw = (size_wh[1], size_wh[0])
    canvas = np.ascontiguousarray(_surface(rng, domain, hw))
    found: list[tuple[int, Mask]] = []
    totals: list[float] = []
    for matrix, sheet in _sheets(rng, domain, hw):
        cover = _lay(canvas, sheet, matrix, rng)
        found = [(c, np.asarray(m * (1 - cover), np.float32)) for c, m in found]
        for class_id, ink in sheet.marks:
            mask = _warped(ink, matrix, hw)
            found.append((class_id, mask))
            totals.append(float((mask > _INKED).sum()) / max(0.01, _inside(ink, matrix, hw)))
    if rng.random() < 0.25:
        hidden = _hand(canvas, rng)
        found = [(c, np.asarray(m * (1 - hidden), np.float32)) for c, m in found]
    image = effects.camera(effects.light(canvas, rng, domain), rng, domain)
    signs: dict[bool, list[tuple[NDArray[np.float64], int]]] = {True: [], False: []}
    for (class_id, mask), total in zip(found, totals, strict=True):
        box = _box(mask, total)
        if box is not None:
            clear = _large_and_whole(mask, box, total) and _stands_out(image, mask, box)
            signs[clear].append((box, class_id))
    return Scene(image, *_columns(signs[True]), *_columns(signs[False]))


def _columns(signs: list[tuple[NDArray[np.float64], int]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    boxes = np.array([box for box, _ in signs], np.float32).reshape(-1, 4)
    return boxes, np.array([class_id for _, class_id in signs], np.int64)


def _surface(rng: Rng, domain: Domain, hw: tuple[int, int]) -> Canvas:
    return SURFACES[domain.surfaces[int(rng.integers(len(domain.surfaces)))]](rng, hw)


def _sheets(rng: Rng, domain: Domain, hw: tuple[int, int]) -> list[tuple[NDArray[np.float64], Sheet]]:
    """Sheets with their homographies: one that fills the picture, or some that lie about, or none."""
    kind = rng.random()
    if kind < 0.08:
        return []
    if kind < 0.5:
        sheet = _sheet(rng, domain, (hw[0], hw[1]), int(rng.choice([0, 1, 1, 1, 2, 2, 3, 4, 5])))
        return [(_homography(rng, domain, sheet, hw, 1.15), sheet)]
    sheets = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 2, 3]))):
        side = rng.uniform(0.45, 0.95)
        size = (max(48, int(hw[0] * side * rng.uniform(0.75, 1.25))), max(48, int(hw[1] * side)))
        sheet = _sheet(rng, domain, size, int(rng.choice([0, 1, 1, 1, 2, 2, 3])))
        sheets.append((_homography(rng, domain, sheet, hw, None), sheet))
    return sheets


def new_sheet(rng: Rng, domain: Domain, hw: tuple[int, int]) -> Sheet:
    """An empty sheet of paper."""
    kind = domain.papers[int(rng.integers(len(domain.papers)))]
    canvas = np.ascontiguousarray(np.clip(PAPERS[kind](rng, hw), 0, 1))
    return Sheet(canvas, [], kind in DARK_PAPERS)


def mark_on(
    sheet: Sheet,
    rng: Rng,
    domain: Domain,
    class_id: int,
    *,
    place: tuple[float, float, float],
    turn_deg: float,
) -> Mask:
    """Draw a sign on a sheet.

    Args:
        sheet: the sheet.
        rng: source of all chance.
        domain: pens and hands.
        class_id: which sign.
        place: centre x, y and half side in pixels of the sheet.
        turn_deg: by how much it is turned.

    Returns:
        Its ink alone, (H, W) from 0 to 1.
    """
    drawing = SIGNS[LABELS[class_id]](rng, domain.vary)
    pen = _pen(rng, domain, dark_paper=sheet.dark)
    filled = rng.random() < domain.fill_share
    return _mark(sheet, drawing, place, pen, rng, turn_deg=turn_deg, filled=filled)


def _sheet(rng: Rng, domain: Domain, hw: tuple[int, int], signs: int) -> Sheet:
    sheet = new_sheet(rng, domain, hw)
    pen = _pen(rng, domain, dark_paper=sheet.dark)
    free: list[tuple[float, float, float]] = []
    for _ in range(signs):
        class_id = int(rng.integers(len(LABELS)))
        place = _place(rng, domain, hw, free, signs)
        if place is None:
            continue
        if rng.random() < 0.3:
            pen = _pen(rng, domain, dark_paper=sheet.dark)
        drawing = SIGNS[LABELS[class_id]](rng, domain.vary)
        turn = rng.uniform(0, 360) if _turns(rng, class_id) else rng.normal(0, domain.turn_deg / 2)
        filled = rng.random() < domain.fill_share
        sheet.marks.append((class_id, _mark(sheet, drawing, place, pen, rng, turn_deg=turn, filled=filled)))
    for _ in range(int(rng.choice([0, 0, 0, 1, 1, 2, 4]))):
        _other_mark(sheet, rng, domain, hw, free)
    return sheet


def _turns(rng: Rng, class_id: int) -> bool:
    return LABELS[class_id] in ANY_TURN and rng.random() < 0.75


def _pen(rng: Rng, domain: Domain, *, dark_paper: bool) -> Pen:
    bgr: NDArray[np.float64]
    kind = domain.pens[int(rng.integers(len(domain.pens)))]
    low, high = domain.widths
    width = math.exp(rng.uniform(math.log(low), math.log(high)))
    if kind in ("ballpoint", "pencil"):
        width = min(width, 0.07)
    dark = rng.uniform(*domain.dark_ink)
    if kind == "pencil":
        bgr = np.full(3, dark)
    elif rng.random() < 0.45:
        bgr = np.clip(dark * 0.35 + rng.normal(0, 0.03, 3), 0, 1)
    else:
        hue = np.array([[[rng.uniform(0, 360), rng.uniform(0.5, 1), rng.uniform(0.3, 0.95)]]], np.float32)
        bgr = np.asarray(cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0], np.float64)
    if dark_paper:
        bgr = np.clip(0.75 + 0.25 * bgr, 0, 1)
    elif 0.114 * bgr[0] + 0.587 * bgr[1] + 0.299 * bgr[2] > 0.62:  # nobody draws in yellow on white
        bgr = 0.6 * bgr
    return Pen(
        kind,
        width,
        (float(bgr[0]), float(bgr[1]), float(bgr[2])),
        rng.uniform(0.7, 1.0),
        rng.uniform(*domain.shake),
        rng.uniform(0, domain.break_share),
    )


def _place(
    rng: Rng, domain: Domain, hw: tuple[int, int], taken: list[tuple[float, float, float]], signs: int
) -> tuple[float, float, float] | None:
    """Centre x, y and half side in pixels of the sheet; signs may touch, seldom overlap more."""
    low, high = domain.size
    high = high if signs == 1 else high / math.sqrt(signs)
    for _ in range(12):
        side = min(hw) * math.exp(rng.uniform(math.log(low), math.log(max(high, low * 1.5))))
        half = side / 2
        if 2 * half > 0.96 * min(hw):
            continue
        x, y = rng.uniform(half, hw[1] - half), rng.uniform(half, hw[0] - half)
        slack = 0.75 if rng.random() < 0.15 else 1.0
        if all(math.hypot(x - a, y - b) > slack * 1.1 * (half + c) for a, b, c in taken):
            taken.append((x, y, half))
            return x, y, half
    return None


def _mark(
    sheet: Sheet,
    drawing: Drawing,
    place: tuple[float, float, float],
    pen: Pen,
    rng: Rng,
    *,
    turn_deg: float,
    filled: bool = False,
) -> Mask:
    """Draw on a sheet; gives the mark's ink alone."""
    x, y, half = place
    turn = math.radians(turn_deg)
    stretch = math.exp(rng.normal(0, 0.08))
    filled = filled and half >= _LEAST_FILLED_PX  # a small one would be a blot
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    matrix = np.concatenate([rotation * half * 0.9 @ np.diag([stretch, 1 / stretch]), [[x], [y]]], axis=1)
    sized = Pen(
        pen.kind, max(1.0, pen.width_px * 2 * half), pen.bgr, pen.strength, pen.shake, pen.break_share
    )
    ink = draw((sheet.canvas.shape[0], sheet.canvas.shape[1]), drawing, matrix, sized, rng, filled=filled)
    share = ink[..., None]
    sheet.canvas *= 1 - share
    sheet.canvas += share * np.array(pen.bgr, np.float32)
    return ink


_LETTERS = "ABCDEFGHJKLMNPRSUVWYZabdefghkmnprsuwyz23456789&%?!#=RSTK"
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
)


def _other_mark(
    sheet: Sheet, rng: Rng, domain: Domain, hw: tuple[int, int], taken: list[tuple[float, float, float]]
) -> None:
    """A doodle, letters, or a printed logo: what must not be taken for a sign."""
    place = _place(rng, domain, hw, taken, 3)
    if place is None:
        return
    pen = _pen(rng, domain, dark_paper=sheet.dark)
    kind = rng.random()
    if kind < 0.45:
        _mark(sheet, doodle(rng), place, pen, rng, turn_deg=rng.uniform(0, 360))
        return
    x, y, half = place
    if kind < 0.85:
        letters = "".join(rng.choice(list(_LETTERS), int(rng.integers(1, 7))))
        font = _FONTS[int(rng.integers(len(_FONTS)))]
        scale = half / 14 / max(1, len(letters) / 2.2)
        at = (int(x - half), int(y + half / 3))
        _write(sheet, letters, at, font=font, scale=scale, thickness=max(1, round(half * 0.09)), bgr=pen.bgr)
        return
    size = (int(half * rng.uniform(0.8, 1.6)), int(half * rng.uniform(0.3, 0.7)))
    cv2.ellipse(
        sheet.canvas, (int(x), int(y)), size, rng.uniform(-20, 20), 0, 360, pen.bgr, cv2.FILLED, cv2.LINE_AA
    )
    word = "".join(rng.choice(list(_LETTERS), 4))
    at = (int(x - size[0] * 0.7), int(y + size[1] * 0.3))
    inverse = (1 - pen.bgr[0], 1 - pen.bgr[1], 1 - pen.bgr[2])
    _write(sheet, word, at, font=_FONTS[1], scale=size[0] / 60, thickness=max(1, size[0] // 18), bgr=inverse)


def _write(
    sheet: Sheet,
    text: str,
    at: tuple[int, int],
    *,
    font: int,
    scale: float,
    thickness: int,
    bgr: tuple[float, float, float],
) -> None:
    """OpenCV writes into bytes only, so the letters become a mask first."""
    ink = np.zeros(sheet.canvas.shape[:2], np.uint8)
    cv2.putText(ink, text, at, font, scale, 255, thickness, cv2.LINE_AA)
    share = ink.astype(np.float32)[..., None] / 255
    sheet.canvas *= 1 - share
    sheet.canvas += share * np.array(bgr, np.float32)


def _homography(
    rng: Rng, domain: Domain, sheet: Sheet, hw: tuple[int, int], zoom: float | None
) -> NDArray[np.float64]:
    """From the sheet to the picture: turned, moved, tilted."""
    rows, columns = sheet.canvas.shape[:2]
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    centred = corners - [columns / 2, rows / 2]
    lean = math.radians(rng.normal(0, 5))
    rotation = np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]])
    if zoom is None:
        scale = rng.uniform(0.75, 1.15)
        centre = np.array([rng.uniform(0.3, 0.7) * hw[1], rng.uniform(0.3, 0.7) * hw[0]])
    else:
        scale = zoom
        centre = np.array([hw[1] / 2, hw[0] / 2])
    target = centred @ rotation.T * scale + centre
    target += rng.uniform(-1, 1, (4, 2)) * domain.tilt * 0.5 * min(rows, columns)
    return np.asarray(cv2.getPerspectiveTransform(corners, target.astype(np.float32)), np.float64)


def _warped(mask: Mask, matrix: NDArray[np.float64], hw: tuple[int, int]) -> Mask:
    return np.asarray(cv2.warpPerspective(mask, matrix, (hw[1], hw[0]), flags=cv2.INTER_LINEAR), np.float32)


def _lay(canvas: Canvas, sheet: Sheet, matrix: NDArray[np.float64], rng: Rng) -> Mask:
    """Put a sheet on the scene with its shadow; gives where it covers."""
    hw = (canvas.shape[0], canvas.shape[1])
    cover = _warped(np.ones(sheet.canvas.shape[:2], np.float32), matrix, hw)
    if rng.random() < 0.7:
        shift = np.array([[1, 0, rng.uniform(-6, 6)], [0, 1, rng.uniform(0, 8)]])
        shadow = cv2.GaussianBlur(cv2.warpAffine(cover, shift, (hw[1], hw[0])), (0, 0), rng.uniform(1.5, 5))
        canvas *= 1 - rng.uniform(0.2, 0.5) * shadow[..., None]
    flags = cv2.INTER_LINEAR
    paper = cv2.warpPerspective(
        sheet.canvas, matrix, (hw[1], hw[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    canvas *= 1 - cover[..., None]
    canvas += paper * cover[..., None]
    return cover


def _hand(canvas: Canvas, rng: Rng) -> Mask:
    """A thumb or fingers from the border of the picture; gives what they hide."""
    height, width = canvas.shape[:2]
    mask = np.zeros((height, width), np.float32)
    skin = np.array([0.45, 0.58, 0.82]) * rng.uniform(0.35, 1.15)
    side = int(rng.integers(4))
    base = {0: (0.0, rng.random()), 1: (1.0, rng.random()), 2: (rng.random(), 1.0), 3: (rng.random(), 0.0)}[
        side
    ]
    inward = math.radians({0: 0, 1: 180, 2: -90, 3: 90}[side] + rng.normal(0, 18))
    reach = rng.uniform(0.12, 0.34) * min(height, width)
    thick = rng.uniform(0.05, 0.09) * min(height, width)
    across = np.array([-math.sin(inward), math.cos(inward)])
    root = np.array([base[0] * width, base[1] * height])
    for finger in range(int(rng.integers(1, 5))):
        start = root + across * finger * thick * 2.1
        length = reach * rng.uniform(0.7, 1.1)
        tip = start + length * np.array([math.cos(inward), math.sin(inward)])
        part = np.zeros_like(mask)
        cv2.line(
            part,
            start.astype(int).tolist(),
            tip.astype(int).tolist(),
            1.0,
            max(2, int(thick * 2)),
            cv2.LINE_AA,
        )
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.8), np.float32)
        shade = skin * rng.uniform(0.9, 1.05)
        inner = cv2.GaussianBlur(part, (0, 0), thick * 0.5)[..., None]
        canvas *= 1 - part[..., None]
        canvas += part[..., None] * (shade * (0.75 + 0.3 * inner)).astype(np.float32)
        mask = np.maximum(mask, part)
    return mask


def _box(mask: Mask, total: float) -> NDArray[np.float64] | None:
    """Left, top, right, bottom of the ink, None when it is gone."""
    inked = mask > _INKED
    if inked.sum() <= max(4.0, _GONE * total):
        return None
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)


def _large_and_whole(mask: Mask, box: NDArray[np.float64], total: float) -> bool:
    sides = sorted((box[2] - box[0], box[3] - box[1]))
    large = sides[0] >= _LEAST_SIDES_PX[0] and sides[1] >= _LEAST_SIDES_PX[1]
    return bool(large and (mask > _INKED).sum() >= _LEAST_VISIBLE * total)


def _inside(ink: Mask, matrix: NDArray[np.float64], hw: tuple[int, int]) -> float:
    """Share of the ink on a sheet that lies in the picture."""
    rows, columns = np.nonzero(ink > _INKED)
    if len(rows) == 0:
        return 0.0
    at = matrix @ np.stack([columns, rows, np.ones(len(rows))])
    x, y = at[:2] / at[2]
    return float(((x >= 0) & (x < hw[1]) & (y >= 0) & (y < hw[0])).mean())


def _stands_out(image: NDArray[np.uint8], mask: Mask, box: NDArray[np.float64]) -> bool:
    """Whether a person could see the sign: what light and camera drown is not there."""
    height, width = mask.shape
    left, top = max(0, int(box[0]) - 4), max(0, int(box[1]) - 4)
    right, bottom = min(width, int(box[2]) + 4), min(height, int(box[3]) + 4)
    ink = mask[top:bottom, left:right]
    inside, outside = ink > 0.35 * ink.max(), ink < 0.03
    if inside.sum() < 8 or outside.sum() < 8:
        return False
    part = image[top:bottom, left:right].astype(np.float32)
    gap = np.abs(part[inside].mean(axis=0) - part[outside].mean(axis=0)).max()
    return bool(gap >= max(_LEAST_CONTRAST, 0.5 * float(part[outside].std(axis=0).max())))
