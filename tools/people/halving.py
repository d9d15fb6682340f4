"""The last layers of a mask, few channels of many pixels: upper and lower half of the picture computed side by side.

ONNX Runtime computes 8 or 16 channels at a time, whether a network has them or not. Eight channels of the upper half
and eight of the lower one fill the sixteen. The lower half is turned upside down, so that in both the picture's edge,
with its zeros, comes first; a few rows beyond the middle are computed in both. The one channel of the mask is computed
in squares of 4 x 4 pixels, sixteen channels of a convolution with stride 4. All sums have the same terms as before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from people.blocking import Graph, attribute
from people.writing import Writer

Array = NDArray[Any]
FEW = 8
"""Channels that leave at least half of a block empty."""
SQUARE = 4
"""Side of the squares in which the mask is computed."""


def halved(writer: Writer, mask: str, size_hw: tuple[int, int]) -> None:
    """Rewrite what leads to a mask in place.

    Args:
        writer: holds the nodes.
        mask: tensor (1, 1, H, W) that a 3 x 3 convolution of stride 1 makes.
        size_hw: H, W of the mask, H divisible by 8 and W by 4.
    """
    graph = Graph(writer)
    last = graph.source(mask)
    assert last is not None
    end = last.input[0]
    start = _entry(graph, end)
    nodes = _between(graph, start, end)
    doublings = sum(n.op_type == "Resize" for n in nodes)
    rows = _rows_needed(graph, end, size_hw[0] // 2 + 1, start)
    names = {start: _split(graph, start, (size_hw[0] >> doublings, size_hw[1] >> doublings), rows)}
    for node in nodes:
        rows *= 2 if node.op_type == "Resize" else 1
        names[node.output[0]] = _in_halves(graph, node, names, rows)
    graph.replace(last, _joined(graph, _in_squares(graph, last, names[end]), rows, size_hw))


def _entry(graph: Graph, end: str) -> str:
    """The tensor furthest back through which all must pass that reaches `end`, among those of few channels."""
    entry = at = end
    while (node := graph.source(at)) is not None:
        if node.op_type == "Conv":
            channels = graph.array(node.input[1]).shape[1] * attribute(node, "group")
            if channels > FEW:
                break
        at = node.input[0]
        if _only_from(graph, end, at):
            entry = at
    return entry


def _only_from(graph: Graph, tensor: str, start: str) -> bool:
    """Whether a tensor is made of `start` and constants alone."""
    if tensor == start or not tensor or tensor in graph.writer.constants:
        return True
    node = graph.source(tensor)
    return node is not None and all(_only_from(graph, i, start) for i in node.input)


def _between(graph: Graph, start: str, end: str) -> list[Any]:
    """The nodes that make `end` out of `start`, in an order in which they can run."""
    found: list[Any] = []

    def visit(tensor: str) -> None:
        node = graph.source(tensor)
        if tensor != start and node is not None and node not in found:
            for i in node.input:
                visit(i)
            found.append(node)

    visit(end)
    return found


def _rows_needed(graph: Graph, tensor: str, rows: int, start: str) -> int:
    """How many rows of `start` make the first `rows` of a tensor."""
    if tensor == start:
        return rows
    node = graph.source(tensor)
    assert node is not None
    if node.op_type == "Conv":
        rows += graph.array(node.input[1]).shape[2] // 2
    elif node.op_type == "Resize":
        # the last row lies at (rows - 0.5) / 2 - 0.5 of the smaller map, between two of it
        rows = (2 * rows - 3) // 4 + 2
    inputs = [i for i in node.input if i and i not in graph.writer.constants]
    return max(_rows_needed(graph, i, rows, start) for i in inputs)


def _split(graph: Graph, source: str, size_hw: tuple[int, int], rows: int) -> str:
    """(1, C, H, W) to (1, 2C, rows, W): of each channel the upper half, then the lower one upside down."""
    w = graph.writer
    height, width = size_hw
    user = next(n for n in graph.users(source) if n.op_type == "Conv")
    channels = graph.array(user.input[1]).shape[1] * attribute(user, "group")
    order = [*range(rows), *range(height - 1, height - 1 - rows, -1)]
    both = w.node("Gather", [source, w.constant(order, np.int64)], axis=2)
    halves = w.node("Reshape", [both, w.constant([1, 2 * channels, rows, width], np.int64)])
    return graph.per_channel(
        halves, np.ones(2 * channels, np.float32)
    )  # so that what follows is added in the layout


def _in_halves(graph: Graph, node: Any, names: dict[str, str], rows: int) -> str:
    """A node for both halves; returns its output."""
    w = graph.writer
    inputs = [names.get(i, i) for i in node.input]
    attributes = {a.name: attribute(node, a.name) for a in node.attribute}
    if node.op_type == "Conv":
        weights = graph.array(node.input[1])
        if attributes["group"] == 1:
            inputs[1] = w.constant(_beside(weights))
        else:
            attributes["group"] *= 2
            inputs[1] = w.constant(
                np.stack([weights, weights[:, :, ::-1]], 1).reshape(-1, *weights.shape[1:])
            )
        inputs[2] = w.constant(np.repeat(graph.array(node.input[2]), 2))
    elif node.op_type == "Resize":
        count, channels, _, width = graph.array(node.input[3])
        inputs[3] = w.constant([count, 2 * channels, rows, width], np.int64)
    return w.node(node.op_type, inputs, **attributes)


def _beside(weights: Array) -> Array:
    """(O, I, h, w) to (2 O, 2 I, h, w): the same for both halves, upside down in the second."""
    made = np.zeros((len(weights), 2, weights.shape[1], 2, *weights.shape[2:]), weights.dtype)
    made[:, 0, :, 0] = weights
    made[:, 1, :, 1] = weights[:, :, ::-1]
    return made.reshape(2 * len(weights), 2 * weights.shape[1], *weights.shape[2:])


def _in_squares(graph: Graph, last: Any, source: str) -> str:
    """The convolution that makes the mask: (1, 2 x 16, rows / 4, W / 4), squares of the halves in rows."""
    w = graph.writer
    weights = graph.array(last.input[1])
    wide = np.zeros((2, SQUARE, SQUARE, weights.shape[1], 2, SQUARE + 2, SQUARE + 2), np.float32)
    for row in range(SQUARE):
        for column in range(SQUARE):
            across = slice(column, column + 3)
            wide[0, row, column, :, 0, row : row + 3, across] = weights[0]
            upwards = SQUARE - 1 - row
            wide[1, row, column, :, 1, upwards : upwards + 3, across] = weights[0, :, ::-1]
    taps = wide.reshape(2 * SQUARE**2, -1, SQUARE + 2, SQUARE + 2)
    bias = np.repeat(graph.array(last.input[2]), len(taps))
    return w.node(
        "Conv",
        [source, w.constant(taps), w.constant(bias)],
        kernel_shape=[SQUARE + 2] * 2,
        strides=[SQUARE] * 2,
        pads=[1, 1, 1, 1],
    )


def _joined(graph: Graph, squares: str, rows: int, size_hw: tuple[int, int]) -> str:
    """The mask (1, 1, H, W) of its squares in both halves."""
    w = graph.writer
    height, width = size_hw
    down = (rows - SQUARE) // SQUARE + 1
    apart = w.constant([down, width // SQUARE, 2, SQUARE, SQUARE], np.int64)
    last = w.node("Transpose", [squares], perm=[0, 2, 3, 1])
    lines = w.node("Transpose", [w.node("Reshape", [last, apart])], perm=[2, 0, 3, 1, 4])
    flat = w.node("Reshape", [lines, w.constant([2 * down, SQUARE * width], np.int64)])
    half = height // (2 * SQUARE)
    order = [*range(half), *range(down + half - 1, down - 1, -1)]
    found = w.node("Gather", [flat, w.constant(order, np.int64)], axis=0)
    return w.node("Reshape", [found, w.constant([1, 1, height, width], np.int64)])
