"""The boxes of HEIC and AVIF files: which of the two it is, and how large its pictures are.

Source: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (HEIF: ispe, grid), the AV1 Image File Format specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from vision_app.messages import Message

AVIF = frozenset({b"avif", b"avis"})
HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"})
SEQUENCE = frozenset({b"avis"})
"""Films in one file; of HEIC ones (bursts, live photos) the main picture is taken."""
_CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}
"""Boxes that hold boxes, and how many bytes stand before those."""
_MOST_BOXES = 100_000


def brands(data: bytes) -> frozenset[bytes]:
    """The brands of the `ftyp` box that a file begins with."""
    (length,) = struct.unpack_from(">I", data, 0)
    body = data[8 : min(length, len(data), 4096)]
    return frozenset({body[:4], *(body[i : i + 4] for i in range(8, len(body), 4))})


def picture_sizes(data: bytes) -> list[tuple[int, int]]:
    """Width and height of each picture and tile that is declared, in pixels.

    Raises:
        ValueError: there is none, or there are more boxes than a picture has.
    """
    found = []
    for kind, start, end in _walk(data):
        if kind == b"ispe" and end - start >= 12:
            found.append(struct.unpack_from(">II", data, start + 4))
        elif kind == b"stsd" and end - start >= 8 + 36:  # the sample entry of a sequence
            found.append(struct.unpack_from(">HH", data, start + 8 + 32))
    found = [(width, height) for width, height in found if width and height]
    if not found:
        raise ValueError(Message("no size"))
    return found


def _walk(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each box with where its body begins and ends; those inside others come after them."""
    waiting, count = [(0, len(data))], 0
    while waiting:
        at, last = waiting.pop()
        while at + 8 <= last:
            count += 1
            if count > _MOST_BOXES:
                raise ValueError(Message("more boxes than a picture has"))
            length, kind = struct.unpack_from(">I4s", data, at)
            body = at + 8
            if length == 1:
                (length,) = struct.unpack_from(">Q", data, body)
                body += 8
            end = last if length == 0 else min(at + length, last)
            if end < body:
                raise ValueError(Message("a box that ends before it begins"))
            yield kind, body, end
            if kind in _CONTAINERS:
                waiting.append((body + _CONTAINERS[kind], end))
            at = end
