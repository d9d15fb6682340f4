"""What every rule is: the contract that `tests/contract/test_rules.py` holds all of them to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from vision_app.site.events import Value
from vision_app.site.geometry import Point
from vision_app.site.scene import Scene, SeenObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that a rule has seen happen; with the stream and the clock it becomes an event.

    Attributes:
        kind: a key of `events.KINDS`.
        time_s: when, in the time of the scenes.
        label: what the object is; None where there is none.
        track: its number; None where there is none.
        score: how sure the model was; None where that says nothing.
        values: figures.
    """

    kind: str
    time_s: float
    label: str | None = None
    track: int | None = None
    score: float | None = None
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a rule draws on the picture.

    Attributes:
        points: of a polygon or a line, as shares of the picture.
        closed: whether it is a polygon.
        title: its name and figures.
        active: whether something is there now.
    """

    points: tuple[Point, ...]
    closed: bool
    title: str
    active: bool


class Rule(Protocol):
    """Decides what is an event. It holds no state: each step gets the one before and gives the next."""

    @property
    def name(self) -> str:
        """Its name in the site file."""
        ...

    def start(self) -> Any:
        """The state before the first scene."""
        ...

    def step(self, state: Any, scene: Scene) -> tuple[Any, tuple[Happening, ...]]:
        """The state after a scene, and what has happened. The scenes come in the order of their times."""
        ...

    def broken(self, state: Any) -> Any:
        """The state after a gap in the stream: counts stay, objects and times do not."""
        ...

    def shape(self, state: Any) -> Shape | None:
        """What to draw; None for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which objects a rule is about.

    Attributes:
        labels: their classes; empty for all.
        score: at least so sure.
        model: name of the model that found them; "" for any.
        anchor: the point that stands for an object.
    """

    labels: tuple[str, ...] = ()
    score: float = 0.0
    model: str = ""
    anchor: str = "feet"

    def has(self, one: SeenObject) -> bool:
        """Whether it is about this object."""
        return (
            (not self.labels or one.label in self.labels)
            and one.score >= self.score
            and self.model in ("", one.model)
        )

    def found(self, scene: Scene) -> list[SeenObject]:
        """The objects of a scene that it is about."""
        return [one for one in scene.objects if self.has(one)]

    def followed(self, scene: Scene) -> list[tuple[int, SeenObject]]:
        """Those of them that have a number."""
        return [(one.track, one) for one in self.found(scene) if one.track is not None]
