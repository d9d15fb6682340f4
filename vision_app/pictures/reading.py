"""The one reader of still pictures: whatever the format, upright 8-bit BGR over white, or one line that says why not.

OpenCV reads what it reads right: JPEG, and opaque PNG, WebP, BMP, TIFF and Netpbm. Pillow reads the rest, because
OpenCV drops transparency, leaves AVIF unturned and takes some kinds of TIFF for others; see docs/decisions/0020.
HEIC needs the extra `heif`.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from vision_app import limits
from vision_app.messages import Message, reason_of
from vision_app.pictures.headers import PictureHeader, read_header
from vision_app.results.values import ImageU8

if TYPE_CHECKING:
    from PIL.Image import Image

_WHITE = 255
_BY_OPENCV = frozenset({"JPEG", "PNG", "WebP", "BMP", "TIFF", "Netpbm"})
_KINDS = Message("JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, JPEG 2000, Netpbm")
_EXIF_ORIENTATION = 0x0112


class UnreadableError(Exception):
    """Why one picture could not be read, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: (H, W, 3) uint8 BGR, upright, read-only; 16 bits scaled to 8, transparency laid over white.
        header: what its head says.
    """

    image: ImageU8
    header: PictureHeader

    @property
    def only_first(self) -> str:
        """The end of a sentence for a file of more than one picture; "" for one."""
        if not self.header.animated:
            return ""
        if self.header.kind == "TIFF":
            return Message("has several pages: only the first is taken")
        return Message("is animated: only its first frame is taken")


def read_file(path: Path) -> bytes:
    """The whole file of a picture.

    Raises:
        UnreadableError: it cannot be read, or is larger than a picture may be.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limits.current().picture_bytes + 1)
            size = path.stat().st_size if len(data) > limits.current().picture_bytes else len(data)
    except (OSError, ValueError) as error:
        said = reason_of(error) if isinstance(error, OSError) and error.strerror else ""
        raise UnreadableError(said or Message("it cannot be opened")) from None
    check_file_size(max(size, len(data)))
    return data


def check_file_size(size: int) -> None:
    """Refuse a file that is larger than a picture may be.

    Raises:
        UnreadableError: it is.
    """
    if over := limits.excess("picture-bytes", size):
        raise UnreadableError(
            Message("its file has {shown} bytes; {over}", shown=limits.shown(size), over=over)
        )


def decode(data: bytes) -> Picture:
    """Decode one picture of unknown origin; its limits are judged by its head, before any work.

    Args:
        data: the whole file.

    Raises:
        UnreadableError: it is no picture that can be read, or asks for more than the limits allow.
    """
    header = checked_header(data)
    if header.kind in _BY_OPENCV and not header.may_have_alpha:
        image = _by_opencv(data)
    else:
        with opened(data, header) as picture:
            image = upright_bgr(picture)
    image.flags.writeable = False
    return Picture(image, header)


def checked_header(data: bytes) -> PictureHeader:
    """What the head of a picture says.

    Raises:
        UnreadableError: it is no picture of a known kind, or asks for more than the limits allow.
    """
    if not data:
        raise UnreadableError(Message("it is empty"))
    check_file_size(len(data))
    header = read_header(data)
    if header is None:
        raise UnreadableError(
            Message(
                "it is no image of a known kind, or is truncated or damaged (known: {kinds})", kinds=_KINDS
            )
        )
    _check_pixels(header.size_wh)
    if over := limits.excess("jpeg-scans", header.scans):
        raise UnreadableError(
            Message("it goes over the picture in {scans} scans; {over}", scans=header.scans, over=over)
        )
    if header.kind == "PNG" and not _png_is_whole(memoryview(data)):
        raise UnreadableError(Message("it is truncated or damaged"))
    return header


def _check_pixels(size_wh: tuple[int, int]) -> None:
    if over := limits.excess_of_pixels("picture-pixels", size_wh):
        raise UnreadableError(Message("it has {over}", over=over))


