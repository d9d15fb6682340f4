"""Accuracy against latency as a picture. Needs matplotlib (extra `plot`), which only this module imports."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vision_app.bench.rows import Row
from vision_app.errors import ConfigError, SinkError, disk_reason
from vision_app.messages import Message

_INSTALL = "a plot needs matplotlib: pip install 'vision-app[plot]'"
_FORMATS = (".png", ".svg", ".pdf")
# the first seven: Okabe and Ito, "Color Universal Design", 2008, told apart with every kind of colour vision
_COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444"),
    *("#8C6D1F", "#7A3E9D", "#B22222", "#1B7F79", "#A3A500"),
)
_TOP1_TITLE, _AP_TITLE = "published top-1 on ImageNet, %", "published AP on COCO"
_SMALLEST_AREA, _AREA_A_MB = 30.0, 4.0  # square points
_DPI, _NAME_POINTS = 160, 8
_LEGEND_MB = (5, 25, 100)
_INK, _GRID = "#222222", "#DDDDDD"

Box = tuple[float, float, float, float]


def check_can_plot(path: Path) -> None:
    """Find out before anything is measured.

    Raises:
        ConfigError: matplotlib is missing, or the file's name is not that of a picture.
        SinkError: the folder does not exist.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise ConfigError(_INSTALL)
    if path.suffix.lower() not in _FORMATS:
        raise ConfigError(
            "a plot is written as {formats}, got {name}", formats=", ".join(_FORMATS), name=path.name
        )
    if not path.absolute().parent.is_dir():
        raise SinkError("{path}: folder {parent} does not exist", path=path, parent=path.absolute().parent)


