"""What every task is: the contract that `tests/contract/test_tasks.py` holds all of them to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.cards.parts import Fit, Part
from vision_app.results.values import FloatArray, ImageU8, Result
from vision_app.tasks.preprocess import Geometry

Outputs = Mapping[str, NDArray[Any]]
"""The tensors of a file by what the task calls them, whatever the file calls them."""


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """What the user may choose about a task. Thresholds belong here, never to the overlay.

    Attributes:
        conf: lowest score of a detection; None for the card's value, or 0.25.
        iou: boxes of one class that overlap more are duplicates; None for the card's value, or 0.7.
        max_det: most detections a frame, the best first.
        classes: names or ids of the classes to keep; empty for all.
        agnostic: duplicates are looked for across classes.
        multi_label: a place may be several classes at once, as evaluation tools count it.
        top_k: how many classes a classifier lists.
        fit: how a picture is fitted into the input of a classifier; None for the card's way.
        region: the part of a picture that a classifier looks at; None for the card's.
        shared_classes: the classes were asked of several models: one that this model does not have is no mistake.
    """

    conf: float | None = None
    iou: float | None = None
    max_det: int = 300
    classes: tuple[str, ...] = ()
    agnostic: bool = False
    multi_label: bool = False
    top_k: int = 5
    fit: Fit | None = None
    region: Part | None = None
    shared_classes: bool = False

    def __post_init__(self) -> None:
        for name in ("conf", "iou"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be from 0 to 1, got {value}")
        if self.max_det < 1 or self.top_k < 1:
            raise ValueError(f"max_det and top_k must be at least 1, got {self.max_det} and {self.top_k}")


class Task(Protocol):
    """Turns a picture into an input tensor, and output tensors into a result. Never touches a session.

    One task object serves many threads.

    Attributes:
        finds_boxes: its results are `BoxResult`s: they can be tracked, and each box can be classified.
    """

    finds_boxes: ClassVar[bool]

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None: ...

    @property
    def options(self) -> TaskOptions:
        """The options in force."""
        ...

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The outputs that it reads. A file may have more: they are not asked for."""
        ...

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor of a (H, W, 3) uint8 BGR picture, valid until this thread's next call."""
        ...

    def decode(self, outputs: Outputs, geometry: Geometry) -> Result:
        """The result of one picture, in the pixels of that picture.

        Args:
            outputs: what `roles` lists, by role.
            geometry: where the picture lies in the tensor, as `prepare` gave it.

        Raises:
            ModelError: the outputs are not what the card says, or hold NaN.
        """
        ...
