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
from vision_app.tasks.layouts_pairs import sigmoid
from vision_app.tasks.preprocess import Geometry, Preprocessor, fitted

LAYOUT = "classes"
SCORES = "scores"
"""The output that holds a score for each class."""
_USUAL_NAMES = ("logits", "probabilities", "probs", "scores", "output", "output0", "output_0", "softmax")


def _likely(scores: FloatArray) -> str:
    return "independent" if 0 <= float(scores.min()) <= float(scores.max()) <= 1 else "softmax"


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
                "{name}: output.layout of a classifier must be '{layout}', got '{output_layout}'",
                name=card.name,
                layout=LAYOUT,
                output_layout=card.output.layout,
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
            return len(shape) >= 2 and (real in ([count], [None]) or (not real and count in (1, 2)))

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
        if scores.shape == (1,) and len(card.labels) == 2:
            return self._of_one_neuron(float(scores[0]))
        if scores.shape != (len(card.labels),):
            raise ModelError(
                "{name}: {count} labels need an output of (1, {count}), the model gives {shape}; check "
                "labels in the card",
                name=card.name,
                count=len(card.labels),
                shape=tuple(outputs[SCORES].shape),
            )
        if not np.isfinite(scores).all():
            raise ModelError(
                "{name}: the model gives NaN or infinite scores; the file is damaged or was converted "
                "wrongly",
                name=card.name,
            )
        if card.output.activation == "softmax":
            probabilities = softmax(scores)
        elif card.output.activation in ("sigmoid", "independent"):
            probabilities = sigmoid(scores) if card.output.activation == "sigmoid" else scores
            if not -1e-3 <= float(probabilities.min()) <= float(probabilities.max()) <= 1 + 1e-3:
                raise ModelError(
                    "{name}: output.activation independent says probabilities, the scores reach from "
                    "{least:.3g} to {most:.3g}; output.activation sigmoid is probably right",
                    name=card.name,
                    least=scores.min(),
                    most=scores.max(),
                )
            probabilities = np.clip(probabilities, 0, 1)
        else:
            total = float(scores.sum())
            if scores.min() < -1e-3 or not 0.9 <= total <= 1.1:
                raise ModelError(
                    "{name}: output.activation none says probabilities, the scores sum to {total:.3g}; "
                    "output.activation {likely} is probably right",
                    name=card.name,
                    total=total,
                    likely=_likely(scores),
                )
            probabilities = np.clip(scores, 0, None) / np.clip(scores, 0, None).sum()
        return self._said(probabilities)

    def _of_one_neuron(self, score: float) -> Classification:
        """Of two labels the second by one number, the first by what is left."""
        card = self._card
        logits = card.output.activation == "sigmoid" or (
            card.output.activation == "softmax" and not 0 <= score <= 1
        )
        p = float(sigmoid(np.array([score], np.float32))[0]) if logits else score
        if not np.isfinite(p) or not -1e-3 <= p <= 1 + 1e-3:
            raise ModelError(
                "{name}: output.activation {activation} says a probability, the model gives {score:.3g}; "
                "output.activation sigmoid is probably right",
                name=card.name,
                activation=card.output.activation,
                score=score,
            )
        return self._said(np.clip(np.array([1 - p, p], np.float32), 0, 1))

    def _said(self, probabilities: FloatArray) -> Classification:
        card = self._card
        return Classification(
            card.name,
            probabilities,
            card.labels,
            self.options.top_k,
            card.output.reject_below,
            self._background,
        )
