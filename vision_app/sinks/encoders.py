"""Video encoders: H.264 through PyAV, and OpenCV's writer where PyAV is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from vision_app.errors import SinkError
from vision_app.results.values import ImageU8

if TYPE_CHECKING:
    import av.container

    from vision_app.sinks.sound import SoundCopy


@dataclass(frozen=True, slots=True)
class Container:
    """A file format for video.

    Attributes:
        muxer: FFmpeg's name of it.
        ticks_per_s: resolution of its time stamps.
        options: how it is written: so that the file plays at every moment, even after a kill.
    """

    muxer: str
    ticks_per_s: int
    options: tuple[tuple[str, str], ...]


# A fragment goes to the file when the next key frame comes. Source: FFmpeg, "mov, mp4, ismv" muxer.
_FRAGMENTED = (("movflags", "frag_keyframe+empty_moov+default_base_moof"), ("flush_packets", "1"))
_CLUSTERS = (("cluster_time_limit", "1000"), ("flush_packets", "1"))

CONTAINERS: dict[str, Container] = {
    ".mp4": Container("mp4", 90_000, _FRAGMENTED),
    ".m4v": Container("mp4", 90_000, _FRAGMENTED),
    ".mov": Container("mov", 90_000, _FRAGMENTED),
    ".mkv": Container("matroska", 1_000, _CLUSTERS),
}
"""File suffix to container."""

# How the I420 of OpenCV's cvtColor is to be read. Source: OpenCV, color conversions (BT.601, 16 to 235);
# the code points are those of ITU-T H.273.
_MATRIX_BT601 = 6
_RANGE_LIMITED = 1
_BT709 = 1  # primaries and transfer: what cameras and screens have

_KEYFRAME_EVERY_S = 1.0
_QUALITY = "23"


class Encoder(Protocol):
    """Writes pictures of one size, even in width and height, to a file that it alone writes."""

    def add(self, image: ImageU8, pts: int) -> None:
        """Encode one picture, (H, W, 3) uint8 BGR, shown from `pts` ticks on; pts rise strictly.

        Raises:
            OSError: the file cannot be written.
        """
        ...

    def finish(self) -> None:
        """End the file.

        Raises:
            OSError: the file cannot be written.
        """
        ...


class PyAvEncoder:
    """H.264, planar 4:2:0, a key frame about every second; keeps the time of every frame.

    One x264 thread: it has no delay, so a kill loses nothing but the open fragment and the pixel buffer
    can be used again at once, and it leaves the other cores to the models. Preset `superfast` without B-frames: on
    the shipped clip it takes 0.8 of the source's bit rate at a better SSIM than `ultrafast`, which takes 2.1
    times the rate; what is live and cannot wait is written by `ultrafast`, in about half the time.

    Args:
        path: the file.
        size_wh: even width and height.
        container: its format.
        fps: nominal rate.
        fast: rather large than slow.
        sound: given the container before its first packet; makes what copies the sound.

    Raises:
        SinkError: there is no such encoder here, or it refuses the size.
    """

    def __init__(
        self,
        path: Path,
        size_wh: tuple[int, int],
        container: Container,
        fps: float,
        *,
        fast: bool = True,
        sound: Callable[[av.container.OutputContainer], SoundCopy] | None = None,
    ) -> None:
        import av

        width, height = size_wh
        self._ticks_per_s = container.ticks_per_s
        self._time_base = Fraction(1, container.ticks_per_s)
        self._next_key_pts = 0
        self._broken = False
        self._i420 = np.empty((height * 3 // 2, width), np.uint8)
        self._container: av.container.OutputContainer | None = None
        try:
            self._container = av.open(str(path), "w", format=container.muxer, options=dict(container.options))
            rate = Fraction(fps).limit_denominator(1001)
            options = {"preset": "ultrafast" if fast else "superfast", "crf": _QUALITY, "bf": "0"}
            stream = self._container.add_stream("libx264", rate=rate, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            context = stream.codec_context
            context.time_base = self._time_base
            context.thread_count = 1
            context.gop_size = 100_000  # key frames are asked for by time, in `add`
            context.color_range, context.colorspace = _RANGE_LIMITED, _MATRIX_BT601
            context.color_primaries, context.color_trc = _BT709, _BT709
            context.open()
            self._sound = None if sound is None else sound(self._container)
        except (av.FFmpegError, ValueError) as error:
            self._abandon()
            raise SinkError(
                "{path}: H.264 at {width} x {height} cannot be written: {error}",
                path=path,
                width=width,
                height=height,
                error=error,
            ) from error
        self._stream = stream
        self._av = av

    def add(self, image: ImageU8, pts: int) -> None:
        """Encode one picture."""
        assert self._container is not None
        cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420, dst=self._i420)
        make = self._av.VideoFrame
        # Without a copy, which saves 0.3 ms; PyAV rounds the height down to a multiple of 4 there.
        in_place = self._i420.shape[0] % 6 == 0
        frame = (make.from_numpy_buffer if in_place else make.from_ndarray)(self._i420, "yuv420p")
        frame.pts, frame.time_base = pts, self._time_base
        if pts >= self._next_key_pts:
            frame.pict_type = self._av.video.frame.PictureType.I
            self._next_key_pts = pts + round(_KEYFRAME_EVERY_S * self._ticks_per_s)
        with _as_os_error():
            self._mux(self._container, frame)
        if self._sound is not None:
            self._sound.up_to(pts / self._ticks_per_s)

    def _mux(self, container: av.container.OutputContainer, frame: Any) -> None:
        """Write what the encoder gives; after a failure nothing more: FFmpeg would crash in a file without a head."""
        try:
            for packet in self._stream.encode(frame):
                container.mux(packet)
        except BaseException:
            self._broken = True
            raise

    def finish(self) -> None:
        """End the file."""
        container, self._container = self._container, None
        if container is None:
            return
        with _as_os_error():
            try:
                if not self._broken:
                    self._mux(container, None)
            finally:
                if self._sound is not None:
                    self._sound.close()
                container.close()

    def _abandon(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None


@contextmanager
def _as_os_error() -> Iterator[None]:
    """PyAV has an exception class for each error of FFmpeg; only some of them are OSErrors."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise OSError(error.errno, error.strerror) from error


