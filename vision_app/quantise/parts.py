"""The parts of a network that matter to its 8-bit version: layers with weights, and what must stay in float."""

from __future__ import annotations

from typing import Any

from vision_app.errors import ModelError

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Kinds of nodes that can have weights of their own."""


def weighted_nodes(model: Any) -> list[Any]:
    """Convolutions and products with weights of the network's own, in order."""
    constant = {tensor.name for tensor in model.graph.initializer}
    constant.update(node.output[0] for node in model.graph.node if node.op_type == "Constant")
    return [
        n
        for n in model.graph.node
        if n.op_type in WEIGHTED and len(n.input) > 1 and any(i in constant for i in n.input[:2])
    ]


def _producers(model: Any) -> dict[str, Any]:
    return {name: node for node in model.graph.node for name in node.output if name}


def tail(model: Any) -> set[str]:
    """Names of what comes after the last layers with weights: there, boxes in pixels and scores share one tensor.

    A convolution right behind a softmax is no layer: it takes the mean of a distribution, as YOLO's boxes do.
    """
    producers, weighted = _producers(model), {n.name for n in weighted_nodes(model)}
    tail: set[str] = set()
    todo = [output.name for output in model.graph.output]
    while todo:
        node = producers.get(todo.pop())
        if node is None or node.name in tail:
            continue
        if node.name in weighted and not _behind_softmax(node, producers):
            continue
        tail.add(node.name)
        todo.extend(node.input)
    return tail


def _behind_softmax(node: Any, producers: dict[str, Any]) -> bool:
    before = producers.get(node.input[0])
    while before is not None and before.op_type in ("Transpose", "Reshape"):
        before = producers.get(before.input[0])
    return before is not None and before.op_type == "Softmax"


def products_of_activations(model: Any) -> set[str]:
    """Names of products that have no weights, such as those of attention."""
    weighted = {n.name for n in weighted_nodes(model)}
    return {n.name for n in model.graph.node if n.op_type in WEIGHTED and n.name not in weighted}


def depthwise(model: Any) -> set[str]:
    """Names of convolutions whose outputs each see one input channel only."""
    channels = {tensor.name: tensor.dims[1] for tensor in model.graph.initializer if len(tensor.dims) > 2}
    return {
        n.name
        for n in model.graph.node
        if n.op_type == "Conv"
        and channels.get(n.input[1]) == 1
        and any(a.name == "group" and a.i > 1 for a in n.attribute)
    }


def layers_of(model: Any, fixed: set[str]) -> dict[str, list[str]]:
    """Each layer with weights, and with it what follows up to the next one; what precedes all goes to the first."""
    weighted = [n.name for n in weighted_nodes(model) if n.name not in fixed]
    layers: dict[str, list[str]] = {name: [] for name in weighted}
    if not weighted:
        raise ModelError("the network has no layer that could be computed in 8 bits")
    owner: dict[str, str] = {}
    for node in model.graph.node:
        before = next((owner[i] for i in node.input if i in owner), weighted[0])
        mine = node.name if node.name in layers else before
        if node.name not in fixed:
            layers[mine].append(node.name)
        owner.update((name, mine) for name in node.output if not _is_before_all(node, owner, layers))
    return layers


def _is_before_all(node: Any, owner: dict[str, str], layers: dict[str, list[str]]) -> bool:
    return node.name not in layers and not any(i in owner for i in node.input)


def with_bias(model: Any) -> list[Any]:
    """Layers with constant weights and a constant bias."""
    constant = {tensor.name for tensor in model.graph.initializer}
    return [
        n
        for n in model.graph.node
        if len(n.input) == 3
        and n.input[1] in constant
        and n.input[2] in constant
        and (n.op_type == "Conv" or (n.op_type == "Gemm" and _transposed(n)))
    ]


def _transposed(gemm: Any) -> bool:
    return any(a.name == "transB" and a.i for a in gemm.attribute) and not any(
        a.name == "transA" and a.i for a in gemm.attribute
    )
