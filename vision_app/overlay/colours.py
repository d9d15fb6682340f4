"""Colours of classes and tracks, and which text can be read on them. Colours are BGR, 0 to 255."""

from __future__ import annotations

import math
from functools import lru_cache

Bgr = tuple[int, int, int]

BLACK: Bgr = (0, 0, 0)
WHITE: Bgr = (255, 255, 255)

# Consecutive multiples of the golden angle spread evenly around the circle, however many there are.
_GOLDEN_ANGLE_DEG = 137.50776
_FIRST_HUE_DEG = 150.0
_LIGHTNESS = (0.78, 0.70, 0.86)
_CHROMA = 0.17


@lru_cache(maxsize=4096)
def index_colour(index: int) -> Bgr:
    """The colour of a class id or track id: the same in every run, neighbours far apart in hue.

    All colours are about equally bright to the eye, so no class shouts.

    >>> index_colour(3) == index_colour(3)
    True
    """
    hue_deg = (_FIRST_HUE_DEG + index * _GOLDEN_ANGLE_DEG) % 360.0
    lightness = _LIGHTNESS[index % len(_LIGHTNESS)]
    chroma = _CHROMA
    while (bgr := _oklch_to_bgr(lightness, chroma, hue_deg)) is None:
        chroma *= 0.95  # outside what a screen can show: less colourful, same hue and lightness
    return bgr


def _oklch_to_bgr(lightness: float, chroma: float, hue_deg: float) -> Bgr | None:
    """OKLCH to 8-bit sRGB; None outside the sRGB gamut.

    Source: B. Ottosson, "A perceptual color space for image processing", 2020.
    """
    a = chroma * math.cos(math.radians(hue_deg))
    b = chroma * math.sin(math.radians(hue_deg))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear_rgb = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    if not all(-1e-4 <= v <= 1.0001 for v in linear_rgb):
        return None
    red, green, blue = (_gamma_encoded(min(max(v, 0.0), 1.0)) for v in linear_rgb)
    return blue, green, red


def _gamma_encoded(linear: float) -> int:
    """Linear light in [0, 1] to an sRGB code value. Source: IEC 61966-2-1."""
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * encoded)


def luminance(colour: Bgr) -> float:
    """Relative luminance in [0, 1]. Source: WCAG 2.2, "relative luminance".

    >>> luminance((255, 255, 255)), luminance((0, 0, 0))
    (1.0, 0.0)
    """
    blue, green, red = (_linear_light(v / 255) for v in colour)
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue, 9)


def _linear_light(encoded: float) -> float:
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4


def contrast(one: Bgr, other: Bgr) -> float:
    """Contrast ratio from 1 to 21. Source: WCAG 2.2, "contrast ratio".

    >>> contrast((0, 0, 0), (255, 255, 255))
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)
def text_colour(background: Bgr) -> Bgr:
    """Black or white, whichever reads better: at least 4.5:1 on every background.

    >>> text_colour((255, 255, 255)), text_colour((120, 0, 0))
    ((0, 0, 0), (255, 255, 255))
    """
    return max(BLACK, WHITE, key=lambda colour: contrast(colour, background))
