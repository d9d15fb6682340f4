"""Strangers' pictures as pixels: upright, 8-bit BGR, first frame, within limits, or refused in one line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.errors import SampleError
from vision_app.results.values import ImageU8
from vision_app.samples.headers import PictureHeader, read_header
from vision_app.sources.images import UnreadableError, decode_image
from vision_app.sources.quiet import quiet_opencv

MAX_PIXELS = 100_000_000
"""More than any camera of today takes; decoded it is 300 MB."""
MIN_SIDE_PX = 8
MAX_FILE_BYTES = 200_000_000
JPEG_QUALITY = 95
_WHITE = 255


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
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SampleError(f"picture {path} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise SampleError(f"picture {path} is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    return data


def decode_picture(data: bytes, name: str) -> Picture:
    """Decode one picture of unknown origin.

    Args:
        data: the whole file.
        name: what to call it in messages.

    Raises:
        SampleError: it is damaged, too small, too large or no picture.
    """
    quiet_opencv()
    header = _checked_header(data, name)
    raw = np.frombuffer(data, np.uint8)
    try:
        image = decode_image(raw)
    except UnreadableError as reason:
        raise SampleError(f"picture {name} cannot be read: {reason}") from None
    if header.may_have_alpha:
        image = _over_white(image, raw)
    notes = (f"{name} is animated: only its first frame is taken",) if header.animated else ()
    return Picture(image, header.suffix, notes)


def encode_jpeg(image: ImageU8, quality: int = JPEG_QUALITY) -> bytes:
    """A picture as the bytes of a JPEG file."""
    good, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError(f"cannot be encoded: {image.shape} {image.dtype}")
    return data.tobytes()


def check_size(size_wh: tuple[int, int], name: str) -> None:
    """Refuse what is too small to show anything, or too large to be decoded.

    Raises:
        SampleError: it is.
    """
    width, height = size_wh
    if min(size_wh) < MIN_SIDE_PX:
        raise SampleError(
            f"picture {name} has {width} x {height} pixels; a sample needs at least {MIN_SIDE_PX} x {MIN_SIDE_PX}"
        )
    if width * height > MAX_PIXELS:
        raise SampleError(
            f"picture {name} has {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are read: "
            "make it smaller"
        )


def _checked_header(data: bytes, name: str) -> PictureHeader:
    if not data:
        raise SampleError(f"picture {name} cannot be read: it is empty")
    header = read_header(data)
    if header is None:
        raise SampleError(
            f"picture {name} cannot be read: it is damaged, or no picture of a known kind "
            "(JPEG, PNG, WebP, GIF, BMP, TIFF)"
        )
    check_size(header.size_wh, name)
    return header


def _over_white(image: ImageU8, raw: NDArray[np.uint8]) -> ImageU8:
    """Lay a transparent picture over white: what lies under full transparency is not meant to be seen."""
    full = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED)
    if full is None or full.ndim != 3 or full.shape[2] != 4 or full.shape[:2] != image.shape[:2]:
        return image
    alpha = full[..., 3:].astype(np.float32) / (255 if full.dtype == np.uint8 else 65535)
    if alpha.min() == 1.0:
        return image
    mixed = image * alpha + _WHITE * (1.0 - alpha)
    result: ImageU8 = np.rint(mixed).astype(np.uint8)
    result.flags.writeable = False
    return result
