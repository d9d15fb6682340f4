"""Landmarks of a frame as one row of numbers, as they are kept: nothing normalised but the size of the frame.

`hands`  twice (left hand, right hand): whether it was seen, then 21 points (x, y, depth)
`body`   whether it was seen, then 33 points (x, y, depth, visibility)

Lengths are in heights of the frame, so that the sides of a picture keep their ratio; x goes to the right and y down, as
the camera sees it: what a mirror has swapped is swapped back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vision_app.results.frames import FloatArray
from vision_app.results.shapes import Keypoints
from vision_app.results.skeletons import named_skeleton

HAND_POINTS, BODY_POINTS = 21, 33
HAND_WIDTH = 1 + HAND_POINTS * 3
HANDS_WIDTH = 2 * HAND_WIDTH
BODY_WIDTH = 1 + BODY_POINTS * 4
WIDTHS: Mapping[str, int] = {"hands": HANDS_WIDTH, "body": BODY_WIDTH}
"""Chain of landmarks to how many numbers a frame has."""

_MOST_VOTES = 30


def mirrored_names(names: tuple[str, ...]) -> list[int]:
    """For each point the one on the other side.

    >>> mirrored_names(("nose", "left_eye", "right_eye", "mouth_left", "mouth_right"))
    [0, 2, 1, 4, 3]
    """
    swapped = {"left": "right", "right": "left"}
    other = ["_".join(swapped.get(word, word) for word in name.split("_")) for name in names]
    return [names.index(name) for name in other]


@dataclass(frozen=True, slots=True)
class HandSides:
    """Which hand is which: a track keeps its side although single frames may say otherwise.

    Attributes:
        votes: number of a track to how many frames more have said right than left.
    """

    votes: Mapping[int, int]

    def after(self, tracks: list[int], right: list[bool]) -> HandSides:
        """With what one more frame says."""
        made = {}
        for track, is_right in zip(tracks, right, strict=True):
            sum_ = self.votes.get(track, 0) + (1 if is_right else -1)
            made[track] = max(-_MOST_VOTES, min(_MOST_VOTES, sum_))
        return HandSides(made)


NO_SIDES = HandSides({})


def hands_row(
    sides: HandSides, found: Keypoints, frame_wh: tuple[int, int], *, mirrored: bool = False
) -> tuple[HandSides, FloatArray]:
    """The two hands of a frame.

    Args:
        sides: as given back for the frame before; `NO_SIDES` for the first.
        found: what the chain `hands` has found.
        frame_wh: size of the frame, pixels.
        mirrored: the frame is seen as in a mirror; the chain has named the hands accordingly.

    Returns:
        What to give for the next frame, and (128,) float32.
    """
    row = np.zeros((2, HAND_WIDTH), np.float32)
    objects = found.detections
    order = np.argsort(-objects.scores, kind="stable")[:2].tolist()
    right = [objects.label(i) == "right hand" for i in order]
    if objects.track_ids is not None:
        tracks = [int(objects.track_ids[i]) for i in order]
        sides = sides.after(tracks, right)
        right = [
            sides.votes[t] > 0 or (sides.votes[t] == 0 and r) for t, r in zip(tracks, right, strict=True)
        ]
    if len(right) == 2 and right[0] == right[1]:  # nobody has two left hands
        right[1] = not right[0]
    for i, is_right in zip(order, right, strict=True):
        slot = row[int(is_right)]
        slot[0] = 1
        slot[1:] = _points(found, i, frame_wh, mirrored=mirrored).ravel()
    return sides, row.ravel()


def body_row(found: Keypoints, frame_wh: tuple[int, int], *, mirrored: bool = False) -> FloatArray:
    """The surest body of a frame, (133,) float32."""
    row = np.zeros(BODY_WIDTH, np.float32)
    if len(found.detections):
        i = int(np.argmax(found.detections.scores))
        points = np.concatenate(
            [_points(found, i, frame_wh, mirrored=mirrored), found.points[i, :, 2:]], axis=1
        )
        if mirrored:  # the network takes the left arm in a mirror for a right one
            points = points[mirrored_names(named_skeleton("body-33").names)]
        row[0] = 1
        row[1:] = points.ravel()
    return row


def _points(found: Keypoints, i: int, frame_wh: tuple[int, int], *, mirrored: bool) -> FloatArray:
    """(K, 3) float32: x, y, depth in heights of the frame, as the camera sees them."""
    width, height = frame_wh
    xy = found.points[i, :, :2].astype(np.float32)
    depth = np.zeros(len(xy), np.float32) if found.depths is None else found.depths[i]
    x = width - xy[:, 0] if mirrored else xy[:, 0]
    return np.stack([x, xy[:, 1], depth], axis=1).astype(np.float32) / np.float32(height)
