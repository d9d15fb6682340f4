"""How a cost grows with a size: points, the exponent that fits them, a table and a plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXPONENTS = [k / 100 for k in range(5, 301)]
_FLAT = 1.3
"""A cost that rises by less than this over the whole range is called flat."""
FASTER_THAN_LINEAR = 1.2
# Source: Okabe and Ito, "Color Universal Design", 2008
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444", "#8C6D1F")
_INK, _GRID = "#222222", "#DDDDDD"
_DPI = 110


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run or call took.

    Attributes:
        cpu_s: processor time, seconds.
        wall_s: time on the wall, seconds.
        peak_mb: most resident memory, 10^6 bytes; None where it was not looked at.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """What is made larger, and what is measured at each size.

    Attributes:
        key: short name, also of the picture.
        title: what grows.
        sizes: all sizes.
        quick: those of a quick run.
        lines: what is measured, by name.
        note: what else is the same throughout.
    """

    key: str
    title: str
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    lines: Mapping[str, Callable[[int], Cost]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A cost at each size, medians of the rounds."""

    name: str
    sizes: tuple[int, ...]
    costs: tuple[Cost, ...]

    def values(self, what: str) -> list[float]:
        """One of the costs' figures, size by size; those that are not known are nan."""
        found = (getattr(cost, what) for cost in self.costs)
        return [math.nan if value is None else float(value) for value in found]


@dataclass(frozen=True, slots=True)
class Fit:
    """constant + factor * size ** exponent; an exponent of 0 where the cost is flat."""

    constant: float
    factor: float
    exponent: float

    def __str__(self) -> str:
        return "flat" if self.exponent == 0 else f"{self.exponent:.2f}"

    def at(self, size: float) -> float:
        """The cost at a size."""
        return self.constant + self.factor * math.pow(size, self.exponent)


def fit(sizes: Sequence[float], costs: Sequence[float]) -> Fit | None:
    """The least relative squares of `constant + factor * size ** exponent`, neither of them negative.

    A run has a part that does not depend on the size, such as loading the model: a plain slope in log-log would call
    everything beside it flat.

    Returns:
        None for fewer than four sizes: any curve fits those.

    >>> print(fit([10, 100, 1000, 10000], [1.2, 3, 21, 201]))
    1.00
    >>> print(fit([10, 100, 1000, 10000], [150, 151, 150, 152]))
    flat
    """
    if len(sizes) < 4 or any(map(math.isnan, costs)):
        return None
    if max(costs) < _FLAT * min(costs):
        return Fit(statistics.mean(costs), 0.0, 0.0)
    fits = (_least(sizes, costs, exponent) for exponent in _EXPONENTS)
    return min(fits, key=lambda one: one[0])[1]