def _by_opencv(data: bytes) -> ImageU8:
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        too_large = "CV_IO_MAX_IMAGE" in str(error)
        raise UnreadableError(
            Message("it has too many pixels") if too_large else Message("it cannot be decoded")
        ) from None
    if image is None:
        raise UnreadableError(Message("it is truncated or damaged"))
    return image  # type: ignore[return-value]


@contextmanager
def opened(data: bytes, header: PictureHeader) -> Iterator[Image]:
    """A picture as Pillow opens it; what Pillow raises while it is open becomes an `UnreadableError`."""
    try:
        with _heic(data) if header.kind == "HEIC" else _by_pillow(data) as picture:
            _check_pixels(picture.size)  # what Pillow makes of it counts as well
            yield picture
    except UnreadableError:
        raise
    except MemoryError:
        raise UnreadableError(Message("there is not enough memory for it")) from None
    except Exception:  # noqa: BLE001  # Pillow's parsers raise whatever they stumble over
        raise UnreadableError(Message("it is truncated or damaged")) from None


@lru_cache(maxsize=1)
def _pillow() -> ModuleType:
    import PIL.Image

    PIL.Image.MAX_IMAGE_PIXELS = None  # the limits of this program were judged before
    warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with a file is said by our errors
    module: ModuleType = PIL.Image
    return module


def _by_pillow(data: bytes) -> Image:
    kinds = ("AVIF", "BMP", "GIF", "JPEG2000", "PNG", "TIFF", "WEBP")
    picture: Image = _pillow().open(io.BytesIO(data), formats=kinds)
    return picture


def _heic(data: bytes) -> Image:
    try:
        import pillow_heif
    except ImportError:
        raise UnreadableError(
            Message(
                "HEIC pictures need a package that is not installed: pip install 'vision-app[heif]'; "
                "or save it as JPEG"
            )
        ) from None
    heif = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    picture: Image = heif.to_pillow()  # whole, and turned as the file says
    picture.info.pop("exif", None)
    return picture


def upright_bgr(picture: Image) -> ImageU8:
    """The present frame of a picture that Pillow has opened, as this program's pixels.

    Returns:
        (H, W, 3) uint8 BGR, upright, over white where it is transparent.

    Raises:
        UnreadableError: its values are not 8 or 16 bits.
    """
    picture.load()
    turned = _turned(_eight_bits(picture))
    if turned.has_transparency_data:
        turned = _over_white(turned)
    elif turned.mode != "RGB":
        turned = turned.convert("RGB")
    return np.ascontiguousarray(np.asarray(turned, np.uint8)[..., ::-1])


def _eight_bits(picture: Image) -> Image:
    if picture.mode.startswith("I;16"):
        import PIL.Image

        values = np.asarray(picture, np.uint16)
        return PIL.Image.fromarray(np.rint(values / np.float32(257)).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise UnreadableError(
            Message("its pixels are 32-bit numbers, not a photo's 8 or 16 bits; convert it first")
        )
    return picture


def _turned(picture: Image) -> Image:
    """Turned upright. Source: EXIF 2.3, tag 0x0112; Pillow's ImageOps.exif_transpose, which needs a sound EXIF."""
    from PIL.Image import Transpose

    try:
        orientation = picture.getexif().get(_EXIF_ORIENTATION, 1)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):
        return picture
    how = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    return picture if how is None else picture.transpose(how)


def _over_white(picture: Image) -> Image:
    """Lay a transparent picture over white: what lies under full transparency is not meant to be seen."""
    import PIL.Image

    full: Any = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    ground = PIL.Image.new("RGB", full.size, (_WHITE, _WHITE, _WHITE))
    ground.paste(full, mask=full.getchannel("A"))
    return ground


def _png_is_whole(data: memoryview) -> bool:
    """Check the chunks of a PNG, because libpng writes its complaints to stderr past every log setting.

    Source: W3C PNG specification, 5.3 (chunk layout).
    """
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            return False
        if bytes(data[at + 4 : at + 8]) == b"IEND":
            return True
        at = end
    return False
