"""What every source is: the contract that `tests/contract/test_sources.py` holds all of them to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from vision_app.results.values import Frame

SourceKind = Literal["camera", "stream", "video", "images", "synthetic"]
Report = Callable[[str], None]
"""Receives one-line messages for the user: a skipped image, a lost connection. Called from any thread."""


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """Where the sound is that belongs to the frames of a source.

    Attributes:
        path: the clip.
        origin_s: time of its first frame by the container's own clock, seconds.
    """

    path: str
    origin_s: float


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known about a source once it is open.

    Attributes:
        source_id: what the user asked for, credentials removed.
        kind: what sort of source it is.
        size_wh: width and height of the first frame after rotation, pixels.
        fps: nominal frames a second; None where there is none (images) or where it is unknown.
        live: frames that are not read in time are gone.
        frame_count: number of frames that `read` will give; None where it is unknown.
        sound: the sound that belongs to the frames, and other tracks; None where there are none.
    """

    source_id: str
    kind: SourceKind
    size_wh: tuple[int, int]
    fps: float | None
    live: bool
    frame_count: int | None
    sound: SoundTrack | None = None


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source is to be read.

    Attributes:
        start_s: first position in the clip, seconds; files only.
        end_s: position at which to stop, seconds; files only.
        every: give only each N-th frame.
        size_wh: picture size to ask of a camera; None for the camera's own choice.
        fps: rate to ask of a camera; None for the camera's own choice.
        open_timeout_s: how long opening a live source may take.
        give_up_after_s: end with an error after that long without a live frame; None to try for ever.
        every_s: fetch a still picture behind an address again after so many seconds; None to fetch it once.
        insecure: take any certificate from an encrypted source.
        fingerprint: SHA-256 of a certificate to take, and to remember for its host; "" for none.
        hosts: the only hosts that may be reached, whatever redirects and playlists say; None for any.
    """

    start_s: float = 0.0
    end_s: float | None = None
    every: int = 1
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    open_timeout_s: float = 5.0
    give_up_after_s: float | None = None
    every_s: float | None = None
    insecure: bool = False
    fingerprint: str = ""
    hosts: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be at least 1, got {self.every}")
        if self.start_s < 0 or (self.end_s is not None and self.end_s <= self.start_s):
            raise ValueError(f"start must be before end, got {self.start_s} and {self.end_s}")


class Source(Protocol):
    """Yields frames. Opened by its constructor; used as a context manager."""

    @property
    def info(self) -> SourceInfo:
        """What is known about the source."""
        ...

    def read(self) -> Frame | None:
        """The next frame, or None at the end. Frame indices rise; the image is never written again.

        Raises:
            SourceError: reading failed. The end is not a failure.
        """
        ...

    def close(self) -> None:
        """Release the device or file. A `read` that waits in another thread returns None at once."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...