def _least(sizes: Sequence[float], costs: Sequence[float], exponent: float) -> tuple[float, Fit]:
    """The error and the fit of one exponent: two unknowns, each row divided by its cost."""
    rows = [(1 / y, x**exponent / y) for x, y in zip(sizes, costs, strict=True)]
    aa, ab, bb = (sum(r[i] * r[j] for r in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
    a, b = sum(r[0] for r in rows), sum(r[1] for r in rows)
    det = aa * bb - ab * ab
    constant, factor = ((a * bb - b * ab) / det, (b * aa - a * ab) / det) if det > 1e-12 * aa * bb else (0, 0)
    if constant < 0 or factor <= 0:
        constant, factor = 0.0, b / bb
    error = sum((constant * r[0] + factor * r[1] - 1) ** 2 for r in rows)
    return error, Fit(constant, factor, exponent)


def measure(
    axes: Sequence[Axis], *, quick: bool, rounds: int, once_above_s: float, say: Callable[[str], None]
) -> dict[str, list[Line]]:
    """All lines of all axes in turns: each round goes through everything once.

    Args:
        axes: what to measure.
        quick: only the quick sizes.
        rounds: how often; medians count.
        once_above_s: what took longer than this in the first round is not measured again.
        say: told of each round.
    """
    taken: dict[tuple[str, str, int], list[Cost]] = {}
    for turn in range(rounds):
        say(f"round {turn + 1} of {rounds}")
        for axis in axes:
            say(f"  {axis.title}")
            for size in axis.quick if quick else axis.sizes:
                for name, cost in axis.lines.items():
                    before = taken.setdefault((axis.key, name, size), [])
                    if not before or before[0].wall_s <= once_above_s:
                        before.append(cost(size))
    return {
        axis.key: [
            Line(name, sizes, tuple(_median(taken[axis.key, name, size]) for size in sizes))
            for name in axis.lines
        ]
        for axis in axes
        for sizes in [axis.quick if quick else axis.sizes]
    }


def _median(costs: Sequence[Cost]) -> Cost:
    peaks = [cost.peak_mb for cost in costs if cost.peak_mb is not None]
    return Cost(
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(peaks) if peaks else None,
    )


def table(axis: Axis, lines: Sequence[Line]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: processor time at each size, its exponent, and the memory."""
    header = [axis.title, *(f"{size:,}".replace(",", " ") for size in lines[0].sizes), "exponent"]
    rows = []
    for line in lines:
        cpu = line.values("cpu_s")
        rows.append([f"{line.name}, CPU", *map(_seconds, cpu), _exponent(line.sizes, cpu)])
        rows.append([f"{line.name}, wall", *map(_seconds, line.values("wall_s")), ""])
        peaks = line.values("peak_mb")
        if not any(map(math.isnan, peaks)):
            rows.append([f"{line.name}, MB", *(f"{v:.0f}" for v in peaks), _exponent(line.sizes, peaks)])
    return header, rows


def _exponent(sizes: Sequence[float], costs: Sequence[float]) -> str:
    found = fit(sizes, costs)
    if found is None:
        return "-"
    return f"**{found}**" if found.exponent > FASTER_THAN_LINEAR else str(found)


def _seconds(value: float) -> str:
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def too_fast(axes: Iterable[Axis], measured: Mapping[str, Sequence[Line]]) -> list[str]:
    """What grows faster than linear, a line each."""
    found = []
    for axis in axes:
        for line in measured[axis.key]:
            for what, title in (("cpu_s", "processor time"), ("peak_mb", "memory")):
                fitted = fit(line.sizes, line.values(what))
                if fitted is not None and fitted.exponent > FASTER_THAN_LINEAR:
                    found.append(f"{axis.title}, {line.name}: {title} grows with exponent {fitted}")
    return found


def plot(axis: Axis, lines: Sequence[Line], path: Path) -> None:
    """Processor time, and memory where it is known, against the size, both logarithmic, with what fits them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [("cpu_s", "processor time")]
    if any(cost.peak_mb is not None for line in lines for cost in line.costs):
        panels.append(("peak_mb", "most resident memory, MB"))
    figure = Figure(figsize=(4.6 * len(panels) + 0.6, 3.9), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for part, (what, label) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _panel(part, lines, what)
        part.set_xlabel(axis.title, color=_INK)
        part.set_ylabel(label, color=_INK)
    figure.savefig(path, pil_kwargs={"optimize": True})


def _panel(part: Any, lines: Sequence[Line], what: str) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    part.set_xscale("log")
    part.set_yscale("log")
    for line, colour in zip(lines, _COLOURS, strict=False):
        values = line.values(what)
        if any(map(math.isnan, values)):
            continue
        fitted = fit(line.sizes, values)
        exponent = "" if fitted is None else f" ({'flat' if not fitted.exponent else f'n^{fitted}'})"
        part.plot(line.sizes, values, "o", color=colour, markersize=4.5, label=line.name + exponent)
        if fitted is not None:
            low, high = math.log(min(line.sizes)), math.log(max(line.sizes))
            steps = [math.exp(low + (high - low) * i / 60) for i in range(61)]
            part.plot(steps, [fitted.at(x) for x in steps], color=colour, linewidth=1.2)
    lowest, highest = part.get_ylim()
    part.set_ylim(lowest / 2, highest * 2)  # what is flat looks flat, and the legend has room
    part.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " ")))
    part.yaxis.set_major_locator(LogLocator(subs=(1,) if highest > 30 * lowest else (1, 2, 5)))
    part.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: _seconds(value) if what.endswith("_s") else f"{value:g}")
    )
    for axis in (part.xaxis, part.yaxis):
        axis.set_minor_formatter(NullFormatter())
    part.grid(True, color=_GRID, linewidth=0.8)
    part.tick_params(colors=_INK, which="both", length=0)
    for spine in part.spines.values():
        spine.set_visible(False)
    part.legend(frameon=False, fontsize=8)
