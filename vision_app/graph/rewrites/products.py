"""Many small products with one vector become a single one with a column: the mean of distributions, as boxes have it.

ONNX Runtime multiplies a stack of matrices by a vector one matrix after the other; by a column of two axes it takes
all their rows at once.
"""

from __future__ import annotations

import numpy as np
from onnx import helper

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.wiring import opset_of

_SQUEEZE_TAKES_AXES_AS_INPUT = 13


def multiply_by_a_column(draft: Draft) -> None:
    """Replace each MatMul by a constant vector by one with a column, and take the axis of length 1 out again."""
    constants, opset = draft.constants(), opset_of(draft.model)
    for node in [n for n in draft.graph.node if n.op_type == "MatMul"]:
        vector = constants.get(node.input[1])
        if vector is None or vector.ndim != 1 or vector.dtype != np.float32:
            continue
        output = node.output[0]
        column = draft.add_constant(f"{node.input[1]}.column", vector.reshape(-1, 1))
        product = draft.new_name(f"{output}.column")
        squeeze = helper.make_node("Squeeze", [product], [output])
        if opset >= _SQUEEZE_TAKES_AXES_AS_INPUT:
            squeeze.input.append(draft.add_constant(f"{output}.axis", np.array([-1], np.int64)))
        else:
            squeeze.attribute.append(helper.make_attribute("axes", [-1]))
        draft.swap(
            node, [helper.make_node("MatMul", [node.input[0], column], [product], name=node.name), squeeze]
        )
        draft.places.append(output)
    if draft.places:
        draft.drop_unread()
