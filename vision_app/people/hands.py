"""Hands: palms in the whole picture, then 21 landmarks in a turned crop of each."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision_app.people.detecting import Network, detect
from vision_app.people.geometry import TurnedBox, as_tensor, cut_out, overlap, to_picture, turned
from vision_app.people.regions import hand_from_landmarks, hand_from_palm
from vision_app.people.ssd import PALM
from vision_app.results.values import FloatArray, ImageU8

SIDE = 224
POINTS = 21
_DEPTH = 0.4  # normalize_z of the graph hand_landmark_cpu
_SAME_IOU = 0.5
_SAME_SHARE = 0.1  # of the region: so near to each other are the landmarks of two looks at one hand
EDGE_MARGIN = 0.25
_SECOND_LOOK_LEAST = 0.9
_SECOND_LOOK_EVERY = 3


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand.

    Attributes:
        points: (21, 3) float32: x, y in pixels of the picture, z in the same pixels, 0 at the wrist.
        world: (21, 3) float32, metres, from the middle of the hand.
        presence: how sure it is that there is a hand, in [0, 1].
        left: how sure it is that it is a left hand of a picture seen as in a mirror, in [0, 1].
        region: where it was looked for.
        track: number of its track; None where it has none yet.
    """

    points: FloatArray
    world: FloatArray
    presence: float
    left: float
    region: TurnedBox
    track: int | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where something is looked for in the next frame.

    Attributes:
        region: the place.
        track: number of its track.
    """

    region: TurnedBox
    track: int


class HandFinder:
    """Finds hands in a picture. Knows nothing of other pictures.

    Args:
        palms: the palm detector.
        landmarks: the network of landmarks.
        most: no more hands than this.
        least: score of a palm and presence of a hand below which they are dropped.
        edge_margin: the second look, when the first finds no hand: with so much repeated edge on each side.
    """

    def __init__(
        self,
        palms: Network,
        landmarks: Network,
        most: int = 2,
        least: float = 0.5,
        edge_margin: float = EDGE_MARGIN,
    ) -> None:
        self._palms, self._landmarks = palms, landmarks
        self.most, self.least, self.edge_margin = most, least, edge_margin
        self.least_at_edge = max(least, _SECOND_LOOK_LEAST)

    def find(self, image: ImageU8, tracked: Sequence[Tracked] = (), *, look_twice: bool = True) -> list[Hand]:
        """The hands of a picture, those that are new first.

        Args:
            image: (H, W, 3) uint8 BGR.
            tracked: where hands are expected; while there are enough of them nothing is detected.
            look_twice: whether to look again for hands that the picture's edge cuts, when there are none.
        """
        regions = self._from_palms(image, 0.0) if len(tracked) < self.most else []
        hands = self._in_regions(image, regions, tracked)
        if not hands and look_twice and self.edge_margin:
            again = self._in_regions(image, self._from_palms(image, self.edge_margin), ())
            hands = [h for h in again if h.presence > self.least_at_edge]
        return hands

    def _from_palms(self, image: ImageU8, margin: float) -> list[TurnedBox]:
        found, _ = detect(image, self._palms, PALM, self.least, margin)
        return [hand_from_palm(*pair) for pair in zip(found.xyxy, found.marks, strict=True)][: self.most]

    def _in_regions(self, image: ImageU8, regions: list[TurnedBox], tracked: Sequence[Tracked]) -> list[Hand]:
        tracks: list[int | None] = [None] * len(regions)
        for expected in tracked:
            kept = [i for i, r in enumerate(regions) if overlap(r, expected.region) <= _SAME_IOU]
            regions = [*(regions[i] for i in kept), expected.region]
            tracks = [*(tracks[i] for i in kept), expected.track]
        hands = [self.look(image, r, t) for r, t in zip(regions, tracks, strict=True)]
        return _once_each([h for h in hands if h.presence > self.least])[: self.most]

    def look(self, image: ImageU8, region: TurnedBox, track: int | None = None) -> Hand:
        """The landmarks of the hand in a region, whether there is one or not."""
        crop = cut_out(image, region, (SIDE, SIDE), repeat_edge=True)
        places, presence, left, world = self._landmarks(as_tensor(crop, 0.0))
        shares = places.reshape(POINTS, 3) / np.float32(SIDE)
        shares[:, 2] /= np.float32(_DEPTH)
        return Hand(
            to_picture(shares, region),
            turned(world.reshape(POINTS, 3), region.angle),
            float(presence.reshape(-1)[0]),
            float(left.reshape(-1)[0]),
            region,
            track,
        )


def _once_each(hands: list[Hand]) -> list[Hand]:
    """Every hand once: of two whose landmarks coincide the surer one stays.

    Boxes would not do: the boxes of folded hands overlap. Of two tracks on one hand the regions of the next frame tell,
    as the original has it.
    """
    kept: list[int] = []
    for i in sorted(range(len(hands)), key=lambda i: -hands[i].presence):
        if hands[i].track is not None or all(_apart(hands[i], hands[k]) for k in kept):
            kept.append(i)
    return [hands[i] for i in sorted(kept)]


def _apart(a: Hand, b: Hand) -> bool:
    off = np.linalg.norm(a.points[:, :2] - b.points[:, :2], axis=1).mean()
    return bool(off > _SAME_SHARE * min(a.region.width, b.region.width))


class HandMemory:
    """What is known of the hands of the frame before. Frames come in their order."""

    def __init__(self) -> None:
        self._next = 1
        self.reset()

    def reset(self) -> None:
        """The next frame has nothing to do with the last one."""
        self._expected: tuple[Tracked, ...] = ()
        self._without = _SECOND_LOOK_EVERY - 1  # the first frame is looked at twice

    def copied(self) -> HandMemory:
        """One that goes on from here while this one stays as it is."""
        return copy.copy(self)

    def find(self, finder: HandFinder, image: ImageU8) -> list[Hand]:
        """The hands of the next frame, each with the number of its track."""
        look_twice = self._without % _SECOND_LOOK_EVERY == _SECOND_LOOK_EVERY - 1
        hands = finder.find(image, self._expected, look_twice=look_twice)
        self._without = 0 if hands else self._without + 1
        hands = [self._numbered(h) for h in hands]
        self._expected = tuple(Tracked(hand_from_landmarks(h.points), h.track or 0) for h in hands)
        return hands

    def _numbered(self, hand: Hand) -> Hand:
        if hand.track is not None:
            return hand
        number, self._next = self._next, self._next + 1
        return Hand(hand.points, hand.world, hand.presence, hand.left, hand.region, number)
