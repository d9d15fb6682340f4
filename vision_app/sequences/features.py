"""Landmarks over time as numbers to learn from: the same wherever the hands or the body are and however large.

What a movement is made of stays: which way a hand points and turns, and the path of its palm. A path needs something
to be measured from. That is a frame of reference that follows slowly: its origin moves towards the palm with a time
constant of 1.5 s and its unit towards the size of the hand with 1 s, so that a gesture of a second or two is seen whole
while standing elsewhere, or coming nearer, is forgotten soon. For a body it is the middle of the shoulders and their
width, with 2 s. Nothing looks ahead, so that a stream gives what a clip gives.

A hand that is lost for a moment, as fast ones are, is held for 0.3 s; its flag says that it was not seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from vision_app.results.frames import FloatArray
from vision_app.results.skeletons import named_skeleton
from vision_app.sequences.layouts import (
    BODY_POINTS,
    HAND_POINTS,
    HAND_WIDTH,
    WIDTHS,
    mirrored_names,
)
from vision_app.sequences.sequence import Sequence

HOLD_S = 0.3
FORGET_S = 1.0
_ORIGIN_S, _UNIT_S, _BODY_S = 1.5, 1.0, 2.0
_FARTHEST = 10.0
_TINY = 1e-4
_PALM = (0, 5, 17)
_ONE_HAND = 1 + (HAND_POINTS - 1) * 2 + 2
_HANDS = 2 * _ONE_HAND + 3
_JOINTS = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Nose, shoulders, elbows, wrists, hips, knees, ankles of `body-33`."""
_BODY = 1 + len(_JOINTS) * 2
_NOSE, _SHOULDERS = 0, (11, 12)


@dataclass(frozen=True, slots=True)
class _Reference:
    """What one hand or body is measured from.

    Attributes:
        origin: (2,) float64, heights of the frame.
        unit: heights of the frame.
        seen_s: when it was seen last.
        values: the numbers that were made of it then.
    """

    origin: FloatArray
    unit: float
    seen_s: float
    values: FloatArray


State = tuple[_Reference | None, ...]


def _followed(
    before: _Reference | None, now_s: float, place: FloatArray, unit: float, within_s: tuple[float, float]
) -> _Reference:
    """The frame of reference for this frame: that of the frame before, moved a little.

    Args:
        before: that of the frame before.
        now_s: when this frame was.
        place: (2,) where the thing is.
        unit: how large it is.
        within_s: time constants of the origin and of the unit, seconds.
    """
    if before is None or now_s - before.seen_s > FORGET_S:
        return _Reference(place, unit, now_s, np.zeros(0, np.float32))
    step_s = max(now_s - before.seen_s, 0.0)
    origin_s, unit_s = within_s
    return _Reference(
        before.origin + (1 - math.exp(-step_s / origin_s)) * (place - before.origin),
        before.unit + (1 - math.exp(-step_s / unit_s)) * (unit - before.unit),
        now_s,
        before.values,
    )


def _held(before: _Reference | None, now_s: float, width: int) -> tuple[_Reference | None, FloatArray]:
    """What is said of something that was not seen: the same as before for a moment, then nothing."""
    if before is None or now_s - before.seen_s > FORGET_S:
        return None, np.zeros(width, np.float32)
    if now_s - before.seen_s > HOLD_S + 1e-6:
        return before, np.zeros(width, np.float32)
    values = before.values.copy()
    values[0] = 0
    return before, values


def _hand(before: _Reference | None, now_s: float, row: FloatArray) -> tuple[_Reference | None, FloatArray]:
    if row[0] < 0.5:
        return _held(before, now_s, _ONE_HAND)
    points = row[1:].reshape(HAND_POINTS, 3)[:, :2].astype(np.float64)
    palm = points[list(_PALM)].mean(axis=0)
    # the palm is foreshortened one way or the other, seldom both
    length = np.linalg.norm(points[[5, 9, 17]] - points[0], axis=1).max()
    across = 1.5 * float(np.linalg.norm(points[5] - points[17]))
    made = _followed(before, now_s, palm, max(float(length), across, _TINY), (_ORIGIN_S, _UNIT_S))
    shape = ((points[1:] - points[0]) / made.unit).ravel()
    path = (palm - made.origin) / made.unit
    values = _bounded(np.concatenate([[1.0], shape, path]))
    return replace(made, values=values), values


def _hands(state: State, now_s: float, row: FloatArray) -> tuple[State, FloatArray]:
    """Both hands, then where the right one is as seen from the left one."""
    both = [_hand(s, now_s, r) for s, r in zip(state, row.reshape(2, HAND_WIDTH), strict=True)]
    (left, of_left), (right, of_right) = both
    apart = np.zeros(3, np.float32)
    seen = row.reshape(2, HAND_WIDTH)
    if left is not None and right is not None and seen[0, 0] > 0.5 and seen[1, 0] > 0.5:
        palms = [r[1:].reshape(HAND_POINTS, 3)[list(_PALM), :2].mean(axis=0) for r in seen]
        apart = _bounded(np.concatenate([[1.0], (palms[1] - palms[0]) * 2 / (left.unit + right.unit)]))
    return (left, right), np.concatenate([of_left, of_right, apart])


