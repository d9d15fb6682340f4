"""The routing of a capsule network: how much of each lower capsule goes to each class.

Source: Sabour et al., "Dynamic Routing Between Capsules", 2017, https://arxiv.org/abs/1710.09829, procedure 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vision_app.graph.shapes import Shape
from vision_app.graph.wiring import Wiring, readers_of


@dataclass(frozen=True, slots=True)
class CapsulePoint:
    """The last round of a routing.

    Attributes:
        coupling: (N, P, classes) or (P, N, classes): the shares of each of P lower capsules; each row sums to 1.
        contributions: the same with one more axis, d: what each of them sends to each class: share times vote.
        grid_hw: rows and columns of the map that the lower capsules were made of.
        types: how many capsules there are at each place; places change fastest.
    """

    coupling: str
    contributions: str
    grid_hw: tuple[int, int]
    types: int


def find_capsules(wiring: Wiring, shapes: Mapping[str, Shape]) -> CapsulePoint | None:
    """The routing of a model; None where there is none.

    A softmax over classes that is multiplied with votes and summed over the lower capsules.
    """
    reads = readers_of(wiring.model)
    for node in reversed(wiring.model.graph.node):
        if node.op_type != "Softmax":
            continue
        shape = shapes.get(node.output[0], ())
        product = _weighted_votes(reads, node.output[0], shapes)
        if len(shape) != 3 or product is None:
            continue
        for grid in _grids(wiring, shapes):
            places, capsules = grid[0] * grid[1], shape[0] * shape[1]
            if capsules % places == 0:
                return CapsulePoint(node.output[0], product, grid, capsules // places)
    return None


def _weighted_votes(reads: Mapping[str, list[Any]], name: str, shapes: Mapping[str, Shape]) -> str | None:
    for node in reads.get(name, ()):
        if node.op_type in ("Unsqueeze", "Reshape", "Identity"):
            return _weighted_votes(reads, node.output[0], shapes)
        if node.op_type == "Mul" and len(shapes.get(node.output[0], ())) == 4:
            summed = [n for n in reads.get(node.output[0], ()) if n.op_type == "ReduceSum"]
            return str(node.output[0]) if summed else None
    return None


def _grids(wiring: Wiring, shapes: Mapping[str, Shape]) -> list[tuple[int, int]]:
    """Sizes of the maps of convolutions, last first."""
    found = []
    for node in reversed(wiring.model.graph.node):
        shape = shapes.get(node.output[0], ()) if node.output else ()
        if node.op_type == "Conv" and len(shape) == 4 and shape[2] * shape[3] > 1:
            found.append((shape[2], shape[3]))
    return found
