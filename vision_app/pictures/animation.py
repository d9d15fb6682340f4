"""Animated GIF, WebP, APNG and AVIF: their frames, whole and over white, and how long each is shown."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vision_app.pictures.headers import PictureHeader, past_blocks
from vision_app.pictures.reading import UnreadableError, checked_header, opened, upright_bgr
from vision_app.results.values import ImageU8

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_TOLD = 10_000
"""Frames that are decoded only to learn how long they are shown; those after them are taken to be like the last."""
_SHORTEST_MS, _USUAL_MS = 10.0, 100.0
"""Frames of 10 ms or less, which old encoders wrote for "as fast as possible", are shown for 100, as browsers do."""


class Animation:
    """An animated picture. `frames` gives what a viewer would see, one frame after the other.

    Args:
        data: the whole file.

    Raises:
        UnreadableError: it cannot be read, or asks for more than the limits allow.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._header = checked_header(data)
        with opened(data, self._header) as picture:
            listed = durations_ms(data, self._header)
            # Pillow goes through all of a GIF to count its frames
            counted = self._header.kind == "GIF" and listed
            count: int = len(listed) if counted and listed else getattr(picture, "n_frames", 1)
            # an APNG may have a picture for those who cannot play it, which is none of its frames
            self._first = int(bool(getattr(picture, "default_image", False)) and count > 1)
            self.count = count - self._first
            if listed is None or len(listed) != self.count:
                told = range(self._first, self._first + min(self.count, _MOST_TOLD))
                listed = [_told_ms(picture, number) for number in told]
                listed += [listed[-1]] * (self.count - len(listed))
        self._durations_s = [(d if d > _SHORTEST_MS else _USUAL_MS) / 1000 for d in listed]

    @property
    def duration_s(self) -> float:
        """How long it lasts, played once."""
        return sum(self._durations_s)

    @property
    def fps(self) -> float:
        """Frames a second, on average."""
        return self.count / self.duration_s

    def times_s(self) -> list[float]:
        """When each frame begins."""
        times, at_s = [], 0.0
        for duration_s in self._durations_s:
            times.append(at_s)
            at_s += duration_s
        return times

    def frames(self, first: int = 0) -> Iterator[ImageU8]:
        """The frames from one on, each (H, W, 3) uint8 BGR, read-only.

        Raises:
            UnreadableError: one cannot be read.
        """
        with opened(self._data, self._header) as picture:
            for number in range(self._first, self._first + self.count):
                picture.seek(number)
                if number - self._first < first:
                    picture.load()  # what is shown later may lie on top of it
                    continue
                image = upright_bgr(picture)
                image.flags.writeable = False
                yield image


def _told_ms(picture: Image, number: int) -> float:
    """What Pillow says of a frame once it has decoded it, milliseconds."""
    picture.seek(number)
    picture.load()
    return float(picture.info.get("duration", 0) or 0)


def is_animated(data: bytes) -> bool:
    """Whether a file is a picture of more than one frame that play one after the other; pages of a TIFF do not."""
    try:
        header = checked_header(data)
    except UnreadableError:
        return False
    return header.animated and header.kind != "TIFF"


def durations_ms(data: bytes, header: PictureHeader) -> list[float] | None:
    """How long the file says that each frame is shown, milliseconds; None where it is not looked for.

    Source: GIF89a, sections 20 and 23; RFC 9649, section 2.7.1.2 (ANMF); the APNG specification (fcTL).
    """
    reader = {"GIF": _gif, "WebP": _webp, "PNG": _apng}.get(header.kind)
    try:
        return None if reader is None else reader(data)
    except (struct.error, IndexError, ValueError):
        return None


def _gif(data: bytes) -> list[float]:
    flags = data[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    found: list[float] = []
    delay = 0.0
    while at < len(data) and data[at] != 0x3B:
        if data[at] == 0x2C:
            found.append(delay)
            delay = 0.0
            own = data[at + 9]
            at += 11 + (3 << (own & 7) + 1 if own & 0x80 else 0)
        else:
            if data[at] == 0x21 and data[at + 1] == 0xF9:
                delay = 10.0 * struct.unpack_from("<H", data, at + 4)[0]
            at += 2
        at = past_blocks(data, at)
    return found


def _webp(data: bytes) -> list[float]:
    found: list[float] = []
    at = 12
    while at + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        if data[at : at + 4] == b"ANMF":
            found.append(float(int.from_bytes(data[at + 20 : at + 23], "little")))
        at += 8 + length + (length & 1)
    return found


def _apng(data: bytes) -> list[float]:
    found: list[float] = []
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"fcTL":
            numerator, denominator = struct.unpack_from(">HH", data, at + 28)
            found.append(1000.0 * numerator / (denominator or 100))
        at += 12 + length
    return found
