"""Slightly changed versions of a sample, so that a head learns what does not matter.

They are made before the embedding and are the same each time for the same sample, view and seed: an embedding
that was kept stays right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vision_app.results.values import ImageU8

RECIPE = "flip-crop-light-blur-1"
"""Name of what is done here; changed together with it, so that kept embeddings of another recipe are not used."""

_SMALLEST_AREA = 0.6
_ASPECT = 1.25
_CONTRAST = 0.2
_BRIGHTNESS = 0.15
_BLUR_SHARE = 0.3
_BLUR_SIGMA = (0.3, 1.2)
_BLUR_REFERENCE_PX = 224
_GREY = 255.0


@dataclass(frozen=True, slots=True)
class View:
    """Which version of a sample.

    Attributes:
        number: 0 for the sample as it is; from 1 on, versions that differ.
        seed: draws other versions.
        flip: whether it may be mirrored.
    """

    number: int = 0
    seed: int = 0
    flip: bool = True

    def __post_init__(self) -> None:
        if self.number < 0 or self.seed < 0:
            raise ValueError(f"number and seed are from 0, got {self.number} and {self.seed}")

    @property
    def key(self) -> str:
        """What tells it from other views of the same sample."""
        if self.number == 0:
            return "plain"
        return f"{RECIPE}/{self.number}/{self.seed}/{'flip' if self.flip else 'noflip'}"


PLAIN = View()


def views_of(count: int, seed: int = 0, *, flip: bool = True) -> tuple[View, ...]:
    """The views of a sample: the first one is the sample as it is.

    >>> [view.number for view in views_of(3)]
    [0, 1, 2]
    """
    if count < 1:
        raise ValueError(f"there is at least one view, got {count}")
    return (PLAIN, *(View(number, seed, flip) for number in range(1, count)))


def changed(image: ImageU8, view: View, sample_sha256: str) -> ImageU8:
    """One view of a sample.

    A part of at least 60 % of the area with nearly the same aspect, perhaps mirrored, contrast within 20 % and
    brightness within 15 %, three in ten slightly blurred.

    Args:
        image: (H, W, 3) uint8 BGR; not written to.
        view: which one.
        sample_sha256: hexadecimal hash of the sample: different samples are changed differently.

    Returns:
        (h, w, 3) uint8 BGR; the image itself for the plain view.
    """
    if view.number == 0:
        return image
    random = np.random.default_rng([int(sample_sha256[:15], 16), view.number, view.seed])
    # all numbers are drawn whatever is done with them, so that one choice does not shift the others
    mirrored = bool(random.random() < 0.5) and view.flip
    image = _part(image, random)
    if mirrored:
        image = image[:, ::-1]
    image = _lit(image, random)
    sigma, blurred = random.uniform(*_BLUR_SIGMA), random.random() < _BLUR_SHARE
    if blurred:
        sigma *= max(1.0, max(image.shape[:2]) / _BLUR_REFERENCE_PX)
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    return np.ascontiguousarray(image)


def _part(image: ImageU8, random: np.random.Generator) -> ImageU8:
    """Source: the random resized crop of torchvision, within a narrower range."""
    height, width = image.shape[:2]
    area = random.uniform(_SMALLEST_AREA, 1.0)
    aspect = math.exp(random.uniform(-math.log(_ASPECT), math.log(_ASPECT)))
    w = min(width, max(1, round(width * math.sqrt(area * aspect))))
    h = min(height, max(1, round(height * math.sqrt(area / aspect))))
    left, top = (int(random.random() * (free + 1)) for free in (width - w, height - h))
    return image[top : top + h, left : left + w]


def _lit(image: ImageU8, random: np.random.Generator) -> ImageU8:
    gain = random.uniform(1 - _CONTRAST, 1 + _CONTRAST)
    shift = random.uniform(-_BRIGHTNESS, _BRIGHTNESS) * _GREY
    mean = float(image.mean())
    levels = (np.arange(256, dtype=np.float64) - mean) * gain + mean + shift
    table = np.clip(np.rint(levels), 0, _GREY).astype(np.uint8)
    lit: ImageU8 = np.asarray(cv2.LUT(np.ascontiguousarray(image), table), np.uint8)
    return lit
