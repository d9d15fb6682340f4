"""How drawings look, and how their measures follow from the size of the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from vision_app.labels import name_of


@dataclass(frozen=True, slots=True)
class Style:
    """What may be chosen about the look.

    Attributes:
        scale: factor on text and lines; 1 suits a picture that fills its window.
        shade: how much of the picture is taken away below cards, 0 to 1. The default keeps white
            text readable (4.5:1) even above pure white.
        names: what to write on boxes in place of a label, such as its name in another language; a label
            that is not in it is written as it is. Results and files keep the label.
    """

    scale: float = 1.0
    shade: float = 0.66
    names: Mapping[str, str] = field(default_factory=dict, hash=False)

    def said(self, label: str, among: Sequence[str] = ()) -> str:
        """A label as it is drawn.

        Args:
            label: the label.
            among: all labels of its model, which tell a kite of paper from the bird.
        """
        return name_of(label, self.names, among)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"scale must be above 0, got {self.scale}")
        if not 0.0 <= self.shade <= 1.0:
            raise ValueError(f"shade must be from 0 to 1, got {self.shade}")


DEFAULT_STYLE = Style()


@dataclass(frozen=True, slots=True)
class Metrics:
    """Measures for one picture size, all in pixels.

    Attributes:
        text_px: font size of labels.
        small_px: font size of second lines, headers and the panel.
        line_px: thickness of a box.
        pad_px: space between text and the edge of what it stands on.
        margin_px: space between cards and the border of the picture.
        radius_px: radius of rounded corners.
    """

    text_px: int
    small_px: int
    line_px: int
    pad_px: int
    margin_px: int
    radius_px: int


_MIN_TEXT_PX = 8
_READABLE_PX = 13


@lru_cache(maxsize=64)
def metrics_for(width_px: int, height_px: int, scale: float) -> Metrics:
    """Measures that suit a picture: 18 px text on 1280 x 720, in proportion to the picture's extent.

    Small pictures get text that is larger in proportion, so that it can be read at all, but never more
    than a tenth of the shorter side.

    >>> metrics_for(1280, 720, 1.0).text_px
    18
    """
    proportional = math.sqrt(width_px * height_px) * 0.01875
    wanted = max(proportional, _READABLE_PX) * scale
    text_px = max(_MIN_TEXT_PX, round(min(wanted, min(width_px, height_px) / 10 * max(scale, 1.0))))
    text_px = min(text_px, 400)
    small_px = max(_MIN_TEXT_PX, round(text_px * 0.82))
    return Metrics(
        text_px=text_px,
        small_px=small_px,
        line_px=max(1, round(text_px / 7)),
        pad_px=max(2, round(text_px * 0.36)),
        margin_px=max(1, round(text_px * 0.6)),
        radius_px=round(text_px * 0.25),
    )
