"""Values without end: they have no scale in 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)


def fold_pool_edges(model: Any) -> None:
    """Take out each Pad with minus infinity before a MaxPool, which pads with just that by itself."""
    values = {tensor.name: tensor for tensor in model.graph.initializer}
    readers: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    outputs = {o.name for o in model.graph.output}
    for pad in [n for n in model.graph.node if n.op_type == "Pad"]:
        users = readers.get(pad.output[0], [])
        edges = _edges(pad, values)
        plain = users and all(u.op_type == "MaxPool" and len(u.output) == 1 and _unpadded(u) for u in users)
        if edges is None or not plain or pad.output[0] in outputs:
            continue
        for user in users:
            user.input[0] = pad.input[0]
            kept = [a for a in user.attribute if a.name not in ("pads", "auto_pad")]
            del user.attribute[:]
            user.attribute.extend([*kept, helper.make_attribute("pads", edges)])
        model.graph.node.remove(pad)


def _edges(pad: Any, values: dict[str, Any]) -> list[int] | None:
    """How much an NCHW map is padded with minus infinity, as a MaxPool says it; None if it is something else."""
    mode = next((helper.get_attribute_value(a) for a in pad.attribute if a.name == "mode"), b"constant")
    if mode != b"constant" or len(pad.input) != 3 or not {*pad.input[1:]} <= {*values}:
        return None
    pads = numpy_helper.to_array(values[pad.input[1]]).tolist()
    fill = numpy_helper.to_array(values[pad.input[2]])
    if len(pads) != 8 or min(pads) < 0 or any(pads[i] for i in (0, 1, 4, 5)) or not np.isneginf(fill).all():
        return None
    return [pads[2], pads[3], pads[6], pads[7]]


def _unpadded(pool: Any) -> bool:
    told = {a.name: helper.get_attribute_value(a) for a in pool.attribute}
    return told.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID") and not any(told.get("pads", ()))


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
