"""How familiar a picture's embedding is, inside the file: scores of what is far from all samples become even.

A softmax only says which class fits best: a picture of something else still gets a class, often with 100 %.
The distance to the samples that were learnt from tells the two apart. It sits in the graph between the last
layer and the softmax, in plain operators, so that any ONNX Runtime shows an unknown object as unsure.
docs/evaluation.md has the measurement that chose it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from vision_app.graph.wiring import Wiring

_PREFIX = "vision_app/familiarity"
_REDUCE_AXES_ARE_INPUT = 18
_SMALLEST_LENGTH = np.float32(1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """What has been seen, and how near to it a picture must be.

    The gate is 1 for a similarity of `near` or more, `floor` for `far` or less, linear in between; the scores
    of the classes are multiplied by it.

    Attributes:
        prototypes: (P, D) float32, rows of length 1: typical embeddings of the classes.
        near: cosine similarity to the nearest prototype from which on the scores stay as they are.
        far: similarity from which downwards the scores are all but even; lower than `near`.
        floor: what is left of the scores there, above 0 so that their order stays.
    """

    prototypes: NDArray[np.float32]
    near: float
    far: float
    floor: float = 0.01

    def __post_init__(self) -> None:
        if self.prototypes.ndim != 2 or not len(self.prototypes) or self.prototypes.dtype != np.float32:
            raise ValueError(f"prototypes are (P, D) float32, got {self.prototypes.shape}")
        if not np.allclose(np.linalg.norm(self.prototypes, axis=1), 1.0, atol=1e-3):
            raise ValueError("prototypes are rows of length 1")
        if not self.far < self.near <= 1.0 or not 0.0 < self.floor < 1.0:
            raise ValueError(
                f"expected far < near <= 1 and a floor between 0 and 1, got {self.far}, {self.near}, {self.floor}"
            )

    def similarity(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine similarity to the nearest prototype.

        Args:
            embeddings: (N, D) float32.

        Returns:
            (N,) float32 in [-1, 1]; an embedding of zeros is similar to nothing: 0.
        """
        lengths = np.sqrt(np.square(embeddings).sum(axis=1, keepdims=True))
        nearest: NDArray[np.float32] = (
            embeddings / np.maximum(lengths, _SMALLEST_LENGTH) @ self.prototypes.T
        ).max(axis=1)
        return nearest

    def gate(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N,) float32 in [floor, 1]: what the scores of each picture are multiplied by."""
        ramp = np.clip((self.similarity(embeddings) - self.far) / (self.near - self.far), 0.0, 1.0)
        gate: NDArray[np.float32] = (self.floor + (1.0 - self.floor) * ramp).astype(np.float32)
        return gate


def gated_scores(model: Any, wiring: Wiring, embedding: str, scores: str, familiarity: Familiarity) -> str:
    """Put the gate into a graph.

    Args:
        model: an onnx ModelProto; nodes are added at its end. Its operators are of version 7 or later.
        wiring: its wiring; kept up to date.
        embedding: name of the (N, D) float32 embedding.
        scores: name of the (N, C) float32 scores.
        familiarity: the gate.

    Returns:
        Name of the (N, C) scores after it.
    """
    width = familiarity.prototypes.shape[1]
    slope = 1.0 / (familiarity.near - familiarity.far)

    def constant(name: str, value: Any, dtype: Any = np.float32) -> str:
        made = wiring.unused_name(f"{_PREFIX}.{name}")
        model.graph.initializer.append(numpy_helper.from_array(np.array(value, dtype), made))
        wiring.weights[made] = model.graph.initializer[-1]
        wiring.constants.add(made)
        return made

    def add(op_type: str, name: str, *inputs: str, **attributes: Any) -> str:
        made = wiring.unused_name(f"{_PREFIX}/{name}")
        node = helper.make_node(op_type, list(inputs), [made], name=made, **attributes)
        model.graph.node.append(node)
        wiring.producer[made] = node
        return made

    # the length by a product with ones: reductions are written differently from one operator version to the next
    squares = add("Mul", "squares", embedding, embedding)
    total = add("MatMul", "total", squares, constant("ones", np.ones((width, 1))))
    root = add("Sqrt", "root", total)
    # max(root, smallest) = smallest + relu(root - smallest)
    smallest = constant("smallest", _SMALLEST_LENGTH)
    above = add("Relu", "above", add("Sub", "excess", root, smallest))
    unit = add("Div", "unit", embedding, add("Add", "length", above, smallest))
    every = add("MatMul", "every", unit, constant("prototypes", familiarity.prototypes.T))
    if wiring.opset < _REDUCE_AXES_ARE_INPUT:
        similarity = add("ReduceMax", "similarity", every, axes=[1], keepdims=1)
    else:
        axes = constant("axes", [1], np.int64)
        similarity = add("ReduceMax", "similarity", every, axes, keepdims=1)
    one = constant("one", 1.0)
    shifted = add("Sub", "shifted", similarity, constant("far", familiarity.far))
    low = add("Relu", "low", add("Mul", "scaled", shifted, constant("slope", slope)))
    # floor + (1 - floor) * min(1, low) = 1 - (1 - floor) * relu(1 - low)
    missing = add("Relu", "missing", add("Sub", "rest", one, low))
    taken = add("Mul", "taken", missing, constant("range", 1.0 - familiarity.floor))
    gate = add("Sub", "gate", one, taken)
    return add("Mul", "scores", scores, gate)
