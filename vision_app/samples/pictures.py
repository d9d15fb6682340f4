"""Strangers' pictures as pixels: upright, 8-bit BGR, first frame, within limits, or refused in one line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2

from vision_app.errors import SampleError
from vision_app.pictures.reading import UnreadableError, checked_header, decode, read_file
from vision_app.results.values import ImageU8
from vision_app.sources.quiet import quiet_opencv

MIN_SIDE_PX = 8
JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: (H, W, 3) uint8 BGR, upright, read-only.
        suffix: the suffix that its format usually has.
        notes: what the user should know, such as that only the first frame was taken.
    """

    image: ImageU8
    suffix: str
    notes: tuple[str, ...] = ()


def read_picture(path: Path) -> ImageU8:
    """Read one picture of a sample.

    Returns:
        (H, W, 3) uint8 BGR, upright, read-only; 16 bits scaled to 8, transparency over white.

    Raises:
        SampleError: it is gone, damaged, too small, too large or no picture; the message names the file.
    """
    return decode_picture(read_bytes(path), str(path)).image


def read_bytes(path: Path) -> bytes:
    """The whole file.

    Raises:
        SampleError: it cannot be read, or is larger than any picture.
    """
    try:
        return read_file(path)
    except UnreadableError as reason:
        raise SampleError("picture {path} cannot be read: {reason}", path=path, reason=reason) from None


def decode_picture(data: bytes, name: str) -> Picture:
    """Decode one picture of unknown origin.

    Args:
        data: the whole file.
        name: what to call it in messages.

    Raises:
        SampleError: it is damaged, too small, too large or no picture.
    """
    quiet_opencv()
    try:
        check_size(checked_header(data).size_wh, name)
        picture = decode(data)
    except UnreadableError as reason:
        raise SampleError("picture {name} cannot be read: {reason}", name=name, reason=reason) from None
    notes = (f"{name} {picture.only_first}",) if picture.only_first else ()
    return Picture(picture.image, picture.header.suffix, notes)


def encode_jpeg(image: ImageU8, quality: int = JPEG_QUALITY) -> bytes:
    """A picture as the bytes of a JPEG file."""
    good, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError(f"cannot be encoded: {image.shape} {image.dtype}")
    return data.tobytes()


def check_size(size_wh: tuple[int, int], name: str) -> None:
    """Refuse what is too small to show anything.

    Raises:
        SampleError: it is.
    """
    width, height = size_wh
    if min(size_wh) < MIN_SIDE_PX:
        raise SampleError(
            "picture {name} has {width} x {height} pixels; a sample needs at least {min_side_px} x "
            "{min_side_px}",
            name=name,
            width=width,
            height=height,
            min_side_px=MIN_SIDE_PX,
        )
