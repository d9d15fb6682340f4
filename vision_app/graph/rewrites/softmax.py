"""A softmax across planes, such as the 16 values of each side of a YOLO box, by steps that take whole planes.

ONNX Runtime turns the tensor round, takes one short row after the other and turns it back: ten times as long.

Source: X. Li et al., "Generalized Focal Loss", 2020: a side of a box is the mean of a distribution of its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, shape_inference

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.wiring import attribute, opset_of, readers_of

_BY_ONE_AXIS = 13
"""Before this opset a softmax takes all axes from its own on together, and a sum has its axes as an attribute."""
_AXES_OF_MAX_AS_INPUT = 18
_SMALLEST_PLANE = 16


@dataclass(frozen=True, slots=True)
class _Across:
    """A softmax whose axis has planes behind it.

    Attributes:
        node: it.
        axis: its axis, counted from the front.
        length: of that axis; None where the file does not say.
    """

    node: Any
    axis: int
    length: int | None


@dataclass(frozen=True, slots=True)
class _Mean:
    """The mean of a distribution: what stands around the softmax.

    Attributes:
        turn: the transpose before it.
        conv: the convolution behind it.
        values: (1, length) float32, what the mean is taken of.
    """

    turn: Any
    conv: Any
    values: NDArray[np.float32]


def spell_out_softmax(draft: Draft) -> None:
    """Replace each softmax of float32 along an axis that is not the last.

    It becomes exp(x - max) over the sum of it. Where a transpose comes before and a 1 x 1 convolution to one channel
    behind, which is the mean of a distribution, a product with two rows takes mean and sum in one go, and neither is
    turned round.
    """
    if not any(n.op_type == "Softmax" and attribute(n, "axis", -1) != -1 for n in draft.graph.node):
        return
    for found in _across(draft):
        mean = _mean_of(draft, found)
        if mean is None:
            _spell_out(draft, found)
            draft.places.append(found.node.output[0])
        else:
            _take_mean(draft, mean)
            draft.places.append(mean.conv.output[0])
    if draft.places:
        draft.drop_unread()


def _across(draft: Draft) -> list[_Across]:
    if opset_of(draft.model) < _BY_ONE_AXIS:
        return []
    inferred = shape_inference.infer_shapes(draft.model).graph
    types = {info.name: info.type.tensor_type for info in (*inferred.value_info, *inferred.input)}
    found = []
    for node in draft.graph.node:
        told = types.get(node.input[0]) if node.op_type == "Softmax" and not node.domain else None
        if told is None or told.elem_type != onnx.TensorProto.FLOAT or not told.HasField("shape"):
            continue
        sides = [side.dim_value if side.HasField("dim_value") else None for side in told.shape.dim]
        axis = int(attribute(node, "axis", -1)) % len(sides)
        behind = sides[axis + 1 :]
        if not behind or (None not in behind and np.prod([s for s in behind if s]) < _SMALLEST_PLANE):
            continue
        found.append(_Across(node, axis, sides[axis]))
    return found


def _spell_out(draft: Draft, found: _Across) -> None:
    name = found.node.output[0]
    powers, nodes = _powers(draft, name, found.node.input[0], found.axis)
    axis, total = draft.add_constant(f"{name}.axis", np.array([found.axis])), draft.new_name(f"{name}.sum")
    nodes.append(helper.make_node("ReduceSum", [powers, axis], [total], keepdims=1))
    nodes.append(helper.make_node("Div", [powers, total], [name], name=found.node.name))
    draft.swap(found.node, nodes)


def _powers(draft: Draft, name: str, source: str, axis: int) -> tuple[str, list[Any]]:
    """exp(x - max), and the nodes that make it."""
    most, under, powers = (draft.new_name(f"{name}.{part}") for part in ("max", "under", "exp"))
    largest = helper.make_node("ReduceMax", [source], [most], keepdims=1)
    if opset_of(draft.model) < _AXES_OF_MAX_AS_INPUT:
        largest.attribute.append(helper.make_attribute("axes", [axis]))
    else:
        largest.input.append(draft.add_constant(f"{name}.max_axis", np.array([axis])))
    nodes = [
        largest,
        helper.make_node("Sub", [source, most], [under]),
        helper.make_node("Exp", [under], [powers]),
    ]
    return powers, nodes


def _mean_of(draft: Draft, found: _Across) -> _Mean | None:
    """What stands around a softmax, where all of it together takes a mean; else None."""
    readers = readers_of(draft.model)
    turn = draft.producers().get(found.node.input[0])
    behind = readers.get(found.node.output[0], [])
    if turn is None or turn.op_type != "Transpose" or len(behind) != 1 or behind[0].op_type != "Conv":
        return None
    order, conv = list(attribute(turn, "perm", [])), behind[0]
    weights = draft.constants().get(conv.input[1])
    if weights is None or weights.dtype != np.float32 or found.length is None:
        return None
    plain = (
        weights.shape == (1, found.length, 1, 1)
        and len(conv.input) == 2
        and attribute(conv, "strides", [1, 1]) == [1, 1]
        and not any(attribute(conv, "pads", [0] * 4))
    )
    # the product wants the distribution along the last axis but one
    if not plain or len(order) != 4 or found.axis != 1 or order[1] != 2:
        return None
    return _Mean(turn, conv, weights.reshape(1, -1))


def _take_mean(draft: Draft, found: _Mean) -> None:
    name = found.conv.output[0]
    powers, nodes = _powers(draft, name, found.turn.input[0], 2)
    rows = draft.add_constant(f"{name}.rows", np.concatenate([found.values, np.ones_like(found.values)]))
    halves = draft.add_constant(f"{name}.halves", np.array([1, 1]))
    both, weighted, total, mean = (
        draft.new_name(f"{name}.{part}") for part in ("both", "weighted", "sum", "mean")
    )
    nodes += [
        helper.make_node("MatMul", [rows, powers], [both]),
        helper.make_node("Split", [both, halves], [weighted, total], axis=2),
        helper.make_node("Div", [weighted, total], [mean]),
        helper.make_node("Transpose", [mean], [name], perm=list(attribute(found.turn, "perm", []))),
    ]
    draft.swap(found.conv, nodes)
