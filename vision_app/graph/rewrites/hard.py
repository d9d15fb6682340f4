"""Hard sigmoids and hard swishes in four or five steps, as converters spell them out, as the one operator they are.

Clip(x + 3, 0, 6) / 6 is HardSigmoid(x), which ONNX Runtime computes as a part of the convolution before it, in the
blocked layout that the steps would end.

Source: A. Howard et al., "Searching for MobileNetV3", 2019, section 5.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from vision_app.graph.rewrites.editing import Draft
from vision_app.graph.wiring import readers_of

_ONE = 1e-6
"""How far from 1 the ceiling may be: a sixth has no exact number."""
_Constants = dict[str, NDArray[Any]]


def join_hard_sigmoids(draft: Draft) -> None:
    """Replace each Clip(x + a, 0, b) that is divided by b, at once or after a product with something else."""
    constants, producers = draft.constants(), draft.producers()
    readers, outputs = readers_of(draft.model), {o.name for o in draft.graph.output}

    def only_reader(name: str) -> Any:
        found = readers.get(name, [])
        return found[0] if len(found) == 1 and name not in outputs else None

    for clip in [n for n in draft.graph.node if n.op_type == "Clip"]:
        shift = _scalar_of(producers.get(clip.input[0]), constants, ("Add",))
        ceiling = _ceiling_of(clip, constants)
        last, factor = only_reader(clip.output[0]), ""
        if shift is None or ceiling is None or last is None:
            continue
        clipped = clip.output[0]
        if last.op_type == "Mul" and not _divides_by(last, clipped, ceiling, constants):
            factor = next((name for name in last.input if name != clipped), "")
            clipped = last.output[0]
            last = only_reader(clipped) if factor else None
        if last is None or not _divides_by(last, clipped, ceiling, constants):
            continue
        gate = draft.new_name(f"{last.output[0]}.gate") if factor else last.output[0]
        name = clip.name if factor else last.name
        slope = {"alpha": 1 / ceiling, "beta": shift[1] / ceiling}
        nodes = [helper.make_node("HardSigmoid", [shift[0]], [gate], name=name, **slope)]
        if factor:
            nodes.append(helper.make_node("Mul", [factor, gate], [last.output[0]], name=last.name))
        draft.places.append(last.output[0])
        draft.swap(last, nodes)
    if draft.places:
        draft.drop_unread()


def _scalar_of(node: Any, constants: _Constants, kinds: tuple[str, ...]) -> tuple[str, float] | None:
    """The tensor and the single float32 of an operation of the two; None for any other node."""
    if node is None or node.op_type not in kinds or len(node.input) != 2:
        return None
    for varying, fixed in (tuple(node.input), tuple(node.input)[::-1]):
        value = constants.get(fixed)
        if varying not in constants and value is not None and value.size == 1 and value.dtype == np.float32:
            return varying, float(value.reshape(-1)[0])
    return None


def _ceiling_of(clip: Any, constants: _Constants) -> float | None:
    """The upper bound of a Clip from 0; None when it has others."""
    bounds = [constants.get(name) for name in clip.input[1:]]
    if len(bounds) != 2 or any(bound is None or bound.size != 1 for bound in bounds):
        return None
    low, high = (float(bound.reshape(-1)[0]) for bound in bounds if bound is not None)
    return high if low == 0 and 0 < high < np.inf else None


def _divides_by(node: Any, tensor: str, ceiling: float, constants: _Constants) -> bool:
    """Whether a node makes the ceiling of a tensor 1."""
    found = _scalar_of(node, constants, ("Mul", "Div"))
    if found is None or found[0] != tensor or (node.op_type == "Div" and node.input[0] != tensor):
        return False
    factor = 1 / found[1] if node.op_type == "Div" and found[1] else found[1]
    return abs(factor * ceiling - 1) < _ONE
