"""The figures of an evaluation as one picture: for a slide, a chat, a poster.

Its words are in the language in force when it is drawn.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from vision_app.errors import ConfigError
from vision_app.learn.evaluating import Comparison, Evaluation
from vision_app.messages import Message, told
from vision_app.overlay.colours import Bgr, text_colour
from vision_app.overlay.text import BOLD, REGULAR, clean, draw_line, fitted, line_height, width_of
from vision_app.results.values import ImageU8
from vision_app.sinks.atomic import PartFile, unwritable

MOST_CLASSES = 40
_PAPER: Bgr = (248, 250, 251)
_INK: Bgr = (38, 33, 29)
_SOFT: Bgr = (112, 102, 93)
_LINE: Bgr = (226, 228, 230)
_GOOD: Bgr = (95, 138, 29)
_BAD: Bgr = (46, 69, 200)
_MARGIN_PX = 40
_CELL_PX = 64
_SMALL_CELL_PX = 30
_LABEL_PX = 220
_HEAD_PX = 36
_TEXT_PX = 17
_SMALL_TEXT_PX = 13
_LINE_PX = 24


def write_picture(
    path: Path, evaluation: Evaluation, comparison: Comparison | None = None, *, overwrite: bool = False
) -> Path:
    """Write headline figures and confusion matrix as a PNG file.

    Args:
        path: the .png file.
        evaluation: what to show.
        comparison: with another model; its verdict is written below.
        overwrite: replace a file that is there.

    Raises:
        SinkError: it cannot be written, or is there already.
        ConfigError: there are too many classes for a picture.
    """
    image = draw_report(evaluation, comparison)
    part = PartFile(path, overwrite=overwrite)
    _, data = cv2.imencode(".png", image)
    try:
        part.path.write_bytes(data.tobytes())
    except OSError as error:
        part.discard()
        raise unwritable(path, error) from error
    return part.commit()


def draw_report(evaluation: Evaluation, comparison: Comparison | None = None) -> ImageU8:
    """Headline figures and confusion matrix.

    Returns:
        (H, W, 3) uint8 BGR.

    Raises:
        ConfigError: there are too many classes.
    """
    counts = evaluation.metrics.confusion
    shown = [i for i in range(len(counts)) if counts[i].sum() or counts[:, i].sum()]
    if len(shown) > MOST_CLASSES:
        raise ConfigError(
            "a picture shows at most {most_classes} classes, these samples have {count}; write an "
            ".html report",
            most_classes=MOST_CLASSES,
            count=len(shown),
        )
    cell = _CELL_PX if len(shown) <= 12 else _SMALL_CELL_PX
    side = cell * len(shown)
    size_px = _TEXT_PX if cell == _CELL_PX else _SMALL_TEXT_PX
    beside = min(_LABEL_PX, 12 + max(width_of(clean(evaluation.labels[i]), size_px) for i in shown))
    width = max(900, 2 * _MARGIN_PX + beside + side)
    top = _MARGIN_PX + 150
    verdict = [] if comparison is None else _lines(told(comparison.verdict), width - 2 * _MARGIN_PX)
    height = top + _HEAD_PX + side + _MARGIN_PX + (16 if verdict else 0) + _LINE_PX * len(verdict)
    image = np.full((height, width, 3), _PAPER, np.uint8)
    _headline(image, evaluation)
    _matrix(image, evaluation, shown, (_MARGIN_PX + beside, top + _HEAD_PX), cell)
    for number, text in enumerate(reversed(verdict), start=1):
        y = height - _MARGIN_PX + 12 - number * _LINE_PX
        draw_line(image, text, _MARGIN_PX, y, size_px=_TEXT_PX, colour=_INK)
    return image


def _lines(text: str, width_px: int) -> list[str]:
    """A sentence in as many lines as it needs."""
    lines = [""]
    for word in map(clean, text.split()):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, _TEXT_PX) > width_px:
            lines.append(fitted(word, width_px, _TEXT_PX))
        else:
            lines[-1] = fitted(longer, width_px, _TEXT_PX)
    return lines


def _headline(image: ImageU8, e: Evaluation) -> None:
    m = e.metrics
    width = image.shape[1] - 2 * _MARGIN_PX
    draw_line(
        image,
        fitted(clean(e.model), width, 30, BOLD),
        _MARGIN_PX,
        _MARGIN_PX - 12,
        size_px=30,
        colour=_INK,
        weight=BOLD,
    )
    low, high = m.accuracy_interval.low, m.accuracy_interval.high
    facts: list[tuple[str, str]] = [
        (f"{m.accuracy:.1%}", Message("accuracy ({low:.1%} to {high:.1%})", low=low, high=high)),
        (f"{m.macro_f1:.3f}", Message("macro F1")),
        (f"{m.count}", Message("samples")),
    ]
    if e.others_unknown is not None:
        facts.append((f"{e.others_unknown:.0%}", Message("of other things unknown")))
    elif e.reject_below is not None:
        facts.append((f"{m.rejected:.1%}", Message("of real samples unknown")))
    left = _MARGIN_PX
    for value, text in ((value, told(message)) for value, message in facts):
        draw_line(image, value, left, _MARGIN_PX + 40, size_px=32, colour=_INK, weight=BOLD)
        draw_line(image, text, left, _MARGIN_PX + 86, size_px=16, colour=_SOFT)
        left += max(width_of(value, 32, BOLD), width_of(text, 16)) + 34


def _matrix(image: ImageU8, e: Evaluation, shown: list[int], corner_xy: tuple[int, int], cell: int) -> None:
    left, top = corner_xy
    counts = e.metrics.confusion
    size_px = _TEXT_PX if cell == _CELL_PX else _SMALL_TEXT_PX
    for row, i in enumerate(shown):
        total = max(1, int(counts[i].sum()))
        label = fitted(clean(e.labels[i]), _LABEL_PX - 12, size_px)
        y = top + row * cell + (cell - line_height(size_px)) // 2
        draw_line(image, label, left - 10 - width_of(label, size_px), y, size_px=size_px, colour=_INK)
        for column, j in enumerate(shown):
            x = left + column * cell
            share = counts[i, j] / total
            colour = (
                _mixed(_GOOD if i == j else _BAD, 0.12 + 0.88 * math.sqrt(share)) if counts[i, j] else _LINE
            )
            cv2.rectangle(
                image, (x + 1, top + row * cell + 1), (x + cell - 2, top + (row + 1) * cell - 2), colour, -1
            )
            if counts[i, j]:
                text = str(counts[i, j])
                at = x + (cell - width_of(text, size_px, BOLD)) // 2
                draw_line(image, text, at, y, size_px=size_px, colour=text_colour(colour), weight=BOLD)
    for column, j in enumerate(shown):
        # columns have the order of the rows: a narrow one shows its number
        label = fitted(clean(e.labels[j]), cell - 4, size_px) if cell == _CELL_PX else str(column + 1)
        at = left + column * cell + (cell - width_of(label, size_px)) // 2
        draw_line(image, label, at, top - 30, size_px=size_px, colour=_SOFT, weight=REGULAR)


def _mixed(colour: Bgr, share: float) -> Bgr:
    blue, green, red = (round(p + (c - p) * min(1.0, share)) for c, p in zip(colour, _PAPER, strict=True))
    return blue, green, red
