"""How wide a range of an activation is rounded to 8 bits: all of what was seen, or without what is rare.

What lies outside is cut off, what lies inside is rounded to finer steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from vision_app.quantise.watching import EXTREMES
from vision_app.results.values import FloatArray
from vision_app.runtime import Session

_BINS = 2048
_LEVELS = 256
_WIDTHS = np.linspace(0.2, 1.0, 41)
"""Shares of the whole range that are tried."""
_FLOOR = 1e-9


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often an activation had which value.

    Attributes:
        counts: (bins,) of the values between the ends.
        low: lower end.
        high: upper end.
    """

    counts: NDArray[np.int64]
    low: float
    high: float

    @property
    def centres(self) -> NDArray[np.float64]:
        """(bins,) the values in the middle of the bins."""
        edges = np.linspace(self.low, self.high, len(self.counts) + 1)
        return np.asarray((edges[1:] + edges[:-1]) / 2)


Ends = tuple[float, float]


def histograms(
    path: Path, ends: Mapping[str, tuple[Any, Any]], input_name: str, tensors: Iterator[FloatArray]
) -> dict[str, Histogram]:
    """Histograms of activations.

    Args:
        path: the network.
        ends: name of each activation to the least and the greatest of its values.
        input_name: name of its input.
        tensors: its inputs.

    Raises:
        ModelError: it does not run.
    """
    pairs = ((name, np.ravel(low), np.ravel(high)) for name, (low, high) in ends.items())
    spans = {name: (float(low[0]), float(high[0])) for name, low, high in pairs if high[0] > low[0]}
    model = onnx.load(str(path))
    inner = {name for node in model.graph.node for name in node.output}
    given = {output.name for output in model.graph.output}
    names = [name for name in spans if name in inner]
    if not names:
        return {}
    model.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in names if n not in given)
    tapped = path.with_name("histograms.onnx")
    tapped.write_bytes(model.SerializeToString())
    session = Session(tapped, "cpu")
    counts = {name: np.zeros(_BINS, np.int64) for name in names}
    for tensor in tensors:
        outputs = session.run({input_name: tensor}, names)
        for name, value in outputs.items():
            counts[name] += np.histogram(value, _BINS, spans[name])[0]
    return {name: Histogram(counts[name], *spans[name]) for name in names}


def extremes(seen: Histogram) -> Ends:
    """All of it."""
    return seen.low, seen.high


def percentile(seen: Histogram, share: float = 0.99999) -> Ends:
    """What is left when the rarest values at both ends are cut off.

    Args:
        seen: the values.
        share: of the values that stay, from 0 to 1.
    """
    total = np.cumsum(seen.counts) / seen.counts.sum()
    edges = np.linspace(seen.low, seen.high, len(seen.counts) + 1)
    rare = (1 - share) / 2
    low = edges[int(np.searchsorted(total, rare, side="right"))]
    high = edges[min(int(np.searchsorted(total, 1 - rare)) + 1, len(seen.counts))]
    return min(float(low), 0.0), max(float(high), 0.0)


def entropy(seen: Histogram) -> Ends:
    """The range whose rounded values have the distribution that is nearest to the one that was seen.

    Zeros do not count: they are exact in any range, and behind a ReLU they are most of what there is.

    Source: Migacz, "8-bit Inference with TensorRT", GTC 2017; here with both ends, drawn in towards zero together.
    """
    counts = seen.counts.copy()
    zero = int(np.clip((0 - seen.low) / (seen.high - seen.low) * len(counts), 0, len(counts) - 1))
    beside = [counts[i] for i in (zero - 1, zero + 1) if 0 <= i < len(counts)]
    counts[zero] = min(counts[zero], max(beside))
    without = Histogram(counts, seen.low, seen.high)
    return min(_narrower(seen), key=lambda ends: _divergence(without, *ends))


def least_squares(seen: Histogram) -> Ends:
    """The range with the least mean square error of cutting off and rounding."""
    return min(_narrower(seen), key=lambda ends: _square_error(seen, *ends))


def _narrower(seen: Histogram) -> list[Ends]:
    low, high = min(seen.low, 0.0), max(seen.high, 0.0)
    return [(float(low * w), float(high * w)) for w in _WIDTHS[::-1]]


def _square_error(seen: Histogram, low: float, high: float) -> float:
    values = seen.centres
    step = (high - low) / (_LEVELS - 1)
    outside = values - np.clip(values, low, high)
    errors = np.where(outside == 0, step**2 / 12, outside**2)
    return float(np.sum(seen.counts * errors))


def _divergence(seen: Histogram, low: float, high: float) -> float:
    """Kullback-Leibler divergence of the rounded values from those that were seen, the cut-off ones at the ends."""
    inside = (seen.centres >= low) & (seen.centres <= high)
    counts = seen.counts[inside].astype(np.float64)
    if not len(counts) or not counts.any():
        return np.inf
    first = int(inside.argmax())
    wanted = counts.copy()
    wanted[0] += seen.counts[:first].sum()
    wanted[-1] += seen.counts[first + len(counts) :].sum()
    level = np.round((seen.centres[inside] - low) / max(high - low, _FLOOR) * (_LEVELS - 1)).astype(int)
    there = counts > 0
    sums = np.bincount(level, counts, _LEVELS)
    places = np.bincount(level, there, _LEVELS)
    got = np.where(there, sums[level] / np.maximum(places[level], 1), 0.0)
    p, q = wanted / wanted.sum(), got / got.sum()
    used = p > 0
    return float(np.sum(p[used] * np.log(p[used] / np.maximum(q[used], _FLOOR))))


RULES: dict[str, Callable[[Histogram], Ends]] = {
    EXTREMES: extremes,
    "percentile": percentile,
    "least squares": least_squares,
    "entropy": entropy,
}
"""How a range is named in `watching.RANGE_WORDS` to what it is."""
