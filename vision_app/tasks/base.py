"""What every task is: the contract that `tests/contract/test_tasks.py` holds all of them to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from vision_app.cards.asking import TaskOptions
from vision_app.cards.binding import OutputRole
from vision_app.cards.card import ModelCard
from vision_app.results.values import FloatArray, ImageU8, Result
from vision_app.tasks.preprocess import Geometry

__all__ = ["Outputs", "Task", "TaskOptions"]

Outputs = Mapping[str, NDArray[Any]]
"""The tensors of a file by what the task calls them, whatever the file calls them."""


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
