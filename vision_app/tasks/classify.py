"""Classification: one probability a class."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vision_app.cards.binding import OutputRole, Shape
from vision_app.cards.card import ModelCard
from vision_app.cards.parts import WHOLE, part_xyxy
from vision_app.errors import ModelError
from vision_app.results.values import Classification, FloatArray, ImageU8
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.preprocess import Geometry, Preprocessor, fitted

LAYOUT = "classes"
SCORES = "scores"
"""The output that holds a score for each class."""
_USUAL_NAMES = ("logits", "probabilities", "probs", "scores", "output", "output0", "output_0", "softmax")


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities from logits, safe for large values.

    >>> softmax(np.array([1000.0, 1000.0], np.float32)).tolist()
    [0.5, 0.5]
    """
    e = np.exp(logits - logits.max())
    probabilities: FloatArray = e / e.sum()
    return probabilities


class ClassifyTask:
    """Classification after a card.

    Args:
        card: the model's card; its output layout is `classes`.
        options: `top_k`, `fit` and `region` matter.
        free_hw: ignored by classifiers: they run at the size for which they were made.

    Raises:
        ModelError: the card's output is not one of a classifier.
    """

    finds_boxes: ClassVar[bool] = False

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        if card.output.layout != LAYOUT:
            raise ModelError(
                f"{card.name}: output.layout of a classifier must be '{LAYOUT}', got '{card.output.layout}'"
            )
        if card.output.activation == "sigmoid":
            raise ModelError(
                f"{card.name}: output.activation of a classifier must be softmax (the model gives logits) "
                "or none (it gives probabilities), got sigmoid"
            )
        self._card = card
        self.options = options
        self._part = None if options.region == WHOLE else options.region or card.input.region
        self._preprocessor = Preprocessor(fitted(card.input, options.fit))
        background = card.output.background
        self._background = None if background is None else card.labels.index(background)

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The class scores."""
        count = len(self._card.labels)

        def fits(shape: Shape) -> bool:
            real = [side for side in shape[1:] if side != 1]
            return len(shape) >= 2 and (real in ([count], [None]) or (not real and count == 1))

        return (OutputRole(SCORES, f"(1, {count})", fits, _USUAL_NAMES),)

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor at the card's size, of the part that it looks at."""
        if self._part is None:
            return self._preprocessor.prepare(image, self._card.input.size_hw)
        size_wh = image.shape[1], image.shape[0]
        left, top, right, bottom = part_xyxy(self._part, size_wh)
        tensor, inside = self._preprocessor.prepare(image[top:bottom, left:right], self._card.input.size_hw)
        return tensor, inside.moved((left, top), size_wh)

    def decode(self, outputs: Outputs, geometry: Geometry) -> Classification:
        """Probabilities that sum to 1."""
        card = self._card
        scores = np.asarray(outputs[SCORES], np.float32).reshape(-1)
        if scores.shape != (len(card.labels),):
            raise ModelError(
                f"{card.name}: {len(card.labels)} labels need an output of (1, {len(card.labels)}), "
                f"the model gives {tuple(outputs[SCORES].shape)}; check labels in the card"
            )
        if not np.isfinite(scores).all():
            raise ModelError(
                f"{card.name}: the model gives NaN or infinite scores; the file is damaged or was converted wrongly"
            )
        if card.output.activation == "softmax":
            probabilities = softmax(scores)
        else:
            total = float(scores.sum())
            if scores.min() < -1e-3 or not 0.9 <= total <= 1.1:
                raise ModelError(
                    f"{card.name}: output.activation none says probabilities, the scores sum to {total:.3g}; "
                    "output.activation softmax is probably right"
                )
            probabilities = np.clip(scores, 0, None) / np.clip(scores, 0, None).sum()
        return Classification(
            card.name,
            probabilities,
            card.labels,
            self.options.top_k,
            card.output.reject_below,
            self._background,
        )
