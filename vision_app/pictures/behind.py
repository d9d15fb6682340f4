"""What is put behind people and things that were cut out: blur, a colour, a picture, or nothing at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from vision_app.messages import Message
from vision_app.pictures.reading import UnreadableError, decode, read_file
from vision_app.results.values import FloatArray, ImageU8

FORM = Message(
    "blur, transparent, a colour (green, white, black, grey, blue or #RRGGBB), or the file of a picture"
)
"""What a background must be, in words."""

_COLOURS = {"green": "#00b140", "white": "#ffffff", "black": "#000000", "grey": "#808080", "blue": "#0047bb"}
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_SMALLER = 8
_BLUR_SHARE = 0.02
_SQUARE_PX = 12


@dataclass(frozen=True, slots=True)
class Behind:
    """A background.

    Attributes:
        kind: what it is.
        picture: (h, w, 3) uint8 BGR: the picture, or one pixel of a colour; None for the other kinds.
    """

    kind: Literal["blur", "transparent", "colour", "picture"]
    picture: ImageU8 | None = None

    def put(self, image: ImageU8, share: FloatArray) -> ImageU8:
        """A picture whose background is replaced.

        Args:
            image: (H, W, 3) uint8 BGR.
            share: (H, W) float32 in [0, 1]: how much of each pixel stays.

        Returns:
            (H, W, 3) uint8 BGR, a new array; what is transparent shows a pattern of squares.
        """
        other = self._filled(image, share)
        kept = cv2.merge([share, share, share])
        mixed = other + (image.astype(np.float32) - other) * kept
        return np.rint(mixed).astype(np.uint8)

    def _filled(self, image: ImageU8, share: FloatArray) -> FloatArray:
        height, width = image.shape[:2]
        if self.kind == "blur":
            return _blurred(image, share)
        if self.kind == "transparent":
            rows, columns = np.arange(height)[:, None] // _SQUARE_PX, np.arange(width) // _SQUARE_PX
            squares = np.where((rows + columns) % 2, 205, 245).astype(np.float32)
            return np.asarray(cv2.merge([squares, squares, squares]), np.float32)
        assert self.picture is not None
        return _covering(self.picture, (width, height)).astype(np.float32)


def _blurred(image: ImageU8, share: FloatArray) -> FloatArray:
    """The picture out of focus, without what is in front of it: that would glow round its own edge."""
    height, width = image.shape[:2]
    small_wh = (max(1, width // _SMALLER), max(1, height // _SMALLER))
    kept = np.asarray(cv2.resize(share, small_wh, interpolation=cv2.INTER_AREA), np.float32)
    weight = np.float32(1.001) - kept
    small = cv2.resize(image, small_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    sigma = max(1.0, _BLUR_SHARE * max(small_wh) * 1.5)
    mixed = cv2.GaussianBlur(small * weight[..., None], (0, 0), sigma)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    soft = np.asarray(mixed / total[..., None], np.float32)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _covering(picture: ImageU8, size_wh: tuple[int, int]) -> ImageU8:
    """A picture as large as it must be to cover a size, its middle."""
    width, height = size_wh
    factor = max(width / picture.shape[1], height / picture.shape[0])
    scaled_wh = (max(width, round(picture.shape[1] * factor)), max(height, round(picture.shape[0] * factor)))
    if scaled_wh != (picture.shape[1], picture.shape[0]):
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(picture, scaled_wh, interpolation=how), np.uint8)
    left, top = (scaled_wh[0] - width) // 2, (scaled_wh[1] - height) // 2
    return picture[top : top + height, left : left + width]


def parse_behind(text: str) -> Behind:
    """A background from how it is written.

    >>> parse_behind("#ff8000").picture.tolist()
    [[[0, 128, 255]]]

    Raises:
        ValueError: it is none; says what it must be.
    """
    word = text.strip()
    if word.lower() in ("blur", "transparent"):
        return Behind("blur" if word.lower() == "blur" else "transparent")
    colour = _COLOURS.get(word.lower(), word)
    if _HEX.fullmatch(colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return Behind("colour", np.array([[[blue, green, red]]], np.uint8))
    path = Path(word).expanduser()
    if not path.is_file():
        raise ValueError(Message("{form}; there is no file '{word}'", form=FORM, word=word) if word else FORM)
    try:
        return Behind("picture", decode(read_file(path)).image)
    except UnreadableError as error:
        raise ValueError(
            Message("{form}; {path} cannot be read: {error}", form=FORM, path=path, error=error)
        ) from error
