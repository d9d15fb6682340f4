"""Rewrites that let ONNX Runtime keep a network in its blocked layout (NCHWc) from end to end.

On a CPU the fast convolutions of ONNX Runtime work on blocks of 8 or 16 channels. Convolutions with what is fused into
them, Relu, Add, MaxPool, Concat and the doubling Resize stay in that layout; PRelu, Min, a Clip behind an Add, Pad and
DepthToSpace do not, and cost a way out of the layout and back. Each rewrite says the same in operators that stay. None
changes a value by more than rounding does; `check_mediapipe` compares the whole with the original's interpreter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from people.writing import Writer

Array = NDArray[Any]
CAP = 6.0
"""Where Relu6 ends."""


def blocked(writer: Writer) -> None:
    """Rewrite the nodes of a network in place."""
    graph = Graph(writer)
    for rewrite in (padded_sum, depth_to_space, capped_sum, slopes):
        rewrite(graph)


class Graph:
    """Looks things up in a network that is being rewritten.

    Args:
        writer: holds the nodes and constants.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def of_kind(self, kind: str) -> list[Any]:
        """The nodes of one operator, as they are now."""
        return [n for n in self.writer.nodes if n.op_type == kind]

    def source(self, tensor: str) -> Any | None:
        """The node that makes a tensor; None for constants and inputs."""
        return next((n for n in self.writer.nodes if tensor in n.output), None)

    def users(self, tensor: str) -> list[Any]:
        """The nodes that read a tensor."""
        return [n for n in self.writer.nodes if tensor in n.input]

    def array(self, tensor: str) -> Array:
        """The value of a constant, without its factor."""
        return self.writer.constants[tensor]

    def other(self, add: Any, tensor: str) -> str:
        """What an Add adds to a tensor."""
        return str(add.input[1] if add.input[0] == tensor else add.input[0])

    def lone_convolution(self, tensor: str) -> Any | None:
        """The convolution that makes a tensor which nothing but one node reads."""
        node = self.source(tensor)
        alone = node is not None and node.op_type == "Conv" and len(self.users(tensor)) == 1
        return node if alone else None

    def replace(self, old: Any, tensor: str) -> None:
        """Take a node out; whoever read its output reads `tensor`."""
        self.writer.nodes.remove(old)
        for node in self.users(old.output[0]):
            node.input[:] = [tensor if i == old.output[0] else i for i in node.input]

    def per_channel(self, source: str, values: Array) -> str:
        """A tensor times a value for each channel, as a depthwise convolution, which stays in the layout."""
        weights = self.writer.constant(values.reshape(-1, 1, 1, 1), np.float32)
        return self.writer.node("Conv", [source, weights], kernel_shape=[1, 1], group=len(values))

    def change(self, node: Any, place: int, made: Callable[[Array], Array], factor: float = 1.0) -> None:
        """Exchange a constant input of a node; other nodes keep theirs."""
        old = node.input[place]
        product = self.writer.factors.get(old, 1.0) * factor
        product = 1.0 if abs(product - 1.0) < 1e-12 else product
        node.input[place] = self.writer.constant(made(self.array(old)), factor=product)


def attribute(node: Any, name: str, default: Any = None) -> Any:
    """The value of a node's attribute."""
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)


# a sum with fewer channels on one side


def padded_sum(graph: Graph) -> None:
    """Conv + Pad(x), zeros for the channels x lacks: two convolutions, x added to the first, beside each other."""
    for pad in graph.of_kind("Pad"):
        pads = graph.array(pad.input[1])
        users = graph.users(pad.output[0])
        if len(pads) != 8 or np.flatnonzero(pads).tolist() != [5] or len(users) != 1:
            continue
        add = users[0]
        convolution = (
            graph.lone_convolution(graph.other(add, pad.output[0])) if add.op_type == "Add" else None
        )
        if convolution is None or attribute(convolution, "group") != 1:
            continue
        own = len(graph.array(convolution.input[1])) - int(pads[5])
        parts = [_some_outputs(graph, convolution, rows) for rows in (slice(None, own), slice(own, None))]
        first = graph.writer.node("Add", [parts[0], pad.input[0]])
        graph.writer.nodes.remove(pad)
        graph.writer.nodes.remove(convolution)
        graph.replace(add, graph.writer.node("Concat", [first, parts[1]], axis=1))


