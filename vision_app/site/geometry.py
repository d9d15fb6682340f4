"""Points, lines and polygons of a picture. Coordinates are shares of its width and height, from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]


def side_of(point: Point, start: Point, end: Point) -> float:
    """On which side of a directed line a point lies, and how far from it.

    Args:
        point: the point.
        start: where the line begins.
        end: where it goes.

    Returns:
        The distance from the endless line; above 0 to the right of somebody who walks from `start` to `end`.

    >>> side_of((0.5, 0.9), (0.0, 0.5), (1.0, 0.5))
    0.4
    """
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = math.hypot(along_x, along_y)
    across = along_x * (point[1] - start[1]) - along_y * (point[0] - start[0])
    return across / length


def crossing(before: Point, after: Point, start: Point, end: Point) -> int:
    """Whether a step from one point to the next crosses a line segment, and in which direction.

    A point on the line counts as lying to its right, so that a path through such points is counted once.

    Returns:
        1 from left to right of somebody who walks from `start` to `end`, -1 from right to left, 0 for neither.

    >>> crossing((0.5, 0.4), (0.5, 0.6), (0.0, 0.5), (1.0, 0.5))
    1
    """
    was, now = side_of(before, start, end), side_of(after, start, end)
    if (was >= 0) == (now >= 0):
        return 0
    share = was / (was - now)
    at = (before[0] + share * (after[0] - before[0]), before[1] + share * (after[1] - before[1]))
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    place = ((at[0] - start[0]) * along_x + (at[1] - start[1]) * along_y) / (along_x**2 + along_y**2)
    if not 0.0 <= place <= 1.0:
        return 0
    return 1 if now >= 0 else -1


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon, by the number of edges that a ray to the right of it crosses.

    Of two polygons that share an edge, a point on the edge lies in exactly one.

    Source: Shimrat, "Algorithm 112: Position of point relative to polygon", 1962.

    >>> inside((0.5, 0.5), [(0, 0), (1, 0), (1, 1), (0, 1)])
    True
    """
    x, y = point
    odd = False
    before_x, before_y = polygon[-1]
    for at_x, at_y in polygon:
        if (at_y > y) != (before_y > y):
            edge_x = at_x + (y - at_y) * (before_x - at_x) / (before_y - at_y)
            odd ^= x < edge_x
        before_x, before_y = at_x, at_y
    return odd


def area(polygon: Sequence[Point]) -> float:
    """Area of a polygon that does not cross itself, as a share of the picture.

    >>> area([(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5)])
    0.25
    """
    total = 0.0
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        total += ax * by - bx * ay
    return abs(total) / 2


def crosses_itself(polygon: Sequence[Point]) -> bool:
    """Whether two edges of a polygon that are no neighbours meet."""
    edges = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    count = len(edges)
    for i in range(count):
        for j in range(i + 2, count):
            if (j + 1) % count != i and _meet(*edges[i], *edges[j]):
                return True
    return False


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    def turn(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0
