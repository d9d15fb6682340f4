"""What the head of a picture's file says, before anything is decoded: its size, and whether it moves.

A small file can claim a billion pixels; a decoder would believe it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What is known of a picture before it is decoded.

    Attributes:
        kind: name of the format.
        suffix: the usual suffix.
        size_wh: width and height as stored, pixels.
        animated: it has more than one frame.
        may_have_alpha: it can be transparent.
    """

    kind: str
    suffix: str
    size_wh: tuple[int, int]
    animated: bool = False
    may_have_alpha: bool = False


def read_header(data: bytes) -> PictureHeader | None:
    """Read the head of a picture; None when it is of no known kind, or too damaged to tell its size."""
    for magic, at, reader in _KINDS:
        if data[at : at + len(magic)] == magic:
            try:
                return reader(data)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def _png(data: bytes) -> PictureHeader:
    # Source: W3C PNG specification, 11.2.1 (IHDR), 11.3.1 (tRNS), 11.3.6 (acTL)
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    chunks = _png_chunks(data)
    alpha = colour in (4, 6) or b"tRNS" in chunks
    return PictureHeader("PNG", ".png", (width, height), b"acTL" in chunks, alpha and b"eXIf" not in chunks)


def _png_chunks(data: bytes) -> set[bytes]:
    """Types of the chunks before the pixels."""
    found: set[bytes] = set()
    at = 8
    while at + 8 <= len(data) and b"IDAT" not in found:
        (length,) = struct.unpack_from(">I", data, at)
        found.add(data[at + 4 : at + 8])
        at += 12 + length
    return found


def _jpeg(data: bytes) -> PictureHeader:
    # Source: ITU-T T.81, annex B: markers, their lengths, and SOF0-15 without DHT, JPG and DAC
    at = 2
    while True:
        if data[at] != 0xFF:
            at += 1
            continue
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 3)
            return PictureHeader("JPEG", ".jpg", (width, height))
        if marker in (0xD9, 0xDA):
            raise ValueError("pixels before a size")
        if not (0xD0 <= marker <= 0xD8 or marker in (0x00, 0x01)):
            at += struct.unpack_from(">H", data, at)[0]


def _gif(data: bytes) -> PictureHeader:
    # Source: GIF89a specification, sections 18 (screen), 20 (image descriptor), 24-26 (extensions)
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames = 0
    while at < len(data) and frames < 2 and data[at] != 0x3B:
        if data[at] == 0x2C:
            frames += 1
            own = data[at + 9]
            at += 11 + (3 << (own & 7) + 1 if own & 0x80 else 0)
        else:
            at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return PictureHeader("GIF", ".gif", (width, height), frames > 1, may_have_alpha=True)


def _bmp(data: bytes) -> PictureHeader:
    if struct.unpack_from("<I", data, 14)[0] == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return PictureHeader("BMP", ".bmp", (abs(width), abs(height)))


def _webp(data: bytes) -> PictureHeader:
    # Source: WebP container specification, RFC 9649, sections 2.5-2.7
    if data[8:12] != b"WEBP":
        raise ValueError("RIFF, but no WebP")
    chunk = data[12:16]
    if chunk == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        has_exif = bool(data[20] & 0x08)
        return PictureHeader(
            "WebP", ".webp", (width, height), bool(data[20] & 0x02), bool(data[20] & 0x10) and not has_exif
        )
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return PictureHeader(
            "WebP",
            ".webp",
            ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1),
            may_have_alpha=bool(bits >> 28 & 1),
        )
    width, height = struct.unpack_from("<HH", data, 26)
    return PictureHeader("WebP", ".webp", (width & 0x3FFF, height & 0x3FFF))


def _tiff(data: bytes) -> PictureHeader:
    # Source: TIFF 6.0, section 2 (IFD) and tags 256 ImageWidth, 257 ImageLength
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    sizes = {}
    for i in range(count):
        entry = at + 2 + 12 * i
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (256, 257):
            sizes[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)[0]
    if len(sizes) < 2:
        raise ValueError("no size")
    (next_at,) = struct.unpack_from(order + "I", data, at + 2 + 12 * count)
    return PictureHeader("TIFF", ".tif", (sizes[256], sizes[257]), bool(next_at))


def _netpbm(data: bytes) -> PictureHeader:
    # Source: the Netpbm formats' manual pages: magic, then numbers between white space and comments
    numbers: list[int] = []
    for line in data[2:4096].split(b"\n"):
        numbers += [int(word) for word in line.split(b"#")[0].split()]
        if len(numbers) >= 2:
            break
    suffix = {0x31: ".pbm", 0x34: ".pbm", 0x32: ".pgm", 0x35: ".pgm"}.get(data[1], ".ppm")
    return PictureHeader("Netpbm", suffix, (numbers[0], numbers[1]))


def _jpeg2000(data: bytes) -> PictureHeader:
    # Source: ITU-T T.800, annex I.5.3.1: image header box, height before width
    at = data.index(b"ihdr", 0, 4096) + 4
    height, width = struct.unpack_from(">II", data, at)
    return PictureHeader("JPEG 2000", ".jp2", (width, height))


_KINDS: tuple[tuple[bytes, int, Callable[[bytes], PictureHeader]], ...] = (
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"GIF8", 0, _gif),
    (b"BM", 0, _bmp),
    (b"RIFF", 0, _webp),
    (b"II*\0", 0, _tiff),
    (b"MM\0*", 0, _tiff),
    (b"jP  \r\n\x87\n", 4, _jpeg2000),
    *((b"P%d" % n, 0, _netpbm) for n in range(1, 7)),
)