class OpenCvEncoder:
    """MPEG-4 part 2 through OpenCV: constant rate, and unreadable if the program is killed.

    Raises:
        SinkError: OpenCV cannot write such a file.
    """

    def __init__(self, path: Path, size_wh: tuple[int, int], container: Container, fps: float) -> None:
        fourcc = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, fps, size_wh)
        if not self._writer.isOpened():
            raise SinkError(
                "{path}: OpenCV cannot write MPEG-4 at {width} x {height}; install `av`",
                path=path,
                width=size_wh[0],
                height=size_wh[1],
            )

    def add(self, image: ImageU8, pts: int) -> None:
        """Encode one picture; its time follows from the constant rate."""
        self._writer.write(image)

    def finish(self) -> None:
        """End the file."""
        self._writer.release()


def has_pyav() -> bool:
    """Whether PyAV with an H.264 encoder can be imported."""
    try:
        import av
    except ImportError:
        return False
    return "libx264" in av.codecs_available


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a video file turns out to hold.

    Attributes:
        packets: number of encoded pictures.
        size_wh: width and height in pixels.
        span_s: time from the first to the last picture; None where it is not known.
    """

    packets: int
    size_wh: tuple[int, int]
    span_s: float | None


def read_back(path: Path) -> ReadBack:
    """Look at a video file without decoding it.

    Raises:
        SinkError: it cannot be read.
    """
    try:
        import av
    except ImportError:
        return _read_back_with_opencv(path)
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            pts = [p.pts for p in container.demux(stream) if p.size and p.pts is not None]
            span = float((max(pts) - min(pts)) * (stream.time_base or 0)) if pts else 0.0
            return ReadBack(len(pts), (stream.width, stream.height), span)
    except (av.FFmpegError, IndexError) as error:
        raise SinkError("{path} cannot be read back: {error}", path=path, error=error) from error


def _read_back_with_opencv(path: Path) -> ReadBack:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise SinkError("{path} cannot be read back", path=path)
        size_wh = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        packets = 0
        while capture.grab():
            packets += 1
        return ReadBack(packets, size_wh, None)
    finally:
        capture.release()
