"""Results in large type: a few rows that can be read from three metres away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vision_app.results.values import BoxResult, Classification, FloatArray, Result

MOST_ROWS = 5
_LEAST_PROBABILITY = 0.05
_MOST_CLASSES = 3
_FOLLOW = 0.35


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        label: name of the class in the first language.
        second: its name in the second language; "" for none.
        figure: what stands behind it: a probability or how many there are.
        share: length of its bar, 0 to 1; None for no bar.
    """

    label: str
    second: str
    figure: str
    share: float | None = None


class Rows:
    """Makes the rows; probabilities are smoothed over about a second, so that the order does not flicker.

    Args:
        names: for each language on the screen, its name of each label; labels without one stay as they are.
    """

    def __init__(self, names: Sequence[Mapping[str, str]]) -> None:
        self._names = tuple(names)
        self._smooth: dict[str, FloatArray] = {}

    def forget(self) -> None:
        """A new station: nothing of the last one is mixed in."""
        self._smooth.clear()

    def of(self, results: Iterable[Result]) -> tuple[Row, ...]:
        """The rows of the newest results; called some four times a second."""
        rows: list[Row] = []
        for result in results:
            if isinstance(result, Classification):
                rows += self._of_classes(result)
            elif isinstance(result, BoxResult):
                rows += self._of_boxes(result)
        return tuple(rows[:MOST_ROWS])

    def _of_classes(self, result: Classification) -> list[Row]:
        before = self._smooth.get(result.model)
        now = result.probabilities
        if before is not None and before.shape == now.shape:
            now = np.asarray(before + np.float32(_FOLLOW) * (now - before), np.float32)
        self._smooth[result.model] = now
        best = np.argsort(-now, kind="stable")[: min(_MOST_CLASSES, result.top_k)]
        return [
            self._row(result.labels[i], f"{now[i]:.0%}", float(now[i]))
            for i in best
            if now[i] >= _LEAST_PROBABILITY
        ]

    def _of_boxes(self, result: BoxResult) -> list[Row]:
        found = result.detections
        ids, firsts, counts = np.unique(found.class_ids, return_index=True, return_counts=True)
        order = np.lexsort((firsts, -counts))
        return [self._row(found.labels[int(ids[i])], f"× {counts[i]}", None) for i in order]

    def _row(self, label: str, figure: str, share: float | None) -> Row:
        said = list(dict.fromkeys(names.get(label, label) for names in self._names)) or [label]
        return Row(said[0], said[1] if len(said) > 1 else "", figure, share)
