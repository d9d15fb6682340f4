"""The shipped numbers of a training of two deep networks: the gradient at each layer, plain and residual."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from vision_app.documents import read_json
from vision_app.resources import assets_dir


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a training: see `vision_app.learn.depth.DepthStep`."""

    step: int
    gradients: tuple[float, ...]
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class DepthRun:
    """The training of one network.

    Attributes:
        depth: how many convolutions it has.
        residual: whether it has skip connections.
        moments: in the order of the steps.
    """

    depth: int
    residual: bool
    moments: tuple[Moment, ...]

    @property
    def first_to_last(self) -> float:
        """The first layer's gradient as a share of the last one's, at the start."""
        gradients = self.moments[0].gradients
        return gradients[0] / gradients[-1]


@lru_cache(maxsize=1)
def shipped_runs() -> tuple[DepthRun, ...]:
    """The runs of `assets/lessons/depth.json`."""
    data = read_json(assets_dir() / "lessons" / "depth.json")
    return tuple(
        DepthRun(
            run["depth"],
            run["residual"],
            tuple(Moment(s["step"], tuple(s["gradients"]), s["loss"], s["accuracy"]) for s in run["steps"]),
        )
        for run in data["runs"]
    )


def pair_of(depth: int) -> tuple[DepthRun, DepthRun]:
    """The plain and the residual run of one depth.

    Raises:
        KeyError: there is none.
    """
    by_kind = {run.residual: run for run in shipped_runs() if run.depth == depth}
    return by_kind[False], by_kind[True]
