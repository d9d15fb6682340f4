"""The part that all tasks share whose objects have boxes: from a picture to the candidates that stay."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.cards.binding import OutputRole, Shape
from vision_app.cards.card import ModelCard
from vision_app.errors import ConfigError, ModelError
from vision_app.messages import Message
from vision_app.results.values import Detections, FloatArray, ImageU8, IntArray
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.candidates import Candidates, DecodeRequest
from vision_app.tasks.layouts import LAYOUTS
from vision_app.tasks.nms import non_maximum_suppression
from vision_app.tasks.preprocess import Geometry, Preprocessor, smallest_rectangle

DEFAULT_CONF = 0.25
DEFAULT_IOU = 0.7
_MOST_CANDIDATES = 30_000
BOXES = "boxes"
"""The output that holds the boxes."""
_USUAL_NAMES = ("output0", "output", "boxes", "predictions", "preds", "dets", "detections")


Suppression = Callable[[Candidates, IntArray | None, float, int], NDArray[Any]]
"""Which candidates stay: of candidates, their groups, the highest overlap and how many at most."""


def _of_upright_boxes(found: Candidates, groups: IntArray | None, iou: float, limit: int) -> NDArray[np.intp]:
    return non_maximum_suppression(found.xyxy, found.scores, groups, iou, limit)


class BoxDecoder:
    """Finds boxes after a card. A task owns one and adds what it knows beyond boxes.

    Args:
        card: the model's card; its output layout is a key of `LAYOUTS`.
        options: thresholds and classes.
        free_hw: the model takes any stride-aligned height and width.
        suppression: how duplicates are found; None for upright boxes.

    Raises:
        ModelError: the card's layout is not a detection layout.
        ConfigError: a wanted class is not one of the model's.
    """

    def __init__(
        self,
        card: ModelCard,
        options: TaskOptions,
        free_hw: bool,
        suppression: Suppression | None = None,
    ) -> None:
        if card.output.layout not in LAYOUTS:
            raise ModelError(
                "{name}: output.layout of a model that finds boxes must be one of {layouts}, got '{layout}'",
                name=card.name,
                layouts=", ".join(LAYOUTS),
                layout=card.output.layout,
            )
        self._suppression = suppression or _of_upright_boxes
        self._card = card
        self._options = options
        self._layout = LAYOUTS[card.output.layout]
        self._free_hw = free_hw
        self._preprocessor = Preprocessor(card.input)
        self._conf = _first(options.conf, card.output.conf, DEFAULT_CONF)
        self._iou = _first(options.iou, card.output.iou, DEFAULT_IOU)
        self._wanted = wanted_classes(card, options.classes, shared=options.shared_classes)

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor: the smallest that holds the picture when the model's size is free."""
        size_hw = self._card.input.size_hw
        if self._free_hw:
            size_hw = smallest_rectangle(self._card.input, (image.shape[1], image.shape[0]), size_hw)
        return self._preprocessor.prepare(image, size_hw)

    def roles(self, extras: tuple[int, ...] = (0,)) -> tuple[OutputRole, ...]:
        """The outputs that the layout reads, the boxes first.

        Args:
            extras: how many further values each box can have.
        """
        if self._layout.heads is not None:
            return self._layout.heads(self._card.output)
        classes = len(self._card.labels)

        def fits(shape: Shape) -> bool:
            return (
                len(shape) == 3
                and shape[0] in (1, None)
                and (
                    shape[self._layout.axis] is None
                    or any(self._layout.matches(shape, classes, count) for count in extras)
                )
            )

        return OutputRole(BOXES, self._layout.form, fits, _USUAL_NAMES), *self._layout.more

    def fits(self, output: NDArray[Any], extras: int) -> bool:
        """Whether an output can hold the card's layout with so many further values a box."""
        if self._layout.heads is not None:  # whose decoder looks at all of its tensors
            points = self._card.keypoints
            return not extras or (self._layout.extras and points is not None and extras == 2 * len(points))
        return (
            output.ndim == 3
            and output.shape[0] == 1
            and self._layout.matches(output.shape, len(self._card.labels), extras)
        )

    def find(self, outputs: Outputs, geometry: Geometry, extras: int = 0) -> Candidates:
        """Boxes in tensor pixels, best first, of the wanted classes and without duplicates.

        Args:
            outputs: the tensors that `roles` lists.
            geometry: of the picture.
            extras: how many further values each box has.

        Raises:
            ModelError: the output is not what the card says, or holds NaN.
        """
        output = outputs[BOXES]
        if not self.fits(output, extras):
            raise self.misfit(
                output, Message(" and {extras} more values a box", extras=extras) if extras else ""
            )
        width, height = geometry.tensor_wh
        request = DecodeRequest(
            self._conf,
            len(self._card.labels),
            (height, width),
            self._options.multi_label,
            extras,
            outputs,
            self._card.output,
        )
        try:
            found = self._layout.decode(output, request)
        except ModelError as error:
            raise ModelError("{name}: {error}", name=self._card.name, error=error) from error
        if self._layout.heads is not None and found.extras.shape[1] != extras:
            found = self._with_extras(found, extras)
        if self._wanted is not None:
            found = found.take(np.isin(found.class_ids, self._wanted))
        found = self._without_duplicates(found)
        self._check_values(found)
        return found

    def _with_extras(self, found: Candidates, extras: int) -> Candidates:
        """Candidates with as many further values as are wanted: a face's marks are left out where nobody asked.

        Raises:
            ModelError: the file has none, or others.
        """
        if extras:
            raise ModelError(
                "{name}: layout {layout} gives {shape_1} more values a box, the card's keypoints want "
                "{extras}",
                name=self._card.name,
                layout=self._card.output.layout,
                shape_1=found.extras.shape[1],
                extras=extras,
            )
        return Candidates(
            found.xyxy, found.scores, found.class_ids, np.empty((len(found.scores), 0), np.float32)
        )

    def detections(self, found: Candidates, geometry: Geometry) -> Detections:
        """Candidates as boxes in pixels of the picture."""
        return Detections(
            model=self._card.name,
            xyxy=geometry.boxes_to_frame(found.xyxy),
            scores=found.scores.astype(np.float32, copy=False),
            class_ids=found.class_ids,
            labels=self._card.labels,
        )

    def misfit(self, output: NDArray[Any], more: str) -> ModelError:
        """The error of an output that is not what the card says."""
        return ModelError(
            "{name}: layout {layout} with {count} labels gives {form}{more}, the model gives "
            "{shape}; check output.layout and labels in the card",
            name=self._card.name,
            layout=self._card.output.layout,
            count=len(self._card.labels),
            form=self._layout.form,
            more=more,
            shape=tuple(output.shape),
        )

    def _without_duplicates(self, found: Candidates) -> Candidates:
        said = self._card.output.boxes.suppress
        if not (self._layout.suppress if said is None else said):
            return found.take(np.arange(min(len(found.scores), self._options.max_det)))
        if len(found.scores) > _MOST_CANDIDATES:
            found = found.take(np.argsort(-found.scores, kind="stable")[:_MOST_CANDIDATES])
        groups = None if self._options.agnostic else found.class_ids
        return found.take(self._suppression(found, groups, self._iou, self._options.max_det))

    def _check_values(self, found: Candidates) -> None:
        for values, what in ((found.xyxy, "boxes"), (found.extras, Message("masks or keypoints"))):
            if not np.isfinite(values).all():
                raise ModelError(
                    "{name}: the model gives {what} that are not finite numbers",
                    name=self._card.name,
                    what=what,
                )
        if found.class_ids.size and not 0 <= found.class_ids.min() <= found.class_ids.max() < len(
            self._card.labels
        ):
            raise ModelError(
                "{name}: the model gives class {most}, its card has {count} labels",
                name=self._card.name,
                most=int(found.class_ids.max()),
                count=len(self._card.labels),
            )


def _first(*values: float | None) -> float:
    return next(v for v in values if v is not None)


def wanted_classes(
    card: ModelCard, names: tuple[str, ...], *, shared: bool = False
) -> NDArray[np.int64] | None:
    """Ids of classes given by name or number; None when all are wanted.

    Args:
        card: the model's card.
        names: of the classes; empty for all.
        shared: leave out what the model does not have; then it may be that nothing is wanted of it.

    Raises:
        ConfigError: a class is not one of the model's; names the nearest.
    """
    if not names:
        return None
    by_name = {label.lower(): i for i, label in enumerate(card.labels)}
    ids = []
    for name in names:
        key = name.strip().lower()
        if key in by_name:
            ids.append(by_name[key])
        elif key.isdecimal() and int(key) < len(card.labels):
            ids.append(int(key))
        elif not shared:
            near = difflib.get_close_matches(key, by_name, n=3)
            hint = (
                Message("did you mean {near}?", near=", ".join(near))
                if near
                else Message("it has {count} classes", count=len(card.labels))
            )
            raise ConfigError(
                "{card_name} has no class '{name}'; {hint}", card_name=card.name, name=name, hint=hint
            )
    return np.array(sorted(set(ids)), np.int64)
