"""PRelu by what ONNX Runtime computes on all lanes of the processor; bit for bit the same.

Its own PRelu takes one value after the other and ends the blocked layout of the convolutions around it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from vision_app.graph.rewrites.editing import Draft


def spell_out_prelu(draft: Draft) -> None:
    """Replace each PRelu of float32 whose slopes are constant.

    One slope for all channels is a LeakyRelu, which becomes a part of the convolution before it. Slopes from 0 to 1
    are Max(x, slope x); all others are Relu(x) + slope Min(x, 0).
    """
    constants = draft.constants()
    for node in [n for n in draft.graph.node if n.op_type == "PRelu"]:
        slope = constants.get(node.input[1])
        if slope is None or slope.dtype != np.float32 or not slope.size or not np.isfinite(slope).all():
            continue
        draft.swap(node, _spelt(draft, node, slope))
        draft.places.append(node.output[0])
    draft.drop_unread()


def _spelt(draft: Draft, node: Any, slope: NDArray[Any]) -> list[Any]:
    picture, slopes, output = node.input[0], node.input[1], node.output[0]
    if (slope == slope.flat[0]).all():
        return [helper.make_node("LeakyRelu", [picture], [output], alpha=float(slope.flat[0]))]
    scaled = draft.new_name(f"{output}.scaled")
    if slope.min() >= 0 and slope.max() <= 1:
        return [
            helper.make_node("Mul", [picture, slopes], [scaled]),
            helper.make_node("Max", [picture, scaled], [output]),
        ]
    zero = draft.add_constant(f"{output}.zero", np.zeros((), np.float32))
    over, under = draft.new_name(f"{output}.over"), draft.new_name(f"{output}.under")
    return [
        helper.make_node("Relu", [picture], [over]),
        helper.make_node("Min", [picture, zero], [under]),
        helper.make_node("Mul", [under, slopes], [scaled]),
        helper.make_node("Add", [over, scaled], [output]),
    ]
