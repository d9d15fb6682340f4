"""What every explainer is: the contract that `tests/contract/test_explainers.py` holds all of them to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.heatmap import Heatmap, normalised, region_of
from vision_app.explaining.probe import Probe
from vision_app.graph.inside import Inside
from vision_app.results.values import BoxResult, Classification, FloatArray, ImageU8, Result
from vision_app.tasks.nms import iou_one_to_many
from vision_app.tasks.preprocess import Geometry


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked of an explainer. What it has no use for, it leaves aside.

    Attributes:
        layer: name or number of a layer; "" for the one that fits.
        block: which attention, from 1; 0 for the last one.
        head: which head of it, from 1; 0 for the average of all.
        class_id: the class that is to be explained; None for what the model says.
        box: left, top, right, bottom in pixels of the frame of the found object that is to be explained.
        at: x and y in pixels of the frame of the place that was pointed at.
    """

    layer: str = ""
    block: int = 0
    head: int = 0
    class_id: int | None = None
    box: tuple[float, float, float, float] | None = None
    at: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.block < 0 or self.head < 0:
            raise ValueError(f"blocks and heads count from 1, got {self.block} and {self.head}")


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame as a network saw it.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        geometry: where the network's input lies in it.
        result: what the model says.
        tensors: what `needs` has asked for, by name.
    """

    image: ImageU8
    geometry: Geometry
    result: Result
    tensors: Mapping[str, NDArray[Any]]


class Explainer(Protocol):
    """Says which places of a picture matter.

    Attributes:
        name: key of the table.
        paper: where it is described.
        by_class: whether it tells one class from another.
        live: one forward pass that is made anyway is enough, so it can run on every frame.
        looks_inside: whether it needs the network at all; what does not works on a file that nothing can be led out of.
    """

    name: str
    paper: str
    by_class: bool
    live: bool
    looks_inside: bool

    def needs(self, inside: Inside, choice: Choice) -> tuple[str, ...]:
        """The tensors that it reads.

        Raises:
            ModelError: the network has nothing of the kind; says what it has instead.
            ConfigError: the layer, block or head is none of the network's.
        """
        ...

    def maps(self, probe: Probe, view: View, choice: Choice) -> Iterator[Heatmap]:
        """The map, at least one; a method that goes on gives a better one with every step.

        Stopping to iterate ends it.

        Raises:
            ModelError: the model failed to run, or is not made for it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """What is explained: a class, and the box of it where objects are found."""

    class_id: int | None
    label: str
    box: tuple[float, float, float, float] | None = None


def target_of(result: Result, choice: Choice) -> Target:
    """What is to be explained: what was chosen, else what the model is surest of.

    Raises:
        ConfigError: the class is none of the model's.
    """
    if isinstance(result, Classification):
        wanted = int(np.argmax(result.probabilities)) if choice.class_id is None else choice.class_id
        if not 0 <= wanted < len(result.labels):
            raise ConfigError(
                "class {wanted}: {model} has the classes 0 to {count}",
                wanted=wanted,
                model=result.model,
                count=len(result.labels) - 1,
            )
        return Target(wanted, result.labels[wanted])
    if not isinstance(result, BoxResult):
        return Target(choice.class_id, "")
    found = result.detections
    if choice.class_id is not None and not 0 <= choice.class_id < len(found.labels):
        raise ConfigError(
            "class {class_id}: {model} has the classes 0 to {count}",
            class_id=choice.class_id,
            model=found.model,
            count=len(found.labels) - 1,
        )
    if choice.box is not None and len(found):
        overlap = iou_one_to_many(np.array(choice.box, np.float32), found.xyxy)
        best = int(np.argmax(overlap))
    elif choice.class_id is None and len(found):
        best = int(np.argmax(found.scores))
    else:
        label = "" if choice.class_id is None else found.labels[choice.class_id]
        return Target(choice.class_id, label, choice.box)
    class_id = int(found.class_ids[best]) if choice.class_id is None else choice.class_id
    left, top, right, bottom = (float(v) for v in found.xyxy[best])
    return Target(class_id, found.labels[class_id], choice.box or (left, top, right, bottom))


def score_of(result: Result, target: Target) -> float:
    """How sure the model is of a target, from 0 to 1.

    Of objects, the best of class score times overlap with the box that is explained.

    Source: Petsiuk et al., "Black-box Explanation of Object Detectors via Saliency Maps" (D-RISE), 2021,
    https://arxiv.org/abs/2006.03204, equation 4.
    """
    if isinstance(result, Classification):
        return 0.0 if target.class_id is None else float(result.probabilities[target.class_id])
    if not isinstance(result, BoxResult):
        raise ModelError("{model}: only classes and objects can be explained", model=result.model)
    found = result.detections
    if not len(found):
        return 0.0
    scores = found.scores.astype(np.float32)
    if target.class_id is not None:
        scores = np.where(found.class_ids == target.class_id, scores, np.float32(0))
    if target.box is not None:
        scores = scores * iou_one_to_many(np.array(target.box, np.float32), found.xyxy)
    return float(scores.max())


def heatmap(
    raw: FloatArray,
    view: View,
    method: str,
    target: Target | None = None,
    *,
    from_zero: bool = False,
    layer: str = "",
    note: str = "",
    progress: float = 1.0,
) -> Heatmap:
    """A heat map of numbers on a grid that covers the whole input of the network."""
    values, low, high = normalised(raw, from_zero=from_zero)
    return Heatmap(
        values,
        region_of(view.geometry),
        view.geometry.frame_wh,
        method,
        low,
        high,
        None if target is None else target.class_id,
        "" if target is None else target.label,
        layer,
        note,
        progress,
    )
