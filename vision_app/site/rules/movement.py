"""Movements that were taught, as triggers."""

from __future__ import annotations

from dataclasses import dataclass

from vision_app.site.rules.base import Happening, Shape
from vision_app.site.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Tells when somebody has done a movement.

    Attributes:
        name: of the rule.
        labels: the movements; empty for all that the model knows.
        score: at least so sure.
        pause_s: one that follows the same movement so soon is not told again.
    """

    name: str
    labels: tuple[str, ...] = ()
    score: float = 0.0
    pause_s: float = 1.0

    def start(self) -> dict[str, float]:
        """None was done."""
        return {}

    def broken(self, state: dict[str, float]) -> dict[str, float]:
        """As at the start."""
        return {}

    def step(self, state: dict[str, float], scene: Scene) -> tuple[dict[str, float], tuple[Happening, ...]]:
        """Pass on what was done."""
        last, happened = dict(state), []
        for one in scene.movements:
            if (self.labels and one.label not in self.labels) or one.score < self.score:
                continue
            if one.label in last and one.start_s - last[one.label] < self.pause_s:
                continue
            last[one.label] = one.end_s
            values = {"start_s": round(one.start_s, 3), "end_s": round(one.end_s, 3)}
            happened.append(
                Happening(kind="moved", time_s=one.end_s, label=one.label, score=one.score, values=values)
            )
        return last, tuple(happened)

    def shape(self, state: dict[str, float]) -> Shape | None:
        """It has no place."""
        return None
