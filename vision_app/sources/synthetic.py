"""A moving card drawn by the program: for tests, for measuring latency, and for a try without a camera."""

from __future__ import annotations

import math
import re
import threading
import time

import numpy as np

from vision_app.errors import SourceError
from vision_app.results.values import Frame, ImageU8, new_epoch
from vision_app.sources.base import SourceInfo, SourceOptions
from vision_app.sources.closing import ClosesAtExit
from vision_app.sources.quiet import quiet_opencv

PREFIX = "synthetic:"
NOMINAL_FPS = 30.0

_SPEC = re.compile(r"synthetic:(\d{1,5})x(\d{1,5})(?:@(\d{1,4}(?:\.\d{1,3})?))?")
_SMALLEST_PX, _LARGEST_PX = 16, 8192
_HIGHEST_FPS = 1000.0
_STEPS_A_WIDTH, _STEPS_A_HEIGHT = 160, 180
"""The card needs so many frames for a whole width or height of the picture."""
_CARD_BGR = np.array([(60, 200, 250), (220, 240, 180)], np.uint8)


def parse_synthetic(spec: str) -> tuple[tuple[int, int], float | None]:
    """Width and height in pixels, and the rate if there is one.

    >>> parse_synthetic("synthetic:1280x720@30")
    ((1280, 720), 30.0)

    Raises:
        SourceError: it has another form, or a number is out of range.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise SourceError(
            "{spec!r} must have the form synthetic:WIDTHxHEIGHT or synthetic:WIDTHxHEIGHT@FPS, such "
            "as synthetic:1280x720@30",
            spec=spec,
        )
    size_wh = int(match[1]), int(match[2])
    fps = None if match[3] is None else float(match[3])
    if min(size_wh) < _SMALLEST_PX or max(size_wh) > _LARGEST_PX:
        raise SourceError(
            "{spec!r}: width and height must be {smallest_px} to {largest_px} pixels",
            spec=spec,
            smallest_px=_SMALLEST_PX,
            largest_px=_LARGEST_PX,
        )
    if fps is not None and not 0 < fps <= _HIGHEST_FPS:
        raise SourceError(
            "{spec!r}: the rate must be above 0 and at most {highest_fps:g} frames a second",
            spec=spec,
            highest_fps=_HIGHEST_FPS,
        )
    return size_wh, fps


def card_box(index: int, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where the card is in the frame of that index: left, top, right, bottom in pixels."""
    width, height = size_wh
    card_w, card_h = width // 4, height // 4
    left = _bounce(index * max(1, width // _STEPS_A_WIDTH), width - card_w)
    top = _bounce(index * max(1, height // _STEPS_A_HEIGHT), height - card_h)
    return left, top, left + card_w, top + card_h


def _bounce(distance_px: int, span_px: int) -> int:
    return span_px - abs(distance_px % (2 * span_px) - span_px)


class SyntheticSource(ClosesAtExit):
    """Frames in which a card moves about; the same index gives the same pixels.

    With a rate it behaves like a camera: a frame falls due every 1 / rate seconds, and who comes late gets the
    newest one. Without a rate it is as fast as it is read, and endless unless the options say where to stop.

    Args:
        spec: `synthetic:WIDTHxHEIGHT` or `synthetic:WIDTHxHEIGHT@FPS`.
        options: start, end and every; without a rate a second has 30 frames.

    Raises:
        SourceError: the spec is malformed.
    """

    def __init__(self, spec: str, options: SourceOptions | None = None) -> None:
        quiet_opencv()
        self._spec, self._options = spec, options or SourceOptions()
        self._size_wh, fps = parse_synthetic(spec)
        self._fps = fps or NOMINAL_FPS
        self._paced = fps is not None
        every = self._options.every
        first = math.ceil(self._options.start_s * self._fps - 1e-6)
        end_s = self._options.end_s
        self._end = None if end_s is None else max(math.ceil(end_s * self._fps - 1e-6), first)
        count = None if self._end is None else math.ceil((self._end - first) / every)
        self._next = first
        self._epoch = new_epoch()
        self._background, self._card = _background(self._size_wh), _card(self._size_wh)
        self._info = SourceInfo(
            spec, "synthetic", self._size_wh, self._fps / every, live=self._paced, frame_count=count
        )
        self._closed = threading.Event()
        self._start_s = time.perf_counter()

    @property
    def info(self) -> SourceInfo:
        """What is known about it."""
        return self._info

    def read(self) -> Frame | None:
        """The next frame; with a rate, the newest that is due."""
        started_s = time.perf_counter()
        due_s = self._wait_until_due() if self._paced else started_s
        index = self._next
        if self._closed.is_set() or (self._end is not None and index >= self._end):
            return None
        self._next = index + self._options.every
        began_s = time.perf_counter() if self._paced else started_s
        image = self._draw(index)
        now_s = time.perf_counter()
        return Frame(
            image,
            index,
            due_s if self._paced else now_s,
            None if self._paced else index / self._fps,
            self._spec,
            read_s=now_s - began_s,
            epoch=self._epoch,
        )

    def close(self) -> None:
        """End here, also for a `read` that waits."""
        self._closed.set()

    def _wait_until_due(self) -> float:
        """Wait for the next frame, or skip to the newest that is due; gives the time at which it fell due."""
        every = self._options.every
        newest = math.floor((time.perf_counter() - self._start_s) * self._fps)
        self._next = max(self._next, newest - newest % every)
        due_s = self._start_s + self._next / self._fps
        self._closed.wait(max(due_s - time.perf_counter(), 0))
        return due_s

    def _draw(self, index: int) -> ImageU8:
        import cv2

        image = self._background.copy()
        left, top, right, bottom = card_box(index, self._size_wh)
        image[top:bottom, left:right] = self._card
        scale = max(self._size_wh[1] / 720, 0.3)
        for line, text in enumerate((f"frame {index}", f"{index / self._fps:.3f} s")):
            origin = (round(16 * scale), self._size_wh[1] - round((60 - 40 * line) * scale))
            thickness = max(1, round(2 * scale))
            cv2.putText(image, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), thickness)
        image.flags.writeable = False
        return image


def _background(size_wh: tuple[int, int]) -> ImageU8:
    """(H, W, 3) uint8: dark, lighter to the right and to the bottom."""
    width, height = size_wh
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(20, 110, width, dtype=np.uint8)[None, :]
    image[..., 1] = np.linspace(20, 90, height, dtype=np.uint8)[:, None]
    image[..., 2] = 40
    return image


def _card(size_wh: tuple[int, int]) -> ImageU8:
    """(H / 4, W / 4, 3) uint8: bright squares of two colours with a white rim."""
    width, height = size_wh[0] // 4, size_wh[1] // 4
    cell = max(height // 6, 1)
    rows, columns = np.arange(height)[:, None] // cell, np.arange(width)[None, :] // cell
    odd = (rows + columns) % 2
    card: ImageU8 = _CARD_BGR[odd.astype(np.intp)]
    rim = max(cell // 6, 1)
    card[:rim], card[-rim:], card[:, :rim], card[:, -rim:] = 255, 255, 255, 255
    return card
