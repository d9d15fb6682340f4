"""Embedding: a vector that stands for the picture."""

from __future__ import annotations

import copy
from typing import ClassVar

import numpy as np

from vision_app.cards.binding import OutputRole, Shape
from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.results.maps import Embedding
from vision_app.results.values import FloatArray, ImageU8
from vision_app.tasks.base import Outputs, TaskOptions
from vision_app.tasks.preprocess import Geometry, Preprocessor

VECTOR = "vector"
_USUAL_NAMES = ("embedding", "embeddings", "features", "output", "output0", "last_hidden_state")


class EmbedTask:
    """A vector of length 1, after a card.

    Args:
        card: the model's card; its output layout is `vector`, and its labels are not used.
        options: `top_k`: how many of the nearest are named.
        free_hw: ignored: such models run at the size for which they were made.

    Raises:
        ModelError: the card's layout is another.
    """

    finds_boxes: ClassVar[bool] = False

    def __init__(self, card: ModelCard, options: TaskOptions, free_hw: bool) -> None:
        if card.output.layout != VECTOR:
            raise ModelError(
                "{name}: output.layout of a model to embed must be '{vector}', got '{layout}'",
                name=card.name,
                vector=VECTOR,
                layout=card.output.layout,
            )
        self._card, self.options = card, options
        self._preprocessor = Preprocessor(card.input)
        self._known: tuple[tuple[str, ...], FloatArray] | None = None

    def knowing(self, names: tuple[str, ...], vectors: FloatArray) -> EmbedTask:
        """The same task, which names the nearest of known vectors.

        Args:
            names: a name each; several may have the same.
            vectors: (N, D) of length 1.
        """
        other = copy.copy(self)
        other._known = names, vectors
        return other

    def _nearest(self, vector: FloatArray) -> tuple[tuple[str, float], ...]:
        """The nearest known names, each by its nearest picture."""
        if self._known is None:
            return ()
        names, vectors = self._known
        likeness = vectors @ vector
        best: dict[str, float] = {}
        for i in np.argsort(-likeness, kind="stable"):
            best.setdefault(names[i], float(likeness[i]))
            if len(best) == self.options.top_k:
                break
        return tuple(best.items())

    @property
    def roles(self) -> tuple[OutputRole, ...]:
        """The vector."""

        def fits(shape: Shape) -> bool:
            return len(shape) >= 2 and len([d for d in shape[1:] if d != 1]) == 1

        return (OutputRole(VECTOR, "(1, D)", fits, _USUAL_NAMES),)

    def prepare(self, image: ImageU8) -> tuple[FloatArray, Geometry]:
        """The input tensor at the card's size."""
        return self._preprocessor.prepare(image, self._card.input.size_hw)

    def decode(self, outputs: Outputs, geometry: Geometry) -> Embedding:
        """The vector, made as long as 1."""
        raw = np.asarray(outputs[VECTOR], np.float32)
        vector = raw.reshape(-1)
        length = float(np.linalg.norm(vector))
        if len([d for d in raw.shape[1:] if d != 1]) > 1 or not np.isfinite(length) or length == 0:
            raise ModelError(
                "{name}: expected a vector (1, D) of finite numbers, not all of them 0, the model gives "
                "{shape}",
                name=self._card.name,
                shape=tuple(raw.shape),
            )
        unit = vector / np.float32(length)
        return Embedding(self._card.name, unit, self._nearest(unit))
