"""What all layouts of detectors share: candidates, what a decoder is told, how scores are picked, grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import OutputSpec
from vision_app.errors import ModelError
from vision_app.results.values import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes above the threshold, before duplicates are removed.

    Attributes:
        xyxy: (N, 4) float32, tensor pixels.
        scores: (N,) float32.
        class_ids: (N,) int64.
        extras: (N, E) float32, what the network says about each box beyond that: mask weights, keypoints.
    """

    xyxy: FloatArray
    scores: FloatArray
    class_ids: IntArray
    extras: FloatArray

    def take(self, index: NDArray[Any]) -> Candidates:
        """Those that an index or mask names."""
        return Candidates(self.xyxy[index], self.scores[index], self.class_ids[index], self.extras[index])


def without_extras(xyxy: FloatArray, scores: FloatArray, class_ids: IntArray) -> Candidates:
    """Candidates of which nothing more is known than box, score and class."""
    return Candidates(xyxy, scores, class_ids, np.empty((len(scores), 0), np.float32))


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """What a decoder has to know.

    Attributes:
        conf: lowest score that is wanted.
        classes: number of classes.
        tensor_hw: height and width of the input tensor.
        multi_label: give a candidate for each class above the threshold instead of the best class only.
        extras: how many further values each box has.
        outputs: all outputs that the layout reads, by role, for one that has more than the boxes.
        spec: what the card says of the output.
    """

    conf: float
    classes: int
    tensor_hw: tuple[int, int]
    multi_label: bool = False
    extras: int = 0
    outputs: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    spec: OutputSpec = field(default_factory=lambda: OutputSpec(""))

    @property
    def tensor_wh_wh(self) -> FloatArray:
        """(4,) width, height, width, height of the input tensor."""
        height, width = self.tensor_hw
        return np.array([width, height, width, height], np.float32)


Decoder = Callable[[NDArray[Any], DecodeRequest], Candidates]


@dataclass(frozen=True, slots=True)
class Layout:
    """One row of the table.

    Attributes:
        decode: the decoder.
        form: the output's shape in words, for messages.
        axis: the axis along which the values of one box lie.
        values: how many they can be with so many classes, extras aside.
        suppress: whether duplicates are still to be removed.
        extras: whether further values may follow.
        more: outputs that it reads beside the boxes, such as scores in a tensor of their own.
        heads: the outputs that it reads, after the card, for a layout that checks their shapes itself; the first
            is called `boxes`.
    """

    decode: Decoder
    form: str
    axis: int
    values: Callable[[int], tuple[int, ...]]
    suppress: bool
    extras: bool = False
    more: tuple[OutputRole, ...] = ()
    heads: Callable[[OutputSpec], tuple[OutputRole, ...]] | None = None

    def matches(self, shape: tuple[int | None, ...], classes: int, extras: int = 0) -> bool:
        """Whether an output of this shape can be this layout with so many classes and further values."""
        if extras and not self.extras:
            return False
        return shape[self.axis] in [count + extras for count in self.values(classes)]


def corners(cxcywh: FloatArray) -> FloatArray:
    """Boxes of centre and size as left, top, right, bottom."""
    half = cxcywh[:, 2:] / 2
    return np.concatenate([cxcywh[:, :2] - half, cxcywh[:, :2] + half], axis=1)


def pick(scores_cn: FloatArray, request: DecodeRequest) -> tuple[NDArray[np.intp], FloatArray, IntArray]:
    """Anchors, scores and classes above the threshold from (C, N) class scores."""
    if request.multi_label and request.classes > 1:
        class_ids, anchors = np.nonzero(scores_cn > request.conf)
        refuse_nan(scores_cn)
        return anchors, scores_cn[class_ids, anchors], class_ids.astype(np.int64)
    best = scores_cn.max(axis=0)  # a NaN wins every maximum, so checking the maxima checks all
    anchors = above(best, request.conf)
    return anchors, best[anchors], scores_cn[:, anchors].argmax(axis=0).astype(np.int64)


def above(scores: FloatArray, conf: float) -> NDArray[np.intp]:
    """Where (N,) scores are above the threshold.

    Raises:
        ModelError: one is no number.
    """
    found = np.flatnonzero(~(scores <= conf))  # a NaN is not below it either, so one look serves for both
    refuse_nan(scores[found])
    return found


def refuse_nan(scores: FloatArray) -> None:
    """Raises a `ModelError` when a score is no number."""
    if np.isnan(scores).any():
        raise ModelError("the model's class scores hold NaN; the file is damaged or was converted wrongly")


@lru_cache(maxsize=16)
def grid(tensor_hw: tuple[int, int], strides: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Left top cell corner (N, 2) and stride (N, 1) of every anchor, in cells and pixels."""
    cells, sizes = [], []
    for stride in strides:
        rows, columns = tensor_hw[0] // stride, tensor_hw[1] // stride
        y, x = np.mgrid[:rows, :columns]
        cells.append(np.stack([x, y], axis=2).reshape(-1, 2))
        sizes.append(np.full((rows * columns, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(sizes).astype(np.float32)
