"""Video of what was seen, with or without the results drawn on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision_app.errors import SinkError
from vision_app.messages import Message
from vision_app.results.values import Frame, ImageU8, Packet
from vision_app.sinks.atomic import PartFile, reason
from vision_app.sinks.clock import Clock
from vision_app.sinks.encoders import CONTAINERS, Encoder, OpenCvEncoder, PyAvEncoder, has_pyav, read_back
from vision_app.sinks.images import cut_out_of
from vision_app.sinks.sound import SoundCopy
from vision_app.sources.base import Report, SoundTrack, SourceInfo

if TYPE_CHECKING:
    import av.container

VIDEO_SUFFIXES = frozenset(CONTAINERS)
_DEFAULT_FPS = 30.0
_FPS_LIMITS = (0.1, 1000.0)


class VideoSink:
    """Writes a video that plays in browsers; a kill leaves a playable part file up to the last second.

    Frames keep their times. The first frame decides the size (made even by repeating the last row or
    column); a frame of another size is scaled into it, with black borders.

    Args:
        path: .mp4, .m4v, .mov or .mkv.
        overwrite: whether a file that is there may be replaced.
        annotated: draw the results; otherwise the untouched frames are written.
        report: told of what the source has and the file has not. With it the sound of a clip is copied; whoever
            skips about in the clip gives none.

    Raises:
        SinkError: the suffix is none of these.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        annotated: bool = True,
        report: Report | None = None,
    ) -> None:
        self._report = report
        self._sound: SoundTrack | None = None
        self._live = True
        self._path = Path(path)
        if self._path.suffix.lower() not in CONTAINERS:
            allowed = ", ".join(CONTAINERS)
            raise SinkError(
                "{path}: a video is one of {allowed}, got {suffix!r}",
                path=path,
                allowed=allowed,
                suffix=self._path.suffix or Message("no suffix"),
            )
        self._container = CONTAINERS[self._path.suffix.lower()]
        self._overwrite = overwrite
        self._annotated = annotated
        self._part: PartFile | None = None
        self._encoder: Encoder | None = None
        self._canvas: ImageU8 = np.empty((0, 0, 3), np.uint8)
        self._fps = _DEFAULT_FPS
        self._clock = Clock()
        self._start_s = 0.0
        self._count = 0
        self._last_pts = -1
        self._failed = False
        self._outputs: tuple[Path, ...] | None = None

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    @property
    def wants_annotated(self) -> bool:
        """Whether packets must carry the annotated image."""
        return self._annotated

    def open(self, info: SourceInfo) -> None:
        """Claim the file; its size is not known before the first frame.

        Raises:
            SinkError: it cannot be written, or exists and may not be replaced.
        """
        if info.fps is not None and math.isfinite(info.fps):
            self._fps = min(max(info.fps, _FPS_LIMITS[0]), _FPS_LIMITS[1]) if info.fps > 0 else _DEFAULT_FPS
        self._sound, self._live = info.sound if self._report is not None else None, info.live
        self._part = PartFile(self._path, overwrite=self._overwrite, source_id=info.source_id)
        if self._part.direct:
            raise SinkError("{path} is a device or pipe; a video needs a file", path=self._path)

    def write(self, packet: Packet) -> None:
        """Add one frame.

        Raises:
            SinkError: it cannot be written; what was written before stays playable.
        """
        if self._part is None:
            raise ValueError("write before open")
        if self._annotated and cut_out_of(packet) is not None:
            self._failed = True
            raise SinkError(
                "{path}: a clip cannot hold a transparent background; take background=green, or save "
                "pictures",
                path=self._path,
            )
        image = packet.annotated if self._annotated else packet.frame.image
        if image is None:
            raise ValueError("a video sink needs the annotated image")
        try:
            if self._encoder is None:
                self._encoder = self._started(image, packet.frame)
            pts = self._next_pts(packet.frame)
            self._encoder.add(self._fitted(image), pts)
        except OSError as error:
            self._failed = True
            raise SinkError(
                "{path} cannot be written: {reason}; what was written before is in {part_path}",
                path=self._path,
                reason=reason(error),
                part_path=self._part.path,
            ) from error
        except SinkError:
            self._failed = True
            raise
        self._last_pts = pts
        self._count += 1

    def _started(self, image: ImageU8, frame: Frame) -> Encoder:
        assert self._part is not None
        height, width = image.shape[0] + image.shape[0] % 2, image.shape[1] + image.shape[1] % 2
        self._canvas = np.zeros((height, width, 3), np.uint8)
        size_wh = (width, height)
        if not has_pyav():
            return OpenCvEncoder(self._part.path, size_wh, self._container, self._fps)
        return PyAvEncoder(
            self._part.path,
            size_wh,
            self._container,
            self._fps,
            fast=self._live,
            sound=self._sound_from(frame.position_s or 0.0),
        )

    def _sound_from(self, start_s: float) -> Callable[[av.container.OutputContainer], SoundCopy] | None:
        track, report = self._sound, self._report
        if track is None or report is None:
            return None
        return lambda target: SoundCopy(track, target, start_s, str(self._path), report)

    def _next_pts(self, frame: Frame) -> int:
        """Time of the frame in ticks since the first one; always later than the frame before."""
        time_s = self._clock.time_s(frame)
        if frame.file is not None and frame.position_s is None:
            time_s = self._count / self._fps
        if self._count == 0:
            self._start_s = time_s
        ticks = self._container.ticks_per_s
        pts = round((time_s - self._start_s) * ticks)
        if pts > self._last_pts:
            return pts
        # A stream whose clock stands still or jumps back: half a frame on, so that it can catch up.
        return self._last_pts + max(1, round(ticks / self._fps / 2)) if self._count else 0

    def _fitted(self, image: ImageU8) -> ImageU8:
        """The image in the size of the video."""
        height, width = self._canvas.shape[:2]
        bottom, right = height - image.shape[0], width - image.shape[1]
        if bottom == right == 0:
            return image
        if bottom in (0, 1) and right in (0, 1):
            return cv2.copyMakeBorder(  # type: ignore[return-value]
                image, 0, bottom, 0, right, cv2.BORDER_REPLICATE, dst=self._canvas
            )
        scale = min(width / image.shape[1], height / image.shape[0])
        new_wh = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        left, top = (width - new_wh[0]) // 2, (height - new_wh[1]) // 2
        self._canvas[...] = 0
        self._canvas[top : top + new_wh[1], left : left + new_wh[0]] = cv2.resize(
            image, new_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        )
        return self._canvas

    def close(self) -> tuple[Path, ...]:
        """End the file, read it back, and move it into place.

        Returns:
            The video; after a failed write the part file, which plays as far as it goes.

        Raises:
            SinkError: the file does not hold what was written to it; it stays under the part's name.
        """
        if self._outputs is not None:
            return self._outputs
        self._outputs = ()
        if self._part is None:
            return ()
        encoder, self._encoder = self._encoder, None
        if self._failed:
            if encoder is not None:
                with suppress(OSError):
                    encoder.finish()
            return self._keep_part()
        if encoder is None:
            self._part.discard()
            return ()
        self._outputs = (self._part.path,)
        try:
            encoder.finish()
        except OSError as error:
            raise SinkError(
                "{path} cannot be finished: {reason}; what was written is in {part_path}",
                path=self._path,
                reason=reason(error),
                part_path=self._part.path,
            ) from error
        self._verify(self._part.path)
        self._outputs = (self._part.commit(),)
        return self._outputs

    def _keep_part(self) -> tuple[Path, ...]:
        assert self._part is not None
        if self._count == 0:
            self._part.discard()
        else:
            self._outputs = (self._part.path,)
        return self._outputs or ()

    def _verify(self, path: Path) -> None:
        found = read_back(path)
        height, width = self._canvas.shape[:2]
        wanted = Message(
            "{count} frames of {width} x {height}", count=self._count, width=width, height=height
        )
        came = Message(
            "{packets} of {width} x {height}",
            packets=found.packets,
            width=found.size_wh[0],
            height=found.size_wh[1],
        )
        if (found.packets, found.size_wh) != (self._count, (width, height)):
            raise SinkError(
                "{path} was to hold {wanted}, but holds {came}; is the disk full?",
                path=path,
                wanted=wanted,
                came=came,
            )
        if found.span_s is None or not has_pyav():
            return
        tick_s = 1 / self._container.ticks_per_s
        if abs(found.span_s - self._last_pts * tick_s) > 1.5 * tick_s:
            raise SinkError(
                "{path} was to last {last_pts:.3f} s, but lasts {span_s:.3f} s",
                path=path,
                last_pts=self._last_pts * tick_s,
                span_s=found.span_s,
            )
