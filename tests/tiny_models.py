"""Tiny ONNX models with a known answer, built on the spot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


def save(
    path: Path,
    nodes: Sequence[Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    constants: dict[str, np.ndarray] | None = None,
    metadata: dict[str, str] | None = None,
    opset: int = OPSET,
) -> Path:
    """Write a model that ONNX Runtime loads."""
    initialisers = [numpy_helper.from_array(v, k) for k, v in (constants or {}).items()]
    graph = helper.make_graph(list(nodes), "tiny", list(inputs), list(outputs), initialisers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(path))
    return path


def picture(
    shape: Sequence[Any] = (1, 3, 32, 32), dtype: int = TensorProto.FLOAT, name: str = "images"
) -> Any:
    """The declaration of a picture input."""
    return helper.make_tensor_value_info(name, dtype, list(shape))


def colour_classifier(
    path: Path, shape: Sequence[Any] = (1, 3, 32, 32), gain: float = 10.0, **more: Any
) -> Path:
    """Three classes, red, green and blue: the logits are the mean of each channel times `gain`."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Mul", ["flat", "gain"], ["logits"]),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape[0], 3])
    return save(path, nodes, [picture(shape)], [output], {"gain": np.float32(gain)}, **more)


def constant_model(path: Path, value: np.ndarray, shape: Sequence[Any] = (1, 3, 32, 32), **more: Any) -> Path:
    """Gives the same output whatever the picture; the picture is read, so that the input stays in the graph."""
    return constant_outputs(path, [value], shape, **more)


def constant_outputs(
    path: Path, values: Sequence[np.ndarray], shape: Sequence[Any] = (1, 3, 32, 32), **more: Any
) -> Path:
    """Gives the same outputs, `output`, `output1` and so on, whatever the picture."""
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    outputs = []
    constants = {"zero": np.float32(0)}
    for i, value in enumerate(values):
        name = f"output{i or ''}"
        nodes.append(helper.make_node("Add", [f"value{i}", "nothing"], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(value.shape)))
        constants[f"value{i}"] = value.astype(np.float32)
    return save(path, nodes, [picture(shape)], outputs, constants, **more)


def card(name: str, /, **changes: Any) -> dict[str, Any]:
    """A valid card of the colour classifier, with changes; a change `a__b` goes into section a."""
    data: dict[str, Any] = {
        "schema": 1,
        "name": name,
        "task": "classify",
        "licence": "Apache-2.0",
        "input": {"size_hw": [32, 32], "scale": 1 / 255, "resize": "squash", "antialias": False},
        "output": {"layout": "classes", "activation": "softmax"},
        "labels": ["red", "green", "blue"],
    }
    for key, value in changes.items():
        section, _, field = key.partition("__")
        if field:
            data[section] = {**data[section], field: value}
        else:
            data[section] = value
    return data


def write_card(path: Path, **changes: Any) -> Path:
    """Put a card beside a model file."""
    target = path.with_suffix(".json")
    target.write_text(json.dumps(card(path.stem, **changes)), encoding="utf-8")
    return target


def colour_model(folder: Path, name: str = "colours", **changes: Any) -> Path:
    """The colour classifier with its card beside it."""
    path = colour_classifier(folder / f"{name}.onnx")
    write_card(path, **changes)
    return path


def solid(bgr: tuple[int, int, int], size_wh: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A picture of one colour."""
    return np.full((size_wh[1], size_wh[0], 3), bgr, np.uint8)
