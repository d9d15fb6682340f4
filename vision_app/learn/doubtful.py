"""Frames that a live model was unsure of, kept in memory for a person to name. Nothing reaches the disk unnamed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from vision_app.pictures.reading import decode
from vision_app.results.values import Classification, ImageU8
from vision_app.samples.sample import NewSample, Sample
from vision_app.samples.store import SampleStore

MOST = 200
"""Frames that are kept; the oldest goes when another one comes."""
SMALLEST_MARGIN = 0.3
"""Of a sure answer the best class is at least so far before the second."""
EVERY_S = 0.5
"""Frames of one moment are alike: at most one in so long is taken."""
_QUALITY = 92
_LONGEST_PX = 1280


@dataclass(frozen=True, slots=True, eq=False)
class Doubtful:
    """One frame.

    Attributes:
        number: rises with each frame.
        jpeg: what the model looked at, encoded.
        guess: the best label.
        probability: its probability.
        margin: how far it is before the second.
        unknown: whether the model called it unknown.
    """

    number: int
    jpeg: bytes
    guess: str
    probability: float
    margin: float
    unknown: bool


def is_doubtful(said: Classification) -> bool:
    """Whether a model was unsure: it called the picture unknown, or two classes are near to each other.

    A picture of the class "none of these" that the model is sure of is no doubt.
    """
    best = said.top(2)
    if len(best) < 2:
        return False
    if best[0][2] - best[1][2] < SMALLEST_MARGIN:
        return True
    return said.unknown and best[0][0] != said.background


class DoubtfulFrames:
    """A ring of them; off until the user says so. Safe to use from many threads.

    Args:
        most: how many are kept.
        clock: seconds that never go back.
    """

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._frames: OrderedDict[int, Doubtful] = OrderedDict()
        self._number = 0
        self._taken_s = -np.inf
        self._on = False

    @property
    def on(self) -> bool:
        """Whether frames are collected."""
        return self._on

    def switch(self, on: bool) -> None:
        """Collect from now on, or no more; what has been collected stays until it is named or dropped."""
        self._on = on

    def __len__(self) -> int:
        """How many wait for a name."""
        return len(self._frames)

    def newest_first(self) -> tuple[Doubtful, ...]:
        """All that wait."""
        with self._lock:
            return tuple(reversed(self._frames.values()))

    def offer(self, image: ImageU8, said: Classification) -> bool:
        """Keep a frame if the model was unsure of it.

        Args:
            image: (H, W, 3) uint8 BGR, what the model looked at.
            said: what it said.

        Returns:
            Whether it was kept.
        """
        if not self._on or not is_doubtful(said):
            return False
        with self._lock:
            now_s = self._clock()
            if now_s - self._taken_s < EVERY_S:
                return False
            self._taken_s = now_s
            self._number += 1
            number = self._number
        best = said.top(2)
        kept = Doubtful(
            number, _encoded(image), best[0][1], best[0][2], best[0][2] - best[1][2], said.unknown
        )
        with self._lock:
            self._frames[number] = kept
            while len(self._frames) > self._most:
                self._frames.popitem(last=False)
        return True

    @staticmethod
    def keep(frame: Doubtful, label: str, store: SampleStore, session: str) -> Sample:
        """Make a sample of a frame that was given a name: now it is on the disk.

        Args:
            frame: one that was taken out of the ring.
            label: its class.
            store: where samples are kept.
            session: name of the session that it belongs to; whole sessions are held out.

        Raises:
            SampleError: it cannot be kept.
        """
        return store.add(NewSample(label, session, frame.jpeg, ".jpg", decode(frame.jpeg).image))

    def drop(self, number: int) -> None:
        """Forget one."""
        with self._lock:
            self._frames.pop(number, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._frames.clear()


def _encoded(image: ImageU8) -> bytes:
    longest = max(image.shape[:2])
    if longest > _LONGEST_PX:
        scale = _LONGEST_PX / longest
        size_wh = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        image = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())
