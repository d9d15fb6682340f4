"""What may be asked of a model beyond its card. Loads nothing heavy: whoever reads settings stands on it."""

from __future__ import annotations

from dataclasses import dataclass

from vision_app.cards.parts import Fit, Part
from vision_app.messages import Message


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
        beside: a picture that is made is shown beside the frame.
        nearest_to: folder of pictures that a vector is compared with; None for none.
        background: what is shown behind people and things that are cut out; None for the frame itself.
        no_rewrite: the file runs as it is, not the faster graph that was made of it.
        rectangle: a wide picture is a wide input, not a square with borders; for models that find boxes.
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
    beside: bool = False
    nearest_to: str | None = None
    background: str | None = None
    no_rewrite: bool = False
    rectangle: bool = False

    def __post_init__(self) -> None:
        for name in ("conf", "iou"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(Message("{name} must be from 0 to 1, got {value}", name=name, value=value))
        if self.max_det < 1 or self.top_k < 1:
            raise ValueError(
                Message(
                    "max_det and top_k must be at least 1, got {max_det} and {top_k}",
                    max_det=self.max_det,
                    top_k=self.top_k,
                )
            )