def plot(rows: Sequence[Row], path: Path) -> str:
    """Draw all rows whose accuracy is known: classifiers and detectors each in a panel of their own.

    Args:
        rows: rows with figures.
        path: the picture; replaced if it exists.

    Returns:
        What was written, in one line.

    Raises:
        ConfigError: matplotlib is missing.
        SinkError: the picture cannot be written.
    """
    check_can_plot(path)
    panels = [
        (title, chosen)
        for title, value in ((_TOP1_TITLE, _top1), (_AP_TITLE, _ap))
        if (chosen := [(row, y) for row in rows if (y := value(row)) is not None and row.infer_p50_ms])
    ]
    if not panels:
        return "no plot: no measured model has a published accuracy"
    figure = _figure(panels)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        figure.savefig(part, dpi=_DPI)
        part.replace(path)
    except OSError as error:
        raise SinkError(
            "{path}: cannot be written: {reason}", path=path, reason=disk_reason(error)
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return Message("wrote {path}", path=path)


def _top1(row: Row) -> float | None:
    return row.top1


def _ap(row: Row) -> float | None:
    return row.ap


def _figure(panels: Sequence[tuple[str, list[tuple[Row, float]]]]) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = [2 + len(chosen) for _, chosen in panels]
    figure = Figure(figsize=(4.0 + 4.0 * len(panels), 5.2), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)  # never a window
    axes = figure.subplots(1, len(panels), squeeze=False, width_ratios=[max(c, 5) for c in counts])[0]
    families = sorted({row.family or "" for _, chosen in panels for row, _ in chosen})
    colours = {family: _COLOURS[i % len(_COLOURS)] for i, family in enumerate(families)}
    for axis, (title, chosen) in zip(axes, panels, strict=True):
        _panel(axis, title, chosen, colours)
    _legend(figure, families, colours)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the names are placed in the axes as they are now
    for axis, (_, chosen) in zip(axes, panels, strict=True):
        _label(figure, axis, chosen, colours)
    return figure


def _area(row: Row) -> float:
    return _SMALLEST_AREA + _AREA_A_MB * (row.file_bytes or 0) / 1e6


def _panel(axis: Any, title: str, chosen: Sequence[tuple[Row, float]], colours: dict[str, str]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

    for row, accuracy in sorted(chosen, key=lambda one: -_area(one[0])):
        colour = colours[row.family or ""]
        axis.scatter(
            [row.infer_p50_ms], [accuracy], s=_area(row), color=colour, alpha=0.55, edgecolor=colour, zorder=3
        )
        axis.plot([row.infer_p50_ms], [accuracy], ".", color=_INK, markersize=2.5, zorder=4)
    xs = [row.infer_p50_ms or 1.0 for row, _ in chosen]
    ys = [y for _, y in chosen]
    axis.set_xscale("log")
    axis.set_xlim(min(xs) / 1.8, max(xs) * 2.0)
    margin = max(2.0, 0.15 * (max(ys) - min(ys)))
    axis.set_ylim(min(ys) - margin, max(ys) + margin)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel("median latency, ms", color=_INK)
    axis.set_ylabel(title, color=_INK)
    axis.grid(True, color=_GRID, linewidth=0.8, zorder=0)
    axis.tick_params(colors=_INK, which="both", length=0)
    for side in ("top", "right", "left", "bottom"):
        axis.spines[side].set_visible(False)


def _legend(figure: Any, families: Sequence[str], colours: dict[str, str]) -> None:
    from matplotlib.lines import Line2D

    marks: list[Any] = [
        Line2D([], [], linestyle="", marker="o", color=colours[f], alpha=0.7, label=f or "unknown")
        for f in families
    ]
    for megabytes in _LEGEND_MB:
        # a marker's size is its diameter, that of a scatter plot its square
        size = math.sqrt(_SMALLEST_AREA + _AREA_A_MB * megabytes)
        hollow: dict[str, Any] = {
            "linestyle": "",
            "marker": "o",
            "color": "none",
            "markeredgecolor": "#888888",
        }
        marks.append(Line2D([], [], markersize=size, label=f"{megabytes} MB", **hollow))
    figure.legend(
        handles=marks,
        loc="outside right upper",
        frameon=False,
        labelspacing=1.3,
        handletextpad=1.4,
        fontsize=8.5,
    )


def _label(figure: Any, axis: Any, chosen: Sequence[tuple[Row, float]], colours: dict[str, str]) -> None:
    """Each name beside its disc, where it covers neither another name nor, if that can be, another disc."""
    pixels = figure.dpi / 72
    spots: list[tuple[float, float, float]] = []
    for row, accuracy in chosen:
        x, y = axis.transData.transform((row.infer_p50_ms, accuracy))
        spots.append((float(x), float(y), math.sqrt(_area(row) / math.pi) * pixels))
    frame = axis.get_window_extent()
    bounds = (frame.x0, frame.y0, frame.x1, frame.y1)
    sizes = [_text_size(figure, row.name) for row, _ in chosen]
    for (row, accuracy), place, spot, size in zip(
        chosen, place_labels(spots, sizes, bounds), spots, sizes, strict=True
    ):
        middle = (place[0] + size[0] / 2, place[1] + size[1] / 2)
        far = math.dist(middle, spot[:2]) > spot[2] + max(size) * 0.9
        text = axis.annotate(
            row.name,
            xy=(row.infer_p50_ms, accuracy),
            xytext=((place[0] - spot[0]) / pixels, (place[1] - spot[1]) / pixels),
            textcoords="offset points",
            fontsize=_NAME_POINTS,
            color=_INK,
            zorder=5,
            arrowprops={"arrowstyle": "-", "color": colours[row.family or ""], "linewidth": 0.7}
            if far
            else None,
        )
        text.set_in_layout(False)


def _text_size(figure: Any, text: str) -> tuple[float, float]:
    sample = figure.text(0, 0, text, fontsize=_NAME_POINTS)
    extent = sample.get_window_extent()
    sample.remove()
    return float(extent.width), float(extent.height)


def place_labels(
    spots: Sequence[tuple[float, float, float]], sizes: Sequence[tuple[float, float]], bounds: Box
) -> list[tuple[float, float]]:
    """Left bottom corners of labels beside discs, so that nothing lies on anything else where that can be.

    Args:
        spots: centre and radius of each disc, pixels.
        sizes: width and height of each label, pixels.
        bounds: what the labels should stay in: left, bottom, right, top.

    Returns:
        A place for each label. Discs in a crowd choose first, because they have the fewest free places.
    """
    order = sorted(range(len(spots)), key=lambda i: -_neighbours(i, spots))
    placed: dict[int, Box] = {}
    for i in order:
        (x, y, radius), (width, height) = spots[i], sizes[i]

        def cost(box: Box, i: int = i) -> float:
            total = 50.0 * _outside(box, bounds)
            total += sum(20.0 * _overlap(box, other) for other in placed.values())
            return total + sum(
                (4.0 if j == i else 8.0) * _overlap(box, (sx - r, sy - r, sx + r, sy + r))
                for j, (sx, sy, r) in enumerate(spots)
            )

        places = [
            (number, _box_beside((x, y), radius + gap, angle, (width, height)))
            for number, (gap, angle) in enumerate(
                (g, a) for g in (4, 14, 30, 50, 75, 105) for a in range(0, 360, 30)
            )
        ]
        placed[i] = min(places, key=lambda one: (cost(one[1]), one[0]))[1]
    return [placed[i][:2] for i in range(len(spots))]


def _neighbours(i: int, spots: Sequence[tuple[float, float, float]]) -> int:
    return sum(math.dist(spots[i][:2], other[:2]) < 160 for other in spots)


def _box_beside(point: tuple[float, float], distance: float, angle: float, size: tuple[float, float]) -> Box:
    """A box that touches the circle around a point from outside, in a direction."""
    (x, y), (width, height) = point, size
    dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    left = x + dx * distance + (dx - 1) * width / 2
    bottom = y + dy * distance + (dy - 1) * height / 2
    return left, bottom, left + width, bottom + height


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _outside(box: Box, bounds: Box) -> float:
    inside = _overlap(box, bounds)
    return (box[2] - box[0]) * (box[3] - box[1]) - inside
