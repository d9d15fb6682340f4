"""A line or zone while it is drawn: points in shares of the picture. No Qt."""

from __future__ import annotations

import math
from collections.abc import Collection

from vision_app.site.geometry import Point, area, crosses_itself

LINE, ZONE = "line", "zone"
_CLOSES_WITHIN = 0.025
_LEAST_AREA = 1e-4


class Drawing:
    """Points that come one by one.

    Args:
        kind: `LINE`, which two points end, or `ZONE`, which a point on its first one ends, or `finish`.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.points: list[Point] = []

    def add(self, point: Point) -> bool:
        """Add a point, moved into the picture; gives whether the shape is whole by that."""
        x, y = (min(max(v, 0.0), 1.0) for v in point)
        if self.kind == ZONE and len(self.points) > 2 and math.dist((x, y), self.points[0]) < _CLOSES_WITHIN:
            return self.fits
        if (x, y) not in self.points:
            self.points.append((x, y))
        return self.kind == LINE and len(self.points) == 2

    def undo(self) -> bool:
        """Take the last point back; gives whether there was one."""
        return bool(self.points) and self.points.pop() is not None

    @property
    def fits(self) -> bool:
        """Whether it can stand in a site file as it is."""
        if self.kind == LINE:
            return len(self.points) == 2
        return len(self.points) > 2 and not crosses_itself(self.points) and area(self.points) >= _LEAST_AREA


def free_name(kind: str, taken: Collection[str]) -> str:
    """A name that no rule has yet.

    >>> free_name("line", {"line 1"})
    'line 2'
    """
    known = {name.casefold() for name in taken}
    return next(f"{kind} {i}" for i in range(1, len(known) + 2) if f"{kind} {i}" not in known)
