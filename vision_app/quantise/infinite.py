"""Values without end: they have no scale in 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper

_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)


def without_scale(model: Any, ranges: Any) -> set[str]:
    """Names of the nodes that read or make infinite values, by the constants of the network and what was measured.

    Args:
        model: the network.
        ranges: of its activations, as ONNX Runtime's calibration gives them; those without end are taken out.
    """
    endless = {
        t.name
        for t in model.graph.initializer
        if t.data_type in _FLOATS and not np.isfinite(numpy_helper.to_array(t)).all()
    }
    for name, data in list(ranges.data.items()):
        if not np.isfinite(np.asarray(data.range_value, np.float64)).all():
            endless.add(name)
            del ranges.data[name]
    return {n.name for n in model.graph.node if endless & {*n.input, *n.output}}
