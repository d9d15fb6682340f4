"""Whether somebody is there: movement in the picture, persons that a detector found, touches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import cv2
import numpy as np

from vision_app.results.values import BoxResult, FloatArray, ImageU8, Result

PERSON = "person"
"""Label of people, as COCO and what is trained on it call them."""

_SMALL_WH = (96, 54)
_BLUR_PX = 3
_COMPARED_WITH = 2
"""A picture is compared with the second last one, 0.4 s before: slow people move enough in that time."""
# times a pixel's own noise; and grey levels below which no change is seen, however quiet the camera is
_NOISE_FACTOR = 5.0
_LEAST_CHANGE = 6.0
_LEAST_SPOT_PX = 6
"""Smallest spot that counts: a thousandth of the small picture."""
_NOISE_AT_FIRST = 1.5
_NOISE_FOLLOW = 0.05
_FLASH_SHARE = 0.6


class Motion:
    """Sees movement: small grey pictures are compared with those of a moment ago.

    What is not movement: noise (each pixel's own is measured and has to be exceeded by far), an exposure that
    changes (the median change of the whole picture is taken off), a lamp that is switched on (most of the
    picture changes at once), single pixels (there has to be one spot of some size).
    """

    def __init__(self) -> None:
        self._before: deque[FloatArray] = deque(maxlen=_COMPARED_WITH)
        self._noise: FloatArray | None = None

    def see(self, image: ImageU8) -> bool:
        """Whether something moves.

        Args:
            image: (H, W, 3) uint8 BGR; pictures are expected some five times a second.
        """
        grey = _small(image)
        if self._noise is None:
            self._noise = np.full_like(grey, _NOISE_AT_FIRST)
        if len(self._before) < _COMPARED_WITH:
            self._before.append(grey)
            return False
        change = grey - self._before[0]
        change -= np.float32(np.median(change))
        np.abs(change, out=change)
        seen = change > np.maximum(_LEAST_CHANGE, _NOISE_FACTOR * self._noise)
        self._before.append(grey)
        if float(seen.mean()) > _FLASH_SHARE:
            self._before.clear()
            return False
        # what moves is no noise, but a screen that flickers in the background is one after a while
        step = np.minimum(change, 2 * self._noise + 1)
        self._noise += np.float32(_NOISE_FOLLOW) * (step - self._noise)
        return _largest_spot(seen) >= _LEAST_SPOT_PX


def _small(image: ImageU8) -> FloatArray:
    small = cv2.resize(image, _SMALL_WH, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    blurred = cv2.GaussianBlur(grey, (_BLUR_PX, _BLUR_PX), 0)
    return np.asarray(blurred, np.float32)


def _largest_spot(seen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """Pixels of the largest connected spot."""
    if not seen.any():
        return 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8), connectivity=8)
    return int(stats[1:, cv2.CC_STAT_AREA].max())


class Presence:
    """Whether somebody is there.

    It is easy to stay and less easy to come: one sign of life keeps the programme going for `idle_s`, but
    once nobody was there, movement has to be seen in several looks of a second or two. A touch always counts.

    Args:
        idle_s: nobody is there after so long without a sign.
        clock: monotonic seconds.
    """

    COMES_AFTER = 3
    COMES_WITHIN_S = 1.5

    def __init__(self, idle_s: float, clock: Callable[[], float]) -> None:
        self._idle_s, self._clock = idle_s, clock
        self._motion = Motion()
        self._sign_s = clock()
        self._recent: deque[float] = deque(maxlen=self.COMES_AFTER)

    @property
    def present(self) -> bool:
        """Whether somebody is there."""
        return self._clock() - self._sign_s < self._idle_s

    def look(self, image: ImageU8, results: Iterable[Result]) -> None:
        """Look at a frame, some five times a second, and at what the models say."""
        moved = self._motion.see(image)
        if not (persons(results) > 0 or moved):
            return
        now_s = self._clock()
        self._recent.append(now_s)
        comes = len(self._recent) == self.COMES_AFTER and now_s - self._recent[0] <= self.COMES_WITHIN_S
        if self.present or comes:
            self._sign_s = now_s

    def touched(self) -> None:
        """Somebody touched the screen or a key."""
        self._sign_s = self._clock()

    def hold(self) -> None:
        """There are no pictures to judge by: whoever was there still is."""
        self._sign_s = max(self._sign_s, self._clock() - self._idle_s / 2)

    def new_view(self) -> None:
        """Another source is shown: its first picture is not a movement."""
        self._motion = Motion()
        self._recent.clear()


def persons(results: Iterable[Result]) -> int:
    """How many persons the models found, by the one that found most."""
    most = 0
    for result in results:
        if isinstance(result, BoxResult):
            most = max(most, len(person_boxes(result)))
    return most


def person_boxes(result: BoxResult) -> FloatArray:
    """(N, 4) float32 xyxy, pixels of the frame: the boxes of the persons."""
    found = result.detections
    ids = person_ids(found.labels)
    return found.xyxy[np.isin(found.class_ids, ids)]


def person_ids(labels: Iterable[str]) -> list[int]:
    """Which classes are persons."""
    return [i for i, label in enumerate(labels) if label.strip().casefold() == PERSON]
