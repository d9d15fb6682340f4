"""Charts of a report as SVG text: no script, no font, no file; colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from vision_app.learn.metrics import ReliabilityBin
from vision_app.learn.report_words import Words
from vision_app.messages import Message

_WIDTH, _HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 22, 24, 34
_FEWEST_POINTS = 2

Series = tuple[str, str, Sequence[float]]
"""Name, class of the style sheet, and one value an epoch; NaN leaves a gap."""


def curves(series: Sequence[Series], best: int | None, title: str, words: Words, *, share: bool) -> str:
    """Lines over the epochs, the best epoch marked.

    Args:
        series: at least one; all of one length.
        best: number of the best epoch, from 1; None when it is not known.
        title: what the values are, for those who cannot see the chart.
        words: say it in a language.
        share: the values are shares, shown as percent from 0 to 100.
    """
    values = [v for _, _, line in series for v in line if math.isfinite(v)]
    count = max(len(line) for _, _, line in series)
    if not values or count < _FEWEST_POINTS:
        return ""
    low, high = (0.0, 1.0) if share else (0.0, max(values) * 1.05 or 1.0)

    def x(epoch: float) -> float:
        return _LEFT + (epoch - 1) / (count - 1) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for value in _ticks(low, high):
        text = f"{value:.0%}" if share else f"{value:g}"
        parts.append(_line(_LEFT, y(value), _WIDTH - _RIGHT, y(value), "grid"))
        parts.append(_text(_LEFT - 6, y(value) + 4, text, "end"))
    for epoch in _epochs(count):
        parts.append(_text(x(epoch), _HEIGHT - _BOTTOM + 16, str(epoch), "middle"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 3, words(Message("epoch")), "middle"))
    if best is not None and 1 <= best <= count:
        at = x(best)
        parts.append(_line(at, _TOP, at, _HEIGHT - _BOTTOM, "best"))
        parts.append(_text(at, _TOP - 7, words(Message("best: {epoch}", epoch=best)), "middle"))
    for _, style, line in series:
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(line, start=1) if math.isfinite(v))
        parts.append(f'<polyline class="{style}" points="{points}"/>')
    legend = "".join(
        f'<span class="key"><i class="{style}"></i>{words(name)}</span>' for name, style, _ in series
    )
    return f"<figure>{_svg(parts, words(title))}<figcaption>{legend}</figcaption></figure>"


def learning_curves(history: Sequence[Mapping[str, Any]], best: int | None, words: Words) -> tuple[str, str]:
    """Loss and accuracy over the epochs of a training, as two charts; empty where there is nothing to show.

    Args:
        history: a mapping an epoch with `train_loss`, `val_loss`, `train_accuracy`, `val_accuracy`.
        best: number of the best epoch.
        words: say it in a language.
    """

    def column(key: str) -> list[float]:
        found = (epoch.get(key) if isinstance(epoch, Mapping) else None for epoch in history)
        return [float(v) if isinstance(v, int | float) else math.nan for v in found]

    def chart(what: str, title: str, *, share: bool) -> str:
        lines: list[Series] = [
            (name, key, column(f"{key}_{what}"))
            for name, key in ((Message("training"), "train"), (Message("validation"), "val"))
        ]
        lines = [line for line in lines if any(map(math.isfinite, line[2]))]
        return curves(lines, best, title, words, share=share) if lines else ""

    return (
        chart("loss", Message("loss over the epochs"), share=False),
        chart("accuracy", Message("accuracy over the epochs"), share=True),
    )


def reliability_diagram(bins: Sequence[ReliabilityBin], words: Words) -> str:
    """Accuracy against confidence: bars on the diagonal mean what they say.

    Args:
        bins: samples about equally sure.
        words: say it in a language.
    """
    side = _HEIGHT
    width = side - _TOP - _BOTTOM
    total = max(1, sum(b.count for b in bins))

    def x(share: float) -> float:
        return _LEFT + share * width

    def y(share: float) -> float:
        return _TOP + (1 - share) * width

    parts = []
    for tick in (0.0, 0.5, 1.0):
        parts.append(_line(x(0), y(tick), x(1), y(tick), "grid"))
        parts.append(_text(x(0) - 6, y(tick) + 4, f"{tick:.0%}", "end"))
        parts.append(_text(x(tick), y(0) + 16, f"{tick:.0%}", "middle"))
    for b in bins:
        if not b.count:
            continue
        height = max(b.accuracy * width, 1.0)
        said = Message(
            "{count} samples, {confidence:.1%} sure, {accuracy:.1%} right",
            count=b.count,
            confidence=b.confidence,
            accuracy=b.accuracy,
        )
        faint = 0.35 + 0.65 * math.sqrt(b.count / total)
        parts.append(
            f'<rect class="bar" opacity="{faint:.2f}" x="{x(b.low) + 0.75:.1f}" y="{y(0) - height:.1f}" '
            f'width="{(b.high - b.low) * width - 1.5:.1f}" height="{height:.1f}">'
            f"<title>{words(said)}</title></rect>"
        )
    parts.append(_line(x(0), y(0), x(1), y(1), "ideal"))
    parts.append(_text(x(0.5), side - 3, words(Message("how sure it was")), "middle"))
    title = words(Message("share that is right by confidence"))
    return f"<figure>{_svg(parts, title, (_LEFT + width + _RIGHT, side))}</figure>"


def _svg(parts: Sequence[str], title: str, size_wh: tuple[int, int] = (_WIDTH, _HEIGHT)) -> str:
    width, height = size_wh
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{title}">{"".join(parts)}</svg>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _ticks(low: float, high: float) -> list[float]:
    """Round values from low to high, about five.

    >>> _ticks(0.0, 1.0)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if (low, high) == (0.0, 1.0):
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= rough)
    return [round(i * step, 10) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _epochs(count: int) -> list[int]:
    """Epochs to name below a chart.

    >>> _epochs(14)
    [1, 5, 10, 14]
    """
    step = max(1, 10 ** math.floor(math.log10(count / 2)))
    step = next(step * f for f in (1, 2, 5, 10, 20) if count / (step * f) <= 5)
    inner = [e for e in range(step, count, step) if 1 < e < count - step * 0.4]
    return [1, *inner, count]
