"""What is read off a file that was run once: what it gave, one way to read it, and what values look like."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
STRIDES = (8, 16, 32)
SCALES = (STRIDES, (8, 16, 32, 64))
MOST_QUERIES = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the outputs of a file.

    Attributes:
        task: a task.
        layout: the card's output.layout.
        classes: number of classes.
        output: further fields of the card's `output`.
        boxes: fields of the card's `output.boxes`.
        outputs: what the task calls an output, to its name in the file.
        input: fields of the card's `input` that files of this kind mostly have.
        keypoints: number of keypoints; 0 for none.
        family: what files of this kind are called.
        open: fields that nothing in the file tells.
    """

    task: str
    layout: str
    classes: int
    output: Mapping[str, Any] = field(default_factory=dict)
    boxes: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    input: Mapping[str, Any] = field(default_factory=dict)
    keypoints: int = 0
    family: str = "unknown"
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file gave for one picture.

    Attributes:
        outputs: the tensors by name.
        size_hw: height and width of the input tensor, pixels.
    """

    outputs: Arrays
    size_hw: tuple[int, int]

    def cells(
        self, strides: tuple[int, ...], each: int = 1, whole: Callable[[float], int] = math.ceil
    ) -> int:
        """How many places grids of these strides have."""
        return sum(each * whole(self.size_hw[0] / s) * whole(self.size_hw[1] / s) for s in strides)

    @property
    def only(self) -> tuple[str, NDArray[Any]] | None:
        """Name and tensor of the one output that there is."""
        return next(iter(self.outputs.items())) if len(self.outputs) == 1 else None


def are_scores(values: NDArray[Any]) -> bool:
    """Whether all values lie from 0 to 1, as probabilities do."""
    return bool(values.size) and float(values.min()) >= -1e-4 and float(values.max()) <= 1 + 1e-3


def are_whole(values: NDArray[Any]) -> bool:
    """Whether all values are whole numbers."""
    return bool(np.all(values == np.round(values)))


def _activation(values: NDArray[Any], axis: int) -> str:
    """What is still to be done to class scores."""
    if not are_scores(values):
        return "sigmoid"
    return "none"


def rank3(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """(N, V) of (1, N, V), or of (N, V)."""
    if len(shape) == 3 and shape[0] == 1:
        return shape[1], shape[2]
    return (shape[0], shape[1]) if len(shape) == 2 else None


def table_of(array: NDArray[Any]) -> NDArray[Any] | None:
    """The tensor as rows and columns; None for one that is no table."""
    if array.ndim == 4 and array.shape[0] == 1 and 1 in array.shape[1:3]:
        array = array.reshape(array.shape[1] * array.shape[2], array.shape[3])
    elif array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    return array if array.ndim == 2 else None


def written_as(boxes: NDArray[Any], size_hw: tuple[int, int]) -> tuple[str, str] | None:
    """Form and unit of (N, 4) boxes by their values; None for numbers that are no boxes.

    >>> written_as(np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.6, 0.9]]), (240, 320))
    ('xyxy', 'share')
    """
    if not boxes.size or not np.isfinite(boxes).all():
        return None
    values = boxes.astype(np.float64)
    height, width = size_hw
    unit = "share" if float(np.quantile(np.abs(values), 0.99)) <= 1.5 else "pixel"
    side = np.array([width, height, width, height]) if unit == "pixel" else np.ones(4)
    shares = values / side
    slack = 0.02
    ordered = float(np.mean((shares[:, 2] >= shares[:, 0] - 1e-6) & (shares[:, 3] >= shares[:, 1] - 1e-6)))
    centres = float(np.mean((shares[:, :2] > -slack) & (shares[:, :2] < 1 + slack)))
    positive = float(np.mean(shares[:, 2:] >= 0))
    if unit == "pixel" and float(np.quantile(np.abs(values), 0.5)) < 2:
        return None
    if ordered > 0.98 and _within(shares):
        return "xyxy", unit
    if centres > 0.98 and positive > 0.98:
        return "cxcywh", unit
    return None


def _within(shares: NDArray[Any]) -> bool:
    return float(np.mean((shares > -0.6) & (shares < 1.6))) > 0.95


Rule = Callable[[Seen], Iterator[Reading]]
"""Gives the ways to read what a file gave, if it is of its kind."""