def _body(state: State, now_s: float, row: FloatArray) -> tuple[State, FloatArray]:
    if row[0] < 0.5:
        kept, values = _held(state[0], now_s, _BODY)
        return (kept,), values
    points = row[1:].reshape(BODY_POINTS, 4).astype(np.float64)
    shoulders = points[list(_SHOULDERS), :2]
    middle = shoulders.mean(axis=0)
    # one who stands sideways has narrow shoulders, and his head is as far above them as ever
    unit = max(
        float(np.linalg.norm(shoulders[1] - shoulders[0])),
        1.2 * float(np.linalg.norm(points[_NOSE, :2] - middle)),
        _TINY,
    )
    made = _followed(state[0], now_s, middle, unit, (_BODY_S, _BODY_S))
    joints = points[list(_JOINTS)]
    seen = np.clip((joints[:, 3:] - 0.3) / 0.4, 0.0, 1.0)  # what is hidden or outside counts little by little
    places = (joints[:, :2] - made.origin) / made.unit * seen
    values = _bounded(np.concatenate([[1.0], places.ravel()]))
    return (replace(made, values=values),), values


def _bounded(values: FloatArray) -> FloatArray:
    return np.clip(values, -_FARTHEST, _FARTHEST).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Numbers of a movement, made frame by frame.

    Attributes:
        name: what `Sequence.features` says.
        tracks: chains of landmarks that it is made of, in this order.
        width: how many numbers a frame has.
    """

    name: str
    tracks: tuple[str, ...]
    width: int

    def start(self) -> tuple[State, ...]:
        """The state before the first frame."""
        return tuple(_START[track] for track in self.tracks)

    def step(
        self, state: tuple[State, ...], time_s: float, rows: Mapping[str, FloatArray]
    ) -> tuple[tuple[State, ...], FloatArray, bool]:
        """The numbers of the next frame.

        Args:
            state: as given back for the frame before.
            time_s: when it was, later than the one before.
            rows: chain to its landmarks as `layouts` has them.

        Returns:
            The state for the next frame; (width,) float32; whether anything was seen.
        """
        made = [_MAKE[t](s, time_s, rows[t]) for t, s in zip(self.tracks, state, strict=True)]
        seen = any(was_seen(track, rows[track][None])[0] for track in self.tracks)
        return tuple(s for s, _ in made), np.concatenate([values for _, values in made]), bool(seen)

    def mirrored(self, sequence: Sequence) -> Sequence:
        """The same movement as a mirror shows it: with the other hand."""
        order, sign = _mirrors(self.tracks)
        return replace(sequence, values=sequence.values[:, order] * sign)


def was_seen(track: str, rows: FloatArray) -> FloatArray:
    """(T,) bool: in which rows of landmarks anything was seen.

    Args:
        track: the chain.
        rows: (T, width) float32.
    """
    if track == "hands":
        return np.asarray((rows[:, 0] > 0.5) | (rows[:, HAND_WIDTH] > 0.5))
    if track == "body":
        return np.asarray(rows[:, 0] > 0.5)
    return np.ones(len(rows), bool)


_START: Mapping[str, State] = {"hands": (None, None), "body": (None,)}
_MAKE: Mapping[str, Callable[[State, float, FloatArray], tuple[State, FloatArray]]] = {
    "hands": _hands,
    "body": _body,
}
_FEATURE_WIDTHS: Mapping[str, int] = {"hands": _HANDS, "body": _BODY}

FEATURE_SETS: Mapping[str, FeatureSet] = {
    name: FeatureSet(name, tracks, sum(_FEATURE_WIDTHS[t] for t in tracks))
    for name, tracks in {"hands": ("hands",), "body": ("body",), "hands+body": ("hands", "body")}.items()
}
"""Sets of features of landmarks by name: what `train --base` can be beside a classifier."""


def _mirrors(tracks: tuple[str, ...]) -> tuple[list[int], FloatArray]:
    """Which column each column of the mirror image is, and its sign."""
    order: list[int] = []
    signs: list[float] = []
    for track in tracks:
        at = len(order)
        if track == "hands":
            for other in (1, 0):
                order += [at + other * _ONE_HAND + i for i in range(_ONE_HAND)]
                signs += [1.0, *([-1.0, 1.0] * ((_ONE_HAND - 1) // 2))]
            order += [at + 2 * _ONE_HAND + i for i in range(3)]
            signs += [1.0, 1.0, -1.0]  # from the other hand: the way across stays, the way down turns round
        else:
            swapped = mirrored_names(named_skeleton("body-33").names)
            order += [at]
            for joint in _JOINTS:
                other = _JOINTS.index(swapped[joint])
                order += [at + 1 + other * 2, at + 2 + other * 2]
            signs += [1.0, *([-1.0, 1.0] * len(_JOINTS))]
    return order, np.array(signs, np.float32)


def mirrored(sequence: Sequence) -> Sequence | None:
    """A sequence as a mirror shows it; None where nobody knows what its columns are."""
    made = FEATURE_SETS.get(sequence.features)
    return None if made is None else made.mirrored(sequence)


def track_width(track: str) -> int | None:
    """How many numbers a frame of a track of landmarks has; None for an embedding."""
    return WIDTHS.get(track)
