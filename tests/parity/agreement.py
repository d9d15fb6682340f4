"""When two lists of detections are the same, and which differences arithmetic alone explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from peers import iou_matrix

from vision_app.results.values import Detections

LEAST_IOU = 0.99
SCORE_TOLERANCE = 1e-3
_SIDE_PX = 0.05  # of boxes so small or degenerate that their overlap says nothing
_BORDERLINE = 0.02
_BORDERLINE_CUT = 0.1  # of boxes that the frame's edge cuts: their overlap was taken of the whole boxes
_TIE = 2e-5


@dataclass(frozen=True, slots=True)
class Agreement:
    """Outcome of one comparison.

    Attributes:
        boxes: how many boxes the peer found.
        excused: boxes that one side only has, for a reason of rounding.
        unexplained: boxes that one side only has, for no such reason, in words.
    """

    boxes: int
    excused: int
    unexplained: tuple[str, ...]


def compare(
    ours: Detections, peer: Detections, size_wh: tuple[int, int], iou: float, limit: int, *, agnostic: bool
) -> Agreement:
    """Pair the boxes of two results.

    Ultralytics tells classes apart in its suppression by moving class c by 7680 c pixels: in float32 that
    leaves 1/16 pixel for the last classes of COCO, so that overlaps close to the threshold may fall on the
    other side: such a box overlaps a better one of its own list by nearly the threshold. So may what it
    would have suppressed. Where the list is full, boxes with the score of the last one are a tie.
    """
    theirs = np.clip(peer.xyxy, 0, np.tile(np.array(size_wh, np.float32), 2))
    overlap = iou_matrix(ours.xyxy, theirs)
    apart = np.abs(ours.xyxy[:, None] - theirs[None]).max(axis=2)
    same = (overlap >= LEAST_IOU) | (apart <= _SIDE_PX)
    same &= ours.class_ids[:, None] == peer.class_ids[None]
    same &= np.abs(ours.scores[:, None] - peer.scores[None]) <= SCORE_TOLERANCE
    left, right = ~same.any(axis=1), ~same.any(axis=0)
    full = len(ours) == len(peer) == limit
    lowest = min(ours.scores.min(initial=1.0), peer.scores.min(initial=1.0))
    unexplained: list[str] = []
    for who, alone, found, boxes, other, others_alone, table in (
        ("ours", left, ours, ours.xyxy, peer, right, overlap),
        ("the peer's", right, peer, peer.xyxy, ours, left, overlap.T),
    ):
        own = iou_matrix(boxes, boxes)
        for i in np.flatnonzero(alone):
            rival = agnostic | (found.class_ids == found.class_ids[i])
            better = rival & (found.scores >= found.scores[i] - _TIE) & (np.arange(len(found)) != i)
            cut = bool(((boxes[i] <= 0) | (boxes[i] >= np.tile(size_wh, 2))).any())
            near = better & (np.abs(own[i] - iou) <= (_BORDERLINE_CUT if cut else _BORDERLINE))
            others = others_alone & (other.scores >= found.scores[i] - _TIE)
            others &= agnostic | (other.class_ids == found.class_ids[i])
            cascade = others & (table[i] > iou - _BORDERLINE)
            tie = full and found.scores[i] <= lowest + _TIE
            if not (tie or near.any() or cascade.any()):
                unexplained.append(f"only {who}: {boxes[i]} {found.scores[i]:.4f} {found.label(i)}")
    alone_count = int(left.sum() + right.sum())
    if not alone_count and len(ours) != len(peer):
        unexplained.append(f"{len(ours)} boxes, the peer has {len(peer)}")
    return Agreement(len(peer), alone_count - len(unexplained), tuple(unexplained))
