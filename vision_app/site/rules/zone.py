"""Zones: who comes in and leaves, how many are there, and who has been there for long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vision_app.site.events import Value
from vision_app.site.geometry import Point, inside
from vision_app.site.rules.base import Happening, Shape, Wanted
from vision_app.site.scene import Scene, SeenObject


@dataclass(frozen=True, slots=True)
class _Guest:
    """One object with regard to a zone.

    Attributes:
        since_s: when it came in, or was first seen; None as long as it has not come in.
        other_s: since when it is on the other side than is known; None while it is not.
        last_s: when it was last seen.
        label: what it is.
        score: how sure the model was.
        dwelt: whether it was told that it has been there for long.
    """

    since_s: float | None
    other_s: float | None
    last_s: float
    label: str
    score: float
    dwelt: bool = False


@dataclass(frozen=True, slots=True)
class Guests:
    """The state of a zone."""

    entered: int = 0
    left: int = 0
    guests: Mapping[int, _Guest] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """How many are there."""
        return sum(guest.since_s is not None for guest in self.guests.values())


@dataclass(frozen=True, slots=True)
class _Told:
    """Something to tell of a guest: as it was before it left."""

    kind: str
    guest: _Guest
    at_s: float
    track: int = 0
    seen_out: bool = True

    def happening(self, now: int) -> Happening:
        """It, when so many are there."""
        values: dict[str, Value] = {"now": now}
        since_s = self.guest.since_s
        if self.kind != "entered" and since_s is not None:
            values["dwell_s"] = round(self.at_s - since_s, 3)
        if self.kind == "left":
            values["seen_out"] = self.seen_out
        return Happening(
            kind=self.kind,
            time_s=self.at_s,
            label=self.guest.label,
            track=self.track,
            score=self.guest.score,
            values=values,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Tells who comes into a zone, leaves it, and has been there for long.

    Attributes:
        name: of the rule.
        polygon: its corners, shares of the picture.
        wanted: which objects count.
        settle_s: somebody is in or out only after so many seconds: what trembles on the edge is not told.
        dwell_s: somebody who has been there for so long is told; None for nobody.
        forget_s: who was not seen for so long has left.
    """

    name: str
    polygon: tuple[Point, ...]
    wanted: Wanted = field(default_factory=Wanted)
    settle_s: float = 0.3
    dwell_s: float | None = None
    forget_s: float = 2.0

    def start(self) -> Guests:
        """Nobody is there."""
        return Guests()

    def broken(self, state: Guests) -> Guests:
        """The counts stay; who was there has left without being told."""
        return replace(state, left=state.left + state.now, guests={})

    def step(self, state: Guests, scene: Scene) -> tuple[Guests, tuple[Happening, ...]]:
        """Follow everybody one frame further."""
        guests = dict(state.guests)
        told: list[_Told] = []
        for track, one in self.wanted.followed(scene):
            guests[track], change = self._followed(guests.get(track), one, scene.time_s)
            if change is not None:
                told.append(replace(change, track=track))
            if self._has_dwelt(guests[track], scene.time_s):
                told.append(_Told("dwelt", guests[track], scene.time_s, track))
                guests[track] = replace(guests[track], dwelt=True)
        for track, guest in state.guests.items():
            if scene.time_s - guests[track].last_s > self.forget_s:
                del guests[track]
                if guest.since_s is not None:
                    told.append(_Told("left", guest, guest.last_s, track, seen_out=False))
        return _after(state, guests, told)

    def shape(self, state: Guests) -> Shape:
        """The zone with how many are there."""
        title = f"{self.name}  {state.now}"
        return Shape(self.polygon, True, title, state.now > 0)

    def _followed(self, guest: _Guest | None, one: SeenObject, time_s: float) -> tuple[_Guest, _Told | None]:
        """A guest one frame further, and whether it came in or left by that."""
        is_in = inside(one.anchor(self.wanted.anchor), self.polygon)
        if guest is None:
            guest = _Guest(None, None, time_s, one.label, one.score)
        guest = replace(guest, last_s=time_s, label=one.label, score=one.score)
        if is_in == (guest.since_s is not None):
            return replace(guest, other_s=None), None
        other_s = time_s if guest.other_s is None else guest.other_s
        if time_s - other_s < self.settle_s:
            return replace(guest, other_s=other_s), None
        if is_in:
            guest = replace(guest, since_s=other_s, other_s=None, dwelt=False)
            return guest, _Told("entered", guest, other_s)
        return replace(guest, since_s=None, other_s=None), _Told("left", guest, other_s)

    def _has_dwelt(self, guest: _Guest, time_s: float) -> bool:
        if self.dwell_s is None or guest.dwelt or guest.since_s is None:
            return False
        return time_s - guest.since_s >= self.dwell_s


def _after(
    state: Guests, guests: Mapping[int, _Guest], told: Sequence[_Told]
) -> tuple[Guests, tuple[Happening, ...]]:
    """The next state, and what is told of it."""
    entered = state.entered + sum(one.kind == "entered" for one in told)
    left = state.left + sum(one.kind == "left" for one in told)
    after = Guests(entered, left, dict(guests))
    return after, tuple(one.happening(after.now) for one in told)
