"""What every result has, and the result of a classifier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from vision_app.results.affine import Affine
from vision_app.results.frames import FloatArray


class Result(Protocol):
    """What a model says about one frame."""

    @property
    def model(self) -> str:
        """Name of the model that said it."""
        ...

    @property
    def task(self) -> str:
        """Name of the task: a key of `vision_app.tasks.TASKS`."""
        ...

    def as_record(self) -> dict[str, Any]:
        """The result as an object of `results.jsonl`: plain Python values, finite numbers."""
        ...

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Result:
        """The result where it comes to lie: of a part of a frame in the frame, or on a picture of another size.

        Args:
            to: the map of its places.
            within_wh: size of the frame that boxes and masks are cut off at; None not to cut them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Classification:
    """Class probabilities of one picture.

    Attributes:
        model: name of the model.
        probabilities: (C,) float32, each in [0, 1]; sum 1, unless each class stands for itself.
        labels: C names.
        top_k: how many classes `top()` and `as_record()` list.
        reject_below: a best probability that is lower means that the picture shows none of the classes; None
            for a model that never says so.
        background: id of the class that stands for none of the others; None when there is none.
    """

    model: str
    probabilities: FloatArray
    labels: tuple[str, ...]
    top_k: int = 5
    reject_below: float | None = None
    background: int | None = None

    task = "classify"

    def __post_init__(self) -> None:
        if self.probabilities.shape != (len(self.labels),):
            raise ValueError(
                f"expected ({len(self.labels)},) probabilities, one a label, got {self.probabilities.shape}"
            )

    def top(self, k: int | None = None) -> list[tuple[int, str, float]]:
        """The k most probable classes as (class id, label, probability), best first."""
        count = min(self.top_k if k is None else k, len(self.labels))
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return [(int(i), self.labels[i], float(self.probabilities[i])) for i in order]

    @property
    def can_reject(self) -> bool:
        """Whether the model can say that it is none of its classes."""
        return self.reject_below is not None or self.background is not None

    @property
    def unknown(self) -> bool:
        """Whether the picture shows none of the classes, as far as the model can tell."""
        best = int(np.argmax(self.probabilities))
        too_low = self.reject_below is not None and float(self.probabilities[best]) < self.reject_below
        return too_low or best == self.background

    def as_record(self) -> dict[str, Any]:
        """The k most probable classes as plain values; `unknown` for a model that can say it."""
        record: dict[str, Any] = {"model": self.model, "task": self.task, "classes": class_records(self)}
        if self.can_reject:
            record["unknown"] = self.unknown
        return record

    def mapped(self, to: Affine, within_wh: tuple[int, int] | None = None) -> Self:
        """Itself: it says nothing about places."""
        return self


def class_records(classification: Classification) -> list[dict[str, Any]]:
    """The k most probable classes as the objects that `results.jsonl` lists."""
    return [
        {"class_id": i, "label": label, "probability": round(p, 6)} for i, label, p in classification.top()
    ]


def first_class(attached: Iterable[Result]) -> Classification | None:
    """The first classification among results."""
    return next((one for one in attached if isinstance(one, Classification)), None)