def _some_outputs(graph: Graph, convolution: Any, rows: slice) -> str:
    """A convolution that makes some of the channels."""
    constants = [graph.writer.constant(graph.array(i)[rows]) for i in convolution.input[1:]]
    made = graph.writer.node("Conv", [convolution.input[0], *constants])
    graph.writer.nodes[-1].attribute.extend(convolution.attribute)
    return made


# depth to space


def depth_to_space(graph: Graph) -> None:
    """DepthToSpace, then a 3 x 3 depthwise convolution of stride 2, then a 1 x 1: without ever leaving the depth.

    A tap of the depthwise convolution meets one of the four channels that a point is made of, so it is a 2 x 2
    depthwise convolution over all of them, whose sum the 1 x 1 convolution takes.
    """
    for node in graph.of_kind("DepthToSpace"):
        firsts = graph.users(node.output[0])
        pairs = [(first, graph.users(first.output[0])) for first in firsts]
        if attribute(node, "blocksize") == 2 and all(_strides_over(graph, *pair) for pair in pairs):
            for first, (second,) in pairs:
                _stay_deep(graph, node.input[0], first, second)
            graph.writer.nodes.remove(node)


def _strides_over(graph: Graph, first: Any, users: list[Any]) -> bool:
    shape = graph.array(first.input[1]).shape if first.op_type == "Conv" else ()
    return (
        shape[1:] == (1, 3, 3)
        and attribute(first, "strides") == [2, 2]
        and attribute(first, "pads") == [1, 1, 1, 1]
        and len(users) == 1
        and users[0].op_type == "Conv"
        and attribute(users[0], "group") == 1
        and graph.array(users[0].input[1]).shape[2:] == (1, 1)
    )


def _stay_deep(graph: Graph, deep: str, first: Any, second: Any) -> None:
    taps = graph.array(first.input[1])  # (C, 1, 3, 3)
    channels = len(taps)
    wide = np.zeros((4, channels, 1, 2, 2), np.float32)
    for row in range(3):
        for column in range(3):
            low, right = (
                row != 1,
                column != 1,
            )  # taps -1, 0, 1 are rows 1, 0, 1 of the points before, here, here
            wide[2 * low + right, :, 0, int(row > 0), int(column > 0)] = taps[:, 0, row, column]
    bias = np.zeros((4, channels), np.float32)
    if len(first.input) > 2:
        bias[0] = graph.array(first.input[2])
    constants = [graph.writer.constant(a) for a in (wide.reshape(-1, 1, 2, 2), bias.ravel())]
    summed = graph.writer.node(
        "Conv", [deep, *constants], kernel_shape=[2, 2], pads=[1, 1, 0, 0], group=4 * channels
    )
    graph.change(second, 1, lambda w: np.tile(w, (1, 4, 1, 1)))
    second.input[0] = summed
    graph.writer.nodes.remove(first)


# Relu6 behind a sum


def capped_sum(graph: Graph) -> None:
    """Clip(a + b, 0, 6): HardSigmoid, which can be fused behind a sum, with everything there in sixths.

    The sixths are taken on where the values go: into the weights of convolutions that read them, and on to the next
    sum. Weights keep their 16 bits in the file; the factor is applied when it is loaded.
    """
    in_sixths: set[str] = set()
    for clip in graph.of_kind("Clip"):
        add = graph.source(clip.input[0])
        if add is None or add.op_type != "Add" or len(graph.users(clip.input[0])) != 1:
            continue
        given = [i in in_sixths for i in add.input]
        if not _is_relu6(graph, clip) or not _takes_sixths(graph, clip.output[0]):
            continue
        made = graph.writer.node(
            "HardSigmoid", [add.output[0]], alpha=1.0 if any(given) else 1 / CAP, beta=0.0
        )
        graph.replace(clip, made)
        in_sixths.update(_hand_on_sixths(graph, made))


def _is_relu6(graph: Graph, node: Any) -> bool:
    return node.op_type == "Clip" and [float(graph.array(i)) for i in node.input[1:]] == [0.0, CAP]


