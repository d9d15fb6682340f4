"""The check that needs no model's inside: cover parts of the picture, and see how sure the model stays.

Both go on: every step gives a map that is better than the one before, and stopping to ask ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from vision_app.explaining.base import Choice, View, heatmap, score_of, target_of
from vision_app.explaining.heatmap import Heatmap, grown, region_of
from vision_app.explaining.probe import Probe
from vision_app.graph.inside import Inside
from vision_app.results.values import FloatArray, ImageU8

GRID = 8
"""Places along the longer side."""
_COVER = 2
_PICTURES_AT_ONCE = 4
_MASKS = 240
_MASK_CELLS = 7
_KEPT_SHARE = 0.5


class Occlusion:
    """How much surer the model is with a part of the picture than without it.

    A grey square of two places moves over the picture; the places are visited from coarse to fine.

    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
    https://arxiv.org/abs/1311.2901, section 4.2.
    """

    name = "occlusion"
    paper = "Zeiler and Fergus 2014, arXiv:1311.2901"
    by_class = True
    live = False
    looks_inside = False

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """Nothing: it looks at results only."""
        return ()

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """A map after every few places."""
        target = target_of(view.result, choice)
        whole = score_of(view.result, target)
        left, top, right, bottom = _seen(view)
        rows, columns = _grid(right - left, bottom - top)
        drops, counts = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
        order = _coarse_to_fine(rows - _COVER + 1, columns - _COVER + 1)
        grey = view.image[int(top) : int(bottom), int(left) : int(right)].mean(axis=(0, 1))
        for done in range(0, len(order), _PICTURES_AT_ONCE):
            part = order[done : done + _PICTURES_AT_ONCE]
            pictures = []
            for row, column in part:
                y0, y1 = (round(top + (bottom - top) * r / rows) for r in (row, row + _COVER))
                x0, x1 = (round(left + (right - left) * c / columns) for c in (column, column + _COVER))
                covered = view.image.copy()
                covered[y0:y1, x0:x1] = grey
                pictures.append(covered)
            results, _ = probe.model.predict_many(pictures)
            for (row, column), result in zip(part, results, strict=True):
                drops[row : row + _COVER, column : column + _COVER] += whole - score_of(result, target)
                counts[row : row + _COVER, column : column + _COVER] += 1
            raw = _filled(drops, counts)
            progress = min((done + len(part)) / len(order), 1.0)
            yield _on_seen(heatmap(raw, view, self.name, target, from_zero=True, progress=progress), view)


def _seen(view: View) -> tuple[float, float, float, float]:
    """The part of the frame that the network sees: left, top, right, bottom."""
    left, top, right, bottom = region_of(view.geometry)
    width, height = view.geometry.frame_wh
    return max(left, 0), max(top, 0), min(right, width), min(bottom, height)


def _on_seen(found: Heatmap, view: View) -> Heatmap:
    return replace(found, region=_seen(view))


def _grid(width: float, height: float) -> tuple[int, int]:
    longer = max(width, height)
    return max(_COVER + 1, round(GRID * height / longer)), max(_COVER + 1, round(GRID * width / longer))


def _coarse_to_fine(rows: int, columns: int) -> list[tuple[int, int]]:
    """Every place once, those of a coarse grid first."""
    order: dict[tuple[int, int], None] = {}
    for step in (4, 2, 1):
        for row in range(0, rows, step):
            for column in range(0, columns, step):
                order.setdefault((row, column))
    return list(order)


def _filled(drops: FloatArray, counts: FloatArray) -> FloatArray:
    """Means; a place that has not been covered yet takes what its neighbours say."""
    known = counts > 0
    if known.all():
        return drops / counts
    spread_drops = cv2.GaussianBlur(drops, (0, 0), 1.5)
    spread_counts = cv2.GaussianBlur(counts, (0, 0), 1.5)
    guessed = spread_drops / np.maximum(spread_counts, 1e-6)
    return np.where(known, drops / np.maximum(counts, 1), guessed).astype(np.float32)


class Rise:
    """The average of random masks, weighted by how sure the model is of what they leave.

    Of objects the score is that of D-RISE: class times overlap.

    Source: Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018,
    https://arxiv.org/abs/1806.07421, equation 6.
    """

    name = "rise"
    paper = "Petsiuk et al. 2018, arXiv:1806.07421"
    by_class = True
    live = False
    looks_inside = False

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """Nothing: it looks at results only."""
        return ()

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """A map after every few masks; the same masks every time."""
        target = target_of(view.result, choice)
        rng = np.random.default_rng(0)
        side = 4 * _MASK_CELLS
        summed, weight = np.zeros((side, side), np.float32), 0.0
        kept = np.zeros((side, side), np.float32)
        for done in range(0, _MASKS, _PICTURES_AT_ONCE):
            masks = [_mask(rng, side) for _ in range(_PICTURES_AT_ONCE)]
            results, _ = probe.model.predict_many([_masked(view, mask) for mask in masks])
            for mask, result in zip(masks, results, strict=True):
                score = score_of(result, target)
                summed += score * mask
                kept += mask
                weight += score
            raw = (summed / np.maximum(kept, 1e-6) * (weight > 0)).astype(np.float32)
            progress = (done + _PICTURES_AT_ONCE) / _MASKS
            yield _on_seen(heatmap(raw, view, self.name, target, progress=progress), view)


def _mask(rng: np.random.Generator, side: int) -> FloatArray:
    """A coarse random grid, grown smoothly and shifted by part of a cell: (side, side) from 0 to 1."""
    coarse = (rng.random((_MASK_CELLS + 1, _MASK_CELLS + 1)) < _KEPT_SHARE).astype(np.float32)
    cell = side // _MASK_CELLS
    whole = grown(coarse, (side + cell, side + cell))
    y, x = rng.integers(0, cell, 2)
    return whole[y : y + side, x : x + side]


def _masked(view: View, mask: FloatArray) -> ImageU8:
    left, top, right, bottom = (round(v) for v in _seen(view))
    shares = grown(mask, (right - left, bottom - top))
    masked = view.image.copy()
    part = masked[top:bottom, left:right]
    masked[top:bottom, left:right] = (part * shares[:, :, None]).astype(np.uint8)
    return masked
