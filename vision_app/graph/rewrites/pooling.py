"""A Pad before a MaxPool becomes the border that the MaxPool puts around its input by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.wiring import attribute

_NEVER_NEGATIVE = frozenset({"Relu", "Sigmoid", "Softmax"})


def fold_pool_edges(draft: Draft) -> None:
    """Take out each Pad with minus infinity, or with 0 around values that are never below it, before MaxPools.

    A MaxPool pads with minus infinity. Its windows are larger than the border, so that each holds a value of the
    picture, and the greatest of those is what counts either way.
    """
    constants, producers, outputs = draft.constants(), draft.producers(), {o.name for o in draft.graph.output}
    for pad in [n for n in draft.graph.node if n.op_type == "Pad"]:
        users = [n for n in draft.graph.node if pad.output[0] in n.input]
        edges = _edges(pad, constants, producers)
        if edges is None or not users or pad.output[0] in outputs:
            continue
        if not all(user.op_type == "MaxPool" and _takes(user, edges) for user in users):
            continue
        for user in users:
            user.input[0] = pad.input[0]
            kept = [a for a in user.attribute if a.name not in ("pads", "auto_pad")]
            del user.attribute[:]
            user.attribute.extend([*kept, helper.make_attribute("pads", edges)])
            draft.places.append(user.output[0])
        draft.drop_unread()


def _edges(pad: Any, constants: dict[str, NDArray[Any]], producers: dict[str, Any]) -> list[int] | None:
    """How much an NCHW map is padded with what cannot win, as a MaxPool says it; None if it is something else."""
    if attribute(pad, "mode", b"constant") != b"constant" or len(pad.input) not in (2, 3):
        return None
    amounts = constants.get(pad.input[1])
    fill = constants.get(pad.input[2]) if len(pad.input) == 3 and pad.input[2] else np.zeros(1, np.float32)
    if amounts is None or fill is None or amounts.size != 8:
        return None
    pads = [int(n) for n in amounts]
    maker = producers.get(pad.input[0])
    loses = np.isneginf(fill).all() or (
        not fill.any() and maker is not None and maker.op_type in _NEVER_NEGATIVE
    )
    if min(pads) < 0 or any(pads[i] for i in (0, 1, 4, 5)) or not loses:
        return None
    return [pads[2], pads[3], pads[6], pads[7]]


def _takes(pool: Any, edges: list[int]) -> bool:
    """Whether it has no border yet, no second output, and windows that are larger than the border."""
    kernel = [int(n) for n in attribute(pool, "kernel_shape", [])]
    return (
        len(pool.output) == 1
        and len(kernel) == 2
        and attribute(pool, "auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
        and not any(attribute(pool, "pads", []))
        and not attribute(pool, "ceil_mode", 0)
        and list(attribute(pool, "dilations", [1, 1])) == [1, 1]
        and all(edge < kernel[i % 2] for i, edge in enumerate(edges))
    )
