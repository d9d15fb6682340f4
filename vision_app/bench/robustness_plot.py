"""A classifier's probability along one value of a filter, as a picture. Needs matplotlib (extra `plot`)."""

from __future__ import annotations

from pathlib import Path

from vision_app.bench.plot import check_can_plot
from vision_app.errors import SinkError, disk_reason
from vision_app.filters.robustness import Robustness
from vision_app.messages import Message


def plot_robustness(found: Robustness, title: str, path: Path) -> str:
    """Draw the probability over the values; where another class is better the line is broken by a mark.

    Args:
        found: what was measured.
        title: the chain.
        path: the picture; replaced if it exists.

    Returns:
        What was written, in one line.

    Raises:
        ConfigError: matplotlib is missing.
        SinkError: the picture cannot be written.
    """
    check_can_plot(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    values = [point.value for point in found.points]
    axes.plot(values, [point.probability for point in found.points], color="#0072B2", label=found.label)
    lost = [point for point in found.points if point.best != found.label]
    if lost:
        places = [point.value for point in lost]
        chances = [point.probability for point in lost]
        axes.plot(places, chances, "x", color="#D55E00", label="another class is more probable")
    axes.set(ylim=(0, 1), xlabel=found.parameter, ylabel="probability", title=title)
    axes.grid(color="#DDDDDD")
    axes.legend()
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise SinkError("{path} cannot be written: {reason}", path=path, reason=disk_reason(error)) from error
    return Message("wrote {path}", path=path)
