"""Frames to calibrate and to compare on: spread over a source, kept small, never the same for both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vision_app.cancelling import check
from vision_app.errors import SourceError
from vision_app.results.values import Frame, ImageU8
from vision_app.sources import Report, Source, SourceOptions, open_source
from vision_app.sources.oriented import OrientedSource

FEWEST = 4
_MOST_OF_ENDLESS = 20
_FASTEST_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]


class PackedFrames(Sequence[ImageU8]):
    """Pictures, packed without loss: a hundred of them are tens of megabytes instead of hundreds."""

    def __init__(self, packed: Sequence[bytes] = ()) -> None:
        self._packed = list(packed)

    def append(self, image: ImageU8) -> None:
        """Pack one more (H, W, 3) uint8 BGR picture."""
        self._packed.append(cv2.imencode(".png", image, _FASTEST_PNG)[1].tobytes())

    def __len__(self) -> int:
        return len(self._packed)

    def __getitem__(self, index: int) -> ImageU8:  # type: ignore[override]
        image = cv2.imdecode(np.frombuffer(self._packed[index], np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        return np.asarray(image, np.uint8)

    def __iter__(self) -> Iterator[ImageU8]:
        return (self[i] for i in range(len(self)))

    def spread(self, count: int) -> PackedFrames:
        """At most `count` of them, evenly spread."""
        picked = np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(int)
        return PackedFrames([self._packed[i] for i in picked])

    def dealt(self) -> tuple[PackedFrames, PackedFrames]:
        """Every second one, and the others."""
        return PackedFrames(self._packed[0::2]), PackedFrames(self._packed[1::2])


@dataclass(frozen=True, slots=True)
class Samples:
    """Frames of one source.

    Attributes:
        source_id: the source, credentials removed.
        calibration: frames from which the ranges of the activations are taken.
        held_out: other frames, on which the versions of the model are compared.
    """

    source_id: str
    calibration: PackedFrames
    held_out: PackedFrames


def collect(
    spec: str,
    frames: int,
    seconds: float,
    report: Report,
    *,
    mirror: bool = False,
    rotate_deg: int = 0,
) -> Samples:
    """Take frames to calibrate on, and as many others to compare on.

    Frames of files are spread evenly over all of it, those of live sources over some seconds.

    Args:
        spec: whatever `open_source` understands.
        frames: how many to calibrate on; as many again are held out, fewer where the source has fewer.
        seconds: over how long frames of a live source are spread.
        report: told what the user should know.
        mirror: swap left and right.
        rotate_deg: turn clockwise by 0, 90, 180 or 270 degrees.

    Raises:
        SourceError: it cannot be opened or read, or has too few frames.
    """
    total = 2 * frames

    def opened(options: SourceOptions) -> OrientedSource:
        return OrientedSource(open_source(spec, options, report), mirror=mirror, rotate_deg=rotate_deg)

    with opened(SourceOptions()) as source:
        info = source.info
        every = max(1, (info.frame_count or 0) // total)
        if info.live:
            taken = over_time(source.read, total, seconds)
        elif every == 1:
            taken = _first(source, None if info.frame_count else _MOST_OF_ENDLESS * total, total)
    if not info.live and every > 1:
        with opened(SourceOptions(every=every)) as source:
            taken = _first(source, None, total)
    return dealt(info.source_id, taken.spread(total))


def dealt(source_id: str, taken: PackedFrames) -> Samples:
    """Frames to calibrate on, and others to compare on.

    Raises:
        SourceError: there are too few of them.
    """
    if len(taken) < 2 * FEWEST:
        raise SourceError(
            "{source_id}: {count} frame{s} are too few to calibrate on: at least {fewest} are needed "
            "and {fewest} others to compare on; take a longer clip or a larger folder",
            source_id=source_id,
            count=len(taken),
            s="s" * (len(taken) != 1),
            fewest=FEWEST,
        )
    return Samples(source_id, *taken.dealt())


def _first(source: Source, limit: int | None, total: int) -> PackedFrames:
    """Frames up to a limit; where there are more than twice as many as wanted, every second is let go."""
    taken, step, number = PackedFrames(), 1, 0
    while (limit is None or number < limit) and (frame := source.read()) is not None:
        check()
        if number % step == 0:
            taken.append(frame.image)
        number += 1
        if len(taken) >= 2 * total:
            taken, step = taken.dealt()[0], 2 * step
    return taken


def over_time(
    read: Callable[[], Frame | None],
    total: int,
    seconds: float,
    step: Callable[[int, int], None] = lambda *_: None,
) -> PackedFrames:
    """Frames of a live source, spread evenly.

    Args:
        read: gives the next frame, None at the end.
        total: how many are taken at most.
        seconds: over how long.
        step: told how many there are, and of how many.

    Raises:
        CancelledError: it was called off.
    """
    taken = PackedFrames()
    started = time.monotonic()
    while len(taken) < total and (frame := read()) is not None:
        check()
        if time.monotonic() - started >= seconds * len(taken) / total:
            taken.append(frame.image)
            step(len(taken), total)
    return taken