def _takes_sixths(graph: Graph, tensor: str) -> bool:
    """Whether all that read a tensor can do with a sixth of it."""
    return all(
        user.op_type == "Conv"
        or (user.op_type in ("MaxPool", "Resize") and _takes_sixths(graph, user.output[0]))
        or (
            user.op_type == "Add"
            and graph.lone_convolution(graph.other(user, tensor)) is not None
            and [_is_relu6(graph, n) for n in graph.users(user.output[0])] == [True]
            and _takes_sixths(graph, graph.users(user.output[0])[0].output[0])
        )
        for user in graph.users(tensor)
    )


def _hand_on_sixths(graph: Graph, tensor: str) -> set[str]:
    """Make the readers of a tensor ready for a sixth of it; returns the tensors that come to sums."""
    found = {tensor}
    for user in graph.users(tensor):
        if user.op_type == "Conv":
            graph.change(user, 1, lambda w: w, CAP)
        elif user.op_type == "Add":
            convolution = graph.lone_convolution(graph.other(user, tensor))
            assert convolution is not None  # as `_takes_sixths` saw
            for place in range(1, len(convolution.input)):
                graph.change(convolution, place, lambda w: w, 1 / CAP)
        else:
            found |= _hand_on_sixths(graph, user.output[0])
    return found


# PRelu


def slopes(graph: Graph) -> None:
    """PRelu(x) as slope * x + (1 - slope) * Relu(x), each half a depthwise convolution.

    (1 - slope) * Relu(x) is Relu((1 - slope) * x) while the slope is at most 1. Where it is larger the channel is
    stored with the other sign from there on, if all that read it can take that; else a third convolution is needed.
    """
    signs: dict[str, Array] = {}
    for node in graph.of_kind("PRelu"):
        source, slope = node.input[0], graph.array(node.input[1]).ravel()
        if graph.array(node.input[1]).shape[1:] != (1, 1):
            continue
        before = signs.get(source, np.ones_like(slope))
        after = np.where(slope > 1, np.float32(-1), np.float32(1))
        if (after < 0).any() and not _takes_signs(graph, node.output[0]):
            after = np.ones_like(slope)
        bent = graph.per_channel(source, np.abs(1 - slope) * before)
        bent = graph.writer.node("Relu", [bent])
        wrong = after * np.sign(1 - slope) < 0
        if wrong.any():
            bent = graph.per_channel(bent, np.where(wrong, np.float32(-1), np.float32(1)))
        straight = graph.per_channel(source, slope * before * after)
        made = graph.writer.node("Add", [straight, bent])
        graph.replace(node, made)
        if (after < 0).any():
            _hand_on_signs(graph, made, after, signs)


def _takes_signs(graph: Graph, tensor: str) -> bool:
    """Whether all that read a tensor can do with the other sign in some channels."""
    return all(
        user.op_type in ("Conv", "PRelu")
        or (user.op_type == "Resize" and _takes_signs(graph, user.output[0]))
        or (
            user.op_type == "Add"
            and graph.lone_convolution(graph.other(user, tensor)) is not None
            and _takes_signs(graph, user.output[0])
        )
        for user in graph.users(tensor)
    )


def _hand_on_signs(graph: Graph, tensor: str, signs: Array, known: dict[str, Array]) -> None:
    """Make the readers of a tensor ready for its signs; those of inputs of PRelu are noted in `known`."""
    rows = signs.reshape(-1, 1, 1, 1)
    for user in graph.users(tensor):
        if user.op_type == "PRelu":
            known[tensor] = signs
        elif user.op_type == "Conv":
            read = rows if attribute(user, "group") != 1 else rows.reshape(1, -1, 1, 1)
            graph.change(user, 1, functools.partial(np.multiply, read))
        elif user.op_type == "Add":
            convolution = graph.lone_convolution(graph.other(user, tensor))
            assert convolution is not None  # as `_takes_signs` saw
            graph.change(convolution, 1, functools.partial(np.multiply, rows))
            if len(convolution.input) > 2:
                graph.change(convolution, 2, functools.partial(np.multiply, signs))
            _hand_on_signs(graph, user.output[0], signs, known)
        else:
            _hand_on_signs(graph, user.output[0], signs, known)
