"""A stem that deals its pixels out to smaller pictures and convolves those, as one convolution: the same numbers.

The first YOLOv5 and YOLOX slice each 2 x 2 square apart ("focus"), others have SpaceToDepth, or a Reshape, Transpose
and Reshape. That and the convolution behind it are a larger convolution with a stride on the picture itself, which
needs no copies of it.

Source: the authors of YOLOv5 made the same change in release 6.0, https://github.com/ultralytics/yolov5/issues/4825
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.wiring import attribute

_REPLACED = ("kernel_shape", "strides", "pads", "auto_pad", "dilations")


@dataclass(frozen=True, slots=True)
class Dealing:
    """How pixels are dealt out.

    Attributes:
        picture: name of the tensor that is dealt out, (N, C, H, W).
        block: side of the squares.
        groups: of the result, from which row and column of a square each group of channels comes.
        by_channel: the groups are those of one channel each, not of all channels at one place.
    """

    picture: str
    block: int
    groups: tuple[tuple[int, int], ...]
    by_channel: bool = False


def fold_focus(model: Any) -> bool:
    """Replace the first stem of this kind, in place; tells whether there was something to replace."""
    draft = Draft(model)
    fold_dealt_stems(draft)
    return bool(draft.places)


def fold_dealt_stems(draft: Draft) -> None:
    """Fold each dealing of pixels into the one convolution that reads it."""
    constants, producers, uses = draft.constants(), draft.producers(), draft.uses()
    for conv in draft.graph.node:
        if conv.op_type != "Conv" or uses[conv.input[0]] > 1 or not _is_plain(conv):
            continue
        weights = constants.get(conv.input[1])
        dealing = _dealt(conv.input[0], producers, constants)
        if dealing is None or weights is None or weights.ndim != 4 or weights.shape[1] % dealing.block**2:
            continue
        name = draft.add_constant(f"{conv.input[1]}.folded", _spread(weights, dealing))
        conv.input[0], conv.input[1] = dealing.picture, name
        block = dealing.block
        sizes = {
            "kernel_shape": [block * n for n in weights.shape[2:]],
            "strides": [block * n for n in attribute(conv, "strides", [1, 1])],
            "pads": [block * n for n in attribute(conv, "pads", [0] * 4)],
        }
        kept = [a for a in conv.attribute if a.name not in _REPLACED]
        del conv.attribute[:]
        conv.attribute.extend(kept)
        conv.attribute.extend(helper.make_attribute(k, v) for k, v in sizes.items())
        draft.places.append(conv.output[0])
    if draft.places:
        draft.drop_unread()


def _is_plain(conv: Any) -> bool:
    """No groups, no holes, and borders that are said."""
    return (
        attribute(conv, "group", 1) == 1
        and list(attribute(conv, "dilations", [1, 1])) == [1, 1]
        and attribute(conv, "auto_pad", b"NOTSET") == b"NOTSET"
    )


def _spread(weights: NDArray[Any], dealing: Dealing) -> NDArray[Any]:
    """Weights (O, C b b, k, l) of the dealt pictures as (O, C, b k, b l) of the one that they were dealt out of."""
    outputs, inputs, height, width = weights.shape
    block, places = dealing.block, len(dealing.groups)
    channels = inputs // places
    spread = np.zeros((outputs, channels, block * height, block * width), weights.dtype)
    for number, (down, right) in enumerate(dealing.groups):
        if dealing.by_channel:
            group = weights[:, number::places]
        else:
            group = weights[:, number * channels : (number + 1) * channels]
        spread[:, :, down::block, right::block] = group
    return spread


def _dealt(name: str, producers: dict[str, Any], constants: dict[str, NDArray[Any]]) -> Dealing | None:
    node = producers.get(name)
    if node is None:
        return None
    if node.op_type == "SpaceToDepth":
        block = int(attribute(node, "blocksize", 0))
        return Dealing(node.input[0], block, _all_places(block)) if block > 1 else None
    if node.op_type == "Concat" and len(node.input) == 4 and attribute(node, "axis", None) == 1:
        return _sliced(node, producers, constants)
    if node.op_type == "Reshape":
        return _reshaped(node, producers, constants)
    return None


def _all_places(block: int) -> tuple[tuple[int, int], ...]:
    return tuple(itertools.product(range(block), range(block)))


def _sliced(concat: Any, producers: dict[str, Any], constants: dict[str, NDArray[Any]]) -> Dealing | None:
    """Four slices of every second row and column, in any order."""
    traced = [_trace(name, producers, constants) for name in concat.input]
    pictures = {t[0] for t in traced if t is not None}
    corners = [(t[1][2], t[1][3]) for t in traced if t is not None and set(t[1]) == {2, 3}]
    if len(pictures) != 1 or sorted(corners) != list(_all_places(2)):
        return None
    return Dealing(pictures.pop(), 2, tuple(corners))


def _trace(
    name: str, producers: dict[str, Any], constants: dict[str, NDArray[Any]]
) -> tuple[str, dict[int, int]] | None:
    """Back through slices of every second row or column: where they begin, and the start on each axis."""
    starts: dict[int, int] = {}
    while (node := producers.get(name)) is not None and node.op_type == "Slice":
        values = [constants.get(i) for i in node.input[1:]]
        if len(values) != 4 or any(v is None for v in values):
            return None
        for start, end, axis, step in zip(
            *(v.reshape(-1).tolist() for v in values if v is not None), strict=True
        ):
            if step != 2 or start not in (0, 1) or end < np.iinfo(np.int32).max or axis in starts:
                return None
            starts[axis] = start
        name = node.input[0]
    return name, starts


def _reshaped(node: Any, producers: dict[str, Any], constants: dict[str, NDArray[Any]]) -> Dealing | None:
    """(N, C, H, W) as (N, C, H/b, b, W/b, b), turned, and put together as (N, C b b, H/b, W/b)."""
    turn = producers.get(node.input[0])
    apart = producers.get(turn.input[0]) if turn is not None and turn.op_type == "Transpose" else None
    if turn is None or apart is None or apart.op_type != "Reshape":
        return None
    split, joined = constants.get(apart.input[1]), constants.get(node.input[1])
    if split is None or joined is None or split.size != 6 or joined.size != 4:
        return None
    _, channels, rows, block, columns, other = (int(n) for n in split)
    order = tuple(attribute(turn, "perm", ()))
    fixed = min(channels, rows, block, columns) > 0
    if not fixed or block != other or list(joined[1:]) != [channels * block * block, rows, columns]:
        return None
    if order == (0, 3, 5, 1, 2, 4):
        return Dealing(apart.input[0], block, _all_places(block))
    if order == (0, 1, 3, 5, 2, 4):
        return Dealing(apart.input[0], block, _all_places(block), by_channel=True)
    return None
