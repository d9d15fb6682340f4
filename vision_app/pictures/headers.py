"""What the head of a picture's file says, before anything is decoded: its size, and whether it moves.

A small file can claim a billion pixels; a decoder would believe it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from vision_app.messages import Message
from vision_app.pictures import boxes


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What is known of a picture before it is decoded.

    Attributes:
        kind: name of the format.
        suffix: the usual suffix.
        size_wh: width and height as stored, pixels; of parts that may differ in size, the largest.
        animated: it has more than one frame.
        may_have_alpha: it can be transparent, or is of a kind that OpenCV does not read right.
        scans: passes over the picture that its data asks for.
    """

    kind: str
    suffix: str
    size_wh: tuple[int, int]
    animated: bool = False
    may_have_alpha: bool = False
    scans: int = 1


def read_header(data: bytes) -> PictureHeader | None:
    """Read the head of a picture; None when it is of no known kind, or too damaged to tell its size."""
    for magic, at, reader in _KINDS:
        if data[at : at + len(magic)] == magic:
            try:
                return reader(data)
            except (struct.error, IndexError, ValueError, OverflowError):
                return None
    return None


def _png(data: bytes) -> PictureHeader:
    # Source: W3C PNG specification, 11.2.1 (IHDR), 11.3.1 (tRNS), 11.3.6 (acTL)
    if data[12:16] != b"IHDR":
        raise ValueError(Message("pixels before a size"))
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    chunks = _png_chunks(data)
    alpha = colour in (4, 6) or b"tRNS" in chunks
    control = data.find(b"acTL") if b"acTL" in chunks else -1
    moves = control >= 0 and struct.unpack_from(">I", data, control + 4)[0] > 1
    return PictureHeader("PNG", ".png", (width, height), moves, alpha)


def _png_chunks(data: bytes) -> set[bytes]:
    """Types of the chunks before the pixels."""
    found: set[bytes] = set()
    at = 8
    for _ in range(MOST_PARTS):
        if at + 8 > len(data) or b"IDAT" in found:
            break
        (length,) = struct.unpack_from(">I", data, at)
        found.add(data[at + 4 : at + 8])
        at += 12 + length
    return found


def _jpeg(data: bytes) -> PictureHeader:
    # Source: ITU-T T.81, annex B: markers, their lengths, and SOF0-15 without DHT, JPG and DAC
    at = 2
    for _ in range(MOST_PARTS):
        at = data.index(b"\xff", at)
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 3)
            return PictureHeader("JPEG", ".jpg", (width, height), scans=_jpeg_scans(data, at))
        if marker in (0xD9, 0xDA):
            raise ValueError(Message("pixels before a size"))
        if not (0xD0 <= marker <= 0xD8 or marker in (0x00, 0x01)):
            at += struct.unpack_from(">H", data, at)[0]
    raise ValueError(Message("more parts than a picture has"))


def _jpeg_scans(data: bytes, at: int) -> int:
    """How many scans there are from a place on; exact only where there may be many."""
    roughly = data.count(b"\xff\xda", at)
    if roughly <= _FEW_SCANS:
        return roughly
    # what follows the end of the picture (a film, a second picture) is none of its scans
    scans = 0
    at += struct.unpack_from(">H", data, at)[0]
    while (found := _JPEG_MARKER.search(data, at)) is not None:
        marker = data[found.start() + 1]
        if marker == 0xD9:
            break
        scans += marker == 0xDA
        at = found.end()
        if marker != 0x01 and at + 2 <= len(data):
            at += struct.unpack_from(">H", data, at)[0]
    return scans


def past_blocks(data: bytes, at: int) -> int:
    """Where the data blocks of a GIF end that begin at a place.

    Raises:
        ValueError: there are more of them than a picture has.
    """
    for _ in range(MOST_PARTS):
        if at >= len(data) or not data[at]:
            return at + 1
        at += 1 + data[at]
    raise ValueError(Message("more parts than a picture has"))


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
        at = past_blocks(data, at)
    return PictureHeader("GIF", ".gif", (width, height), frames > 1, may_have_alpha=True)


def _bmp(data: bytes) -> PictureHeader:
    # Source: Microsoft, BITMAPCOREHEADER, BITMAPINFOHEADER and BITMAPV4HEADER (bV4AlphaMask)
    (length,) = struct.unpack_from("<I", data, 14)
    if length == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
    return PictureHeader("BMP", ".bmp", (abs(width), abs(height)), may_have_alpha=bits == 32)


