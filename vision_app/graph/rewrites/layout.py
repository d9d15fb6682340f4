"""Transposes that undo each other are taken out, also where arithmetic of single values stands between them.

A file from TensorFlow holds its pictures as (N, H, W, C); its converters turn every tensor for a convolution and back.
"""

from __future__ import annotations

from typing import Any

from onnx import helper

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.wiring import attribute

_BY_VALUE = frozenset(
    (
        *("Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Clip", "Elu", "Exp", "Sqrt"),
        *("Neg", "Abs", "Identity", "Cast", "Erf", "Softplus"),
    )
)
"""Operators of one tensor that look at each value alone; further inputs are scalars."""
_OF_TWO = frozenset({"Add", "Sub", "Mul", "Div", "Min", "Max"})


def cancel_transposes(draft: Draft) -> None:
    """Push each transpose down as long as that is possible, and drop pairs that undo each other."""
    before = sum(n.op_type == "Transpose" for n in draft.graph.node)
    touched: list[str] = []
    while _merge(draft, touched) or _sink(draft, touched):
        pass
    if sum(n.op_type == "Transpose" for n in draft.graph.node) < before:
        alive = {name for node in draft.graph.node for name in node.output}
        draft.places.extend(name for name in dict.fromkeys(touched) if name in alive)


def _order(node: Any) -> list[int] | None:
    """The permutation of a transpose that says it; None for any other node."""
    if node is None or node.op_type != "Transpose":
        return None
    given = attribute(node, "perm", None)
    return None if given is None else [int(i) for i in given]


def _merge(draft: Draft, touched: list[str]) -> bool:
    """Two transposes in a row become one, or none."""
    producers, outputs = draft.producers(), {o.name for o in draft.graph.output}
    for second in draft.graph.node:
        then = _order(second)
        first = producers.get(second.input[0]) if then is not None else None
        order = _order(first)
        if then is None or first is None or order is None or len(order) != len(then):
            continue
        both = [order[i] for i in then]
        if both == list(range(len(both))) and second.output[0] not in outputs:
            draft.read_instead(second.output[0], first.input[0])
            touched.extend(n.output[0] for n in draft.graph.node if first.input[0] in n.input)
            draft.swap(second, [])
        else:
            made = helper.make_node("Transpose", [first.input[0]], [second.output[0]], perm=both)
            draft.swap(second, [made])
            touched.append(second.output[0])
        draft.drop_unread()
        return True
    return False


def _sink(draft: Draft, touched: list[str]) -> bool:
    """One transpose goes behind the arithmetic that alone reads it, where a transpose follows that may undo it."""
    producers, uses = draft.producers(), draft.uses()
    outputs = {o.name for o in draft.graph.output}
    for node in draft.graph.node:
        if node.domain or not _leads_to_transpose(draft, node, uses, outputs):
            continue
        if node.op_type in _BY_VALUE:
            varying = [node.input[0]]
        elif node.op_type in _OF_TWO and len(node.input) == 2:
            varying = list(node.input)
        else:
            continue
        above = [producers.get(name) for name in varying]
        orders = [_order(one) for one in above]
        if None in orders or any(o != orders[0] for o in orders):
            continue
        turned = draft.new_name(f"{node.output[0]}.unturned")
        moved = helper.make_node(
            node.op_type,
            [*(one.input[0] for one in above if one is not None), *node.input[len(varying) :]],
            [turned],
            name=node.name,
        )
        moved.attribute.extend(node.attribute)
        after = helper.make_node("Transpose", [turned], [node.output[0]], perm=orders[0])
        draft.swap(node, [moved, after])
        touched.append(node.output[0])
        draft.drop_unread()
        return True
    return False


def _leads_to_transpose(draft: Draft, node: Any, uses: dict[str, int], outputs: set[str]) -> bool:
    """Whether a transpose reads this at last, after nothing but arithmetic of single values."""
    name, seen = node.output[0], 0
    while uses.get(name) == 1 and name not in outputs and seen < len(draft.graph.node):
        seen += 1
        reader = next(n for n in draft.graph.node if name in n.input)
        if reader.op_type == "Transpose":
            return True
        if reader.op_type not in _BY_VALUE | _OF_TWO:
            return False
        name = reader.output[0]
    return False
