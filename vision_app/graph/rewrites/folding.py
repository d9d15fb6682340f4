"""What depends on no picture is computed once: shapes of fixed sides, arithmetic of weights and of indices.

ONNX Runtime does the same each time that it loads a file; a file that has it done loads sooner, and what stands
behind a shape that is known now can be seen by the other rewrites.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference

from vision_app.errors import ModelError
from vision_app.graph.rewrites.editing import Draft
from vision_app.runtime import Session

_LARGEST_GAIN = 4
"""A folded value may take so many times the bytes of what it is made of: a fill of a constant would swell the file."""
_ALWAYS_SMALL = 1 << 16
_FOLDED = frozenset(
    (
        *("Abs", "Add", "And", "Cast", "Ceil", "Concat", "ConstantOfShape", "Div", "Equal", "Exp", "Expand"),
        *("Flatten", "Floor", "Gather", "Greater", "Identity", "Less", "Max", "Min", "Mul", "Neg", "Not"),
        *("Or", "Pow", "Range", "Reciprocal", "ReduceProd", "Reshape", "Shape", "Size", "Slice", "Sqrt"),
        *("Squeeze", "Sub", "Tile", "Transpose", "Unsqueeze", "Where"),
    )
)
"""Operators of tensors that give the same for the same inputs, and one output each."""


def fold_constants(draft: Draft) -> None:
    """Replace each tensor that is the same for all pictures by its value."""
    _fold_shapes(draft)
    values = draft.constants()
    known, nodes = set(values), []
    for node in draft.graph.node:
        if (
            node.op_type in _FOLDED
            and not node.domain
            and node.input
            and all(name in known for name in node.input)
            and not _widens(node, values)
        ):
            nodes.append(node)
            known.add(node.output[0])
    names = {node.output[0] for node in nodes}
    inside = {id(node) for node in nodes}
    read_on = {name for node in draft.graph.node if id(node) not in inside for name in node.input}
    results = sorted(names & read_on - {o.name for o in draft.graph.output})
    for name, value in _computed(draft, nodes, values, results).items():
        _store(draft, name, value)
    draft.drop_unread()


def _widens(node: Any, values: dict[str, Any]) -> bool:
    """A weight that is stored in 16 bits stays so: the file would be twice as large, and no faster."""
    value = values.get(node.input[0])
    return node.op_type == "Cast" and value is not None and value.dtype.itemsize < 4 and value.size > 1


def _fold_shapes(draft: Draft) -> None:
    """Shape of a tensor whose sides are all fixed."""
    asking = [n for n in draft.graph.node if n.op_type == "Shape" and not n.attribute]
    if not asking:
        return
    try:
        told = shape_inference.infer_shapes(draft.model)
    except Exception:  # noqa: BLE001 - onnx raises types of its own; a shape that is not known is not folded
        return
    infos = (*told.graph.value_info, *told.graph.input)
    shapes = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in infos}
    outputs = {o.name for o in draft.graph.output}
    for node in asking:
        sides = shapes.get(node.input[0])
        if sides and all(side > 0 for side in sides) and node.output[0] not in outputs:
            _store(draft, node.output[0], np.array(sides, np.int64))


def _store(draft: Draft, name: str, value: Any) -> None:
    draft.swap(draft.producers()[name], [])
    draft.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))


def _computed(draft: Draft, nodes: list[Any], values: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """Run the part that no picture reaches; nothing where it cannot be run alone or would swell the file."""
    if not wanted:
        return {}
    read = sorted({name for node in nodes for name in node.input} & set(values))
    weights = [numpy_helper.from_array(values[name], name) for name in read]
    outputs = [helper.make_empty_tensor_value_info(name) for name in wanted]
    # a session has an input, though nothing here reads it
    picture = helper.make_tensor_value_info(draft.new_name("no picture"), onnx.TensorProto.FLOAT, [1])
    graph = helper.make_graph(nodes, "constants", [picture], outputs, weights)
    part = helper.make_model(
        graph, opset_imports=list(draft.model.opset_import), ir_version=draft.model.ir_version
    )
    try:
        session = Session(Path("constants"), "cpu", content=part.SerializeToString())
        found = session.run({picture.name: np.zeros(1, np.float32)}, tuple(wanted))
    except (ModelError, ValueError):  # ValueError: larger than protobuf can hold
        return {}
    most = max(_ALWAYS_SMALL, _LARGEST_GAIN * sum(values[name].nbytes for name in read))
    return found if sum(value.nbytes for value in found.values()) <= most else {}
