"""Blurring people before a picture is shown. Whenever it is unclear who is where, everything is blurred."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.kiosk.presence import person_boxes, person_ids
from vision_app.results.masks import BoxMask
from vision_app.results.values import BoxResult, FloatArray, Frame, ImageU8, Keypoints, Masks, Result
from vision_app.tasks.nms import iou_one_to_many

MAX_AGE_S = 0.6
"""Boxes that are older do not say where people are."""
HOLD_S = 0.6
"""Somebody who was seen so lately stays blurred: detectors lose people for single frames."""
MARGIN = 0.12
"""Share of a box that is added on each side: boxes are not exact, and people move on from them."""
_FACE_SHARE = 1 / 40
"""Size of the blocks that a picture is dissolved into, as a share of its longer side."""
_STAYS_FRONT = 1.25
"""Another person takes the front when its box is so many times as large."""
_SAME_PERSON_IOU = 0.3

Area = tuple[int, int, int, int]


class PeopleBlur:
    """A picture filter: blurs all persons but the front one, or all that is around the front one.

    The front person is the one with the largest box; it stays that until another is clearly larger. Boxes
    come from any model in use that knows the class "person". The filter fails closed: without a person
    detector, before its first results, and with results older than `MAX_AGE_S`, all of the picture is blurred.
    Where two people overlap, the one behind is blurred, with the part of the front person in that place,
    unless the model gives masks.

    Args:
        surroundings: blur everything outside the front person's box, not only other persons' boxes.
        everybody: there is no front person.
    """

    def __init__(self, *, surroundings: bool = False, everybody: bool = False) -> None:
        self._surroundings, self._everybody = surroundings, everybody
        self._lock = threading.Lock()
        self._results: tuple[Result, ...] = ()
        self._since_s = 0.0
        self._front: FloatArray | None = None
        self._seen: deque[tuple[float, FloatArray]] = deque()

    def __call__(self, frame: Frame, results: tuple[Result, ...]) -> ImageU8:
        """The picture as it may be shown: (H, W, 3) uint8 BGR, a new array."""
        with self._lock:
            found = self._people(frame.captured_s, results)
            if found is None:
                self._front = None
                return dissolved(frame.image)
            clear = self._clear_area(frame, found)
        out = dissolved(frame.image)
        np.copyto(out, frame.image, where=clear[:, :, np.newaxis])
        return out

    def _people(self, captured_s: float, results: tuple[Result, ...]) -> BoxResult | None:
        """What is known of people and fresh enough; None if nothing is."""
        if not _same(results, self._results):
            self._results, self._since_s = results, captured_s
        self._since_s = min(self._since_s, captured_s)  # another source begins anew
        tellers = [r for r in results if isinstance(r, BoxResult) and person_ids(r.detections.labels)]
        if not tellers or captured_s - self._since_s > MAX_AGE_S:
            self._seen.clear()
            return None
        return max(tellers, key=lambda r: len(person_boxes(r)))

    def _clear_area(self, frame: Frame, found: BoxResult) -> NDArray[np.bool_]:
        """(H, W) bool: what is shown as it is."""
        boxes = person_boxes(found)
        height, width = frame.image.shape[:2]
        front = None if self._everybody else self._choose_front(boxes)
        others = np.delete(boxes, [] if front is None else [front], axis=0)
        self._remember(frame.captured_s, others)
        clear = np.full((height, width), not self._surroundings, np.bool_)
        own = None if front is None else _area(boxes[front], (width, height))
        if own is not None:
            clear[own[1] : own[3], own[0] : own[2]] = True
        for box in self._held(self._front):
            left, top, right, bottom = _area(box, (width, height))
            clear[top:bottom, left:right] = False
        masks = found.masks if isinstance(found, Masks | Keypoints) else None
        if front is not None and masks is not None:
            self._keep_mask(clear, found, masks, front)
        return clear

    def _choose_front(self, boxes: FloatArray) -> int | None:
        if len(boxes) == 0:
            self._front = None
            return None
        areas = _areas(boxes)
        largest = int(areas.argmax())
        if self._front is not None:
            overlaps = iou_one_to_many(self._front, boxes)
            same = int(overlaps.argmax())
            if overlaps[same] > _SAME_PERSON_IOU and areas[largest] < _STAYS_FRONT * areas[same]:
                largest = same
        self._front = boxes[largest]
        return largest

    def _remember(self, captured_s: float, others: FloatArray) -> None:
        if self._seen and captured_s < self._seen[-1][0]:
            self._seen.clear()
        self._seen.append((captured_s, others))
        while captured_s - self._seen[0][0] > HOLD_S:
            self._seen.popleft()

    def _held(self, front: FloatArray | None) -> Iterable[FloatArray]:
        """Boxes of all others that were seen lately, each once; of the past not those that are the front person's."""
        newest = self._seen[-1][1]
        yield from newest
        done: set[bytes] = {box.tobytes() for box in newest}
        for _, boxes in self._seen:
            for box in boxes:
                if box.tobytes() in done:
                    continue
                done.add(box.tobytes())
                if front is None or iou_one_to_many(front, box[np.newaxis])[0] <= _SAME_PERSON_IOU:
                    yield box

    @staticmethod
    def _keep_mask(
        clear: NDArray[np.bool_], found: BoxResult, masks: tuple[BoxMask, ...], front: int
    ) -> None:
        """The pixels of the front person are shown even where somebody's box covers them."""
        persons = np.flatnonzero(np.isin(found.detections.class_ids, person_ids(found.detections.labels)))
        mask = masks[int(persons[front])]
        height, width = mask.inside.shape
        clear[mask.top : mask.top + height, mask.left : mask.left + width] |= mask.inside


def blur_everything(frame: Frame, _: tuple[Result, ...]) -> ImageU8:
    """A picture filter that blurs all of the picture: for when nobody knows who is where."""
    return dissolved(frame.image)


def dissolved(image: ImageU8) -> ImageU8:
    """The whole picture in soft blocks in which no face can be made out.

    The blocks take the detail away for good; the blur after them only makes it pleasant to look at.

    Args:
        image: (H, W, 3) uint8 BGR.

    Returns:
        A new array of the same shape.
    """
    height, width = image.shape[:2]
    block = max(4, round(max(height, width) * _FACE_SHARE))
    small_wh = (max(1, -(-width // block)), max(1, -(-height // block)))
    small = cv2.resize(image, small_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def tells_persons(labels: Iterable[str], classes: Iterable[str] = ()) -> bool:
    """Whether a detector with these labels, kept to these classes, finds persons.

    >>> tells_persons(("cat", "person")), tells_persons(("cat", "person"), ("cat",)), tells_persons(("person",), ("0",))
    (True, False, True)
    """
    ids = {str(i) for i in person_ids(labels)}
    wanted = {name.strip().casefold() for name in classes}
    return bool(ids) and (not wanted or bool(wanted & ({"person"} | ids)))


def _same(a: tuple[Result, ...], b: tuple[Result, ...]) -> bool:
    """Whether these are the very same results, not only equal ones: an empty room stays equal for ever."""
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


def _area(box: FloatArray, frame_wh: tuple[int, int]) -> Area:
    """Whole pixels of a box with its margin, within the frame."""
    x, y = (box[2] - box[0]) * MARGIN, (box[3] - box[1]) * MARGIN
    left, top = max(0, int(box[0] - x)), max(0, int(box[1] - y))
    return left, top, min(frame_wh[0], int(np.ceil(box[2] + x))), min(frame_wh[1], int(np.ceil(box[3] + y)))


def _areas(boxes: FloatArray) -> FloatArray:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)
