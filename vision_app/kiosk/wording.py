"""Results in large type: a few rows that can be read from three metres away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vision_app.labels import name_of
from vision_app.overlay.kinds import kind_of
from vision_app.results.saying import Lines
from vision_app.results.values import FloatArray, Result

MOST_ROWS = 5
_LEAST_PROBABILITY = 0.05
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

    Nothing of the last scene is mixed in, and a class that two answers in a row do not name has no row, however much is
    left of it: where nothing in the picture tells of a cut, it stays for one call of `of`.

    Args:
        names: for each language on the screen, its name of each label; labels without one stay as they are.
    """

    def __init__(self, names: Sequence[Mapping[str, str]]) -> None:
        self._names = tuple(names)
        self._smooth: dict[str, FloatArray] = {}
        self._last: dict[str, FloatArray] = {}
        self._scene: int | None = None

    def forget(self) -> None:
        """A new station: nothing of the last one is mixed in."""
        self._smooth.clear()
        self._last.clear()

    def of(self, results: Iterable[Result], scene: int = 0) -> tuple[Row, ...]:
        """The rows of the newest results; called some four times a second.

        Args:
            results: what the models say.
            scene: number of the scene that they say it of.

        Raises:
            ModelError: a result is of a kind that was not registered.
        """
        if scene != self._scene:
            self._scene = scene
            self.forget()
        rows: list[Row] = []
        for result in results:
            lines = kind_of(result).lines(result)
            among: Sequence[str] = getattr(result, "labels", ())
            if lines.shares is not None:
                rows += self._by_share(result.model, lines, lines.shares, among)
            else:
                figures = lines.figures or ("",) * len(lines.labels)
                pairs = zip(lines.labels[: lines.most], figures, strict=False)
                rows += [self._row(label, figure, None, among) for label, figure in pairs]
        return tuple(rows[:MOST_ROWS])

    def _by_share(self, model: str, lines: Lines, now: FloatArray, among: Sequence[str]) -> list[Row]:
        before, last = self._smooth.get(model), self._last.get(model)
        smooth = named = now
        if before is not None and last is not None and before.shape == now.shape:
            smooth = np.asarray(before + np.float32(_FOLLOW) * (now - before), np.float32)
            named = np.maximum(now, last)
        self._smooth[model], self._last[model] = smooth, now
        shown = np.where(named >= _LEAST_PROBABILITY, smooth, 0)
        best = np.argsort(-shown, kind="stable")[: lines.most]
        return [
            self._row(lines.labels[i], f"{smooth[i]:.0%}", float(smooth[i]), among)
            for i in best
            if shown[i] >= _LEAST_PROBABILITY
        ]

    def _row(self, label: str, figure: str, share: float | None, among: Sequence[str]) -> Row:
        said = list(dict.fromkeys(name_of(label, names, among) for names in self._names)) or [label]
        return Row(said[0], said[1] if len(said) > 1 else "", figure, share)