def _webp(data: bytes) -> PictureHeader:
    # Source: WebP container specification, RFC 9649, sections 2.5-2.7
    if data[8:12] != b"WEBP":
        raise ValueError(Message("RIFF, but no WebP"))
    chunk = data[12:16]
    if chunk == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return PictureHeader("WebP", ".webp", (width, height), bool(data[20] & 0x02), bool(data[20] & 0x10))
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


_TIFF_TAGS = frozenset({256, 257, 262, 277, 284, 322, 323, 338, 339})
"""Width, length, photometric interpretation, samples, planes, tiles, extra samples, sample format."""


def _tiff(data: bytes) -> PictureHeader:
    # Source: TIFF 6.0, section 2 (IFD), tags 256/257 ImageWidth/Length, 322/323 TileWidth/Length; BigTIFF design
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    first, length = (at + 8, 20) if big else (at + 2, 12)
    sizes = {}
    for i in range(min(count, _MOST_TAGS)):
        entry = first + length * i
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in _TIFF_TAGS:
            value = {3: "H", 16: "Q"}.get(kind, "I")
            sizes[tag] = struct.unpack_from(order + value, data, entry + (12 if big else 8))[0]
    whole = sizes.get(256, 0), sizes.get(257, 0)
    if 0 in whole:
        raise ValueError(Message("no size"))
    (next_at,) = struct.unpack_from(order + ("Q" if big else "I"), data, first + length * count)
    tile = sizes.get(322, 0), sizes.get(323, 0)
    # a tile larger than the picture by more than its rounding is decoded in full all the same
    largest = max(whole, tile, key=lambda wh: wh[0] * wh[1]) if min(tile) > 4096 else whole
    # bilevel, grey, RGB, palette or YCbCr, with no more samples than those, interleaved whole numbers
    plain = (
        sizes.get(262, 1) in (0, 1, 2, 3, 6)
        and sizes.get(277, 1) in (1, 3)
        and 338 not in sizes
        and sizes.get(284, 1) == 1
        and sizes.get(339, 1) == 1
    )
    return PictureHeader("TIFF", ".tif", largest, bool(next_at), may_have_alpha=not plain)


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
    # Source: ITU-T T.800, annex A.5.1 (SIZ) and I.5.3.1 (image header box, height before width)
    at = data.index(b"\xff\x4f\xff\x51") + 4
    _, _, right, bottom, left, top, tile_w, tile_h = struct.unpack_from(">HHIIIIII", data, at)
    (channels,) = struct.unpack_from(">H", data, at + 36)
    size_wh = right - left, bottom - top
    if min(*size_wh, tile_w, tile_h, channels) < 1:
        raise ValueError(Message("an empty picture"))
    tiles = -(-right // tile_w) * -(-bottom // tile_h)
    if channels > _MOST_CHANNELS or tiles * channels > _MOST_TILES:
        raise ValueError(
            Message("more tiles or channels than a photo has")
        )  # each costs a kilobyte before any pixel
    if data[4:8] == b"jP  ":
        box = data.index(b"ihdr", 0, 4096) + 4
        height, width = struct.unpack_from(">II", data, box)
        size_wh = max(size_wh, (width, height), key=lambda wh: wh[0] * wh[1])
    return PictureHeader("JPEG 2000", ".jp2", size_wh, may_have_alpha=True)


def _boxes(data: bytes) -> PictureHeader:
    brands, sizes = boxes.brands(data), boxes.picture_sizes(data)
    if boxes.AVIF & brands:
        kind, suffix = "AVIF", ".avif"
    elif boxes.HEIF & brands:
        kind, suffix = "HEIC", ".heic"
    else:
        raise ValueError(Message("a film, or something else in boxes"))
    largest = max(sizes, key=lambda wh: wh[0] * wh[1])
    return PictureHeader(kind, suffix, largest, bool(boxes.SEQUENCE & brands), may_have_alpha=True)


MOST_PARTS = 2_000_000
"""Chunks, markers or blocks that are walked over: a file of the largest size has fewer than a million of them."""
_MOST_TAGS = 65_535
_FEW_SCANS = 16
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MOST_CHANNELS = 4
_MOST_TILES = 20_000

_KINDS: tuple[tuple[bytes, int, Callable[[bytes], PictureHeader]], ...] = (
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"GIF8", 0, _gif),
    (b"BM", 0, _bmp),
    (b"RIFF", 0, _webp),
    (b"II*\0", 0, _tiff),
    (b"MM\0*", 0, _tiff),
    (b"II+\0", 0, _tiff),
    (b"MM\0+", 0, _tiff),
    (b"jP  \r\n\x87\n", 4, _jpeg2000),
    (b"\xff\x4f\xff\x51", 0, _jpeg2000),
    (b"ftyp", 4, _boxes),
    *((b"P%d" % n, 0, _netpbm) for n in range(1, 7)),
)
