"""The stem of YOLOX and of the first YOLOv5 as one convolution: faster everywhere, and the same numbers.

It deals the pixels of each 2 x 2 square out to four pictures of half the size ("focus") and convolves those. That
is a convolution of twice the size with stride 2 on the picture itself, which needs no copies of it.

Source: the authors of YOLOv5 made the same change in release 6.0, https://github.com/ultralytics/yolov5/issues/4825
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper


def fold_focus(model: Any) -> bool:
    """Replace the slices and the convolution behind them, in place; tells whether there was something to replace."""
    graph = model.graph
    producers = {name: node for node in graph.node for name in node.output}
    constants = _constants(model)
    for conv in graph.node:
        found = _focus_before(conv, producers, constants, [n for node in graph.node for n in node.input])
        if found is None:
            continue
        picture, corners, weights = found
        name = f"{conv.input[1]}.folded"
        graph.initializer.append(numpy_helper.from_array(_spread(weights, corners), name))
        conv.input[0], conv.input[1] = picture, name
        kept = [a for a in conv.attribute if a.name not in ("kernel_shape", "strides", "pads", "auto_pad")]
        del conv.attribute[:]
        conv.attribute.extend(kept)
        sizes = {"kernel_shape": [2 * n for n in weights.shape[2:]], "strides": [2, 2]}
        pads = [2 * (n // 2) for n in weights.shape[2:]] * 2
        conv.attribute.extend(helper.make_attribute(k, v) for k, v in {**sizes, "pads": pads}.items())
        _drop_unused(graph)
        return True
    return False


def _spread(weights: NDArray[Any], corners: list[tuple[int, int]]) -> NDArray[Any]:
    """Weights (O, 4 C, k, k) of the four pictures as (O, C, 2 k, 2 k) of the one that they were dealt out of."""
    outputs, inputs, height, width = weights.shape
    spread = np.zeros((outputs, inputs // 4, 2 * height, 2 * width), weights.dtype)
    for group, (down, right) in zip(np.split(weights, 4, axis=1), corners, strict=True):
        spread[:, :, down::2, right::2] = group
    return spread


def _focus_before(
    conv: Any, producers: dict[str, Any], constants: dict[str, NDArray[Any]], uses: list[str]
) -> tuple[str, list[tuple[int, int]], NDArray[Any]] | None:
    """The picture, the corner of the square that each quarter of the channels comes from, and the weights."""
    concat = producers.get(conv.input[0]) if conv.op_type == "Conv" else None
    if concat is None or concat.op_type != "Concat" or len(concat.input) != 4:
        return None
    weights = constants.get(conv.input[1])
    if uses.count(concat.output[0]) > 1 or weights is None or not _is_plain(conv, weights):
        return None
    if helper.get_node_attr_value(concat, "axis") != 1:
        return None
    traced = [_trace(name, producers, constants) for name in concat.input]
    pictures = {t[0] for t in traced if t is not None}
    corners = [(t[1][2], t[1][3]) for t in traced if t is not None and set(t[1]) == {2, 3}]
    if len(pictures) != 1 or sorted(corners) != [(0, 0), (0, 1), (1, 0), (1, 1)]:
        return None
    return pictures.pop(), corners, weights


def _is_plain(conv: Any, weights: NDArray[Any]) -> bool:
    """Stride 1, odd size, the same size out as in, no groups."""
    given = {a.name: helper.get_attribute_value(a) for a in conv.attribute}
    half = [n // 2 for n in weights.shape[2:]]
    return (
        weights.ndim == 4
        and weights.shape[1] % 4 == 0
        and all(n % 2 for n in weights.shape[2:])
        and given.get("group", 1) == 1
        and list(given.get("strides", [1, 1])) == [1, 1]
        and list(given.get("dilations", [1, 1])) == [1, 1]
        and list(given.get("pads", [0] * 4)) == half * 2
        and given.get("auto_pad", b"NOTSET") == b"NOTSET"
    )


def _trace(
    name: str, producers: dict[str, Any], constants: dict[str, NDArray[Any]]
) -> tuple[str, dict[int, int]] | None:
    """Back through slices of every second row or column: where they begin, and the start on each axis."""
    starts: dict[int, int] = {}
    while (node := producers.get(name)) is not None and node.op_type == "Slice":
        values = [constants.get(i) for i in node.input[1:]]
        if len(values) != 4 or any(v is None or v.size != 1 for v in values):
            return None
        start, end, axis, step = (int(v.reshape(-1)[0]) for v in values if v is not None)
        if step != 2 or start not in (0, 1) or end < np.iinfo(np.int32).max or axis in starts:
            return None
        starts[axis] = start
        name = node.input[0]
    return name, starts


def _constants(model: Any) -> dict[str, NDArray[Any]]:
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            values[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return values


def _drop_unused(graph: Any) -> None:
    """Remove nodes whose outputs nobody reads, and the weights of those."""
    while True:
        used = {n for node in graph.node for n in node.input} | {o.name for o in graph.output}
        kept = [node for node in graph.node if used.intersection(node.output)]
        if len(kept) == len(graph.node):
            break
        del graph.node[:]
        graph.node.extend(kept)
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(weights)
