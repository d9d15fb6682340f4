"""Presence: something appears, stays, and is gone again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vision_app.site.geometry import Point, inside
from vision_app.site.rules.base import Happening, Shape, Wanted
from vision_app.site.scene import Scene


@dataclass(frozen=True, slots=True)
class Spell:
    """The state: whether something is there.

    Attributes:
        there: whether it was told that it is.
        since_s: when it was first seen without a gap; None while it is not seen.
        last_s: when it was last seen; None where it never was.
        stayed: whether it was told that it has stayed.
        count: how many there are now.
    """

    there: bool = False
    since_s: float | None = None
    last_s: float | None = None
    stayed: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Tells when something has been there for so long, stays for longer, and has been away for so long.

    Attributes:
        name: of the rule.
        wanted: which objects count; of what is said of the whole picture the labels, with their scores.
        polygon: the zone where it must be, shares of the picture; empty for anywhere.
        at_least: so many objects.
        appears_s: it has appeared after so many seconds.
        stays_s: it has stayed after so many; None for never.
        leaves_s: it is gone after so many seconds without it.
        gap_s: it may be missed for so long while it appears.
    """

    name: str
    wanted: Wanted = field(default_factory=Wanted)
    polygon: tuple[Point, ...] = ()
    at_least: int = 1
    appears_s: float = 0.5
    stays_s: float | None = None
    leaves_s: float = 1.0
    gap_s: float = 0.3

    def start(self) -> Spell:
        """Nothing is there."""
        return Spell()

    def broken(self, state: Spell) -> Spell:
        """Nobody knows how long it has been there."""
        return Spell()

    def step(self, state: Spell, scene: Scene) -> tuple[Spell, tuple[Happening, ...]]:
        """Look at one scene."""
        count, label, score = self._seen(scene)
        now_s = scene.time_s
        happened: list[Happening] = []

        def tell(kind: str, at_s: float, **values: int | float) -> None:
            happened.append(Happening(kind=kind, time_s=at_s, label=label, score=score, values=values))

        if count >= self.at_least:
            since_s = now_s if state.since_s is None else state.since_s
            state = replace(state, since_s=since_s, last_s=now_s, count=count)
            if not state.there and now_s - since_s >= self.appears_s:
                state = replace(state, there=True)
                tell("appeared", since_s, count=count)
            if (
                state.there
                and not state.stayed
                and self.stays_s is not None
                and now_s - since_s >= self.stays_s
            ):
                state = replace(state, stayed=True)
                tell("stayed", now_s, for_s=round(now_s - since_s, 3))
            return state, tuple(happened)
        away_s = 0.0 if state.last_s is None else now_s - state.last_s
        if state.there and away_s >= self.leaves_s:
            assert state.last_s is not None and state.since_s is not None
            label = label or (self.wanted.labels[0] if len(self.wanted.labels) == 1 else None)
            tell("gone", state.last_s, for_s=round(state.last_s - state.since_s, 3))
            return Spell(), tuple(happened)
        if not state.there and away_s > self.gap_s:
            return Spell(), ()
        return replace(state, count=count), ()

    def shape(self, state: Spell) -> Shape | None:
        """The zone, if there is one."""
        if not self.polygon:
            return None
        return Shape(self.polygon, True, f"{self.name}  {state.count}", state.there)

    def _seen(self, scene: Scene) -> tuple[int, str | None, float | None]:
        """How many there are, what the surest of them is, and how sure."""
        found = [
            (one.score, one.label)
            for one in self.wanted.found(scene)
            if not self.polygon or inside(one.anchor(self.wanted.anchor), self.polygon)
        ]
        if not self.polygon:
            found += [
                (share, label)
                for label, share in scene.answers.items()
                if label in self.wanted.labels and share >= (self.wanted.score or 0.5)
            ]
        best = max(found, default=None)
        return len(found), best and best[1], best and best[0]
