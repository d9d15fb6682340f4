"""What is seen of the filters on a live picture: behind them, before them, both, or two chains side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, Stream
from vision_app.messages import message_of
from vision_app.results.affine import Affine
from vision_app.results.values import Frame, ImageU8, Result

BenchView = Literal["after", "before", "split", "beside"]
_LINE_BGR = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Bench:
    """What is done to the pictures, and how it is seen.

    Attributes:
        chain: stands before the models.
        other: a second chain, to compare with; no model sees it.
        view: `after` the chain; `before` it; `split` by a line, before it on the left; `beside`, the two chains
            side by side.
        split: where the line is, as a share of the width.
    """

    chain: FilterChain = field(default_factory=FilterChain)
    other: FilterChain = field(default_factory=FilterChain)
    view: BenchView = "after"
    split: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.split <= 1:
            raise ValueError(f"split must be from 0 to 1, got {self.split}")

    @property
    def changes(self) -> bool:
        """Whether anything of it is seen."""
        return bool(self.chain) or (self.view == "beside" and bool(self.other))

    def result_map(self, frame_wh: tuple[int, int], picture_wh: tuple[int, int]) -> Affine | None:
        """From the frame to the picture that is shown of it.

        Returns:
            None where results of the filtered picture would lie in wrong places.
        """
        factor_xy = (picture_wh[0] / frame_wh[0], picture_wh[1] / frame_wh[1])
        if self.view == "beside":
            x, y = factor_xy[0] / 2, factor_xy[1] / 2
            return Affine(np.array([[x, 0.0, 0.0], [0.0, y, picture_wh[1] / 4]]))
        if self.view in {"before", "split"} and self.chain.moves:
            return None
        return Affine.scale(*factor_xy)


class BenchPicture:
    """Makes the picture that is shown, where a bench is in force: a `PictureFilter`.

    Args:
        bench: what is seen.
        before: what showed the pictures until now; a second chain that is the same goes on where it is.
        report: told in one line when the second chain cannot be done.
    """

    def __init__(self, bench: Bench, before: BenchPicture | None, report: Callable[[str], None]) -> None:
        self.bench = bench
        self._report = report
        self._working = threading.Lock()
        self._stream: Stream | None = before._stream if before else None
        self._epoch: int = before._epoch if before else 0
        self._done: tuple[ImageU8, ImageU8] | None = None
        self._failed: str = before._failed if before else ""

    def __call__(self, frame: Frame, results: tuple[Result, ...]) -> ImageU8:
        """The picture of a frame: (H, W, 3) BGR of the frame's size."""
        bench = self.bench
        if bench.view == "before":
            return frame.image
        if bench.view == "after":
            return frame.for_models
        if bench.view == "split":
            return _split(frame.image, frame.for_models, bench.split)
        return _beside(frame.for_models, self._other(frame))

    def _other(self, frame: Frame) -> ImageU8:
        with self._working:
            if self._done is not None and self._done[0] is frame.image:
                return self._done[1]
            try:
                if self._stream is None or self._stream.chain != self.bench.other:
                    self._stream = Stream(self.bench.other, self._stream)
                if frame.epoch != self._epoch:
                    self._stream.reset()
                    self._epoch = frame.epoch
                made = self._stream.bgr(frame.image)
                self._failed = ""
            except ConfigError as error:
                made = frame.image
                if message_of(error) != self._failed:
                    self._failed = message_of(error)
                    self._report(self._failed)
            self._done = (frame.image, made)
            return made


def _split(before: ImageU8, after: ImageU8, share: float) -> ImageU8:
    at = round(share * before.shape[1])
    image = np.empty_like(before)
    image[:, :at], image[:, at:] = before[:, :at], after[:, at:]
    if 0 < at < before.shape[1]:
        image[:, max(at - 1, 0) : at + 1] = _LINE_BGR
    return image


def _beside(left: ImageU8, right: ImageU8) -> ImageU8:
    height, width = left.shape[:2]
    half_wh = (max(width // 2, 1), max(height // 2, 1))
    image = np.zeros_like(left)
    for number, picture in enumerate((left, right)):
        x, y = number * (width - half_wh[0]), (height - half_wh[1]) // 2
        small = cv2.resize(picture, half_wh, interpolation=cv2.INTER_AREA)
        image[y : y + half_wh[1], x : x + half_wh[0]] = small
    return image
