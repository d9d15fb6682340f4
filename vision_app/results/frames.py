"""Frames: the pictures of a source, with their times and marks; and how long was spent on each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ImageU8 = NDArray[np.uint8]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source. Nobody draws on `image`: it may be shown elsewhere at the same time.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        index: position in the source, from 0; a gap means that frames were dropped or skipped.
        captured_s: when the picture was grabbed, monotonic clock, seconds.
        position_s: time in the clip from the container, seconds; None for a live source or an image.
        source_id: name of the source, credentials removed.
        file: path of the image file, None for anything else.
        read_s: time that reading and decoding took, seconds.
        epoch: which unbroken stretch of pictures it belongs to: another number after another source was opened, after
            a jump in a clip, or once the pictures are turned otherwise. What remembers frames then starts afresh.
        again: the frame was given before and is only looked at once more, with other options perhaps.
        seen: the picture that the models look at, of the same size and kind as `image`; None for `image` itself.
        mirrored: left and right are swapped, as in a mirror.
        rested_s: seconds of its stretch until now in which nothing changed and no model looked: they do not count for
            what remembers frames.
        turn: how many frames of its source the models were given before this one.
        scene: which scene of its stretch it is of: another number after a cut, where cuts are looked for, which live
            front ends do. What remembers frames then starts afresh too.
        broken_s: when the picture last changed everywhere at once without being of another scene for sure, on the clock
            of `captured_s`: at a cut within one room, or as a fade begins. None where it has not, or nobody looks.
    """

    image: ImageU8
    index: int
    captured_s: float
    position_s: float | None = None
    source_id: str = ""
    file: str | None = None
    read_s: float = 0.0
    epoch: int = 0
    again: bool = False
    seen: ImageU8 | None = None
    mirrored: bool = False
    rested_s: float = 0.0
    turn: int = 0
    scene: int = 0
    broken_s: float | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(f"a frame is (H, W, 3) uint8, got {self.image.shape} {self.image.dtype}")
        if 0 in self.image.shape:
            raise ValueError(f"a frame has at least one pixel, got {self.image.shape}")
        if self.seen is not None and (self.seen.shape, self.seen.dtype) != (
            self.image.shape,
            self.image.dtype,
        ):
            raise ValueError(f"seen must be like image, {self.image.shape} uint8, got {self.seen.shape}")

    @property
    def for_models(self) -> ImageU8:
        """The picture that the models look at."""
        return self.image if self.seen is None else self.seen

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.image.shape[1]), int(self.image.shape[0])


_EPOCHS = itertools.count(1)


def new_epoch() -> int:
    """A number that no frame of this process has had as its `epoch`."""
    return next(_EPOCHS)


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent on one frame, stage by stage, summed over the models. One monotonic clock.

    `write_s` of a frame is known only after its packet has been written: sinks see 0 there.
    """

    read_s: float = 0.0
    prepare_s: float = 0.0
    infer_s: float = 0.0
    decode_s: float = 0.0
    draw_s: float = 0.0
    write_s: float = 0.0

    def __add__(self, other: Timings) -> Timings:
        return Timings(
            self.read_s + other.read_s,
            self.prepare_s + other.prepare_s,
            self.infer_s + other.infer_s,
            self.decode_s + other.decode_s,
            self.draw_s + other.draw_s,
            self.write_s + other.write_s,
        )

    def as_milliseconds(self) -> dict[str, float]:
        """Stage name to milliseconds, without `write`."""
        return {
            "read": round(self.read_s * 1e3, 3),
            "prepare": round(self.prepare_s * 1e3, 3),
            "infer": round(self.infer_s * 1e3, 3),
            "decode": round(self.decode_s * 1e3, 3),
            "draw": round(self.draw_s * 1e3, 3),
        }
