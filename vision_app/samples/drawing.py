"""A movement as one picture, for lists of samples: its middle frame if it was kept, else the ways that it took."""

from __future__ import annotations

import cv2
import numpy as np

from vision_app.results.values import FloatArray, ImageU8
from vision_app.sequences.layouts import BODY_POINTS, HAND_POINTS, HAND_WIDTH
from vision_app.sequences.recorded import Recorded

_WIDTH, _HEIGHT = 160, 120
_PAPER, _EARLY, _LATE = (244, 244, 244), np.array([214, 190, 160]), np.array([160, 70, 20])
_MARGIN = 0.12
_PALM = (0, 5, 17)
_BODY_ENDS = (0, 15, 16, 27, 28)


def draw_movement(recorded: Recorded) -> ImageU8:
    """(120, 160, 3) uint8 BGR, or the middle frame at its own size: palms, wrists and ankles from light to dark."""
    if recorded.jpegs:
        middle = recorded.jpegs[len(recorded.jpegs) // 2]
        image = cv2.imdecode(np.frombuffer(middle, np.uint8), cv2.IMREAD_COLOR)
        if image is not None:
            return image  # type: ignore[return-value]
    canvas = np.full((_HEIGHT, _WIDTH, 3), _PAPER, np.uint8)
    ways = _ways(recorded)
    seen = np.concatenate([way[~np.isnan(way[:, 0])] for way in ways])
    if not len(seen):
        return canvas
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = (1 - 2 * _MARGIN) * min(_WIDTH, _HEIGHT) / max(float((high - low).max()), 0.1)
    middle_px = np.array([_WIDTH, _HEIGHT]) / 2
    for way in ways:
        points = (way - (low + high) / 2) * scale + middle_px
        for i in range(1, len(points)):
            if not np.isnan(points[i - 1 : i + 1]).any():
                share = i / len(points)
                colour = tuple(int(c) for c in _EARLY + (_LATE - _EARLY) * share)
                a, b = (tuple(int(v) for v in points[k].round()) for k in (i - 1, i))
                cv2.line(canvas, a, b, colour, 2, cv2.LINE_AA)
    return canvas


def _ways(recorded: Recorded) -> list[FloatArray]:
    """(T, 2) each: x and y over time, NaN where nothing was seen; of an embedding or a table, its first columns."""
    ways: list[FloatArray] = []
    for name, rows in recorded.tracks.items():
        if name == "hands":
            for hand in rows.reshape(len(rows), 2, HAND_WIDTH).transpose(1, 0, 2):
                points = hand[:, 1:].reshape(-1, HAND_POINTS, 3)[:, list(_PALM), :2].mean(axis=1)
                ways.append(np.where(hand[:, :1] > 0.5, points, np.nan))
        elif name == "body":
            points = rows[:, 1:].reshape(-1, BODY_POINTS, 4)[:, list(_BODY_ENDS)]
            shown = (rows[:, :1] > 0.5) & (points[..., 3] > 0.5)
            ways += [np.where(shown[:, k, None], points[:, k, :2], np.nan) for k in range(len(_BODY_ENDS))]
    if not ways:
        rows = next(iter(recorded.tracks.values()))
        over_time = np.linspace(0, 1, len(rows), dtype=np.float32)
        spread = float(np.ptp(rows[:, :4])) or 1.0
        ways = [np.stack([over_time, -rows[:, k] / spread], axis=1) for k in range(min(rows.shape[1], 4))]
    return ways
