"""A tiny model over time that knows when a hand goes to and fro: it takes the widest way of the palms in a window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from tests import tiny_models
from vision_app.cards.card import METADATA_KEY, InputSpec, ModelCard, OutputSpec, card_as_json

LABELS = ("wave", "idle")
_PALMS = [41, 42, 84, 85]
ROWS, WIDTH = 12, 89


def write_waver(
    path: Path, *, features: str = "hands", width: int = WIDTH, gain: float = 20.0, attends: bool = False
) -> Path:
    """Write it: `wave` once a palm has gone further than half a hand's length within 0.8 s.

    One that attends looks at all rows in which something was seen alike.
    """
    card = ModelCard(
        name=path.stem,
        title="Waver",
        task="classify",
        family="a rule",
        licence="Apache-2.0",
        input=InputSpec((1, 1), resize="squash"),
        output=OutputSpec("classes", background="idle"),
        labels=LABELS,
        extra={
            "sequence": {
                "features": features, "width": width, "rate_hz": 15.0, "rows": ROWS, "form": "window",
            }
        },
    )  # fmt: skip
    columns = np.array(_PALMS if width == WIDTH else range(width), np.int64)
    nodes = [
        helper.make_node("Gather", ["values", "columns"], ["palms"], axis=2),
        helper.make_node("ReduceMax", ["palms"], ["high"], axes=[1], keepdims=0),
        helper.make_node("ReduceMin", ["palms"], ["low"], axes=[1], keepdims=0),
        helper.make_node("Sub", ["high", "low"], ["ways"]),
        helper.make_node("ReduceMax", ["ways"], ["widest"], axes=[1], keepdims=1),
        helper.make_node("ReduceSum", ["present", "over_rows"], ["seen"], keepdims=1),
        helper.make_node("Mul", ["seen", "zero"], ["nothing"]),
        helper.make_node("Sub", ["widest", "half"], ["over"]),
        helper.make_node("Add", ["over", "nothing"], ["both"]),
        helper.make_node("Mul", ["both", "gain"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    if attends:
        nodes.append(helper.make_node("Div", ["present", "seen"], ["attention"]))
    constants = {
        "columns": columns,
        "over_rows": np.array([1], np.int64),
        "zero": np.float32([0]),
        "half": np.float32([[0.5]]),
        "gain": np.float32([[gain, 0]]),
    }
    inputs = [
        helper.make_tensor_value_info("values", TensorProto.FLOAT, [1, "rows", width]),
        helper.make_tensor_value_info("present", TensorProto.FLOAT, [1, "rows"]),
    ]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 2])]
    if attends:
        outputs.append(helper.make_tensor_value_info("attention", TensorProto.FLOAT, [1, "rows"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    return tiny_models.save(
        path, nodes, inputs, outputs, constants, metadata={METADATA_KEY: card_as_json(card)}
    )
