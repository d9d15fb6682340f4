"""Lines: who crosses, in which direction, and how many have in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vision_app.site.events import Value
from vision_app.site.geometry import Point, crossing, side_of
from vision_app.site.rules.base import Happening, Shape, Wanted
from vision_app.site.scene import Scene, SeenObject

FORGET_AFTER_S = 3.0
"""An object that was not seen for so long is another one when it comes back; the tracker forgets sooner."""


@dataclass(frozen=True, slots=True)
class _Path:
    """Where an object is with regard to the line.

    Attributes:
        point: where it was last, in heights of the picture.
        side: on which side it last was surely, -1 or 1; 0 as long as it was on none.
        net: crossings within the ends of the line since then, those to the right less those to the left.
        time_s: when it was last seen.
    """

    point: Point
    side: int
    net: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Counts:
    """The state of a line: who has crossed, and where everybody is."""

    into: int = 0
    out: int = 0
    paths: Mapping[int, _Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Counts objects that cross a line.

    An object has crossed once it was surely on the one side and then is surely on the other, and has passed between
    the ends of the line on its way: what trembles on the line, or walks around its end, is not counted.

    Attributes:
        name: of the rule.
        begins: where the line begins, shares of the picture.
        ends: where it ends. To the right of who walks from `begins` to `ends` is "in".
        wanted: which objects count.
        margin: how far from the line an object is surely on its side, as a share of the picture's height.
    """

    name: str
    begins: Point
    ends: Point
    wanted: Wanted = field(default_factory=Wanted)
    margin: float = 0.02

    def start(self) -> Counts:
        """Nobody has crossed."""
        return Counts()

    def broken(self, state: Counts) -> Counts:
        """The counts stay."""
        return replace(state, paths={})

    def step(self, state: Counts, scene: Scene) -> tuple[Counts, tuple[Happening, ...]]:
        """Follow everybody one frame further."""
        paths = {t: p for t, p in state.paths.items() if scene.time_s - p.time_s <= FORGET_AFTER_S}
        into, out = state.into, state.out
        happened = []
        for track, one in self.wanted.followed(scene):
            paths[track], passed = self._moved(paths.get(track), one, scene)
            for _ in range(abs(passed)):
                into, out = into + (passed > 0), out + (passed < 0)
                values: dict[str, Value] = {
                    "direction": "in" if passed > 0 else "out",
                    "in": into,
                    "out": out,
                }
                happened.append(
                    Happening(
                        kind="crossed",
                        time_s=scene.time_s,
                        label=one.label,
                        track=track,
                        score=one.score,
                        values=values,
                    )
                )
        return Counts(into, out, paths), tuple(happened)

    def shape(self, state: Counts) -> Shape:
        """The line with its counts; alight for a moment after somebody has crossed."""
        near = any(path.net for path in state.paths.values())
        title = f"{self.name}  in {state.into}  out {state.out}"
        return Shape((self.begins, self.ends), False, title, near)

    def _moved(self, path: _Path | None, one: SeenObject, scene: Scene) -> tuple[_Path, int]:
        """The path one frame further, and how often the line was crossed for sure: above 0 for in."""
        start, end = _scaled(self.begins, scene.aspect), _scaled(self.ends, scene.aspect)
        point = _scaled(one.anchor(self.wanted.anchor), scene.aspect)
        distance = side_of(point, start, end)
        side, net = (0, 0) if path is None else (path.side, path.net)
        if path is not None:
            net += crossing(path.point, point, start, end)
        if abs(distance) < self.margin:
            return _Path(point, side, net, scene.time_s), 0
        # who was first seen near the line has not been surely on either side of it
        passed = net if side else 0
        return _Path(point, 1 if distance >= 0 else -1, 0, scene.time_s), passed


def _scaled(point: Point, aspect: float) -> Point:
    """A point in heights of the picture, in which distances are the same in all directions."""
    return point[0] * aspect, point[1]
