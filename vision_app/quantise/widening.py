"""Weights that are only stored in 16 bits: the network itself computes in float32."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper

_HALVES = (TensorProto.FLOAT16, TensorProto.BFLOAT16)


def widen_stored(model: Any) -> None:
    """Put each 16-bit weight that is cast to float32 before its use back as float32, in place.

    A network that computes in 16 bits is left as it is.
    """
    graph = model.graph
    casts = {
        node.input[0]: node
        for node in graph.node
        if node.op_type == "Cast" and any(a.name == "to" and a.i == TensorProto.FLOAT for a in node.attribute)
    }
    uses: dict[str, int] = {}
    for node in graph.node:
        for name in node.input:
            uses[name] = uses.get(name, 0) + 1
    given = {i.name for i in graph.input} | {o.name for o in graph.output}
    for stored in list(graph.initializer):
        cast = casts.get(stored.name)
        if stored.data_type not in _HALVES or cast is None:
            continue
        if uses[stored.name] != 1 or stored.name in given or cast.output[0] in given:
            continue
        wide = np.asarray(numpy_helper.to_array(stored)).astype(np.float32)
        graph.initializer.remove(stored)
        graph.initializer.append(numpy_helper.from_array(wide, cast.output[0]))
        graph.node.remove(cast)
