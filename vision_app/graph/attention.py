"""Where a network attends: the matrices that say which token looks at which, found by structure.

Written out, attention is a product of two things that both depend on the picture, a softmax over the last axis,
and a product with a third. Exporters fuse that into one operator; then the matrix is computed beside it from the
same queries and keys, by nodes that nothing else reads, so that they cost nothing until they are asked for.

Source: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762, section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from vision_app.graph.wiring import Wiring, attribute, readers_of
from vision_app.messages import Message

FUSED = frozenset({"Attention", "MultiHeadAttention", "PackedMultiHeadAttention", "FusedAttention"})
"""Operators that hide their matrix."""
_SCALING = frozenset({"Mul", "Div"})
_SAME_NUMBERS = frozenset({"Identity", "Dropout", "Cast"})
_SHIFTS = frozenset({"Add", "Where", "Sub"})
_ONLY_SHAPES = frozenset({"Shape", "Size"})


@dataclass(frozen=True, slots=True)
class AttentionPoint:
    """One attention in a graph. All names are of tensors.

    Attributes:
        name: of the operator that makes the matrix.
        matrix: (N, heads, T, T) or (N, T, T): each row says where one token looks, and sums to 1.
        query: (N, heads, T, d), before any scaling; "" where it is not to be had.
        key: as `query`, with its last two axes exchanged where `key_transposed`.
        value: (N, heads, T, d).
        result: the weighted sums, (N, heads, T, d).
        scores: what the softmax is taken of.
        key_transposed: the key is (N, heads, d, T).
        fused: the exporter had made one operator of it.
    """

    name: str
    matrix: str
    query: str = ""
    key: str = ""
    value: str = ""
    result: str = ""
    scores: str = ""
    key_transposed: bool = False
    fused: bool = False


def find_attention(model: Any) -> tuple[tuple[AttentionPoint, ...], tuple[str, ...]]:
    """Every attention of a model, in the order of the computation.

    Args:
        model: an onnx ModelProto. Where an exporter has fused one, the nodes that compute its matrix are added
            to it, and read by nothing.

    Returns:
        The points, and for each fused operator that could not be opened one line that says why.
    """
    wiring = Wiring(model)
    readers = readers_of(model)
    found: list[AttentionPoint] = []
    refused: list[str] = []
    for node in list(model.graph.node):
        if node.op_type == "Softmax" and (point := _written_out(wiring, readers, node)) is not None:
            found.append(point)
        elif node.op_type in FUSED:
            opened = _open_fused(model, wiring, node)
            if isinstance(opened, str):
                refused.append(opened)
            else:
                found.append(opened)
    return tuple(found), tuple(refused)


def _written_out(wiring: Wiring, readers: dict[str, list[Any]], softmax: Any) -> AttentionPoint | None:
    product = _next_product(readers, softmax.output[0])
    if product is None:
        return None
    before = _product_before(wiring, softmax.input[0])
    if before is None:
        return None
    matrix = product.input[0]
    query, key = (_unscaled(wiring, name) for name in before.input[:2])
    key_node = wiring.producer.get(key)
    transposed = True
    if key_node is not None and key_node.op_type == "Transpose" and _swaps_last(key_node):
        key, transposed = key_node.input[0], False
    return AttentionPoint(
        softmax.name or softmax.output[0],
        matrix,
        query,
        key,
        product.input[1],
        product.output[0],
        softmax.input[0],
        transposed,
    )


def _swaps_last(node: Any) -> bool:
    order = attribute(node, "perm", None)
    return order is not None and list(order) == [*range(len(order) - 2), len(order) - 1, len(order) - 2]


def _next_product(readers: dict[str, list[Any]], name: str) -> Any | None:
    """The product that reads a softmax as its left side, through what changes no number."""
    for node in readers.get(name, ()):
        if node.op_type in ("MatMul", "FusedMatMul") and node.input[0] == name:
            return node
        if node.op_type in _SAME_NUMBERS and (found := _next_product(readers, node.output[0])) is not None:
            return found
    return None


def _product_before(wiring: Wiring, name: str) -> Any | None:
    """The product of two varying things of which the scores are made, by scaling and shifting."""
    for _ in range(16):
        node = wiring.producer.get(name)
        if node is None:
            return None
        varying = wiring.varying_inputs(node)
        if node.op_type in ("MatMul", "FusedMatMul"):
            return node if len(varying) == 2 else None
        if node.op_type in _SHIFTS and node.op_type != "Where":
            sides = [i for i in varying if _product_before(wiring, i) is not None]
            name = sides[0] if sides else ""
        elif node.op_type == "Where":
            name = next((i for i in node.input[1:] if _product_before(wiring, i) is not None), "")
        elif node.op_type in _SCALING:
            kept = [i for i in node.input if not _from_shapes_only(wiring, i)]
            name = kept[0] if len(kept) == 1 else ""
        elif node.op_type in (*_SAME_NUMBERS, "Reshape", "Squeeze", "Unsqueeze"):
            name = node.input[0]
        else:
            return None
    return None


def _unscaled(wiring: Wiring, name: str) -> str:
    """The tensor before it was multiplied by plain numbers."""
    while (node := wiring.producer.get(name)) is not None:
        kept = [i for i in node.input if not _from_shapes_only(wiring, i)]
        if node.op_type in _SCALING and len(kept) == 1 and _is_number(wiring, node, kept[0]):
            name = kept[0]
        elif node.op_type in _SAME_NUMBERS:
            name = node.input[0]
        else:
            break
    return name


def _is_number(wiring: Wiring, node: Any, kept: str) -> bool:
    """Whether the other side of a scaling is one number, not a row of weights."""
    other = next((i for i in node.input if i != kept), "")
    shape = wiring.constant_shape(other)
    return shape is None or math.prod(shape) == 1


def _from_shapes_only(wiring: Wiring, name: str, depth: int = 0) -> bool:
    """Whether a tensor is a constant or follows from shapes alone."""
    if name in wiring.constants:
        return True
    node = wiring.producer.get(name)
    if node is None or depth > 24:
        return False
    if node.op_type in _ONLY_SHAPES:
        return True
    return all(_from_shapes_only(wiring, i, depth + 1) for i in node.input if i)


# fused operators ---------------------------------------------------------------------------------------------


class _Adding:
    """Adds nodes and constants under names that are free."""

    def __init__(self, model: Any, wiring: Wiring, name: str) -> None:
        self._model, self._wiring, self._prefix = model, wiring, f"vision_app/{name or 'attention'}"

    def node(self, op_type: str, inputs: list[str], **attributes: Any) -> str:
        made = self._wiring.unused_name(f"{self._prefix}/{op_type}")
        node = helper.make_node(op_type, inputs, [made], name=made, **attributes)
        self._model.graph.node.append(node)
        self._wiring.producer[made] = node
        return made

    def split(self, name: str, parts: int) -> list[str]:
        made = [self._wiring.unused_name(f"{self._prefix}/part{i}") for i in range(parts)]
        extra = {"num_outputs": parts} if self._wiring.opset >= 18 else {}
        node = helper.make_node("Split", [name], made, name=made[0], axis=-1, **extra)
        self._model.graph.node.append(node)
        self._wiring.producer.update((part, node) for part in made)
        return made

    def constant(self, value: Any) -> str:
        name = self._wiring.unused_name(f"{self._prefix}/constant")
        tensor = numpy_helper.from_array(value, name)
        self._model.graph.initializer.append(tensor)
        self._wiring.weights[name] = tensor
        self._wiring.constants.add(name)
        return name

    def heads(self, name: str, heads: int) -> str:
        """(N, T, heads * d) to (N, heads, T, d)."""
        shape = self.constant(np.array([0, 0, heads, -1], np.int64))
        return self.node("Transpose", [self.node("Reshape", [name, shape])], perm=[0, 2, 1, 3])


def _open_fused(model: Any, wiring: Wiring, node: Any) -> AttentionPoint | str:
    """The point of a fused operator, or why there is none."""
    label = node.name or node.output[0]
    if node.op_type == "Attention" and node.domain in ("", "ai.onnx"):
        return _open_standard(model, wiring, node)
    if node.domain != "com.microsoft" or node.op_type not in ("Attention", "MultiHeadAttention"):
        return Message(
            "the attention of '{label}' is fused into '{op_type}', which cannot be opened",
            label=label,
            op_type=node.op_type,
        )
    heads = int(attribute(node, "num_heads", 0))
    given = [name for name in node.input[3:] if name]
    if heads < 1 or attribute(node, "unidirectional", 0) or attribute(node, "qkv_hidden_sizes", None):
        return Message("the attention of '{label}' is fused in a way that cannot be opened", label=label)
    adding = _Adding(model, wiring, label)
    if node.op_type == "Attention":
        if given:
            return Message(
                "the attention of '{label}' is fused together with a mask, which cannot be opened",
                label=label,
            )
        packed = adding.node("MatMul", [node.input[0], node.input[1]])
        if len(node.input) > 2 and node.input[2]:
            packed = adding.node("Add", [packed, node.input[2]])
        parts = adding.split(packed, 3)
    else:
        if len(node.input) < 3 or not all(node.input[:3]) or [i for i in node.input[4:] if i]:
            return Message(
                "the attention of '{label}' is fused together with a mask or packed weights, which "
                "cannot be opened",
                label=label,
            )
        parts = list(node.input[:3])
        if len(node.input) > 3 and node.input[3]:
            biases = adding.split(node.input[3], 3)
            parts = [adding.node("Add", [part, bias]) for part, bias in zip(parts, biases, strict=True)]
    query, key, value = (adding.heads(part, heads) for part in parts)
    scale = float(attribute(node, "scale", 0.0))
    return _computed(adding, label, node, (query, key, value), scale)


def _open_standard(model: Any, wiring: Wiring, node: Any) -> AttentionPoint | str:
    """The operator `Attention` of the standard, from version 23 on."""
    label = node.name or node.output[0]
    if [i for i in node.input[3:] if i] or attribute(node, "is_causal", 0) or attribute(node, "softcap", 0.0):
        return Message(
            "the attention of '{label}' is fused together with a mask, which cannot be opened", label=label
        )
    query_heads, key_heads = attribute(node, "q_num_heads", 0), attribute(node, "kv_num_heads", 0)
    if query_heads != key_heads:
        return Message(
            "the attention of '{label}' shares keys between heads, which cannot be opened", label=label
        )
    adding = _Adding(model, wiring, label)
    parts = [adding.heads(i, int(query_heads)) if query_heads else i for i in node.input[:3]]
    return _computed(
        adding, label, node, (parts[0], parts[1], parts[2]), float(attribute(node, "scale", 0.0))
    )


def _computed(
    adding: _Adding, label: str, node: Any, parts: tuple[str, str, str], scale: float
) -> AttentionPoint:
    """softmax(q k^T * scale) beside the operator; scale 0 stands for 1 / sqrt(d)."""
    query, key, value = parts
    product = adding.node("MatMul", [query, adding.node("Transpose", [key], perm=[0, 1, 3, 2])])
    if scale:
        scores = adding.node("Mul", [product, adding.constant(np.float32(scale))])
    else:
        shape = adding.node("Shape", [query])
        width = adding.node("Gather", [shape, adding.constant(np.int64(3))], axis=0)
        root = adding.node("Sqrt", [adding.node("Cast", [width], to=TensorProto.FLOAT)])
        scores = adding.node("Div", [product, root])
    matrix = adding.node("Softmax", [scores], axis=-1)
    result = adding.node("MatMul", [matrix, value])
    return AttentionPoint(label, matrix, query, key, value, result, scores, key_transposed=False, fused=True)
