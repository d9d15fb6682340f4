"""The one function that draws all results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vision_app.overlay.bars import paint_left_out, paint_panel
from vision_app.overlay.canvas import Canvas
from vision_app.overlay.kinds import kind_of
from vision_app.overlay.style import DEFAULT_STYLE, Style
from vision_app.results.values import BoxResult, ImageU8, Result


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
        ModelError: a result is of a kind that was not registered.
    """
    out = np.array(image, order="C", copy=True)
    draw(out, results, panel, style=style)
    return out


def _attached_with_places(result: Result) -> Iterator[Result]:
    """What hangs on objects and has places of its own; the rest is said in their labels."""
    # by name first: to look whether a value is of a protocol takes longer than to draw a box
    for row in getattr(getattr(result, "detections", None), "attached", None) or ():
        for one in row:
            if isinstance(one, BoxResult):
                yield one
                yield from _attached_with_places(one)


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
        ModelError: a result is of a kind that was not registered.
    """
    painters = [kind_of(result).painter for result in results]
    canvas = Canvas(image, style, headers=len(results) > 1)
    for painter, result in zip(painters, results, strict=True):
        painter(canvas, result)
        for one in _attached_with_places(result):
            kind_of(one).painter(canvas, one)
    if canvas.cards > 1:
        paint_left_out(canvas)
    if panel:
        paint_panel(canvas, panel)
    canvas.finish()
