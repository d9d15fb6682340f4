"""A picture of a fixed size made free, so that a wide frame is a wide tensor and not a square with borders.

Not every graph can: constants may be inside that were made for one size. What comes out is run on its own size, where
it has to say what it said before, and on a smaller rectangle, where each place has to say about what it said there:
a graph that mixes its places up does not pass.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import shape_inference

from vision_app.errors import ModelError
from vision_app.graph.files import FREE_HEIGHT, FREE_WIDTH
from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.rewrites.proving import AT_OUTPUTS, difference
from vision_app.graph.rewrites.suiting import why_left_alone
from vision_app.runtime import Session, ThreadPolicy

_ALIKE = 0.8
"""Least correlation of what the places of the rectangle say with what they say in the whole picture."""
_STRIDES = (
    (8, 16, 32),
    (8, 16, 32, 64),
    (16, 32),
    (4, 8, 16, 32),
    (8, 16),
    (8,),
    (16,),
    (32,),
    (4,),
    (2,),
    (1,),
)
_MOST_ANCHORS = 16


class FixedError(ModelError):
    """The sides of this graph cannot be made free."""


@dataclass(frozen=True, slots=True)
class PictureAxes:
    """Where a graph takes the picture.

    Attributes:
        name: of the input.
        axes: which of its axes are height and width.
        stride: its sides are multiples of it.
    """

    name: str
    axes: tuple[int, int]
    stride: int


def freed(model: Any, at: PictureAxes, feeds: Mapping[str, NDArray[Any]], read: Collection[str]) -> Any:
    """The model with a free height and width.

    Args:
        model: an onnx ModelProto; not changed.
        at: the input that takes the picture.
        feeds: inputs of a run of the model, the picture one that shows something.
        read: names of the outputs that somebody reads.

    Raises:
        FixedError: it cannot be done; says why.
    """
    if reason := why_left_alone(model):
        raise FixedError("its sides stay fixed: {reason}", reason=reason)
    picture, axes, stride = at.name, at.axes, at.stride
    whole = feeds[picture]
    sides = [whole.shape[axis] for axis in axes]
    # no square, so that exchanged sides are noticed
    part = [3 * sides[0] // 4 // stride * stride, max(stride, 7 * sides[1] // 8 // stride * stride)]
    if any(side % stride for side in sides) or any(not 0 < p < s for p, s in zip(part, sides, strict=True)):
        raise FixedError("its sides stay fixed: they are too small for its stride of {stride}", stride=stride)
    free = _free_copy(model, picture, axes)
    where = [slice(None)] * whole.ndim
    for axis, side in zip(axes, part, strict=True):
        where[axis] = slice(side)
    inside = tuple(where)
    covered = np.full_like(whole, whole.mean())
    covered[inside] = whole[inside]
    names = tuple(o.name for o in model.graph.output if not read or o.name in read)
    old = _session(model.SerializeToString())
    try:
        new = _session(free.SerializeToString())
        if any(
            difference(a, b) > AT_OUTPUTS
            for a, b in zip(old.run(feeds, names).values(), new.run(feeds, names).values(), strict=True)
        ):
            raise FixedError("its sides stay fixed: free, it says something else")
        squares = old.run({**feeds, picture: covered}, names)
        rectangles = new.run({**feeds, picture: np.ascontiguousarray(whole[inside])}, names)
    except FixedError:
        raise
    except ModelError as error:
        raise FixedError(
            "its sides stay fixed: the graph has constants for one size ({error})", error=error
        ) from error
    for name in names:
        alike = likeness(squares[name], rectangles[name], (sides[0], sides[1]), (part[0], part[1]))
        if alike is None or alike < _ALIKE:
            raise FixedError(
                "its sides stay fixed: what {name} says of a part of the picture alone is not what it "
                "says of that part in the whole",
                name=name,
            )
    _say_shapes(free, squares, rectangles)
    return free


def _session(content: bytes) -> Session:
    return Session(Path("model.onnx"), "cpu", ThreadPolicy(intra_op=1), content=content)


def _free_copy(model: Any, picture: str, axes: tuple[int, int]) -> Any:
    free = copy.deepcopy(model)
    _let_reshapes_follow(Draft(free))
    dims = next(i for i in free.graph.input if i.name == picture).type.tensor_type.shape.dim
    for axis, name in zip(axes, (FREE_HEIGHT, FREE_WIDTH), strict=True):
        dims[axis].Clear()
        dims[axis].dim_param = name
    for number, output in enumerate(free.graph.output):
        for axis, dim in enumerate(output.type.tensor_type.shape.dim):
            dim.Clear()
            dim.dim_param = f"output_{number}_{axis}"
    del free.graph.value_info[:]
    return free


def _let_reshapes_follow(draft: Draft) -> None:
    """A reshape that puts rows and columns into one axis takes as many as there are: -1 for their product."""
    try:
        told = shape_inference.infer_shapes(draft.model)
    except Exception:  # noqa: BLE001 - onnx raises types of its own; then nothing is changed
        return
    infos = (*told.graph.value_info, *told.graph.input)
    shapes = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in infos}
    constants = draft.constants()
    for node in draft.graph.node:
        target = constants.get(node.input[1]) if node.op_type == "Reshape" else None
        before = shapes.get(node.input[0], []) if node.op_type == "Reshape" else []
        if target is None or len(before) != 4 or (target < 0).any():
            continue
        for rows, kept in ((before[2] * before[3], before[1]), (before[1] * before[2], before[3])):
            spots = np.flatnonzero(target == rows)
            if rows > 0 and len(spots) == 1 and kept in target.tolist():
                target = target.copy()
                target[spots[0]] = -1
                node.input[1] = draft.add_constant(f"{node.output[0]}.shape", target)
                break


def _say_shapes(
    free: Any, squares: Mapping[str, NDArray[Any]], rectangles: Mapping[str, NDArray[Any]]
) -> None:
    """Outputs say the sides that stay as they are."""
    for output in free.graph.output:
        if output.name not in squares:
            continue
        pairs = zip(squares[output.name].shape, rectangles[output.name].shape, strict=True)
        for dim, (old, new) in zip(output.type.tensor_type.shape.dim, pairs, strict=True):
            if old == new:
                dim.Clear()
                dim.dim_value = old


def likeness(
    whole: NDArray[Any], part: NDArray[Any], whole_hw: tuple[int, int], part_hw: tuple[int, int]
) -> float | None:
    """How alike an output is at the places of the upper left part of a picture, and for that part alone.

    Args:
        whole: the output for a whole picture.
        part: the output for a part of it.
        whole_hw: size of the picture, pixels.
        part_hw: size of the part, pixels.

    Returns:
        The correlation, each channel by itself; None where the output cannot be followed to places, or has none.
    """
    if whole.ndim != part.ndim or not np.issubdtype(whole.dtype, np.floating):
        return None
    changed = [i for i, (a, b) in enumerate(zip(whole.shape, part.shape, strict=True)) if a != b]
    if len(changed) == 2 and changed[1] == changed[0] + 1:
        grids = [(_grid(whole, changed), _grid(part, changed))]
    elif len(changed) == 1:
        flat = [np.moveaxis(a, changed[0], 0).reshape(a.shape[changed[0]], -1) for a in (whole, part)]
        grids = _levels(flat[0], flat[1], whole_hw, part_hw)
    else:
        return None
    # far from where the picture was cut: a network sees some way beyond the place that it speaks of
    inner = [(a[: max(1, b.shape[0] // 2), : max(1, b.shape[1] // 2)], b) for a, b in grids]
    pairs = [(a, b[: a.shape[0], : a.shape[1]]) for a, b in inner]
    if not pairs or any(a.shape != b.shape for a, b in pairs):
        return None
    olds = np.concatenate([a.reshape(-1, a.shape[2]) for a, _ in pairs]).astype(np.float64)
    news = np.concatenate([b.reshape(-1, b.shape[2]) for _, b in pairs]).astype(np.float64)
    spread = olds.std(0)
    seen = spread > 1e-6 * max(float(spread.max(initial=0.0)), 1e-12)
    if not seen.any():
        return None
    mean = olds[:, seen].mean(0)
    a, b = (olds[:, seen] - mean) / spread[seen], (news[:, seen] - mean) / spread[seen]
    return float((a * b).sum() / math.sqrt(max(float((a * a).sum() * (b * b).sum()), 1e-300)))


def _grid(output: NDArray[Any], axes: list[int]) -> NDArray[Any]:
    turned = np.moveaxis(output, axes, (0, 1))
    return turned.reshape(*turned.shape[:2], -1)


def _levels(
    whole: NDArray[Any], part: NDArray[Any], whole_hw: tuple[int, int], part_hw: tuple[int, int]
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Places in a row, as the grids that they are made of; nothing where no strides give their numbers."""
    for strides, anchors in itertools.product(_STRIDES, range(1, _MOST_ANCHORS + 1)):
        sizes = [[(math.ceil(h / s), math.ceil(w / s)) for s in strides] for h, w in (whole_hw, part_hw)]
        counts = [[rows * columns * anchors for rows, columns in one] for one in sizes]
        if [sum(one) for one in counts] != [len(whole), len(part)]:
            continue
        grids = []
        for output, one, count in zip((whole, part), sizes, counts, strict=True):
            pieces = np.split(output, np.cumsum(count)[:-1])
            grids.append([p.reshape(r, c, -1) for p, (r, c) in zip(pieces, one, strict=True)])
        return list(zip(*grids, strict=True))
    return []
