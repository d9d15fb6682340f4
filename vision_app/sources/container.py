"""Opening a container with FFmpeg, and what it says about its main video stream."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app import limits
from vision_app.errors import SourceError
from vision_app.messages import Message, reason_of

if TYPE_CHECKING:
    import av.container
    import av.video.stream

HIGHEST_FPS = 480.0
"""A nominal rate above it is a time base that the container passes off as a rate."""
DEFAULT_FPS = 25.0

_ROUNDED_PIXELS = 1 << 16
_ONE_THREAD_PX = 1920 * 1088
_INDEXED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi"})
"""Formats that say where each key frame is."""
_STATES_DURATION = _INDEXED | {"asf", "flv"}
"""Formats that say themselves how long they are; for others FFmpeg reckons it from what is there."""
_CUT_TOGETHER = frozenset({"mpegts", "mpeg", "hls"})
_PICTURE_CODECS = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})
_DEFAULT = 1
"""`AV_DISPOSITION_DEFAULT`."""
_MATROSKA_DURATION = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_VIDEO_LINE = re.compile(r"Stream #0:(\d+)[^\n]*?: Video: (\w+)(?: \(([^)/]*?)(?: / 0x[0-9A-Fa-f]+)?\))?")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a container says of its main video stream.

    Attributes:
        format: FFmpeg's name of the container.
        codec: FFmpeg's name of the codec.
        rate_hz: nominal frames a second; None where there is none.
        count_hz: frames a second by which frames without a time are counted.
        frames: exact number of frames; None where the container does not store it.
        duration_s: how long it says that the stream is; None where it promises nothing.
        whole_s: how long it says that all of its streams together are; None where it promises nothing.
        length_s: how long it is as far as can be told, perhaps reckoned; None where unknown.
        constant_rate: whether all frames last equally long.
        indexed: whether it can be gone to any place in it.
        cut_together: whether it may be made of pieces with clocks of their own.
        decoding_times: whether its times say when a picture is decoded, not when it is shown.
    """

    format: str
    codec: str
    rate_hz: float | None
    count_hz: float
    frames: int | None
    duration_s: float | None
    whole_s: float | None
    length_s: float | None
    constant_rate: bool
    indexed: bool
    cut_together: bool
    decoding_times: bool


def open_container(
    file: Any,
    *,
    options: Mapping[str, str] | None = None,
    format_name: str | None = None,
    timeouts_s: tuple[float, float] | None = None,
    io_open: Callable[..., Any] | None = None,
) -> av.container.InputContainer:
    """Open what FFmpeg can read.

    Args:
        file: a path, an address, or an object with `read`.
        options: FFmpeg's.
        format_name: FFmpeg's name of the format; None to find out.
        timeouts_s: for opening and for each read.
        io_open: opens what the container refers to.

    Raises:
        av.FFmpegError: it cannot be opened.
    """
    import av

    if isinstance(file, Path):
        # Without the protocol a colon in the name would end one.
        file = f"file:{file}"
    container: av.container.InputContainer = av.open(
        file,
        "r",
        format=format_name,
        options=dict(options or {}),
        timeout=timeouts_s,
        io_open=io_open,
        metadata_errors="replace",
    )
    return container


def main_video(container: av.container.InputContainer, source_id: str) -> av.video.stream.VideoStream:
    """The stream that a player would show: no cover picture, no thumbnails; the default one, then the largest.

    Raises:
        SourceError: there is none that can be decoded.
    """
    from av.stream import Disposition

    aside = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    films = [s for s in container.streams.video if not s.disposition & aside]
    if not films:
        cover = bool(container.streams.video) or bool(container.streams.audio)
        what = (
            Message("there is no video in it, only sound")
            if cover
            else Message("it holds no video track, or is incomplete")
        )
        raise SourceError("{source_id} cannot be read as a video: {what}", source_id=source_id, what=what)
    known = [s for s in films if s.codec_context is not None]
    if not known:
        name = codec_name(container, films[0].index)
        raise SourceError(
            "{source_id} cannot be read as a video: its video track (codec {name}) cannot be "
            "decoded; convert it to H.264",
            source_id=source_id,
            name=name,
        )
    chosen = max(known, key=_likeness)
    limit_pixels(chosen, source_id)
    return chosen


def limit_pixels(stream: av.video.stream.VideoStream, source_id: str) -> None:
    """Refuse a film of larger frames than the limit, and let its decoder refuse those that come later.

    Raises:
        SourceError: its frames are larger.
    """
    if over := limits.excess_of_pixels("frame-pixels", (stream.width, stream.height)):
        raise SourceError("{source_id}: its frames have {over}", source_id=source_id, over=over)
    # what is decoded is rounded up to whole blocks
    most = limits.current().frame_pixels * 11 // 10 + _ROUNDED_PIXELS
    stream.codec_context.options = {**stream.codec_context.options, "max_pixels": str(most)}


