"""Text in OpenCV's built-in outline font, which has Korean, Chinese, Japanese and accented letters."""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache

import cv2

from vision_app.overlay.colours import Bgr
from vision_app.results.values import ImageU8

REGULAR = 500
BOLD = 650
_ELLIPSIS = "…"
_LONGEST = 80

# Of the built-in font, in parts of the font size: capitals reach up to 0.77, descenders down to 0.25.
CAP_HEIGHT = 0.77
_LINE_HEIGHT = 1.42
_BASELINE = _LINE_HEIGHT / 2 + CAP_HEIGHT / 2

_of_thread = threading.local()


def _font() -> cv2.FontFace:
    """The font of the calling thread: a FontFace that two threads share draws wrong letters."""
    font: cv2.FontFace | None = getattr(_of_thread, "font", None)
    if font is None:
        font = cv2.FontFace("sans")
        _of_thread.font = font
    return font


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    r"""One printable line: white space becomes a space, control and formatting characters go.

    >>> clean("red\n\x07car"), clean("  사람 ")
    ('red car', '사람')
    """
    text = " ".join(text[: 10 * _LONGEST].split())
    kept = [c if unicodedata.category(c) not in ("Cs", "Co", "Cn") else "?" for c in text]
    text = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf")).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + _ELLIPSIS


@lru_cache(maxsize=8192)
def width_of(text: str, size_px: int, weight: int = REGULAR) -> int:
    """Width of a line of text in pixels."""
    return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px, weight)[2])


@lru_cache(maxsize=4096)
def fitted(text: str, width_px: int, size_px: int, weight: int = REGULAR) -> str:
    """The text, shortened with an ellipsis to a width; empty where not even one letter fits.

    >>> fitted("a very long label", 60, 12).endswith("…")
    True
    """
    if width_of(text, size_px, weight) <= width_px:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle].rstrip() + _ELLIPSIS, size_px, weight) <= width_px:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + _ELLIPSIS if low > 0 else ""


def line_height(size_px: int) -> int:
    """Height of a line in pixels: room for an accent above capitals and for descenders."""
    return round(size_px * _LINE_HEIGHT)


def draw_line(
    image: ImageU8, text: str, left_px: int, top_px: int, *, size_px: int, colour: Bgr, weight: int = REGULAR
) -> None:
    """Draw one line whose line box starts at (left, top), capitals centred in its height."""
    baseline_px = top_px + round(size_px * _BASELINE)
    cv2.putText(image, text, (left_px, baseline_px), colour, _font(), size_px, weight)
