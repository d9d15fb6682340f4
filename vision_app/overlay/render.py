"""Which painter draws which task's results, and the one function that draws them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vision_app.errors import ModelError
from vision_app.overlay.bars import paint_classification, paint_panel
from vision_app.overlay.boxes import paint_detections
from vision_app.overlay.canvas import Canvas
from vision_app.overlay.masks import paint_masks
from vision_app.overlay.skeletons import paint_keypoints
from vision_app.overlay.style import DEFAULT_STYLE, Style
from vision_app.results.values import ImageU8, Result

Painter = Callable[[Canvas, Any], None]
"""Hands drawings of one result to the canvas. Its second argument is the result type of its task."""

PAINTERS: dict[str, Painter] = {
    "classify": paint_classification,
    "detect": paint_detections,
    "segment": paint_masks,
    "pose": paint_keypoints,
}
"""Task name to painter. A new task is one painter and one row."""


def painter_for(task: str) -> Painter:
    """The painter of a task; call it at start to learn early that there is none.

    Raises:
        ModelError: the task has no painter.
    """
    if task not in PAINTERS:
        known = ", ".join(sorted(PAINTERS))
        raise ModelError(f"no painter draws results of the task {task!r}; there are painters for: {known}")
    return PAINTERS[task]


def render(
    image: ImageU8, results: Sequence[Result], panel: Sequence[str] = (), *, style: Style = DEFAULT_STYLE
) -> ImageU8:
    """Draw results on a copy of a picture.

    Args:
        image: (H, W, 3) uint8 BGR; it is not written.
        results: what the models say about it.
        panel: small lines for a corner: frame rate, latency, provider.
        style: the look.

    Returns:
        (H, W, 3) uint8 BGR, a new C-contiguous array.

    Raises:
        ModelError: a result's task has no painter.
    """
    out = np.array(image, order="C", copy=True)
    draw(out, results, panel, style=style)
    return out


def draw(
    image: ImageU8, results: Sequence[Result], panel: Sequence[str] = (), *, style: Style = DEFAULT_STYLE
) -> None:
    """Draw results on a picture itself, for one that was made for this, such as a scaled copy.

    Args:
        image: (H, W, 3) uint8 BGR, C-contiguous; it is written.
        results: what the models say, in the pixels of this picture.
        panel: small lines for a corner.
        style: the look.

    Raises:
        ModelError: a result's task has no painter.
    """
    painters = [painter_for(result.task) for result in results]
    canvas = Canvas(image, style, headers=len(results) > 1)
    for painter, result in zip(painters, results, strict=True):
        painter(canvas, result)
    if panel:
        paint_panel(canvas, panel)
    canvas.finish()