def _likeness(stream: av.video.stream.VideoStream) -> tuple[bool, bool, int]:
    """How much a stream is like the film of its container: a single picture is none, whatever its flags say."""
    single = stream.codec_context.name in _PICTURE_CODECS
    return not single, bool(stream.disposition & _DEFAULT), stream.width * stream.height


def codec_name(container: av.container.InputContainer, index: int) -> str:
    """The codec of a stream that there is no decoder for: FFmpeg's name, or the four letters in the file."""
    import av.logging

    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)  # PyAV passes the name on in no other way
    try:
        described = container.dumps_format()  # type: ignore[attr-defined]
    finally:
        av.logging.set_level(level)
    for found, name, tag in _VIDEO_LINE.findall(described):
        if int(found) == index:
            return str(tag.strip() or "unknown") if name == "none" else str(name)
    return "unknown"


def facts_of(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> Facts:
    """What the header says."""
    name = container.format.name
    average, base = stream.average_rate, stream.base_rate
    rates = [_rate(stream.guessed_rate), _rate(average)]
    counted = [_rate(average), _rate(stream.guessed_rate), _rate(base)]
    count_hz = next((r for r in counted if r is not None), DEFAULT_FPS)
    clock: int | None = container.start_time
    timeless = clock is None and container.duration is None
    frames, indexed = stream.frames, len(stream.index_entries)
    # In MP4 and MOV with a full index the number is exact; that of AVI includes empty frames.
    exact = frames > 0 and name.startswith("mov") and indexed <= frames
    fragmented = name.startswith("mov") and not exact
    return Facts(
        format=name,
        codec=stream.codec_context.name,
        rate_hz=count_hz if timeless else next((r for r in rates if r is not None), None),
        count_hz=count_hz,
        frames=frames if exact else None,
        duration_s=None if fragmented else _promised_s(container, stream),
        whole_s=_container_s(container) if name in _STATES_DURATION and not fragmented else None,
        length_s=_length_s(container, stream),
        constant_rate=average is not None and average == base,
        # With B-frames it is unsure which of the times of an AVI a picture after a jump has.
        indexed=name in _INDEXED and not (name == "avi" and stream.codec_context.has_b_frames),
        cut_together=name in _CUT_TOGETHER,
        decoding_times=name == "avi",
    )


def _rate(rate: Fraction | None) -> float | None:
    value = float(rate) if rate else 0.0
    return value if math.isfinite(value) and 0 < value <= HIGHEST_FPS else None


def _stream_s(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    found = _MATROSKA_DURATION.match(stream.metadata.get("DURATION", ""))
    if found is None:
        return None
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) - _before_start_s(container)


def _container_s(container: av.container.InputContainer) -> float | None:
    if not container.duration or container.duration < 0:
        return None
    return container.duration / 1e6 - _before_start_s(container)


def _before_start_s(container: av.container.InputContainer) -> float:
    """Matroska counts its duration from zero, wherever its first picture is."""
    if container.format.name != "matroska,webm":
        return 0.0
    return max(container.start_time or 0, 0) / 1e6


def _promised_s(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    if container.format.name not in _STATES_DURATION:
        return None
    if container.format.name == "flv" and "duration" not in container.metadata:
        return None
    own_s = _stream_s(container, stream)
    if own_s is not None:
        return own_s
    # A container lasts as long as its longest track, which may be the sound.
    return _container_s(container) if len(container.streams) == 1 else None


def _length_s(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    own_s = _stream_s(container, stream)
    return own_s if own_s is not None else _container_s(container)


def decoder_threads(stream: av.video.stream.VideoStream) -> None:
    """Choose how it is decoded, before the first packet.

    One thread costs a tenth less at 720p and is no slower there, has no delay, and blames an error on the packet
    that has it; large pictures need more.
    """
    context = stream.codec_context
    large = stream.width * stream.height > _ONE_THREAD_PX
    context.thread_type = "AUTO" if large else "SLICE"
    context.thread_count = 0 if large else 1


def why_unreadable(path: Path) -> str:
    """Why FFmpeg cannot open an existing file, as the end of a sentence."""
    try:
        if path.stat().st_size == 0:
            return Message("it is empty")
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return reason_of(error) or Message("it cannot be opened")
    return Message("it is not a video, or is damaged or incomplete")
