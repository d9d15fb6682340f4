"""The part of a frame that a classifier looks at, and how that part is fitted into its input."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

from vision_app.messages import Message

Part = tuple[float, float, float, float] | Literal["centre"]
"""Left, top, right, bottom as shares of the frame's width and height in [0, 1]; or the largest square in the middle."""

CENTRE: Literal["centre"] = "centre"
WHOLE: Part = (0.0, 0.0, 1.0, 1.0)
PART_FORM = Message("LEFT,TOP,RIGHT,BOTTOM as shares from 0 to 1, such as 0.25,0,0.75,1, or centre, or whole")

Fit = Literal["crop", "squash", "letterbox"]
"""`crop` cuts the longer side off, `squash` ignores the aspect, `letterbox` keeps all of it between borders."""
FITS: tuple[Fit, ...] = get_args(Fit)

_LEAST_SHARE = 1e-4


def checked_part(value: Any) -> Part:
    """A part from plain values.

    Raises:
        ValueError: what it must be instead.
    """
    if value == CENTRE:
        return CENTRE
    good = (
        isinstance(value, list | tuple)
        and len(value) == 4
        and all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in value)
    )
    if not good:
        raise ValueError(PART_FORM)
    left, top, right, bottom = (float(v) for v in value)
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(PART_FORM)
    if min(right - left, bottom - top) < _LEAST_SHARE:
        raise ValueError(PART_FORM)
    return left, top, right, bottom


def parse_part(text: str) -> Part:
    """A part as the command line writes it.

    Raises:
        ValueError: what it must be instead.

    >>> parse_part("0.25, 0, 0.75, 1")
    (0.25, 0.0, 0.75, 1.0)
    """
    word = text.strip().removeprefix("region:").lower()
    if word in ("centre", "center"):
        return CENTRE
    if word == "whole":
        return WHOLE
    try:
        return checked_part([float(v) for v in word.replace(",", " ").split()])
    except ValueError:
        raise ValueError(PART_FORM) from None


def part_words(part: Part | None) -> str:
    """A part as a person reads it, and as `parse_part` reads it back; "" for none.

    >>> part_words((0.25, 0.0, 0.75, 1.0))
    '0.25,0,0.75,1'
    """
    if part is None:
        return ""
    return part if isinstance(part, str) else ",".join(f"{share:g}" for share in part)


def part_xyxy(part: Part, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part in whole pixels of a frame, at least one of them.

    >>> part_xyxy("centre", (640, 480)), part_xyxy((0.5, 0.0, 1.0, 0.5), (640, 480))
    ((80, 0, 560, 480), (320, 0, 640, 240))
    """
    width, height = size_wh
    if part == CENTRE:
        side = min(size_wh)
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side
    shares = part
    left, top = min(round(shares[0] * width), width - 1), min(round(shares[1] * height), height - 1)
    return left, top, max(left + 1, round(shares[2] * width)), max(top + 1, round(shares[3] * height))


def seen_share(
    fit: str, crop_pct: float, part_wh: tuple[float, float], input_wh: tuple[int, int]
) -> tuple[float, float]:
    """The shares of a part's width and height, around its middle, that reach the input of a classifier.

    Args:
        fit: how it is fitted: `crop` cuts, the others keep all.
        crop_pct: share of the scaled picture that `crop` keeps.
        part_wh: width and height of the part, in any unit.
        input_wh: those of the input.

    >>> [round(s, 3) for s in seen_share("crop", 0.875, (1280, 720), (224, 224))]
    [0.492, 0.875]
    """
    if fit != "crop":
        return 1.0, 1.0
    (width, height), (wide, high) = part_wh, input_wh
    scale = max(wide / width, high / height) / crop_pct
    return min(1.0, wide / (scale * width)), min(1.0, high / (scale * height))
