"""What a video file says about itself beyond what OpenCV passes on."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MP4_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
_MATROSKA_MAGIC = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True, slots=True)
class Announced:
    """What the header of a file promises of its video track.

    Attributes:
        frames: exact number of frames; None where the container does not store it.
        duration_s: duration of the video track; None where it is unknown or may be another track's.
        constant_rate: whether all frames last equally long.
    """

    frames: int | None
    duration_s: float | None
    constant_rate: bool


def announced(path: Path) -> Announced:
    """Read the header with PyAV, whose import is too slow to be done for every file.

    Raises:
        OSError: the file cannot be opened as a video.
        ValueError: it cannot be understood, or has no video track.
    """
    import av

    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ValueError("no video track")
        stream = container.streams.video[0]
        duration_s: float | None = None
        if stream.duration is not None and stream.time_base is not None:
            duration_s = float(stream.duration * stream.time_base)
        elif container.duration is not None and len(container.streams) == 1:
            # A container lasts as long as its longest track, which may be the sound.
            duration_s = (container.duration - max(container.start_time or 0, 0)) / 1e6
        return Announced(stream.frames or None, duration_s, stream.average_rate == stream.base_rate)


def why_unreadable(path: Path) -> str:
    """Why no picture could be taken from an existing file, as the end of a sentence."""
    import av

    if path.stat().st_size == 0:
        return "it is empty"
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return "it holds no video track, or is incomplete"
            codec = container.streams.video[0].codec_context
            name = codec.name if codec is not None else "unknown"
            return f"its video track (codec {name}) cannot be decoded; convert it to H.264"
    except (OSError, ValueError):
        return "it is not a video, or is damaged or incomplete"


def has_exact_count(path: Path) -> bool:
    """Whether the frame count that OpenCV tells is the stored one and not an estimate.

    True for MP4 and MOV with a full index. Other containers store no count, or one that includes empty
    frames (AVI); the index of a fragmented MP4 covers only its start.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        for i, (kind, start, end) in enumerate(_boxes(file, 0, size)):
            if i == 0 and kind not in _MP4_FIRST_BOXES:
                return False
            if kind == b"moov":
                return all(child != b"mvex" for child, _, _ in _boxes(file, start, end))
    return False


def is_fragmented(path: Path) -> bool:
    """Whether an MP4 is in fragments: then its header promises nothing about what follows it."""
    with path.open("rb") as file:
        is_mp4 = file.read(8)[4:] in _MP4_FIRST_BOXES
    return is_mp4 and not has_exact_count(path)


def can_seek(path: Path) -> bool:
    """Whether the container has an index by which OpenCV seeks to a whole picture: MP4, MOV, MKV, WebM."""
    with path.open("rb") as file:
        head = file.read(8)
    return head[:4] == _MATROSKA_MAGIC or head[4:8] in _MP4_FIRST_BOXES


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box between two offsets. Source: ISO/IEC 14496-12, 4.2."""
    while start + 8 <= end:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            tail = file.read(8)
            if len(tail) < 8:
                return
            size, header = struct.unpack(">Q", tail)[0], 16
        size = size or end - start
        if size < header:
            return
        yield kind, start + header, min(start + size, end)
        start += size
