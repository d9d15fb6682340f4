"""What a frame shows, as rules look at it: objects with ids and places, answers for the whole picture, movements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vision_app.results.movements import Movements
from vision_app.results.values import BoxResult, Classification, Frame, Result
from vision_app.site.geometry import Point
from vision_app.tasks.nms import iou_one_to_many

ANCHORS = ("feet", "centre", "top")
"""Point of a box that stands for the object: the middle of its lower edge, of the box, of its upper edge."""

_FORGET_AFTER_S = 5.0
_VOTES_FADE_S = 1.0
"""A tracker may take up another object where one has left: after a second or two it has its label."""
_SAME_OBJECT = 0.8
_LEAST_SHARE = 0.01
"""Classes of which less is said are left out of a scene: there may be thousands."""


@dataclass(frozen=True, slots=True)
class SeenObject:
    """One object of a frame.

    Attributes:
        model: the model that found it.
        label: what it is: of an object with an id, what it was taken for most of the last second or two.
        score: how sure the model is, 0 to 1.
        track: its number; None as long as it has none.
        box: left, top, right, bottom as shares of the picture.
    """

    model: str
    label: str
    score: float
    track: int | None
    box: tuple[float, float, float, float]

    def anchor(self, which: str) -> Point:
        """The point that stands for it, one of `ANCHORS`."""
        left, top, right, bottom = self.box
        y = {"feet": bottom, "centre": (top + bottom) / 2, "top": top}[which]
        return (left + right) / 2, y


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement that was taught and has now been done.

    Attributes:
        label: which.
        score: how sure the model is, 0 to 1.
        start_s: when it began, in the time of the scene.
        end_s: when it ended.
    """

    label: str
    score: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A frame as rules look at it.

    Attributes:
        time_s: when it was, seconds; rises from scene to scene of an unbroken stretch.
        objects: what has a place.
        answers: share of each class that is said of the whole picture.
        movements: what has been done since the scene before.
        aspect: width of the picture by its height.
    """

    time_s: float
    objects: tuple[SeenObject, ...] = ()
    answers: Mapping[str, float] = field(default_factory=dict)
    movements: tuple[Movement, ...] = ()
    aspect: float = 16 / 9


@dataclass(frozen=True, slots=True)
class _Votes:
    """For what an object was taken lately: sum of the scores by label, which fade."""

    sums: Mapping[str, float]
    time_s: float

    def with_one(self, label: str, score: float, time_s: float) -> _Votes:
        fade = math.exp(-max(time_s - self.time_s, 0.0) / _VOTES_FADE_S)
        faded = {one: total * fade for one, total in self.sums.items()}
        return _Votes({**faded, label: faded.get(label, 0.0) + score}, time_s)

    @property
    def winner(self) -> str:
        return max(self.sums, key=lambda label: self.sums[label])


class SceneMaker:
    """Makes the scenes of one stream. An object has the label that it had most of the last second or two."""

    def __init__(self) -> None:
        self._votes: dict[tuple[str, int], _Votes] = {}
        self._story: tuple[str, int] | None = None

    def make(self, frame: Frame, results: Sequence[Result], *, looked: bool = True) -> Scene:
        """The scene of the next frame.

        Args:
            frame: the frame.
            results: what the models say.
            looked: whether they have looked at this frame; else a movement that they told of is not told once more.
        """
        time_s = frame.captured_s if frame.position_s is None else frame.position_s
        story = (frame.source_id, frame.epoch)
        if story != self._story:
            self._story, self._votes = story, {}
        width, height = frame.size_wh
        objects: list[SeenObject] = []
        answers: dict[str, float] = {}
        movements: list[Movement] = []
        for result in results:
            if isinstance(result, Movements) and looked:
                movements += [Movement(e.label, e.score, e.start_s, e.end_s) for e in result.events]
            if isinstance(result, BoxResult):
                objects += self._objects(result, (width, height), time_s)
            elif isinstance(result, Classification):
                answers |= _answers(result)
        if len(self._votes) > 1000:
            self._forget(time_s)
        return Scene(time_s, tuple(objects), answers, tuple(movements), width / height)

    def _objects(self, result: BoxResult, size_wh: tuple[int, int], time_s: float) -> list[SeenObject]:
        found = result.detections
        shares = found.xyxy / np.array([*size_wh, *size_wh], np.float32)
        objects = []
        for i in _told_apart(result):
            track = None if found.track_ids is None or found.track_ids[i] < 0 else int(found.track_ids[i])
            label, score = found.label(i), float(found.scores[i])
            if track is not None:
                votes = self._votes.get((found.model, track), _Votes({}, time_s))
                self._votes[found.model, track] = votes = votes.with_one(label, score, time_s)
                label = votes.winner
            left, top, right, bottom = map(float, shares[i])
            objects.append(SeenObject(found.model, label, score, track, (left, top, right, bottom)))
        return objects

    def _forget(self, time_s: float) -> None:
        self._votes = {k: v for k, v in self._votes.items() if time_s - v.time_s <= _FORGET_AFTER_S}


def _told_apart(result: BoxResult) -> list[int]:
    """Rows of a result without those that show an object of another row once more, as another class.

    Of two that do, the one that was followed for longer stays, so that it is the same one in every frame.
    """
    found = result.detections
    scores = found.scores.tolist()
    ids = [-1] * len(scores) if found.track_ids is None else found.track_ids.tolist()
    kept: list[int] = []
    for i in sorted(range(len(scores)), key=lambda i: (ids[i] < 0, ids[i], -scores[i])):
        others = [k for k in kept if found.class_ids[k] != found.class_ids[i]]
        if not others or float(iou_one_to_many(found.xyxy[i], found.xyxy[others]).max()) <= _SAME_OBJECT:
            kept.append(i)
    return sorted(kept)


def _answers(result: Classification) -> dict[str, float]:
    if result.can_reject and result.unknown:
        return {}
    sure = np.flatnonzero(result.probabilities >= _LEAST_SHARE)
    return {result.labels[i]: float(result.probabilities[i]) for i in sure.tolist()}
