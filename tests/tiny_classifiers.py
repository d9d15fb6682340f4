"""Tiny classifiers with a last dense layer, in all the shapes in which it comes, and samples for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from onnx import TensorProto, helper

from tests import tiny_models

WIDTH = 48
COLOURS_BGR = {"red": (30, 30, 220), "green": (30, 200, 30), "blue": (220, 40, 30), "grey": (120, 120, 120)}

Nodes = list[Any]


def weights(classes: int = 10, seed: int = 0, width: int = WIDTH) -> tuple[np.ndarray, np.ndarray]:
    """(classes, width) and (classes,) of the last layer."""
    random = np.random.default_rng(seed)
    return random.normal(0, 0.1, (classes, width)).astype(np.float32), random.normal(0, 0.1, classes).astype(
        np.float32
    )


def grid_nodes() -> Nodes:
    """(N, 3, 32, 32) to (N, 48): the mean colour of each of 16 squares."""
    return [
        helper.make_node("AveragePool", ["images"], ["squares"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Flatten", ["squares"], ["flat"], axis=1),
    ]


def grid_classifier(
    path: Path,
    *,
    batch: Any = "batch",
    tail: Nodes | None = None,
    constants: dict[str, np.ndarray] | None = None,
    output: str = "logits",
    classes: int = 10,
    opset: int = 17,
) -> Path:
    """A classifier whose embedding is the mean colour of 16 squares, then one Gemm unless a tail is given."""
    w, b = weights(classes)
    if tail is None:
        tail = [helper.make_node("Gemm", ["flat", "w", "b"], ["logits"], transB=1, name="last")]
        constants = {"w": w, "b": b}
    shape = [batch, classes]
    return tiny_models.save(
        path,
        [*grid_nodes(), *tail],
        [tiny_models.picture((batch, 3, 32, 32))],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        constants,
        opset=opset,
    )


def grid_model(folder: Path, name: str = "grid", **changes: Any) -> Path:
    """The grid classifier with its card beside it."""
    path = grid_classifier(folder / f"{name}.onnx")
    labels = [f"thing {i}" for i in range(10)]
    tiny_models.write_card(path, **{"labels": labels, "licence": "MIT", "family": "Grid (CNN)", **changes})
    return path


def coloured(label: str, number: int, size_wh: tuple[int, int] = (48, 40)) -> np.ndarray:
    """A noisy picture of one colour; each number another one."""
    random = np.random.default_rng([number, *label.encode()])
    base = np.array(COLOURS_BGR.get(label, (90, 160, 200)), np.float64)
    noise = random.normal(0, 25, (size_wh[1], size_wh[0], 3)) + random.normal(0, 15, 3)
    return np.clip(base + noise, 0, 255).astype(np.uint8)


def write_samples(
    root: Path, counts: dict[str, int] | None = None, *, sessions: int = 0, first: int = 0
) -> Path:
    """A folder of samples, one folder a class; in as many session folders as are asked for."""
    for label, count in (counts or {"red": 12, "green": 12, "blue": 12}).items():
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            folder = root / label / f"session {number % sessions}" if sessions else root / label
            folder.mkdir(exist_ok=True)
            cv2.imwrite(str(folder / f"{number:04d}.png"), coloured(label, number))
    return root
